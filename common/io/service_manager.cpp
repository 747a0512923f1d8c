#include "common/io/service_manager.h"

#include <fmt/core.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <ctime>

#include "common/text.h"

namespace outpost {

void notify_service_manager(const std::string& state) {
  const char* path = std::getenv("NOTIFY_SOCKET");
  if (!path || !*path) return;
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::size_t length = std::strlen(path);
  if (length >= sizeof address.sun_path) return;
  std::memcpy(address.sun_path, path, length);
  if (address.sun_path[0] == '@') address.sun_path[0] = '\0';  // Linux's abstract names
  int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return;
  auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + length);
  // A service manager that does not read must not stop us: the kernel queues few datagrams.
  (void)sendto(fd, state.data(), state.size(), MSG_NOSIGNAL | MSG_DONTWAIT, reinterpret_cast<sockaddr*>(&address),
               size);
  close(fd);
}

void notify_reloading() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  auto since_boot = std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::seconds(now.tv_sec) +
                                                                          std::chrono::nanoseconds(now.tv_nsec));
  notify_service_manager(fmt::format("RELOADING=1\nMONOTONIC_USEC={}", since_boot.count()));
}

std::optional<std::chrono::microseconds> watchdog_limit() {
  auto number = [](const char* name) {
    const char* text = std::getenv(name);
    return text ? parse_integer(text) : std::nullopt;
  };
  if (std::getenv("WATCHDOG_PID") && number("WATCHDOG_PID") != getpid()) return std::nullopt;
  auto limit = number("WATCHDOG_USEC");
  if (!limit || *limit <= 0) return std::nullopt;
  return std::chrono::microseconds(*limit);
}

ServiceWatchdog::ServiceWatchdog(Loop& loop) : timer_(loop, [] { notify_service_manager("WATCHDOG=1"); }) {
  auto limit = watchdog_limit();
  if (!limit) return;
  auto half = std::chrono::duration_cast<std::chrono::milliseconds>(*limit / 2);
  timer_.start_repeating(std::max(half, std::chrono::milliseconds(1)));
}

}  // namespace outpost
