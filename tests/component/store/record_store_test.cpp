// The conformance suite: what every engine behind RecordStore promises.
#include "supervisor/store/record_store.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <span>
#include <tuple>

#include "tests/component/store/engines.h"

#include <catch2/generators/catch_generators.hpp>
#include <catch2/generators/catch_generators_range.hpp>

namespace outpost::test {

using namespace supervisor;
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
  in_transaction(*store, [&] { require_ok(store->update_record(before, after)); });
  CHECK(value_of(store->record(kList, 7)) == after);
  // Then what an update leaves alone most of the time, each by itself, and at last only what it does not.
  for (auto change : {+[](Record& r) { r.contact_info = "other"; }, +[](Record& r) { r.chain_id = 77; },
                      +[](Record& r) { r.chain_n = 78; }, +[](Record& r) { r.customer_id.clear(); },
                      +[](Record& r) { r.record_status = 3; }}) {
    before = after;
    change(after);
    in_transaction(*store, [&] { require_ok(store->update_record(before, after)); });
    CHECK(value_of(store->record(kList, 7)) == after);
  }
  CHECK(value_of(store->record(kList, 8)) == some_record(8));
}

TEST_CASE("an update of a record that is not there is refused", "[store]") {
  EVERY_ENGINE(engine);
  auto store = engine.writer();
  for (auto change : {+[](Record& r) { r.record_status = 3; }, +[](Record& r) { r.contact_info = "other"; }}) {
    Record changed = some_record(1);
    change(changed);
    require_ok(store->begin());
    auto writes = store->writes();
    Result<> done = store->update_record(some_record(1), changed);
    if (!engine.pipelined()) CHECK(store->writes() == writes);
    // Whatever comes next may tell, and everything after it, too.
    if (engine.pipelined()) CHECK(store->record(kList, 2).error().code == Errc::not_found);
    CHECK(error_of(engine, *store, done) == Errc::not_found);
    store->rollback();
  }
  CHECK(all_records(*store, kList).empty());
}

TEST_CASE("a place in a chain is taken once", "[store]") {
  EVERY_ENGINE(engine);
  auto store = engine.writer();
  insert_all(*store, {some_record(1)});
  Record twin = some_record(2);
  twin.chain_id = 1;
  require_ok(store->begin());
  CHECK(error_of(engine, *store, store->insert_record(twin)) == Errc::store);
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
  reader->hold(store->info().epoch);
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
  CHECK(take_lease(*second, engine.url(), "second") > old_epoch);
  auto refused = first->begin();
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == Errc::fenced);
  CHECK_FALSE(first->insert_record(some_record(2)));
  insert_all(*second, {some_record(3)});
  CHECK(ids_of(all_records(*second, kList)) == Ids{1, 3});

  take_lease(*first, engine.url(), "first");
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
    take_lease(store, engine.url(), "turn");
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
  CallingList list{5, "Spring 2024", 1, false, 3600, 7200, {"b", "a", "client-id"}, "client-id", UnknownFields::carry};
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

TEST_CASE("who holds a chain is found by any row that is held", "[store][chain]") {
  EVERY_ENGINE(engine);
  auto store = engine.writer();
  std::vector<Record> rows;
  for (std::int32_t n = 0; n < 3; ++n) {
    rows.push_back(some_record(10 + n));
    rows.back().chain_id = 10, rows.back().chain_n = n;
  }
  rows.push_back(some_record(20, kList + 1));
  rows.back().chain_id = 10, rows.back().handle = 5;
  insert_all(*store, rows);
  CHECK(value_of(store->chain_holder(kList, 10)) == 0);
  CHECK(value_of(store->chain_holder(kList + 1, 10)) == 5);
  Record held = rows[1];
  held.handle = 77;
  in_transaction(*store, [&] {
    require_ok(store->update_record(rows[1], held));
    CHECK(value_of(store->chain_holder(kList, 10)) == 77);
  });
  in_transaction(*store, [&] { require_ok(store->update_record(held, rows[1])); });
  CHECK(value_of(store->chain_holder(kList, 10)) == 0);
  CHECK(value_of(store->chain_holder(kList, 99)) == 0);
}

