#include "protocol/outbound/vocabulary.h"

#include <algorithm>
#include <catch2/catch_test_macros.hpp>

#include "common/integers.h"
#include "common/text.h"

namespace outpost::test::vocabulary_test {

using namespace outpost::protocol;

namespace {

Event::Value text(const char* value) { return Event::Value(std::string(value)); }
Event::Value number(std::int64_t value) { return Event::Value(value); }

Event::Value canonical(std::string_view key, const Event::Value& value) {
  CAPTURE(key);
  const protocol::Attribute* attribute = find_attribute(key);
  REQUIRE(attribute != nullptr);
  auto result = canonical_value(*attribute, value);
  if (!result) FAIL(result.error().text);
  return *result;
}

std::string refusal(std::string_view key, const Event::Value& value) {
  CAPTURE(key);
  const protocol::Attribute* attribute = find_attribute(key);
  REQUIRE(attribute != nullptr);
  auto result = canonical_value(*attribute, value);
  REQUIRE_FALSE(result.has_value());
  CHECK(result.error().code == Errc::invalid);
  CHECK(result.error().text.size() <= kErrorTextBytesMax);
  return result.error().text;
}

}  // namespace

TEST_CASE("enumerations have the numbers of the contract", "[vocabulary]") {
  CHECK(record_types().parse("NoCall") == 7);
  CHECK(record_types().parse("general") == static_cast<std::int32_t>(RecordType::general));
  CHECK(record_types().parse("CampaignCallBack") == static_cast<std::int32_t>(RecordType::campaign_callback));
  CHECK(record_statuses().parse("Cancelled") == static_cast<std::int32_t>(RecordStatus::cancelled));
  CHECK(record_statuses().parse("MissedCallBack") == static_cast<std::int32_t>(RecordStatus::missed_callback));
  CHECK(call_results().parse("Unknown") == call_result::kUnknown);
  CHECK(call_results().parse("Redirected") == 22);
  CHECK(call_results().parse("WrongNumber") == 53);
  CHECK(contact_types().parse("InstantMessaging") == 11);
  CHECK(dial_modes().parse("PushPreview") == static_cast<std::int32_t>(DialMode::push_preview));
  CHECK(dial_modes().parse("PowerGVP") == static_cast<std::int32_t>(DialMode::power_gvp));
  CHECK(campaign_modes().parse("PushPreview") == static_cast<std::int32_t>(DialMode::push_preview));
  CHECK(campaign_modes().parse("EngagedPredictive") == static_cast<std::int32_t>(DialMode::predict_and_seize));
  CHECK(group_states().parse("Running") == static_cast<std::int32_t>(GroupState::running));
  CHECK(callback_types().parse("Campaign") == 1);
  CHECK(chain_attributes().parse("RecordOnly") == 1);
}

TEST_CASE("an enumeration takes names and numbers and keeps unknown numbers", "[vocabulary]") {
  CHECK(call_results().parse("33") == 33);
  CHECK(call_results().parse("aNSWER") == 33);
  CHECK_FALSE(call_results().parse("54"));
  CHECK_FALSE(call_results().parse("-1"));
  CHECK_FALSE(call_results().parse(""));
  CHECK_FALSE(call_results().parse(" 33"));
  CHECK_FALSE(call_results().parse("99999999999999999999"));
  CHECK(call_results().name_of(33) == "Answer");
  CHECK(call_results().name_of(54) == "54");
  CHECK(call_results().name_of(-2) == "-2");
}

TEST_CASE("terminal statuses are those that end a handle", "[vocabulary]") {
  for (std::int32_t status = 0; status <= 8; ++status) {
    CHECK(is_terminal(static_cast<RecordStatus>(status)) == (status >= 3 && status <= 6));
  }
}

TEST_CASE("every attribute is found by its key and described", "[vocabulary]") {
  for (const protocol::Attribute& attribute : attributes()) {
    CAPTURE(attribute.key);
    CHECK(find_attribute(attribute.key) == &attribute);
    CHECK(attribute.key.starts_with("GSW_"));
    CHECK_FALSE(attribute.text.empty());
    bool is_enum = attribute.type == ValueType::number_enum || attribute.type == ValueType::name_enum;
    CHECK(is_enum == (attribute.enumeration != nullptr));
  }
  CHECK(find_attribute("gsw_phone") == nullptr);
  CHECK(find_attribute("") == nullptr);
  CHECK(find_attribute("GSW_ZZZ") == nullptr);
  CHECK(find_attribute("AAA") == nullptr);
}

TEST_CASE("the example of an attribute is a value of it", "[vocabulary]") {
  for (const Attribute& row : attributes()) {
    CAPTURE(row.key);
    CHECK(row.example.empty() == (row.type != ValueType::text && row.type != ValueType::integer));
    if (!row.example.empty()) CHECK(canonical_value(row, Event::Value(std::string(row.example))));
    CHECK((row.form.empty() || row.example.size() == row.form.size()));
  }
}

TEST_CASE("no attribute promises an integer that a body cannot carry", "[vocabulary]") {
  for (const protocol::Attribute& attribute : attributes()) {
    CAPTURE(attribute.key);
    if (attribute.type != ValueType::integer) continue;
    CHECK(attribute.low >= -kIntegerMax);
    CHECK(attribute.high <= kIntegerMax);
  }
}

TEST_CASE("values take the type and form of their attribute", "[vocabulary]") {
  CHECK(canonical("GSW_PHONE", text("+15550100")) == text("+15550100"));
  CHECK(canonical("GSW_PHONE", number(15550100)) == text("15550100"));
  CHECK(canonical("GSW_PHONE_TYPE", text("2")) == number(2));
  CHECK(canonical("GSW_PHONE_TYPE", text("mobile")) == number(4));
  CHECK(canonical("GSW_CALL_RESULT", number(53)) == number(53));
  CHECK(canonical("GSW_RECORD_TYPE", text("General")) == number(2));
  CHECK(canonical("GSW_RECORD_STATUS", text("1")) == number(1));
  CHECK(canonical("GSW_CALLBACK_TYPE", text("personal")) == text("Personal"));
  CHECK(canonical("GSW_CALLBACK_TYPE", number(1)) == text("Campaign"));
  CHECK(canonical("GSW_TREATMENT", text("CAMPAIGN")) == text("Campaign"));
  CHECK(canonical("GSW_CHAIN_ATTR", text("recordonly")) == text("RecordOnly"));
  CHECK(canonical("GSW_CAMPAIGN_MODE", number(3)) == text("Preview"));
  CHECK(canonical("GSW_FROM", text("0")) == number(0));
  CHECK(canonical("GSW_UNTIL", text("86340")) == number(86340));
  CHECK(canonical("GSW_UNTIL", number(86400)) == number(86400));
  CHECK(canonical("GSW_TZ_OFFSET", text("-25200")) == number(-25200));
  CHECK(canonical("GSW_RECORD_HANDLE", text("9000000000")) == number(9'000'000'000));
  CHECK(canonical("GSW_RECORD_HANDLE", text("9007199254740991")) == number(kIntegerMax));
  CHECK(canonical("GSW_PHONE", number(kIntegerMax)) == text("9007199254740991"));
  CHECK(canonical("GSW_CALL_TIME", number(2'524'608'000)) == number(2'524'608'000));  // in 2050
  CHECK(canonical("GSW_CALL_TIME", text("253402214399")) == number(kEpochMax));
  CHECK(canonical("GSW_REFERENCE_ID", text("r")) == text("r"));
  CHECK(canonical("GSW_REFERENCE_ID", number(7)) == number(7));
  CHECK(canonical("GSW_DATE_TIME", text("12/31/2025 23:59")) == text("12/31/2025 23:59"));
}

TEST_CASE("a value that does not fit is refused with what would be right, never with itself", "[vocabulary]") {
  CHECK(refusal("GSW_FROM", text("abc")) == "GSW_FROM must be an integer from 0 to 86400");
  CHECK(refusal("GSW_FROM", number(-1)) == "GSW_FROM must be an integer from 0 to 86400");
  CHECK(refusal("GSW_UNTIL", number(86401)) == "GSW_UNTIL must be an integer from 0 to 86400");
  CHECK(refusal("GSW_UNTIL", text("")) == "GSW_UNTIL must be an integer from 0 to 86400");
  CHECK(refusal("GSW_RECORD_HANDLE", text("15x")) == "GSW_RECORD_HANDLE must be an integer from 0 to 9007199254740991");
  CHECK(refusal("GSW_CALL_TIME", number(kEpochMax + 1)) == "GSW_CALL_TIME must be an integer from 0 to 253402214399");
  CHECK(refusal("GSW_CHAIN_ID", text("9007199254740992")) ==
        "GSW_CHAIN_ID must be an integer from 0 to 9007199254740991");
  CHECK(refusal("GSW_CALL_RESULT", number(54)) ==
        "GSW_CALL_RESULT must be a call result: a number from 0 to 53 or its name, e.g. WrongNumber");
  CHECK(refusal("GSW_CHAIN_ATTR", text("all")) == "GSW_CHAIN_ATTR must be AllChain or RecordOnly");
  CHECK(refusal("GSW_PHONE", Event::Value(std::string(129, '5'))) == "GSW_PHONE must have at most 128 bytes");
  CHECK(refusal("GSW_AGENT_ID", Event::Value(std::string(33, '5'))) == "GSW_AGENT_ID must have at most 32 bytes");
  for (const protocol::Attribute& attribute : attributes()) {
    std::string secret = "\x01secret" + std::string(4000, '!');  // longer than any may be
    CHECK(refusal(attribute.key, Event::Value(secret)).find("secret") == std::string::npos);
  }
}

TEST_CASE("every error number has a name and a status", "[vocabulary]") {
  for (const ErrorRow& row : errors()) CHECK(find_error(static_cast<std::int64_t>(row.number)) == &row);
  CHECK(errors().size() == 23);
  CHECK(find_error(104)->name == "InvalidAttribute");
  CHECK(find_error(134)->http_status == 503);
  CHECK(find_error(0) == nullptr);
  CHECK(find_error(107) == nullptr);
}

TEST_CASE("an Error event carries number and text, cut at a whole character", "[vocabulary]") {
  Event event = error_event(ErrorNumber::missing_attribute, "GSW_PHONE is missing.");
  CHECK(*event.string("GSW_USER_EVENT") == "Error");
  CHECK(event.integer("GSW_ERROR_NUMBER") == 103);
  CHECK(*event.string("GSW_ERROR") == "GSW_PHONE is missing.");

  std::string lengthy = std::string(199, 'a') + "\xc3\xa9";
  Event cut = error_event(ErrorNumber::internal_error, lengthy);
  CHECK(*cut.string("GSW_ERROR") == std::string(199, 'a'));
  CHECK(error_event(ErrorNumber::internal_error, std::string(300, 'a')).string("GSW_ERROR")->size() == 200);
}

}  // namespace outpost::test::vocabulary_test
