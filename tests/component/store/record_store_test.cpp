// The conformance suite: what every engine behind RecordStore promises.
#include "supervisor/store/record_store.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <set>

#include "tests/component/store/engines.h"

#include <catch2/generators/catch_generators.hpp>
#include <catch2/generators/catch_generators_range.hpp>

namespace outpost::test {

using namespace supervisor;
using protocol::RecordStatus;
using Ids = std::vector<std::int64_t>;

namespace {

constexpr std::int64_t kList = 1;
constexpr DialWindow kWindow{106, 28800, 64800};

#define EVERY_ENGINE(name) EngineUnderTest name(GENERATE(from_range(engine_names())))

// Every column has a value of its own, so that two that are exchanged show.
Record full_record() {
  Record r;
  r.record_id = 7, r.list_dbid = kList, r.contact_info = "caf\xc3\xa9@example.org", r.contact_info_type = 10;
  r.record_type = 5, r.record_status = 8, r.call_result = 47, r.attempt = 3, r.dial_sched_time = 1700000001;
  r.call_time = 1700000002, r.daily_from = 1, r.daily_till = 86399, r.tz_dbid = 101, r.campaign_dbid = 11;
  r.agent_id = "agent", r.chain_id = 5'000'000'000, r.chain_n = 12, r.group_dbid = 13, r.app_dbid = 14;
  r.treatments = "treat", r.media_ref = 15, r.email_subject = "subject 'quoted'", r.email_template_id = 16;
  r.switch_id = 17, r.customer_id = "customer", r.handle = 18, r.custom = R"({"A":"1"})";
  return r;
}

void insert_all(RecordStore& store, const std::vector<Record>& records) {
  in_transaction(store, [&] {
    for (const Record& record : records) require_ok(store.insert_record(record));
  });
}

}  // namespace

TEST_CASE("a record comes back as it was written", "[store]") {
  EVERY_ENGINE(engine);
  auto store = engine.writer();
  Record record = full_record();
  insert_all(*store, {record});
  CHECK(value_of(store->record(kList, 7)) == record);
  CHECK_FALSE(value_of(store->record(kList, 8)));
  CHECK_FALSE(value_of(store->record(kList + 1, 7)));
}

TEST_CASE("an update writes every column but the identifiers", "[store]") {
  EVERY_ENGINE(engine);
  auto store = engine.writer();
  Record before = some_record(7);
  insert_all(*store, {before, some_record(8)});
  Record after = full_record();
  in_transaction(*store, [&] { require_ok(store->update_record(after)); });
  CHECK(value_of(store->record(kList, 7)) == after);
  after.record_status = 3;
  in_transaction(*store, [&] { require_ok(store->update_record(after)); });
  CHECK(value_of(store->record(kList, 7)) == after);
  CHECK(value_of(store->record(kList, 8)) == some_record(8));
}

TEST_CASE("an update of a record that is not there is refused", "[store]") {
  EVERY_ENGINE(engine);
  auto store = engine.writer();
  require_ok(store->begin());
  auto writes = store->writes();
  CHECK(store->update_record(some_record(1)).error().code == Errc::not_found);
  CHECK(store->writes() == writes);
  store->rollback();
}

TEST_CASE("a place in a chain is taken once", "[store]") {
  EVERY_ENGINE(engine);
  auto store = engine.writer();
  insert_all(*store, {some_record(1)});
  Record twin = some_record(2);
  twin.chain_id = 1;
  require_ok(store->begin());
  CHECK(store->insert_record(twin).error().code == Errc::store);
  store->rollback();
  in_transaction(*store, [&] {
    twin.chain_n = 1;
    require_ok(store->insert_record(twin));
  });
  CHECK(ids_of(value_of(store->chain(kList, 1, 10))) == Ids{1, 2});
}

TEST_CASE("a transaction sees its own writes and a rollback undoes them", "[store]") {
  EVERY_ENGINE(engine);
  auto store = engine.writer();
  auto reader = engine.open(OpenMode::reader);
  require_ok(store->begin());
  auto writes = store->writes();
  require_ok(store->insert_record(some_record(1)));
  CHECK(store->writes() > writes);
  CHECK(value_of(store->record(kList, 1)));
  CHECK_FALSE(value_of(reader->record(kList, 1)));
  store->rollback();
  CHECK_FALSE(value_of(store->record(kList, 1)));
  insert_all(*store, {some_record(1)});
  CHECK(value_of(reader->record(kList, 1)));
}

TEST_CASE("nothing is written outside a transaction", "[store]") {
  EVERY_ENGINE(engine);
  auto store = engine.writer();
  CHECK(store->insert_record(some_record(1)).error().code == Errc::store);
  CHECK(store->take_ids(IdKind::record, 1).error().code == Errc::store);
  CHECK(store->commit().error().code == Errc::store);
  CHECK_FALSE(value_of(store->record(kList, 1)));
}

TEST_CASE("a reader cannot write", "[store]") {
  EVERY_ENGINE(engine);
  auto store = engine.writer();
  auto reader = engine.open(OpenMode::reader);
  CHECK_FALSE(reader->take_lease("reader"));
  CHECK(reader->begin().error().code == Errc::unsupported);
  CHECK_FALSE(reader->insert_record(some_record(1)));
  CHECK(reader->info().epoch == store->info().epoch);
}

TEST_CASE("who never took the lease cannot begin", "[store][lease]") {
  EVERY_ENGINE(engine);
  auto store = engine.open(OpenMode::writer);
  CHECK(store->begin().error().code == Errc::fenced);
}

TEST_CASE("whoever takes the lease fences off the one before", "[store][lease]") {
  EVERY_ENGINE(engine);
  auto first = engine.writer("first");
  auto old_epoch = first->info().epoch;
  insert_all(*first, {some_record(1)});

  auto second = engine.open(OpenMode::writer);
  CHECK(value_of(second->take_lease("second")) > old_epoch);
  auto refused = first->begin();
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == Errc::fenced);
  CHECK_FALSE(first->insert_record(some_record(2)));
  insert_all(*second, {some_record(3)});
  CHECK(ids_of(value_of(second->records(kList, {}))) == Ids{1, 3});

