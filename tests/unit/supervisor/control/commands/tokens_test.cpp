#include <string>

#include "common/digest.h"
#include "supervisor/children/http_proxy/configure.h"
#include "supervisor/control/tokens/limits.h"
#include "tests/support/commands_fixture.h"

#include <catch2/matchers/catch_matchers_string.hpp>

namespace outpost::test::tokens_test {

using namespace outpost::supervisor;
using Catch::Matchers::ContainsSubstring;

namespace {

constexpr std::int64_t kNow = 1700000000;

class TokensFixture : public CommandsFixture {
 public:
  // `more` is further members.
  Result<std::string> add(const std::string& name, const std::string& more = "") {
    std::string arguments = R"({"name": ")" + name + R"(", "digest": ")" + to_hex(sha256(name)) + "\"" + more + "}";
    return stores_.in_transaction([&](RecordStore& s) { return run_token_add(s, json(arguments), kNow); });
  }
  std::string refusal(const std::string& name, const std::string& more = "") {
    auto added = add(name, more);
    REQUIRE(!added);
    return added.error().text;
  }
  Result<std::string> revoke(const std::string& name) {
    return stores_.in_transaction(
        [&](RecordStore& s) { return run_token_revoke(s, json(R"({"name": ")" + name + "\"}")); });
  }
  std::string listed() { return *run_token_list(store(), json("{}")); }
};

}  // namespace

TEST_CASE_METHOD(TokensFixture, "a token is added, listed without its digest, and revoked", "[tokens]") {
  REQUIRE(add("crm@site-1"));
  auto added = add("batch", R"(, "resources": ["Lists", "customerids"], "requests": ["addrecord", "RecordCancel",
                               "AddRecord"], "expires_in": 60)");
  REQUIRE(added);
  std::string batch =
      R"({"name":"batch","resources":["customer_ids","lists"],)"
      R"("requests":["AddRecord","RequestRecordCancel"],"created_at":1700000000,"expires_at":1700000060})";
  CHECK(*added == batch);
  CHECK(listed() ==
        R"({"tokens":[)" + batch +
            R"(,{"name":"crm@site-1","resources":[],"requests":[],"created_at":1700000000,"expires_at":0}]})");
  auto message = to_proxy(*store().tokens());
  REQUIRE(message.tokens.size() == 2);
  CHECK(message.tokens[0].resources == std::vector<std::string>{"customer_ids", "lists"});
  CHECK(message.tokens[0].digest == sha256("batch"));
  CHECK(message.tokens[0].expires == kNow + 60);
  CHECK(message.tokens[1].requests.empty());

  CHECK_THAT(revoke("bath").error().text, ContainsSubstring("\"batch\" meant"));
  REQUIRE(revoke("batch"));
  CHECK(revoke("batch").error().code == Errc::not_found);
  CHECK(listed().find("batch") == std::string::npos);
}

TEST_CASE_METHOD(TokensFixture, "what is no name, no resource or no request is refused with what is", "[tokens]") {
  for (const std::string& name :
       {std::string(), std::string(65, 'a'), std::string("a b"), std::string("a/b"), std::string("\xc3\xa9")}) {
    CHECK_THAT(refusal(name), ContainsSubstring("A-Z a-z 0-9"));
  }
  REQUIRE(add(std::string(64, 'a')));
  CHECK_THAT(refusal("x", R"(, "resources": ["list"])"),
             ContainsSubstring("is lists meant?") && ContainsSubstring("campaigngroups, customer_ids, lists"));
  CHECK_THAT(refusal("x", R"(, "requests": ["AddRecords"])"),
             ContainsSubstring("is AddRecord meant?") && ContainsSubstring("CampaignStatusRequest"));
  CHECK_THAT(refusal("x", R"(, "resources": ["lists"], "requests": ["RecordReject"])"),
             ContainsSubstring("RecordReject is no request of the resource types lists"));
  CHECK_THAT(refusal("x", R"(, "resources": "lists")"), ContainsSubstring("list of names"));
  CHECK_THAT(refusal("x", R"(, "expires_in": 0)"), ContainsSubstring("from a second"));
  CHECK_THAT(refusal("x", R"(, "expires_in": 9223372036854775807)"), ContainsSubstring("hundred years"));
  for (const char* digest : {"", "00", "zz"}) {
    auto arguments = json(std::string(R"({"name": "x", "digest": ")") + digest + "\"}");
    CHECK_FALSE(run_token_add(store(), arguments, kNow));
  }
}

TEST_CASE_METHOD(TokensFixture, "a name and a token are taken once, and there is an end to their number", "[tokens]") {
  REQUIRE(add("one"));
  CHECK(add("one").error().code == Errc::exists);
  std::string again = R"({"name": "two", "digest": ")" + to_hex(sha256("one")) + "\"}";
  CHECK(run_token_add(store(), json(again), kNow).error().code == Errc::exists);
  auto filled = stores_.in_transaction([&](RecordStore& s) -> Result<> {
    for (std::size_t i = 1; i < kTokensMax; ++i) {
      Token token{"t" + std::to_string(i), sha256("t" + std::to_string(i)), "", "", kNow, 0};
      if (auto done = s.insert_token(token); !done) return done;
    }
    return {};
  });
  REQUIRE(filled);
  CHECK_THAT(refusal("more"), ContainsSubstring("1000 tokens"));
  CHECK(run_token_list(store(), json("{}")));
}

TEST_CASE_METHOD(TokensFixture, "a token for the admin face names it, with Read, Write or both", "[tokens]") {
  auto limits = add("t", R"(, "resources": ["Admin", "lists"], "requests": ["read", "AddRecord"])");
  REQUIRE(limits);
  CHECK_THAT(*limits, ContainsSubstring(R"("resources":["admin","lists"],"requests":["AddRecord","Read"])"));
  auto whole = add("a", R"(, "resources": ["admin"])");
  REQUIRE(whole);
  CHECK_THAT(*whole, ContainsSubstring(R"("requests":[])"));
  CHECK(refusal("b", R"(, "requests": ["Write"])") ==
        "Write is a request of the resource type admin, which a token must name");
  CHECK(refusal("b", R"(, "resources": ["lists"], "requests": ["Write"])") ==
        "Write is no request of the resource types lists");
  CHECK(refusal("b", R"(, "resources": ["admin"], "requests": ["AddRecord"])") ==
        "AddRecord is no request of the resource types admin");
  CHECK_THAT(refusal("b", R"(, "resources": ["adimn"])"), ContainsSubstring("is admin meant?"));
}

}  // namespace outpost::test::tokens_test
