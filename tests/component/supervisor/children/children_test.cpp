// Several children at once: real proxies of two kinds, one that always runs and one that runs while the service serves.
#include "supervisor/children/children.h"

#include <algorithm>
#include <csignal>
#include <fstream>
#include <iterator>
#include <optional>

#include "common/json.h"
#include "supervisor/children/http_proxy/link.h"
#include "supervisor/children/http_proxy/proxy.h"
#include "supervisor/config/config.h"
#include "tests/support/echo_traffic.h"

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include "tests/support/open_log.h"
#include "tests/support/run_until.h"
#include "tests/support/tcp_client.h"
#include "tests/support/temp_dir.h"

namespace outpost::test::children_test {

namespace {

using namespace supervisor;
using Catch::Matchers::ContainsSubstring;

constexpr std::chrono::milliseconds kPatient{600'000};

ChildKind echo_kind(std::string_view name, std::string_view key, std::string_view log_suffix, Runs runs) {
  return {name, key, ECHO_PROXY, log_suffix, "echo", runs, &Config::sandbox, wants_http_proxy, make_http_proxy};
}

class Fixture : protected Children::Events {
 public:
  Fixture() {
    log_ = open_log(folder_);
    config_ = read(R"([{"name": "http", "address": "127.0.0.1", "port": 0}])");
    Children::Events& heard = *this;
    children_.emplace(kinds_, loop_, *log_, config_, Children::Traffic{traffic_, admin_traffic_}, heard);
  }
  virtual ~Fixture() = default;

 protected:
  [[nodiscard]] Config read(const std::string& listeners) const {
    auto config =
        parse_config(R"({"log": {"directory": ")" + folder_.path() +
                         R"("}, "server-info": {"reconnect-timeout": 1}, )" + R"("listeners": )" + listeners + "}",
                     "test");
    if (!config) FAIL(config.error().front());
    return std::move(config->config);
  }
  void until(const std::function<bool()>& condition) { run_until(loop_, condition); }
  // What `status` says of a child. `member` may be a number or a word.
  std::string status(std::string_view key, std::string_view member) {
    JsonWriter out;
    out.begin_object();
    children_->write_status(out, loop_.now_ms());
    auto all = parse_json(out.end_object().take());
    REQUIRE(all);
    const JsonValue* child = all->find(key);
    const JsonValue* value = child ? child->find(member) : nullptr;
    if (!value) return "";
    if (const auto* text = std::get_if<std::string>(&value->value)) return *text;
    return std::to_string(std::get<std::int64_t>(value->value));
  }
  bool runs(std::string_view key) { return status(key, "state") == "running"; }

  std::vector<std::string> events;
  const ChildKind kinds_[2] = {echo_kind("one proxy", "one", "_ONE", Runs::always),
                               echo_kind("other proxy", "other", "_OTHER", Runs::while_serving)};
  EchoTraffic traffic_;
  EchoTraffic admin_traffic_;
  TempDir folder_;
  Loop loop_;
  std::unique_ptr<Log> log_;
  Config config_;
  std::optional<Children> children_;

 private:
  void proxy_bound() override { events.emplace_back("bound"); }
  void children_serve() override { events.emplace_back("serve"); }
  void child_failed(const ChildKind& kind, const std::string&, bool) override {
    events.push_back(std::string(kind.name) + " failed");
  }
  void ports_taken() override { events.emplace_back("ports taken"); }
};

}  // namespace

