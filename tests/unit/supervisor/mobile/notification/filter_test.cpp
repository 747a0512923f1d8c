#include "supervisor/mobile/notification/filter.h"

#include <random>
#include <string>

#include <catch2/catch_test_macros.hpp>

namespace outpost::supervisor::mobile::filter_test {

namespace {

// The definition, as slow as it is.
bool slow_match(std::string_view filter, std::string_view tag) {
  if (filter.empty()) return tag.empty();
  if (filter.front() != '*') {
    return !tag.empty() && tag.front() == filter.front() && slow_match(filter.substr(1), tag.substr(1));
  }
  for (std::size_t i = 0; i <= tag.size(); ++i) {
    if (slow_match(filter.substr(1), tag.substr(i))) return true;
  }
  return false;
}

}  // namespace

TEST_CASE("a filter without a star is the tag itself", "[notification]") {
  CHECK(filter_matches("ors.contact.1", "ors.contact.1"));
  CHECK_FALSE(filter_matches("ors.contact.1", "ors.contact.12"));
  CHECK_FALSE(filter_matches("ors.contact.1", "ORS.contact.1"));
  CHECK_FALSE(filter_matches("ors.contact.?", "ors.contact.1"));
}

TEST_CASE("a star is any run of characters, also none", "[notification]") {
  CHECK(filter_matches("*", ""));
  CHECK(filter_matches("*", "a.b"));
  CHECK(filter_matches("a.*", "a."));
  CHECK(filter_matches("a.*", "a.b.c"));
  CHECK_FALSE(filter_matches("a.*", "a"));
  CHECK(filter_matches("*.c", "a.b.c"));
  CHECK(filter_matches("a*b*c", "aXbYbZc"));
  CHECK(filter_matches("a**c", "ac"));
  CHECK_FALSE(filter_matches("ab*ba", "aba"));
  CHECK_FALSE(filter_matches("a*aab*a", "aaba"));
  CHECK(filter_matches("a*aab*a", "aaaba"));
}

TEST_CASE("any filter matches what its definition says", "[notification]") {
  const unsigned seed = std::random_device()();
  INFO("seed " << seed);
  std::mt19937 random(seed);
  auto text = [&](std::string_view letters, std::size_t most) {
    std::string made(random() % (most + 1), ' ');
    for (char& c : made) c = letters[random() % letters.size()];
    return made;
  };
  for (int i = 0; i < 20'000; ++i) {
    std::string filter = text("ab*", 8);
    std::string tag = text("ab", 10);
    INFO(filter << " against " << tag);
    REQUIRE(filter_matches(filter, tag) == slow_match(filter, tag));
    if (filter_matches(filter, tag)) REQUIRE(tag.starts_with(literal_prefix(filter)));
  }
}

TEST_CASE("what a filter begins with is known without a tag", "[notification]") {
  CHECK(literal_prefix("a.b*c*") == "a.b");
  CHECK(literal_prefix("*") == "");
  CHECK(literal_prefix("a.b") == "a.b");
  CHECK(is_pattern("a*"));
  CHECK_FALSE(is_pattern("a.b"));
}

}  // namespace outpost::supervisor::mobile::filter_test
