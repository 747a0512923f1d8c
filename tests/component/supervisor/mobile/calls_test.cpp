// What the proxy may call, and who may ask for what.
#include <string>

#include "tests/component/supervisor/mobile/mobile_fixture.h"

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

namespace outpost::test::mobile_calls_test {

namespace {

using Route = MobileFixture::Route;
using Catch::Matchers::ContainsSubstring;
using protocol::Call;
using protocol::Proof;

std::string fault_of(MobileFixture& node, Call call) {
  auto sent = node.send(1'000, std::move(call));
  return sent ? "" : sent.error().text;
}

}  // namespace

TEST_CASE("a call that no client can make ends the proxy", "[mobile]") {
  MobileFixture node("sqlite");
  Call unknown = MobileFixture::call(Route::node, {});
  unknown.route = 999;
  CHECK_THAT(fault_of(node, unknown), ContainsSubstring("what there is not"));
  CHECK_THAT(fault_of(node, MobileFixture::call(Route::storage_get, {})), ContainsSubstring("another form"));
  CHECK_THAT(fault_of(node, MobileFixture::call(Route::node, {"more"})), ContainsSubstring("another form"));
  Call held = MobileFixture::call(Route::node, {});
  held.held = true;
  CHECK_THAT(fault_of(node, held), ContainsSubstring("another form"));
  Call json = MobileFixture::call(Route::storage_create, {""});
  json.json = "{}";
  CHECK_THAT(fault_of(node, json), ContainsSubstring("another kind"));
  Call event = MobileFixture::call(Route::publish, {});
  CHECK_THAT(fault_of(node, event), ContainsSubstring("another kind"));
  event.json = "{}";
  event.parameters = {MobileFixture::text("a", "1")};
  CHECK_THAT(fault_of(node, event), ContainsSubstring("another kind"));
  for (const std::string& broken : {std::string("\xff"), std::string("\0", 1)}) {
    CHECK_THAT(fault_of(node, MobileFixture::call(Route::storage_get, {broken})), ContainsSubstring("a text"));
    CHECK_THAT(fault_of(node, MobileFixture::call(Route::storage_create, {""}, {MobileFixture::text(broken, "")})),
               ContainsSubstring("a text"));
    CHECK_THAT(fault_of(node, MobileFixture::call(Route::storage_create, {""}, {MobileFixture::text("a", broken)})),
               ContainsSubstring("a text"));
    Call user = MobileFixture::call(Route::node, {});
    user.user = broken;
    CHECK_THAT(fault_of(node, user), ContainsSubstring("a text"));
  }
  auto sent = static_cast<supervisor::ProxyTraffic&>(node.traffic()).counted_requests();
  CHECK(sent.size() == protocol::mobile_rows().size());
  CHECK(node.replies().empty());
}

TEST_CASE("a node says whether it wants work, and is told so", "[mobile]") {
  MobileFixture node("sqlite");
  auto online = node.ask(Route::node, {});
  CHECK(online.status == 200);
  CHECK(online.body == "ONLINE");
  CHECK(online.affinity);
  CHECK(node.ask(Route::node_change, {"offline"}).status == 400);
  CHECK(node.ask(Route::node_change, {"OFFLINE"}).status == 200);
  auto offline = node.ask(Route::node, {});
  CHECK(offline.status == 503);
  CHECK(offline.body == "OFFLINE");
  auto status = node.ask(Route::node_status, {});
  CHECK(status.status == 200);
  CHECK(status.body == "OFFLINE");
  CHECK(status.content_type == "text/plain;charset=ISO-8859-1");
  CHECK(node.ask(Route::node_change, {"ONLINE"}).body == "ONLINE");
  CHECK(node.ask(Route::counters, {}).body == "{}");
}

TEST_CASE("an external listener serves open rows only, whatever the proxy lets through", "[mobile]") {
  MobileFixture node("sqlite");
  for (const protocol::MobileRow& row : protocol::mobile_rows()) {
    if (row.exposure != protocol::RouteExposure::internal) continue;
    INFO(row.pattern);
    Call call = MobileFixture::call(row.route, std::vector<std::string>(row.route == Route::node_change, "OFFLINE"));
    if (row.body == protocol::RouteBody::json) call.json = "{}";
    call.external = true;
    auto refused = node.ask(std::move(call));
    CHECK(refused.status == 403);
    CHECK_THAT(refused.body, ContainsSubstring("gms.NotAllowedException"));
  }
  CHECK(node.node.online());
}

TEST_CASE("with a user and a password each call needs them, or a token", "[mobile]") {
  MobileFixture node("sqlite");
  node.config.node.username = "u";
  node.config.node.password = "p";
  node.use();
  auto asked = [&](Proof proof, const std::string& principal) {
    Call call = MobileFixture::call(Route::node, {});
    call.proof = proof;
    call.principal = principal;
    return node.ask(std::move(call));
  };
  for (auto refused : {asked(Proof::none, ""), asked(Proof::password, "service.x"), asked(Proof::none, "server")}) {
    CHECK(refused.status == 401);
    CHECK(refused.challenge == "Basic realm=\"outpost\"");
    CHECK_THAT(refused.body, ContainsSubstring("gms.UnauthorizedException"));
  }
  CHECK(asked(Proof::password, "server").status == 200);
  CHECK(asked(Proof::token, "crm").status == 200);
}

TEST_CASE("what is being done is bounded, and so is what waits for the proxy", "[mobile]") {
  MobileFixture node("sqlite");
  node.config.application.limits.bodies_bytes_max = 64 * 1024;
  node.use();
  auto call = [&](std::size_t bytes) {
    return MobileFixture::call(Route::storage_create, {"60"}, {MobileFixture::file("f", std::string(bytes, 'x'))});
  };
  auto over = node.ask(call(200 * 1024));
  CHECK(over.status == 503);
  CHECK(over.retry_after_s == 1);
  CHECK(node.traffic().refused() == 1);
  CHECK(node.traffic().bytes_in_work() == 0);

  auto stored = node.ask(call(100 * 1024));
  REQUIRE(stored.status == 200);
  std::string id = stored.body.substr(std::string(R"({"id":")").size(), 36);
  node.queued_bytes = supervisor::mobile::MobileTraffic::kQueuedBytesMax;
  CHECK(node.ask(Route::storage_get_key, {id, "f"}).status == 503);
  CHECK(node.ask(Route::storage_get, {id}).status == 200);
  node.queued_bytes = 0;
  CHECK(node.ask(Route::storage_get_key, {id, "f"}).status == 200);
}

TEST_CASE("the reply to a proxy that is gone is dropped, and what was asked for is done", "[mobile]") {
  MobileFixture node("sqlite");
  require_ok(node.send(7, MobileFixture::call(Route::storage_create, {"60"}, {MobileFixture::text("a", "1")})));
  CHECK(node.traffic().bytes_in_work() > 0);
  node.lose_proxy();
  run_until(node.loop(), [&] { return node.traffic().bytes_in_work() == 0; });
  CHECK(node.replies().empty());
  CHECK(node.ask(Route::node, {}).status == 200);
}

}  // namespace outpost::test::mobile_calls_test
