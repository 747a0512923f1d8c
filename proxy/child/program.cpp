#include "proxy/child/program.h"

#include <fmt/core.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <algorithm>
#include <csignal>
#include <span>
#include <string_view>

#include "common/io/journal.h"
#include "common/io/loop.h"
#include "common/io/process.h"
#include "common/text.h"
#include "common/version.h"

namespace outpost::proxy {

namespace {

using protocol::ProxyExit;

// A TERM that reaches only this process: time enough for what is in flight, little enough for a service manager.
constexpr std::chrono::milliseconds kOwnDrain{2'000};

bool is_socket(int fd) {
  struct stat info {};
  return fstat(fd, &info) == 0 && S_ISSOCK(info.st_mode);
}

// Each connection takes a descriptor; the usual soft limit is meant for select().
void raise_descriptor_limit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  (void)setrlimit(RLIMIT_NOFILE, &limit);
}

// Whether anything was given up. For the leak check of a sanitizer: it would look into /proc and trace this process.
bool sandboxed = false;

Result<std::vector<protocol::SandboxMeasure>> enter(const protocol::SandboxSettings& settings, bool filtered,
                                                    const SandboxNeeds& needs) {
  auto measures = enter_sandbox(settings, filtered, needs);
  sandboxed = measures && std::any_of(measures->begin(), measures->end(), [](const auto& m) { return m.active; });
  return measures;
}

int run(const ChildProgram& program) {
  // A terminal's ^C reaches the whole group: the supervisor hears it too and drains us in its own time.
  std::signal(SIGINT, SIG_IGN);
  std::signal(SIGHUP, SIG_IGN);
  std::signal(SIGPIPE, SIG_IGN);
  raise_descriptor_limit();
  // Newer releases of libuv may use it, and the sandbox does not let them.
  setenv("UV_USE_IO_URING", "0", 1);

  const bool filtered = has_system_call_filter();           // by somebody else, for we come to that later
  constexpr unsigned kUsesIoUring = (1 << 16) | (45 << 8);  // libuv 1.45
  if (uv_version() >= kUsesIoUring) hide_io_uring();
  Loop loop;
  auto supervisor = Stream::adopt(loop, Process::kChannelFd);
  if (!supervisor) {
    tell(Severity::error, fmt::format("{}: {}", program.name, supervisor.error().text));
    return static_cast<int>(ProxyExit::internal);
  }
  ProxyExit exit = ProxyExit::internal;
  auto life =
      program.make({loop, *std::move(supervisor), Descriptor(Process::kFilesFd),
                    [filtered, &program](const auto& settings) { return enter(settings, filtered, program.needs); },
                    [&](ProxyExit code) {
                      exit = code;
                      loop.stop();
                    }});
  Signal term(loop, SIGTERM, [&] { life->drain(kOwnDrain); });
  loop.run();
  return static_cast<int>(exit);
}

// Nobody but outpostd starts it, without arguments; a person may ask what it is.
int answer(const ChildProgram& program, std::span<char*> arguments) {
  for (std::string_view argument : arguments) {
    if (argument == "--version") {
      fmt::print("{} {}\n", program.name, kVersion);
      return 0;
    }
    if (argument == "--print-manual-page") {
      fmt::print("{}", program.page());
      return 0;
    }
    if (argument == "--help" || argument == "-h") {
      fmt::print("{} It is started by outpostd and has no use of its own.\nUsage: {} [--help | --version]\n",
                 program.about, program.name);
      return 0;
    }
  }
  fmt::print(stderr, "{}: there is no argument \"{}\"; valid are --help and --version\n", program.name,
             escape_control(arguments.front()));
  return static_cast<int>(ProxyExit::usage);
}

}  // namespace

int run_child(int argc, char** argv, const ChildProgram& program) {
  if (argc > 1) return answer(program, std::span(argv + 1, static_cast<std::size_t>(argc - 1)));
  for (int fd : {Process::kChannelFd, Process::kFilesFd}) {
    if (is_socket(fd)) continue;
    fmt::print(stderr, "{} is started by outpostd: it finds no channel on descriptor {}\n", program.name, fd);
    return static_cast<int>(ProxyExit::usage);
  }
  return run(program);
}

}  // namespace outpost::proxy

#if OUTPOST_SANITIZED
extern "C" int __lsan_is_turned_off();
extern "C" int __lsan_is_turned_off() { return outpost::proxy::sandboxed ? 1 : 0; }
#endif
