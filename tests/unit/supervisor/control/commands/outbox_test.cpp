// What outpostctl does to the outbox of a store.
#include <catch2/catch_test_macros.hpp>
#include <string>
#include <vector>

#include "supervisor/engine/outward/outbox_pages.h"
#include "tests/support/store_fixture.h"

namespace outpost::test::outbox_command_test {

using namespace outpost::supervisor;

namespace {

constexpr std::int64_t kNow = 1'700'000'000;

struct Fixture : StoreFixture {
  Fixture() {
    for (std::int64_t id = 1; id <= 4; ++id) add(id, "history", kNow - (5 - id) * 3'600);
    add(5, "webhook:crm", kNow);
  }
  void add(std::int64_t id, std::string destination, std::int64_t created_at) {
    auto kind = destination == "history" ? OutboxKind::history : OutboxKind::webhook;
    auto added = in_transaction([&](RecordStore& store) {
      return store.insert_outbox({id, kind, destination, 301, 7, created_at, 2, "it fails", "{\"n\":1}"});
    });
    REQUIRE(added);
  }
  static JsonValue json(const std::string& text) {
    auto parsed = parse_json(text);
    REQUIRE(parsed);
    return *parsed;
  }
  std::string drop(const std::string& arguments) {
    auto outcome = in_transaction(
        [&](RecordStore& store) { return run_outbox_drop(store, json(arguments), {"contact-processed"}, kNow); });
    return outcome ? outcome->reply : outcome.error().text;
  }
  std::string list(const std::string& arguments) {
    auto reply = in_transaction(
        [&](RecordStore& store) { return run_outbox_list(store, json(arguments), {"contact-processed"}); });
    return reply ? *reply : reply.error().text;
  }
  std::string pause(const std::string& arguments, bool paused, std::int64_t now = kNow) {
    auto outcome = in_transaction([&](RecordStore& store) {
      return run_outbox_pause(store, json(arguments), {"contact-processed"}, paused, now);
    });
    return outcome ? outcome->reply : outcome.error().text;
  }
};

}  // namespace

TEST_CASE_METHOD(Fixture, "messages are listed page by page, with their bodies when asked for", "[outbox]") {
  CHECK(list(R"({"destination":"webhook:crm"})") ==
        R"({"destination":"webhook:crm","messages":[{"message_id":5,"kind":"webhook","list":"","chain_id":7,)"
        R"("created_at":1700000000,"attempts":2,"problem":"it fails","body_bytes":7}],"next":null})");
  CHECK(list(R"({"destination":"webhook:crm","body":true})").find(R"("body":"{\"n\":1}")") != std::string::npos);
  std::string page = list(R"({"destination":"history","behind":1,"limit":2})");
  CHECK(page.find(R"("message_id":1)") == std::string::npos);
  CHECK(page.ends_with(R"("next":3})"));
  CHECK(list(R"({"destination":"history","behind":1,"limit":2,"after":3})").find(R"("message_id":4)") !=
        std::string::npos);
  CHECK(list(R"({"destination":"contact-processed"})") ==
        R"({"destination":"contact-processed","messages":[],"next":null})");
}

TEST_CASE_METHOD(Fixture, "a destination that there is not is named, and what is near", "[outbox]") {
  CHECK(list(R"({"destination":"histroy"})") == R"(the outbox has no destination "histroy"; is "history" meant?)");
  CHECK(pause(R"({"destination":"xyzzy"})", true).find("outpostctl outbox shows those") != std::string::npos);
  CHECK(list("{}") == "argument destination must be a string");
  CHECK(list(R"({"destination":"history","limit":0})") == "limit must be from 1 to 1000");
}

TEST_CASE_METHOD(Fixture, "what is dropped is chosen by number, by age, or is all", "[outbox]") {
  CHECK(drop(R"({"destination":"history"})").starts_with("which messages?"));
  CHECK(drop(R"({"destination":"history","all":true,"message_id":1})").starts_with("which messages?"));
  CHECK(drop(R"({"destination":"history","message_id":5})") == "history has no message 5");
  CHECK(drop(R"({"destination":"history","older_than":2,"dry_run":true})") ==
        R"({"destination":"history","chosen":3,"removed":0,"next":null})");
  CHECK(drop(R"({"destination":"history","older_than":3})") ==
        R"({"destination":"history","chosen":2,"removed":2,"next":null})");
  CHECK(drop(R"({"destination":"history","message_id":4})") ==
        R"({"destination":"history","chosen":1,"removed":1,"next":null})");
  CHECK(drop(R"({"destination":"history","all":true})") ==
        R"({"destination":"history","chosen":1,"removed":1,"next":null})");
  auto left = store().outbox_destinations();
  REQUIRE(left);
  CHECK(*left == std::vector<std::string>{"webhook:crm"});
}

TEST_CASE_METHOD(Fixture, "many are dropped piece by piece", "[outbox]") {
  auto filled = in_transaction([&](RecordStore& store) -> Result<> {
    for (std::int64_t id = 10; id < 1'010; ++id) {
      auto added = store.insert_outbox({id, OutboxKind::webhook, "webhook:gone", 301, id, kNow, 0, "", "{}"});
      if (!added) return added;
    }
    return {};
  });
  REQUIRE(filled);
  CHECK(drop(R"({"destination":"webhook:gone","all":true})") ==
        R"({"destination":"webhook:gone","chosen":500,"removed":500,"next":509})");
  CHECK(drop(R"({"destination":"webhook:gone","all":true,"after":509})") ==
        R"({"destination":"webhook:gone","chosen":500,"removed":500,"next":1009})");
}

TEST_CASE_METHOD(Fixture, "a destination is paused once, since when it was first", "[outbox]") {
  CHECK(pause(R"({"destination":"history"})", true) == R"({"destination":"history","paused":true,"before":false})");
  CHECK(pause(R"({"destination":"history"})", true, kNow + 9) ==
        R"({"destination":"history","paused":true,"before":true})");
  auto backlogs = survey_outbox(store());
  REQUIRE(backlogs);
  REQUIRE(backlogs->size() == 2);
  CHECK(backlogs->front().paused_at == kNow);
  CHECK(backlogs->front().messages == 4);
  CHECK(backlogs->front().oldest_at == kNow - 4 * 3'600);
  CHECK(pause(R"({"destination":"history"})", false) == R"({"destination":"history","paused":false,"before":true})");
  CHECK(pause(R"({"destination":"contact-processed"})", false) ==
        R"({"destination":"contact-processed","paused":false,"before":false})");
}

}  // namespace outpost::test::outbox_command_test
