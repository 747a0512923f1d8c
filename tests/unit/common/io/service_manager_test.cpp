#include "common/io/service_manager.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>

#include "tests/support/temp_dir.h"

#include <catch2/catch_test_macros.hpp>

namespace outpost::test::service_manager_test {

namespace {

// The service manager's end.
class Manager {
 public:
  Manager() : fd_(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, dir_.file("n").c_str(), sizeof address.sun_path - 1);
    REQUIRE(bind(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
    setenv("NOTIFY_SOCKET", dir_.file("n").c_str(), 1);
  }
  ~Manager() {
    for (const char* name : {"NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"}) unsetenv(name);
    close(fd_);
  }
  Manager(const Manager&) = delete;
  Manager& operator=(const Manager&) = delete;

  // Empty when nothing was said.
  std::string hear() const {
    char buffer[128];
    ssize_t n = recv(fd_, buffer, sizeof buffer, MSG_DONTWAIT);
    return {buffer, n > 0 ? static_cast<std::size_t>(n) : 0};
  }

 private:
  test::TempDir dir_;
  int fd_;
};

}  // namespace

TEST_CASE("the service manager is told, and nothing happens without one", "[service]") {
  unsetenv("NOTIFY_SOCKET");
  notify_service_manager("READY=1");
  Manager manager;
  notify_service_manager("READY=1");
  CHECK(manager.hear() == "READY=1");
  CHECK(manager.hear().empty());
}

TEST_CASE("a reload is announced with the time on the monotonic clock", "[service]") {
  Manager manager;
  notify_reloading();
  std::string said = manager.hear();
  REQUIRE(said.starts_with("RELOADING=1\nMONOTONIC_USEC="));
  CHECK(std::stoll(said.substr(said.rfind('=') + 1)) > 0);
}

TEST_CASE("the watchdog's limit is the service manager's, and for this process only", "[service]") {
  Manager manager;
  CHECK(!watchdog_limit());
  for (const char* wrong : {"", "0", "-1", "soon"}) {
    setenv("WATCHDOG_USEC", wrong, 1);
    CHECK(!watchdog_limit());
  }
  setenv("WATCHDOG_USEC", "30000000", 1);
  CHECK(watchdog_limit() == std::chrono::seconds(30));
  setenv("WATCHDOG_PID", std::to_string(getpid()).c_str(), 1);
  CHECK(watchdog_limit() == std::chrono::seconds(30));
  for (const char* other : {"1", ""}) {
    setenv("WATCHDOG_PID", other, 1);
    CHECK(!watchdog_limit());
  }
}

TEST_CASE("a sign of life is given while the loop turns", "[service]") {
  Manager manager;
  setenv("WATCHDOG_USEC", "2000", 1);
  Loop loop;
  {
    ServiceWatchdog watchdog(loop);
    CHECK(manager.hear().empty());
    std::string said;
    while (said.empty()) {
      loop.run_once(true);
      said = manager.hear();
    }
    CHECK(said == "WATCHDOG=1");
  }
}

}  // namespace outpost::test::service_manager_test
