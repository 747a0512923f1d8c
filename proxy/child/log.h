// The log of a child, whose files the supervisor makes and hands over: behind the sandbox none can be opened.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "common/io/descriptor.h"
#include "common/io/loop.h"
#include "common/log.h"
#include "protocol/channel/messages.h"

namespace outpost::proxy {

class ChildLog {
 public:
  // `want` is called on the loop's thread when another file is due.
  ChildLog(Loop& loop, std::string name, std::function<void()> want);

  // A file that was handed over; the first one waits for open(), which needs it.
  void take(Descriptor segment);
  [[nodiscard]] bool has_segment() const { return static_cast<bool>(first_); }
  // Starts a thread.
  Result<> open(const protocol::LogSettings& settings);
  void reconfigure(const protocol::LogSettings& settings);
  [[nodiscard]] std::uint64_t lines_lost() const { return log_ ? log_->lines_lost() : 0; }

  explicit operator bool() const { return log_ != nullptr; }
  Log& operator*() { return *log_; }
  Log* operator->() { return log_.get(); }

 private:
  std::string name_;
  Descriptor first_;
  Wakeup wanted_;  // by the log's thread
  std::unique_ptr<Log> log_;
};

// What became of the sandbox: what is in force in one line, and a line for each measure that is not.
void log_sandbox(Log& log, LogMessage in_force, LogMessage off, const std::vector<protocol::SandboxMeasure>& measures);

}  // namespace outpost::proxy
