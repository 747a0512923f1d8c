// The conformance suite: how records are found, by chain, page, contact and customer, and counted.
#include <algorithm>
#include <array>
#include <random>
#include <span>

#include "tests/component/supervisor/store/conformance.h"

namespace outpost::test::record_store_records_test {

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

TEST_CASE("a deleted record is in no chain, page or counter", "[store][statistics]") {
  EVERY_ENGINE(engine);
  auto store = engine.writer();
  std::vector<Record> rows;
  for (std::int32_t n = 0; n < 3; ++n) {
    rows.push_back(some_record(10 + n));
    rows.back().chain_id = 10, rows.back().chain_n = n;
  }
  insert_all(*store, rows);
  std::map<std::int64_t, Record> left;
  for (const Record& row : rows) left[row.record_id] = row;
  in_transaction(*store, [&] {
    require_ok(store->delete_record(rows[1]));
    CHECK_FALSE(value_of(store->record(kList, 11)));
    CHECK(ids_of(value_of(store->chain(kList, 10, 100))) == Ids{10, 12});
  });
  left.erase(11);
  CHECK(counts_of(value_of(store->statistics())) == recount(left));
  CHECK(ids_of(value_of(store->records(kList, {})).records) == Ids{10, 12});
  REQUIRE(store->begin());
  auto again = store->delete_record(rows[1]);
  if (again) again = store->commit();  // an engine may tell it then
  CHECK_FALSE(again);
  store->rollback();
  // And it comes back under its number.
  in_transaction(*store, [&] { require_ok(store->insert_record(rows[1])); });
  left[11] = rows[1];
  CHECK(counts_of(value_of(store->statistics())) == recount(left));
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

}  // namespace outpost::test::record_store_records_test
