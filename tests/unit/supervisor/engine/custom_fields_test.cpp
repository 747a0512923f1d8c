#include "supervisor/engine/custom_fields.h"

#include <catch2/catch_test_macros.hpp>

namespace outpost::test::custom_fields_test {

using namespace outpost::supervisor;

TEST_CASE("custom fields are one JSON object", "[custom_fields]") {
  CustomFieldWriter writer;
  Record record;
  writer.add("STATE", std::string("a \"quote\""));
  writer.add("SEQ", std::int64_t{7});
  CHECK(writer.put_into(record).empty());
  CHECK(record.custom == R"({"STATE":"a \"quote\"","SEQ":7})");
  CHECK(writer.put_into(record).empty());  // nothing was added since
  auto fields = custom_fields_of(record);
  REQUIRE(fields);
  CHECK(fields->size() == 2);
  CHECK(custom_fields_of(Record())->empty());
  record.custom = "[1]";
  CHECK(custom_fields_of(record).error().code == Errc::store);
}

TEST_CASE("custom fields that an answer could not hold leave the record alone", "[custom_fields]") {
  CustomFieldWriter writer;
  Record record;
  record.custom = "{}";
  writer.add("STATE", std::string(kCustomBytesMax, 'x'));
  CHECK(writer.put_into(record).find("65536") != std::string::npos);
  for (std::size_t i = 0; i <= kCustomFieldsMax; ++i) writer.add("f" + std::to_string(i), std::int64_t{1});
  CHECK(writer.put_into(record).find("512") != std::string::npos);
  CHECK(record.custom == "{}");
  writer.add("SEQ", std::int64_t{1});
  CHECK(writer.put_into(record).empty());
  CHECK(record.custom == R"({"SEQ":1})");
}

}  // namespace outpost::test::custom_fields_test
