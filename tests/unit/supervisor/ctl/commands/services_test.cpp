#include <algorithm>

#include "supervisor/ctl/commands/commands.h"

#include <catch2/catch_test_macros.hpp>

namespace outpost::test::services_test {

using namespace outpost::supervisor::ctl;

namespace {

const Command& row_of(std::string_view name) { return *std::ranges::find(commands(), name, &Command::name); }

std::string cell(std::string_view command, std::string_view title, const std::string& item) {
  const auto& columns = row_of(command).listing.columns;
  auto column = std::ranges::find(columns, title, &Listing::Column::title);
  REQUIRE(column != columns.end());
  return column->show(parse_json(item).value(), column->key);
}

}  // namespace

TEST_CASE("a service is shown with its number and without what is secret", "[ctl]") {
  auto view = row_of("service").view;
  std::string text = view(parse_json(R"({"id":"01-a","name":"call","type":"builtin","area":"d-1","phone":"MMM",
    "number":"+15550100","group":"Ulm","booked_on":"node 1","has_code":true,"access_left":30,"ors_base":"",
    "has_ors_cookie":false,"created_at":1,"left":600})")
                              .value());
  for (const char* part : {"service    01-a\n", "number     +15550100\n", "booked on  node 1\n", "code       yes\n"}) {
    INFO(text);
    CHECK(text.find(part) != std::string::npos);
  }
  CHECK(text.find("ORS") == std::string::npos);
  text = view(parse_json(R"({"id":"01-a","number":"","ors_base":"http://o:1","has_ors_cookie":true})").value());
  CHECK(text.find("number     -\n") != std::string::npos);
  CHECK(text.find("group") == std::string::npos);
  CHECK(text.find("cookie     yes\n") != std::string::npos);
}

TEST_CASE("a number is somebody's, free, or anybody's", "[ctl]") {
  CHECK(cell("resources", "OWNER", R"({"strategy":"CLUSTER","owner":"01-a"})") == "01-a");
  CHECK(cell("resources", "OWNER", R"({"strategy":"LOCAL","owner":""})") == "free");
  CHECK(cell("resources", "OWNER", R"({"strategy":"RANDOM","owner":""})") == "anybody");
  CHECK(cell("resources", "STRATEGY", R"({"strategy":""})") == "not configured any more");
  CHECK(cell("services", "CODE", R"({"has_code":true})") == "yes");
  CHECK(cell("services", "NUMBER", R"({"number":""})") == "-");
}

}  // namespace outpost::test::services_test
