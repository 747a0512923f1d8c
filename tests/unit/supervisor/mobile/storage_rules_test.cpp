#include "supervisor/mobile/storage_rules.h"

#include "common/json.h"

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

namespace outpost::test::storage_rules_test {

using namespace outpost::supervisor;
using namespace outpost::supervisor::mobile;
using Catch::Matchers::ContainsSubstring;
using protocol::CallParameter;
using std::chrono::seconds;

namespace {

CallParameter text(std::string name, std::string value) { return {std::move(name), std::move(value), false, {}, {}}; }
CallParameter file(std::string name, std::string bytes) {
  return {std::move(name), std::move(bytes), true, "p.jpg", "image/jpeg"};
}

StoragePlan plan_of(std::vector<CallParameter> parameters) {
  StoragePlan plan{"id", "", seconds(1), false, {}, {}};
  CHECK_FALSE(take_parameters(std::move(parameters), plan));
  return plan;
}

Refusal refusal_of(std::vector<CallParameter> parameters) {
  StoragePlan plan{"id", "", seconds(1), false, {}, {}};
  auto refused = take_parameters(std::move(parameters), plan);
  REQUIRE(refused);
  return *refused;
}

}  // namespace

TEST_CASE("a ttl is a whole number of seconds, 30 where there is none and a year at most", "[mobile]") {
  CHECK(storage_ttl("60").time == seconds(60));
  CHECK(storage_ttl("60").as_given);
  CHECK(storage_ttl("31536000").as_given);
  for (const char* none : {"", "0", "-5", "+5", "1.5", "sixty", "0x10", " 7"}) {
    INFO(none);
    CHECK(storage_ttl(none).time == seconds(30));
    CHECK_FALSE(storage_ttl(none).as_given);
  }
  for (const char* long_one : {"31536001", "99999999999999999999999999"}) {
    CHECK(storage_ttl(long_one).time == seconds(31'536'000));
    CHECK_FALSE(storage_ttl(long_one).as_given);
  }
}

TEST_CASE("parameters become texts and files under their names", "[mobile]") {
  StoragePlan plan = plan_of({text("name", "Ann"), file("photo", std::string("\0\xff", 2)), text("name", "Eve")});
  CHECK(plan.texts == Texts{{"name", "Eve"}});
  REQUIRE(plan.files.size() == 1);
  CHECK(plan.files[0] == StateFile{"id", "photo", "image/jpeg", "p.jpg", std::string("\0\xff", 2)});
  CHECK(plan_of({text("x", "1"), file("x", "2")}).texts.empty());
}

TEST_CASE("what may not be stored is refused with the limit", "[mobile]") {
  CHECK(refusal_of({text("_id", "1")}).status == 400);
  CHECK_THAT(refusal_of({text("_id", "1")}).text, ContainsSubstring("\"_\""));
  CHECK(refusal_of({text("", "1")}).status == 400);
  CHECK(refusal_of({file("a", "1"), file("a", "2")}).status == 400);
  CHECK(refusal_of({text(std::string(256, 'n'), "1")}).status == 400);
  CHECK_THAT(refusal_of({text(std::string(256, 'n'), "1")}).text, ContainsSubstring("255 bytes"));
  CHECK(plan_of({text(std::string(255, 'n'), "1")}).texts.size() == 1);
  std::vector<CallParameter> many;
  for (int i = 0; i <= 1'000; ++i) many.push_back(text("k" + std::to_string(i), ""));
  CHECK(refusal_of(many).status == 400);
  CHECK_THAT(refusal_of(many).text, ContainsSubstring("1000 keys"));
  many.pop_back();
  CHECK(plan_of(many).texts.size() == 1'000);
  CHECK(check_sizes(1, protocol::kAreaTextBytesMax + 1, 0)->status == 413);
  CHECK_THAT(check_sizes(1, protocol::kAreaTextBytesMax + 1, 0)->text, ContainsSubstring("16 MiB"));
  CHECK_THAT(check_sizes(1, 0, protocol::kAreaFileBytesMax + 1)->text, ContainsSubstring("64 MiB"));
  CHECK_FALSE(check_sizes(protocol::kMobileParametersMax, protocol::kAreaTextBytesMax, protocol::kAreaFileBytesMax));
}

TEST_CASE("texts are read as they were written, and anything else is no area's", "[mobile]") {
  Texts texts{{"a", "1\n\"\\"}, {"b", "\u00e9"}, {"c", ""}};
  auto read = read_texts(texts_json(texts));
  REQUIRE(read);
  CHECK(*read == texts);
  for (const char* broken : {"", "[]", "{", R"({"a":1})", R"({"a":{"b":"c"}})"}) {
    INFO(broken);
    CHECK_FALSE(read_texts(broken));
  }
}

TEST_CASE("an area as one object has the addresses of its files", "[mobile]") {
  CHECK(area_json(R"({"a":"}"})", {}, {}) == R"({"a":"}"})");
  std::vector<StateFile> files = {{"id", "p", "", "", ""}, {"id", "q\"", "", "", ""}};
  CHECK(area_json(R"({"a":"}"})", files, {"/p", "/q"}) == R"({"a":"}","p":"/p","q\"":"/q"})");
  CHECK(area_json("{}", files, {"/p", "/q"}) == R"({"p":"/p","q\"":"/q"})");
}

}  // namespace outpost::test::storage_rules_test
