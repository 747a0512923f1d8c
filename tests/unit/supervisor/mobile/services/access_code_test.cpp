#include "supervisor/mobile/services/access_code.h"

#include <algorithm>
#include <array>
#include <set>

#include <catch2/catch_test_macros.hpp>

namespace outpost::test::access_code_test {

using namespace outpost::supervisor::mobile;

namespace {

std::string drawn(int node_id, std::size_t length) {
  auto code = draw_code(node_id, length);
  REQUIRE(code);
  return *std::move(code);
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

}  // namespace

TEST_CASE("a code begins with the two digits of its node", "[mobile]") {
  CHECK(drawn(1, 6).starts_with("01"));
  CHECK(drawn(0, 6).starts_with("00"));
  CHECK(drawn(99, 6).starts_with("99"));
}

TEST_CASE("a code has as many digits as are wanted", "[mobile]") {
  for (std::size_t length = 3; length <= 18; ++length) {
    std::string code = drawn(42, length);
    CHECK(code.size() == length);
    CHECK(std::ranges::all_of(code, is_digit));
  }
}

// Which of 100,000 draws are which digit: by chance a digit is never further off than 1,000 (ten deviations).
TEST_CASE("every digit of a code is as likely as another, and codes do not repeat", "[mobile]") {
  constexpr int kCodes = 6'250;
  constexpr std::size_t kRandomDigits = 16;
  std::array<int, 10> counts{};
  std::set<std::string> codes;
  for (int i = 0; i < kCodes; ++i) {
    std::string code = drawn(7, kRandomDigits + 2);
    for (char digit : code.substr(2)) ++counts[static_cast<std::size_t>(digit - '0')];
    codes.insert(std::move(code));
  }
  CHECK(codes.size() == kCodes);
  for (int count : counts) CHECK((count > 9'000 && count < 11'000));
}

}  // namespace outpost::test::access_code_test
