// The conformance suite: what people set up, the catalogue, tokens and the do-not-call list.
#include <algorithm>
#include <set>
#include <string>

#include "tests/component/supervisor/store/conformance.h"

namespace outpost::test::record_store_catalogue_test {

TEST_CASE("the catalogue comes back as it was put", "[store][catalogue]") {
  EVERY_ENGINE(engine);
  auto store = engine.writer();
  Tenant tenant{1, "Environment"};
  TimeZone zone{900, "MARS", "Etc/UTC"};
  CallingList list{5, "Spring 2024", 1, false, 3600, 7200, {"b", "a", "client-id"}, "client-id", UnknownFields::carry};
  Campaign campaign{6, "Spring", "text", 1, {{5, 30}, {4, 70}}};
  CampaignGroup group{7, "Spring@All", "text", 6, protocol::GroupState::running, protocol::DialMode::push_preview, {}};
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

}  // namespace outpost::test::record_store_catalogue_test
