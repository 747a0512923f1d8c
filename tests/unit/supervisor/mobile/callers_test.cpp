#include "supervisor/mobile/callers.h"

#include <catch2/catch_test_macros.hpp>

using namespace outpost;
using supervisor::mobile::caller_refusal;

namespace {

protocol::Call called(protocol::Proof proof, std::string principal) {
  protocol::Call call;
  call.proof = proof;
  call.principal = std::move(principal);
  return call;
}

}  // namespace

TEST_CASE("the pair that is needed is the one that must be proved", "[mobile_callers]") {
  using protocol::Proof;
  CHECK_FALSE(caller_refusal(called(Proof::none, ""), {""}));
  CHECK_FALSE(caller_refusal(called(Proof::password, "service.a"), {"service.a"}));
  CHECK_FALSE(caller_refusal(called(Proof::token, "crm"), {"service.a"}));
  for (const auto& call : {called(Proof::none, ""), called(Proof::none, "service.a"), called(Proof::password, "server"),
                           called(Proof::password, "")}) {
    auto refused = caller_refusal(call, {"service.a"});
    REQUIRE(refused);
    CHECK(refused->status == 401);
    CHECK(refused->challenge.starts_with("Basic "));
  }
}

TEST_CASE("where a token is needed, the pair of one service opens that service alone", "[mobile_callers]") {
  using protocol::Proof;
  CHECK_FALSE(caller_refusal(called(Proof::password, "service.a"), {"service.a", true}));
  CHECK_FALSE(caller_refusal(called(Proof::token, "crm"), {"", true}));
  CHECK(caller_refusal(called(Proof::password, "service.a"), {"", true}));
  CHECK(caller_refusal(called(Proof::password, "service.a"), {"server", true}));
  // Health and the like ask for neither, and the proxy has seen to the token.
  CHECK_FALSE(caller_refusal(called(Proof::none, ""), {"", true}));
  CHECK_FALSE(caller_refusal(called(Proof::password, "service.a"), {"", false}));
}
