#include "common/words.h"

#include <catch2/catch_test_macros.hpp>
#include <cstdint>

namespace outpost::test::common_words_test {

namespace {

enum class Colour : std::uint8_t { red, green };
constexpr std::array<std::string_view, 2> kColourWords{"red", "green"};
constexpr std::span<const std::string_view> words_of(Colour) { return kColourWords; }

enum class Plain : std::uint8_t { one };

}  // namespace

TEST_CASE("an enum with words is written and read by them", "[words]") {
  CHECK(word_of(Colour::green) == "green");
  CHECK(from_word<Colour>("red") == Colour::red);
  CHECK(from_word<Colour>("Red") == std::nullopt);
  CHECK(from_word<Colour>("") == std::nullopt);
  STATIC_CHECK(Worded<Colour>);
  STATIC_CHECK_FALSE(Worded<Plain>);
  STATIC_CHECK_FALSE(Worded<int>);
}

}  // namespace outpost::test::common_words_test
