#include "supervisor/ctl/view/pager.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <utility>

#include "supervisor/ctl/view/terminal.h"

namespace outpost::supervisor::ctl {

namespace {

constexpr int kNotFound = 127;  // what a shell ends with

bool is_in_path(const std::string& program) {
  const char* path = std::getenv("PATH");
  std::string_view left = path ? path : "/usr/bin:/bin";
  while (!left.empty()) {
    std::size_t end = std::min(left.find(':'), left.size());
    std::string folder(left.substr(0, end));
    if (!folder.empty() && access((folder + "/" + program).c_str(), X_OK) == 0) return true;
    left.remove_prefix(std::min(end + 1, left.size()));
  }
  return false;
}

// As far as it can be told without a shell.
bool may_be_run(const std::string& command) {
  std::string program = command.substr(0, command.find(' '));
  if (program.find_first_of("=$'\"\\`~;&|(){}<>") != std::string::npos) return true;
  return program.find('/') == std::string::npos ? is_in_path(program) : access(program.c_str(), X_OK) == 0;
}

Failure cannot_be_run() {
  return fail(Errc::io, "PAGER cannot be run: it names no program that is there; PAGER=cat does without");
}

// Empty for none.
std::string pager_command() {
  if (!output_terminal().moves) return {};
  if (const char* chosen = std::getenv("PAGER")) return std::string_view(chosen) == "cat" ? "" : chosen;
  return is_in_path("less") ? "less" : "";
}

[[noreturn]] void become(const std::string& command, int input) {
  dup2(input, STDIN_FILENO);
  std::signal(SIGINT, SIG_DFL);
  // Ends when all fits on the terminal, shows colours, leaves the text where it stands.
  setenv("LESS", "FRX", 0);
  execl("/bin/sh", "sh", "-c", command.c_str(), static_cast<char*>(nullptr));
  _exit(kNotFound);
}

}  // namespace

Pager::Pager() {
  std::string command = pager_command();
  // Later, what is written to it would end this program without a word.
  is_missing_ = !command.empty() && !may_be_run(command);
  if (is_missing_) return;
  std::array<int, 2> pipe{};
  if (command.empty() || pipe2(pipe.data(), O_CLOEXEC) != 0) return;
  pid_ = fork();
  if (pid_ == 0) become(command, pipe[0]);
  if (pid_ > 0) {
    std::fflush(stdout);
    output_ = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
    dup2(pipe[1], STDOUT_FILENO);
    if (isatty(STDERR_FILENO) == 1) {
      error_ = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
      dup2(pipe[1], STDERR_FILENO);
    }
    // It is for the pager, which may do more than to end.
    std::signal(SIGINT, SIG_IGN);
  }
  close(pipe[0]);
  close(pipe[1]);
  pid_ = std::max(pid_, 0);
}

Pager::~Pager() { static_cast<void>(finish()); }

Result<> Pager::finish() {
  if (std::exchange(is_missing_, false)) return cannot_be_run();
  if (pid_ == 0) return {};
  std::fflush(stdout);
  dup2(output_, STDOUT_FILENO);
  close(output_);
  if (error_ >= 0) {
    dup2(error_, STDERR_FILENO);
    close(error_);
  }
  int status = 0;
  pid_t pid = std::exchange(pid_, 0);
  while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  std::signal(SIGINT, SIG_DFL);
  if (!WIFEXITED(status) || WEXITSTATUS(status) != kNotFound) return {};
  return cannot_be_run();
}

}  // namespace outpost::supervisor::ctl
