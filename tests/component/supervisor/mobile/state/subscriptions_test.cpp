// The conformance suite of StateStore: subscriptions.
#include <set>

#include "supervisor/mobile/state/state_store.h"
#include "tests/component/supervisor/mobile/state/state_engines.h"

namespace outpost::test::state_subscriptions_test {

using namespace supervisor;
using namespace std::chrono_literals;
using Ids = std::vector<std::string>;

namespace {

void subscribe(StateStore& store, const std::string& id, const std::string& filter, std::chrono::seconds ttl = 1h) {
  in_transaction(store, [&] { require_ok(store.put_subscription(some_subscription(id, filter), ttl)); });
}

Ids found_for(StateStore& store, const std::string& tag, const std::string& after = "", std::int64_t limit = 100) {
  return ids_of(value_of(store.subscriptions_for(tag, after, limit)));
}

}  // namespace

TEST_CASE("a subscription comes back as it was stored, with the time that is left", "[mobile][state]") {
  EVERY_STATE(engine);
  auto store = engine.open();
  std::int64_t before = value_of(store->now());
  subscribe(*store, "a", "x.*", 60s);
  auto found = value_of(store->subscription("a"));
  REQUIRE(found);
  CHECK(found->expires_at >= before + 60'000);
  CHECK(found->expires_at <= value_of(store->now()) + 60'000);
  CHECK(found->left_ms > 0);
  CHECK(found->left_ms <= 60'000);
  StateSubscription expected = some_subscription("a", "x.*");
  expected.expires_at = found->expires_at;
  expected.left_ms = found->left_ms;
  CHECK(*found == expected);
  auto by_tag = value_of(store->subscriptions_for("x.y", "", 10));
  REQUIRE(by_tag.size() == 1);
  expected.left_ms = by_tag[0].left_ms;
  CHECK(by_tag[0] == expected);
  CHECK(by_tag[0].left_ms > 0);
  CHECK_FALSE(value_of(store->subscription("b")));
}

TEST_CASE("a subscription is removed, or ends by itself", "[mobile][state]") {
  EVERY_STATE(engine);
  auto store = engine.open();
  subscribe(*store, "a", "x");
  subscribe(*store, "b", "x", 0s);
  CHECK(found_for(*store, "x") == Ids{"a"});
  CHECK_FALSE(value_of(store->subscription("b")));
  CHECK(ids_of(value_of(store->subscriptions("", 10))) == Ids{"a"});
  in_transaction(*store, [&] {
    CHECK(value_of(store->remove_subscription("a")));
    CHECK_FALSE(value_of(store->remove_subscription("a")));
    CHECK_FALSE(value_of(store->remove_subscription("b")));
  });
  CHECK(found_for(*store, "x").empty());
}

TEST_CASE("a tag finds the filters that are it, and patterns that begin as it does", "[mobile][state]") {
  EVERY_STATE(engine);
  auto store = engine.open();
  subscribe(*store, "all", "*");
  subscribe(*store, "exact", "a.b");
  subscribe(*store, "longer", "a.b.c");
  subscribe(*store, "longer pattern", "a.bc*");
  subscribe(*store, "open", "a.*");
  subscribe(*store, "same", "a.b*");
  subscribe(*store, "tail", "a*z");
  subscribe(*store, "other", "b.*");
  subscribe(*store, "upper", "A.*");
  // What stands behind the star is the caller's to try.
  CHECK(found_for(*store, "a.b") == Ids{"all", "exact", "open", "same", "tail"});
  CHECK(found_for(*store, "a.b.c") == Ids{"all", "longer", "open", "same", "tail"});
  CHECK(found_for(*store, "") == Ids{"all"});
  CHECK(found_for(*store, "a.") == Ids{"all", "open", "tail"});
  // A filter without a star is no beginning, and a star in a tag is none of a filter.
  CHECK(found_for(*store, "a.*") == Ids{"all", "open", "tail"});
  CHECK(found_for(*store, "a.b%") == Ids{"all", "open", "same", "tail"});
}

TEST_CASE("a tag of any letters is compared by its characters", "[mobile][state]") {
  EVERY_STATE(engine);
  auto store = engine.open();
  subscribe(*store, "a", "caf\xc3\xa9.*");
  subscribe(*store, "b", "caf\xc3\xa8.*");
  subscribe(*store, "c", "\xf0\x9f\x98\x80*");
  CHECK(found_for(*store, "caf\xc3\xa9.x") == Ids{"a"});
  CHECK(found_for(*store, "\xf0\x9f\x98\x80\xf0\x9f\x98\x80") == Ids{"c"});
  std::string longest(255, 'x');
  subscribe(*store, "d", longest.substr(0, 254) + "*");
  subscribe(*store, "e", longest + "*");
  subscribe(*store, "f", longest + "x*");
  CHECK(found_for(*store, longest) == Ids{"d", "e"});
}

TEST_CASE("subscriptions come in pages by id, each once", "[mobile][state]") {
  EVERY_STATE(engine);
  auto store = engine.open();
  std::set<std::string> expected;
  in_transaction(*store, [&] {
    for (int i = 0; i < 60; ++i) {
      std::string id = fmt::format("{:02}", (i * 37) % 60);
      const std::string filters[] = {"tag", "*", "t*", "tag*", "other"};
      require_ok(store->put_subscription(some_subscription(id, filters[i % 5]), 1h));
      if (i % 5 != 4) expected.insert(id);
    }
  });
  Ids all;
  for (std::string after;;) {
    Ids page = found_for(*store, "tag", after, 7);
    if (page.empty()) break;
    CHECK(page.size() <= 7);
    all.insert(all.end(), page.begin(), page.end());
    after = page.back();
  }
  CHECK(all == Ids(expected.begin(), expected.end()));
  CHECK(ids_of(value_of(store->subscriptions("", 2))) == Ids{"00", "01"});
  CHECK(ids_of(value_of(store->subscriptions("57", 9))) == Ids{"58", "59"});
}

}  // namespace outpost::test::state_subscriptions_test
