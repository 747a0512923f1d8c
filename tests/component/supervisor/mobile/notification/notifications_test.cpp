// Subscriptions and events over a real store and a real loop; the courier answers when the test says so.
#include "supervisor/mobile/notification/notifications.h"

#include <algorithm>
#include <fstream>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include "common/digest.h"
#include "common/json.h"
#include "supervisor/metrics/exposition.h"
#include "tests/component/supervisor/store/engines.h"
#include "tests/support/open_log.h"
#include "tests/support/run_until.h"

namespace outpost::test::notifications_test {

using namespace outpost::supervisor;
using namespace outpost::supervisor::mobile;

namespace {

using Catch::Matchers::ContainsSubstring;
using protocol::Call;
using protocol::CallReply;
using protocol::FetchOutcome;
using protocol::FetchReply;
using std::chrono::milliseconds;

// Answers when the test says so.
struct HeldTargets final : Courier {
  std::uint64_t fetch(FetchRequest request, Done done) override {
    asked.push_back(std::move(request));
    waiting[asked.size()] = std::move(done);
    return asked.size();
  }
  void cancel(std::uint64_t number) override { cancelled += waiting.erase(number); }
  void answer(std::size_t number, std::uint16_t status, FetchOutcome outcome = FetchOutcome::answered) {
    auto node = waiting.extract(number);
    REQUIRE(node);
    FetchReply made;
    made.outcome = outcome;
    made.status = status;
    node.mapped()(std::move(made));
  }
  // Places in `asked`, from 1, of what waits for an answer of this URL.
  [[nodiscard]] std::vector<std::size_t> waiting_at(const std::string& url) const {
    std::vector<std::size_t> found;
    for (const auto& [number, done] : waiting) {
      if (asked.at(number - 1).url == url) found.push_back(number);
    }
    return found;
  }

  std::vector<FetchRequest> asked;
  std::map<std::uint64_t, Done> waiting;
  std::size_t cancelled = 0;
};

struct Bench {
  explicit Bench(DeliveryWaits waits = {milliseconds(1), milliseconds(1), milliseconds(1)}) {
    config.push.push_enabled = "httpcb,orscb,ios";
    config.connections = {ConnectionConfig{.host = "ors.example", .name = "o", .port = 7210}};
    std::ofstream(folder.file("texts.xml")) << R"(<messages default="en"><message key="k"><text lang="en">hello</text>)"
                                            << R"(<text lang="de">hallo</text></message></messages>)";
    config.push.localization_file = folder.file("texts.xml");
    config.push_providers["bank"] = {};
    auto opened = open_state_threads(loop, *log, engine.url(), StateDurability::process);
    require_ok(opened);
    threads = std::move(*opened);
    ors.emplace(*log, courier, config);
    api.emplace(loop, *log, *threads, watch, courier, *ors, config, std::move(waits));
  }
  ~Bench() {
    api->stop();
    threads->stop();
  }
  Bench(const Bench&) = delete;
  Bench& operator=(const Bench&) = delete;

  using Handler = void (Notifications::*)(const Call&, Respond);
  CallReply ask(Handler handler, Call call) {
    std::optional<CallReply> reply;
    ((*api).*handler)(call, [&](CallReply made) {
      REQUIRE_FALSE(reply);
      reply = std::move(made);
    });
    run_until(loop, [&] { return reply.has_value(); });
    return *std::move(reply);
  }
  CallReply subscribe(const std::string& json, bool external = false) {
    Call call;
    call.json = json;
    call.external = external;
    return ask(&Notifications::subscribe, call);
  }
  CallReply by_id(Handler handler, const std::string& id) {
    Call call;
    call.captures = {id};
    return ask(handler, call);
  }
  static std::string id_of(const CallReply& reply) {
    CAPTURE(reply.body);
    REQUIRE(reply.status == 200);
    auto body = parse_json(reply.body);
    REQUIRE(body);
    return std::get<std::string>(body->find("id")->value);
  }
  // A subscription of this target to all that the filter matches; its id.
  std::string subscribed(const std::string& device, const std::string& filter = "*", const std::string& type = "httpcb",
                         const std::string& more = {}, const std::string& properties = "{}") {
    return id_of(subscribe(R"({"subscriberId":"s","filter":")" + filter + R"(","notificationDetails":{"type":")" +
                           type + R"(","deviceId":")" + device + R"(","properties":)" + properties + "}" + more + "}"));
  }
  CallReply publish(const std::string& json) {
    Call call;
    call.json = json;
    std::optional<CallReply> reply;
    api->publish(call, [&](CallReply made) { reply = std::move(made); });
    // Before anything is delivered.
    REQUIRE(reply);
    return *std::move(reply);
  }
  void until(const std::function<bool()>& condition) { run_until(loop, condition); }
  void until_asked(std::size_t times) {
    until([&] { return courier.asked.size() >= times; });
    CHECK(courier.asked.size() == times);
  }
  [[nodiscard]] std::string counters() const {
    JsonWriter out;
    api->write_counters(out);
    return out.take();
  }
  // What is in the log once it has this.
  std::string logged(const std::string& what) {
    std::string text;
    until([&] {
      std::ifstream file(log->link_path());
      text.assign(std::istreambuf_iterator<char>(file), {});
      return text.find(what) != std::string::npos;
    });
    return text;
  }

