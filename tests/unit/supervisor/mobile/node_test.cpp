#include "supervisor/mobile/node.h"

#include "supervisor/mobile/store_watch.h"
#include "tests/support/open_log.h"

#include <catch2/catch_test_macros.hpp>

namespace outpost::test::node_test {

using namespace outpost::supervisor;
using namespace outpost::supervisor::mobile;
using Words = std::vector<std::string>;

TEST_CASE("a node is ONLINE when nothing speaks against it, and tells each change once", "[mobile]") {
  TempDir dir;
  auto log = open_log(dir);
  int changes = 0;
  Node node(*log, [&] { ++changes; });
  CHECK(node.status() == "ONLINE");
  node.set_online(true, "a test");
  CHECK(changes == 0);
  node.set_online(false, "a test");
  node.note_store("gone");
  CHECK(node.status() == "OFFLINE");
  CHECK(node.reasons() == Words{"it was told to be OFFLINE", "the store does not answer: gone"});
  CHECK(changes == 1);
  node.set_online(true, "a test");
  CHECK(changes == 1);
  node.note_store("");
  CHECK(node.online());
  CHECK(changes == 2);
  node.stop();
  node.set_online(true, "a test");
  CHECK(node.reasons() == Words{"it is stopping"});
  CHECK(changes == 3);
}

TEST_CASE("a store is away from the first work that does not reach it to the next that does", "[mobile]") {
  Words told;
  StoreWatch watch([&](const std::string& problem) { told.push_back(problem); });
  watch.note({});
  watch.note(fail(Errc::conflict, "another"));
  watch.note(fail(Errc::store, "disk full"));
  CHECK_FALSE(watch.away());
  CHECK(told.empty());
  watch.note(fail(Errc::unavailable, "no route"));
  watch.note(fail(Errc::io, "lost"));
  watch.note(fail(Errc::closed, "the end"));
  CHECK(watch.away());
  CHECK(told == Words{"no route"});
  watch.note({});
  CHECK_FALSE(watch.away());
  CHECK(told == Words{"no route", ""});
}

}  // namespace outpost::test::node_test
