#include "protocol/openapi/schemas.h"

#include <catch2/catch_test_macros.hpp>

namespace outpost::test::openapi_schemas_test {

using namespace outpost::protocol;

namespace {

const JsonValue& schemas() {
  static const JsonValue kSchemas = [] {
    JsonWriter out;
    write_schemas(out);
    return *parse_json(out.take());
  }();
  return kSchemas;
}

const JsonValue& at(std::initializer_list<std::string_view> keys) {
  const JsonValue* value = &schemas();
  for (std::string_view key : keys) {
    CAPTURE(key);
    value = value->find(key);
    REQUIRE(value);
  }
  return *value;
}

std::string json(const JsonValue& value) {
  JsonWriter out;
  out.value(value);
  return out.take();
}

}  // namespace

TEST_CASE("words become the name of a type", "[openapi]") {
  CHECK(pascal_case("call result") == "CallResult");
  CHECK(pascal_case("do_not_call_phone") == "DoNotCallPhone");
  CHECK(pascal_case("lists") == "Lists");
}

TEST_CASE("an attribute's schema has the type and bounds of its row", "[openapi]") {
  CHECK(json(at({"GSW_FROM", "maximum"})) == "86400");
  CHECK(json(at({"GSW_PHONE", "maxLength"})) == "128");
  CHECK(json(at({"GSW_RECORD_HANDLE", "format"})) == R"("int64")");
  CHECK(json(at({"GSW_DATE_TIME", "pattern"})) ==
        R"("^[0-9][0-9]/[0-9][0-9]/[0-9][0-9][0-9][0-9] [0-9][0-9]:[0-9][0-9]$")");
  CHECK(json(at({"GSW_REFERENCE_ID", "type"})) == R"(["string","integer"])");
}

TEST_CASE("a request may write an enumeration either way, an answer has one form", "[openapi]") {
  CHECK(json(at({"GSW_CHAIN_ATTR", "anyOf"})) ==
        R"([{"$ref":"#/components/schemas/ChainAttributeNumber"},{"$ref":"#/components/schemas/ChainAttributeName"}])");
  CHECK(json(at({"ChainAttributeName", "enum"})) == R"(["AllChain","RecordOnly"])");
  CHECK(json(at({"DoNotCallAcknowledge", "properties", "GSW_CHAIN_ATTR", "$ref"})) ==
        R"("#/components/schemas/ChainAttributeName")");
  CHECK(json(at({"PreviewRecord", "properties", "GSW_CALL_RESULT", "$ref"})) ==
        R"("#/components/schemas/CallResultNumber")");
  CHECK_FALSE(schemas().find("GSW_CAMPAIGN_MODE"));
  CHECK_FALSE(schemas().find("CampaignModeNumber"));
  CHECK(schemas().find("CampaignModeName"));
}

TEST_CASE("the body of a request says what is mandatory and what it refuses", "[openapi]") {
  CHECK(json(at({"AddRecordBody", "required"})) == R"(["GSW_PHONE","GSW_TZ_NAME"])");
  CHECK(json(at({"AddRecordBody", "properties", "GSW_PHONE", "minLength"})) == "1");
  CHECK(json(at({"AddRecordBody", "properties", "GSW_RECORD_STATUS", "not"})) == R"({"enum":[2,"Retrieved"]})");
  CHECK_FALSE(at({"RecordRejectBody"}).find("required"));
  CHECK(at({"RecordRejectBody", "properties"}).find("GSW_REFERENCE_ID"));
}

TEST_CASE("an answer's schema says what is always there", "[openapi]") {
  std::string required = json(at({"PreviewRecord", "required"}));
  CHECK(required.find("GSW_RECORD_HANDLE") != std::string::npos);
  CHECK(required.find("GSW_CUSTOMER_ID") == std::string::npos);
  CHECK(json(at({"ChainedRecordsDataEnd", "properties", "records"})) ==
        R"({"type":"array","maxItems":1000,"items":{"$ref":"#/components/schemas/ChainedRecord"}})");
  CHECK_FALSE(at({"PreviewRecordEmpty"}).find("additionalProperties"));
  CHECK(at({"AddRecordAcknowledge"}).find("additionalProperties"));
  CHECK(at({"AddRecordAcknowledge", "properties"}).find("GSW_CALL_TIME"));
  CHECK(at({"DoNotCallAcknowledge", "properties"}).find("GSW_CUSTOMER_ID"));
  CHECK_FALSE(at({"PreviewRecordEmpty", "properties"}).find("GSW_AGENT_ID"));
}

}  // namespace outpost::test::openapi_schemas_test