  value_of(first->take_lease("first"));
  CHECK(second->begin().error().code == Errc::fenced);
  insert_all(*first, {some_record(4)});
}

TEST_CASE("identifiers are never given out twice", "[store][ids]") {
  EVERY_ENGINE(engine);
  INFO("seed " << Catch::getSeed());
  std::mt19937_64 random(Catch::getSeed());
  std::set<std::int64_t> seen;
  auto store = engine.writer();
  for (int round = 0; round < 60; ++round) {
    if (random() % 4 == 0) store = engine.writer();
    require_ok(store->begin());
    for (std::uint64_t takes = random() % 4; takes > 0; --takes) {
      auto n = static_cast<std::int64_t>(random() % 8 == 0 ? 1000 + random() % 2000 : 1 + random() % 3);
      std::int64_t first = value_of(store->take_ids(IdKind::record, n));
      CHECK(first > 0);
      for (std::int64_t id = first; id < first + n; ++id) REQUIRE(seen.insert(id).second);
    }
    // What was lost with a process was never durable, so only a rollback in the life of one store is tried.
    if (random() % 3 == 0) {
      store->rollback();
      require_ok(store->begin());
      std::int64_t id = value_of(store->take_ids(IdKind::record, 1));
      REQUIRE(seen.insert(id).second);
    }
    require_ok(store->commit());
  }
}

TEST_CASE("two supervisors in turn never get the same identifiers", "[store][ids]") {
  EVERY_ENGINE(engine);
  std::set<std::int64_t> seen;
  auto a = engine.writer("a");
  auto b = engine.open(OpenMode::writer);
  for (int turn = 0; turn < 6; ++turn) {
    RecordStore& store = turn % 2 == 0 ? *a : *b;
    value_of(store.take_lease("turn"));
    in_transaction(store, [&] {
      for (int k = 0; k < 700; ++k) REQUIRE(seen.insert(value_of(store.take_ids(IdKind::handle, 1))).second);
    });
  }
}

TEST_CASE("the kinds of identifiers are counted apart", "[store][ids]") {
  EVERY_ENGINE(engine);
  auto store = engine.writer();
  in_transaction(*store, [&] {
    CHECK(value_of(store->take_ids(IdKind::record, 3)) == 1);
    CHECK(value_of(store->take_ids(IdKind::handle, 1)) == 1);
    CHECK(value_of(store->take_ids(IdKind::import, 1)) == 1);
    CHECK(value_of(store->take_ids(IdKind::record, 1)) == 4);
  });
}