  EngineUnderTest engine{"sqlite"};
  TempDir folder;
  std::unique_ptr<Log> log = open_log(folder, LogLevel::trace);
  Loop loop;
  Config config;
  HeldTargets courier;
  StoreWatch watch{[](const std::string&) {}};
  std::unique_ptr<StateThreads> threads;
  std::optional<OrsClient> ors;
  std::optional<Notifications> api;
};

constexpr const char* kEvent = R"({"tag":"a.b","message":"hello"})";

}  // namespace

TEST_CASE("a subscription is made, shown and removed", "[mobile][notification]") {
  Bench node;
  std::string id = node.subscribed("http://crm/", "a.*", "httpcb", R"(,"authorization":"u:sekrit","expire":600)");
  CHECK(is_notification_id(id));
  CallReply shown = node.by_id(&Notifications::show, id);
  CHECK(shown.status == 200);
  CHECK_THAT(shown.body, ContainsSubstring(R"("deviceId":"http://crm/")") && !ContainsSubstring("authorization"));
  auto body = parse_json(shown.body);
  REQUIRE(body);
  std::int64_t left = std::get<std::int64_t>(body->find("expire")->value);
  CHECK(left > 0);
  CHECK(left <= 600);
  CHECK(node.by_id(&Notifications::unsubscribe, id).status == 200);
  CHECK(node.by_id(&Notifications::unsubscribe, id).status == 404);
  CHECK(node.by_id(&Notifications::show, id).status == 404);
  CHECK(node.by_id(&Notifications::show, "../x").status == 404);
}

TEST_CASE("a subscription that is none is refused", "[mobile][notification]") {
  Bench node;
  CHECK(node.subscribe("{}").status == 400);
  std::string httpcb =
      R"({"subscriberId":"s","filter":"*","notificationDetails":{"type":"httpcb","deviceId":"http://a"}})";
  CHECK(node.subscribe(httpcb, true).status == 403);
  std::string orscb = R"({"subscriberId":"s","filter":"*","notificationDetails":{"type":"orscb","deviceId":"S1"}})";
  CHECK(node.subscribe(orscb, true).status == 403);
  std::string ios = R"({"subscriberId":"s","filter":"*","notificationDetails":{"type":"ios","deviceId":"t"}})";
  CHECK_THAT(node.subscribe(ios).body, ContainsSubstring("type ios are not delivered"));
  CHECK_THAT(node.logged("40270"), ContainsSubstring("ios"));
}

TEST_CASE("an event comes to all whose filter matches, and to no other", "[mobile][notification]") {
  Bench node;
  node.subscribed("http://same/", "a.b");
  node.subscribed("http://begins/", "a.*");
  node.subscribed("http://ends/", "*.b");
  node.subscribed("http://other/", "a.c");
  node.subscribed("http://longer/", "a.*.c");
  CHECK(is_notification_id(Bench::id_of(node.publish(kEvent))));
  CHECK(node.courier.asked.empty());
  node.until_asked(3);
  std::vector<std::string> urls;
  for (const FetchRequest& request : node.courier.asked) urls.push_back(request.url);
  std::ranges::sort(urls);
  CHECK(urls == std::vector<std::string>{"http://begins/", "http://ends/", "http://same/"});
  CHECK(node.courier.asked[0].method == "POST");
  CHECK(node.courier.asked[0].client.empty());
  CHECK(node.courier.asked[0].body == "hello");
  CHECK(node.courier.asked[0].headers == std::vector<std::string>{"Content-Type: text/plain;charset=UTF-8"});
  for (std::size_t i = 1; i <= 3; ++i) node.courier.answer(i, 200);
  CHECK(node.counters() == R"({"comet":{"sent":0,"failed":0,"waiting":0},"httpcb":{"sent":3,"failed":0,"waiting":0},)"
                           R"("orscb":{"sent":0,"failed":0,"waiting":0}})");
  CHECK(node.api->waiting() == 0);
}

TEST_CASE("a message is what the subscriber understands, with its credentials", "[mobile][notification]") {
  Bench node;
  node.subscribed("http://de/", "*", "httpcb", R"(,"authorization":"u:p")", R"({"language":"de"})");
  node.publish(R"({"tag":"t","message":"k","mediaType":"localizestring"})");
  node.until_asked(1);
  CHECK(node.courier.asked[0].body == "hallo");
  CHECK(node.courier.asked[0].headers ==
        std::vector<std::string>{"Content-Type: text/plain;charset=UTF-8", "Authorization: Basic " + base64("u:p")});
  node.publish(R"({"tag":"t","message":{"n":1.50}})");
  node.until_asked(2);
  CHECK(node.courier.asked[1].body == R"({"n":1.50})");
  CHECK(node.courier.asked[1].headers[0] == "Content-Type: application/json");
}

TEST_CASE("a target that answers 500 gets four tries, one that refuses gets one", "[mobile][notification]") {
  Bench node;
  node.subscribed("http://fails/?key=sekrit");
  node.publish(kEvent);
  for (std::size_t i = 1; i <= 4; ++i) {
    node.until_asked(i);
    node.courier.answer(i, 500);
  }
  CHECK_THAT(node.counters(), ContainsSubstring(R"("httpcb":{"sent":0,"failed":1,"waiting":0})"));
  CHECK_THAT(node.logged("given up at try 4"), ContainsSubstring("the target answered 500") &&
                                                   !ContainsSubstring("sekrit") && !ContainsSubstring("http://fails"));
  for (std::uint16_t status : {std::uint16_t{404}, std::uint16_t{403}}) {
    node.publish(kEvent);
    node.until([&] { return !node.courier.waiting.empty(); });
    node.courier.answer(node.courier.asked.size(), status);
    CHECK(node.api->waiting() == 0);
  }
  node.publish(kEvent);
  node.until([&] { return !node.courier.waiting.empty(); });
  node.courier.answer(node.courier.asked.size(), 0, FetchOutcome::denied_target);
  CHECK(node.api->waiting() == 0);
  CHECK_THAT(node.counters(), ContainsSubstring(R"("failed":4)"));
}

TEST_CASE("a try that succeeds is the last", "[mobile][notification]") {
  Bench node;
  node.subscribed("http://comes-back/");
  node.publish(kEvent);
  node.until_asked(1);
  node.courier.answer(1, 0, FetchOutcome::timeout);
  node.until_asked(2);
  node.courier.answer(2, 429);
  node.until_asked(3);
  node.courier.answer(3, 200);
  CHECK_THAT(node.counters(), ContainsSubstring(R"("httpcb":{"sent":1,"failed":0,"waiting":0})"));
}

TEST_CASE("a dead target delays none of nine others", "[mobile][notification]") {
  Bench node;
  node.subscribed("http://dead/");
  for (int i = 0; i < 9; ++i) node.subscribed("http://lives" + std::to_string(i) + "/");
  constexpr std::size_t kEvents = 30;
  for (std::size_t i = 0; i < kEvents; ++i) node.publish(kEvent);
  // The dead one answers nothing at all, and all others have got everything.
  node.until([&] {
    for (const auto& [number, done] : std::map(node.courier.waiting)) {
      if (!node.courier.asked[number - 1].url.starts_with("http://dead")) node.courier.answer(number, 200);
    }
    return node.counters().find(R"("httpcb":{"sent":270,)") != std::string::npos;
  });
  CHECK(node.api->waiting() == kEvents);
  // Of the room that the others leave, it has what a target may have.
  node.until(
      [&] { return node.courier.waiting_at("http://dead/").size() == node.config.gms.max_connections_per_route; });
}

TEST_CASE("dead targets leave connections for ORS, and keep theirs for so long only", "[mobile][notification]") {
  Bench node;
  for (int i = 0; i < 10; ++i) node.subscribed("http://dead" + std::to_string(i) + "/");
  for (int i = 0; i < 30; ++i) node.publish(kEvent);
  node.until([&] { return node.api->waiting() == 300; });
  const std::size_t most = node.config.gms.max_connections_total * 3 / 4;
  node.until([&] { return node.courier.waiting.size() >= 6 * 10; });
  CHECK(node.courier.waiting.size() <= most);
  const auto time = std::chrono::seconds(node.config.gms.connection_timeout + 10);
  CHECK(std::ranges::all_of(node.courier.asked, [&](const FetchRequest& request) { return request.time == time; }));
}

TEST_CASE("a callback that says 200 has it, whatever comes of the body", "[mobile][notification]") {
  Bench node;
  node.subscribed("http://a/");
  std::size_t times = 0;
  for (FetchOutcome outcome : {FetchOutcome::too_large, FetchOutcome::timeout, FetchOutcome::broken}) {
    node.publish(kEvent);
    node.until_asked(++times);
    node.courier.answer(times, 200, outcome);
    CHECK(node.api->waiting() == 0);
  }
  CHECK_THAT(node.counters(), ContainsSubstring(R"("httpcb":{"sent":3,"failed":0,"waiting":0})"));
  node.publish(kEvent);
  node.until_asked(++times);
  node.courier.answer(times, 404, FetchOutcome::too_large);
  CHECK_THAT(node.counters(), ContainsSubstring(R"("httpcb":{"sent":3,"failed":1,"waiting":0})"));
}

TEST_CASE("a session that refuses an event is not told again", "[mobile][notification]") {
  Bench node;
  node.subscribed("S1", "*", "orscb");
  node.publish(kEvent);
  node.until_asked(1);
  node.courier.answer(1, 404);
  CHECK_THAT(node.counters(), ContainsSubstring(R"("orscb":{"sent":0,"failed":1,"waiting":0})"));
  CHECK_THAT(node.logged("given up at try 1"), ContainsSubstring("ORS refuses it"));
}

TEST_CASE("a subscription that cannot be read is passed over, and others are told", "[mobile][notification]") {
  Bench node;
  bool stored = false;
  node.threads->write(
      "strange",
      [](StateStore& store) -> Result<> {
        for (const char* type : {"pigeon", "httpcb"}) {
          StateSubscription row;
          row.id = std::string(32, *type == 'p' ? '1' : '2');
          row.subscriber = "s";
          row.filter = "*";
          row.pattern = true;
          row.type = type;
          row.device = "http://a/";
          row.properties = *type == 'p' ? "{}" : "no JSON";
          if (auto put = store.put_subscription(row, std::chrono::seconds(600)); !put) return put;
        }
        return {};
      },
      [&](const Result<>& outcome) { stored = outcome.has_value(); });
  node.until([&] { return stored; });
  node.subscribed("http://sound/");
  node.publish(kEvent);
  node.until_asked(1);
  CHECK(node.courier.asked[0].url == "http://sound/");
  CHECK_THAT(node.logged("subscription " + std::string(32, '2') + " is passed over"),
             ContainsSubstring(std::string(32, '1')) && ContainsSubstring("no type \"pigeon\""));
}

TEST_CASE("a session of ORS gets its event where a service has it, else over the connections",
          "[mobile][notification]") {
  Bench node;
  bool stored = false;
  node.threads->write(
      "S1",
      [](StateStore& store) -> Result<> {
        StateService service;
        service.id = "S1";
        service.name = "callback";
        service.type = "ors";
        service.ors_base = "http://ors7.example:7210";
        service.ors_cookie = "ORSSESSIONID=S1.7";
        auto put = store.put_service(service, std::chrono::seconds(600), std::chrono::seconds(0));
        return put ? Result<>() : pass(put);
      },
      [&](const Result<>& outcome) { stored = outcome.has_value(); });
  node.until([&] { return stored; });
  std::string known = node.subscribed("S1", "a.b", "orscb");
  node.publish(kEvent);
  node.until_asked(1);
  const FetchRequest& told = node.courier.asked[0];
  CHECK(told.url == "http://ors7.example:7210/scxml/session/S1/event/notification.event");
  CHECK(told.body == "tag=a.b&message=hello&subscriptionId=" + known);
  CHECK(std::ranges::find(told.headers, "Cookie: ORSSESSIONID=S1.7") != told.headers.end());
  node.courier.answer(1, 204);
  CHECK_THAT(node.counters(), ContainsSubstring(R"("orscb":{"sent":1,"failed":0,"waiting":0})"));

  node.subscribed("S2", "b", "orscb", "", R"({"event":"chat.new"})");
  node.publish(R"({"tag":"b","message":1})");
  for (std::size_t i = 2; i <= 5; ++i) {
    node.until_asked(i);
    CHECK(node.courier.asked[i - 1].url == "http://ors.example:7210/scxml/session/S2/event/chat.new");
    node.courier.answer(i, 500);
  }
  CHECK_THAT(node.counters(), ContainsSubstring(R"("orscb":{"sent":1,"failed":1,"waiting":0})"));
}

TEST_CASE("a user without a session counts as not told", "[mobile][notification]") {
  Bench node;
  node.subscribed("ann", "*", "comet");
  node.publish(kEvent);
  node.until([&] { return node.counters().find(R"("comet":{"sent":0,"failed":1,"waiting":0})") != std::string::npos; });
  // That is how it is for all who are away, and no line of the usual log.
  CHECK_THAT(node.logged("40274"), ContainsSubstring("no session") && !ContainsSubstring("40273"));
}

TEST_CASE("more subscriptions than a page has are all told", "[mobile][notification]") {
  Bench node;
  constexpr std::size_t kSubscriptions = Notifications::kPageSize + 5;
  bool stored = false;
  node.threads->write(
      "many",
      [](StateStore& store) -> Result<> {
        for (std::size_t i = 0; i < kSubscriptions; ++i) {
          StateSubscription row;
          row.id = fmt::format("{:032x}", i);
          row.subscriber = "s";
          row.filter = "*";
          row.pattern = true;
          row.type = "httpcb";
          row.device = fmt::format("http://h{}/", i);
          row.properties = "{}";
          if (auto put = store.put_subscription(row, std::chrono::seconds(600)); !put) return put;
        }
        return {};
      },
      [&](const Result<>& outcome) { stored = outcome.has_value(); });
  node.until([&] { return stored; });
  node.publish(kEvent);
  // No more are under way at once than there are connections for them.
  for (std::size_t told = 1; told <= kSubscriptions; ++told) {
    node.until([&] { return node.courier.asked.size() >= told; });
    node.courier.answer(told, 200);
  }
  CHECK(node.courier.asked.size() == kSubscriptions);
}

TEST_CASE("more events than may wait are refused, and taken again later", "[mobile][notification]") {
  Bench node;
  node.subscribed("http://slow/");
  std::size_t taken = 0;
  CallReply last;
  while ((last = node.publish(kEvent)).status == 200) REQUIRE(++taken <= Notifications::kEventsMax);
  CHECK(taken == Notifications::kEventsMax);
  CHECK(last.status == 503);
  CHECK(last.retry_after_s == 1);
  CHECK(node.api->publish_event("a", "1", "").error().code == Errc::limit);
  node.until([&] { return node.api->publish_event("a", "1", "").has_value(); });
}

TEST_CASE("what a store that is away cannot say is not published", "[mobile][notification]") {
  Bench node;
  node.watch.note(fail(Errc::unavailable, "gone"));
  CHECK(node.publish(kEvent).status == 503);
  node.watch.note({});
  CHECK(node.publish(kEvent).status == 200);
}

TEST_CASE("from inside the same is published, and what is none is not", "[mobile][notification]") {
  Bench node;
  node.subscribed("http://a/", "service.update.*");
  CHECK(is_notification_id(value_of(node.api->publish_event("service.update.1-2f", R"({"_id":"1-2f"})", ""))));
  node.until_asked(1);
  CHECK(node.courier.asked[0].body == R"({"_id":"1-2f"})");
  CHECK(node.api->publish_event("", "1", "").error().code == Errc::invalid);
  CHECK_THAT(node.api->publish_event("t", "1", "image").error().text, ContainsSubstring("valid: string"));
}

TEST_CASE("at the end what is under way is cancelled, and nothing is taken", "[mobile][notification]") {
  Bench node({std::chrono::hours(1)});
  node.subscribed("http://a/");
  node.subscribed("http://b/");
  node.publish(kEvent);
  node.until_asked(2);
  node.courier.answer(1, 500);
  node.api->stop();
  CHECK(node.courier.cancelled == 1);
  CHECK(node.courier.waiting.empty());
  CHECK(node.api->waiting() == 0);
  CHECK(node.publish(kEvent).status == 503);
  CHECK(node.api->publish_event("a", "1", "").error().code == Errc::closed);
}

TEST_CASE("metrics and counters tell the types apart", "[mobile][notification]") {
  Bench node;
  node.subscribed("http://a/");
  node.publish(kEvent);
  node.until_asked(1);
  node.courier.answer(1, 200);
  MetricsWriter metrics(MetricsFormat::prometheus);
  node.api->write_metrics(metrics);
  CHECK_THAT(metrics.text(),
             ContainsSubstring(R"(outpost_mobile_notifications_total{type="httpcb",outcome="sent"} 1)") &&
                 ContainsSubstring(R"(outpost_mobile_notifications_total{type="orscb",outcome="sent"} 0)") &&
                 ContainsSubstring("outpost_mobile_events_total 1"));
}

}  // namespace outpost::test::notifications_test
