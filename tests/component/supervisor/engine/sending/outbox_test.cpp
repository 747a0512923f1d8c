// The outbox over a real store, with a courier that answers when the test says so.
#include "supervisor/engine/sending/outbox.h"

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/json.h"
#include "supervisor/metrics/exposition.h"
#include "tests/component/supervisor/store/engines.h"
#include "tests/support/manual_clock.h"
#include "tests/support/open_log.h"
#include "tests/support/run_until.h"

namespace outpost::test::outbox_test {

using namespace outpost::supervisor;
using protocol::FetchOutcome;

namespace {

constexpr std::int64_t kNow = 1'700'000'000;

class HeldCourier final : public Courier {
 public:
  struct Asked {
    FetchRequest request;
    Done done;
  };
  std::uint64_t fetch(FetchRequest request, Done done) override {
    asked[++last] = {std::move(request), std::move(done)};
    return last;
  }
  void cancel(std::uint64_t number) override {
    asked.erase(number);
    ++cancelled;
  }

  // The first that waits for this URL's answer; its body.
  std::string answer(const std::string& url, int status, std::string retry_after = {}) {
    protocol::FetchReply reply;
    reply.status = static_cast<std::uint16_t>(status);
    if (!retry_after.empty()) reply.headers.push_back({"retry-after", std::move(retry_after)});
    return give(url, std::move(reply));
  }
  std::string fail_with(const std::string& url, FetchOutcome outcome) {
    protocol::FetchReply reply;
    reply.outcome = outcome;
    reply.text = "it is so";
    return give(url, std::move(reply));
  }
  std::size_t waiting(const std::string& url) const {
    return static_cast<std::size_t>(
        std::ranges::count_if(asked, [&](const auto& one) { return one.second.request.url == url; }));
  }

  std::map<std::uint64_t, Asked> asked;
  std::uint64_t last = 0;
  std::size_t cancelled = 0;

 private:
  std::string give(const std::string& url, protocol::FetchReply reply) {
    auto found = std::ranges::find_if(asked, [&](const auto& one) { return one.second.request.url == url; });
    REQUIRE(found != asked.end());
    Asked one = std::move(found->second);
    asked.erase(found);
    one.done(std::move(reply));
    return one.request.body;
  }
};

const std::string kHistory = "http://reports.example/history";
const std::string kCrm = "http://crm.example/hook";

WebhookConfig crm() {
  WebhookConfig webhook;
  webhook.name = "crm";
  webhook.url = kCrm;
  return webhook;
}

struct Fixture {
  TempDir folder;
  EngineUnderTest stored{"sqlite"};
  Loop loop;
  std::unique_ptr<Log> log = open_log(folder);
  ManualClock clock{kNow};
  HeldCourier courier;
  Config config = [this] {
    Config made;
    made.store.url = stored.url();
    made.application.outward.send_history = true;
    made.application.outward.history_uri = kHistory;
    made.webhooks.push_back(crm());
    return made;
  }();
  std::unique_ptr<EngineThreads> threads;
  std::unique_ptr<Outbox> outbox;
  std::int64_t last_id = 0;

  Fixture() { open(); }
  ~Fixture() {
    outbox->abandon();
    threads->end();
    outbox.reset();
  }
  void open() {
    threads = std::make_unique<EngineThreads>(loop, *log, config, stored.writer(), [](const Error&) {});
    outbox = std::make_unique<Outbox>(
        loop, *log, *threads, [this]() -> Courier& { return courier; }, clock, config);
  }

