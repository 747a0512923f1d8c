// The Storage API as the proxy calls it, over both engines.
#include <string>

#include "common/json.h"
#include "tests/component/supervisor/mobile/mobile_fixture.h"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators_range.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

namespace outpost::test::storage_test {

namespace {

using Route = MobileFixture::Route;
using Catch::Matchers::ContainsSubstring;
constexpr auto text = MobileFixture::text;

class Fixture : public MobileFixture {
 public:
  using MobileFixture::MobileFixture;

  std::string create(Parameters parameters, const std::string& ttl = "60") {
    auto reply = ask(Route::storage_create, {ttl}, std::move(parameters));
    REQUIRE(reply.status == 200);
    return id_of(reply);
  }
  static std::string id_of(const protocol::CallReply& reply) {
    auto json = parse_json(reply.body);
    REQUIRE(json);
    REQUIRE(json->find("id"));
    return std::get<std::string>(json->find("id")->value);
  }
  protocol::CallReply custom(Route route, std::vector<std::string> captures, const std::string& user,
                             Parameters parameters = {}) {
    auto made = call(route, std::move(captures), std::move(parameters));
    made.user = user;
    return ask(std::move(made));
  }
};

}  // namespace

TEST_CASE("texts and files are stored under an id of ours, and read whole and one by one", "[mobile][storage]") {
  Fixture node(GENERATE(from_range(engine_names())));
  std::string bytes("\0\xff\r\n", 4);
  std::string id = node.create({text("name", "Ann \u00e9"), MobileFixture::file("photo 1", bytes)});
  CHECK(is_uuid(id));

  auto whole = node.ask(Route::storage_get, {id});
  CHECK(whole.body == R"({"name":"Ann )"
                      "\u00e9"
                      R"(","photo 1":"/genesys/1/storage/binary/)" +
                          id + R"(/photo%201"})");
  CHECK(whole.content_type == "application/json");
  node.config.node.external_url_base = "https://m.example/";
  node.use();
  CHECK_THAT(node.ask(Route::storage_get, {id}).body,
             ContainsSubstring("\"https://m.example/genesys/1/storage/binary/" + id));

  auto name = node.ask(Route::storage_get_key, {id, "name"});
  CHECK(name.body == "Ann \u00e9");
  CHECK(name.content_type == "text/plain;charset=UTF-8");
  CHECK_FALSE(name.attachment);
  for (Route route : {Route::storage_get_key, Route::storage_get_binary}) {
    auto photo = node.ask(route, {id, "photo 1"});
    CHECK(photo.body == bytes);
    CHECK(photo.content_type == "image/jpeg");
    CHECK(photo.attachment);
    CHECK(photo.file_name == "p.jpg");
  }
  CHECK(node.ask(Route::storage_get_binary, {id, "name"}).content_type == "application/octet-stream");
}

TEST_CASE("an update adds and replaces, texts by files and files by texts", "[mobile][storage]") {
  Fixture node(GENERATE(from_range(engine_names())));
  std::string id = node.create({text("a", "1"), text("b", "2"), MobileFixture::file("c", "3")});
  auto updated = node.ask(Route::storage_update, {id, "60"},
                          {text("b", "two"), text("c", "three"), MobileFixture::file("a", "one", "text\r\nX: y")});
  CHECK(updated.status == 200);
  CHECK(Fixture::id_of(updated) == id);
  CHECK(node.ask(Route::storage_get_key, {id, "b"}).body == "two");
  CHECK(node.ask(Route::storage_get_key, {id, "c"}).content_type == "text/plain;charset=UTF-8");
  auto file = node.ask(Route::storage_get_key, {id, "a"});
  CHECK(file.body == "one");
  CHECK(file.content_type == "application/octet-stream");

  CHECK(Fixture::id_of(node.ask(Route::storage_create, {id}, {text("d", "4")})) == id);
  CHECK(node.ask(Route::storage_get_key, {id, "d"}).body == "4");
  CHECK(node.ask(Route::storage_update, {"00000000-0000-4000-8000-000000000000", "60"}, {}).status == 404);
  CHECK(node.ask(Route::storage_update, {"no-id", "60"}, {}).status == 404);
}

