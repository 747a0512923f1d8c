#include "common/io/stream.h"

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
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "common/io/process.h"
#include "tests/support/temp_dir.h"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

using namespace outpost;
using namespace std::chrono_literals;

namespace {

class Fd {
 public:
  explicit Fd(int fd) : fd_(fd) {}
  ~Fd() { reset(); }
  Fd(Fd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Fd& operator=(Fd&&) = delete;
  [[nodiscard]] int get() const { return fd_; }
  [[nodiscard]] int release() { return std::exchange(fd_, -1); }
  void reset() {
    if (fd_ >= 0) close(fd_);
    fd_ = -1;
  }

 private:
  int fd_;
};

struct Recorder final : Stream::Events {
  std::string received;
  int data = 0;
  int ends = 0;
  int ends_seen = 0;
  int losses = 0;
  int written = 0;
  std::function<void()> then = [] {};  // the last act of every event

  void on_data(std::string_view bytes) override {
    ++data;
    received += bytes;
    act();
  }
  void on_end() override {
    ++ends;
    act();
  }
  void on_lost(const Error&) override {
    ++losses;
    act();
  }
  void on_written() override {
    ++written;
    act();
  }
  void on_end_seen() override {
    ++ends_seen;
    act();
  }
  void act() {
    auto call = then;
    call();
  }
};

// A stream and the other end of its connection as a bare descriptor.
struct Pair {
  std::unique_ptr<Stream> stream;
  Fd peer;
};

Pair unix_pair(Loop& loop, int type = SOCK_STREAM) {
  int fds[2];
  REQUIRE(socketpair(AF_UNIX, type | SOCK_CLOEXEC, 0, fds) == 0);
  auto stream = Stream::adopt(loop, fds[0]);
  REQUIRE(stream.has_value());
  return {*std::move(stream), Fd(fds[1])};
}

Fd connect_to(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  Fd fd(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  REQUIRE(connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
  return fd;
}

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

// Turns the loop until `done`; a loop that spins without getting there fails the test.
void run_until(Loop& loop, const std::function<bool()>& done) {
  for (int turns = 0; !done(); ++turns) {
    REQUIRE(turns < 100'000);
    loop.run_once(true);
  }
}

Pair tcp_pair(Loop& loop) {
  auto listener = Listener::tcp(loop, "127.0.0.1", 0, 8);
  REQUIRE(listener.has_value());
  int accepted = -1;
  (*listener)->start([&](int fd) { accepted = fd; });
  Fd peer = connect_to((*listener)->port());
  run_until(loop, [&] { return accepted >= 0; });
  auto stream = Stream::adopt(loop, accepted);
  REQUIRE(stream.has_value());
  return {*std::move(stream), std::move(peer)};
}

// What arrives until the end, or until nothing is there for now.
std::string read_available(int fd) {
  std::string out;
  char buffer[65536];
  for (ssize_t n; (n = recv(fd, buffer, sizeof buffer, MSG_DONTWAIT)) > 0;) {
    out.append(buffer, static_cast<std::size_t>(n));
  }
  return out;
}

std::string packet(int fd) {
  char buffer[64];
  ssize_t n = recv(fd, buffer, sizeof buffer, MSG_DONTWAIT);
  return n < 0 ? "(none)" : std::string(buffer, static_cast<std::size_t>(n));
}

bool at_end(int fd) {
  char byte;
  return recv(fd, &byte, 1, MSG_DONTWAIT | MSG_PEEK) == 0;
}

void reset_connection(Fd& fd) {
  linger now{1, 0};
  setsockopt(fd.get(), SOL_SOCKET, SO_LINGER, &now, sizeof now);
  fd.reset();
}

// More than the system takes at once.
std::string much_data() {
  std::string out;
  for (int i = 0; out.size() < 16 * 1024 * 1024; ++i) out += std::to_string(i) + ' ';
  return out;
}

}  // namespace

TEST_CASE("what is written during one turn leaves in one system call", "[stream]") {
  Loop loop;
  // With packets every system call can be seen at the other end.
  auto made = unix_pair(loop, SOCK_SEQPACKET);
  Timer next_turn(loop, [&] { made.stream->write("d"); });
  Timer first(loop, [&] {
    made.stream->write("a");
    made.stream->write("b");
    loop.at_end_of_turn([&] { next_turn.start(0ms); });
  });
  Timer second(loop, [&] { made.stream->write("c"); });
  first.start(0ms);
  second.start(0ms);
  loop.run();
  CHECK(packet(made.peer.get()) == "abc");
  CHECK(packet(made.peer.get()) == "d");
}

TEST_CASE("answers to what one read brought leave in one system call", "[stream]") {
  Loop loop;
  auto made = unix_pair(loop, SOCK_SEQPACKET);
  Recorder events;
  events.then = [&, s = made.stream.get()] {
    for (int i = 0; i < 5; ++i) s->write("x");
  };
  made.stream->set_events(&events);
  made.stream->start_reading();
  REQUIRE(send(made.peer.get(), "go", 2, 0) == 2);
  run_until(loop, [&] { return events.data == 1; });
  CHECK(packet(made.peer.get()) == "xxxxx");
  CHECK(events.written == 0);
}

TEST_CASE("a stream may be destroyed by each of its events", "[stream]") {
  Loop loop;
  auto made = unix_pair(loop);
  auto& stream = made.stream;
  Recorder events;
  events.then = [&] { stream.reset(); };
  stream->set_events(&events);
  SECTION("by data") {
    stream->start_reading();
    REQUIRE(send(made.peer.get(), "x", 1, 0) == 1);
    SECTION("alone") {}
    SECTION("with the end behind it") { made.peer.reset(); }
    run_until(loop, [&] { return !stream; });
    CHECK(events.data == 1);
    CHECK(events.ends + events.losses == 0);
  }
  SECTION("by the end") {
    stream->start_reading();
    made.peer.reset();
    run_until(loop, [&] { return !stream; });
    CHECK(events.ends == 1);
  }
  SECTION("by the loss that a write finds") {
    made.peer.reset();
    stream->write("x");
    run_until(loop, [&] { return !stream; });
    CHECK(events.losses == 1);
  }
  SECTION("by having written") {
    std::string sent = much_data();
    stream->write(sent);
    std::string got;
    while (stream) {
      loop.run_once(false);
      got += read_available(made.peer.get());
    }
    got += read_available(made.peer.get());
    CHECK(events.written == 1);
    CHECK((got == sent));  // not shown: it is long
  }
  loop.run_once(false);
}

TEST_CASE("a stream may be destroyed while its flush is planned, and what it wrote arrives", "[stream]") {
  Loop loop;
  auto made = unix_pair(loop);
  Timer timer(loop, [&] {
    made.stream->write("goodbye");
    made.stream.reset();
  });
  timer.start(0ms);
  loop.run();
  CHECK(read_available(made.peer.get()) == "goodbye");
  CHECK(at_end(made.peer.get()));
}

TEST_CASE("the peer's end still lets us answer, and our end comes behind the answer", "[stream]") {
  Loop loop;
  auto made = GENERATE(true, false) ? unix_pair(loop) : tcp_pair(loop);
  Recorder events;
  made.stream->set_events(&events);
  made.stream->start_reading();
  REQUIRE(send(made.peer.get(), "question", 8, 0) == 8);
  shutdown(made.peer.get(), SHUT_WR);
  run_until(loop, [&] { return events.ends == 1; });
  CHECK(events.received == "question");
  made.stream->write("answer");
  made.stream->finish_writing();
  std::string got;
  while (!at_end(made.peer.get())) {
    loop.run_once(false);
    got += read_available(made.peer.get());
  }
  CHECK(got == "answer");
  CHECK(events.ends == 1);
  CHECK(events.losses == 0);
}

TEST_CASE("our end waits for what the system did not take yet", "[stream]") {
  Loop loop;
  auto made = unix_pair(loop);
  std::string sent = much_data();
  made.stream->write(sent);
  made.stream->finish_writing();
  loop.run_once(false);
  CHECK(made.stream->queued_bytes() > 0);
  std::string got;
  while (!at_end(made.peer.get())) {
    loop.run_once(false);
    got += read_available(made.peer.get());
  }
  CHECK((got == sent));  // not shown: it is long
  CHECK(made.stream->queued_bytes() == 0);
}

TEST_CASE("a peer that ended and then resets while we are blocked is reported once", "[stream]") {
  Loop loop;
  auto made = tcp_pair(loop);
  Recorder events;
  made.stream->set_events(&events);
  made.stream->start_reading();
  shutdown(made.peer.get(), SHUT_WR);
  run_until(loop, [&] { return events.ends == 1; });
  made.stream->write(much_data());
  loop.run_once(false);
  REQUIRE(made.stream->queued_bytes() > 0);
  reset_connection(made.peer);
  run_until(loop, [&] { return events.losses == 1; });
  for (int i = 0; i < 10; ++i) loop.run_once(false);
  CHECK(events.ends == 1);
  CHECK(events.losses == 1);
  CHECK(made.stream->queued_bytes() == 0);
}

TEST_CASE("a paused stream brings no data, not even when the connection is reset", "[stream]") {
  Loop loop;
  auto made = tcp_pair(loop);
  Recorder events;
  made.stream->set_events(&events);
  made.stream->start_reading();
  made.stream->pause_reading();
  REQUIRE(send(made.peer.get(), "x", 1, 0) == 1);
  made.stream->write(much_data());
  for (int i = 0; i < 10; ++i) loop.run_once(false);
  CHECK(events.data == 0);
  reset_connection(made.peer);
  run_until(loop, [&] { return events.losses == 1; });
  CHECK(events.data == 0);
}

TEST_CASE("the peer's end is seen while reading is paused, once, and what it sent before is not lost", "[stream]") {
  bool closes = GENERATE(false, true);
  Loop loop;
  auto made = tcp_pair(loop);
  Recorder events;
  made.stream->set_events(&events);
  made.stream->start_reading();
  made.stream->pause_reading();
  made.stream->watch_for_end(true);
  REQUIRE(send(made.peer.get(), "x", 1, 0) == 1);
  for (int i = 0; i < 10; ++i) loop.run_once(false);
  CHECK(events.ends_seen == 0);
  if (closes) {
    made.peer.reset();
  } else {
    shutdown(made.peer.get(), SHUT_WR);
  }
  run_until(loop, [&] { return events.ends_seen == 1; });
  for (int i = 0; i < 10; ++i) loop.run_once(false);
  CHECK(events.ends_seen == 1);
  CHECK(events.data + events.ends + events.losses == 0);
  made.stream->start_reading();
  run_until(loop, [&] { return events.ends == 1; });
  CHECK(events.received == "x");
}

TEST_CASE("who asks no more hears of no end while reading is paused", "[stream]") {
  Loop loop;
  auto made = tcp_pair(loop);
  Recorder events;
  made.stream->set_events(&events);
  made.stream->watch_for_end(true);
  made.stream->watch_for_end(false);
  shutdown(made.peer.get(), SHUT_WR);
  for (int i = 0; i < 10; ++i) loop.run_once(false);
  CHECK(events.ends_seen + events.ends == 0);
}

TEST_CASE("reading may be paused by data and resumed", "[stream]") {
  Loop loop;
  auto made = unix_pair(loop);
  Recorder events;
  events.then = [&] { made.stream->pause_reading(); };
  made.stream->set_events(&events);
  made.stream->start_reading();
  const std::string sent(200'000, 'x');
  std::size_t pos = 0;
  while (events.received.size() < sent.size()) {
    ssize_t n = send(made.peer.get(), sent.data() + pos, sent.size() - pos, MSG_DONTWAIT);
    if (n > 0) pos += static_cast<std::size_t>(n);
    int before = events.data;
    made.stream->start_reading();
    for (int i = 0; i < 3; ++i) loop.run_once(false);
    CHECK(events.data <= before + 1);
  }
}

TEST_CASE("nothing follows a loss", "[stream]") {
  Loop loop;
  auto made = unix_pair(loop);
  Recorder events;
  made.stream->set_events(&events);
  made.peer.reset();
  made.stream->write("x");
  run_until(loop, [&] { return events.losses == 1; });
  made.stream->write("more");
  made.stream->start_reading();
  made.stream->finish_writing();
  for (int i = 0; i < 5; ++i) loop.run_once(false);
  CHECK(events.losses == 1);
  CHECK(events.ends == 0);
  CHECK(made.stream->queued_bytes() == 0);
}

TEST_CASE("a peer is named by address and port", "[stream]") {
  Loop loop;
  auto made = tcp_pair(loop);
  CHECK(made.stream->peer().starts_with("127.0.0.1:"));
  CHECK(unix_pair(loop).stream->peer() == "unix");
}

TEST_CASE("connecting to a Unix socket never waits", "[stream]") {
  Loop loop;
  test::TempDir dir;
  auto absent = Stream::connect_unix(loop, dir.file("none"));
  REQUIRE(!absent);
  CHECK(absent.error().text.find(dir.file("none")) != std::string::npos);
  auto too_long = Stream::connect_unix(loop, std::string(200, 'x'));
  REQUIRE(!too_long);
  CHECK(too_long.error().code == Errc::invalid);

  auto listener = Listener::unix_socket(loop, dir.file("s"), 1);
  REQUIRE(listener.has_value());
  std::vector<std::unique_ptr<Stream>> streams;
  // Nobody accepts: when the queue is full the next one is refused instead of waiting.
  for (;;) {
    auto stream = Stream::connect_unix(loop, dir.file("s"));
    if (!stream) break;
    streams.push_back(*std::move(stream));
    REQUIRE(streams.size() < 1000);
  }
  CHECK(!streams.empty());
}

TEST_CASE("a listener lets the kernel choose a port and tells which", "[listener]") {
  Loop loop;
  auto listener = Listener::tcp(loop, GENERATE("127.0.0.1", "::1"), 0, 8);
  if (!listener) SKIP("no such address family here: " << listener.error().text);
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
  run_until(loop, [&] { return fd >= 0; });
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
  run_until(loop, [&] { return !listener; });
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
  run_until(loop, [&] { return accepted > before; });
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
  run_until(loop, [&] { return accepted == 1; });
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
  test::TempDir dir;
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
  run_until(loop, [&] { return accepted == 1; });
  listener->reset();
  CHECK(access(path.c_str(), F_OK) != 0);
}

TEST_CASE("a Unix socket that somebody serves is not taken", "[listener]") {
  Loop loop;
  test::TempDir dir;
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
  test::TempDir dir;
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
