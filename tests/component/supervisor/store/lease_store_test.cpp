// What every engine behind LeaseStore promises.
#include "supervisor/store/lease_store.h"

#include <chrono>
#include <future>
#include <set>

#include "supervisor/store/sql/schema.h"
#include "tests/component/supervisor/store/engines.h"

#include <catch2/generators/catch_generators.hpp>
#include <catch2/generators/catch_generators_range.hpp>

namespace outpost::test::lease_store_test {

using namespace supervisor;
using namespace std::chrono_literals;

namespace {

#define EVERY_ENGINE(name) EngineUnderTest name(GENERATE(from_range(engine_names())))

constexpr auto kLeaseTime = 3000ms;

std::unique_ptr<LeaseStore> leases_of(const EngineUnderTest& engine, std::chrono::milliseconds limit = 5s) {
  auto leases = open_lease_store(engine.url(), limit);
  if (!leases) FAIL(leases.error().text);
  return std::move(*leases);
}

Member member(const std::string& name, const std::string& instance = "1") {
  Member self;
  self.name = name, self.instance = instance, self.host = "host-" + name, self.pid = 4711;
  self.process_start = "123456", self.program = "outpostd 1", self.schema_version = schema_version();
  self.role = "backup", self.reason = "started", self.since = 1'700'000'000;
  return self;
}

std::int64_t take(LeaseStore& leases, const std::string& name) {
  auto taken = value_of(leases.take(value_of(leases.look()).lease, member(name), kLeaseTime));
  REQUIRE(taken);
  return *taken;
}

void insert(RecordStore& store, std::int64_t id) {
  in_transaction(store, [&] { require_ok(store.insert_record(some_record(id))); });
}

}  // namespace

TEST_CASE("a new store's lease is nobody's", "[store][lease]") {
  EVERY_ENGINE(engine);
  auto leases = leases_of(engine);
  LeaseView view = value_of(leases->look());
  CHECK(view.lease == Lease{});
  CHECK(view.members.empty());
  CHECK(view.now > 1'600'000'000'000);
  CHECK(view.schema_version == schema_version());
}

TEST_CASE("a lease is taken, renewed and given back", "[store][lease]") {
  EVERY_ENGINE(engine);
  auto leases = leases_of(engine);
  auto store = engine.open(OpenMode::writer);
  std::int64_t epoch = take(*leases, "one");
  store->hold(epoch);
  LeaseView taken = value_of(leases->look());
  CHECK(epoch == 1);
  CHECK(taken.lease.holder == "one");
  CHECK(taken.lease.instance == "1");
  CHECK(taken.lease.epoch == 1);
  CHECK(taken.lease.renewals == 0);
  CHECK(taken.lease.lease_ms == kLeaseTime.count());
  CHECK(taken.lease.expires_at - taken.now > 0);
  CHECK(taken.lease.expires_at - taken.now <= kLeaseTime.count());

  in_transaction(*store, [&] { require_ok(store->renew_lease(60s)); });
  LeaseView renewed = value_of(leases->look());
  CHECK(renewed.lease.renewals == 1);
  CHECK(renewed.lease.lease_ms == 60'000);
  CHECK(renewed.lease.expires_at - renewed.now > 3000);

  require_ok(leases->note_serving(epoch, 10ms));
  LeaseView serving = value_of(leases->look());
  CHECK(serving.lease.serving_at > 0);
  CHECK(serving.lease.serving_at <= serving.now - 10);

  require_ok(leases->release(epoch, "two", 20ms));
  LeaseView released = value_of(leases->look());
  CHECK(released.lease.holder.empty());
  CHECK(released.lease.instance.empty());
  CHECK(released.lease.wanted_by == "two");
  CHECK(released.lease.epoch == 2);
  CHECK(released.lease.closed_at <= released.now - 20);
  CHECK(store->begin().error().code == Errc::fenced);

  CHECK(take(*leases, "two") == 3);
  Lease lease = value_of(leases->look()).lease;
  CHECK(lease.wanted_by.empty());
  CHECK(lease.serving_at == 0);
  CHECK(lease.closed_at == released.lease.closed_at);
}

TEST_CASE("a lease is taken by who has seen it as it is", "[store][lease]") {
  EVERY_ENGINE(engine);
  auto leases = leases_of(engine);
  auto store = engine.open(OpenMode::writer);
  Lease free = value_of(leases->look()).lease;
  store->hold(*value_of(leases->take(free, member("one"), kLeaseTime)));
  CHECK_FALSE(value_of(leases->take(free, member("two"), kLeaseTime)));
  Lease held = value_of(leases->look()).lease;
  in_transaction(*store, [&] { require_ok(store->renew_lease(kLeaseTime)); });
  CHECK_FALSE(value_of(leases->take(held, member("two"), kLeaseTime)));
  Lease renewed = value_of(leases->look()).lease;
  insert(*store, 1);  // is no renewal
  CHECK(value_of(leases->take(renewed, member("two"), kLeaseTime)) == renewed.epoch + 1);
  CHECK(store->begin().error().code == Errc::fenced);
}

TEST_CASE("of many that take a free lease one gets it", "[store][lease]") {
  EVERY_ENGINE(engine);
  auto watching = leases_of(engine);
  for (int round = 0; round < 5; ++round) {
    Lease seen = value_of(watching->look()).lease;
    std::vector<std::future<Result<std::optional<std::int64_t>>>> takers;
    for (int i = 0; i < 4; ++i) {
      takers.push_back(std::async(std::launch::async, [&, i]() -> Result<std::optional<std::int64_t>> {
        auto leases = open_lease_store(engine.url(), 5s);
        if (!leases) return fail(std::move(leases.error()));
        return (*leases)->take(seen, member("taker" + std::to_string(i)), kLeaseTime);
      }));
    }
    int got = 0;
    for (auto& taker : takers) {
      if (value_of(taker.get())) ++got;
    }
    CHECK(got == 1);
    CHECK(value_of(watching->look()).lease.epoch == seen.epoch + 1);
  }
}

TEST_CASE("what is said of an epoch that is over does nothing", "[store][lease]") {
  EVERY_ENGINE(engine);
  auto leases = leases_of(engine);
  std::int64_t old = take(*leases, "one");
  std::int64_t epoch = take(*leases, "two");
  Lease before = value_of(leases->look()).lease;
  require_ok(leases->release(old, "one", 0ms));
  require_ok(leases->want(old, "one"));
  require_ok(leases->note_serving(old, 0ms));
  CHECK(value_of(leases->look()).lease == before);

  require_ok(leases->want(epoch, "one"));
  CHECK(value_of(leases->look()).lease.wanted_by == "one");
  require_ok(leases->want(epoch, ""));
  CHECK(value_of(leases->look()).lease == before);
}

TEST_CASE("a supervisor says what it is, and says it anew", "[store][lease]") {
  EVERY_ENGINE(engine);
  auto leases = leases_of(engine);
  Member one = member("one");
  one.problem = "caf\xc3\xa9 'quoted'", one.ready_for = 7;
  require_ok(leases->announce(member("two")));
  require_ok(leases->announce(one));
  LeaseView view = value_of(leases->look());
  REQUIRE(view.members.size() == 2);
  CHECK(view.members[0].seen_at > view.now - 60'000);
  CHECK(view.members[0].seen_at <= view.now);
  one.seen_at = view.members[0].seen_at;
  CHECK(view.members[0] == one);
  CHECK(view.members[1].name == "two");

  one.instance = "2", one.role = "primary", one.pid = 5'000'000'000;
  require_ok(leases->announce(one));
  view = value_of(leases->look());
  REQUIRE(view.members.size() == 2);
  CHECK(view.members[0].instance == "2");
  CHECK(view.members[0].role == "primary");
  CHECK(view.members[0].pid == 5'000'000'000);
}

TEST_CASE("whoever takes the lease during a transaction gets it before or after all of it", "[store][lease]") {
  EVERY_ENGINE(engine);
  auto leases = leases_of(engine);
  auto first = engine.writer("first");
  require_ok(first->begin());
  require_ok(first->insert_record(some_record(1)));
  CHECK(value_of(first->record(1, 1)));  // the write has arrived
  auto taking = std::async(std::launch::async, [&]() -> Result<std::optional<std::int64_t>> {
    auto other = open_lease_store(engine.url(), 5s);
    if (!other) return fail(std::move(other.error()));
    auto seen = (*other)->look();
    if (!seen) return fail(std::move(seen.error()));
    return (*other)->take(seen->lease, member("second"), kLeaseTime);
  });
  CHECK(taking.wait_for(50ms) == std::future_status::timeout);
  require_ok(first->commit());
  CHECK(value_of(taking.get()));
  CHECK(first->begin().error().code == Errc::fenced);
  CHECK(ids_of(all_records(*first, 1)) == std::vector<std::int64_t>{1});
}

TEST_CASE("a transaction that only reads keeps nobody from the lease", "[store][lease]") {
  EngineUnderTest engine("postgresql");  // SQLite locks when it begins
  auto leases = leases_of(engine);
  auto first = engine.writer("first");
  require_ok(first->begin());
  CHECK_FALSE(value_of(first->record(1, 1)));
  take(*leases, "second");
  // Its first write finds out.
  static_cast<void>(first->insert_record(some_record(1)));
  CHECK(first->commit().error().code == Errc::fenced);
  first->rollback();
  CHECK(all_records(*first, 1).empty());
}

}  // namespace outpost::test::lease_store_test
