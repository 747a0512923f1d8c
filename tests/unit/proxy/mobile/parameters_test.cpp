#include "proxy/mobile/parameters.h"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include "protocol/mobile/limits.h"

namespace outpost::proxy::mobile_parameters_test {

namespace {

using Catch::Matchers::ContainsSubstring;
using protocol::CallParameter;
using protocol::FormError;
using protocol::RouteBody;
using Parameters = std::vector<CallParameter>;

constexpr std::string_view kForm = "application/x-www-form-urlencoded";

CallParameter text(std::string name, std::string value) { return {std::move(name), std::move(value), false, {}, {}}; }

tl::expected<Parameters, FormError> read(const ParameterSource& source, RouteBody body = RouteBody::parameters) {
  static const auto kCharsets = protocol::PartCharsets::open();
  return call_parameters(body, source, kCharsets, {});
}

Parameters parameters(const ParameterSource& source, RouteBody body = RouteBody::parameters) {
  auto made = read(source, body);
  if (!made) FAIL(made.error().text);
  return *made;
}

FormError refused(const ParameterSource& source) {
  auto made = read(source);
  REQUIRE_FALSE(made);
  return made.error();
}

}  // namespace

TEST_CASE("query and body make one list, in which the body wins and the last of a name", "[mobile_parameters]") {
  CHECK(parameters({"a=1&b=2&a=3", kForm, "c=4&b=5&c=6"}) ==
        Parameters{text("a", "3"), text("b", "5"), text("c", "6")});
}

TEST_CASE("the body is read by its type", "[mobile_parameters]") {
  CHECK(parameters({"", "application/json; charset=utf-8", R"({"a":[1]})"}) == Parameters{text("a", "[1]")});
  CHECK(parameters({"", "APPLICATION/X-WWW-FORM-URLENCODED", "a=1"}) == Parameters{text("a", "1")});
  CHECK(parameters({"", "", "a=1"}) == Parameters{text("a", "1")});
  Parameters of_file = parameters({"", "multipart/form-data; boundary=X",
                                   "--X\r\nContent-Disposition: form-data; name=f; filename=x.png\r\n"
                                   "Content-Type: image/png\r\n\r\n\xFF\r\n--X--"});
  CHECK(of_file == Parameters{{"f", "\xFF", true, "x.png", "image/png"}});
}

TEST_CASE("JSON that is called a form, or nothing, is read as JSON", "[mobile_parameters]") {
  CHECK(parameters({"", kForm, " {\"a\":1}"}) == Parameters{text("a", "1")});
  CHECK(parameters({"", "", "{\"a\":1}"}) == Parameters{text("a", "1")});
  CHECK(parameters({"", kForm, "{\"a\":1"}) == Parameters{text("{\"a\":1", "")});
}

TEST_CASE("no body is of any type, another type than those three is 415", "[mobile_parameters]") {
  CHECK(parameters({"a=1", "text/xml", ""}) == Parameters{text("a", "1")});
  FormError error = refused({"", "text/xml", "<a/>"});
  CHECK(error.status == 415);
  CHECK(error.text == "the body must be application/x-www-form-urlencoded, multipart/form-data or application/json");
}

TEST_CASE("a route without a body ignores it", "[mobile_parameters]") {
  CHECK(parameters({"a=1", "text/xml", "<a/>"}, RouteBody::none) == Parameters{text("a", "1")});
}

TEST_CASE("a JSON body is read by its type, or without one, and its query is ignored", "[mobile_parameters]") {
  CHECK(call_json({"a=%", "application/json", " [1] "}).value() == "[1]");
  CHECK(call_json({"", "", "{}"}).value() == "{}");
  CHECK(call_json({"", "APPLICATION/JSON; charset=utf-8", "{}"}).value() == "{}");
  auto form = call_json({"", kForm, "{}"});
  REQUIRE_FALSE(form);
  CHECK(form.error().status == 415);
  CHECK(form.error().text == "the body must be application/json");
  CHECK(call_json({"", "application/json", "a=1"}).error().status == 400);
  std::string long_text = "\"" + std::string(protocol::kMobileJsonBytesMax, 'x') + "\"";
  CHECK(call_json({"", "", long_text}).error().status == 413);
}

TEST_CASE("a malformed query or body is refused", "[mobile_parameters]") {
  CHECK(refused({"a=%", kForm, ""}).status == 400);
  CHECK_THAT(refused({"a=%", kForm, ""}).text, ContainsSubstring("the query"));
  CHECK(refused({"", "application/json", "a=1"}).status == 400);
  CHECK(refused({"", "multipart/form-data", "--X--"}).status == 400);
}

TEST_CASE("query and body have one limit of parameters", "[mobile_parameters]") {
  std::string many;
  for (int i = 0; i < 999; ++i) many += "p" + std::to_string(i) + "=&";
  CHECK(parameters({"a=1", kForm, many}).size() == 1000);
  CHECK(refused({"a=1&b=1", kForm, many}).status == 400);
}

TEST_CASE("what grows beyond a message on its way to UTF-8 is refused", "[mobile_parameters]") {
  std::string body =
      "--X\r\nContent-Disposition: form-data; name=a\r\nContent-Type: text/plain; charset=ISO-8859-1\r\n\r\n" +
      std::string(protocol::kProxyPayloadBytesMax / 2, '\xE9') + "\r\n--X--";
  FormError error = refused({"", "multipart/form-data; boundary=X", body});
  CHECK(error.status == 413);
  CHECK_THAT(error.text, ContainsSubstring("all parameters together"));
}

}  // namespace outpost::proxy::mobile_parameters_test
