#include "supervisor/children/log.h"

#include <cerrno>

#include "common/version.h"
#include "protocol/outbound/exchange_log.h"
#include "supervisor/log_messages.h"

namespace outpost::supervisor {

namespace lm = log_messages;

Log::Options log_options(const Config& config, std::string_view suffix) {
  Log::Options options;
  options.directory = config.log.directory;
  options.name = fmt::format("outpost{}", suffix);
  options.level = config.log.level;
  options.segment_bytes = config.log.segment_size;
  options.segment_hours = config.log.segment_hours;
  options.keep_files = config.log.keep_files;
  options.application_name = config.application.name;
  options.application_type = protocol::kLogApplicationType;
  options.host_name = config.server_info.host;
  options.version = kVersion;
  return options;
}

ChildLog::ChildLog(Loop& loop, Log& log, std::string_view suffix, HandOver hand_over, protocol::LogFileKind kind)
    : log_(log), suffix_(suffix), hand_over_(std::move(hand_over)), kind_(kind), refill_(loop, [this] { refill(); }) {}

Result<> ChildLog::open(const Config& config) {
  LogTime now = std::chrono::system_clock::now();
  Log::Options options = log_options(config, suffix_);
  options.bare = kind_ == protocol::LogFileKind::access;
  auto segments = LogSegments::open(options, now);
  if (!segments) return pass(segments);
  first_.reset(segments->make(now));
  if (!first_) return fail(segments->failure(errno));
  segments_ = *std::move(segments);
  return {};
}

Result<> ChildLog::hand_over_first() { return hand_over_(Descriptor(std::move(first_)).get()); }

void ChildLog::next() {
  if (!segments_) return;
  Descriptor segment(segments_->make(std::chrono::system_clock::now()));
  Result<> done = segment ? hand_over_(segment.get()) : Result<>(fail(segments_->failure(errno)));
  if (!done && !failed_) {
    log_.write(lm::kProxyLogFailed, "the log outpost{} goes on in its old file: {}", suffix_, done.error().text);
  }
  failed_ = !done;
}

void ChildLog::want() {
  if (!refill_.active()) refill_.start_repeating(kInterval);
  if (allowed_ == 0) {
    wanted_ = true;
    return;
  }
  --allowed_;
  next();
}

void ChildLog::refill() {
  ++allowed_;
  if (std::exchange(wanted_, false)) return want();
  if (allowed_ >= kBurst) refill_.stop();
}

void ChildLog::close() {
  segments_.reset();
  first_.reset();
  wanted_ = false;
}

void ChildLog::set_keep_files(std::uint32_t keep_files) {
  if (segments_) segments_->set_keep_files(keep_files);
}

}  // namespace outpost::supervisor
