#include "proxy/proxy.h"

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include "tests/support/proxy_fixture.h"

namespace outpost::proxy::responder_test {

namespace {

using Catch::Matchers::ContainsSubstring;
using Fixture = test::ProxyFixture;
using test::count;
using test::post;
using test::TcpClient;

TEST_CASE_METHOD(Fixture, "an exchange is in the log in the syntax of its parser, and forges no line", "[proxy]") {
  start();
  TcpClient& c = client();
  c.send(post("1\\n'GSW_FORGED'\\t1"));
  until_asked(1);
  supervisor.answer(supervisor.asked[0].correlation, "m");
  until_responses(c, 1);
  until([&] { return count(log_text(), "::message sent, status 200, ") == 1; });
  CHECK_THAT(log_text(),
             ContainsSubstring("HTTPProxyClient[1.1]::mesage received\n\t'GSW_AGENT_REQ_TYPE'\t'AddRecord'\n"));
  CHECK(count(log_text(), "\n'GSW_FORGED'") == 0);
}

}  // namespace

}  // namespace outpost::proxy::responder_test