TEST_CASE_METHOD(Fixture, "a child runs always, or while the service serves, each with a log of its own",
                 "[children]") {
  children_->begin(config_);
  until([this] { return runs("one"); });
  CHECK(status("other", "state").empty());
  CHECK(events == std::vector<std::string>{"bound"});  // nobody waits for it

  children_->start_serving(config_, true);
  until([this] { return runs("other"); });
  CHECK(events == std::vector<std::string>{"bound", "bound", "serve"});

  bool stopped = false;
  children_->stop_serving(kPatient, [&] { stopped = true; });
  CHECK_FALSE(stopped);
  until([&] { return stopped; });
  CHECK(runs("one"));
  CHECK(status("other", "state").empty());

  bool ended = false;
  children_->end(kPatient, [&] { ended = true; });
  until([&] { return ended; });
  CHECK(status("one", "state").empty());
  for (const char* name : {"outpost_ONE.log", "outpost_OTHER.log"}) {
    std::ifstream file(folder_.file(name));
    std::string text{std::istreambuf_iterator<char>(file), {}};
    CHECK_THAT(text, ContainsSubstring("stopped: drained"));
  }
}

TEST_CASE_METHOD(Fixture, "both children serve at once, and one that dies takes nothing of the other's", "[children]") {
  children_->begin(config_);
  children_->start_serving(config_, true);
  until([this] { return runs("one") && runs("other"); });
  TcpClient client(children_->proxy().bound().at(0).port);
  client.send("POST /late HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx");
  until([this] { return traffic_.held.size() == 1; });
  kill(std::stoi(status("other", "pid")), SIGKILL);
  until([this] { return status("other", "restarts") == "1" && runs("other"); });
  CHECK(status("one", "restarts") == "0");
  CHECK(std::ranges::count(events, "serve") == 2);
  REQUIRE(traffic_.held.size() == 1);
  traffic_.answer_held();
  until([&] { return client.received().ends_with("heard late: x"); });
}

TEST_CASE_METHOD(Fixture, "where no child runs only while the service serves, it serves and stops at once",
                 "[children]") {
  children_.reset();
  Children::Events& heard = *this;
  children_.emplace(std::span(kinds_).first(1), loop_, *log_, config_, Children::Traffic{traffic_, admin_traffic_},
                    heard);
  children_->start_serving(config_, true);
  CHECK(events == std::vector<std::string>{"serve"});
  bool stopped = false;
  children_->stop_serving(kPatient, [&] { stopped = true; });
  CHECK_FALSE(stopped);
  until([&] { return stopped; });
}

TEST_CASE_METHOD(Fixture, "the admin proxy has listeners, traffic and tokens of its own, and nobody waits for it",
                 "[children]") {
  ChildKind kinds[2] = {echo_kind("service proxy", "one", "_ONE", Runs::while_serving),
                        echo_kind("admin proxy", "other", "_OTHER", Runs::always)};
  kinds[1].listeners = ListenerProtocol::admin;
  kinds[1].wanted = wants_admin_proxy;
  config_ = read(R"([{"name": "http", "port": 0}, {"name": "admin", "protocol": "admin", "port": 0}])");
  config_.server_info.reconnect_timeout = 1;
  children_.reset();
  Children::Events& heard = *this;
  children_.emplace(kinds, loop_, *log_, config_, Children::Traffic{traffic_, admin_traffic_}, heard);
  children_->begin(config_);
  until([this] { return runs("other"); });
  CHECK(events.empty());  // its ports are not the service's
  CHECK(children_->problems().empty());

  children_->start_serving(config_, false);
  CHECK(children_->problems() == std::vector<std::string>{"the service proxy does not run: it is starting"});
  until([this] { return runs("one"); });
  CHECK(children_->problems().empty());
  CHECK(children_->running().size() == 2);
  kill(std::stoi(status("other", "pid")), SIGKILL);
  until([this] { return status("other", "restarts") == "1" && runs("other"); });
  CHECK(status("one", "restarts") == "0");
  kill(std::stoi(status("one", "pid")), SIGKILL);
  until([this] { return !children_->problems().empty(); });
  until([this] { return runs("one"); });
  CHECK(traffic_.gone == 1);
  CHECK(admin_traffic_.gone == 1);
  children_.reset();  // the kinds are this test's
}

TEST_CASE_METHOD(Fixture, "children that the configuration does not ask for serve by not being there", "[children]") {
  children_->start_serving(read("[]"), true);
  CHECK(events == std::vector<std::string>{"serve"});
}

}  // namespace outpost::test::children_test