TEST_CASE("a customer's chain is that of the latest record in the list", "[store][chain]") {
  EVERY_ENGINE(engine);
  auto store = engine.writer();
  std::vector<Record> rows;
  for (auto [id, list, chain, customer] : {std::tuple{1, 1, 50, "ann"},
                                           {2, 1, 40, "ann"},
                                           {3, 1, 60, "bob"},
                                           {4, 2, 70, "ann"},
                                           {5, 1, 80, ""},
                                           {6, 1, 90, "Ann"}}) {
    rows.push_back(some_record(id, list));
    rows.back().chain_id = chain, rows.back().customer_id = customer;
  }
  insert_all(*store, rows);
  CHECK(value_of(store->chain_of_customer(1, "ann")) == 40);
  CHECK(value_of(store->chain_of_customer(2, "ann")) == 70);
  CHECK(value_of(store->chain_of_customer(1, "carl")) == 0);
  CHECK(value_of(store->chain_of_customer(1, "")) == 0);
  Record after = rows[1];
  after.customer_id = "carl";
  in_transaction(*store, [&] { require_ok(store->update_record(rows[1], after)); });
  CHECK(value_of(store->chain_of_customer(1, "ann")) == 50);
  CHECK(value_of(store->chain_of_customer(1, "carl")) == 40);
}

TEST_CASE("records are read page by page", "[store][records]") {
  EVERY_ENGINE(engine);
  auto store = engine.writer();
  std::vector<Record> rows;
  for (std::int64_t id = 1; id <= 25; ++id) rows.push_back(some_record(id, id % 5 == 0 ? 2 : kList));
  insert_all(*store, rows);
  RecordFilter filter;
  filter.limit = 7;
  CHECK(ids_of(value_of(store->records(kList, filter)).records) == Ids{1, 2, 3, 4, 6, 7, 8});
  Ids all = ids_of(all_records(*store, kList, filter));
  CHECK(all.size() == 20);
  CHECK(std::ranges::is_sorted(all));
  filter.limit = 5;
  CHECK(ids_of(all_records(*store, 2, filter)) == Ids{5, 10, 15, 20, 25});
  CHECK(value_of(store->records(2, filter)).next == 0);
  CHECK(value_of(store->records(99, filter)).next == 0);
}

TEST_CASE("a page is short rather than long in coming, and the next ones have the rest", "[store][records]") {
  EVERY_ENGINE(engine);
  auto store = engine.writer();
  constexpr std::int64_t kRows = 50'000;
  in_transaction(*store, [&] {
    for (std::int64_t id = 1; id <= kRows; ++id) {
      Record row = some_record(id);
      if (id == 5 || id >= kRows - 1) row.call_result = 7;
      require_ok(store->insert_record(row));
    }
  });
  RecordFilter filter;
  filter.result = 7;
  RecordPage first = value_of(store->records(kList, filter));
  CHECK(ids_of(first.records) == Ids{5});
  REQUIRE(first.next != 0);
  CHECK(first.next < kRows - 1);
  CHECK(ids_of(all_records(*store, kList, filter)) == Ids{5, kRows - 1, kRows});
  filter.limit = 1;
  CHECK(ids_of(all_records(*store, kList, filter)) == Ids{5, kRows - 1, kRows});
  // However many are asked for.
  RecordFilter any;
  any.limit = 1'000'000;
  CHECK(value_of(store->records(kList, any)).records.size() < kRows);
  CHECK(all_records(*store, kList, any).size() == kRows);
}

