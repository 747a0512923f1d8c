#include "protocol/outbound/event.h"

#include <catch2/catch_test_macros.hpp>

namespace outpost::test::event_test {

using namespace outpost::protocol;

namespace {

std::string encoded(const Event& event) {
  std::string bytes;
  ByteWriter out(bytes);
  event.encode(out);
  return bytes;
}

// Whether the bytes are one event and nothing else.
bool decodes(std::string_view bytes, Event& event) {
  ByteReader in(bytes);
  event.decode(in);
  return in.ok() && in.at_end();
}

}  // namespace

TEST_CASE("an event keeps order, duplicates and types", "[event]") {
  Event event;
  event.add("b", "1");
  event.add("a", std::int64_t{1});
  event.add("b", std::int64_t{2});
  CHECK(event.size() == 3);
  CHECK(*event.string("b") == "1");
  CHECK(event.integer("a") == 1);
  CHECK(event.integer("b") == std::nullopt);
  CHECK(event.string("a") == nullptr);
  CHECK(event.find("c") == nullptr);

  event.set("b", Event::Value(std::int64_t{3}));
  CHECK(event.integer("b") == 3);
  CHECK(event.begin()->key == "b");
  event.set("c", Event::Value(std::string("x")));
  CHECK((event.end() - 1)->key == "c");
  CHECK(event.remove("b"));
  CHECK_FALSE(event.remove("b"));
  CHECK(event.size() == 2);
}

TEST_CASE("an event is encoded without one key as if it were not there", "[event]") {
  Event event;
  event.add("a", "1");
  event.add("b", std::int64_t{2});
  event.add("c", "3");
  for (std::string_view key : {"a", "b", "c", "d"}) {
    std::string bytes;
    ByteWriter out(bytes);
    event.encode_without(key, out);
    Event others = event;
    others.remove(key);
    CHECK(bytes == encoded(others));
  }
}

TEST_CASE("an event has the wire form that its header describes", "[event]") {
  using namespace std::string_literals;
  Event event;
  event.add("k", "ab");
  event.add("n", std::int64_t{-2});
  CHECK(encoded(event) ==
        "\x02\0\0\0"s
        "\x01\0\0\0k\0\x02\0\0\0"s
        "ab"
        "\x01\0\0\0n\x01\xfe\xff\xff\xff\xff\xff\xff\xff"s);
  Event back;
  REQUIRE(decodes(encoded(event), back));
  CHECK(back == event);
}

TEST_CASE("an event that is cut off, too long or of an unknown type is refused", "[event]") {
  Event event;
  event.add("key", "value");
  event.add("number", std::int64_t{1} << 40);
  std::string bytes = encoded(event);
  Event back;
  for (std::size_t n = 0; n < bytes.size(); ++n) CHECK_FALSE(decodes(std::string_view(bytes).substr(0, n), back));
  CHECK_FALSE(decodes(bytes + '\0', back));
  std::string wrong_type = bytes;
  wrong_type[4 + 4 + 3] = 2;
  CHECK_FALSE(decodes(wrong_type, back));
}

TEST_CASE("an event takes no memory on a peer's word", "[event]") {
  std::string bytes = "\xff\xff\xff\xff";
  Event event;
  CHECK_FALSE(decodes(bytes, event));
  CHECK(event.empty());
}

TEST_CASE("an event is limited in attributes and key length", "[event]") {
  Event event;
  Event back;
  for (std::uint32_t i = 0; i < Event::kAttributesMax; ++i) event.add("k", "");
  CHECK(decodes(encoded(event), back));
  event.add("k", "");
  CHECK_FALSE(decodes(encoded(event), back));

  Event keys;
  keys.add(std::string(Event::kKeyBytesMax, 'k'), "");
  CHECK(decodes(encoded(keys), back));
  keys.add(std::string(Event::kKeyBytesMax + 1, 'k'), "");
  CHECK_FALSE(decodes(encoded(keys), back));
}

TEST_CASE("an event knows how many bytes its wire form takes", "[event]") {
  Event event;
  CHECK(event.wire_bytes() == encoded(event).size());
  event.add("GSW_PHONE", "+15550100");
  event.add("GSW_ATTEMPTS", std::int64_t{3});
  event.add("", "");
  CHECK(event.wire_bytes() == encoded(event).size());
}

}  // namespace outpost::test::event_test
