// Every message of every family: round trip, every truncation refused, a trailing byte refused, golden bytes equal.
#include "protocol/channel/messages.h"

#include <catch2/catch_get_random_seed.hpp>
#include <catch2/catch_template_test_macros.hpp>
#include <catch2/catch_test_macros.hpp>
#include <functional>
#include <map>
#include <random>

#include "protocol/channel/control.h"
#include "protocol/channel/courier.h"
#include "tests/support/member_count.h"

namespace outpost::test::messages_test {

using namespace outpost::protocol;

namespace {

// Fills a message from a source of numbers: random ones, or a count for the golden bytes.
class Filler {
 public:
  explicit Filler(std::function<std::uint64_t()> next, std::size_t items) : next_(std::move(next)), items_(items) {}

  template <class T>
  void fill(T& value) {
    if constexpr (Described<T>) {
      std::apply([&](const auto&... f) { (fill(value.*(f.member)), ...); }, T::fields());
    } else if constexpr (std::is_same_v<T, bool>) {
      value = next_() % 2 == 1;
    } else if constexpr (std::is_integral_v<T>) {
      value = static_cast<T>(next_());
    } else if constexpr (Worded<T>) {
      value = static_cast<T>(next_() % words_of(T{}).size());
    } else if constexpr (std::is_same_v<T, std::string>) {
      value.resize(length());
      for (char& c : value) c = static_cast<char>(next_());
    } else if constexpr (std::is_same_v<T, Event>) {
      for (std::size_t n = length(); n > 0; --n) {
        std::string key;
        std::string text;
        fill(key);
        fill(text);
        if (next_() % 2 == 0) {
          value.add(key, text);
        } else {
          value.add(key, static_cast<std::int64_t>(next_()));
        }
      }
    } else {
      value.resize(length());
      for (auto& item : value) fill(item);
    }
  }

 private:
  std::size_t length() { return items_ == 0 ? next_() % 6 : items_; }