  void write(std::function<Result<>(RecordStore&)> work) {
    bool done = false;
    threads->write(
        [work = std::move(work)](RecordStore& store) -> Result<std::string> {
          auto worked = work(store);
          if (!worked) return pass(worked);
          return std::string();
        },
        [&](const Result<std::string>& outcome) {
          REQUIRE(outcome);
          done = true;
        });
    run_until(loop, [&] { return done; });
  }
  // Its body is its number.
  std::int64_t add(std::string destination, std::int64_t chain, std::int64_t age_s = 0) {
    OutboxMessage message;
    message.message_id = ++last_id;
    message.kind = destination.starts_with("webhook") ? OutboxKind::webhook : OutboxKind::history;
    message.destination = std::move(destination);
    message.list_dbid = chain == 0 ? 0 : 301;
    message.chain_id = chain;
    message.created_at = clock.now() - age_s;
    message.body = std::to_string(last_id);
    write([message](RecordStore& store) { return store.insert_outbox(message); });
    return last_id;
  }
  std::vector<OutboxMessage> left(const std::string& destination) {
    auto store = stored.open(OpenMode::reader);
    return value_of(store->outbox(destination, 0, 1'000));
  }
  void await_asked(const std::string& url, std::size_t n) {
    run_until(loop, [&] { return courier.waiting(url) >= n; });
    CHECK(courier.waiting(url) == n);
  }
  void await_left(const std::string& destination, std::size_t n) {
    run_until(loop, [&] { return left(destination).size() == n; });
  }
  std::string metrics() {
    MetricsWriter out(MetricsFormat::prometheus);
    outbox->write_metrics(out);
    return out.text();
  }
  std::string metric(const std::string& sample) {
    std::string text = metrics();
    std::size_t at = text.find("\n" + sample + " ");
    if (at == text.npos) return "none";
    at += sample.size() + 2;
    return text.substr(at, text.find('\n', at) - at);
  }
};

}  // namespace

TEST_CASE_METHOD(Fixture, "messages go in the order of their chain and are removed once answered", "[outbox]") {
  outbox->start();
  for (std::int64_t chain : {5, 5, 6, 5}) add("history", chain);
  await_asked(kHistory, 2);
  CHECK(courier.answer(kHistory, 200) == "1");
  await_asked(kHistory, 2);
  CHECK(courier.answer(kHistory, 204) == "3");
  CHECK(courier.answer(kHistory, 200) == "2");
  await_asked(kHistory, 1);
  CHECK(courier.answer(kHistory, 201) == "4");
  await_left("history", 0);
  CHECK(metric(R"(outpost_outbox_deliveries_total{destination="history",outcome="delivered"})") == "4");
}

TEST_CASE_METHOD(Fixture, "what was written before this became primary is sent", "[outbox]") {
  add("history", 5);
  CHECK(courier.asked.empty());
  outbox->start();
  await_asked(kHistory, 1);
  outbox->stop(std::chrono::milliseconds(0));
  CHECK(courier.cancelled == 1);
  outbox->end();
  CHECK(left("history").size() == 1);
  outbox->start();
  await_asked(kHistory, 1);
  CHECK(courier.answer(kHistory, 200) == "1");
  await_left("history", 0);
}

TEST_CASE_METHOD(Fixture, "what was answered while it stops is written, and nothing new is begun", "[outbox]") {
  outbox->start();
  add("history", 5);
  add("history", 5);
  await_asked(kHistory, 1);
  outbox->stop(std::chrono::hours(1));
  CHECK(courier.answer(kHistory, 200) == "1");
  outbox->end();
  await_left("history", 1);
  CHECK(courier.asked.empty());
}

TEST_CASE_METHOD(Fixture, "a message that is refused keeps its chain waiting, and no other", "[outbox]") {
  outbox->start();
  add("history", 5);
  add("history", 5);
  await_asked(kHistory, 1);
  CHECK(courier.answer(kHistory, 500, "3600") == "1");
  add("history", 6);
  await_asked(kHistory, 1);
  CHECK(courier.answer(kHistory, 200) == "3");
  run_until(loop, [&] { return left("history").front().attempts == 1 && left("history").size() == 2; });
  CHECK(left("history").front().problem == "it answers with status 500");
  CHECK(courier.asked.empty());
  CHECK(outbox->view("history").standing == OutboxStanding::waiting);
  CHECK(outbox->view("history").until > kNow + 3'000);

  CHECK(outbox->retry("history") == 2);
  await_asked(kHistory, 1);
  CHECK(courier.answer(kHistory, 200) == "1");
  await_asked(kHistory, 1);
  CHECK(courier.answer(kHistory, 200) == "2");
  await_left("history", 0);
}

TEST_CASE_METHOD(Fixture, "a destination that cannot be reached is probed with one message, and delays no other",
                 "[outbox]") {
  outbox->start();
  for (std::int64_t chain = 1; chain <= 5; ++chain) add("history", chain);
  await_asked(kHistory, 5);
  for (int i = 0; i < 5; ++i) courier.fail_with(kHistory, FetchOutcome::connect);
  add("webhook:crm", 9);
  await_asked(kCrm, 1);
  courier.answer(kCrm, 200);
  await_left("webhook:crm", 0);
  CHECK(outbox->view("history").problem == "it is so");
  outbox->retry("");
  await_asked(kHistory, 1);
  loop.run_once(false);
  CHECK(courier.waiting(kHistory) == 1);
  courier.answer(kHistory, 200);
  // It is well again: those that failed each wait for their own time, or for somebody who is in a hurry.
  outbox->retry("");
  await_asked(kHistory, 4);
  while (courier.waiting(kHistory) > 0) courier.answer(kHistory, 200);
  await_left("history", 0);
  CHECK(metric(R"(outpost_outbox_deliveries_total{destination="history",outcome="unreachable"})") == "5");
}

TEST_CASE_METHOD(Fixture, "what the courier did not try is no attempt", "[outbox]") {
  config.application.outward.http_retry_max_attempts = 1;
  outbox->use(config);
  outbox->start();
  add("history", 5);
  for (int i = 0; i < 3; ++i) {
    await_asked(kHistory, 1);
    courier.fail_with(kHistory, FetchOutcome::unavailable);
    loop.run_once(false);
    outbox->retry("");
  }
  await_asked(kHistory, 1);
  CHECK(left("history").front().attempts == 0);
  courier.answer(kHistory, 200);
  await_left("history", 0);
}

TEST_CASE_METHOD(Fixture, "a message is given up after its last attempt, and its chain goes on", "[outbox]") {
  config.application.outward.http_retry_max_attempts = 1;
  outbox->use(config);
  outbox->start();
  add("history", 5);
  add("history", 5);
  for (int i = 0; i < 2; ++i) {
    await_asked(kHistory, 1);
    CHECK(courier.answer(kHistory, 404) == "1");
    outbox->retry("");
  }
  outbox->retry("");
  await_asked(kHistory, 1);
  CHECK(courier.answer(kHistory, 200) == "2");
  await_left("history", 0);
  CHECK(metric(R"(outpost_outbox_given_up_total{destination="history",reason="attempts"})") == "1");
}

TEST_CASE_METHOD(Fixture, "a kind that is not retried is sent once", "[outbox]") {
  config.application.outward.http_retry_applies_to = "webhooks";
  outbox->use(config);
  outbox->start();
  add("history", 5);
  await_asked(kHistory, 1);
  courier.answer(kHistory, 500);
  await_left("history", 0);
}

TEST_CASE_METHOD(Fixture, "messages without an address wait for one, which takes effect at once", "[outbox]") {
  config.webhooks.clear();
  outbox->use(config);
  outbox->start();
  add("webhook:crm", 5);
  run_until(loop, [&] { return outbox->view("webhook:crm").standing == OutboxStanding::no_address; });
  CHECK(courier.asked.empty());
  config.webhooks.push_back(crm());
  outbox->use(config);
  await_asked(kCrm, 1);
  courier.fail_with(kCrm, FetchOutcome::connect);
  config.webhooks.front().url = kCrm + "/new";
  outbox->use(config);
  await_asked(kCrm + "/new", 1);
  courier.answer(kCrm + "/new", 200);
  await_left("webhook:crm", 0);
}

TEST_CASE_METHOD(Fixture, "a paused destination gets nothing until it is resumed, also after a restart", "[outbox]") {
  outbox->start();
  write([&](RecordStore& store) { return store.pause_outbox({"history", kNow}); });
  outbox->set_paused("history", kNow);
  add("history", 5);
  add("webhook:crm", 5);
  await_asked(kCrm, 1);
  CHECK(courier.waiting(kHistory) == 0);
  CHECK(outbox->view("history").standing == OutboxStanding::paused);
  outbox->stop(std::chrono::milliseconds(0));
  outbox->start();
  await_asked(kCrm, 1);
  CHECK(courier.waiting(kHistory) == 0);
  CHECK(metric(R"(outpost_outbox_paused{destination="history"})") == "1");
  write([&](RecordStore& store) { return store.resume_outbox("history"); });
  outbox->set_paused("history", 0);
  await_asked(kHistory, 1);
}

TEST_CASE_METHOD(Fixture, "what was dropped is not sent, also when it was being read", "[outbox]") {
  outbox->start();
  add("history", 5);
  add("history", 5);
  await_asked(kHistory, 1);
  write([&](RecordStore& store) { return store.remove_outbox(2); });
  outbox->dropped("history", {2});
  CHECK(courier.answer(kHistory, 200) == "1");
  add("history", 5);
  await_asked(kHistory, 1);
  CHECK(courier.answer(kHistory, 200) == "3");
  CHECK(metric(R"(outpost_outbox_given_up_total{destination="history",reason="dropped"})") == "1");
}

TEST_CASE_METHOD(Fixture, "what is too old is given up, whoever is to get it", "[outbox]") {
  config.application.outward.outbox_retention = 1;
  outbox->use(config);
  add("history", 5, 3'601);
  add("history", 5, 3'599);
  add("webhook:gone", 5, 3'601);
  outbox->start();
  await_left("webhook:gone", 0);
  await_left("history", 1);
  run_until(loop, [&] {
    return metric(R"(outpost_outbox_given_up_total{destination="history",reason="retention"})") == "1";
  });
}

TEST_CASE_METHOD(Fixture, "the oldest go when there are too many", "[outbox]") {
  config.application.outward.outbox_max_messages = 1'000;
  write([&](RecordStore& store) -> Result<> {
    for (std::int64_t id = 1; id <= 2'500; ++id) {
      auto done = store.insert_outbox({id, OutboxKind::webhook, "webhook:gone", 301, id, kNow, 0, "", "{}"});
      if (!done) return done;
    }
    return {};
  });
  last_id = 2'500;
  outbox->use(config);
  outbox->start();
  run_until(loop, [&] { return left("webhook:gone").front().message_id == 1'501; });
  await_left("webhook:gone", 1'000);
}

TEST_CASE_METHOD(Fixture, "more than the window are sent, each once", "[outbox]") {
  constexpr std::int64_t kMessages = 3'000;
  write([&](RecordStore& store) -> Result<> {
    for (std::int64_t id = 1; id <= kMessages; ++id) {
      auto done =
          store.insert_outbox({id, OutboxKind::history, "history", 301, id % 200, kNow, 0, "", std::to_string(id)});
      if (!done) return done;
    }
    return {};
  });
  outbox->start();
  std::map<std::int64_t, std::int64_t> last_of_chain;
  std::int64_t answered = 0;
  while (answered < kMessages) {
    run_until(loop, [&] { return courier.waiting(kHistory) > 0; });
    CHECK(courier.asked.size() <= 64);
    std::int64_t id = std::stoll(courier.answer(kHistory, 200));
    ++answered;
    if (id % 200 != 0) CHECK(std::exchange(last_of_chain[id % 200], id) < id);
  }
  await_left("history", 0);
  CHECK(courier.last == kMessages);
}

TEST_CASE_METHOD(Fixture, "the status and the metrics say how each destination stands", "[outbox]") {
  add("history", 5, 100);
  outbox->start();
  await_asked(kHistory, 1);
  run_until(loop, [&] { return metric(R"(outpost_outbox_messages{destination="history"})") == "1"; });
  CHECK(metric(R"(outpost_outbox_oldest_seconds{destination="history"})") == "100");
  CHECK(metric(R"(outpost_outbox_messages{destination="webhook:crm"})") == "0");
  JsonWriter out;
  outbox->write_status(out.begin_object());
  std::string text = out.end_object().take();
  CHECK(text.find(R"({"destination":"history","address":"http://reports.example/history","standing":"sending",)"
                  R"("messages":1,)") != std::string::npos);
  CHECK(text.find(R"("webhook:crm","address":"http://crm.example/hook","standing":"idle")") != std::string::npos);
}

}  // namespace outpost::test::outbox_test
