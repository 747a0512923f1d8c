#include "supervisor/mobile/counters.h"

#include "common/json.h"

#include <catch2/catch_test_macros.hpp>

namespace outpost::test::counters_test {

using namespace outpost::supervisor;
using namespace outpost::supervisor::mobile;

TEST_CASE("counters are one object for each thing that is counted", "[mobile]") {
  NodeFigures figures;
  figures.node_id = 7;
  figures.uptime_s = 60;
  figures.status = "ONLINE";
  figures.areas = 3;
  figures.expired = 4;
  figures.requests = 5;
  figures.proxy.connections = 6;
  figures.store = {8, 1, 900};
  JsonWriter out;
  out.begin_object();
  write_counters(out, figures);
  auto json = parse_json(out.end_object().take());
  REQUIRE(json);
  auto number = [&](const char* object, const char* name) {
    const JsonValue* found = json->find(object) ? json->find(object)->find(name) : nullptr;
    REQUIRE(found);
    return std::get<std::int64_t>(found->value);
  };
  CHECK(number("node", "id") == 7);
  CHECK(number("node", "uptime") == 60);
  CHECK(number("storage", "areas") == 3);
  CHECK(number("storage", "expired") == 4);
  CHECK(number("proxy", "requests") == 5);
  CHECK(number("proxy", "connections") == 6);
  CHECK(number("store", "works") == 8);
  CHECK(number("store", "queue") == 1);
  CHECK(number("store", "busy_us") == 900);
}

}  // namespace outpost::test::counters_test
