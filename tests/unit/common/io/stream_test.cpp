#include "common/io/stream.h"

#include <sys/socket.h>
#include <unistd.h>

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/temp_dir.h"
#include "tests/unit/common/io/bare_socket.h"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

namespace outpost::test::io_stream_test {

using namespace std::chrono_literals;

namespace {

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

Pair tcp_pair(Loop& loop) {
  auto listener = Listener::tcp(loop, "127.0.0.1", 0, 8);
  REQUIRE(listener.has_value());
  int accepted = -1;
  (*listener)->start([&](int fd) { accepted = fd; });
  Fd peer = connect_to((*listener)->port());
  turn_until(loop, [&] { return accepted >= 0; });
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
  turn_until(loop, [&] { return events.data == 1; });
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
    turn_until(loop, [&] { return !stream; });
    CHECK(events.data == 1);
    CHECK(events.ends + events.losses == 0);
  }
  SECTION("by the end") {
    stream->start_reading();
    made.peer.reset();
    turn_until(loop, [&] { return !stream; });
    CHECK(events.ends == 1);
  }
  SECTION("by the loss that a write finds") {
    made.peer.reset();
    stream->write("x");
    turn_until(loop, [&] { return !stream; });
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
  turn_until(loop, [&] { return events.ends == 1; });
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
  turn_until(loop, [&] { return events.ends == 1; });
  made.stream->write(much_data());
  loop.run_once(false);
  REQUIRE(made.stream->queued_bytes() > 0);
  reset_connection(made.peer);
  turn_until(loop, [&] { return events.losses == 1; });
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
  turn_until(loop, [&] { return events.losses == 1; });
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
  turn_until(loop, [&] { return events.ends_seen == 1; });
  for (int i = 0; i < 10; ++i) loop.run_once(false);
  CHECK(events.ends_seen == 1);
  CHECK(events.data + events.ends + events.losses == 0);
  made.stream->start_reading();
  turn_until(loop, [&] { return events.ends == 1; });
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
  turn_until(loop, [&] { return events.losses == 1; });
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
  TempDir dir;
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

}  // namespace outpost::test::io_stream_test
