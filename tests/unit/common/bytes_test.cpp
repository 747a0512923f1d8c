#include "common/bytes.h"

#include <cstdint>
#include <limits>
#include <string>

#include <catch2/catch_test_macros.hpp>

namespace outpost::test::bytes_test {

TEST_CASE("integers are little-endian", "[bytes]") {
  std::string out;
  ByteWriter writer(out);
  writer.integer<std::uint16_t>(0x0102);
  writer.integer<std::int32_t>(-2);
  CHECK(out == "\x02\x01\xFE\xFF\xFF\xFF");
}

TEST_CASE("what was written is read back", "[bytes]") {
  std::string out;
  ByteWriter writer(out);
  writer.integer(std::numeric_limits<std::int64_t>::min());
  writer.integer(std::numeric_limits<std::uint64_t>::max());
  writer.integer<std::int8_t>(-1);
  writer.integer<std::uint16_t>(0xFFFE);
  writer.boolean(true);
  writer.string(std::string_view("a\0b", 3));
  writer.string("");
  ByteReader reader(out);
  CHECK(reader.integer<std::int64_t>() == std::numeric_limits<std::int64_t>::min());
  CHECK(reader.integer<std::uint64_t>() == std::numeric_limits<std::uint64_t>::max());
  CHECK(reader.integer<std::int8_t>() == -1);
  CHECK(reader.integer<std::uint16_t>() == 0xFFFE);
  CHECK(reader.boolean());
  CHECK(reader.string() == std::string_view("a\0b", 3));
  CHECK(reader.string().empty());
  CHECK(reader.ok());
  CHECK(reader.at_end());
}

TEST_CASE("every truncation is noticed, and nothing is read from then on", "[bytes]") {
  std::string out;
  ByteWriter writer(out);
  writer.integer<std::uint32_t>(7);
  writer.string("text");
  writer.boolean(true);
  for (std::size_t n = 0; n < out.size(); ++n) {
    ByteReader reader(std::string_view(out).substr(0, n));
    (void)reader.integer<std::uint32_t>();
    (void)reader.string();
    (void)reader.boolean();
    CHECK(!reader.ok());
    CHECK(reader.integer<std::uint8_t>() == 0);
    CHECK(reader.string().empty());
    CHECK(!reader.boolean());
    CHECK(!reader.ok());
  }
}

TEST_CASE("a string that claims more than is there is refused", "[bytes]") {
  ByteReader reader(
      std::string_view("\xFF\xFF\xFF\xFF"
                       "abc",
                       7));
  CHECK(reader.string().empty());
  CHECK(!reader.ok());
}

TEST_CASE("a boolean is 0 or 1", "[bytes]") {
  ByteReader reader(std::string_view("\x02", 1));
  CHECK(!reader.boolean());
  CHECK(!reader.ok());
}

TEST_CASE("a count of items that cannot be there is refused before memory is taken", "[bytes]") {
  std::string out;
  ByteWriter writer(out);
  writer.integer<std::uint32_t>(3);
  out += "123456";
  ByteReader fits(out);
  CHECK(fits.count(2) == 3);
  CHECK(fits.ok());
  ByteReader too_many(out);
  CHECK(too_many.count(3) == 0);
  CHECK(!too_many.ok());
}

TEST_CASE("a refused reader stays refused", "[bytes]") {
  ByteReader reader(std::string_view("\x01\x01", 2));
  reader.refuse();
  CHECK(!reader.boolean());
  CHECK(!reader.ok());
}

}  // namespace outpost::test::bytes_test