TEST_CASE("records of all lists are found by phone and by customer id", "[store][records]") {
  EVERY_ENGINE(engine);
  auto store = engine.writer();
  INFO("seed " << Catch::getSeed());
  std::mt19937_64 random(Catch::getSeed());
  std::vector<Record> rows;
  for (std::int64_t id = 1; id <= 100; ++id) {
    Record row = some_record(id, 1 + static_cast<std::int64_t>(random() % 4));
    row.contact_info = "+" + std::to_string(random() % 3);
    row.customer_id = std::array{"", "ann", "bob"}[random() % 3];
    rows.push_back(row);
  }
  insert_all(*store, rows);
  auto all_with = [&](ContactKind kind, std::string_view value) {
    Ids found;
    std::vector<Record> page;
    std::int64_t list = 0;
    std::int64_t record = 0;
    for (;;) {
      page = value_of(store->records_with(kind, value, list, record, 7));
      if (page.empty()) return found;
      REQUIRE(page.size() <= 7);
      std::ranges::move(ids_of(page), std::back_inserter(found));
      list = page.back().list_dbid, record = page.back().record_id;
    }
  };
  auto expected = [&](auto&& matches) {
    std::vector<Record> of_all_lists;
    std::ranges::copy_if(rows, std::back_inserter(of_all_lists), matches);
    std::ranges::stable_sort(of_all_lists, {}, &Record::list_dbid);
    return ids_of(of_all_lists);
  };
  for (std::string value : {"+0", "+1", "+2", "ann", "bob"}) {
    CHECK(all_with(ContactKind::phone, value) ==
          expected([&](const Record& row) { return row.contact_info == value; }));
    CHECK(all_with(ContactKind::customer_id, value) ==
          expected([&](const Record& row) { return row.customer_id == value; }));
  }
  // No customer id is not a customer.
  CHECK(value_of(store->records_with(ContactKind::customer_id, "", 0, 0, 7)).empty());
}

TEST_CASE("records compare by what a person reads of contact and customer, and stay as they were sent",
          "[store][records]") {
  EVERY_ENGINE(engine);
  auto store = engine.writer();
  const std::vector<std::string> same = {"+15552001",  "+15552001\xc2\xa0", "\xe2\x80\xaa+15552001\xe2\x80\xac",
                                         " +15552001", "+1-555-2001",       "+1 (555) 2001"};
  std::vector<Record> rows;
  for (const std::string& contact : same) {
    auto n = static_cast<std::int64_t>(rows.size()) + 1;
    rows.push_back(some_record(n, n % 2 == 0 ? 2 : kList));
    rows.back().contact_info = contact;
    rows.back().customer_id = n % 3 == 0 ? "C7 " : "C7";
  }
  rows.push_back(some_record(7));
  rows.back().contact_info = "15552001", rows.back().customer_id = "C-7";
  rows.push_back(some_record(8));
  rows.back().contact_info = "a.b@x", rows.back().customer_id = " ";  // older than the rule that refuses it
  insert_all(*store, rows);
  for (const std::string& asked : same) {
    INFO(asked);
    CHECK(ids_of(value_of(store->records_with(ContactKind::phone, asked, 0, 0, 10))) == Ids{1, 3, 5, 2, 4, 6});
    RecordFilter filter;
    filter.contact = asked;
    CHECK(ids_of(all_records(*store, kList, filter)) == Ids{1, 3, 5});
  }
  CHECK(value_of(store->records_with(ContactKind::phone, "ab@x", 0, 0, 10)).empty());
  for (const char* asked : {"C7", " C7", "C7\xe2\x80\x8b"}) {
    CHECK(ids_of(value_of(store->records_with(ContactKind::customer_id, asked, 0, 0, 10))) == Ids{1, 3, 5, 2, 4, 6});
    CHECK(value_of(store->chain_of_customer(kList, asked)) == 5);
  }
  CHECK(value_of(store->chain_of_customer(kList, " ")) == 0);
  CHECK(value_of(store->records_with(ContactKind::customer_id, " ", 0, 0, 10)).empty());
  for (const Record& row : rows) CHECK(*value_of(store->record(row.list_dbid, row.record_id)) == row);

  // The key follows the contact.
  Record after = rows[0];
  after.contact_info = "(555) 555-2006";
  in_transaction(*store, [&] { require_ok(store->update_record(rows[0], after)); });
  CHECK(ids_of(value_of(store->records_with(ContactKind::phone, "5555552006", 0, 0, 10))) == Ids{1});
  CHECK(ids_of(value_of(store->records_with(ContactKind::phone, "+15552001", 0, 0, 10))) == Ids{3, 5, 2, 4, 6});
}

