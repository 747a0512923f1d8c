// Services over a real store of each kind: what a call for one does, and what is left when it ends.
#include <set>
#include <string>
#include <utility>

#include "common/json.h"
#include "tests/component/supervisor/mobile/mobile_fixture.h"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

namespace outpost::test::service_api_test {

namespace {

using Route = MobileFixture::Route;
using Parameters = MobileFixture::Parameters;
using Catch::Matchers::ContainsSubstring;
using protocol::CallReply;
using protocol::FetchOutcome;
using supervisor::mobile::Alarms;

constexpr const char* kHello = R"({"msg":"hello"})";

void add_builtin(supervisor::Config& config, const std::string& name, const std::string& group = "") {
  supervisor::ServiceConfig& service = config.services[name];
  service.plain.type = "builtin";
  service.plain.service = name;
  service.plain.ttl = "600";
  service.plain.resource_group = group;
}

void add_group(supervisor::Config& config, const std::string& name, const std::string& strategy,
               const std::vector<std::string>& numbers, const std::string& backup = "") {
  supervisor::ListGroupConfig& group = config.list_groups["GMS_Resources." + name];
  group.allocation_strategy = strategy;
  group.backup_resource = backup;
  group.booking_expiration_time = 300;
  for (std::size_t i = 0; i < numbers.size(); ++i) group.values["n" + std::to_string(i)] = numbers[i];
}

class Bench : public MobileFixture {
 public:
  explicit Bench(const std::string& engine) : MobileFixture(engine) {
    config.node.node_id = 7;
    add_builtin(config, "request-interaction", "Two");
    add_builtin(config, "match-interaction");
    add_builtin(config, "request-access");
    supervisor::ServiceConfig& hello = config.services["hello"];
    hello.plain.type = "ors";
    hello.plain.service = "http://apps.example/hello.scxml";
    config.connections.push_back({.host = "ors1", .name = "one"});
    add_group(config, "Two", "CLUSTER", {"100-1", "100-2"});
    add_group(config, "Here", "LOCAL", {"200-1"});
    add_group(config, "Any", "RANDOM", {"300-1"});
    add_group(config, "Backed", "cluster", {"400-1"}, "400-9");
    use();
  }

