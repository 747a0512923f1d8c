// Previews whose records are validated, from the request to the answer, over a real store; the courier is the test's.
#include "supervisor/engine/sending/validation.h"

#include <atomic>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "supervisor/engine/threads.h"
#include "tests/component/supervisor/store/failing_store.h"
#include "tests/support/engine_fixture.h"
#include "tests/support/filled_store.h"
#include "tests/support/open_log.h"
#include "tests/support/run_until.h"

namespace outpost::test::validations_test {

using protocol::FetchOutcome;
using protocol::FetchReply;

namespace {

// Answers when the test says so.
struct ScriptedCourier final : Courier {
  std::uint64_t fetch(FetchRequest request, Done done) override {
    asked.push_back(std::move(request));
    waiting[asked.size()] = std::move(done);
    return asked.size();
  }
  void cancel(std::uint64_t number) override { cancelled += waiting.erase(number); }
  void reply(std::size_t number, FetchReply reply) {
    auto node = waiting.extract(number);
    REQUIRE(node);
    node.mapped()(std::move(reply));
  }
  void answer(std::size_t number, std::uint16_t status, std::string body = {}) {
    FetchReply made;
    made.status = status;
    made.body = std::move(body);
    reply(number, std::move(made));
  }
  void fail(std::size_t number, FetchOutcome outcome) {
    FetchReply made;
    made.outcome = outcome;
    made.text = "it did not";
    reply(number, std::move(made));
  }

  std::vector<FetchRequest> asked;  // numbers are places in it, from 1
  std::map<std::uint64_t, Done> waiting;
  std::size_t cancelled = 0;
};

struct Previews {
  TempDir folder;
  Loop loop;
  std::unique_ptr<Log> log = open_log(folder, LogLevel::debug);
  Config config = [this] {
    Config made;
    made.store.url = "sqlite://" + folder.file("records.db");
    made.application.dbid = 134;
    made.application.outward.pre_dial_validation = true;
    made.application.outward.validation_uri = "http://127.0.0.1/rules";
    made.application.outward.validation_http_client = "rules";
    return made;
  }();
  ScriptedCourier courier;
  std::vector<std::pair<std::uint64_t, Event>> answers;  // by the numbers of the requests
  std::atomic<bool> failing = false;                     // every commit
  std::optional<EngineThreads> threads;
  Validations validations{loop, *log, courier};

  Previews() {
    auto store = std::make_unique<FailingStore>(filled_store(config.store.url, kCatalogue));
    store->before_commit = [this]() -> Result<> {
      if (failing) return outpost::fail(Errc::store, "the disk is full");
      return {};
    };
    threads.emplace(loop, *log, config, std::move(store), [](const Error&) {});
    threads->set_validator(validations);
    validations.serve();
  }
  ~Previews() { threads->end(); }

