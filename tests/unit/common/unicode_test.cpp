#include "common/unicode.h"

#include <string>

#include <catch2/catch_test_macros.hpp>

namespace outpost::test::unicode_test {

TEST_CASE("what a person cannot see is blank", "[unicode]") {
  for (const char* blank : {"", " ", "\t\r\n", "\xc2\xa0", "\xe2\x80\x8b", "\xef\xbb\xbf", "\xe2\x80\xaa \xe2\x80\xac",
                            "\xe3\x80\x80", "\xc2\xad", "\xe2\xa0\x80", "\xe3\x85\xa4", "\xf3\xa0\x80\xa0", "\x7f",
                            "\xc2\x85", "\xe2\x81\xa6\xe2\x81\xa9"}) {
    INFO(blank);
    CHECK(is_blank(blank));
    CHECK(trim_invisible(blank).empty());
  }
  CHECK(is_blank(std::string(1, '\0')));
  for (const char* seen :
       {"0", " a ", "\xe2\x80\x8b.\xe2\x80\x8b", "-", "\xc3\xa9", "\xf0\x9f\x93\x9e", "\xff", "\xc2"}) {
    INFO(seen);
    CHECK(!is_blank(seen));
  }
}

TEST_CASE("invisible characters are trimmed at the ends only", "[unicode]") {
  CHECK(trim_invisible(" \xe2\x80\x8b"
                       "a \xc2\xa0"
                       "b\xc3\xa9\t\xef\xbb\xbf") ==
        "a \xc2\xa0"
        "b\xc3\xa9");
  CHECK(trim_invisible("a") == "a");
  CHECK(trim_invisible("\xff ") == "\xff");
  CHECK(trim_invisible("a \xe2\x80\x8b") == "a");
  CHECK(trim_invisible("a\xe2\x80\x8b \t") == "a");
  CHECK(trim_invisible("a\xe2\x80\x8b\xc3\xa9") == "a\xe2\x80\x8b\xc3\xa9");
  CHECK(trim_invisible(" a\x8b") == "a\x8b");
}

TEST_CASE("of ASCII, blanks and controls cannot be seen, and punctuation is what is neither letter nor digit",
          "[unicode]") {
  for (char32_t c = 0; c < 0x80; ++c) {
    INFO(static_cast<unsigned>(c));
    bool invisible = c <= U' ' || c == 0x7F;
    bool named = (c >= U'0' && c <= U'9') || (c >= U'A' && c <= U'Z') || (c >= U'a' && c <= U'z');
    CHECK(is_invisible(c) == invisible);
    CHECK(is_punctuation(c) == (!invisible && !named));
  }
}

TEST_CASE("controls are what ends or moves a line, rings or deletes", "[unicode]") {
  for (const char* control : {"a\nb", "\t", "a\x01", "\x7f", "\xc2\x80", "\xc2\x9f", "x\xe2\x80\xa8", "\xe2\x80\xa9"}) {
    INFO(control);
    CHECK(has_control(control));
  }
  for (const char* text : {"", "a b", "\xc2\xa0", "\xe2\x80\xaa+1\xe2\x80\xac", "\xe2\x80\x8b", "\xff"}) {
    INFO(text);
    CHECK(!has_control(text));
  }
}

TEST_CASE("code points are read from the front, whatever the bytes are", "[unicode]") {
  auto first = [](std::string_view text) {
    return std::pair(first_code_point(text).value, first_code_point(text).bytes);
  };
  CHECK(first("a") == std::pair(U'a', std::size_t{1}));
  CHECK(first("\xc3\xa9x") == std::pair(char32_t{0xE9}, std::size_t{2}));
  CHECK(first("\xe2\x80\x8b") == std::pair(char32_t{0x200B}, std::size_t{3}));
  CHECK(first("\xf0\x9f\x93\x9e") == std::pair(char32_t{0x1F4DE}, std::size_t{4}));
  for (const char* broken : {"\x80", "\xe2\x80", "\xc0\x80", "\xed\xa0\x80", "\xf8\x88\x80\x80", "\xff"}) {
    CHECK(first(broken) == std::pair(char32_t{0xFFFD}, std::size_t{1}));
  }
}

}  // namespace outpost::test::unicode_test
