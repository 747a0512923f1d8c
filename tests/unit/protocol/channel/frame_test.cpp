#include "protocol/channel/frame.h"

#include <catch2/catch_get_random_seed.hpp>
#include <catch2/catch_test_macros.hpp>
#include <random>
#include <vector>

#include "protocol/channel/messages.h"

namespace outpost::test::frame_test {

using namespace outpost::protocol;

namespace {

struct Got {
  std::uint16_t type;
  std::uint64_t correlation;
  std::string payload;
  bool operator==(const Got&) const = default;
};

// Feeds the pieces, each in memory of its own, and takes what comes out.
std::vector<Got> read(FrameReader& reader, const std::vector<std::string>& pieces) {
  std::vector<Got> frames;
  for (const std::string& piece : pieces) {
    std::vector<char> memory(piece.begin(), piece.end());
    reader.feed({memory.data(), memory.size()});
    for (;;) {
      auto next = reader.next();
      REQUIRE(next.has_value());
      if (!*next) break;
      frames.push_back({(*next)->type, (*next)->correlation, std::string((*next)->payload)});
    }
  }
  return frames;
}

std::string stream(std::vector<Got>& expected) {
  std::string bytes;
  auto append = [&](std::uint64_t correlation, const auto& message) {
    std::string payload;
    encode(message, payload);
    expected.push_back({std::decay_t<decltype(message)>::kId, correlation, payload});
    append_frame(bytes, correlation, message);
  };
  append(0, Start{});
  append(UINT64_MAX, Refuse{.reason = "no"});
  append(7, Ping{});
  Answer answer;
  answer.event.add("GSW_USER_EVENT", "AddRecordAcknowledge");
  append(correlation_id(3, 9), answer);
  return bytes;
}

std::string header(std::uint32_t length, std::uint16_t type = 8, std::uint16_t flags = 0) {
  std::string bytes;
  ByteWriter out(bytes);
  out.integer(length);
  out.integer(type);
  out.integer(flags);
  out.integer(std::uint64_t{0});
  return bytes;
}

}  // namespace

TEST_CASE("a frame has the header that the contract gives", "[frame]") {
  using namespace std::string_literals;
  std::string bytes;
  append_frame(bytes, 0x0102030405060708, Refuse{.reason = "ab"});
  CHECK(bytes ==
        "\x06\0\0\0"s
        "\x0d\0\0\0"s
        "\x08\x07\x06\x05\x04\x03\x02\x01"s
        "\x02\0\0\0"s
        "ab");
}

TEST_CASE("frames come out whole when the stream is cut at any two places", "[frame]") {
  std::vector<Got> expected;
  std::string bytes = stream(expected);
  for (std::size_t a = 0; a <= bytes.size(); ++a) {
    for (std::size_t b = a; b <= bytes.size(); ++b) {
      FrameReader reader;
      auto frames = read(reader, {bytes.substr(0, a), bytes.substr(a, b - a), bytes.substr(b)});
      if (frames != expected || reader.pending_bytes() != 0) FAIL("cut at " << a << " and " << b);
    }
  }
}

TEST_CASE("frames come out whole when the stream is cut at random", "[frame]") {
  unsigned seed = Catch::getSeed();
  CAPTURE(seed);
  std::mt19937 random(seed);
  for (int round = 0; round < 200; ++round) {
    std::vector<Got> expected;
    std::string bytes = stream(expected) + stream(expected) + stream(expected);
    std::vector<std::string> pieces;
    std::size_t piece_max = 1 + random() % 40;
    while (!bytes.empty()) {
      pieces.push_back(bytes.substr(0, random() % (piece_max + 1)));
      bytes.erase(0, pieces.back().size());
    }
    FrameReader reader;
    CHECK(read(reader, pieces) == expected);
    CHECK(reader.pending_bytes() == 0);
  }
}

TEST_CASE("a reader knows how much of a frame it holds", "[frame]") {
  std::vector<Got> expected;
  std::string bytes = stream(expected);
  FrameReader reader;
  read(reader, {bytes.substr(0, 20)});
  CHECK(reader.pending_bytes() == 4);
  read(reader, {bytes.substr(20, kFrameHeaderBytes + 6 - 4 + 5)});
  CHECK(reader.pending_bytes() == 5);
}

TEST_CASE("a frame that is too long is refused from its header", "[frame]") {
  FrameReader reader;
  std::string good = header(kPayloadBytesMax);
  reader.feed(good);
  auto next = reader.next();
  REQUIRE(next.has_value());
  CHECK_FALSE(next->has_value());

  FrameReader other;
  std::string bad = header(kPayloadBytesMax + 1);
  other.feed(bad);
  auto refused = other.next();
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().code == Errc::protocol);
}

TEST_CASE("a frame with flags is refused", "[frame]") {
  FrameReader reader;
  std::string bad = header(0, 8, 1);
  reader.feed(bad);
  CHECK_FALSE(reader.next().has_value());
}

TEST_CASE("a correlation id carries its generation", "[frame]") {
  CHECK(generation_of(correlation_id(0x00ABCDEF, UINT64_MAX)) == 0x00ABCDEF);
  CHECK(correlation_id(1, 2) != correlation_id(2, 2));
  CHECK(correlation_id(1, (1ULL << kSequenceBits) + 5) == correlation_id(1, 5));
}

}  // namespace outpost::test::frame_test
