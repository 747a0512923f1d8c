#include "protocol/channel/describe.h"

#include <catch2/catch_test_macros.hpp>

#include "protocol/channel/messages.h"

namespace outpost::test::describe_test {

using namespace outpost::protocol;

namespace {

struct Inner {
  std::string text;
  static constexpr auto fields() { return std::tuple(field("text", &Inner::text, "a text")); }
};

struct Sample {
  bool flag = false;
  std::int16_t number = 0;
  std::string password;
  Inner inner;
  std::vector<Inner> items;
  Event event;

  static constexpr std::uint16_t kId = 1;
  static constexpr std::string_view kName = "Sample";
  static constexpr std::string_view kText = "Every kind of field.";
  static constexpr auto fields() {
    return std::tuple(field("flag", &Sample::flag, "a flag"), field("number", &Sample::number, "a number"),
                      field("password", &Sample::password, "a secret", Privacy::secret),
                      field("inner", &Sample::inner, "a struct"), field("items", &Sample::items, "a list"),
                      field("event", &Sample::event, "an event"));
  }
};

using Family = std::variant<Sample>;

}  // namespace

TEST_CASE("a message is described on one line, its secrets hidden, its control bytes escaped", "[describe]") {
  Sample sample;
  sample.flag = true;
  sample.number = -5;
  sample.password = "hunter2";
  sample.inner.text = "a\nb";
  sample.items.resize(2);
  sample.event.add("GSW_PHONE", "+15550100");
  CHECK(describe(sample) ==
        "Sample flag=true number=-5 password=*** inner={ text='a\\x0Ab' } items=2 items event=1 attributes");
}

TEST_CASE("a message of every kind of field comes back as it was", "[describe]") {
  using namespace std::string_literals;
  Sample sample;
  sample.flag = true;
  sample.number = -2;
  sample.items.push_back({"x"});
  std::string bytes;
  encode(sample, bytes);
  CHECK(bytes == "\x01\xfe\xff\0\0\0\0\0\0\0\0\x01\0\0\0\x01\0\0\0x\0\0\0\0"s);
  auto back = decode<Family>(Sample::kId, bytes);
  REQUIRE(back.has_value());
  CHECK(std::get<Sample>(*back).items.at(0).text == "x");
  CHECK(std::get<Sample>(*back).number == -2);
}

TEST_CASE("decoding names what was wrong", "[describe]") {
  std::string bytes;
  encode(Sample{}, bytes);
  CHECK(decode<Family>(9, bytes).error().text == "message type 9 is not known here");
  CHECK(decode<Family>(1, "").error().text == "message Sample is cut off or malformed");
  CHECK(decode_message<Sample>("").error().text == "message Sample is cut off or malformed");
  CHECK(decode_message<Sample>(bytes + "x").error().text == "message Sample has bytes behind its end");
  CHECK(decode_message<Sample>(bytes).has_value());
  CHECK(decode<Family>(1, bytes + "x").error().text == "message Sample has bytes behind its end");
  std::string bad_flag = bytes;
  bad_flag[0] = 2;
  CHECK(decode<Family>(1, bad_flag).error().code == Errc::protocol);
}

TEST_CASE("a list takes no memory on a peer's word", "[describe]") {
  std::string bytes;
  encode(Sample{}, bytes);
  bytes.replace(1 + 2 + 4 + 4, 4, "\xff\xff\xff\xff");
  CHECK_FALSE(decode<Family>(1, bytes).has_value());
}

}  // namespace outpost::test::describe_test
