#include "supervisor/mobile/services/parameters.h"

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

namespace outpost::test::service_parameters_test {

using namespace outpost::supervisor;
using namespace outpost::supervisor::mobile;
using Catch::Matchers::ContainsSubstring;
using protocol::CallParameter;
using std::chrono::seconds;

namespace {

CallParameter text(std::string name, std::string value) { return {std::move(name), std::move(value), false, {}, {}}; }
CallParameter file(std::string name) { return {std::move(name), "bytes", true, "p.jpg", "image/jpeg"}; }

ServiceSection section_of(Parameters parameters) {
  ServiceSection section;
  section.parameters = std::move(parameters);
  return section;
}

CallInput input_of(std::vector<CallParameter> parameters, Parameters options = {}) {
  auto input = read_input(std::move(parameters), section_of(std::move(options)));
  REQUIRE(input);
  return *std::move(input);
}

Refusal refusal_of(std::vector<CallParameter> parameters) {
  auto input = read_input(std::move(parameters), {});
  REQUIRE_FALSE(input);
  return input.error();
}

}  // namespace

TEST_CASE("names with an underscore are parameters of the service, all others are user data", "[mobile]") {
  CallInput input = input_of({text("_phone_number", "555"), text("city", "Ulm"), file("photo"), text("", "x")});
  CHECK(input.given == Parameters{{"_phone_number", "555"}});
  CHECK(input.effective == input.given);
  REQUIRE(input.user_data.size() == 3);
  CHECK(input.user_data[0] == text("city", "Ulm"));
  CHECK(input.user_data[1] == file("photo"));
}

TEST_CASE("an option comes before the request's parameter of its name, but not the booking time", "[mobile]") {
  Parameters options{{"_provide_code", "true"}, {"_ttl", "60"}, {"_booking_expiration_timeout", "40"}};
  CallInput bare = input_of({}, options);
  CHECK(bare.effective == options);
  CHECK(bare.given.empty());
  CallInput input = input_of(
      {text("_provide_code", "false"), text("_ttl", "5"), text("_own", "1"), text("_booking_expiration_timeout", "20")},
      options);
  CHECK(input.effective ==
        Parameters{{"_provide_code", "true"}, {"_ttl", "60"}, {"_own", "1"}, {"_booking_expiration_timeout", "20"}});
  CHECK(input.given.at("_ttl") == "5");
  CHECK(*booking_time(input) == seconds(20));
  CHECK(*booking_time(bare) == seconds(40));
}

TEST_CASE("a parameter that is a file or too long is refused by its name", "[mobile]") {
  CHECK(refusal_of({file("_photo")}).status == 400);
  CHECK_THAT(refusal_of({file("_photo")}).text, ContainsSubstring("_photo is a file"));
  CHECK_THAT(refusal_of({text(std::string(256, '_'), "")}).text, ContainsSubstring("255 bytes"));
  CHECK(input_of({text(std::string(255, '_'), "")}).given.size() == 1);
  struct Row {
    const char* name;
    std::size_t bytes_max;
  };
  for (auto [name, most] : {Row{"_phone_number", 255}, Row{"_access_number", 255}, Row{"_access_code", 255},
                            Row{"_resource_group", 255}, Row{"_id", 256}, Row{"_other", 65'536}}) {
    INFO(name);
    CHECK(input_of({text(name, std::string(most, '1'))}).given.size() == 1);
    CHECK(refusal_of({text(name, std::string(most + 1, '1'))}).status == 400);
    CHECK_THAT(refusal_of({text(name, std::string(most + 1, '1'))}).text,
               ContainsSubstring(name) && ContainsSubstring(std::to_string(most) + " bytes"));
  }
}

TEST_CASE("what a call must have is refused by its name when it is absent or empty", "[mobile]") {
  Parameters parameters{{"_access_number", "1"}, {"_id", ""}};
  CHECK(required(parameters, "_access_number").value() == "1");
  for (const char* name : {"_id", "_resource_group"}) {
    auto missing = required(parameters, name);
    REQUIRE_FALSE(missing);
    CHECK(missing.error().status == 400);
    CHECK(missing.error().text == "The parameter " + std::string(name) + " is missing.");
  }
  CHECK(optional_text(parameters, "_access_number") == "1");
  CHECK(optional_text(parameters, "_none").empty());
}

TEST_CASE("a flag is true or false in any letter case, and anything else is absent", "[mobile]") {
  for (const char* yes : {"true", "True", "TRUE"}) CHECK(read_flag(yes) == true);
  for (const char* no : {"false", "False", "FALSE"}) CHECK(read_flag(no) == false);
  for (const char* none : {"", "1", "yes", "true ", "tru"}) {
    INFO(none);
    CHECK(read_flag(none) == std::nullopt);
    CHECK_FALSE(flag({{"_provide_code", none}}, "_provide_code"));
  }
  CHECK(flag({{"_provide_code", "True"}}, "_provide_code"));
  CHECK_FALSE(flag({}, "_provide_code"));
}

TEST_CASE("numbers out of range are refused with what is valid", "[mobile]") {
  auto booking = [](const char* given) { return booking_time(input_of({text("_booking_expiration_timeout", given)})); };
  CHECK(booking_time(input_of({})).value() == std::nullopt);
  CHECK(booking("5").value() == seconds(5));
  CHECK(booking("1800").value() == seconds(1'800));
  for (const char* bad : {"4", "1801", "", "-5", "5.0", "99999999999999999999", "ten"}) {
    INFO(bad);
    auto refused = booking(bad);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().status == 400);
    CHECK(refused.error().text ==
          "_booking_expiration_timeout is \"" + std::string(bad) + "\"; valid: 5 to 1800 seconds.");
  }
  auto length = [](const char* given) { return code_length(input_of({text("_access_code_length", given)})); };
  CHECK(code_length(input_of({})).value() == 6);
  CHECK(length("3").value() == 3);
  CHECK(length("18").value() == 18);
  for (const char* bad : {"2", "19", ""}) {
    auto refused = length(bad);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().text == "_access_code_length is \"" + std::string(bad) + "\"; valid: 3 to 18 digits.");
  }
}

TEST_CASE("a service lives for its ttl, the option's before the request's, and 30 s without", "[mobile]") {
  CHECK(service_ttl(input_of({})) == seconds(30));
  CHECK(service_ttl(input_of({text("_ttl", "0")})) == seconds(30));
  CHECK(service_ttl(input_of({text("_ttl", "90")})) == seconds(90));
  CHECK(service_ttl(input_of({text("_ttl", "90")}, {{"_ttl", "60"}})) == seconds(60));
}

}  // namespace outpost::test::service_parameters_test