  CallReply create(const std::string& name, const std::vector<std::pair<std::string, std::string>>& parameters = {}) {
    Parameters given;
    for (const auto& [key, value] : parameters) given.push_back(text(key, value));
    return ask(Route::service_create, {name}, std::move(given));
  }
  // A member of a reply that must be one.
  static std::string member(const CallReply& reply, std::string_view name) {
    INFO(reply.body);
    REQUIRE(reply.status == 200);
    auto json = parse_json(reply.body);
    REQUIRE(json);
    const JsonValue* found = json->find(name);
    REQUIRE(found);
    return std::get<std::string>(found->value);
  }
  CallReply match(const std::string& number, const std::string& code = "") {
    return create("match-interaction", {{"_access_number", number}, {"_access_code", code}});
  }
};

}  // namespace

TEST_CASE("a group's numbers are given once each, and the alarm follows", "[mobile_services]") {
  Bench node(GENERATE("sqlite", "postgresql"));
  std::set<std::string> numbers;
  auto first = node.create("request-interaction");
  numbers.insert(Bench::member(first, "_access_number"));
  numbers.insert(Bench::member(node.create("request-interaction"), "_access_number"));
  CHECK(numbers == std::set<std::string>{"100-1", "100-2"});
  auto none = node.create("request-interaction");
  CHECK(none.status == 500);
  CHECK_THAT(none.body, ContainsSubstring("gms.NoResourceException"));
  CHECK(node.alarms().is_raised(Alarms::kNoResource, "Two"));
  CHECK(node.ask(Route::service_delete, {Bench::member(first, "_id")}).status == 200);
  CHECK(Bench::member(node.create("request-interaction"), "_access_number") == Bench::member(first, "_access_number"));
  CHECK_FALSE(node.alarms().is_raised(Alarms::kNoResource, "Two"));
}

TEST_CASE("a group that is no more has no alarm", "[mobile_services]") {
  Bench node(GENERATE("sqlite", "postgresql"));
  for (int i = 0; i < 3; ++i) node.create("request-interaction", {{"_resource_group", "Two"}});
  REQUIRE(node.alarms().is_raised(Alarms::kNoResource, "Two"));
  node.config.list_groups.erase("GMS_Resources.Two");
  node.use();
  CHECK_FALSE(node.alarms().is_raised(Alarms::kNoResource, "Two"));
}

TEST_CASE("each strategy gives as it is meant to", "[mobile_services]") {
  Bench node(GENERATE("sqlite", "postgresql"));
  node.config.services["request-interaction"].plain.resource_group = "";
  node.use();
  auto number = [&](const char* group) {
    auto reply = node.create("request-interaction", {{"_resource_group", group}});
    return reply.status == 200 ? Bench::member(reply, "_access_number") : std::to_string(reply.status);
  };
  CHECK(number("Here") == "200-1");
  CHECK(number("Here") == "500");
  for (int i = 0; i < 3; ++i) CHECK(number("Any") == "300-1");
  CHECK(number("Backed") == "400-1");
  CHECK(number("Backed") == "400-9");
  CHECK(number("Backed") == "400-9");
  CHECK(node.alarms().is_raised(Alarms::kNoResource, "Backed"));
  CHECK(number("Nowhere") == "400");
  CHECK(node.create("request-interaction").status == 400);
}

TEST_CASE("a match takes the newest, once, and gives the number back", "[mobile_services]") {
  Bench node(GENERATE("sqlite", "postgresql"));
  node.config.services["match-interaction"].plain.delete_match = "true";
  node.config.services["request-interaction"].plain.resource_group = "Any";
  node.config.services["request-interaction"].plain.provide_code = "true";
  node.use();
  auto older = node.create("request-interaction", {{"city", "Ulm"}});
  auto newer = node.create("request-interaction", {{"city", "Bern"}});
  std::string code = Bench::member(older, "_access_code");
  CHECK(code.starts_with("07"));
  auto matched = node.match("3001");
  CHECK(Bench::member(matched, "_id") == Bench::member(newer, "_id"));
  CHECK(node.match("300-1", "07000x").status == 404);
  matched = node.create("match-interaction",
                        {{"_access_number", "(300) 1"}, {"_access_code", code}, {"_return_data", "true"}});
  CHECK(Bench::member(matched, "_id") == Bench::member(older, "_id"));
  CHECK(Bench::member(matched, "city") == "Ulm");
  CHECK(node.match("300-1", code).status == 404);
  // The data stay until their time is over.
  CHECK_THAT(node.ask(Route::storage_get, {Bench::member(matched, "_data_id")}).body, ContainsSubstring("Ulm"));
}

TEST_CASE("a match that keeps the service keeps it without its number", "[mobile_services]") {
  Bench node(GENERATE("sqlite", "postgresql"));
  auto given = node.create("request-interaction");
  std::string number = Bench::member(given, "_access_number");
  CHECK(Bench::member(node.match(number), "_id") == Bench::member(given, "_id"));
  CHECK(node.match(number).status == 404);
  CHECK(node.ask(Route::service_show, {Bench::member(given, "_id")}).status == 200);
  auto several = node.create("match-interaction", {{"_access_number", number}, {"_return_multiple_matches", "true"}});
  CHECK(several.status == 404);
}

TEST_CASE("several matches come together", "[mobile_services]") {
  Bench node(GENERATE("sqlite", "postgresql"));
  node.config.services["request-interaction"].plain.resource_group = "Any";
  node.use();
  std::set<std::string> ids;
  for (int i = 0; i < 3; ++i) ids.insert(Bench::member(node.create("request-interaction"), "_id"));
  auto all = node.create("match-interaction", {{"_access_number", "300-1"}, {"_return_multiple_matches", "true"}});
  REQUIRE(all.status == 200);
  for (const std::string& id : ids) CHECK_THAT(all.body, ContainsSubstring(id));
  CHECK(node.match("300-1").status == 404);
}

TEST_CASE("access that is asked for again takes the place of what there was", "[mobile_services]") {
  Bench node(GENERATE("sqlite", "postgresql"));
  auto given = node.create("request-interaction", {{"_phone_number", "555"}});
  std::string id = Bench::member(given, "_id");
  auto again = node.create("request-access", {{"_id", id}, {"_resource_group", "Here"}, {"_phone_number", "777"}});
  CHECK(Bench::member(again, "_access_number") == "200-1");
  CHECK(node.match(Bench::member(given, "_access_number")).status == 404);
  // Nothing is free there, and what it had is given back all the same.
  auto other = node.create("request-interaction");
  CHECK(node.create("request-access", {{"_id", Bench::member(other, "_id")}, {"_resource_group", "Here"}}).status ==
        500);
  CHECK(node.match(Bench::member(other, "_access_number")).status == 404);
  auto wrong = node.create("match-interaction", {{"_access_number", "200-1"}, {"_phone_number", "555"}});
  CHECK(wrong.status == 404);
  auto right = node.create("match-interaction", {{"_access_number", "200-1"}, {"_phone_number", "777"}});
  CHECK(Bench::member(right, "_id") == id);
}

TEST_CASE("a number that is booked by another strategy is not given again", "[mobile_services]") {
  Bench node(GENERATE("sqlite", "postgresql"));
  add_group(node.config, "Moved", "CLUSTER", {"500-1"});
  node.config.services["request-interaction"].plain.resource_group = "Moved";
  node.use();
  auto given = node.create("request-interaction");
  CHECK(Bench::member(given, "_access_number") == "500-1");
  for (const char* strategy : {"LOCAL", "CLUSTER"}) {
    node.config.list_groups["GMS_Resources.Moved"].allocation_strategy = strategy;
    node.use();
    CHECK(node.create("request-interaction").status == 500);
  }
  node.config.list_groups["GMS_Resources.Moved"].allocation_strategy = "LOCAL";
  node.use();
  CHECK(node.ask(Route::service_delete, {Bench::member(given, "_id")}).status == 200);
  CHECK(Bench::member(node.create("request-interaction"), "_access_number") == "500-1");
}

TEST_CASE("a service's data are had by its own id, and its area's stays the node's", "[mobile_services]") {
  Bench node(GENERATE("sqlite", "postgresql"));
  auto given = node.create("request-interaction");
  std::string id = Bench::member(given, "_id");
  auto put =
      node.ask(Route::service_storage_put, {id}, {MobileFixture::text("city", "Ulm"), MobileFixture::file("pic", "x")});
  CHECK(put.status == 200);
  CHECK(put.body.empty());
  auto all = node.ask(Route::service_storage_get, {id});
  CHECK(Bench::member(all, "city") == "Ulm");
  CHECK(Bench::member(all, "pic") == "/genesys/1/service/" + id + "/storage/binary/pic");
  CHECK(node.ask(Route::service_storage_get_binary, {id, "pic"}).body == "x");
}

TEST_CASE("a service whose section is gone is served to nobody", "[mobile_services]") {
  Bench node("sqlite");
  auto given = node.create("request-interaction");
  node.config.services.erase("request-interaction");
  node.use();
  CHECK(node.ask(Route::service_show, {Bench::member(given, "_id")}).status == 404);
  CHECK(node.ask(Route::service_storage_get, {Bench::member(given, "_id")}).status == 404);
}

TEST_CASE("data too large for a reply change nothing, and the match is made without them", "[mobile_services]") {
  Bench node(GENERATE("sqlite", "postgresql"));
  auto given = node.create("request-interaction", {{"note", std::string(1'100'000, 'n')}});
  std::string number = Bench::member(given, "_access_number");
  auto refused = node.create("match-interaction", {{"_access_number", number}, {"_return_data", "true"}});
  CHECK(refused.status == 400);
  CHECK_THAT(refused.body, ContainsSubstring("read them from storage"));
  CHECK(Bench::member(node.match(number), "_id") == Bench::member(given, "_id"));
}

TEST_CASE("numbers that differ in how they are written are one", "[mobile_services]") {
  Bench node("sqlite");
  CHECK_FALSE(node.alarms().is_raised(Alarms::kDoubleResource, ""));
  add_group(node.config, "Again", "RANDOM", {"(100) 1"});
  node.use();
  CHECK(node.alarms().is_raised(Alarms::kDoubleResource, ""));
}

TEST_CASE("codes of one number are all different, and found when they run out", "[mobile_services]") {
  Bench node(GENERATE("sqlite", "postgresql"));
  supervisor::ServiceConfig& service = node.config.services["request-interaction"];
  service.plain.resource_group = "Any";
  service.plain.provide_code = "true";
  service.plain.access_code_length = "3";
  node.use();
  std::set<std::string> codes;
  constexpr std::size_t kCodes = 10;  // behind the two digits of the node
  auto reply = node.create("request-interaction");
  for (; reply.status == 200; reply = node.create("request-interaction")) {
    REQUIRE(codes.insert(Bench::member(reply, "_access_code")).second);
  }
  CHECK(reply.status == 500);
  CHECK(!codes.empty());
  CHECK(codes.size() <= kCodes);
}

TEST_CASE("an application answers, and is asked again where it runs", "[mobile_services]") {
  Bench node(GENERATE("sqlite", "postgresql"));
  std::string reply_body;
  auto call = MobileFixture::call(Route::service_create, {"hello"}, {MobileFixture::text("city", "Ulm")});
  require_ok(node.send(900, std::move(call)));
  run_until(node.loop(), [&] { return node.courier.waiting() == 1; });
  CHECK(node.courier.last_url() == "http://ors1:7210/scxml/session/start");
  CHECK_THAT(node.courier.requests.back().body, !ContainsSubstring("city") && ContainsSubstring("_data_id="));
  node.courier.answer(200, "SESSION1", {{"set-cookie", "ORSSESSIONID=SESSION1.node1"}});
  CHECK(node.courier.last_url() == "http://ors1:7210/scxml/session/SESSION1/request/gms.start");
  node.courier.answer(200, kHello);
  run_until(node.loop(), [&] { return node.replies().contains(900); });
  CHECK(node.replies().at(900).body == kHello);
  CHECK(node.replies().at(900).status == 200);

  require_ok(node.send(901, MobileFixture::call(Route::service_request, {"SESSION1", "check-queue-position"})));
  run_until(node.loop(), [&] { return node.courier.waiting() == 1; });
  CHECK(node.courier.last_url() == "http://ors1:7210/scxml/session/SESSION1/request/check-queue-position");
  node.courier.answer(200, "{\"position\":3}");
  run_until(node.loop(), [&] { return node.replies().contains(901); });
  CHECK(node.replies().at(901).body == "{\"position\":3}");

  CHECK(node.ask(Route::service_delete, {"SESSION1"}).status == 200);
  CHECK(node.courier.last_url() == "http://ors1:7210/scxml/session/SESSION1/terminate");
  CHECK(node.ask(Route::service_show, {"SESSION1"}).status == 404);
}

TEST_CASE("a session that another service has is not taken from it", "[mobile_services]") {
  Bench node(GENERATE("sqlite", "postgresql"));
  for (std::uint64_t id : {900U, 901U}) {
    require_ok(node.send(id, MobileFixture::call(Route::service_create, {"hello"})));
    run_until(node.loop(), [&] { return node.courier.waiting() == 1; });
    node.courier.answer(200, "SESSION1");
    node.courier.answer(200, kHello);
    run_until(node.loop(), [&] { return node.replies().contains(id); });
  }
  CHECK(node.replies().at(900).status == 200);
  CHECK(node.replies().at(901).status == 500);
  CHECK(node.ask(Route::service_show, {"SESSION1"}).status == 200);
}

TEST_CASE("where no application is reached, no data are left", "[mobile_services]") {
  Bench node(GENERATE("sqlite", "postgresql"));
  node.config.ors.max_ors_request_attempts = 1;
  node.use();
  require_ok(
      node.send(900, MobileFixture::call(Route::service_create, {"hello"}, {MobileFixture::text("city", "Ulm")})));
  run_until(node.loop(), [&] { return node.courier.waiting() == 1; });
  node.courier.fail(FetchOutcome::connect);
  run_until(node.loop(), [&] { return node.replies().contains(900); });
  CHECK(node.replies().at(900).status == 500);
  CHECK_THAT(node.replies().at(900).body, ContainsSubstring("ORS request failed: cannot connect to ORS. IO issue."));
  std::int64_t areas = 1;
  bool counted = false;
  node.threads().read(
      "",
      [&](supervisor::StateStore& store) -> Result<> {
        areas = *store.count_areas(10);
        return {};
      },
      [&](const Result<>&) { counted = true; });
  run_until(node.loop(), [&] { return counted; });
  CHECK(areas == 0);
}

TEST_CASE("what is no service is told so", "[mobile_services]") {
  Bench node("sqlite");
  CHECK_THAT(node.create("nothing").body, ContainsSubstring("no service"));
  CHECK_THAT(node.create("a2c-match-interaction").body, ContainsSubstring("match-interaction today"));
  CHECK(node.ask(Route::service_show, {"7-00000000-0000-4000-8000-000000000000"}).status == 404);
  CHECK(node.ask(Route::service_request, {"request-interaction", "x"}).status == 404);
  auto given = node.create("request-interaction");
  CHECK(node.ask(Route::service_request, {Bench::member(given, "_id"), "x"}).status == 404);
  CHECK(node.ask(Route::service_request_plain, {Bench::member(given, "_id")}).status == 400);
  CHECK(node.create("request-access", {{"_id", "7-00000000-0000-4000-8000-000000000000"}, {"_resource_group", "Any"}})
            .status == 404);
}

}  // namespace outpost::test::service_api_test