TEST_CASE("which of many contacts a list has is known by their keys, whatever they are written like",
          "[store][records]") {
  EVERY_ENGINE(engine);
  auto store = engine.writer();
  constexpr int kContacts = 1300;  // more than one round trip holds
  // Those that can be divided by 3 are there, by 2 in another list.
  auto contact = [](int n) { return fmt::format("+1555{:04}", n); };
  in_transaction(*store, [&] {
    std::int64_t id = 0;
    for (int n = 0; n < kContacts; ++n) {
      for (auto [divisor, list] : {std::pair{3, kList}, {2, kList + 1}}) {
        if (n % divisor != 0) continue;
        Record record = some_record(++id, list);
        record.contact_info = contact(n);
        require_ok(store->insert_record(record));
      }
    }
  });
  std::vector<std::string> asked;
  std::unordered_set<std::string> expected;
  for (int n = 0; n < kContacts; ++n) {
    asked.push_back(fmt::format("+1 (555) {:04}", n));
    if (n % 3 == 0) expected.insert(contact(n));
  }
  asked.push_back(asked.front());
  asked.emplace_back("");
  const std::vector<std::string_view> contacts(asked.begin(), asked.end());
  CHECK(value_of(store->known_contacts(kList, contacts)) == expected);
  CHECK(value_of(store->known_contacts(kList, {})).empty());
  CHECK(value_of(store->known_contacts(kList + 2, contacts)).empty());
  CHECK(value_of(engine.open(OpenMode::reader)->known_contacts(kList, contacts)) == expected);

  // What the transaction wrote before, sent or not, is known, and what it writes behind is written.
  in_transaction(*store, [&] {
    Record record = some_record(5001);
    record.contact_info = contact(1);
    require_ok(store->insert_record(record));
    expected.insert(contact(1));
    CHECK(value_of(store->known_contacts(kList, contacts)) == expected);
    record = some_record(5002);
    require_ok(store->insert_record(record));
  });
  CHECK(value_of(store->record(kList, 5002)));
}

