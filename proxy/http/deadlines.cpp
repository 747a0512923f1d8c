#include "proxy/http/deadlines.h"

#include <algorithm>

namespace outpost::proxy {

namespace {

std::uint64_t time_allowed(Watch watch, const protocol::Configure& options, bool draining) {
  switch (watch) {
    case Watch::idle: return draining ? Deadlines::kDrainIdleMs : options.limits.idle_timeout_ms;
    case Watch::head: return options.limits.header_timeout_ms;
    case Watch::body: return options.limits.body_timeout_ms;
    case Watch::linger: return Deadlines::kLingerMs;
    case Watch::parting: return Deadlines::kDrainPartingMs;
    case Watch::output:
    case Watch::none: break;
  }
  return UINT64_MAX;
}

}  // namespace

Deadlines::Deadlines(Watches& watches, Connection& connection)
    : watches_(watches), watch_(watches.add(connection)), output_(watches.add(connection)) {}

Deadlines::~Deadlines() {
  watches_.remove(watch_);
  watches_.remove(output_);
}

void Deadlines::watch(Watch wanted, std::uint64_t now_ms) {
  if (wanted != watch_.watch) watch_anew(wanted, now_ms);
}

bool Deadlines::is_due(const protocol::Configure& options, bool draining, std::uint64_t now_ms) const {
  return now_ms - watch_.since_ms >= time_allowed(watch_.watch, options, draining);
}

std::optional<std::uint64_t> Deadlines::body_bytes_due(std::uint32_t rate_min, std::uint64_t now_ms) const {
  constexpr std::uint64_t kMsPerSecond = 1'000;
  std::uint64_t elapsed_ms = now_ms - watch_.since_ms;
  if (elapsed_ms < kBodyGraceMs) return std::nullopt;
  return rate_min * elapsed_ms / kMsPerSecond;
}

void Deadlines::wrote(std::uint64_t bytes, std::uint64_t now_ms) {
  written_bytes_ += bytes;
  if (output_.watch == Watch::output) return;
  watches_.move(output_, Watch::output, now_ms);
  uptake_.begin(now_ms);
}

bool Deadlines::is_taken_too_slowly(std::uint64_t queued, const protocol::Configure& options, std::uint64_t now_ms) {
  std::uint64_t taken = written_bytes_ - std::min(written_bytes_, queued);
  return uptake_.is_too_slow(written_bytes_, taken, now_ms, options.limits.idle_timeout_ms);
}

}  // namespace outpost::proxy
