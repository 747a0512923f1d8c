#include "protocol/mobile/call_log.h"

#include <algorithm>

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include "protocol/mobile/routes.h"

namespace outpost::protocol::call_log_test {

namespace {

using Catch::Matchers::ContainsSubstring;

Call call_of(MobileRoute route, std::vector<std::string> captures) {
  Call call;
  call.route = static_cast<std::uint16_t>(route);
  call.captures = std::move(captures);
  call.listener = "default";
  return call;
}

CallParameter text(std::string name, std::string value) { return {std::move(name), std::move(value), false, {}, {}}; }

}  // namespace

TEST_CASE("at trace a call shows its route, names and sizes, and no value", "[call_log]") {
  Call call = call_of(MobileRoute::storage_create, {"60"});
  call.peer = "10.0.0.1";
  call.user = "ann";
  call.parameters = {text("name", "Ann"), {"photo", "12345", true, "me.jpg", "image/jpeg"}};
  CHECK(call_lines(call, false) ==
        "\t'(route)'\t'POST /genesys/1/storage[/{ttl}]'\n"
        "\t'{ttl}'\t'60'\n"
        "\t'(listener)'\t'default'\n"
        "\t'(client)'\t'10.0.0.1'\n"
        "\t'(gms_user)'\t'***'\n"
        "\t'name'\t'3 bytes'\n"
        "\t'photo'\t'file of 5 bytes, image/jpeg'\n");
}

TEST_CASE("at debug it shows values too, but none that are filtered", "[call_log]") {
  Call call = call_of(MobileRoute::storage_create, {""});
  call.user = "ann";
  call.proof = Proof::token;
  call.principal = "app";
  call.parameters = {text("name", "Ann"),
                     text("XXX_card", "4111"),
                     text("MMM_phone", "555"),
                     text("password", "hunter2"),
                     text("more", R"({"XXX_a":1,"b":{"token":"t0"}})"),
                     {"photo", "12345", true, "me.jpg", ""}};
  CHECK(call_lines(call, true) ==
        "\t'(route)'\t'POST /genesys/1/storage[/{ttl}]'\n"
        "\t'(listener)'\t'default'\n"
        "\t'(gms_user)'\t'ann'\n"
        "\t'(proof)'\t'token app'\n"
        "\t'name'\t'Ann'\n"
        "\t'MMM_phone'\t'MMM'\n"
        "\t'password'\t'MMM'\n"
        "\t'more'\t'{\\x22b\\x22:{\\x22token\\x22:\\x22MMM\\x22}}'\n"
        "\t'photo'\t'file of 5 bytes, no type, me.jpg'\n");
}

TEST_CASE("a key that is hidden is not shown as a part of the path either", "[call_log]") {
  std::string lines = call_lines(call_of(MobileRoute::storage_get_key, {"1f", "XXX_card"}), true);
  CHECK_THAT(lines, ContainsSubstring("'{id}'\t'1f'"));
  CHECK_THAT(lines, !ContainsSubstring("XXX"));
  CHECK_THAT(call_lines(call_of(MobileRoute::storage_get_key, {"1f", "name"}), false),
             ContainsSubstring("'{key}'\t'name'"));
}

TEST_CASE("a call that nobody understands takes no more than its share of a log", "[call_log]") {
  Call call = call_of(static_cast<MobileRoute>(60000), {"a"});
  for (int i = 0; i < 1000; ++i) call.parameters.push_back(text("p" + std::to_string(i), std::string(5000, 'x')));
  std::string lines = call_lines(call, true);
  CHECK(lines.size() < 200 * kLoggedParametersMax * 10);
  CHECK_THAT(lines, ContainsSubstring("'(further parameters)'\t900\n"));
  CHECK_THAT(lines, ContainsSubstring("(cut)"));
}

TEST_CASE("a value cannot forge a line", "[call_log]") {
  Call call = call_of(MobileRoute::storage_create, {"6\n\t'a'"});
  call.parameters = {text("a\n'b", "c\n\t'd'\t'e'")};
  std::string lines = call_lines(call, true);
  CHECK(std::ranges::count(lines, '\n') == 4);
}

TEST_CASE("a text that may be JSON is filtered, a file that is JSON is not shown at all", "[call_log]") {
  Call call = call_of(MobileRoute::storage_create, {"60"});
  call.parameters = {text("order", " {\"XXX_pin\":\"4711\",\"no\":7}")};
  CHECK_THAT(call_lines(call, true), !ContainsSubstring("4711") && ContainsSubstring("no"));
  CallReply reply;
  reply.content_type = "application/json";
  reply.body = R"({"pin of ann":"4711"})";
  reply.attachment = true;
  CHECK_THAT(reply_lines(reply, true), !ContainsSubstring("4711"));
}

TEST_CASE("a JSON body shows its size, and at debug itself as it is filtered", "[call_log]") {
  Call call = call_of(MobileRoute::publish, {});
  call.json = R"({"tag":"a","message":{"XXX_card":"4111","text":"hello"}})";
  CHECK_THAT(call_lines(call, false), ContainsSubstring("'(json)'\t'56 bytes'\n"));
  CHECK_THAT(call_lines(call, true), ContainsSubstring("hello") && !ContainsSubstring("4111"));
}

TEST_CASE("an answer shows its size, and at debug its JSON as it is filtered", "[call_log]") {
  CallReply reply;
  reply.body = R"({"id":"1f","XXX_card":"4111"})";
  CHECK(reply_lines(reply, false) == "\t'(bytes)'\t29\n");
  CHECK(reply_lines(reply, true) == "\t'(body)'\t'{\\x22id\\x22:\\x221f\\x22}'\n");
  reply.content_type = "text/plain";
  CHECK(reply_lines(reply, true) == "\t'(type)'\t'text/plain'\n\t'(bytes)'\t29\n");
}

}  // namespace outpost::protocol::call_log_test