TEST_CASE("the catalogue comes back as it was put", "[store][catalogue]") {
  EVERY_ENGINE(engine);
  auto store = engine.writer();
  Tenant tenant{1, "Environment"};
  TimeZone zone{900, "MARS", "Etc/UTC"};
  CallingList list{5, "Spring 2024", 1, false, 3600, 7200, {"b", "a", "client-id"}, "client-id"};
  Campaign campaign{6, "Spring", "text", 1, {{5, 30}, {4, 70}}};
  CampaignGroup group{7, "Spring@All", "text", 6, protocol::GroupState::running, protocol::DialMode::push_preview};
  in_transaction(*store, [&] {
    require_ok(store->put(tenant));
    require_ok(store->put(zone));
    require_ok(store->put(list));
    require_ok(store->put(campaign));
    require_ok(store->put(group));
  });
  Catalogue read = value_of(store->catalogue());
  CHECK(read.tenants == std::vector{tenant});
  CHECK(std::ranges::count(read.time_zones, zone) == 1);
  CHECK(read.lists == std::vector{list});
  CHECK(read.campaigns == std::vector{campaign});
  CHECK(read.groups == std::vector{group});

  list.name = "renamed", list.enabled = true, list.custom_fields = {"z"};
  campaign.lists = {{5, 1}};
  in_transaction(*store, [&] {
    require_ok(store->put(list));
    require_ok(store->put(campaign));
  });
  read = value_of(engine.open(OpenMode::reader)->catalogue());
  CHECK(read.lists == std::vector{list});
  CHECK(read.campaigns == std::vector{campaign});
}

TEST_CASE("a new store knows the common time zones", "[store][catalogue]") {
  EVERY_ENGINE(engine);
  Catalogue catalogue = value_of(engine.writer()->catalogue());
  CHECK(catalogue.time_zones.size() >= 15);
  CHECK(catalogue.time_zones.front() == TimeZone{101, "GMT", "Etc/GMT"});
  CHECK(std::ranges::count(catalogue.time_zones, TimeZone{106, "PST", "America/Los_Angeles"}) == 1);
  std::set<std::string> names;
  for (const TimeZone& zone : catalogue.time_zones) CHECK(names.insert(zone.name).second);
}

TEST_CASE("a chain is read in its order, with its last place known", "[store][chain]") {
  EVERY_ENGINE(engine);
  auto store = engine.writer();
  std::vector<Record> rows;
  for (std::int32_t n : {2, 0, 5, 1}) {
    rows.push_back(some_record(10 + n));
    rows.back().chain_id = 10, rows.back().chain_n = n;
  }
  rows.push_back(some_record(20));
  rows.push_back(some_record(30, kList + 1));
  rows.back().chain_id = 10, rows.back().chain_n = 9;
  insert_all(*store, rows);
  CHECK(ids_of(value_of(store->chain(kList, 10, 100))) == Ids{10, 11, 12, 15});
  CHECK(ids_of(value_of(store->chain(kList, 10, 2))) == Ids{10, 11});
  CHECK(value_of(store->chain(kList, 11, 100)).empty());
  CHECK(value_of(store->last_in_chain(kList, 10)) == 5);
  CHECK_FALSE(value_of(store->last_in_chain(kList, 99)));
}

TEST_CASE("the rest of a chain changes unless it is final or with an agent", "[store][chain]") {
  EVERY_ENGINE(engine);
  auto store = engine.writer();
  std::vector<Record> rows;
  for (std::int32_t status = 0; status <= 8; ++status) {
    rows.push_back(some_record(100 + status));
    rows.back().chain_id = 100, rows.back().chain_n = status, rows.back().record_status = status;
  }
  Record self = some_record(200);
  self.chain_id = 100, self.chain_n = 50;
  rows.push_back(self);
  rows.push_back(some_record(300));
  insert_all(*store, rows);
  in_transaction(*store,
                 [&] { require_ok(store->set_chain_status(kList, 100, self.record_id, RecordStatus::chain_updated)); });
  for (const Record& row : value_of(store->chain(kList, 100, 100))) {
    bool kept = row.record_id == self.record_id || row.chain_n == 2 || (row.chain_n >= 3 && row.chain_n <= 6);
    CHECK(row.record_status == (kept ? rows[static_cast<std::size_t>(std::min(row.chain_n, 9))].record_status : 7));
  }
  CHECK(value_of(store->record(kList, 300))->record_status == 1);
}

