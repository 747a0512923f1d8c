#include "supervisor/engine/sessions.h"

#include <catch2/catch_test_macros.hpp>

namespace outpost::test::sessions_test {

using namespace outpost::supervisor;
using outpost::protocol::OutboundProtocol;

TEST_CASE("a session counts its requests and knows when it was active", "[sessions]") {
  Sessions sessions(134);
  sessions.touch(OutboundProtocol::desktop, "a", 100);
  sessions.touch(OutboundProtocol::desktop, "b", 101);
  sessions.touch(OutboundProtocol::third_party, "", 102);
  sessions.touch(OutboundProtocol::desktop, "a", 103);
  auto all = sessions.all();
  REQUIRE(all.size() == 3);
  CHECK(all[0].agent_id == "a");
  CHECK(all[0].application_dbid == 134);
  CHECK(all[0].requests == 2);
  CHECK(all[0].began_at == 100);
  CHECK(sessions.active_at("a") == 103);
  CHECK(sessions.open(OutboundProtocol::desktop) == 2);
  CHECK(sessions.open(OutboundProtocol::third_party) == 1);
  CHECK(sessions.active_at("nobody") == 0);
}

TEST_CASE("silent sessions end, and so does one that is ended", "[sessions]") {
  Sessions sessions(134);
  sessions.touch(OutboundProtocol::third_party, "", 1);
  sessions.touch(OutboundProtocol::desktop, "a", 2);
  sessions.touch(OutboundProtocol::desktop, "b", 3);
  sessions.end_idle(2);
  CHECK(sessions.all().size() == 1);
  CHECK(sessions.active_at("a") == 0);
  sessions.touch(OutboundProtocol::third_party, "", 4);
  CHECK(sessions.all().size() == 2);
  sessions.end("b");
  sessions.end("b");
  CHECK(sessions.active_at("b") == 0);
  CHECK(sessions.open(OutboundProtocol::desktop) == 0);
  CHECK(sessions.open(OutboundProtocol::third_party) == 1);
  CHECK(sessions.all().size() == 1);
}

TEST_CASE("clients cannot make sessions without limit: the one that was silent longest is forgotten", "[sessions]") {
  Sessions sessions(134);
  for (std::size_t i = 0; i <= Sessions::kSessionsMax; ++i) {
    sessions.touch(OutboundProtocol::desktop, std::to_string(i), static_cast<std::int64_t>(i) + 1);
  }
  CHECK(sessions.all().size() == Sessions::kSessionsMax);
  CHECK(sessions.active_at("0") == 0);
  CHECK(sessions.active_at("1") == 2);
}

}  // namespace outpost::test::sessions_test
