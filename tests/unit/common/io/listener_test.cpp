#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "common/io/stream.h"
#include "tests/support/temp_dir.h"
#include "tests/unit/common/io/bare_socket.h"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

namespace outpost::test::listener_test {

namespace {

// Does not wait for the other side: 127.0.0.1 or ::1.
Fd begin_to_connect(const std::string& address, std::uint16_t port) {
  sockaddr_in v4{};
  v4.sin_family = AF_INET;
  v4.sin_port = htons(port);
  v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  sockaddr_in6 v6{};
  v6.sin6_family = AF_INET6;
  v6.sin6_port = htons(port);
  v6.sin6_addr = in6addr_loopback;
  bool six = address == "::1";
  const auto* where = six ? reinterpret_cast<const sockaddr*>(&v6) : reinterpret_cast<const sockaddr*>(&v4);
  Fd fd(socket(where->sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  int done = connect(fd.get(), where, six ? sizeof v6 : sizeof v4);
  REQUIRE((done == 0 || errno == EINPROGRESS));
  return fd;
}

bool is_connected(const Fd& fd) {
  sockaddr_storage peer{};
  socklen_t size = sizeof peer;
  return getpeername(fd.get(), reinterpret_cast<sockaddr*>(&peer), &size) == 0;
}

}  // namespace

TEST_CASE("a listener lets the kernel choose a port and tells which", "[listener]") {
  Loop loop;
  const std::string address = GENERATE("127.0.0.1", "::1");
  auto listener = Listener::tcp(loop, address, 0, 8);
  // A machine may be without IPv6, and nothing else is a reason.
  if (!listener && address == "::1") SKIP("no such address family here: " << listener.error().text);
  REQUIRE(listener.has_value());
  CHECK((*listener)->port() != 0);
}

TEST_CASE("a port in use is told from other failures", "[listener]") {
  Loop loop;
  auto first = Listener::tcp(loop, "127.0.0.1", 0, 8);
  REQUIRE(first.has_value());
  auto second = Listener::tcp(loop, "127.0.0.1", (*first)->port(), 8);
  REQUIRE(!second);
  CHECK(second.error().code == Errc::busy);
  CHECK(second.error().text.find("cannot listen on 127.0.0.1 port") == 0);
  auto third = Listener::tcp(loop, "localhost", 0, 8);
  REQUIRE(!third);
  CHECK(third.error().code == Errc::invalid);
}

TEST_CASE("what is accepted is non-blocking and not inherited", "[listener]") {
  Loop loop;
  auto listener = *Listener::tcp(loop, "127.0.0.1", 0, 8);
  Fd accepted(-1);
  int fd = -1;
  listener->start([&](int taken) { fd = taken; });
  Fd client = connect_to(listener->port());
  turn_until(loop, [&] { return fd >= 0; });
  Fd owner(fd);
  CHECK((fcntl(fd, F_GETFL) & O_NONBLOCK) != 0);
  CHECK((fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0);
}

TEST_CASE("a listener may be destroyed by an accept while others wait", "[listener]") {
  Loop loop;
  auto listener = *Listener::tcp(loop, "127.0.0.1", 0, 8);
  std::uint16_t port = listener->port();
  Fd a = connect_to(port);
  Fd b = connect_to(port);
  int accepted = 0;
  std::string seen;
  listener->start([&, text = std::string(100, 'x')](int fd) {
    close(fd);
    ++accepted;
    listener.reset();
    seen = text;
  });
  turn_until(loop, [&] { return !listener; });
  CHECK(accepted == 1);
  CHECK(seen.size() == 100);
}

TEST_CASE("peers that are gone before they are accepted do not end the listener", "[listener]") {
  Loop loop;
  auto listener = *Listener::tcp(loop, "127.0.0.1", 0, 64);
  int accepted = 0;
  listener->start([&](int fd) {
    close(fd);
    ++accepted;
  });
  for (int i = 0; i < 20; ++i) {
    Fd gone = connect_to(listener->port());
    reset_connection(gone);
  }
  for (int i = 0; i < 5; ++i) loop.run_once(false);
  int before = accepted;
  Fd client = connect_to(listener->port());
  turn_until(loop, [&] { return accepted > before; });
}

TEST_CASE("a listener without descriptors rests and then goes on", "[listener]") {
  // The limit holds for a whole process, so this one is another.
  pid_t child = fork();
  if (child == 0) {
    Loop loop;
    auto listener = *Listener::tcp(loop, "127.0.0.1", 0, 8);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(listener->port());
    for (int i = 0; i < 3; ++i) {
      int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
      if (connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) _exit(10);
    }
    rlimit before{};
    getrlimit(RLIMIT_NOFILE, &before);
    int next = dup(0);
    close(next);
    rlimit none = before;
    none.rlim_cur = static_cast<rlim_t>(next);
    if (setrlimit(RLIMIT_NOFILE, &none) != 0) _exit(11);
    int rests = 0;
    int accepted = 0;
    listener->on_rest([&](int error) {
      if (error != EMFILE) _exit(12);
      if (accepted != 0) _exit(13);
      if (++rests == 2) setrlimit(RLIMIT_NOFILE, &before);  // comes back from the first rest to find no change
    });
    listener->start([&](int) {
      if (++accepted == 3) loop.stop();
    });
    loop.run();
    _exit(rests == 2 && accepted == 3 ? 0 : 14);
  }
  int status = 0;
  REQUIRE(waitpid(child, &status, 0) == child);
  CHECK(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 0);
}

TEST_CASE("a listener that closes serves who came before, and who comes then finds the next listener", "[listener]") {
  Loop loop;
  std::string address = GENERATE("127.0.0.1", "::1");
  constexpr int kBefore = 5;
  auto first = *Listener::tcp(loop, address, 0, 64);
  std::vector<Fd> served;
  first->start([&](int fd) { served.emplace_back(fd); });
  std::vector<Fd> before;
  for (int i = 0; i < kBefore; ++i) before.push_back(begin_to_connect(address, first->port()));
  REQUIRE(first->turn_newcomers_away());
  Fd newcomer = begin_to_connect(address, first->port());
  first->accept_waiting();
  CHECK(served.size() == kBefore);
  CHECK_FALSE(is_connected(newcomer));
  std::uint16_t port = first->port();
  first.reset();
  CHECK_FALSE(is_connected(newcomer));

  auto next = *Listener::tcp(loop, address, port, 64);
  int accepted = 0;
  next->start([&](int fd) {
    close(fd);
    ++accepted;
  });
  // The system of the client asks again by itself.
  turn_until(loop, [&] { return accepted == 1; });
  CHECK(is_connected(newcomer));
  for (std::size_t i = 0; i < served.size(); ++i) {
    CHECK(send(before[i].get(), "x", 1, MSG_NOSIGNAL) == 1);
    char byte;
    CHECK(recv(served[i].get(), &byte, 1, 0) == 1);
  }
}

TEST_CASE("without descriptors, what waits is accepted as room is found", "[listener]") {
  // The limit holds for a whole process, so this one is another.
  pid_t child = fork();
  if (child == 0) {
    Loop loop;
    auto listener = *Listener::tcp(loop, "127.0.0.1", 0, 8);
    for (int i = 0; i < 3; ++i) static_cast<void>(begin_to_connect("127.0.0.1", listener->port()).release());
    rlimit before{};
    getrlimit(RLIMIT_NOFILE, &before);
    int next = dup(0);
    close(next);
    rlimit none = before;
    none.rlim_cur = static_cast<rlim_t>(next);
    if (setrlimit(RLIMIT_NOFILE, &none) != 0) _exit(11);
    int accepted = 0;
    listener->start([&](int) { ++accepted; });
    listener->accept_waiting();
    if (accepted != 0) _exit(12);
    listener->on_rest([&](int) { setrlimit(RLIMIT_NOFILE, &before); });
    listener->accept_waiting();
    _exit(accepted == 3 ? 0 : 13);
  }
  int status = 0;
  REQUIRE(waitpid(child, &status, 0) == child);
  CHECK(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 0);
}

TEST_CASE("a Unix socket is its owner's alone, and its file goes with the listener", "[listener]") {
  Loop loop;
  TempDir dir;
  const std::string path = dir.file("s");
  mode_t before = umask(0);
  auto listener = Listener::unix_socket(loop, path, 8);
  umask(before);
  REQUIRE(listener.has_value());
  struct stat info {};
  REQUIRE(lstat(path.c_str(), &info) == 0);
  CHECK(S_ISSOCK(info.st_mode));
  CHECK((info.st_mode & 0777) == 0600);
  int accepted = 0;
  (*listener)->start([&](int fd) {
    close(fd);
    ++accepted;
  });
  auto client = Stream::connect_unix(loop, path);
  REQUIRE(client.has_value());
  turn_until(loop, [&] { return accepted == 1; });
  listener->reset();
  CHECK(access(path.c_str(), F_OK) != 0);
}

TEST_CASE("a Unix socket may be a group's as well", "[listener]") {
  Loop loop;
  TempDir dir;
  const std::string path = dir.file("s");
  auto listener = Listener::unix_socket(loop, path, 8, getegid());
  REQUIRE(listener.has_value());
  struct stat info {};
  REQUIRE(lstat(path.c_str(), &info) == 0);
  CHECK((info.st_mode & 0777) == 0660);
  CHECK(info.st_gid == getegid());
}

TEST_CASE("a Unix socket that somebody serves is not taken", "[listener]") {
  Loop loop;
  TempDir dir;
  auto first = Listener::unix_socket(loop, dir.file("s"), 1);
  REQUIRE(first.has_value());
  // Also when its queue is full.
  std::vector<std::unique_ptr<Stream>> waiting;
  for (int i = 0; i < 5; ++i) {
    auto second = Listener::unix_socket(loop, dir.file("s"), 8);
    REQUIRE(!second);
    CHECK(second.error().code == Errc::busy);
    CHECK(second.error().text.find("another process answers there") != std::string::npos);
    if (auto stream = Stream::connect_unix(loop, dir.file("s"))) waiting.push_back(*std::move(stream));
  }
}

TEST_CASE("only a dead Unix socket is replaced", "[listener]") {
  Loop loop;
  TempDir dir;
  const std::string path = dir.file("s");
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
  const auto* raw = reinterpret_cast<const sockaddr*>(&address);
  SECTION("a socket left behind is replaced") {
    {
      Fd dead(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
      REQUIRE(bind(dead.get(), raw, sizeof address) == 0);
    }
    CHECK(Listener::unix_socket(loop, path, 8).has_value());
  }
  SECTION("a file stays") {
    std::ofstream(path) << "mine";
    auto listener = Listener::unix_socket(loop, path, 8);
    REQUIRE(!listener);
    CHECK(listener.error().code == Errc::busy);
    std::string content;
    std::ifstream(path) >> content;
    CHECK(content == "mine");
  }
  SECTION("a living socket of another kind stays") {
    Fd datagram(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    REQUIRE(bind(datagram.get(), raw, sizeof address) == 0);
    CHECK(!Listener::unix_socket(loop, path, 8).has_value());
    Fd sender(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    CHECK(connect(sender.get(), raw, sizeof address) == 0);
  }
}

}  // namespace outpost::test::listener_test
