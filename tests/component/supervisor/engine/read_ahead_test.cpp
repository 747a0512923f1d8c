// What reading ahead promises: as few round trips for a batch as for one request, and the same answers as without.
#include <algorithm>
#include <functional>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "tests/support/engine_on.h"

#include <catch2/generators/catch_generators.hpp>
#include <catch2/generators/catch_generators_range.hpp>

namespace outpost::test::read_ahead_test {

namespace {

std::string phone_of(std::size_t i) { return "+1555" + std::to_string(2000000 + i); }

std::int64_t handle_in(const Event& answer) { return answer.integer("GSW_RECORD_HANDLE").value_or(0); }

// Without what is random in it.
std::string shown(const Answer& answer) {
  std::string text;
  auto show = [&](const Event& event) {
    for (const Event::Attribute& attribute : event) {
      std::string key(attribute.key.text());
      if (key.find("GUID") != std::string::npos) continue;
      const auto* words = std::get_if<std::string>(&attribute.value);
      text += key + "=" + (words ? *words : std::to_string(std::get<std::int64_t>(attribute.value))) + "\n";
    }
  };
  show(answer.event);
  for (const Event& record : answer.records) show(record);
  return text;
}

// `n` records that are held, each by an agent of its own.
std::vector<std::int64_t> hold(EngineOn& on, std::size_t n, std::size_t& made) {
  std::vector<std::int64_t> handles;
  for (std::size_t i = 0; i < n; ++i) on.ask(added(phone_of(made + i)));
  for (std::size_t i = 0; i < n; ++i) {
    handles.push_back(handle_in(on.ask(previewed("agent" + std::to_string(made + i)))));
    REQUIRE(handles.back() != 0);
  }
  made += n;
  return handles;
}

// A batch of `n` requests of one kind; `made` counts the records that were made for it.
using Batch = std::function<std::vector<Request>(EngineOn& on, std::size_t n, std::size_t& made)>;

Batch on_handles(std::string name, Attributes more = {}) {
  return [name, more](EngineOn& on, std::size_t n, std::size_t& made) {
    std::vector<Request> requests;
    for (std::int64_t handle : hold(on, n, made)) requests.push_back(on_handle(name, handle, more));
    return requests;
  };
}

Batch for_each_new_record(std::function<Request(EngineOn&, std::size_t)> make) {
  return [make](EngineOn& on, std::size_t n, std::size_t& made) {
    std::vector<Request> requests;
    for (std::size_t i = 0; i < n; ++i) on.ask(added(phone_of(made + i), {{"client-id", "C" + phone_of(made + i)}}));
    for (std::size_t i = 0; i < n; ++i) requests.push_back(make(on, made + i));
    made += n;
    return requests;
  };
}

struct Kind {
  std::string name;
  std::uint64_t round_trips;
  Batch batch;
};

std::vector<Kind> kinds() {
  auto add = [](EngineOn&, std::size_t i) { return added("+1777" + std::to_string(1000000 + i)); };
  auto keyed = [](EngineOn&, std::size_t i) {
    return added("+1777" + std::to_string(1000000 + i), {}, "key" + std::to_string(i));
  };
  auto joined = [](EngineOn& on, std::size_t i) {
    return added("+1777" + std::to_string(1000000 + i), {{"GSW_CHAIN_ID", on.records(301)[i].chain_id}});
  };
  auto phone = [](std::string name) {
    return [name](EngineOn&, std::size_t i) { return by_phone(name, phone_of(i)); };
  };
  return {
      {"AddRecord", 1, for_each_new_record(add)},
      {"AddRecord with a key", 2, for_each_new_record(keyed)},
      {"AddRecord to a chain", 2, for_each_new_record(joined)},
      {"PreviewRecordRequest", 2,
       for_each_new_record([](EngineOn&, std::size_t i) { return previewed("agent" + std::to_string(i)); })},
      {"UpdateCallCompletionStats", 2, on_handles("UpdateCallCompletionStats", {{"GSW_CALL_RESULT", "Busy"}})},
      {"RecordProcessed", 2, on_handles("RecordProcessed")},
      {"RecordReject", 2, on_handles("RecordReject")},
      {"RecordReschedule", 2, on_handles("RecordReschedule", {{"GSW_DATE_TIME", "07/02/2026 15:00"}})},
      {"ChainedRecordRequest", 2, on_handles("ChainedRecordRequest")},
      {"DoNotCall", 3, on_handles("DoNotCall")},
      {"RequestRecordCancel", 2, on_handles("RequestRecordCancel")},
      {"DoNotCall by phone", 3, for_each_new_record(phone("DoNotCall"))},
      {"RequestRecordCancel by phone", 3, for_each_new_record(phone("RequestRecordCancel"))},
  };
}

}  // namespace

TEST_CASE("a batch takes no more round trips than a request alone", "[engine][postgresql][readahead]") {
  for (const Kind& kind : kinds()) {
    EngineOn on("postgresql");
    std::size_t made = 0;
    on.batch(kind.batch(on, 2, made));  // what is learnt from a batch before, and identifiers
    for (std::size_t size : {1, 8, 64}) {
      std::vector<Request> requests = kind.batch(on, size, made);
      on.ask(request("campaigngroups", "CampaignStatusRequest", {{"GSW_CAMPAIGN_GROUP_DBID", n(501)}}));
      const std::uint64_t before = on.store().round_trips();
      std::vector<Answer> answers = on.batch(requests);
      INFO(kind.name << ", " << size << ": " << shown(answers.front()));
      CHECK(on.store().round_trips() - before == kind.round_trips);
      for (const Answer& answer : answers) CHECK(error_of(answer.event) == 0);
    }
  }
}

TEST_CASE("LogOut and the session timeout give records back in a constant number of round trips",
          "[engine][postgresql][readahead]") {
  EngineOn on("postgresql");
  std::size_t made = 0;
  std::vector<std::uint64_t> taken;
  for (std::size_t size : {1, 8, 64}) {
    hold(on, size, made);
    std::vector<Request> requests;
    for (std::size_t i = made - size; i < made; ++i) {
      requests.push_back(request("campaigngroups", "LogOut",
                                 {{"GSW_CAMPAIGN_GROUP_DBID", n(501)}, {"GSW_AGENT_ID", "agent" + std::to_string(i)}}));
    }
    const std::uint64_t before = on.store().round_trips();
    on.batch(requests);
    taken.push_back(on.store().round_trips() - before);
    hold(on, size, made);
    on.clock().advance(1000);
    const std::uint64_t before_sweep = on.store().round_trips();
    on.sweep();
    taken.push_back(on.store().round_trips() - before_sweep);
    CHECK(std::ranges::none_of(on.records(301), [](const Record& record) { return record.handle != 0; }));
  }
  CHECK(taken == std::vector<std::uint64_t>{taken[0], taken[1], taken[0], taken[1], taken[0], taken[1]});
}

TEST_CASE("requests of one batch see what those before them did", "[engine][readahead]") {
  EngineOn on(GENERATE(from_range(engine_names())));
  for (std::size_t i = 0; i < 3; ++i) on.ask(added(phone_of(i)));
  std::vector<Answer> two = on.batch({previewed("a"), previewed("b"), previewed("c"), previewed("d")});
  CHECK(*two[0].event.string("GSW_PHONE") == phone_of(0));
  CHECK(*two[1].event.string("GSW_PHONE") == phone_of(1));
  CHECK(*two[2].event.string("GSW_PHONE") == phone_of(2));
  CHECK(handle_in(two[3].event) == 0);

  // An added record, one that a handle gives back, one that comes to be listed.
  std::vector<Answer> mixed = on.batch({added(phone_of(3)), previewed("d"), previewed("e"),
                                        on_handle("RecordReject", handle_in(two[0].event)), previewed("f")});
  CHECK(*mixed[1].event.string("GSW_PHONE") == phone_of(3));
  CHECK(handle_in(mixed[2].event) == 0);
  CHECK(*mixed[4].event.string("GSW_PHONE") == phone_of(0));
  for (std::size_t i = 4; i < 6; ++i) on.ask(added(phone_of(i)));
  std::vector<Answer> listed =
      on.batch({by_phone("DoNotCall", phone_of(4)), previewed("d"),
                on_handle("RecordReschedule", handle_in(two[1].event),
                          {{"GSW_DATE_TIME", "07/02/2026 12:00"}, {"GSW_CALLBACK_TYPE", "Personal"}}),
                previewed("b")});
  CHECK(*listed[1].event.string("GSW_PHONE") == phone_of(5));
  CHECK(*listed[3].event.string("GSW_PHONE") == phone_of(1));
  CHECK(error_of(on.batch({on_handle("RecordProcessed", handle_in(listed[3].event)),
                           on_handle("RecordProcessed", handle_in(listed[3].event))})[1]
                     .event) != 0);
}

TEST_CASE("what is no text is refused alone, not with its batch", "[engine][readahead]") {
  EngineOn on(GENERATE(from_range(engine_names())));
  on.ask(added(phone_of(0)));
  auto bad = GENERATE(std::string("\xFF"), std::string("a\0b", 3));
  std::vector<Answer> answers = on.batch({previewed(bad), by_phone("DoNotCall", bad), added(phone_of(1), {}, bad),
                                          added(phone_of(2), {}, "key"), previewed("a")});
  for (std::size_t i = 0; i < 3; ++i) CHECK(error_of(answers[i].event) != 0);
  CHECK(on.records(301).size() == 2);
  CHECK(*answers[4].event.string("GSW_PHONE") == phone_of(0));
}

TEST_CASE("what is foreseen is in the store's character set", "[engine][readahead]") {
  EngineOn on(GENERATE(from_range(engine_names())), "ISO-8859-1");
  on.ask(added(phone_of(0)));
  std::vector<Answer> answers = on.batch({previewed("M\xFCller"), added(phone_of(1))});
  CHECK(*answers[0].event.string("GSW_PHONE") == phone_of(0));
  CHECK(on.records(301).size() == 2);
}

TEST_CASE("a batch that was rolled back leaves nothing behind", "[engine][readahead]") {
  EngineOn on(GENERATE(from_range(engine_names())));
  on.ask(added(phone_of(0)));
  on.ask(added(phone_of(1)));
  on.failed_batch({previewed("a"), by_phone("DoNotCall", phone_of(1)), added(phone_of(2), {}, "key")});
  std::vector<Answer> answers = on.batch({previewed("a"), previewed("b"), added(phone_of(2), {}, "key")});
  CHECK(*answers[0].event.string("GSW_PHONE") == phone_of(0));
  CHECK(*answers[1].event.string("GSW_PHONE") == phone_of(1));
  CHECK(on.records(301).size() == 3);
}

namespace {

// Requests that know of each other's records and handles, the same for both engines.
class RandomRequests {
 public:
  explicit RandomRequests(std::uint64_t seed) : random_(seed) {}

