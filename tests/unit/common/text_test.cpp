#include "common/text.h"

#include <array>
#include <limits>
#include <string>

#include <catch2/catch_test_macros.hpp>

namespace outpost::test::text_test {

namespace {

// UTF-8 written as its definition: decode, then ask whether encoding gives the same bytes.
bool decodes_and_encodes_the_same(std::string_view text) {
  std::size_t i = 0;
  while (i < text.size()) {
    auto lead = static_cast<unsigned char>(text[i]);
    std::size_t n = lead < 0x80 ? 1 : lead < 0xC0 ? 0 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : lead < 0xF8 ? 4 : 0;
    if (n == 0 || i + n > text.size()) return false;
    std::uint32_t code = n == 1 ? lead : lead & (0xFFU >> (n + 1));
    for (std::size_t k = 1; k < n; ++k) {
      auto byte = static_cast<unsigned char>(text[i + k]);
      if ((byte & 0xC0) != 0x80) return false;
      code = code << 6 | (byte & 0x3F);
    }
    std::size_t shortest = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    if (shortest != n || code > 0x10FFFF || (code >= 0xD800 && code <= 0xDFFF)) return false;
    i += n;
  }
  return true;
}

}  // namespace

TEST_CASE("UTF-8 is told from what only looks like it", "[text]") {
  CHECK(is_utf8(""));
  CHECK(is_utf8(std::string_view("\0a", 2)));
  CHECK(is_utf8("\xF4\x8F\xBF\xBF"));
  for (std::string_view bad : {"\x80", "\xC3", "\xC1\xBF", "\xE0\x9F\xBF", "\xED\xA0\x80", "\xF0\x8F\xBF\xBF",
                               "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xFF", "a\xE2\x82"}) {
    CHECK(!is_utf8(bad));
  }
}

TEST_CASE("UTF-8 agrees with its definition for every sequence of a lead and interesting followers", "[text]") {
  constexpr std::array<int, 12> kFollowers = {0x00, 0x41, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC0, 0xED, 0xFF};
  std::size_t disagreements = 0;
  for (int lead = 0; lead < 256; ++lead) {
    for (int a : kFollowers) {
      for (int b : kFollowers) {
        for (int c : kFollowers) {
          for (std::size_t length = 1; length <= 4; ++length) {
            std::string text = {static_cast<char>(lead), static_cast<char>(a), static_cast<char>(b),
                                static_cast<char>(c)};
            text.resize(length);
            if (is_utf8(text) != decodes_and_encodes_the_same(text)) ++disagreements;
          }
        }
      }
    }
  }
  CHECK(disagreements == 0);
}

TEST_CASE("the UTF-8 part in front is found", "[text]") {
  CHECK(utf8_prefix("") == 0);
  CHECK(utf8_prefix("\xC3\xA4") == 2);
  CHECK(utf8_prefix("a\xC3\xA4\xC3") == 3);
  CHECK(utf8_prefix("\xFFz") == 0);
}

TEST_CASE("case is ignored for ASCII letters only", "[text]") {
  CHECK(equal_ignoring_case("ReQ", "rEq"));
  CHECK(!equal_ignoring_case("req", "reqs"));
  CHECK(!equal_ignoring_case("[", "{"));
  CHECK(!equal_ignoring_case("\xC4", "\xE4"));
  CHECK(to_lower("AZ@[\xC4") == "az@[\xC4");
}

TEST_CASE("blanks go at both ends and stay inside", "[text]") {
  CHECK(trim(" \t\r\na b\n ") == "a b");
  CHECK(trim(" \t") == "");
  CHECK(trim("") == "");
}

TEST_CASE("an integer is the whole text or nothing", "[text]") {
  CHECK(parse_integer("0") == 0);
  CHECK(parse_integer("-5") == -5);
  CHECK(parse_integer("007") == 7);
  CHECK(parse_integer("9223372036854775807") == std::numeric_limits<std::int64_t>::max());
  CHECK(parse_integer("-9223372036854775808") == std::numeric_limits<std::int64_t>::min());
  for (const char* bad : {"", "-", "+5", " 5", "5 ", "5x", "0x5", "5.0", "1e3", "9223372036854775808", "--5"}) {
    CHECK(!parse_integer(bad));
  }
}

TEST_CASE("control bytes and backslashes are escaped, other text is not", "[text]") {
  CHECK(escape_control("a\nb\r\t\x1b\x7f") == "a\\x0Ab\\x0D\\x09\\x1B\\x7F");
  CHECK(escape_control(std::string_view("\0", 1)) == "\\x00");
  CHECK(escape_control("\\x0A") == "\\\\x0A");
  CHECK(escape_control("M\xC3\xBCller 'x' \xFF") == "M\xC3\xBCller 'x' \xFF");
}

TEST_CASE("control characters of Unicode that terminals and readers obey are escaped", "[text]") {
  CHECK(escape_control("\xC2\x85") == "\\xC2\\x85");
  CHECK(escape_control("\xC2\x9B"
                       "31m") == "\\xC2\\x9B31m");
  CHECK(escape_control("\xC2\xA0\xC2\x7F\xC2") == "\xC2\xA0\xC2\\x7F\xC2");
  CHECK(escape_control("a\xE2\x80\xA8\xE2\x80\xA9\xE2\x80\xA6") == "a\\xE2\\x80\\xA8\\xE2\\x80\\xA9\xE2\x80\xA6");
}

TEST_CASE("a slip of the hand finds the word that was meant", "[text]") {
  constexpr std::array<std::string_view, 5> kWords = {"port", "encoding", "reconnect-timeout", "tz", "url"};
  CHECK(nearest("prot", kWords) == "port");
  CHECK(nearest("Encodign", kWords) == "encoding");
  CHECK(nearest("reconect_timeout", kWords) == "reconnect-timeout");
  CHECK(nearest("uri", kWords) == "url");
}

TEST_CASE("nothing is suggested when nothing is near", "[text]") {
  constexpr std::array<std::string_view, 3> kWords = {"port", "tz", "ab"};
  CHECK(nearest("x", kWords) == "");
  CHECK(nearest("cd", kWords) == "");
  CHECK(nearest("completely different", kWords) == "");
  CHECK(nearest(std::string(100'000, 'p'), kWords) == "");
  CHECK(nearest("port", {}) == "");
}

TEST_CASE("bytes are shown in the largest unit with at most one digit behind the point", "[text]") {
  CHECK(human_bytes(0) == "0 B");
  CHECK(human_bytes(1023) == "1023 B");
  CHECK(human_bytes(4096) == "4 KiB");
  CHECK(human_bytes(1536 * 1024) == "1.5 MiB");
  CHECK(human_bytes(std::uint64_t{5} << 40) == "5 TiB");
  CHECK(human_bytes(std::uint64_t{1} << 52) == "4096 TiB");
}

TEST_CASE("UTF-8 is looked at byte by byte wherever it begins in a text of ASCII", "[text]") {
  for (std::size_t front = 0; front < 20; ++front) {
    std::string text(front, 'a');
    CHECK(is_utf8(text));
    CHECK(is_utf8(text + "\xC3\xA9" + text));
    CHECK(utf8_prefix(text + "\xFF" + text) == front);
    CHECK(utf8_prefix(text + "\xC3") == front);
  }
}

}  // namespace outpost::test::text_test