TEST_CASE("records are read page by page", "[store][records]") {
  EVERY_ENGINE(engine);
  auto store = engine.writer();
  std::vector<Record> rows;
  for (std::int64_t id = 1; id <= 25; ++id) rows.push_back(some_record(id, id % 5 == 0 ? 2 : kList));
  insert_all(*store, rows);
  RecordFilter filter;
  filter.limit = 7;
  Ids all;
  for (;;) {
    Ids page = ids_of(value_of(store->records(kList, filter)));
    if (page.empty()) break;
    CHECK(page.size() <= 7);
    all.insert(all.end(), page.begin(), page.end());
    filter.after_record_id = page.back();
  }
  CHECK(all.size() == 20);
  CHECK(std::ranges::is_sorted(all));
  CHECK(ids_of(value_of(store->records(2, {}))) == Ids{5, 10, 15, 20, 25});
}

TEST_CASE("records are filtered by any mixture of columns", "[store][records]") {
  EVERY_ENGINE(engine);
  auto store = engine.writer();
  INFO("seed " << Catch::getSeed());
  std::mt19937_64 random(Catch::getSeed());
  auto below = [&](std::uint64_t n) { return static_cast<std::int32_t>(random() % n); };
  std::vector<Record> rows;
  for (std::int64_t id = 1; id <= 120; ++id) {
    Record row = some_record(id, 1 + below(2));
    row.record_status = below(3), row.record_type = below(3), row.call_result = below(3);
    row.chain_id = below(4), row.chain_n = static_cast<std::int32_t>(id), row.contact_info = std::to_string(below(4));
    rows.push_back(row);
  }
  insert_all(*store, rows);
  for (int round = 0; round < 200; ++round) {
    RecordFilter filter;
    if (below(2)) filter.status = below(3);
    if (below(2)) filter.type = below(3);
    if (below(2)) filter.result = below(3);
    if (below(2)) filter.chain_id = below(4);
    if (below(2)) filter.contact = std::to_string(below(4));
    filter.after_record_id = below(100);
    filter.limit = static_cast<std::uint32_t>(1 + below(20));
    Ids expected;
    for (const Record& row : rows) {
      if (row.list_dbid == kList && row.record_id > filter.after_record_id && expected.size() < filter.limit &&
          (!filter.status || row.record_status == *filter.status) &&
          (!filter.type || row.record_type == *filter.type) && (!filter.result || row.call_result == *filter.result) &&
          (!filter.chain_id || row.chain_id == *filter.chain_id) &&
          (!filter.contact || row.contact_info == *filter.contact)) {
        expected.push_back(row.record_id);
      }
    }
    REQUIRE(ids_of(value_of(store->records(kList, filter))) == expected);
  }
}

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
    row.tz_dbid = 101 + below(3), row.daily_from = 3600 * below(2), row.daily_till = 70000 + below(2);
    row.dial_sched_time = below(3) ? 0 : 1000 + below(5);
    rows.push_back(row);
  }
  insert_all(*store, rows);
  in_transaction(*store, [&] {
    for (Record& row : rows) {
      if (below(4)) continue;
      row.record_status = below(3), row.record_type = below(8);
      require_ok(store->update_record(row));
    }
  });

  auto in_queue = [](const Record& row, DialQueue queue, std::string_view agent) {
    if (row.list_dbid != kList || row.record_status != 1) return false;
    switch (queue) {
      case DialQueue::personal_callbacks:
        return (row.record_type == 4 || row.record_type == 5) && row.agent_id == agent;
      case DialQueue::campaign_callbacks: return row.record_type == 3 || row.record_type == 6;
      case DialQueue::general: return row.record_type == 2;
    }
    return false;
  };
  for (DialQueue queue : {DialQueue::personal_callbacks, DialQueue::campaign_callbacks, DialQueue::general}) {
    for (std::string_view agent : {"ann", "bob", "nobody"}) {
      std::set<DialWindow> expected;
      for (const Record& row : rows) {
        if (in_queue(row, queue, agent)) expected.insert({row.tz_dbid, row.daily_from, row.daily_till});
      }
      auto windows = value_of(store->windows(kList, queue, agent));
      REQUIRE(windows == std::vector(expected.begin(), expected.end()));
      for (const DialWindow& window : windows) {
        for (std::int64_t now : {0, 1002, 5000}) {
          const Record* best = nullptr;
          for (const Record& row : rows) {
            if (!in_queue(row, queue, agent) || row.dial_sched_time > now ||
                DialWindow{row.tz_dbid, row.daily_from, row.daily_till} != window) {
              continue;
            }
            if (!best || row.dial_sched_time < best->dial_sched_time) best = &row;
          }
          auto found = value_of(store->first_due(kList, queue, agent, window, now));
          REQUIRE(found.has_value() == (best != nullptr));
          if (best) REQUIRE(*found == *best);
        }
      }
    }
  }
  CHECK(value_of(store->windows(99, DialQueue::general, "")).empty());
}