  std::size_t below(std::size_t end) { return random_() % end; }
  void learn(const Answer& answer) {
    if (std::int64_t handle = handle_in(answer.event)) handles_.push_back(handle);
    if (auto chain = answer.event.integer("GSW_CHAIN_ID")) chains_.push_back(*chain);
  }
  Request next() {
    switch (below(14)) {
      case 0:
      case 1:
      case 2: return add();
      case 3:
      case 4:
      case 5: return previewed(below(3) == 0 ? std::string() : agent());
      case 6: return on_handle("UpdateCallCompletionStats", handle(), {{"GSW_CALL_RESULT", "Busy"}});
      case 7: return on_handle("RecordProcessed", handle());
      case 8: return on_handle("RecordReject", handle());
      case 9: return reschedule();
      case 10: return on_handle("ChainedRecordRequest", handle());
      case 11: return on_handle(below(2) ? "DoNotCall" : "RequestRecordCancel", handle(), chain_attribute());
      case 12: return by_phone(below(2) ? "DoNotCall" : "RequestRecordCancel", phone_of(below(60)), chain_attribute());
      default:
        return request("campaigngroups", "LogOut", {{"GSW_CAMPAIGN_GROUP_DBID", n(501)}, {"GSW_AGENT_ID", agent()}});
    }
  }

