#include "proxy/gate/authorization.h"

#include "common/digest.h"

#undef CHECK  // ours; below it is Catch2's
#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

namespace outpost::proxy {
namespace {

using Catch::Matchers::ContainsSubstring;
using protocol::AccessToken;
using protocol::Resource;

constexpr std::int64_t kNow = 1'700'000'000;

const protocol::RequestRow& row(Resource resource, std::string_view name) {
  const auto* found = protocol::find_request(resource, name);
  REQUIRE(found);
  return *found;
}
const protocol::RequestRow& add_record() { return row(Resource::lists, "AddRecord"); }
const protocol::RequestRow& reject() { return row(Resource::records, "RecordReject"); }

protocol::Tokens some_tokens() {
  protocol::Tokens tokens;
  tokens.required = true;
  tokens.tokens = {
      {"all", sha256("outpost_all"), {}, {}, 0},
      {"lists", sha256("outpost_lists"), {"lists"}, {}, 0},
      {"adder", sha256("outpost_adder"), {}, {"AddRecord"}, 0},
      {"old", sha256("outpost_old"), {}, {}, kNow},
      {"young", sha256("outpost_young"), {}, {}, kNow + 1},
  };
  return tokens;
}

struct Fixture {
  Authorization authorization;
  Fixture() { REQUIRE(authorization.set(some_tokens())); }

  std::string allowed(const std::string& header, const protocol::RequestRow& wanted) {
    auto name = authorization.check(header, wanted, kNow);
    INFO(header);
    REQUIRE(name);
    return std::string(*name);
  }
  Authorization::Refusal refused(const std::string& header, const protocol::RequestRow& wanted, int status) {
    auto name = authorization.check(header, wanted, kNow);
    INFO(header);
    REQUIRE(!name);
    CHECK(name.error().response.status == status);
    CHECK_THAT(name.error().response.challenge, Catch::Matchers::StartsWith("Bearer realm=\"outpost\""));
    return std::move(name.error());
  }
};

}  // namespace

TEST_CASE_METHOD(Fixture, "a token is known by its bytes, the scheme in any case", "[authorization]") {
  CHECK(allowed("Bearer outpost_all", add_record()) == "all");
  CHECK(allowed("bEARER outpost_all", reject()) == "all");
  CHECK(allowed("Bearer   outpost_all", reject()) == "all");
  CHECK(allowed("Bearer outpost_young", reject()) == "young");
}

TEST_CASE_METHOD(Fixture, "who names no token is only told that one is needed", "[authorization]") {
  for (const char* header : {"", "Basic dXNlcjpwYXNz", "outpost_all", "Bearerx outpost_all", "Digest a=b"}) {
    CHECK(refused(header, add_record(), 401).response.challenge == "Bearer realm=\"outpost\"");
  }
}

TEST_CASE_METHOD(Fixture, "unknown, malformed and expired tokens cannot be told apart", "[authorization]") {
  auto expected = refused("Bearer unknown", add_record(), 401).response;
  CHECK_THAT(expected.challenge, ContainsSubstring("error=\"invalid_token\""));
  for (const std::string& header :
       {std::string("Bearer"), std::string("Bearer "), std::string("Bearer outpost_al"),
        std::string("Bearer OUTPOST_ALL"), std::string("Bearer outpost_all outpost_all"),
        std::string("Bearer outpost_all,Bearer outpost_lists"), std::string("Bearer \"outpost_all\""),
        std::string("Bearer outpost_all=x"), std::string("Bearer ="), std::string("Bearer outpost_\xc3\xa9"),
        std::string("Bearer outpost_old"), "Bearer " + sha256("outpost_all"), "Bearer " + to_hex(sha256("outpost_all")),
        "Bearer " + std::string(Authorization::kCredentialsBytesMax + 1, 'a')}) {
    auto refusal = refused(header, add_record(), 401);
    CHECK(refusal.response.challenge == expected.challenge);
    CHECK(refusal.response.event == expected.event);
    CHECK(refusal.reason.find("outpost_") == std::string::npos);
  }
  CHECK_THAT(refused("Bearer outpost_old", add_record(), 401).reason, ContainsSubstring("\"old\" has expired"));
}

TEST_CASE_METHOD(Fixture, "a refusal says what the token is not for, and not what it is for", "[authorization]") {
  CHECK(allowed("Bearer outpost_lists", add_record()) == "lists");
  auto by_resource = refused("Bearer outpost_lists", reject(), 403);
  CHECK_THAT(by_resource.response.challenge, ContainsSubstring("error=\"insufficient_scope\""));
  CHECK(*by_resource.response.event.string("GSW_ERROR") == "The token is not for the resource type records.");

  CHECK(allowed("Bearer outpost_adder", add_record()) == "adder");
  auto by_request = refused("Bearer outpost_adder", reject(), 403);
  CHECK(*by_request.response.event.string("GSW_ERROR") == "The token is not for the request RecordReject.");
  for (const auto& refusal : {by_resource, by_request}) {
    for (const char* secret : {"lists", "adder", "AddRecord"}) {
      CHECK(refusal.response.challenge.find(secret) == std::string::npos);
      CHECK(refusal.response.event.string("GSW_ERROR")->find(secret) == std::string::npos);
    }
  }
}

TEST_CASE_METHOD(Fixture, "what was set last holds, and what cannot be is refused whole", "[authorization]") {
  protocol::Tokens wrong;
  wrong.required = false;
  wrong.tokens = {{"short", "digest", {}, {}, 0}};
  CHECK(authorization.set(wrong).error().code == Errc::protocol);
  CHECK(authorization.required());
  CHECK(allowed("Bearer outpost_all", add_record()) == "all");
  protocol::Tokens none;
  none.required = true;
  REQUIRE(authorization.set(none));
  refused("Bearer outpost_all", add_record(), 401);
  REQUIRE(authorization.set({}));
  CHECK_FALSE(authorization.required());
}

TEST_CASE("each of a thousand tokens is found", "[authorization]") {
  protocol::Tokens tokens;
  for (int i = 0; i < 1000; ++i) {
    tokens.tokens.push_back({"t" + std::to_string(i), sha256("token" + std::to_string(i)), {}, {}, 0});
  }
  Authorization authorization;
  REQUIRE(authorization.set(std::move(tokens)));
  for (int i = 0; i < 1000; ++i) {
    auto name = authorization.check("Bearer token" + std::to_string(i), add_record(), kNow);
    REQUIRE(name);
    CHECK(*name == "t" + std::to_string(i));
  }
}

}  // namespace outpost::proxy
