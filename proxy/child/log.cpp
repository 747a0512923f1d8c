#include "proxy/child/log.h"

#include <utility>

namespace outpost::proxy {

ChildLog::ChildLog(Loop& loop, std::string name, std::function<void()> want)
    : name_(std::move(name)), wanted_(loop, std::move(want)) {}

void ChildLog::take(Descriptor segment) {
  if (log_) return log_->take_segment(segment.release());
  first_ = std::move(segment);
}

Result<> ChildLog::open(const protocol::LogSettings& settings) {
  Log::Options options;
  options.name = name_;
  options.level = settings.level;
  options.segment_bytes = settings.segment_bytes;
  options.segment_hours = settings.segment_hours;
  auto log = Log::adopt(std::move(options), first_.release(), [this] { wanted_.notify(); });
  if (!log) return pass(log);
  log_ = *std::move(log);
  return {};
}

void ChildLog::reconfigure(const protocol::LogSettings& settings) {
  log_->reconfigure(settings.level, settings.segment_bytes, settings.segment_hours, 0);
}

void log_sandbox(Log& log, LogMessage in_force, LogMessage off, const std::vector<protocol::SandboxMeasure>& measures) {
  std::string active;
  for (const auto& measure : measures) {
    if (measure.active) active += fmt::format("{}{}: {}", active.empty() ? "" : "; ", measure.name, measure.text);
    if (!measure.active) log.write(off, "sandbox.{} is not in force: {}", measure.name, measure.text);
  }
  if (!active.empty()) log.write(in_force, "in the sandbox: {}", active);
}

}  // namespace outpost::proxy
