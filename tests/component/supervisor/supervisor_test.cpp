// A supervisor around a service that no program has: what it asks of one, and what it does for it. Real locks, files
// and sockets; no child, for no listener is configured.
#include "supervisor/supervisor.h"

#include <fstream>
#include <future>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "common/json.h"
#include "supervisor/children/http_proxy/traffic.h"
#include "supervisor/ctl/client.h"
#include "tests/support/temp_dir.h"

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include "tests/support/run_until.h"

namespace outpost::test::supervisor_test {

namespace {

using namespace supervisor;
using Catch::Matchers::ContainsSubstring;
using Calls = std::vector<std::string>;

// What is asked of the service. It outlives it.
struct Asked {
  Calls calls;
  std::string open_problem;
  std::vector<std::string> problems;
  Service::Host* host = nullptr;
  std::function<void()> stopped;
};

class EchoService final : public Service, private ProxyTraffic {
 public:
  EchoService(Asked& asked, Host& host) : asked_(asked) { asked_.host = &host; }

  Result<> open() override {
    note("open");
    if (!asked_.open_problem.empty()) return fail(Errc::store, "{}", asked_.open_problem);
    return {};
  }
  void begin() override { note("begin"); }
  void use(const Config& config) override {
    note("use stop-timeout " + std::to_string(config.application.stop_timeout));
  }
  ProxyTraffic& traffic() override { return *this; }
  std::vector<ControlCommand> commands() override {
    return {{"echo", Effect::writes, [](const auto&, const auto& arguments, const auto& respond) {
               respond(JsonWriter().begin_object().member("heard", *text_of(*arguments)).end_object().take());
             }}};
  }
  void write_status(JsonWriter& out) const override { out.member("echoes", true); }
  [[nodiscard]] Health health() const override { return {"echoing", asked_.problems}; }
  void write_metrics(std::shared_ptr<MetricsWriter> out, std::function<void()> done) override {
    out->counter("echoes", "Echoes.").add({{"of", "nothing"}}, std::uint64_t{7});
    done();
  }
  void proxy_bound() override { note("proxy bound"); }
  void children_serve() override { note("children serve"); }
  void children_fail(const std::string& problem) override { note("children fail: " + problem); }
  void ports_taken() override { note("ports taken"); }
  void stop(std::function<void()> stopped) override {
    note("stop");
    asked_.stopped = std::move(stopped);
  }
  void lose_patience() override { note("lose patience"); }

 private:
  static const std::string* text_of(const JsonValue& arguments) {
    return std::get_if<std::string>(&arguments.find("say")->value);
  }
  Result<> on_message(std::uint64_t, protocol::ClientRequest, Replies&) override { return {}; }
  void on_cancel(std::uint64_t, const Replies&) override {}
  void on_gone(const Replies&) override {}
  void note(std::string call) { asked_.calls.push_back(std::move(call)); }

  Asked& asked_;
};

class Fixture {
 public:
  Fixture() { write_config(R"({"stop-timeout": 7})"); }

  Asked asked;
  std::optional<Result<std::string>> told;  // whoever waits for the start

  Loop& loop() { return loop_; }
  Supervisor& supervisor() { return *supervisor_; }
  void write_config(const std::string& application) const {
    std::ofstream(dir_.file("outpost.json"))
        << R"({"application": )" << application << R"(, "log": {"directory": ")" << dir_.file("log")
        << R"("}, "store": {"url": "sqlite://)" << dir_.file("store.db") << R"("}, "control": {"socket": ")" << socket()
        << R"("}})";
  }
  Result<> start() {
    auto config = load_config(dir_.file("outpost.json"));
    must(config.has_value(), config ? "" : config.error().front());
    auto started = Supervisor::start(
        loop_,
        {.config_path = dir_.file("outpost.json"),
         .config = std::move(*config),
         .make_service = [this](Loop&, Log&, const Config&,
                                Service::Host& host) { return std::make_unique<EchoService>(asked, host); },
         .foreground = false},
        [this](const Result<std::string>& outcome) { told = outcome; });
    if (!started) return fail(started.error());
    supervisor_ = std::move(*started);
    return {};
  }
  // As outpostctl does, while the loop turns.
  Result<std::string> command(const std::string& name, const std::string& arguments = "{}") {
    auto reply = std::async(std::launch::async, [&]() -> Result<std::string> {
      auto client = ctl::Client::connect(socket(), std::chrono::seconds(60));
      if (!client) return fail(client.error());
      return client->command(name, arguments);
    });
    run_until(loop_, [&] { return reply.wait_for(std::chrono::seconds(0)) == std::future_status::ready; });
    return reply.get();
  }

 private:
  [[nodiscard]] std::string socket() const { return dir_.file("control"); }

  TempDir dir_;
  Loop loop_;
  std::unique_ptr<Supervisor> supervisor_;
};

}  // namespace

TEST_CASE_METHOD(Fixture, "a supervisor opens its service, lets it begin, and says when the start is over",
                 "[supervisor]") {
  REQUIRE(start());
  CHECK(asked.calls == Calls{"open", "begin"});
  CHECK_FALSE(told);
  SECTION("it stands by") {
    asked.host->standing_by();
    CHECK(asked.calls == Calls{"open", "begin"});
  }
  SECTION("its children serve, for none is asked for") {
    asked.host->start_children();
    CHECK(asked.calls == Calls{"open", "begin", "children serve"});
    bool stopped = false;
    asked.host->stop_children(std::chrono::seconds(1), [&] { stopped = true; });
    CHECK_FALSE(stopped);
    run_until(loop(), [&] { return stopped; });
  }
  REQUIRE(told);
  CHECK(told->value().empty());
}