 private:
  std::string agent() { return "agent" + std::to_string(below(4)); }
  // Mostly one of late.
  std::int64_t handle() {
    if (handles_.empty() || below(20) == 0) return static_cast<std::int64_t>(below(5));
    return handles_[handles_.size() - 1 - below(std::min<std::size_t>(handles_.size(), 12))];
  }
  Attributes chain_attribute() {
    if (below(2) == 0) return {};
    return {{"GSW_CHAIN_ATTR", below(2) ? "AllChain" : "RecordOnly"}};
  }
  Request reschedule() {
    Attributes more{{"GSW_DATE_TIME", below(2) ? "07/02/2026 12:00" : "07/02/2026 12:10"},
                    {"GSW_CALLBACK_TYPE", below(2) ? "Personal" : "Campaign"},
                    {"GSW_AGENT_ID", agent()}};
    return on_handle(below(4) ? "RecordReschedule" : "ScheduledRecordReschedule", handle(), std::move(more));
  }
  Request add() {
    Attributes more;
    if (!chains_.empty() && below(3) == 0) more.push_back({"GSW_CHAIN_ID", chains_[below(chains_.size())]});
    if (below(4) == 0) {
      more.push_back({"GSW_FROM", n(0)});
      more.push_back({"GSW_UNTIL", static_cast<std::int64_t>(1000 * below(80) + 7000)});
    }
    if (below(4) == 0) more.push_back({"client-id", "C" + std::to_string(below(8))});
    if (below(5) == 0) {
      more.push_back({"GSW_RECORD_TYPE", n(below(2) ? 5 : 6)});
      more.push_back({"GSW_AGENT_ID", agent()});
      more.push_back({"GSW_DATE_TIME", "07/02/2026 12:00"});
    }
    Request made = added(phone_of(below(60)), std::move(more), below(3) ? "" : "key" + std::to_string(below(30)));
    if (below(5) == 0) {
      made.event.set("GSW_CALLING_LIST", "Shared");
      made.event.set("GSW_CAMPAIGN_NAME", "Spring");
    }
    return made;
  }