TEST_CASE("a record that was taken is no longer due", "[store][dial]") {
  EVERY_ENGINE(engine);
  auto store = engine.writer();
  insert_all(*store, {some_record(1), some_record(2)});
  in_transaction(*store, [&] {
    Record row = *value_of(store->first_due(kList, DialQueue::general, "", kWindow, 10));
    CHECK(row.record_id == 1);
    row.record_status = 2;
    require_ok(store->update_record(row));
    CHECK(value_of(store->first_due(kList, DialQueue::general, "", kWindow, 10))->record_id == 2);
  });
}

TEST_CASE("a handle is remembered with the request that closed it", "[store][handles]") {
  EVERY_ENGINE(engine);
  auto store = engine.writer();
  in_transaction(*store, [&] {
    require_ok(store->insert_handle({15, 7, kList, 11, 13, "ann", "0123456789abcdef0123456789abcdef", 1700, "", 0}));
    require_ok(store->insert_handle({16, 8, kList, 11, 13, "bob", "", 1701, "", 0}));
    require_ok(store->close_handle(15, "RecordProcessed", 1800));
  });
  Handle closed = *value_of(store->handle(15));
  CHECK(closed.record_id == 7);
  CHECK(closed.list_dbid == kList);
  CHECK(closed.campaign_dbid == 11);
  CHECK(closed.group_dbid == 13);
  CHECK(closed.agent_id == "ann");
  CHECK(closed.call_attempt_guid == "0123456789abcdef0123456789abcdef");
  CHECK(closed.opened_at == 1700);
  CHECK(closed.closed_by == "RecordProcessed");
  CHECK(closed.closed_at == 1800);
  CHECK(value_of(store->handle(16))->closed_by.empty());
  CHECK_FALSE(value_of(store->handle(17)));
}

TEST_CASE("an answer is kept byte for byte until it is forgotten", "[store][idempotency]") {
  EVERY_ENGINE(engine);
  auto store = engine.writer();
  std::string bytes("\0\xff' binary \x80", 12);
  in_transaction(*store, [&] {
    require_ok(store->keep_answer("key 1", {bytes, bytes + bytes}, 100));
    require_ok(store->keep_answer("key 2", {"f", ""}, 101));
    require_ok(store->keep_answer("key 3", {"f", "a"}, 102));
  });
  CHECK(value_of(store->kept_answer("key 1"))->fingerprint == bytes);
  CHECK(value_of(store->kept_answer("key 1"))->answer == bytes + bytes);
  CHECK_FALSE(value_of(store->kept_answer("Key 1")));
  require_ok(store->begin());
  CHECK(store->keep_answer("key 1", {"g", "b"}, 103).error().code == Errc::store);
  store->rollback();
  in_transaction(*store, [&] {
    CHECK(value_of(store->forget_answers(102, 1)) == 1);
    CHECK_FALSE(value_of(store->kept_answer("key 1")));
    CHECK(value_of(store->kept_answer("key 2")));
    CHECK(value_of(store->forget_answers(102, 100)) == 1);
    CHECK(value_of(store->forget_answers(102, 100)) == 0);
    CHECK(value_of(store->kept_answer("key 3")));
  });
}

