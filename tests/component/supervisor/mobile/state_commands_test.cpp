// What outpostctl shows of the store, over both engines.
#include "supervisor/mobile/state_commands.h"

#include <string>
#include <vector>

#include "tests/component/supervisor/mobile/state/state_engines.h"

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

namespace outpost::test::state_commands_test {

using namespace outpost::supervisor;
using namespace outpost::supervisor::mobile;
using Catch::Matchers::ContainsSubstring;
using namespace std::chrono_literals;

namespace {

JsonValue arguments(const std::string& text) { return parse_json(text).value(); }

JsonValue reply(Result<std::string> made) { return arguments(value_of(std::move(made))); }

const JsonValue::Array& items(const JsonValue& reply, std::string_view key) {
  return std::get<JsonValue::Array>(reply.find(key)->value);
}

std::string text_at(const JsonValue& object, std::string_view key) {
  return std::get<std::string>(object.find(key)->value);
}

std::int64_t number_at(const JsonValue& object, std::string_view key) {
  return std::get<std::int64_t>(object.find(key)->value);
}

bool flag_at(const JsonValue& object, std::string_view key) { return std::get<bool>(object.find(key)->value); }

std::vector<std::string> ids(const JsonValue& reply, std::string_view key) {
  std::vector<std::string> all;
  for (const JsonValue& item : items(reply, key)) all.push_back(text_at(item, "id"));
  return all;
}

StateService service_of(const std::string& id, const std::string& name) {
  StateService service;
  service.id = id;
  service.name = name;
  service.type = "builtin";
  service.area = "area of " + id;
  service.phone = "5550199";
  service.access = {"Ulm", "", true, "+1 555 0100", "+15550100", "01735928", 0};
  service.ors_base = "http://ors:7210";
  service.ors_cookie = "ORSSESSIONID=topsecret";
  return service;
}

void put(StateStore& store, const StateService& service, std::chrono::milliseconds access = 30min) {
  in_transaction(store, [&] { CHECK(value_of(store.put_service(service, 1h, access))); });
}

ResourceGroup group_of(AllocationStrategy strategy, std::vector<std::string> values) {
  ResourceGroup group;
  group.strategy = strategy;
  group.values = std::move(values);
  return group;
}

}  // namespace

TEST_CASE("services are listed page by page, of one name too, and without codes", "[mobile][commands]") {
  EVERY_STATE(engine);
  auto store = engine.open();
  for (const char* id : {"01-a", "01-b", "01-c", "01-d"}) put(*store, service_of(id, id[3] == 'c' ? "other" : "call"));
  JsonValue all = reply(list_services(*store, arguments("{}")));
  CHECK(ids(all, "services") == std::vector<std::string>{"01-a", "01-b", "01-c", "01-d"});
  CHECK(all.find("next")->kind() == JsonValue::Kind::null);
  const JsonValue& first = items(all, "services").front();
  CHECK(text_at(first, "name") == "call");
  CHECK(text_at(first, "number") == "+1 555 0100");
  CHECK(flag_at(first, "has_code"));
  CHECK(text_at(first, "area") == "area of 01-a");
  CHECK(number_at(first, "left") > 3'000);
  CHECK(number_at(first, "left") <= 3'600);
  JsonValue page = reply(list_services(*store, arguments(R"({"limit":3})")));
  CHECK(ids(page, "services") == std::vector<std::string>{"01-a", "01-b", "01-c"});
  CHECK(text_at(page, "next") == "01-c");
  page = reply(list_services(*store, arguments(R"({"limit":3,"after":"01-c"})")));
  CHECK(ids(page, "services") == std::vector<std::string>{"01-d"});
  CHECK(page.find("next")->kind() == JsonValue::Kind::null);
  page = reply(list_services(*store, arguments(R"({"name":"call","limit":2})")));
  CHECK(ids(page, "services") == std::vector<std::string>{"01-a", "01-b"});
  page =
      reply(list_services(*store, arguments(R"({"name":"call","limit":2,"after":")" + text_at(page, "next") + "\"}")));
  CHECK(ids(page, "services") == std::vector<std::string>{"01-d"});
  CHECK(ids(reply(list_services(*store, arguments(R"({"name":"nobody"})"))), "services").empty());
  for (const char* wrong : {R"({"limit":0})", R"({"limit":501})", R"({"limit":"x"})"}) {
    CHECK(list_services(*store, arguments(wrong)).error().code == Errc::invalid);
  }
}

TEST_CASE("one service is shown without what is its caller's secret", "[mobile][commands]") {
  EVERY_STATE(engine);
  auto store = engine.open();
  put(*store, service_of("01-a", "call"));
  std::string text = value_of(show_service(*store, arguments(R"({"id":"01-a"})")));
  for (const char* secret : {"01735928", "5550199", "topsecret"}) CHECK_THAT(text, !ContainsSubstring(secret));
  JsonValue shown = arguments(text);
  CHECK(text_at(shown, "phone") == "MMM");
  CHECK(text_at(shown, "booked_on") == "all nodes");
  CHECK(text_at(shown, "group") == "Ulm");
  CHECK(flag_at(shown, "has_code"));
  CHECK(flag_at(shown, "has_ors_cookie"));
  CHECK(number_at(shown, "access_left") > 1'000);
  StateService plain = service_of("01-b", "call");
  plain.access = {};
  plain.phone = "";
  put(*store, plain);
  shown = reply(show_service(*store, arguments(R"({"id":"01-b"})")));
  CHECK(text_at(shown, "phone").empty());
  CHECK(text_at(shown, "number").empty());
  CHECK_FALSE(flag_at(shown, "has_code"));
  CHECK(number_at(shown, "access_left") == 0);
  CHECK(show_service(*store, arguments(R"({"id":"01-x"})")).error().code == Errc::not_found);
  CHECK(show_service(*store, arguments("{}")).error().code == Errc::invalid);
}

TEST_CASE("numbers are listed as they are configured, with who has them", "[mobile][commands]") {
  EVERY_STATE(engine);
  auto store = engine.open();
  Resources resources;
  resources.groups["Bonn"] = group_of(AllocationStrategy::local, {"1", "2"});
  resources.groups["Kiel"] = group_of(AllocationStrategy::random, {"7"});
  resources.groups["Ulm"] = group_of(AllocationStrategy::cluster, {"5", "6"});
  in_transaction(*store, [&] {
    require_ok(store->set_resources("3", "Bonn", {"1", "2"}));
    require_ok(store->set_resources("4", "Bonn", {"1", "2"}));
    require_ok(store->set_resources("", "Ulm", {"9", "5", "6"}));
    CHECK(value_of(store->book("3", "Bonn", "03-a", 1h)) == "1");
    CHECK(value_of(store->book("4", "Bonn", "04-a", 1h)) == "1");  // another node's
    CHECK(value_of(store->book("", "Ulm", "03-b", 1h)) == "9");
    require_ok(store->set_resources("", "Ulm", {"5", "6"}));
  });
  JsonValue shown = reply(list_resources(*store, resources, 3, arguments("{}")));
  REQUIRE(items(shown, "groups").size() == 3);
  const JsonValue& bonn = items(shown, "groups").front();
  CHECK(text_at(bonn, "strategy") == "LOCAL");
  CHECK(number_at(bonn, "values") == 2);
  CHECK(number_at(bonn, "booked") == 1);
  std::vector<std::string> rows;
  for (const JsonValue& row : items(shown, "resources")) {
    rows.push_back(text_at(row, "group") + " " + text_at(row, "value") + " " + text_at(row, "owner"));
    CHECK((number_at(row, "until") > 0) == !text_at(row, "owner").empty());
  }
  CHECK(rows == std::vector<std::string>{"Bonn 1 03-a", "Bonn 2 ", "Kiel 7 ", "Ulm 5 ", "Ulm 6 ", "Ulm 9 03-b"});
  CHECK(text_at(items(shown, "resources").back(), "strategy").empty());
  CHECK(number_at(shown, "left_out") == 0);
  shown = reply(list_resources(*store, resources, 3, arguments(R"({"group":"Kiel"})")));
  CHECK(items(shown, "groups").size() == 1);
  CHECK(items(shown, "resources").size() == 1);
  CHECK(list_resources(*store, resources, 3, arguments(R"({"group":"Rom"})")).error().code == Errc::not_found);
}

TEST_CASE("of more numbers than are shown the rest is counted", "[mobile][commands]") {
  EVERY_STATE(engine);
  auto store = engine.open();
  std::vector<std::string> values;
  for (std::int64_t i = 0; i < kShownResourcesMax + 3; ++i) values.push_back(std::to_string(i));
  Resources resources;
  resources.groups["Ulm"] = group_of(AllocationStrategy::random, values);
  JsonValue shown = reply(list_resources(*store, resources, 1, arguments("{}")));
  CHECK(std::cmp_equal(items(shown, "resources").size(), kShownResourcesMax));
  CHECK(number_at(shown, "left_out") == 3);
}

TEST_CASE("subscriptions are listed page by page, and of where they go no more than a host", "[mobile][commands]") {
  EVERY_STATE(engine);
  auto store = engine.open();
  for (const char* device : {"http://anna:topsecret@peer.example:81/path?topsecret", "topsecret"}) {
    StateSubscription one;
    one.id = std::string(32, *device);
    one.subscriber = "shop";
    one.filter = "shop.*";
    one.pattern = true;
    one.prefix = "shop.";
    one.type = *device == 'h' ? "httpcb" : "gcm";
    one.device = device;
    one.properties = "{}";
    one.authorization = "topsecret";
    in_transaction(*store, [&] { require_ok(store->put_subscription(one, 1h)); });
  }
  std::string text = value_of(list_subscriptions(*store, arguments(R"({"limit":2})")));
  CHECK_THAT(text, !ContainsSubstring("topsecret"));
  JsonValue shown = arguments(text);
  REQUIRE(items(shown, "subscriptions").size() == 2);
  const JsonValue& first = items(shown, "subscriptions").front();
  CHECK(text_at(first, "device") == "peer.example:81");
  CHECK(text_at(first, "filter") == "shop.*");
  CHECK(number_at(first, "left") > 3'000);
  CHECK(text_at(items(shown, "subscriptions").back(), "device") == "MMM");
  CHECK(text_at(shown, "next") == std::string(32, 't'));
  shown = reply(list_subscriptions(*store, arguments(R"({"after":")" + text_at(shown, "next") + "\"}")));
  CHECK(items(shown, "subscriptions").empty());
  CHECK(shown.find("next")->kind() == JsonValue::Kind::null);
}

TEST_CASE("of a device its host is shown, or nothing", "[mobile][commands]") {
  CHECK(shown_device("http://peer.example/path") == "peer.example");
  CHECK(shown_device("https://[::1]:8080") == "[::1]:8080");
  CHECK(shown_device("http://a@b@peer.example?x") == "peer.example");
  CHECK(shown_device("http://") == "MMM");
  CHECK(shown_device("APA91b:secret://token") == "MMM");
  CHECK(shown_device("").empty());
}

}  // namespace outpost::test::state_commands_test
