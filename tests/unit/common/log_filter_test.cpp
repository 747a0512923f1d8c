#include "common/log_filter.h"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

namespace outpost::log_filter_test {

TEST_CASE("a name that begins with XXX is hidden, one with MMM masked, in these letters alone", "[log_filter]") {
  CHECK(log_view("XXX") == LogView::hidden);
  CHECK(log_view("XXX_card") == LogView::hidden);
  CHECK(log_view("XXXpassword") == LogView::hidden);
  CHECK(log_view("MMM_phone") == LogView::masked);
  CHECK(log_view("xxx_card") == LogView::shown);
  CHECK(log_view("mmm_phone") == LogView::shown);
  CHECK(log_view("_XXX_pin") == LogView::hidden);
  CHECK(log_view("_MMM_phone") == LogView::masked);
  CHECK(log_view("__XXX") == LogView::shown);
  CHECK(log_view("a_XXX") == LogView::shown);
  CHECK(log_view("") == LogView::shown);
}

TEST_CASE("names of secrets are masked however they are written", "[log_filter]") {
  auto name = GENERATE("password", "Password", "_user_password", "secureKey", "secure_key", "Authorization",
                       "device-token", "accessToken", "X-Api-Key", "client_secret", "notificationDetails.deviceId",
                       "credentials", "PIN", "Set-Cookie");
  CAPTURE(name);
  CHECK(log_view(name) == LogView::masked);
}

TEST_CASE("what is names and values that were taken for one name is hidden", "[log_filter]") {
  auto name = GENERATE("{\"XXX_pin\":\"1\",}", "{", "a=b", "\"");
  CAPTURE(name);
  CHECK(log_view(name) == LogView::hidden);
}

TEST_CASE("names that only look a little like secrets are shown", "[log_filter]") {
  auto name = GENERATE("name", "spinning", "author", "key", "passenger", "id");
  CAPTURE(name);
  CHECK(log_view(name) == LogView::shown);
}

TEST_CASE("JSON is filtered at any depth", "[log_filter]") {
  CHECK(filtered_json(R"({"a":1,"XXX_b":2,"MMM_c":{"d":3},"e":[{"password":"x","f":[1.5,null,true,"g"]}]})") ==
        R"({"a":1,"MMM_c":"MMM","e":[{"password":"MMM","f":[1.5,null,true,"g"]}]})");
  CHECK(filtered_json(R"({"XXX":1})") == "{}");
  CHECK(filtered_json("[]") == "[]");
  CHECK(filtered_json("\"text\"") == "\"text\"");
}

TEST_CASE("JSON in texts of JSON is filtered as well", "[log_filter]") {
  CHECK(filtered_json(R"({"a":" {\"XXX_b\":1,\"c\":\"{\\\"MMM_d\\\":2}\"}","e":"[1]"})") ==
        R"({"a":"{\"c\":\"{\\\"MMM_d\\\":\\\"MMM\\\"}\"}","e":"[1]"})");
  CHECK(filtered_json(R"({"a":"{\"XXX_b\":1,}"})") == R"({"a":"MMM"})");
  CHECK(filtered_json("{\"a\":\"" + std::string(kFilteredBytesMax, 'x') + "\"}") == "MMM");
}

TEST_CASE("what is no JSON is masked as a whole", "[log_filter]") {
  CHECK(filtered_json("{\"password\":\"x\"") == "MMM");
  CHECK(filtered_json("") == "MMM");
  CHECK(filtered_json(std::string(100, '[') + std::string(100, ']')) == "MMM");
}

}  // namespace outpost::log_filter_test
