#include <fmt/format.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <CLI/CLI.hpp>
#include <csignal>

#include "common/io/loop.h"
#include "common/io/process.h"
#include "common/version.h"
#include "proxy/proxy.h"

namespace {

using outpost::protocol::ProxyExit;

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

int run() {
  // A terminal's ^C reaches the whole group: the supervisor hears it too and drains us in its own time.
  std::signal(SIGINT, SIG_IGN);
  std::signal(SIGHUP, SIG_IGN);
  std::signal(SIGPIPE, SIG_IGN);
  raise_descriptor_limit();

  outpost::Loop loop;
  auto supervisor = outpost::Stream::adopt(loop, outpost::Process::kChannelFd);
  if (!supervisor) {
    fmt::print(stderr, "outpost-proxy: {}\n", supervisor.error().text);
    return static_cast<int>(ProxyExit::internal);
  }
  ProxyExit exit = ProxyExit::internal;
  outpost::proxy::Proxy proxy(loop, *std::move(supervisor), [&](ProxyExit code) {
    exit = code;
    loop.stop();
  });
  outpost::Signal term(loop, SIGTERM, [&] { proxy.drain(kOwnDrain); });
  loop.run();
  return static_cast<int>(exit);
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("The HTTP side of Outpost. It is started by outpostd and has no use of its own.", "outpost-proxy");
  app.set_version_flag("--version", fmt::format("outpost-proxy {}", outpost::kVersion));
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : static_cast<int>(ProxyExit::usage);
  }
  if (!is_socket(outpost::Process::kChannelFd)) {
    fmt::print(stderr, "outpost-proxy is started by outpostd: it finds no channel on descriptor {}\n",
               outpost::Process::kChannelFd);
    return static_cast<int>(ProxyExit::usage);
  }
  return run();
}