TEST_CASE("records with a contact are counted in the lists of one tenant, up to a limit", "[store][records]") {
  EVERY_ENGINE(engine);
  auto store = engine.writer();
  std::vector<Record> rows;
  for (std::int64_t id = 1; id <= 20; ++id) {
    rows.push_back(some_record(id, 1 + id % 4));
    rows.back().contact_info = id % 2 == 0 ? "+1-555-2004" : "+15552004";
    rows.back().customer_id = id <= 10 ? "C7" : "";
  }
  in_transaction(*store, [&] {
    CallingList list;
    for (list.dbid = 1; list.dbid <= 4; ++list.dbid) {
      list.name = fmt::format("List {}", list.dbid), list.tenant_dbid = list.dbid == 4 ? 2 : 1;
      require_ok(store->put(list));
    }
  });
  insert_all(*store, rows);
  auto count = [&](std::int64_t tenant, ContactKind kind, std::string_view value, std::uint32_t limit = 1000) {
    return value_of(store->count_records_with(tenant, kind, value, limit));
  };
  CHECK(count(1, ContactKind::phone, " +1 555 2004") == 15);
  CHECK(count(2, ContactKind::phone, "+15552004") == 5);
  CHECK(count(3, ContactKind::phone, "+15552004") == 0);
  CHECK(count(1, ContactKind::phone, "+15552004", 7) == 7);
  CHECK(count(1, ContactKind::customer_id, "C7 ") == 8);
  CHECK(count(1, ContactKind::customer_id, "") == 0);
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
    row.customer_id = std::array{"", "ann", "bob"}[random() % 3], row.agent_id = std::to_string(below(2));
    row.dial_sched_time = below(3) ? 1000 + below(10) : 0;
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
    if (below(3) == 0) filter.customer_id = std::array{"", "ann", "bob"}[random() % 3];
    if (below(3) == 0) filter.agent_id = std::to_string(below(2));
    if (below(3) == 0) filter.due_from = 995 + below(10);
    if (below(3) == 0) filter.due_till = 1000 + below(10);
    filter.after_record_id = below(100);
    filter.limit = static_cast<std::uint32_t>(1 + below(20));
    Ids expected;
    for (const Record& row : rows) {
      if (row.list_dbid == kList && row.record_id > filter.after_record_id &&
          (!filter.status || row.record_status == *filter.status) &&
          (!filter.type || row.record_type == *filter.type) && (!filter.result || row.call_result == *filter.result) &&
          (!filter.chain_id || row.chain_id == *filter.chain_id) &&
          (!filter.contact || row.contact_info == *filter.contact) &&
          (!filter.customer_id || row.customer_id == *filter.customer_id) &&
          (!filter.agent_id || row.agent_id == *filter.agent_id) &&
          (!filter.due_from || row.dial_sched_time >= *filter.due_from) &&
          (!filter.due_till || row.dial_sched_time <= *filter.due_till)) {
        expected.push_back(row.record_id);
      }
    }
    REQUIRE(ids_of(all_records(*store, kList, filter)) == expected);
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

TEST_CASE("a token comes back as it was written, until it is removed", "[store][tokens]") {
  EVERY_ENGINE(engine);
  auto store = engine.writer();
  std::string digest(32, '\0');
  for (std::size_t i = 0; i < digest.size(); ++i) digest[i] = static_cast<char>(i * 9);
  Token first{"crm@one", digest, "lists,records", "AddRecord", 1700000001, 1700000002};
  Token second{"batch", std::string(32, '\xff'), "", "", 1700000003, 0};
  in_transaction(*store, [&] {
    CHECK(value_of(store->tokens()).empty());
    require_ok(store->insert_token(first));
    require_ok(store->insert_token(second));
    CHECK(value_of(store->tokens()) == std::vector{second, first});
  });
  auto reader = engine.open(OpenMode::reader);
  CHECK(value_of(reader->tokens()) == std::vector{second, first});

  require_ok(store->begin());
  CHECK(error_of(engine, *store, store->insert_token({"batch", digest, "", "", 1, 0})) == Errc::store);
  store->rollback();
  std::uint64_t writes = store->writes();
  in_transaction(*store, [&] {
    require_ok(store->remove_token("crm@one"));
    require_ok(store->remove_token("unknown"));
  });
  CHECK(store->writes() > writes);
  CHECK(value_of(store->tokens()) == std::vector{second});
  store.reset();
  CHECK(value_of(engine.writer()->tokens()) == std::vector{second});
}

TEST_CASE("a do-not-call entry holds for its tenant, its kind and its value", "[store][do_not_call]") {
  EVERY_ENGINE(engine);
  auto store = engine.writer();
  constexpr ContactKind kPhone = ContactKind::phone;
  constexpr ContactKind kCustomer = ContactKind::customer_id;
  in_transaction(*store, [&] {
    for (const DoNotCallEntry& entry : std::vector<DoNotCallEntry>{{1, kPhone, "+2", 100},
                                                                   {1, kPhone, "+1", 101},
                                                                   {1, kPhone, "+3", 102},
                                                                   {1, kCustomer, "ann", 103},
                                                                   {2, kPhone, "+9", 104}}) {
      require_ok(store->add_do_not_call(entry));
    }
    CHECK(value_of(store->is_do_not_call(1, kPhone, "+1")));
  });
  for (auto [tenant, kind, value] : {std::tuple{2, kPhone, "+1"},
                                     {1, kCustomer, "+1"},
                                     {1, kPhone, "+11"},
                                     {1, kPhone, ""},
                                     {1, kCustomer, "Ann"}}) {
    INFO(tenant << " " << value);
    CHECK_FALSE(value_of(store->is_do_not_call(tenant, kind, value)));
  }
  CHECK(value_of(store->is_do_not_call(1, kCustomer, "ann")));

  auto reader = engine.open(OpenMode::reader);
  using Entries = std::vector<DoNotCallEntry>;
  CHECK(value_of(reader->do_not_call(1, kPhone, "", 2)) == Entries{{1, kPhone, "+1", 101}, {1, kPhone, "+2", 100}});
  CHECK(value_of(reader->do_not_call(1, kPhone, "+2", 2)) == Entries{{1, kPhone, "+3", 102}});
  CHECK(value_of(reader->do_not_call(1, kPhone, "+3", 2)).empty());
  CHECK(value_of(reader->do_not_call(2, kPhone, "", 10)) == Entries{{2, kPhone, "+9", 104}});

  in_transaction(*store, [&] {
    require_ok(store->add_do_not_call({1, kPhone, "+1", 999}));
    require_ok(store->remove_do_not_call(1, kPhone, "+2"));
    require_ok(store->remove_do_not_call(1, kPhone, "never there"));
  });
  CHECK(value_of(store->do_not_call(1, kPhone, "", 10)) == Entries{{1, kPhone, "+1", 101}, {1, kPhone, "+3", 102}});
}

TEST_CASE("do-not-call entries compare by what a person reads, and stay as they were sent", "[store][do_not_call]") {
  EVERY_ENGINE(engine);
  auto store = engine.writer();
  constexpr ContactKind kPhone = ContactKind::phone;
  constexpr ContactKind kCustomer = ContactKind::customer_id;
  using Entries = std::vector<DoNotCallEntry>;
  in_transaction(*store, [&] {
    require_ok(store->add_do_not_call({1, kPhone, "+1-555-2004", 100}));
    require_ok(store->add_do_not_call({1, kPhone, "+15552004", 101}));
    require_ok(store->add_do_not_call({1, kPhone, "+1 555 2004", 102}));
    require_ok(store->add_do_not_call({1, kCustomer, "C7 ", 103}));
    require_ok(store->add_do_not_call({1, kCustomer, "C-7", 104}));
  });
  for (const char* same : {"+15552004", "+15552004\xc2\xa0", "\xe2\x80\xaa+15552004\xe2\x80\xac", " +1 (555) 2004"}) {
    INFO(same);
    CHECK(value_of(store->is_do_not_call(1, kPhone, same)));
    CHECK(value_of(store->do_not_call_like(1, kPhone, same, 10)) == Entries{{1, kPhone, "+1-555-2004", 100}});
  }
  CHECK_FALSE(value_of(store->is_do_not_call(1, kPhone, "15552004")));
  CHECK(value_of(store->is_do_not_call(1, kCustomer,
                                       "\xe2\x80\x8b"
                                       "C7")));
  CHECK(value_of(store->do_not_call(1, kPhone, "", 10)) == Entries{{1, kPhone, "+1-555-2004", 100}});
  CHECK(value_of(store->do_not_call(1, kCustomer, "", 10)) ==
        Entries{{1, kCustomer, "C-7", 104}, {1, kCustomer, "C7 ", 103}});
  in_transaction(*store, [&] { require_ok(store->remove_do_not_call(1, kPhone, "+15552004")); });
  CHECK_FALSE(value_of(store->is_do_not_call(1, kPhone, "+1-555-2004")));
}

namespace {

// In the order of their keys, so that two of different origin compare.
using Counts = std::map<std::tuple<StatisticScope, std::int64_t, StatisticKind, std::int32_t>, std::int64_t>;

Counts counts_of(const std::vector<Statistic>& statistics) {
  Counts counts;
  for (const Statistic& s : statistics) {
    REQUIRE(s.records != 0);
    REQUIRE(counts.emplace(std::tuple(s.scope, s.dbid, s.kind, s.value), s.records).second);
  }
  return counts;
}

Counts recount(const std::map<std::int64_t, Record>& rows) {
  Counts counts;
  auto count = [&](StatisticScope scope, std::int64_t dbid, const Record& row) {
    ++counts[{scope, dbid, StatisticKind::status, row.record_status}];
    ++counts[{scope, dbid, StatisticKind::type, row.record_type}];
    ++counts[{scope, dbid, StatisticKind::result, row.call_result}];
  };
  for (const auto& [id, row] : rows) {
    count(StatisticScope::list, row.list_dbid, row);
    if (row.group_dbid != 0) count(StatisticScope::group, row.group_dbid, row);
  }
  return counts;
}

}  // namespace

TEST_CASE("the statistics agree with a count of all rows after each transaction", "[store][statistics]") {
  EVERY_ENGINE(engine);
  auto store = engine.writer();
  auto reader = engine.open(OpenMode::reader);
  INFO("seed " << Catch::getSeed());
  std::mt19937_64 random(Catch::getSeed());
  auto below = [&](std::uint64_t n) { return static_cast<std::int32_t>(random() % n); };
  std::map<std::int64_t, Record> rows;
  auto shuffle = [&](Record& row) {
    row.record_status = below(3), row.record_type = below(3), row.call_result = below(5), row.group_dbid = below(3);
  };
  for (int round = 0; round < 80; ++round) {
    auto before = rows;
    require_ok(store->begin());
    for (int writes = below(20); writes > 0; --writes) {
      if (rows.empty() || below(2)) {
        Record row = some_record(value_of(store->take_ids(IdKind::record, 1)), 1 + below(3));
        shuffle(row);
        require_ok(store->insert_record(row));
        rows[row.record_id] = row;
      } else {
        Record& row = std::next(rows.begin(), below(rows.size()))->second;
        Record old = row;
        if (below(4)) shuffle(row);
        if (below(4) == 0) row.contact_info = std::to_string(below(1000));
        require_ok(store->update_record(old, row));
      }
    }
    REQUIRE(counts_of(value_of(store->statistics())) == recount(before));
    if (below(3) == 0 && !engine.pipelined()) {
      // One that fails counts nothing, also when the rest of the transaction is committed.
      Record absent = some_record(1'000'000);
      absent.record_status = 3;
      REQUIRE_FALSE(store->update_record(some_record(1'000'000), absent));
    }
    if (below(4) == 0) {
      store->rollback();
      rows = before;
    } else {
      require_ok(store->commit());
    }
    REQUIRE(counts_of(value_of(store->statistics())) == recount(rows));
    REQUIRE(counts_of(value_of(reader->statistics())) == recount(rows));
    if (below(10) == 0) store = engine.writer();
  }
}

TEST_CASE("one transaction may change the statistics of many lists and groups", "[store][statistics]") {
  EVERY_ENGINE(engine);
  auto store = engine.writer();
  std::map<std::int64_t, Record> rows;
  for (std::int64_t half : {0, 1}) {
    in_transaction(*store, [&] {
      for (std::int64_t k = 1; k <= 2000; ++k) {
        Record row = some_record(half * 2000 + k, k % 700);
        row.group_dbid = k % 50, row.record_status = static_cast<std::int32_t>(k % 9);
        require_ok(store->insert_record(row));
        rows[row.record_id] = row;
      }
    });
    CHECK(counts_of(value_of(store->statistics())) == recount(rows));
  }
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
  CHECK(error_of(engine, *store, store->keep_answer("key 1", {"g", "b"}, 103)) == Errc::store);
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
  if (!store) _exit(1);
  take_lease(**store, engine.url(), "victim");
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
    std::set<std::int64_t> found;
    auto rows = all_records(*store, kList);
    for (const Record& row : rows) found.insert(row.chain_id);
    CHECK(rows.size() == found.size() * kBatchRows);
    std::map<std::int64_t, Record> by_id;
    for (const Record& row : rows) by_id[row.record_id] = row;
    CHECK(counts_of(value_of(store->statistics())) == recount(by_id));
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
    CHECK(open_lease_store(url, std::chrono::seconds(1)).error().code == Errc::invalid);
  }
}

}  // namespace outpost::test
