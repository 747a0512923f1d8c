#include "supervisor/admin/traffic.h"

#include <algorithm>
#include <fstream>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/temp_dir.h"

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include "tests/support/open_log.h"

namespace outpost::test::admin_traffic_test {

namespace {

using namespace outpost::supervisor;
using Catch::Matchers::ContainsSubstring;
using protocol::Call;
using protocol::CallReply;

struct SeenReplies final : ProxyTraffic::Replies {
  void reply(std::uint64_t correlation, protocol::ClientReply reply) override {
    seen.emplace_back(correlation, std::get<CallReply>(std::move(reply)));
  }
  std::vector<std::pair<std::uint64_t, CallReply>> seen;
};

// A supervisor whose service has the commands that the table has, and answers them when the test does.
class Fixture : private ControlledSupervisor, private AdminTraffic::Host {
 public:
  Fixture() {
    std::vector<ControlCommand> commands;
    for (const char* name : {"groups", "records", "switch"}) {
      commands.push_back({name, Effect::reads,
                          [this, name](auto session, auto arguments, auto respond) {
                            JsonWriter text;
                            text.value(*arguments);
                            asked.push_back({name, text.take(), session, respond});
                          },
                          false, std::string_view(name) != "switch"});
    }
    ControlledSupervisor& supervisor = *this;
    table_.emplace(*log_, supervisor, std::move(commands), ApplicationType::outbound);
    AdminTraffic::Host& host = *this;
    traffic_.emplace(loop_, *log_, host);
    traffic_->set_table(*table_);
  }
  virtual ~Fixture() = default;

 protected:
  struct Asked {
    std::string command;
    std::string arguments;
    std::weak_ptr<ControlSession> session;
    ControlCommand::Respond respond;
  };

  static Call call(std::string_view path) {
    const protocol::AdminRow* row = protocol::find_admin_row(path);
    REQUIRE(row);
    Call call;
    call.route = static_cast<std::uint16_t>(row - protocol::admin_rows().data());
    call.held = row->held_ms > 0;
    call.captures = {"text/plain"};
    call.listener = "the listener";
    call.principal = "operator";
    return call;
  }
  Result<> send(std::uint64_t correlation, Call call) {
    return traffic_->on_message(correlation, std::move(call), replies_);
  }
  // The reply to what is answered at once.
  CallReply get(std::string_view path) {
    replies_.seen.clear();
    REQUIRE(send(7, call(path)));
    REQUIRE(replies_.seen.size() == 1);
    CHECK(replies_.seen[0].first == 7);
    return replies_.seen[0].second;
  }

  Health health_{"primary", {}};
  bool may_write_ = true;
  bool metrics_held_ = false;
  std::vector<std::function<void(std::string)>> scrapes_;
  std::vector<Asked> asked;
  SeenReplies replies_;
  Loop loop_;
  std::optional<AdminTraffic> traffic_;
  TempDir folder_;

 private:
  std::string status() const override { return R"({"program":"test"})"; }
  Health health() const override { return health_; }
  Result<std::vector<std::string>> reload() override { return std::vector<std::string>{}; }
  void when_in_force(std::function<void()> then) override { then(); }
  const std::vector<std::string>& warnings() const override { return warnings_; }
  void reopen_logs() override {}
  void stop(const std::string&) override { FAIL("nothing over the admin face ends the supervisor"); }
  bool stopping() const override { return false; }
  bool may_write(const std::string& listener) const override { return may_write_ && listener == "the listener"; }
  void metrics(MetricsFormat format, std::function<void(std::string)> respond) override {
    if (metrics_held_) return scrapes_.push_back(std::move(respond));
    respond(format == MetricsFormat::prometheus ? "metrics" : "open metrics");
  }
  std::string configuration() const override { return R"({"text":"options"})"; }
  std::string log_path(std::string_view log) const override {
    return log == "supervisor" ? folder_.path() + "/shown.log" : std::string();
  }

