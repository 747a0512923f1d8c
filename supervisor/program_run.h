// One run of a program that the configuration names: its arguments, its output, its deadline. Nothing waits for it.
//
// The program gets /dev/null as stdin and a session of its own. What it writes goes to the log, line by line. It is
// over when it ends itself: what it leaves running in the background is left alone, and no longer read.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "common/io/descriptor.h"
#include "common/io/loop.h"
#include "common/io/process.h"
#include "common/log.h"

namespace outpost::supervisor {

class ProgramRun {
 public:
  // Longer lines are cut, and further lines of one run are counted only.
  static constexpr std::size_t kLineBytesMax = 1'024;
  static constexpr std::size_t kLinesMax = 200;

  // The numbers of what is logged of it.
  struct Messages {
    LogMessage started;
    LogMessage output;
    LogMessage ended;
    LogMessage failed;
  };
  struct Program {
    std::string title;  // what its lines in the log begin with: "role-command /usr/bin/vip primary starting"
    std::string about;  // more for the first of them: "epoch 7"; empty for nothing
    std::string path;
    std::vector<std::string> arguments;
    std::vector<std::string> environment;  // "NAME=value", beside what this process has
  };

  // `ended` is called once when a program that was started has ended, or was killed at the timeout; it may destroy
  // this. `log` outlives it.
  ProgramRun(Loop& loop, Log& log, const Messages& messages, std::chrono::milliseconds timeout,
             std::function<void()> ended);
  // Kills what runs, with all that it started.
  ~ProgramRun();
  ProgramRun(const ProgramRun&) = delete;
  ProgramRun& operator=(const ProgramRun&) = delete;

  // Once. Errc::io when it cannot be started: `ended` is not called then.
  Result<> start(const Program& program);

 private:
  Result<> watch(Descriptor reader);
  // False when there is nothing to read for now, or ever.
  bool read_some();
  void take(std::string_view bytes);
  void log_line();
  void on_timeout();
  void on_exited(int status, int signal);
  void log_end(int status, int signal);

  Loop& loop_;
  Log& log_;
  const Messages messages_;
  const std::chrono::milliseconds timeout_;
  std::function<void()> ended_;
  std::string title_;
  std::uint64_t started_ms_ = 0;
  Descriptor output_;  // closed after poll_: declared first
  std::unique_ptr<UvHandle<uv_poll_t>> poll_;
  Timer deadline_;
  std::unique_ptr<Process> process_;
  std::string line_;  // what came of a line that has not ended
  bool line_cut_ = false;
  std::size_t lines_ = 0;
  bool timed_out_ = false;
};

}  // namespace outpost::supervisor
