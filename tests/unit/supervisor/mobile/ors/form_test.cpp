#include "supervisor/mobile/ors/form.h"

#include <catch2/catch_test_macros.hpp>

namespace outpost::test::ors_form_test {

using namespace outpost::supervisor;
using namespace outpost::supervisor::mobile;

TEST_CASE("a form has what is no letter, digit or mark as percent and two digits", "[mobile]") {
  CHECK(form_body({}).empty());
  CHECK(form_body({{"a", "1"}, {"b b", "x&y=z+%"}, {"_c", ""}}) == "a=1&b%20b=x%26y%3Dz%2B%25&_c=");
  CHECK(form_body({{"city", "K\xc3\xb6ln\r\n"}}) == "city=K%C3%B6ln%0D%0A");
}

TEST_CASE("a start has the application, the area and the effective parameters", "[mobile]") {
  ServiceSection section;
  section.scxml = "http://apps/x.scxml?v=1";
  FormFields fields = start_fields(section, {{"_phone_number", "5"}, {"_ttl", "60"}}, "area");
  CHECK(fields ==
        FormFields{{"src", "http://apps/x.scxml?v=1"}, {"_data_id", "area"}, {"_phone_number", "5"}, {"_ttl", "60"}});
}

TEST_CASE("a request does not say which area or service it is", "[mobile]") {
  FormFields fields = start_fields({}, {{"_data_id", "another's"}, {"_service_id", "another"}}, "own");
  CHECK(fields == FormFields{{"src", ""}, {"_data_id", "own"}});
}

TEST_CASE("a log has no value that is hidden or masked, at any depth", "[mobile]") {
  CHECK(shown_fields({{"_a", "1"}, {"XXX_b", "2"}, {"MMM_c", "3"}, {"_device_token", "4"}}) ==
        "_a=1, MMM_c=MMM, _device_token=MMM");
  CHECK(shown_fields({{"_j", R"({"password":"p","n":1})"}}) == R"(_j={"password":"MMM","n":1})");
  CHECK(shown_fields({{"src", "http://u:secret@apps/x?key=secret"}}).find("secret") == std::string::npos);
  CHECK(shown_fields({{"_l", std::string(10'000, 'x')}}).size() < 100);
  CHECK(shown_fields(FormFields(101, {"n", "v"})).ends_with("n=v, ..."));
  CHECK(shown_fields(FormFields(100, {"n", "v"})).ends_with("n=v"));
}

}  // namespace outpost::test::ors_form_test
