#include "proxy/gate/authorization.h"

#include "common/digest.h"

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

namespace outpost::proxy::authorization_test {

namespace {

using Catch::Matchers::ContainsSubstring;
using protocol::AccessToken;

constexpr std::int64_t kNow = 1'700'000'000;

// What is asked for.
struct Wanted {
  std::string_view resource;
  std::string_view request;
};
constexpr Wanted kAddRecord{"lists", "AddRecord"};
constexpr Wanted kReject{"records", "RecordReject"};

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

  std::string allowed(const std::string& header, const Wanted& wanted) {
    auto name = authorization.check(header, wanted.resource, wanted.request, kNow);
    INFO(header);
    REQUIRE(name);
    return std::string(*name);
  }
  Authorization::Denial refused(const std::string& header, const Wanted& wanted, int status) {
    auto name = authorization.check(header, wanted.resource, wanted.request, kNow);
    INFO(header);
    REQUIRE(!name);
    CHECK(name.error().refusal.status == status);
    CHECK_THAT(name.error().refusal.challenge, Catch::Matchers::StartsWith("Bearer realm=\"outpost\""));
    return std::move(name.error());
  }
};

}  // namespace

TEST_CASE_METHOD(Fixture, "a token is known by its bytes, the scheme in any case", "[authorization]") {
  CHECK(allowed("Bearer outpost_all", kAddRecord) == "all");
  CHECK(allowed("bEARER outpost_all", kReject) == "all");
  CHECK(allowed("Bearer   outpost_all", kReject) == "all");
  CHECK(allowed("Bearer outpost_young", kReject) == "young");
}

TEST_CASE_METHOD(Fixture, "who names no token is only told that one is needed", "[authorization]") {
  for (const char* header : {"", "Basic dXNlcjpwYXNz", "outpost_all", "Bearerx outpost_all", "Digest a=b"}) {
    CHECK(refused(header, kAddRecord, 401).refusal.challenge == "Bearer realm=\"outpost\"");
  }
}

TEST_CASE_METHOD(Fixture, "unknown, malformed and expired tokens cannot be told apart", "[authorization]") {
  auto expected = refused("Bearer unknown", kAddRecord, 401).refusal;
  CHECK_THAT(expected.challenge, ContainsSubstring("error=\"invalid_token\""));
  for (const std::string& header :
       {std::string("Bearer"), std::string("Bearer "), std::string("Bearer outpost_al"),
        std::string("Bearer OUTPOST_ALL"), std::string("Bearer outpost_all outpost_all"),
        std::string("Bearer outpost_all,Bearer outpost_lists"), std::string("Bearer \"outpost_all\""),
        std::string("Bearer outpost_all=x"), std::string("Bearer ="), std::string("Bearer outpost_\xc3\xa9"),
        std::string("Bearer outpost_old"), "Bearer " + sha256("outpost_all"), "Bearer " + to_hex(sha256("outpost_all")),
        "Bearer " + std::string(Authorization::kCredentialsBytesMax + 1, 'a')}) {
    auto denial = refused(header, kAddRecord, 401);
    CHECK(denial.refusal.challenge == expected.challenge);
    CHECK(denial.refusal.text == expected.text);
    CHECK(denial.reason.find("outpost_") == std::string::npos);
  }
  CHECK_THAT(refused("Bearer outpost_old", kAddRecord, 401).reason, ContainsSubstring("\"old\" has expired"));
}

TEST_CASE_METHOD(Fixture, "a refusal says what the token is not for, and not what it is for", "[authorization]") {
  CHECK(allowed("Bearer outpost_lists", kAddRecord) == "lists");
  auto by_resource = refused("Bearer outpost_lists", kReject, 403);
  CHECK_THAT(by_resource.refusal.challenge, ContainsSubstring("error=\"insufficient_scope\""));
  CHECK(by_resource.refusal.text == "The token is not for the resource type records.");

  CHECK(allowed("Bearer outpost_adder", kAddRecord) == "adder");
  auto by_request = refused("Bearer outpost_adder", kReject, 403);
  CHECK(by_request.refusal.text == "The token is not for the request RecordReject.");
  for (const auto& denial : {by_resource, by_request}) {
    for (const char* secret : {"lists", "adder", "AddRecord"}) {
      CHECK(denial.refusal.challenge.find(secret) == std::string::npos);
      CHECK(denial.refusal.text.find(secret) == std::string::npos);
    }
  }
}

