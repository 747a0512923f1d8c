// The files of one of a child's logs. It can open none itself (proxy/sandbox/sandbox.h), so they are made here and
// handed to it.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string_view>

#include "common/io/descriptor.h"
#include "common/io/loop.h"
#include "common/log.h"
#include "common/log_segments.h"
#include "supervisor/config/config.h"

namespace outpost::supervisor {

// The log "outpost" + `suffix` as configured.
Log::Options log_options(const Config& config, std::string_view suffix);

class ChildLog {
 public:
  using HandOver = std::function<Result<>(int file)>;
  // A child that asks without end, because it was taken over, gets so many segments at once and then this often.
  static constexpr int kBurst = 10;
  static constexpr std::chrono::milliseconds kInterval{100};

  // For the log "outpost" + `suffix`, a constant. `log`, the supervisor's, is told when a segment cannot be made; it
  // outlives this.
  ChildLog(Loop& loop, Log& log, std::string_view suffix, HandOver hand_over,
           protocol::LogFileKind kind = protocol::LogFileKind::proxy);

  // For the next child; makes its first segment.
  Result<> open(const Config& config);
  [[nodiscard]] bool is_open() const { return segments_.has_value(); }
  Result<> hand_over_first();
  // Makes a segment and hands it over now.
  void next();
  // The child asks for one: now, or as soon as it may have another.
  void want();
  // The child is gone, or is to have this log no more.
  void close();
  void set_keep_files(std::uint32_t keep_files);

 private:
  void refill();

  Log& log_;
  std::string_view suffix_;
  HandOver hand_over_;
  protocol::LogFileKind kind_;
  std::optional<LogSegments> segments_;
  Descriptor first_;
  Timer refill_;
  int allowed_ = kBurst;
  bool wanted_ = false;
  bool failed_ = false;  // and the log said so
};

}  // namespace outpost::supervisor