TEST_CASE_METHOD(Fixture, "a service that cannot be opened ends the start, and is asked nothing more", "[supervisor]") {
  asked.open_problem = "there is no disk";
  auto started = start();
  REQUIRE_FALSE(started);
  CHECK(started.error().text == "there is no disk");
  CHECK(asked.calls == Calls{"open"});
  asked.open_problem = "";
  CHECK(start());  // the locks are free again
}

TEST_CASE_METHOD(Fixture, "the commands are those of the supervisor and those of its service", "[supervisor]") {
  REQUIRE(start());
  CHECK(command("echo", R"({"say": "hello"})").value() == R"({"heard":"hello"})");
  CHECK_THAT(command("status").value(), ContainsSubstring(R"("echoes":true)"));
  CHECK_THAT(command("ecko").error().text, ContainsSubstring("did you mean echo?"));
  CHECK_THAT(command("switch").error().text, ContainsSubstring("has no such command"));
  CHECK_THAT(command("echo", "[]").error().text, ContainsSubstring("must be a JSON object"));
}

TEST_CASE_METHOD(Fixture, "a supervisor is ready when its service is, until it is stopping", "[supervisor]") {
  REQUIRE(start());
  CHECK(command("health").value() == R"({"ready":true,"role":"echoing","reasons":[]})");
  asked.problems = {"there is no echo"};
  CHECK(command("health").value() == R"({"ready":false,"role":"echoing","reasons":["there is no echo"]})");
  CHECK_THAT(command("status").value(), ContainsSubstring(R"("health":{"ready":false,)"));
  asked.problems = {};
  asked.host->stop("it has to end");
  CHECK(command("health").value() == R"({"ready":false,"role":"echoing","reasons":["it is stopping"]})");
  loop().at_end_of_turn([this] { asked.stopped(); });
  loop().run();
}

TEST_CASE_METHOD(Fixture, "a service that gives up ends the supervisor in good order, and with its reason",
                 "[supervisor]") {
  REQUIRE(start());
  CHECK(supervisor().outcome());
  asked.host->give_up("it is somebody else's");
  loop().at_end_of_turn([this] { asked.stopped(); });
  loop().run();
  REQUIRE_FALSE(supervisor().outcome());
  CHECK(supervisor().outcome().error().text == "it is somebody else's");
}

TEST_CASE_METHOD(Fixture, "what is measured is what the supervisor, its children and its service say", "[supervisor]") {
  REQUIRE(start());
  std::string text = command("metrics").value();
  CHECK_THAT(text, ContainsSubstring("version=0.0.4"));
  for (const char* sample : {"outpost_build_info{", "outpost_process_start_time_seconds{", "outpost_child_up{",
                             R"(echoes_total{of=\"nothing\"} 7\n)"}) {
    CHECK_THAT(text, ContainsSubstring(sample));
  }
  CHECK_THAT(command("metrics", R"({"openmetrics": true})").value(), ContainsSubstring(R"(# EOF\n)"));
  CHECK_THAT(command("metrics", R"({"openmetrics": 1})").error().text, ContainsSubstring("must be true or false"));
}

TEST_CASE_METHOD(Fixture, "a service goes by the configuration that is read, when it asks or somebody else does",
                 "[supervisor]") {
  REQUIRE(start());
  asked.calls.clear();
  write_config(R"({"stop-timeout": 8})");
  CHECK_THAT(command("reload").value(), ContainsSubstring("application.stop-timeout: 7 -> 8"));
  CHECK(asked.calls == Calls{"use stop-timeout 8"});
  CHECK(asked.host->config_problem().empty());
  write_config(R"({"stop-timeout": 9})");
  CHECK(asked.host->refresh_config());  // to what it has looked at
  CHECK(asked.host->refresh_config());
  CHECK(asked.calls == Calls{"use stop-timeout 8", "use stop-timeout 8", "use stop-timeout 9"});
  write_config(R"({"stop-timeout": "soon"})");
  CHECK_THAT(asked.host->config_problem(), ContainsSubstring("application.stop-timeout"));
  CHECK_FALSE(asked.host->refresh_config());
  CHECK(asked.calls.size() == 3);
}

TEST_CASE_METHOD(Fixture, "a service is asked to stop once, then to lose patience, and its end ends the loop",
                 "[supervisor]") {
  REQUIRE(start());
  asked.calls.clear();
  asked.host->stop("it has to end");
  CHECK(asked.calls == Calls{"stop"});
  CHECK(told->error().text == "stopped before it served: it has to end");
  CHECK_THAT(command("echo", R"({"say": "hello"})").error().text, ContainsSubstring("outpostd is stopping"));
  CHECK_THAT(command("status").value(), ContainsSubstring(R"("echoes":true)"));
  supervisor().stop("again");
  CHECK(asked.calls == Calls{"stop", "lose patience"});
  loop().at_end_of_turn([this] { asked.stopped(); });
  loop().run();
}

}  // namespace outpost::test::supervisor_test
