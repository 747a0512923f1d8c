// Previews that are validated, on both engines of the store.
#include <algorithm>
#include <string>
#include <vector>

#include "tests/support/engine_on.h"

#include <catch2/generators/catch_generators.hpp>
#include <catch2/generators/catch_generators_range.hpp>

namespace outpost::test::validated_previews_test {

using Kind = Verdict::Kind;

namespace {

std::string phone_of(std::size_t i) { return "+1555" + std::to_string(3000000 + i); }

void validate(EngineOn& on) {
  OutwardConfig outward;
  outward.pre_dial_validation = true;
  outward.validation_uri = "http://127.0.0.1/rules";
  on.engine().set_outward(Outward(outward, {}));
}

std::vector<EngineOn::Pending> previews(std::size_t n) {
  std::vector<EngineOn::Pending> all;
  for (std::size_t i = 0; i < n; ++i) all.push_back({previewed("agent" + std::to_string(i)), {}});
  return all;
}

}  // namespace

TEST_CASE("each verdict has its way, in one transaction with others", "[engine][validation]") {
  EngineOn on(GENERATE(from_range(engine_names())));
  validate(on);
  for (std::size_t i = 0; i < 5; ++i) on.ask(added(phone_of(i), {{"STATE", "ME"}}));
  auto all = previews(4);
  on.begin_validations(all);
  for (const auto& one : all) REQUIRE(one.reply.validation);
  all[0].verdict = {.kind = Kind::dial, .update = event({{"STATE", "VT"}})};
  all[1].verdict = {.kind = Kind::refuse, .call_result = 35, .reason = "no"};
  all[2].verdict = failed_verdict("its server sleeps");
  all[3].verdict = giving_back("its client has left", protocol::ErrorNumber::timeout);
  std::int64_t returned = all[3].reply.validation->handle;
  on.end_validations(all);
  CHECK(*all[0].reply.event.string("STATE") == "VT");
  CHECK(all[1].reply.validation);  // the next one
  CHECK(error_of(all[2].reply.event) == 131);
  CHECK(error_of(all[3].reply.event) == 132);
  auto records = on.records(301);
  std::vector<std::int32_t> statuses;
  for (const Record& record : records) statuses.push_back(record.record_status);
  CHECK(statuses == std::vector<std::int32_t>{2, 3, 1, 1, 2});
  CHECK(records[1].call_result == 35);
  CHECK(records[2].dial_sched_time > kNoon);
  CHECK(records[3].dial_sched_time == 0);
  auto handle = on.store().handle(returned);
  CHECK(!(*handle)->closed_by.empty());
  // What is left is what waits, for the next supervisor to find.
  auto waiting = on.store().validating_handles(0, 100);
  REQUIRE(waiting->size() == 1);
  std::vector<std::int64_t> numbers{waiting->front().handle};
  require_ok(on.store().begin());
  require_ok(on.engine().give_back_unvalidated(on.store(), numbers));
  require_ok(on.store().commit());
  CHECK(on.store().validating_handles(0, 100)->empty());
  CHECK(on.records(301)[4].record_status == 1);
}

TEST_CASE("validations of one batch take no more round trips than one", "[engine][postgresql][readahead][validation]") {
  EngineOn on("postgresql");
  validate(on);
  std::size_t made = 0;
  std::vector<std::uint64_t> taken;
  for (std::size_t size : {2, 1, 8, 64}) {  // the first learns
    for (std::size_t i = 0; i < size; ++i) on.ask(added(phone_of(made++)));
    auto all = previews(size);
    const std::uint64_t before = on.store().round_trips();
    on.begin_validations(all);
    taken.push_back(on.store().round_trips() - before);
    for (auto& one : all) one.verdict = {.kind = Kind::dial};
    const std::uint64_t before_end = on.store().round_trips();
    on.end_validations(all);
    taken.push_back(on.store().round_trips() - before_end);
    for (const auto& one : all) CHECK(error_of(one.reply.event) == 0);
  }
  CHECK(taken == std::vector<std::uint64_t>{taken[0], taken[1], 2, 2, 2, 2, 2, 2});
}

}  // namespace outpost::test::validated_previews_test