  std::uint64_t submit(Request request) {
    auto number = std::make_shared<std::uint64_t>();
    *number = threads->submit(
        std::move(request), [this, number](Answer answer) { answers.emplace_back(*number, std::move(answer.event)); });
    REQUIRE(*number != 0);
    return *number;
  }
  void add(std::size_t records) {
    for (std::size_t i = 0; i < records; ++i) {
      submit(request("lists", "AddRecord",
                     {{"GSW_CALLING_LIST", "Shared"},
                      {"GSW_CAMPAIGN_NAME", "Autumn"},
                      {"GSW_PHONE", std::to_string(5550100 + i)},
                      {"GSW_TZ_NAME", "GMT"}}));
    }
    until([&] { return answers.size() == records; });
    for (const auto& answer : answers) REQUIRE(error_of(answer.second) == 0);
    answers.clear();
  }
  std::uint64_t preview(std::string key = {}) {
    return submit(
        request("campaigngroups", "PreviewRecordRequest", {{"GSW_CAMPAIGN_GROUP_DBID", n(506)}}, std::move(key)));
  }
  void until(const std::function<bool()>& condition) { run_until(loop, condition); }
  void until_asked(std::size_t times) {
    until([&] { return courier.asked.size() == times; });
  }
  void until_answered(std::size_t times) {
    until([&] { return answers.size() == times; });
  }
  std::size_t with_status(std::int32_t status) {
    auto store = open_store(config.store.url, OpenMode::reader);
    REQUIRE(store);
    RecordFilter filter;
    filter.limit = 1000;
    filter.status = status;
    return (*store)->records(303, filter)->records.size();
  }
};

}  // namespace

TEST_CASE_METHOD(Previews, "as many records are validated at once as there are previews, and nothing else waits",
                 "[engine][validation]") {
  constexpr std::size_t kPreviews = 50;
  add(kPreviews);
  for (std::size_t i = 0; i < kPreviews; ++i) preview();
  until_asked(kPreviews);
  CHECK(courier.asked[0].method == "POST");
  CHECK(courier.asked[0].client == "rules");
  CHECK(courier.asked[0].url == "http://127.0.0.1/rules");
  CHECK(courier.asked[0].headers == std::vector<std::string>{"Content-Type: application/json"});
  CHECK(courier.asked[0].answer_bytes_max == kVerdictBytesMax);
  CHECK(validations.waiting() == kPreviews);
  std::uint64_t other =
      submit(request("campaigngroups", "CampaignStatusRequest", {{"GSW_CAMPAIGN_GROUP_DBID", n(506)}}));
  until_answered(1);
  CHECK(answers[0].first == other);

  for (std::size_t i = kPreviews; i > 0; --i) courier.answer(i, 200, "OK");
  until_answered(1 + kPreviews);
  std::set<std::int64_t> handles;
  for (std::size_t i = 1; i < answers.size(); ++i) handles.insert(*answers[i].second.integer("GSW_RECORD_HANDLE"));
  CHECK(handles.size() == kPreviews);
  CHECK(validations.waiting() == 0);
}

TEST_CASE_METHOD(Previews, "a refusal leads to the next record of the same request", "[engine][validation]") {
  add(3);
  std::uint64_t number = preview();
  until_asked(1);
  courier.answer(1, 409, R"({"GSW_CALL_RESULT":35})");
  until_asked(2);
  courier.answer(2, 409);
  until_asked(3);
  CHECK(answers.empty());
  courier.answer(3, 200);
  until_answered(1);
  CHECK(answers[0].first == number);
  CHECK(answers[0].second.has("GSW_RECORD_HANDLE"));
  CHECK(with_status(3) == 2);
}

TEST_CASE_METHOD(Previews, "a failure is tried again as often as is configured, and then told",
                 "[engine][validation]") {
  config.application.outward.http_retry_applies_to = "validation";
  config.application.outward.http_retry_max_attempts = 2;
  threads->use(config);
  add(1);
  preview();
  until_asked(1);
  courier.fail(1, FetchOutcome::connect);
  until_asked(2);
  courier.fail(2, FetchOutcome::timeout);
  until_asked(3);
  courier.answer(3, 500);
  until_answered(1);
  CHECK(error_of(answers[0].second) == 131);
  CHECK(text_of(answers[0].second).find("its server answered 500") != std::string::npos);
  CHECK(with_status(1) == 1);
}

TEST_CASE_METHOD(Previews, "a courier that is away is no failure of the validator", "[engine][validation]") {
  add(1);
  preview();
  for (std::size_t i = 1; i <= 3; ++i) {
    until_asked(i);
    courier.fail(i, FetchOutcome::unavailable);
  }
  until_asked(4);
  courier.answer(4, 200);
  until_answered(1);
  CHECK(answers[0].second.has("GSW_RECORD_HANDLE"));
}

TEST_CASE_METHOD(Previews, "a validation that is not answered ends before its request does", "[engine][validation]") {
  config.application.limits.request_timeout_ms = 50;
  threads->use(config);
  add(2);
  preview();
  until_answered(1);
  CHECK(error_of(answers[0].second) == 132);
  CHECK(courier.cancelled == courier.asked.size());
  CHECK(validations.waiting() == 0);
  CHECK(with_status(1) == 2);
}

TEST_CASE_METHOD(Previews, "the record of a client that has left is free at once, whenever it leaves",
                 "[engine][validation]") {
  add(1);
  std::uint64_t number = preview();
  until_asked(1);
  threads->withdraw(number);
  until_answered(1);
  CHECK(courier.cancelled == 1);
  CHECK(error_of(answers[0].second) == 132);
  CHECK(with_status(1) == 1);

  number = preview();
  threads->withdraw(number);  // while it is on the store's thread
  until_answered(2);
  CHECK(courier.asked.size() == 1);
  CHECK(with_status(1) == 1);
}

TEST_CASE_METHOD(Previews, "who leaves the role gives back what waits, and asks nobody any more",
                 "[engine][validation]") {
  add(4);
  preview();
  preview();
  until_asked(2);
  validations.leave();
  CHECK(courier.cancelled == 2);
  preview();
  until_answered(3);
  for (const auto& answer : answers) CHECK(error_of(answer.second) == 133);
  CHECK(courier.asked.size() == 2);
  CHECK(with_status(1) == 4);
}

TEST_CASE_METHOD(Previews, "a record whose end the store refused is given back later", "[engine][validation]") {
  add(1);
  preview();
  until_asked(1);
  failing = true;
  courier.answer(1, 200);
  until_answered(1);
  CHECK(error_of(answers[0].second) == 130);
  CHECK(with_status(2) == 1);
  failing = false;
  threads->start_sweeping();
  until([&] { return with_status(1) == 1; });
  threads->stop_sweeping();
}

TEST_CASE_METHOD(Previews, "the next supervisor gives back what the one before it was about to hand out",
                 "[engine][validation]") {
  constexpr std::size_t kMany = 600;  // more than fit into one transaction of it
  add(kMany);
  for (std::size_t i = 0; i < kMany; ++i) preview();
  until_asked(kMany);
  CHECK(with_status(2) == kMany);
  std::optional<bool> opened;
  threads->open(1, config, false, [&](const auto& outcome) { opened = outcome.has_value(); });
  until([&] { return opened.has_value(); });
  CHECK(opened == true);
  until([&] { return with_status(2) == 0; });
}

}  // namespace outpost::test::validations_test
