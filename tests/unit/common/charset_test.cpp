#include "common/charset.h"

#include <string>

#include "common/text.h"

#include <catch2/catch_test_macros.hpp>

namespace outpost::test::charset_test {

namespace {

CharsetConverter converter(const std::string& from, const std::string& to) {
  auto made = CharsetConverter::make(from, to);
  REQUIRE(made.has_value());
  return *std::move(made);
}

std::string refusal(const Result<std::string>& result) { return result ? "converted" : result.error().text; }

}  // namespace

TEST_CASE("an unknown character set is refused by name", "[charset]") {
  for (const auto& [from, to] : {std::pair<std::string, std::string>{"UTF-8", "klingon"}, {"klingon", "UTF-8"}}) {
    auto made = CharsetConverter::make(from, to);
    REQUIRE(!made);
    CHECK(made.error().code == Errc::unsupported);
    CHECK(made.error().text.find("\"klingon\"") != std::string::npos);
  }
}

TEST_CASE("names that would make iconv guess or replace are refused", "[charset]") {
  for (const char* name : {"", "ISO-8859-1//TRANSLIT", "ISO-8859-1//IGNORE", "/"}) {
    CHECK(!CharsetConverter::make("UTF-8", name));
    CHECK(!CharsetConverter::make(name, "UTF-8"));
  }
  CHECK(!CharsetConverter::make("UTF-8", std::string("ISO-8859-1\0x", 12)));
}

TEST_CASE("strict conversion converts what has an equal", "[charset]") {
  CHECK(converter("UTF-8", "ISO-8859-1").convert("M\xC3\xBCller").value() == "M\xFCller");
  CHECK(converter("iso-8859-15", "utf-8").convert("\xA4").value() == "\xE2\x82\xAC");
  CHECK(converter("UTF-8", "SHIFT_JIS").convert("\xE3\x83\xBD").value() == "\x81\x52");
  CHECK(converter("UTF-8", "ISO-8859-1").convert("").value().empty());
  CHECK(converter("UTF-8", "UTF-8").convert("M\xC3\xBCller").value() == "M\xC3\xBCller");
}

TEST_CASE("strict conversion names the byte that has no equal", "[charset]") {
  auto latin = converter("UTF-8", "ISO-8859-1");
  CHECK(refusal(latin.convert("ab\xE2\x82\xAC")).find("byte 2 ") != std::string::npos);
  CHECK(refusal(latin.convert(std::string(3000, 'x') + "\xE2\x82\xAC")).find("byte 3000 ") != std::string::npos);
  CHECK(latin.convert("\xE2\x82\xAC").error().code == Errc::invalid);
  CHECK(refusal(converter("UTF-8", "SHIFT_JIS").convert("a\xC3\xBC")).find("byte 1 ") != std::string::npos);
}

TEST_CASE("strict conversion refuses what is no text", "[charset]") {
  for (const char* bad : {"a\xFF", "a\xC3", "a\xC0\x80", "a\xED\xA0\x80", "a\xF4\x90\x80\x80", "a\xF5\x80\x80\x80"}) {
    CHECK(refusal(converter("UTF-8", "ISO-8859-1").convert(bad)).find("byte 1 ") != std::string::npos);
    CHECK(refusal(converter("UTF-8", "UTF-8").convert(bad)).find("byte 1 ") != std::string::npos);
  }
  CHECK(!converter("SHIFT_JIS", "UTF-8").convert("a\x83"));
}

TEST_CASE("strict conversion drops nothing silently", "[charset]") {
  // iconv leaves out tag characters without a word where the character set has none.
  CHECK(refusal(converter("UTF-8", "ISO-8859-1").convert("ab\xF3\xA0\x81\x81")).find("byte 2 ") != std::string::npos);
  CHECK(converter("UTF-8", "UTF-16LE").convert("\xF3\xA0\x81\x81").value().size() == 4);
}

TEST_CASE("lossy conversion puts U+FFFD for bytes that mean nothing", "[charset]") {
  CHECK(converter("ISO-8859-1", "UTF-8").convert_lossy("M\xFCller") == "M\xC3\xBCller");
  CHECK(converter("WINDOWS-1252", "UTF-8")
            .convert_lossy("a\x81"
                           "b") ==
        "a\xEF\xBF\xBD"
        "b");
  CHECK(converter("SHIFT_JIS", "UTF-8").convert_lossy("a\x83") == "a\xEF\xBF\xBD");
  CHECK(converter("UTF-8", "UTF-8")
            .convert_lossy("a\xFF"
                           "b\xC3") ==
        "a\xEF\xBF\xBD"
        "b\xEF\xBF\xBD");
  CHECK(converter("UTF-16LE", "UTF-8")
            .convert_lossy(std::string("a\0\x00\xD8"
                                       "b\0",
                                       6)) ==
        "a\xEF\xBF\xBD"
        "b");
}

TEST_CASE("lossy conversion to a small character set puts one question mark for a character", "[charset]") {
  CHECK(converter("UTF-8", "ISO-8859-1")
            .convert_lossy("a\xE2\x82\xAC"
                           "b\xFF") == "a?b?");
}

TEST_CASE("lossy conversion to UTF-8 yields UTF-8 whatever comes in", "[charset]") {
  for (const char* from : {"UTF-8", "SHIFT_JIS", "GB18030", "UTF-16", "UTF-32LE", "UCS-4", "ISO-2022-JP", "EUC-KR"}) {
    auto convert = converter(from, "UTF-8");
    for (int a = 0; a < 256; a += 3) {
      for (int b = 0; b < 256; b += 7) {
        std::string text = {static_cast<char>(a), static_cast<char>(b), 'x', static_cast<char>(b), '\0', '\x7F'};
        CHECK(is_utf8(convert.convert_lossy(text)));
      }
    }
  }
}

TEST_CASE("a long text is converted whole, and a refused one leaves nothing behind for the next", "[charset]") {
  auto convert = converter("UTF-8", "ISO-2022-JP");
  std::string text;
  for (int i = 0; i < 5000; ++i) text += "\xE3\x81\x82";
  auto there = convert.convert(text);
  REQUIRE(there.has_value());
  CHECK(there->ends_with("\x1B(B"));
  CHECK(converter("ISO-2022-JP", "UTF-8").convert(*there).value() == text);
  CHECK(!convert.convert("\xE3\x81\x82\xFF"));
  CHECK(convert.convert("a").value() == "a");
}

TEST_CASE("a character set goes both ways", "[charset]") {
  auto charset = Charset::make("windows-1251");
  REQUIRE(charset.has_value());
  CHECK(charset->from_utf8("\xD0\x96").value() == "\xC6");
  CHECK(charset->to_utf8("\xC6\x98") == "\xD0\x96\xEF\xBF\xBD");
  CHECK(!charset->from_utf8("\xE2\x98\x83"));
  Charset moved = *std::move(charset);
  CHECK(moved.from_utf8("a").value() == "a");
  CHECK(!Charset::make("klingon"));
}

// --- In pieces -------------------------------------------------------------------------------------------------------

namespace {

// Fed `n` bytes at a time.
std::string decoded(const std::string& charset, std::string_view bytes, std::size_t n) {
  auto decoder = Utf8Decoder::make(charset);
  REQUIRE(decoder.has_value());
  std::string out;
  for (std::size_t i = 0; i < bytes.size(); i += n) decoder->feed(bytes.substr(i, n), out);
  decoder->finish(out);
  return out;
}

}  // namespace

TEST_CASE("a text that comes in pieces is the same one wherever it is cut", "[charset]") {
  std::string text;
  for (int i = 0; i < 3000; ++i) text += "a\xC3\xA4\xE3\x81\x82\n";
  for (const char* charset : {"UTF-16", "UTF-16BE", "UTF-32", "ISO-2022-JP", "UTF-7"}) {
    INFO(charset);
    std::string shown = charset == std::string("ISO-2022-JP") ? "a\xE3\x81\x82\n" : text;
    std::string bytes = converter("UTF-8", charset).convert(shown).value();
    for (std::size_t n : {1U, 2U, 3U, 7U, 100'000U}) CHECK(decoded(charset, bytes, n) == shown);
  }
}

TEST_CASE("what is no text in the character set is a byte that no UTF-8 has, and what follows is read", "[charset]") {
  for (std::size_t n : {1U, 100U}) {
    CHECK(decoded("WINDOWS-1252", "a\x81z", n) == "a\xFFz");
    CHECK(decoded("EUC-JP", "a\xA4", n) == "a\xFF");
    CHECK(decoded("UTF-16LE",
                  std::string_view("a\0\x00\xDC"
                                   "b\0c",
                                   7),
                  n) ==
          "a\xFF"
          "b\xFF");
  }
  CHECK_FALSE(is_utf8(std::string(1, Utf8Decoder::kBroken)));
  CHECK_FALSE(Utf8Decoder::make("klingon"));
}

}  // namespace outpost::test::charset_test
