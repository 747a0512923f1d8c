#include "supervisor/engine/traffic.h"

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/temp_dir.h"

#include <catch2/catch_test_macros.hpp>

#include "tests/support/open_log.h"

namespace outpost::test::traffic_test {

using namespace outpost::supervisor;
using protocol::Answer;
using protocol::ErrorNumber;

namespace {

// Keeps the requests until the test answers them.
struct HeldRequests final : RequestSink {
  std::uint64_t submit(protocol::Request, Answered answered) override {
    if (full) return 0;
    waiting.push_back(std::move(answered));
    return waiting.size();
  }
  void withdraw(std::uint64_t number) override { withdrawn.push_back(number); }
  void answer(std::size_t i, protocol::Event event) {
    std::exchange(waiting[i], nullptr)(Answer{std::move(event), {}});
  }

  bool full = false;
  std::vector<Answered> waiting;
  std::vector<std::uint64_t> withdrawn;
};

struct SeenReplies final : ProxyTraffic::Replies {
  void reply(std::uint64_t correlation, protocol::ClientReply reply) override {
    seen.emplace_back(correlation, std::get<Answer>(reply).event);
  }
  std::vector<std::pair<std::uint64_t, protocol::Event>> seen;
};

protocol::Event named(std::string name) {
  protocol::Event event;
  event.add("GSW_USER_EVENT", std::move(name));
  return event;
}

struct Fixture {
  TempDir folder;
  Loop loop;
  std::unique_ptr<Log> log = open_log(folder);
  HeldRequests sink;
  OutboundTraffic outbound{loop, *log, sink};
  ProxyTraffic& traffic = outbound;
  SeenReplies replies;

  void ask(std::uint64_t correlation, std::string name = "AddRecord") {
    protocol::Request request;
    request.event.add("GSW_AGENT_REQ_TYPE", std::move(name));
    REQUIRE(traffic.on_message(correlation, std::move(request), replies));
  }
};

}  // namespace

TEST_CASE_METHOD(Fixture, "each answer goes to who asked, in whichever order they come", "[traffic]") {
  for (std::uint64_t i = 0; i < 3; ++i) ask(i);
  sink.answer(2, named("AddRecordAcknowledge"));
  sink.answer(0, named("DoNotCallAcknowledge"));
  ask(3);  // in the place of one that was answered
  sink.answer(3, named("AddRecordAcknowledge"));
  sink.answer(1, named("AddRecordAcknowledge"));
  std::vector<std::uint64_t> order;
  for (const auto& [correlation, event] : replies.seen) order.push_back(correlation);
  CHECK(order == std::vector<std::uint64_t>{2, 0, 3, 1});
  CHECK(*replies.seen[1].second.string("GSW_USER_EVENT") == "DoNotCallAcknowledge");
}

TEST_CASE_METHOD(Fixture, "answers are counted by what they say, and by nothing that is not of the tables",
                 "[traffic]") {
  CHECK(outbound.counters().by_outcome.empty());
  for (std::uint64_t i = 0; i < 6; ++i) ask(i);
  sink.answer(0, named("AddRecordAcknowledge"));
  sink.answer(1, named("AddRecordAcknowledge"));
  sink.answer(2, protocol::error_event(ErrorNumber::missing_attribute, "something is needed"));
  sink.answer(3, named("something else"));
  sink.answer(4, {});
  sink.answer(5, protocol::error_event(ErrorNumber::store_unavailable, "nobody is there"));
  CHECK(outbound.counters().by_outcome ==
        std::map<std::string, std::uint64_t>{
            {"AddRecordAcknowledge", 2}, {"103 MissingAttribute", 1}, {"135 StoreUnavailable", 1}, {"unnamed", 2}});
  CHECK(outbound.counters().refused == 0);
}

TEST_CASE_METHOD(Fixture, "what cannot be taken is answered at once", "[traffic]") {
  sink.full = true;
  ask(9);
  REQUIRE(replies.seen.size() == 1);
  CHECK(replies.seen[0].first == 9);
  CHECK(replies.seen[0].second.integer("GSW_ERROR_NUMBER") == 134);
  CHECK(outbound.counters().refused == 1);
  CHECK(outbound.counters().by_outcome == std::map<std::string, std::uint64_t>{{"134 Overload", 1}});
}

TEST_CASE_METHOD(Fixture, "so many whole chains are in the making at once, and no more", "[traffic]") {
  constexpr std::uint64_t kChainsMax = 64;
  for (std::uint64_t i = 0; i < kChainsMax; ++i) ask(i, "ChainedRecordRequest");
  ask(100, "ChainedRecordRequest");
  CHECK(replies.seen.size() == 1);
  ask(101);  // another request is none of them
  CHECK(replies.seen.size() == 1);
  sink.answer(0, named("ChainedRecordsDataEnd"));
  ask(102, "ChainedRecordRequest");
  CHECK(outbound.counters().refused == 1);
}

TEST_CASE_METHOD(Fixture, "a preview whose client has left is withdrawn while it waits, and is answered all the same",
                 "[traffic][validation]") {
  ask(1, "PreviewRecordRequest");
  ask(2);
  ask(3, "PreviewRecordRequest");
  traffic.on_left(2, replies);  // what the store has of others, it goes on with
  traffic.on_left(9, replies);
  CHECK(sink.withdrawn.empty());
  traffic.on_left(3, replies);
  CHECK(sink.withdrawn == std::vector<std::uint64_t>{3});
  sink.answer(2, named("PreviewRecord"));
  CHECK(replies.seen.size() == 1);
  traffic.on_left(3, replies);
  CHECK(sink.withdrawn.size() == 1);

  SeenReplies other;
  traffic.on_gone(other);
  CHECK(sink.withdrawn.size() == 1);
  traffic.on_gone(replies);  // all that its proxy had
  CHECK(sink.withdrawn == std::vector<std::uint64_t>{3, 1});
}

}  // namespace outpost::test::traffic_test