TEST_CASE("what is removed is gone, and what is not there is told apart", "[mobile][storage]") {
  Fixture node(GENERATE(from_range(engine_names())));
  std::string id = node.create({text("a", "1"), MobileFixture::file("b", "2")});
  for (const char* key : {"a", "b"}) {
    CHECK(node.ask(Route::storage_delete_key, {id, key}).status == 200);
    CHECK_THAT(node.ask(Route::storage_get_key, {id, key}).body, ContainsSubstring("no such key"));
    CHECK(node.ask(Route::storage_delete_key, {id, key}).status == 404);
  }
  CHECK(node.ask(Route::storage_get, {id}).body == "{}");
  auto removed = node.ask(Route::storage_delete, {id});
  CHECK(removed.status == 200);
  CHECK(removed.body.empty());
  for (Route route : {Route::storage_get, Route::storage_delete}) {
    auto gone = node.ask(route, {id});
    CHECK(gone.status == 404);
    CHECK_THAT(gone.body, ContainsSubstring("gms.NotFoundException") && ContainsSubstring("no storage area"));
  }
  CHECK(node.ask(Route::storage_get_key, {id, "a"}).status == 404);
  CHECK(node.ask(Route::storage_delete_key, {id, "a"}).status == 404);
}

TEST_CASE("an area has a thousand keys at most, over all updates", "[mobile][storage]") {
  Fixture node(GENERATE(from_range(engine_names())));
  MobileFixture::Parameters many;
  for (int i = 0; i < 999; ++i) many.push_back(text("k" + std::to_string(i), "v"));
  std::string id = node.create(many);
  CHECK(node.ask(Route::storage_update, {id, "60"}, {MobileFixture::file("f", "1")}).status == 200);
  CHECK(node.ask(Route::storage_update, {id, "60"}, {text("f", "text now"), text("k0", "again")}).status == 200);
  auto over = node.ask(Route::storage_update, {id, "60"}, {text("k1", "changed"), text("more", "1")});
  CHECK(over.status == 400);
  CHECK_THAT(over.body, ContainsSubstring("1000 keys") && ContainsSubstring("gms.BadRequestException"));
  CHECK(node.ask(Route::storage_get_key, {id, "k1"}).body == "v");
  CHECK(node.ask(Route::storage_create, {"60"}, {text("_id", "1")}).status == 400);
}

TEST_CASE("a custom area is a user's own, and is overwritten as a whole", "[mobile][storage]") {
  Fixture node(GENERATE(from_range(engine_names())));
  auto made = node.custom(Route::custom_put, {"pref", "60"}, "ann", {text("a", "1"), MobileFixture::file("f", "2")});
  CHECK(made.body == R"({"id":"pref"})");
  CHECK(node.custom(Route::custom_get, {"pref"}, "ann").body == R"({"a":"1","f":"/genesys/1/storage/custom/pref/f"})");
  CHECK(node.custom(Route::custom_get_key, {"pref", "f"}, "ann").body == "2");
  CHECK(node.custom(Route::custom_get, {"pref"}, "eve").status == 404);
  CHECK(node.custom(Route::custom_put, {"pref", ""}, "ann", {text("b", "2")}).status == 200);
  CHECK(node.custom(Route::custom_get, {"pref"}, "ann").body == R"({"b":"2"})");
  CHECK(node.custom(Route::custom_delete_key, {"pref", "b"}, "ann").status == 200);
  CHECK(node.custom(Route::custom_delete, {"pref"}, "eve").status == 404);
  CHECK(node.custom(Route::custom_delete, {"pref"}, "ann").status == 200);
  CHECK(node.custom(Route::custom_get, {"pref"}, "").status == 400);
  CHECK(node.custom(Route::custom_get, {std::string(256, 'x')}, "ann").status == 400);
  CHECK(node.custom(Route::custom_get, {"pref"}, std::string(256, 'x')).status == 400);
  CHECK(node.ask(Route::storage_get, {supervisor::custom_area_id("ann", "pref")}).status == 404);
}

TEST_CASE("a store that has ended is 503 to whoever asks, and the node is told", "[mobile][storage]") {
  Fixture node("sqlite");
  std::string id = node.create({text("a", "1")});
  node.threads().stop();
  for (auto route : {Route::storage_get, Route::storage_delete}) {
    auto refused = node.ask(route, {id});
    CHECK(refused.status == 503);
    CHECK(refused.retry_after_s == 1);
    CHECK_THAT(refused.body, ContainsSubstring("gms.UnavailableException"));
  }
}

}  // namespace outpost::test::storage_test
