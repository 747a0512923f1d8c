#include "supervisor/store/sql/read_cache.h"

#include <string>
#include <vector>

#include <catch2/catch_test_macros.hpp>

namespace outpost::test::read_cache_test {

using namespace supervisor;

namespace {

constexpr std::int64_t kList = 1;
constexpr std::int64_t kNow = 1000;
const DialKey kGeneral{kList, DialQueue::general, {}, 0};
const DialWindow kWindow{106, 0, 86400};

Record ready(std::int64_t id, std::int64_t due = 0) {
  Record record;
  record.record_id = id;
  record.list_dbid = kList;
  record.chain_id = id;
  record.contact_info = "+1555" + std::to_string(id);
  record.dial_sched_time = due;
  record.tz_dbid = kWindow.tz_dbid;
  record.daily_from = kWindow.daily_from;
  record.daily_till = kWindow.daily_till;
  return record;
}

Record held(Record record) {
  record.handle = 7;
  record.record_status = static_cast<std::int32_t>(protocol::RecordStatus::retrieved);
  return record;
}

// The first that is due; 0 for none, -1 when that is not known.
std::int64_t first(const ReadCache& cache, std::int64_t now = kNow) {
  auto due = cache.first_due(kGeneral, kWindow, now);
  if (!due) return -1;
  return *due ? (*due)->record_id : 0;
}

}  // namespace

TEST_CASE("what was not read is not known", "[readcache]") {
  ReadCache cache;
  CHECK(first(cache) == -1);
  CHECK_FALSE(cache.windows(kGeneral, kBeforeAllWindows, 10));
  CHECK_FALSE(cache.record(kList, 1));
  CHECK_FALSE(cache.chain(kList, 1, 10));
  CHECK_FALSE(cache.handle(1));
  CHECK_FALSE(cache.listed(1, ContactKind::phone, "x"));
  cache.inserted(ready(1));
  CHECK(first(cache) == -1);
}

TEST_CASE("a queue is known as far as it was read", "[readcache]") {
  ReadCache cache;
  cache.know_due(kGeneral, kWindow, {ready(1), ready(2, 500)}, kNow, false);
  CHECK(first(cache) == 1);
  cache.updated(ready(1), held(ready(1)));
  CHECK(first(cache) == 2);
  cache.updated(ready(2, 500), held(ready(2, 500)));
  CHECK(first(cache) == -1);  // there may be others behind the second
  cache.inserted(ready(3, 500));
  CHECK(first(cache) == -1);  // stands behind the second
  cache.inserted(ready(4, 400));
  CHECK(first(cache) == 4);
}

TEST_CASE("a queue that was read whole is known up to its time", "[readcache]") {
  ReadCache cache;
  cache.know_windows(kGeneral, {kWindow});
  cache.know_due(kGeneral, kWindow, {ready(1)}, kNow, true);
  cache.updated(ready(1), held(ready(1)));
  CHECK(first(cache) == 0);
  CHECK(first(cache, kNow + 1) == -1);
  cache.inserted(ready(2, kNow + 5));
  CHECK(first(cache) == 0);
  cache.updated(held(ready(1)), ready(1, 200));
  CHECK(first(cache) == 1);
  CHECK(first(cache, 100) == 0);
  Record other = ready(3);
  other.daily_till = 100;
  cache.inserted(other);
  CHECK(cache.windows(kGeneral, kBeforeAllWindows, 10)->size() == 2);
  CHECK(cache.windows(kGeneral, kBeforeAllWindows, 1)->size() == 1);
}

TEST_CASE("chains, contacts and handles follow what is written", "[readcache]") {
  ReadCache cache;
  Record one = ready(1);
  cache.know_chain(kList, 1, {one});
  cache.know_records_with(ContactKind::phone, "+15551", 10, {one});
  cache.know_count(1, ContactKind::phone, "+15551", 1000, 1);
  Record next = ready(2);
  next.chain_id = 1;
  next.chain_n = 1;
  cache.inserted(next);
  CHECK(cache.chain(kList, 1, 10)->size() == 2);
  CHECK(cache.chain_end(kList, 1)->last == 1);
  CHECK(cache.chain_end(kList, 1)->holder == 0);
  cache.updated(one, held(one));
  CHECK(cache.chain_end(kList, 1)->holder == 7);
  CHECK(cache.records_with(ContactKind::phone, "+15551", 10)->front().handle == 7);
  CHECK(cache.count(1, ContactKind::phone, "+15551", 5) == 1);
  Record alike = ready(3);
  alike.contact_info = "+1-5551";
  cache.inserted(alike);
  CHECK_FALSE(cache.records_with(ContactKind::phone, "+15551", 10));
  CHECK_FALSE(cache.count(1, ContactKind::phone, "+15551", 5));

  Handle handle;
  handle.handle = 7;
  handle.agent_id = "a";
  cache.know_open_handles("a", {});
  cache.inserted(handle);
  CHECK(cache.open_handles("a", 10)->size() == 1);
  cache.closed(7, "LogOut", 5);
  CHECK(cache.open_handles("a", 10)->empty());
  CHECK((*cache.handle(7))->closed_by == "LogOut");
  cache.clear();
  CHECK_FALSE(cache.handle(7));
}

}  // namespace outpost::test::read_cache_test
