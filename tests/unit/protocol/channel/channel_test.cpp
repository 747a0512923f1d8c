#include "protocol/channel/channel.h"

#include <sys/socket.h>
#include <unistd.h>

#include <catch2/catch_test_macros.hpp>
#include <functional>
#include <vector>

#include "protocol/channel/messages.h"

namespace outpost::test::channel_test {

using namespace outpost::protocol;

namespace {

// One side of a channel, and what happened to it.
class Side final : public Channel::Events {
 public:
  Side(Loop& loop, int fd, std::uint32_t payload_bytes_max = kPayloadBytesMax) {
    auto stream = Stream::adopt(loop, fd);
    REQUIRE(stream.has_value());
    channel = std::make_unique<Channel>(std::move(*stream), *this, payload_bytes_max);
  }

  Result<> on_frame(const Frame& frame) override {
    types.push_back(frame.type);
    correlations.push_back(frame.correlation);
    if (auto action = std::move(next_action)) action();
    if (refuse) return fail(Errc::protocol, "not this");
    return {};
  }
  void on_batch_end() override { ++batches; }
  void on_closed(const Error& why) override { closed.push_back(why); }

  std::unique_ptr<Channel> channel;
  std::vector<std::uint16_t> types;
  std::vector<std::uint64_t> correlations;
  int batches = 0;
  std::vector<Error> closed;
  std::function<void()> next_action;
  bool refuse = false;
};

struct Ends {
  Ends() { REQUIRE(socketpair(AF_UNIX, SOCK_STREAM, 0, fds) == 0); }
  int fds[2] = {-1, -1};
};

// Turns the loop until `done`; a test that waits for ever is stopped by the test runner.
void turn_until(Loop& loop, const std::function<bool()>& done) {
  while (!done()) loop.run_once(true);
}

}  // namespace

TEST_CASE("a channel carries messages both ways, those of one turn as one batch", "[channel]") {
  Loop loop;
  Ends ends;
  Side proxy(loop, ends.fds[0]);
  Side supervisor(loop, ends.fds[1]);
  proxy.channel->send(Hello{}, 1);
  proxy.channel->send(Ping{}, 2);
  supervisor.channel->send(Start{}, 3);
  turn_until(loop, [&] { return supervisor.types.size() == 2 && proxy.types.size() == 1; });
  CHECK(supervisor.types == std::vector<std::uint16_t>{Hello::kId, Ping::kId});
  CHECK(supervisor.correlations == std::vector<std::uint64_t>{1, 2});
  CHECK(supervisor.batches == 1);
  CHECK(proxy.correlations == std::vector<std::uint64_t>{3});
}

TEST_CASE("the largest frame is that of the channel that reads it", "[channel]") {
  constexpr std::uint32_t kSmall = 100;
  Loop loop;
  Ends ends;
  Side sender(loop, ends.fds[0]);
  Side receiver(loop, ends.fds[1], kSmall);
  constexpr std::size_t kLengthBytes = 4;
  sender.channel->send(Refuse{.reason = std::string(kSmall - kLengthBytes, 'x')});
  turn_until(loop, [&] { return receiver.types.size() == 1; });
  sender.channel->send(Refuse{.reason = std::string(kSmall - kLengthBytes + 1, 'x')});
  turn_until(loop, [&] { return !receiver.closed.empty(); });
  CHECK(receiver.types.size() == 1);
  CHECK(receiver.closed.front().code == Errc::protocol);
}

TEST_CASE("a message larger than any buffer passes through a channel", "[channel]") {
  Loop loop;
  Ends ends;
  Side sender(loop, ends.fds[0]);
  Side receiver(loop, ends.fds[1]);
  sender.channel->send(Refuse{.reason = std::string(3 * 1024 * 1024, 'x')});
  sender.channel->send(Ping{});
  turn_until(loop, [&] { return receiver.types.size() == 2; });
  CHECK(receiver.types == std::vector<std::uint16_t>{Refuse::kId, Ping::kId});
  CHECK(sender.channel->queued_bytes() == 0);
}

TEST_CASE("a channel reports once that the other side is gone", "[channel]") {
  Loop loop;
  Ends ends;
  Side side(loop, ends.fds[0]);
  close(ends.fds[1]);
  turn_until(loop, [&] { return !side.closed.empty(); });
  loop.run_once(false);
  REQUIRE(side.closed.size() == 1);
  CHECK(side.closed[0].code == Errc::closed);
}

TEST_CASE("what was sent before the other side ended is handled before its end", "[channel]") {
  Loop loop;
  Ends ends;
  Side receiver(loop, ends.fds[0]);
  Side sender(loop, ends.fds[1]);
  sender.channel->send(Ping{});
  sender.channel->finish();
  turn_until(loop, [&] { return !receiver.closed.empty(); });
  CHECK(receiver.types == std::vector<std::uint16_t>{Ping::kId});
}

TEST_CASE("bytes that are no frame end a channel", "[channel]") {
  Loop loop;
  Ends ends;
  Side side(loop, ends.fds[0]);
  std::string junk(64, '\xff');
  REQUIRE(write(ends.fds[1], junk.data(), junk.size()) == static_cast<ssize_t>(junk.size()));
  turn_until(loop, [&] { return !side.closed.empty(); });
  CHECK(side.types.empty());
  CHECK(side.closed[0].code == Errc::protocol);
  close(ends.fds[1]);
}

TEST_CASE("a frame that its receiver refuses ends the channel, and nothing behind it is seen", "[channel]") {
  Loop loop;
  Ends ends;
  Side sender(loop, ends.fds[0]);
  Side receiver(loop, ends.fds[1]);
  receiver.refuse = true;
  sender.channel->send(Ping{});
  sender.channel->send(Ping{});
  turn_until(loop, [&] { return !receiver.closed.empty(); });
  loop.run_once(false);
  CHECK(receiver.types.size() == 1);
  CHECK(receiver.batches == 0);
  REQUIRE(receiver.closed.size() == 1);
  CHECK(receiver.closed[0].text == "not this");
}

TEST_CASE("a channel may be destroyed by what it brought", "[channel]") {
  Loop loop;
  Ends ends;
  Side sender(loop, ends.fds[0]);
  Side receiver(loop, ends.fds[1]);
  receiver.next_action = [&] { receiver.channel.reset(); };
  sender.channel->send(Ping{});
  sender.channel->send(Ping{});
  turn_until(loop, [&] { return !sender.closed.empty(); });
  CHECK(receiver.types.size() == 1);
  CHECK(receiver.closed.empty());
}

}  // namespace outpost::test::channel_test
