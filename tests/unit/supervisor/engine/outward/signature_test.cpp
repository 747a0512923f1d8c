#include "supervisor/engine/outward/signature.h"

#include <catch2/catch_test_macros.hpp>

#include "common/digest.h"
#include "supervisor/config/outward.h"

namespace outpost::test::signature_test {

using namespace outpost::supervisor;

// Known answers of the specification's own libraries (Standard Webhooks, tests of its reference implementations).
TEST_CASE("a webhook is signed as Standard Webhooks says", "[outward]") {
  const std::string id = "msg_p5jXN8AQM9LWM0D4loKWxJek";
  const std::string secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
  auto key = signing_key(secret);
  REQUIRE(key);
  CHECK(webhook_signature(*key, id, 1614265330, R"({"test": 2432232314})") ==
        "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
}

TEST_CASE("the header of a webhook has its id, its time and, with a secret, its signature", "[outward]") {
  auto lines = webhook_headers("", "7", 1700, "{}");
  REQUIRE(lines);
  CHECK(*lines == std::vector<std::string>{"webhook-id: 7", "webhook-timestamp: 1700"});

  lines = webhook_headers("a secret of 16 bytes or more", "7", 1700, "{}");
  REQUIRE(lines);
  REQUIRE(lines->size() == 3);
  CHECK(lines->back() == "webhook-signature: v1," + base64(hmac_sha256("a secret of 16 bytes or more", "7.1700.{}")));

  lines = webhook_headers("whsec_short", "7", 1700, "{}");
  REQUIRE_FALSE(lines);
  CHECK(lines.error().text.find("short") == std::string::npos);
}

}  // namespace outpost::test::signature_test