TEST_CASE("an import is found by its source, the newest first", "[store][import]") {
  EVERY_ENGINE(engine);
  auto store = engine.writer();
  in_transaction(*store, [&] {
    require_ok(store->put_import({1, kList, "file", 10, 2, 1, true}));
    require_ok(store->put_import({2, kList, "file", 0, 1, 0, false}));
    require_ok(store->put_import({3, kList, "other", 0, 1, 0, false}));
    require_ok(store->put_import({2, kList, "file", 5'000'000'000, 44, 43, false}));
  });
  ImportState found = *value_of(store->find_import(kList, "file"));
  CHECK(found.import_id == 2);
  CHECK(found.next_offset == 5'000'000'000);
  CHECK(found.next_line == 44);
  CHECK(found.rows == 43);
  CHECK_FALSE(found.finished);
  CHECK(value_of(store->import(1))->finished);
  CHECK_FALSE(value_of(store->import(4)));
  CHECK_FALSE(value_of(store->find_import(kList + 1, "file")));
}

TEST_CASE("a store says what it is", "[store]") {
  EVERY_ENGINE(engine);
  auto store = engine.writer();
  StoreInfo info = store->info();
  CHECK(info.engine.size() > 3);
  CHECK(info.url == engine.url());
  CHECK(info.schema_version >= 1);
  CHECK(info.epoch == 1);
}

namespace {

constexpr int kBatchRows = 5;

// Commits batches for ever and says so on `fd` after each commit.
[[noreturn]] void write_until_killed(const EngineUnderTest& engine, int fd) {
  auto store = open_store(engine.url(), OpenMode::writer);
  if (!store || !(*store)->take_lease("victim")) _exit(1);
  for (;;) {
    if (!(*store)->begin()) _exit(2);
    auto first = (*store)->take_ids(IdKind::record, kBatchRows);
    if (!first) _exit(3);
    for (std::int64_t k = 0; k < kBatchRows; ++k) {
      Record record = some_record(*first + k);
      record.chain_id = *first, record.chain_n = static_cast<std::int32_t>(k);
      if (!(*store)->insert_record(record)) _exit(4);
    }
    if (!(*store)->commit()) _exit(5);
    if (::write(fd, &*first, sizeof *first) != sizeof *first) _exit(6);
  }
}

}  // namespace

TEST_CASE("what was committed is there after kill -9, whole and once", "[store][crash]") {
  EVERY_ENGINE(engine);
  INFO("seed " << Catch::getSeed());
  std::mt19937_64 random(Catch::getSeed());
  std::set<std::int64_t> acknowledged;
  engine.writer();
  for (int round = 0; round < 12; ++round) {
    int ends[2];
    REQUIRE(::pipe(ends) == 0);
    pid_t child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
      ::close(ends[0]);
      write_until_killed(engine, ends[1]);
    }
    ::close(ends[1]);
    std::int64_t first = 0;
    // The kill falls somewhere into the work that follows the last batch that was read.
    auto reads = 1 + random() % 25;
    while (reads-- > 0 && ::read(ends[0], &first, sizeof first) == sizeof first)
      REQUIRE(acknowledged.insert(first).second);
    ::kill(child, SIGKILL);
    while (::read(ends[0], &first, sizeof first) == sizeof first) REQUIRE(acknowledged.insert(first).second);
    ::close(ends[0]);
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    REQUIRE(WIFSIGNALED(status));

    auto store = engine.writer();
    RecordFilter filter;
    filter.limit = 1'000'000;
    std::set<std::int64_t> found;
    auto rows = value_of(store->records(kList, filter));
    for (const Record& row : rows) found.insert(row.chain_id);
    CHECK(rows.size() == found.size() * kBatchRows);
    CHECK(std::ranges::includes(found, acknowledged));
    // At most the batch whose acknowledgement was cut off.
    CHECK(found.size() <= acknowledged.size() + static_cast<std::size_t>(round) + 1);
  }
}

TEST_CASE("a store URL that is not valid is refused with what would be", "[store]") {
  for (const char* url :
       {"", "records.db", "/tmp/records.db", "sqlite://records.db", "sqlite:///", "mysql://host/db"}) {
    auto store = open_store(url, OpenMode::writer);
    REQUIRE_FALSE(store);
    CHECK(store.error().code == Errc::invalid);
    CHECK(store.error().text.find("sqlite:///absolute/path.db") != std::string::npos);
  }
  auto store = open_store("postgresql://host/db", OpenMode::writer);
  REQUIRE_FALSE(store);
  CHECK(store.error().code == Errc::unsupported);
}

}  // namespace outpost::test