  std::vector<std::string> warnings_;
  std::unique_ptr<Log> log_ = open_log(folder_);
  std::optional<ControlTable> table_;
};

}  // namespace

TEST_CASE_METHOD(Fixture, "health is told by role and readiness, with reasons", "[admin]") {
  auto statuses = [this] {
    std::vector<int> all;
    for (const char* path : {"/healthz", "/readyz", "/primary", "/backup"}) all.push_back(get(path).status);
    return all;
  };
  CHECK(statuses() == std::vector<int>{200, 200, 200, 503});
  CHECK(get("/readyz").body == "{\"ready\":true,\"role\":\"primary\",\"reasons\":[]}\n");
  health_.reasons = {"the store is away"};
  CHECK(statuses() == std::vector<int>{200, 503, 200, 503});
  CHECK_THAT(get("/readyz").body, ContainsSubstring(R"("reasons":["the store is away"])"));
  health_ = {"backup", {}};
  CHECK(statuses() == std::vector<int>{200, 200, 503, 200});
  health_ = {"starting", {"it is becoming primary"}};
  CHECK(statuses() == std::vector<int>{200, 503, 503, 503});
}

TEST_CASE_METHOD(Fixture, "metrics are made for what the scraper accepts", "[admin]") {
  CallReply plain = get("/metrics");
  CHECK(plain.body == "metrics");
  CHECK(plain.content_type == content_type(MetricsFormat::prometheus));
}

TEST_CASE_METHOD(Fixture, "a command gets its arguments and its reply is the body", "[admin]") {
  CHECK(get("/status").body == "{\"program\":\"test\"}\n");
  CHECK(get("/status").content_type == "application/json");
  replies_.seen.clear();
  Call records = call("/api/records");
  records.json = R"({"list":"a"})";
  REQUIRE(send(1, records));
  REQUIRE(send(2, call("/api/groups")));
  REQUIRE(asked.size() == 2);
  CHECK(asked[0].command == "records");
  CHECK(asked[0].arguments == R"({"list":"a"})");
  CHECK(asked[1].arguments == "{}");
  asked[1].respond(std::string(R"({"groups":[]})"));
  asked[0].respond(fail(Errc::not_found, "there is no calling list \"a\""));
  REQUIRE(replies_.seen.size() == 2);
  CHECK(replies_.seen[0].first == 2);
  CHECK(replies_.seen[0].second.body == "{\"groups\":[]}\n");
  CHECK(replies_.seen[1].second.status == 404);
  CHECK(replies_.seen[1].second.body == "{\"error\":\"there is no calling list \\\"a\\\"\"}\n");
}

TEST_CASE_METHOD(Fixture, "arguments that are none are the client's mistake", "[admin]") {
  for (const char* json : {"[]", "{", "7"}) {
    replies_.seen.clear();
    Call records = call("/api/records");
    records.json = json;
    REQUIRE(send(1, records));
    CHECK(replies_.seen.at(0).second.status == 400);
  }
  CHECK(asked.empty());
}

TEST_CASE_METHOD(Fixture, "nothing is changed over a listener that does not allow it", "[admin]") {
  may_write_ = false;
  for (const protocol::AdminRow& row : protocol::admin_rows()) {
    if (row.writes) CHECK(get(row.path).status == 403);
  }
  may_write_ = true;
  replies_.seen.clear();
  Call elsewhere = call("/api/switch");
  elsewhere.listener = "another listener";
  REQUIRE(send(1, elsewhere));
  CHECK(replies_.seen.at(0).second.status == 403);
  CHECK(asked.empty());
  REQUIRE(send(2, call("/api/switch")));
  CHECK(asked.size() == 1);
}

TEST_CASE_METHOD(Fixture, "a command's session ends with its call, and a reply finds nobody then", "[admin]") {
  REQUIRE(send(1, call("/api/switch")));
  REQUIRE(send(2, call("/api/groups")));
  SeenReplies others;
  REQUIRE(traffic_->on_message(1, call("/api/switch"), others));
  REQUIRE(asked.size() == 3);
  traffic_->on_cancel(1, replies_);
  CHECK(asked[0].session.expired());
  CHECK_FALSE(asked[2].session.expired());
  traffic_->on_gone(replies_);
  CHECK(asked[1].session.expired());
  for (Asked& one : asked) one.respond(std::string("{}"));
  CHECK(replies_.seen.empty());
  CHECK(others.seen.size() == 1);
  CHECK(asked[2].session.expired());
}

TEST_CASE_METHOD(Fixture, "only so many commands are under way at once", "[admin]") {
  for (std::uint64_t i = 0; i <= AdminTraffic::kCommandsMax; ++i) REQUIRE(send(i, call("/api/groups")));
  CHECK(asked.size() == AdminTraffic::kCommandsMax);
  REQUIRE(replies_.seen.size() == 1);
  CHECK(replies_.seen[0].second.status == 503);
  CHECK(replies_.seen[0].second.retry_after_s == 1);
  asked[0].respond(std::string("{}"));
  REQUIRE(send(100, call("/api/groups")));
  CHECK(asked.size() == AdminTraffic::kCommandsMax + 1);
}

TEST_CASE_METHOD(Fixture, "who scrapes while the metrics are being collected shares them", "[admin]") {
  metrics_held_ = true;
  Call open = call("/metrics");
  open.captures[0] = "application/openmetrics-text";
  REQUIRE(send(1, call("/metrics")));
  REQUIRE(send(2, call("/metrics")));
  REQUIRE(send(3, open));
  REQUIRE(scrapes_.size() == 2);  // one for each form
  SeenReplies others;
  REQUIRE(traffic_->on_message(4, call("/metrics"), others));
  traffic_->on_gone(others);
  REQUIRE(send(5, call("/metrics")));
  traffic_->on_cancel(5, replies_);
  scrapes_[0]("first");
  REQUIRE(replies_.seen.size() == 2);
  for (std::size_t i : {0U, 1U}) {
    CHECK(replies_.seen[i].first == i + 1);
    CHECK(replies_.seen[i].second.body == "first");
    CHECK(replies_.seen[i].second.content_type == content_type(MetricsFormat::prometheus));
  }
  CHECK(others.seen.empty());
  scrapes_[1]("open");
  CHECK(replies_.seen.at(2).second.content_type == content_type(MetricsFormat::openmetrics));
  REQUIRE(send(5, call("/metrics")));
  CHECK(scrapes_.size() == 3);  // later is another answer
}

TEST_CASE_METHOD(Fixture, "scrapes that wait are bounded, and take no room from commands", "[admin]") {
  metrics_held_ = true;
  for (std::uint64_t i = 0; i <= AdminTraffic::kScrapesMax; ++i) REQUIRE(send(i, call("/metrics")));
  REQUIRE(replies_.seen.size() == 1);
  CHECK(replies_.seen[0].first == AdminTraffic::kScrapesMax);
  CHECK(replies_.seen[0].second.status == 503);
  CHECK(replies_.seen[0].second.retry_after_s == 1);
  for (std::uint64_t i = 0; i < AdminTraffic::kCommandsMax; ++i) REQUIRE(send(100 + i, call("/api/groups")));
  CHECK(asked.size() == AdminTraffic::kCommandsMax);
  CHECK(replies_.seen.size() == 1);
  scrapes_.at(0)("metrics");
  CHECK(replies_.seen.size() == 1 + AdminTraffic::kScrapesMax);
}

TEST_CASE_METHOD(Fixture, "events begin with the status, and a change is told at once", "[admin]") {
  REQUIRE(send(1, call("/events")));
  REQUIRE(replies_.seen.size() == 1);
  CallReply first = replies_.seen[0].second;
  CHECK(first.content_type == "text/event-stream");
  CHECK(first.more);
  CHECK_THAT(first.body, ContainsSubstring("event: status\ndata: {\"program\":\"test\"}\n\n"));
  auto until_seen = [this](std::size_t n) {
    while (replies_.seen.size() < n) loop_.run_once(true);
  };
  until_seen(3);
  health_.role = "backup";
  until_seen(4);
  CHECK(replies_.seen[3].second.body == "event: status\ndata: {\"program\":\"test\"}\n\n");
  traffic_->on_cancel(1, replies_);
  loop_.run_once(false);
  CHECK(replies_.seen.size() == 4);
}

TEST_CASE_METHOD(Fixture, "events have the lines of the logs that are asked for", "[admin]") {
  std::ofstream(folder_.file("shown.log")) << "one\n<img onerror>\n";
  Call logs = call("/events");
  logs.json = R"({"log":["supervisor"]})";
  REQUIRE(send(1, logs));
  CHECK_THAT(replies_.seen.at(0).second.body,
             ContainsSubstring("event: log\ndata: {\"log\":\"supervisor\",\"lines\":\"one\\n<img onerror>\\n\""));
  replies_.seen.clear();
  for (const char* json : {R"({"log":["/etc/passwd"]})", R"({"log":[7]})"}) {
    logs.json = json;
    REQUIRE(send(2, logs));
    CHECK(replies_.seen.back().second.status == 400);
    CHECK_FALSE(replies_.seen.back().second.more);
  }
}

TEST_CASE_METHOD(Fixture, "only so many streams of events are open at once", "[admin]") {
  for (std::uint64_t i = 0; i < EventStreams::kStreamsMax; ++i) REQUIRE(send(i, call("/events")));
  CHECK(replies_.seen.size() == EventStreams::kStreamsMax);
  REQUIRE(send(100, call("/events")));
  CHECK(replies_.seen.back().second.status == 503);
  CHECK(replies_.seen.back().second.retry_after_s == 1);
  traffic_->on_cancel(0, replies_);
  REQUIRE(send(101, call("/events")));
  CHECK(replies_.seen.back().second.more);
  traffic_->on_gone(replies_);
  REQUIRE(send(102, call("/events")));
  CHECK(replies_.seen.back().second.more);
}

TEST_CASE_METHOD(Fixture, "who follows events has to come again when it has changed who may", "[admin]") {
  REQUIRE(send(1, call("/events")));
  REQUIRE(send(2, call("/events")));
  traffic_->end_events();
  REQUIRE(replies_.seen.size() == 4);
  for (std::size_t i : {2U, 3U}) CHECK_FALSE(replies_.seen[i].second.more);
  traffic_->end_events();
  CHECK(replies_.seen.size() == 4);
}

TEST_CASE_METHOD(Fixture, "the configuration is shown", "[admin]") {
  CHECK(get("/api/configuration").body == "{\"text\":\"options\"}\n");
}

TEST_CASE_METHOD(Fixture, "a proxy that calls otherwise than its dialect does is at fault", "[admin]") {
  Call unknown = call("/status");
  unknown.route = static_cast<std::uint16_t>(protocol::admin_rows().size());
  CHECK_FALSE(send(1, unknown));
  Call held = call("/status");
  held.held = true;
  CHECK_FALSE(send(1, held));
  Call hasty = call("/api/switch");
  hasty.held = false;
  CHECK_FALSE(send(1, hasty));
  Call bare = call("/status");
  bare.captures.clear();
  CHECK_FALSE(send(1, bare));
  CHECK_FALSE(traffic_->on_message(1, protocol::Request{}, replies_));
  CHECK(replies_.seen.empty());
}

}  // namespace outpost::test::admin_traffic_test