  std::function<std::uint64_t()> next_;
  std::size_t items_;  // of each string and list; 0 for any number
};

template <class Message>
std::string encoded(const Message& message) {
  std::string bytes;
  encode(message, bytes);
  return bytes;
}

std::string hex(std::string_view bytes) {
  std::string out;
  for (char c : bytes) fmt::format_to(std::back_inserter(out), "{:02x}", static_cast<unsigned char>(c));
  return out;
}

// Fields filled in order from 1, 2, 3, ..., strings and lists with two items. A change here is a change of the wire:
// raise the version of the protocol too.
const std::map<std::string_view, std::string_view> kGolden = {
    {"Hello", "01000000020000000203"},
    {"Call",
     "0100000000000000020000000200000003040200000005060108000200000002000000090a020000000b0c020000000d"
     "0e020000000f1001020000001213020000000200000014150200000016170002000000191a020000001b1c020000001d"
     "1e020000001f20010200000022230200000024250200000026270102000000292a"},
    {"CallReply", "010002000000020302000000040506000000010200000008090001020000000c0d"},
    {"CallCancel", ""},
    {"Bound",
     "0200000002000000010202000000030405000001020000000809020000000a0b020000000c0d0e000100020000001112"
     "020000000200000013140102000000161702000000181900020000001b1c"},
    {"Failed", "01000000020000000203"},
    {"Request",
     "01000000000000000200000002000000030402000000050602000000070802000000090a02000000020000000b0c0110"
     "00000000000000020000001112011600000000000000"},
    {"Ping", ""},
    {"Pong", ""},
    {"Statistics",
     "010000000000000002000000000000000300000000000000040000000000000005000000000000000600000000000000"
     "0700000000000000080000000000000009000000000000000a000000000000000b000000000000000c00000000000000"
     "0d000000000000000e000000000000000f00000000000000100000000000000011000000000000001200000000000000"
     "130000000000000002000000140000000000000015000000000000000200000016000000000000001700000000000000"
     "0200000018000000000000001900000000000000"},
    {"Configure",
     "010000000200000002030200000002000000040502000000060708000100020000000b0c020000000d0e020000000f10"
     "110000010200000014150200000002000000161702000000020000001819020000001a1b020000001c1d020000001e1f"
     "00020000002122020200000024250200000026272800000002000000292a02000000020000002b2c020000002d2e0200"
     "00002f30020000003132010200000034350002000000373802000000393a3b000000020000003c3d0001400000000100"
     "0102000000444502000000464700490000004a0000004b0000004c0000004d0000004e0000004f000000500000005100"
     "000052000000530000005400000055000000560000005700000058000000590000005a0000005b0000005c0000000200"
     "00005d5e020000005f60020000006162630000006400000001660000000000000067000000020200000002000000696a"
     "020000006b6c02000000020000006d6e020000006f7002000000717201"},
    {"Start", ""},
    {"Answer",
     "02000000020000000102010600000000000000020000000708010c000000000000000200000002000000020000000d0e"
     "0112000000000000000200000013140118000000000000000200000002000000191a011e00000000000000020000001f"
     "2001240000000000000001"},
    {"Drain", "01000000"},
    {"LogSegment", "01"},
    {"WantLogSegment", "01"},
    {"Refuse", "020000000102"},
    {"Tokens",
     "01020000000200000002030200000004050200000002000000060702000000080902000000020000000a0b020000000c"
     "0d0e00000000000000020000000f10020000001112020000000200000013140200000015160200000002000000171802"
     "000000191a1b0000000000000002000000020000001c1d020000001e1f020000002021020000002223"},
    {"CourierReady", "02000000020000000102010200000004050200000006070002000000090a"},
    {"FetchReply",
     "0102000000020304000500020000000607000200000002000000090a020000000b0c020000000d0e020000000f100200"
     "000011121300000014000000150000001600000017000000"},
    {"CourierStatistics", "010000000000000002000000000000000300000000000000"},
    {"CourierConfigure",
     "010000000200000002030001060000000102010a000000030c000000000000000d00000002020000000f100200000002"
     "00000011120200000013140200000002000000151602000000171802000000191a020000001b1c020000001d1e1f0000"
     "00200000002100220001020000002425020000002627020000002829020000002a2b020000002c2d0200000002000000"
     "2e2f02000000303102000000323302000000343502000000363738000000390000003a003b0000020000003d3e020000"
     "003f40020000004142"},
    {"Fetch",
     "010002000000020302000000040502000000020000000607020000000809020000000a0b0c0000000d0000000e000000"
     "0f000000"},
    {"FetchCancel", ""},
    {"CourierLeaving", ""},
    {"ControlHello", "01000000"},
    {"Command", "020000000102020000000304"},
    {"ImportRows",
     "010000000000000002000000000000000300000000000000040000000000000002000000050000000000000002000000"
     "0200000006070200000008090a0000000000000002000000020000000b0c020000000d0e"},
    {"ControlWelcome", "010000000200000002030400000000000000"},
    {"Reply", "01020000000203"},
};

}  // namespace

TEMPLATE_TEST_CASE("every message survives its encoding and nothing else passes for it", "[messages]", FromProxy,
                   FromSupervisor, FromCourier, ToCourier, FromCtl, ToCtl) {
  unsigned seed = Catch::getSeed();
  CAPTURE(seed);
  std::mt19937_64 random(seed);
  Filler filler([&] { return random(); }, 0);
  for_each_message<TestType>([&]<class Message>(Message) {
    CAPTURE(Message::kName);
    for (int round = 0; round < 20; ++round) {
      Message message;
      filler.fill(message);
      std::string bytes = encoded(message);
      auto back = decode<TestType>(Message::kId, bytes);
      REQUIRE(back.has_value());
      REQUIRE(std::holds_alternative<Message>(*back));
      CHECK(encoded(std::get<Message>(*back)) == bytes);
      CHECK(describe(std::get<Message>(*back)) == describe(message));
      for (std::size_t n = 0; n < bytes.size(); ++n) {
        if (decode<TestType>(Message::kId, std::string_view(bytes).substr(0, n))) FAIL("cut at " << n);
      }
      CHECK_FALSE(decode<TestType>(Message::kId, bytes + '\0').has_value());
    }
  });
}

TEMPLATE_TEST_CASE("every message has the bytes that are written down here", "[messages]", FromProxy, FromSupervisor,
                   FromCourier, ToCourier, FromCtl, ToCtl) {
  for_each_message<TestType>([&]<class Message>(Message) {
    std::uint64_t count = 0;
    Filler filler([&] { return ++count; }, 2);
    Message message;
    filler.fill(message);
    CAPTURE(Message::kName);
    REQUIRE(kGolden.contains(Message::kName));
    CHECK(hex(encoded(message)) == kGolden.at(Message::kName));
  });
}

namespace {

template <class T>
void check_members(std::string_view name) {
  if constexpr (detail::IsVector<T>::value) {
    check_members<typename T::value_type>(name);
  } else if constexpr (Described<T>) {
    INFO("a member of " << name << " has no field, or a field no member");
    CHECK(test::member_count<T>() == std::tuple_size_v<decltype(T::fields())>);
    std::apply([](const auto&... f) { (check_members<std::decay_t<decltype(T().*(f.member))>>(f.name), ...); },
               T::fields());
  }
}

}  // namespace

TEMPLATE_TEST_CASE("every member of a message is a field of it", "[messages]", FromProxy, FromSupervisor, FromCourier,
                   ToCourier, FromCtl, ToCtl) {
  for_each_message<TestType>([]<class Message>(const Message&) { check_members<Message>(Message::kName); });
}

TEMPLATE_TEST_CASE("every message and each of its fields is explained", "[messages]", FromProxy, FromSupervisor,
                   FromCourier, ToCourier, FromCtl, ToCtl) {
  for_each_message<TestType>([&]<class Message>(Message) {
    CAPTURE(Message::kName);
    CHECK_FALSE(Message::kText.empty());
    bool explained = std::apply([](const auto&... f) { return (true && ... && !f.text.empty()); }, Message::fields());
    CHECK(explained);
  });
}

TEST_CASE("a number that is no word is malformed", "[messages]") {
  Configure configure;
  configure.log.level = LogLevel::debug;
  CHECK(decode<FromSupervisor>(Configure::kId, encoded(configure)).has_value());
  CHECK(describe(configure).find(" level=debug ") != std::string::npos);
  configure.log.level = static_cast<LogLevel>(words_of(LogLevel{}).size());
  CHECK_FALSE(decode<FromSupervisor>(Configure::kId, encoded(configure)).has_value());
}

TEST_CASE("a message in the wrong direction is unknown there", "[messages]") {
  CHECK_FALSE(decode<FromProxy>(Configure::kId, encoded(Configure{})).has_value());
  CHECK_FALSE(decode<FromSupervisor>(Hello::kId, encoded(Hello{})).has_value());
  CHECK_FALSE(decode<FromCtl>(Reply::kId, encoded(Reply{})).has_value());
  CHECK_FALSE(decode<ToCtl>(Hello::kId, encoded(Hello{})).has_value());
}

}  // namespace outpost::test::messages_test