  std::mt19937_64 random_;
  std::vector<std::int64_t> handles_;
  std::vector<std::int64_t> chains_;
};

}  // namespace

TEST_CASE("random batches are answered alike with and without reading ahead", "[engine][postgresql][readahead]") {
  INFO("seed " << Catch::getSeed());
  RandomRequests random(Catch::getSeed());
  EngineOn plain("sqlite");
  EngineOn ahead("postgresql");
  for (int round = 0; round < 120; ++round) {
    std::vector<Request> requests;
    for (std::size_t size = 1 + random.below(random.below(2) ? 4 : 40); size > 0; --size) {
      requests.push_back(random.next());
    }
    if (random.below(10) == 0) {
      plain.failed_batch(requests);
      ahead.failed_batch(requests);
      continue;
    }
    std::vector<Answer> expected = plain.batch(requests);
    std::vector<Answer> answers = ahead.batch(requests);
    for (std::size_t i = 0; i < requests.size(); ++i) {
      INFO("round " << round << ", request " << i << ": " << *requests[i].event.string("GSW_AGENT_REQ_TYPE"));
      REQUIRE(shown(answers[i]) == shown(expected[i]));
      random.learn(answers[i]);
    }
    for (EngineOn* on : {&plain, &ahead}) on->clock().advance(static_cast<std::int64_t>(round % 7));
    if (round % 9 == 0) {
      plain.sweep();
      ahead.sweep();
    }
  }
  for (std::int64_t list : {301, 303}) CHECK(ahead.records(list) == plain.records(list));
}

}  // namespace outpost::test::read_ahead_test