TEST_CASE_METHOD(Fixture, "what was set last holds, and what cannot be is refused whole", "[authorization]") {
  protocol::Tokens wrong;
  wrong.required = false;
  wrong.tokens = {{"short", "digest", {}, {}, 0}};
  CHECK(authorization.set(wrong).error().code == Errc::protocol);
  CHECK(authorization.required());
  CHECK(allowed("Bearer outpost_all", kAddRecord) == "all");
  protocol::Tokens none;
  none.required = true;
  REQUIRE(authorization.set(none));
  refused("Bearer outpost_all", kAddRecord, 401);
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
    auto name = authorization.check("Bearer token" + std::to_string(i), kAddRecord.resource, kAddRecord.request, kNow);
    REQUIRE(name);
    CHECK(*name == "t" + std::to_string(i));
  }
}

TEST_CASE_METHOD(Fixture, "what has to be named is not meant by a token for all", "[authorization]") {
  protocol::Tokens tokens = some_tokens();
  tokens.tokens.push_back({"admin", sha256("outpost_admin"), {"admin", "lists"}, {"Read"}, 0});
  REQUIRE(authorization.set(std::move(tokens)));
  auto check = [this](const char* token, const char* request) {
    auto name = authorization.check(token, "admin", request, kNow, true);
    return name ? 200 : name.error().refusal.status;
  };
  CHECK(check("Bearer outpost_admin", "Read") == 200);
  CHECK(check("Bearer outpost_admin", "Write") == 403);
  CHECK(check("Bearer outpost_all", "Read") == 403);
  CHECK(check("Bearer outpost_lists", "Read") == 403);
  CHECK(check("Bearer outpost_none", "Read") == 401);
}

TEST_CASE("a user and password are known by their pair, the scheme in any case", "[authorization]") {
  Authorization authorization;
  CHECK_FALSE(authorization.has_pairs());
  CHECK(authorization.check_basic("Basic " + base64("ann:secret")).empty());
  protocol::Tokens tokens;
  tokens.credentials = {{"server", sha256("ann:secret")}, {"service.chat", sha256("bob:a:b\xC3\xBC")}};
  REQUIRE(authorization.set(tokens));
  CHECK(authorization.has_pairs());
  CHECK(authorization.check_basic("Basic " + base64("ann:secret")) == "server");
  CHECK(authorization.check_basic("bAsIc  " + base64("bob:a:b\xC3\xBC")) == "service.chat");
  for (const std::string& header :
       {std::string(), std::string("Basic"), "Basic " + base64("ann:Secret"), "Basic " + base64("ann"),
        "Basic " + base64("ann:secret") + "!", "Bearer " + base64("ann:secret"), base64("ann:secret"),
        "Basic " + std::string(Authorization::kBasicBytesMax + 4, 'A'), std::string("Basic ann:secret")}) {
    CAPTURE(header);
    CHECK(authorization.check_basic(header).empty());
  }
  CHECK(Authorization::is_basic("BASIC x"));
  CHECK_FALSE(Authorization::is_basic("Bearer x"));
  CHECK_FALSE(Authorization::is_basic(""));
  REQUIRE(authorization.set({}));
  CHECK(authorization.check_basic("Basic " + base64("ann:secret")).empty());
}

TEST_CASE("a pair without a digest is refused, and the old ones stay", "[authorization]") {
  Authorization authorization;
  protocol::Tokens tokens;
  tokens.credentials = {{"server", sha256("ann:secret")}};
  REQUIRE(authorization.set(tokens));
  tokens.credentials.push_back({"other", "short"});
  CHECK_FALSE(authorization.set(tokens));
  CHECK(authorization.check_basic("Basic " + base64("ann:secret")) == "server");
}

}  // namespace outpost::proxy::authorization_test
