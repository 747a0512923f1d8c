// The conformance suite: which records are due, and the handles of those that were given out.
#include <algorithm>
#include <array>
#include <random>
#include <set>

#include "tests/component/supervisor/store/conformance.h"

namespace outpost::test::record_store_queues_test {

namespace {

constexpr DialWindow kWindow{106, 28800, 64800};

}  // namespace

TEST_CASE("windows and first due record agree with a search of all rows", "[store][dial]") {
  EVERY_ENGINE(engine);
  auto store = engine.writer();
  INFO("seed " << Catch::getSeed());
  std::mt19937_64 random(Catch::getSeed());
  auto below = [&](std::uint64_t n) { return static_cast<std::int32_t>(random() % n); };
  std::vector<Record> rows;
  for (std::int64_t id = 1; id <= 400; ++id) {
    Record row = some_record(id, 1 + below(2));
    row.record_type = below(8), row.record_status = below(3), row.agent_id = below(2) ? "ann" : "bob";
    row.campaign_dbid = below(2), row.handle = below(4) ? 0 : 900;
    row.tz_dbid = 101 + below(3), row.daily_from = 3600 * below(2), row.daily_till = 70000 + below(2);
    row.dial_sched_time = below(3) ? 0 : 1000 + below(5);
    rows.push_back(row);
  }
  insert_all(*store, rows);
  in_transaction(*store, [&] {
    for (Record& row : rows) {
      if (below(4)) continue;
      Record before = row;
      row.record_status = below(3), row.record_type = below(8), row.handle = below(4) ? 0 : 900;
      require_ok(store->update_record(before, row));
    }
  });

  auto in_queue = [](const Record& row, const DialKey& key) {
    if (row.list_dbid != key.list_dbid || row.record_status != 1 || row.handle != 0) return false;
    switch (key.queue) {
      case DialQueue::personal_callbacks:
        return (row.record_type == 4 || row.record_type == 5) && row.agent_id == key.agent_id;
      case DialQueue::campaign_callbacks:
        return (row.record_type == 3 || row.record_type == 6) && row.campaign_dbid == key.campaign_dbid;
      case DialQueue::general: return row.record_type == 2;
    }
    return false;
  };
  std::vector<DialKey> keys{{kList, DialQueue::general, "", 0}, {99, DialQueue::general, "", 0}};
  for (std::string agent : {"ann", "bob", "nobody"}) keys.push_back({kList, DialQueue::personal_callbacks, agent, 0});
  for (std::int64_t campaign : {0, 1, 99}) keys.push_back({kList, DialQueue::campaign_callbacks, "ann", campaign});
  for (const DialKey& key : keys) {
    std::set<DialWindow> distinct;
    for (const Record& row : rows) {
      if (in_queue(row, key)) distinct.insert({row.tz_dbid, row.daily_from, row.daily_till});
    }
    std::vector<DialWindow> expected(distinct.begin(), distinct.end());
    REQUIRE(value_of(store->windows(key, kBeforeAllWindows, 1000)) == expected);
    for (std::size_t n = 0; n < expected.size(); ++n) {
      const DialWindow& window = expected[n];
      auto rest = std::span(expected).subspan(n + 1);
      for (std::uint32_t limit : {1U, 2U, 1000U}) {
        auto some = rest.first(std::min<std::size_t>(limit, rest.size()));
        REQUIRE(value_of(store->windows(key, window, limit)) == std::vector(some.begin(), some.end()));
      }
      for (std::int64_t now : {0, 1002, 5000}) {
        const Record* best = nullptr;
        for (const Record& row : rows) {
          if (!in_queue(row, key) || row.dial_sched_time > now ||
              DialWindow{row.tz_dbid, row.daily_from, row.daily_till} != window) {
            continue;
          }
          if (!best || row.dial_sched_time < best->dial_sched_time) best = &row;
        }
        auto found = value_of(store->first_due(key, window, now));
        REQUIRE(found.has_value() == (best != nullptr));
        if (best) REQUIRE(*found == *best);
      }
    }
  }
}

TEST_CASE("a record that was taken, or is held with its chain, is no longer due", "[store][dial]") {
  EVERY_ENGINE(engine);
  auto store = engine.writer();
  const DialKey general{kList, DialQueue::general, "", 0};
  insert_all(*store, {some_record(1), some_record(2), some_record(3)});
  in_transaction(*store, [&] {
    auto first = [&] { return value_of(store->first_due(general, kWindow, 10)); };
    Record taken = *first();
    CHECK(taken.record_id == 1);
    taken.record_status = 2, taken.handle = 9;
    require_ok(store->update_record(some_record(1), taken));
    CHECK(first()->record_id == 2);
    Record held = some_record(2);
    held.handle = 9;
    require_ok(store->update_record(some_record(2), held));
    CHECK(first()->record_id == 3);
    require_ok(store->update_record(held, some_record(2)));
    CHECK(first()->record_id == 2);
  });
}

TEST_CASE("missed callbacks are the personal ones that nobody holds, by time", "[store][dial]") {
  EVERY_ENGINE(engine);
  auto store = engine.writer();
  auto callback = [](std::int64_t id, std::int32_t type, std::int64_t due) {
    Record row = some_record(id, 1 + id % 2);
    row.record_type = type, row.dial_sched_time = due;
    return row;
  };
  std::vector<Record> rows;
  for (std::int32_t type = 0; type < 9; ++type) rows.push_back(callback(10 + type, type, 500 - type));
  rows.push_back(callback(30, 4, 0));
  rows.push_back(callback(31, 4, 501));
  rows.push_back(callback(32, 5, 400));
  rows.push_back(callback(33, 5, 400));
  rows.push_back(callback(34, 5, 300)), rows.back().handle = 7;
  rows.push_back(callback(35, 5, 300)), rows.back().record_status = 3;
  insert_all(*store, rows);
  CHECK(ids_of(value_of(store->missed_callbacks(500, 10))) == Ids{32, 33, 15, 14});
  CHECK(ids_of(value_of(store->missed_callbacks(500, 3))) == Ids{32, 33, 15});
  CHECK(ids_of(value_of(store->missed_callbacks(400, 10))) == Ids{32, 33});
  CHECK(value_of(store->missed_callbacks(399, 10)).empty());
}

TEST_CASE("a handle is remembered with its last use and what closed it", "[store][handles]") {
  EVERY_ENGINE(engine);
  auto store = engine.writer();
  Handle handle{15, 7, kList, 11, 13, "ann", "0123456789abcdef0123456789abcdef", 1700, 1701, true, "", 0};
  Handle other{16, 8, kList, 11, 13, "bob", "", 1702, 1702, false, "", 0};
  in_transaction(*store, [&] {
    require_ok(store->insert_handle(handle));
    require_ok(store->insert_handle(other));
    require_ok(store->close_handle(15, "RecordProcessed", 1800));
  });
  handle.closed_by = "RecordProcessed", handle.closed_at = 1800;
  CHECK(value_of(store->handle(15)) == handle);
  CHECK(value_of(store->handle(16)) == other);
  CHECK_FALSE(value_of(store->handle(17)));
  in_transaction(*store, [&] { require_ok(store->touch_handle(16, 1750, true)); });
  other.touched_at = 1750, other.call_reported = true;
  CHECK(value_of(store->handle(16)) == other);
}

TEST_CASE("open handles are found by the time of their last use and by agent", "[store][handles]") {
  EVERY_ENGINE(engine);
  auto store = engine.writer();
  INFO("seed " << Catch::getSeed());
  std::mt19937_64 random(Catch::getSeed());
  std::vector<Handle> open;
  in_transaction(*store, [&] {
    for (std::int64_t number = 1; number <= 120; ++number) {
      Handle handle{number, number, kList, 11, 13, std::array{"", "ann", "bob"}[random() % 3], "", 0, 0, false, "", 0};
      handle.opened_at = handle.touched_at = 1000 + static_cast<std::int64_t>(random() % 10);
      require_ok(store->insert_handle(handle));
      if (random() % 3 == 0) {
        handle.touched_at += static_cast<std::int64_t>(random() % 5), handle.call_reported = random() % 2 == 0;
        require_ok(store->touch_handle(number, handle.touched_at, handle.call_reported));
      }
      if (random() % 4 == 0) {
        require_ok(store->close_handle(number, "LogOut", 1100));
      } else {
        open.push_back(handle);
      }
    }
  });

  for (const char* agent : {"", "ann", "bob", "nobody"}) {
    std::vector<Handle> expected;
    std::ranges::copy_if(open, std::back_inserter(expected), [&](const Handle& h) { return h.agent_id == agent; });
    std::vector<Handle> found;
    for (;;) {
      auto page = value_of(store->handles_of_agent(agent, found.empty() ? 0 : found.back().handle, 4));
      REQUIRE(page.size() <= 4);
      if (page.empty()) break;
      std::ranges::copy(page, std::back_inserter(found));
    }
    CHECK(found == expected);
    auto all = value_of(store->held_by_agents(10));
    auto held = std::ranges::find(all, agent, &HeldByAgent::agent_id);
    REQUIRE((held != all.end()) == !expected.empty());
    if (expected.empty()) continue;
    CHECK(held->handles == static_cast<std::int64_t>(expected.size()));
    CHECK(held->opened_at == std::ranges::min_element(expected, {}, &Handle::opened_at)->opened_at);
  }
  auto two = value_of(store->held_by_agents(2));
  REQUIRE(two.size() == 2);
  CHECK(two[0].agent_id < two[1].agent_id);

  std::ranges::sort(open, {}, [](const Handle& h) { return std::pair(h.touched_at, h.handle); });
  for (std::int64_t till : {999, 1004, 2000}) {
    std::vector<Handle> expected;
    std::ranges::copy_if(open, std::back_inserter(expected), [&](const Handle& h) { return h.touched_at <= till; });
    std::vector<Handle> found;
    for (;;) {
      auto page = value_of(store->idle_handles(found.empty() ? Handle{} : found.back(), till, 5));
      REQUIRE(page.size() <= 5);
      if (page.empty()) break;
      std::ranges::copy(page, std::back_inserter(found));
    }
    CHECK(found == expected);
  }
}

}  // namespace outpost::test::record_store_queues_test
