#include "supervisor/children/http_proxy/configure.h"

#include <catch2/catch_test_macros.hpp>

#include "protocol/channel/describe.h"

using namespace outpost;
using namespace outpost::supervisor;

namespace {

LoadedConfig good(std::string_view text) {
  auto loaded = parse_config(text, "f.json");
  if (!loaded) FAIL(loaded.error().front());
  return *loaded;
}

}  // namespace

TEST_CASE("the proxy is told its part of the configuration", "[config]") {
  protocol::Configure message = to_proxy(good("{}").config, 7);
  // The defaults of the message and of the options are one.
  protocol::Configure expected;
  expected.generation = 7;
  expected.log = message.log;
  expected.sandbox = message.sandbox;
  CHECK(protocol::describe(message) == protocol::describe(expected));
  CHECK(message.log.level == "interaction");

  message = to_proxy(good(R"({"application": {"http-request-timeout": 3, "channel-timeout": 250, "encoding": "cp1252"},
                              "listeners": [{"name": "a", "address": "::", "port": 0}],
                              "server-info": {"host": "h"}})")
                         .config,
                     8);
  CHECK(message.request_timeout_ms == 3'000);
  CHECK(message.channel_timeout_ms == 250);
  CHECK(message.encoding == "cp1252");
  CHECK(message.listeners == std::vector<protocol::ListenAddress>{{"a", "::", 0}});
}
