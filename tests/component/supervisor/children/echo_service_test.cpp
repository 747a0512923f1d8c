// A service that is not the outbound one, behind the real proxy: the supervisor's parts that any service has.
#include <csignal>
#include <fstream>
#include <iterator>
#include <list>
#include <map>

#include "supervisor/children/child.h"
#include "supervisor/children/http_proxy/link.h"
#include "supervisor/children/http_proxy/metrics.h"
#include "supervisor/children/http_proxy/proxy.h"
#include "supervisor/config/config.h"
#include "supervisor/metrics/exposition.h"

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include "tests/support/echo_traffic.h"
#include "tests/support/open_log.h"
#include "tests/support/run_until.h"
#include "tests/support/tcp_client.h"
#include "tests/support/temp_dir.h"

namespace outpost::test::echo_service_test {

namespace {

using namespace supervisor;
using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::EndsWith;
using Catch::Matchers::StartsWith;
using std::chrono::milliseconds;

constexpr milliseconds kPatient{600'000};
constexpr ChildKind kEchoKind{.name = "echo proxy",
                              .key = "echo",
                              .program = ECHO_PROXY,
                              .log_suffix = "_ECHO",
                              .dialect = "echo",
                              .runs = Runs::always,
                              .sandbox = &Config::sandbox,
                              .wanted = wants_http_proxy,
                              .make = make_http_proxy};

class Fixture {
 public:
  Fixture() {
    log_ = open_log(folder_);
    auto config = parse_config(R"({"log": {"directory": ")" + folder_.path() + R"(", "level": "trace"},
                                   "listeners": [{"name": "http", "address": "127.0.0.1", "port": 0}]})",
                               "test");
    if (!config) FAIL(config.error().front());
    config_ = config->config;
    link_ = std::make_unique<ProxyLink>(loop_, *log_, kEchoKind, traffic_, [] {});
    link_->set_config(config_);
    child_ = std::make_unique<Child>(loop_, *log_, kEchoKind, ECHO_PROXY,
                                     Child::Settings{milliseconds(1), kPatient, kPatient}, *link_,
                                     [](const std::string&) {});
    link_->set_child(*child_);
    child_->start();
    until_running();
  }

 protected:
  void until(const std::function<bool()>& condition) { run_until(loop_, condition); }
  void until_running() {
    until([this] { return child_->state() == Child::State::running; });
  }
  TcpClient& post(const std::string& path, const std::string& body) {
    TcpClient& client = clients_.emplace_back(link_->bound().at(0).port);
    client.send("POST " + path + " HTTP/1.1\r\nHost: a\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" +
                body);
    return client;
  }
  void until_said(TcpClient& client, const std::string& text) {
    until([&] { return client.received().ends_with(text); });
  }

  // A proxy tells what it counts with each answer to a Ping.
  void until_counted(std::uint64_t responses) {
    child_->set({milliseconds(1), milliseconds(3'000), kPatient});
    until([&] { return link_->total().responses_2xx == responses; });
    child_->set({milliseconds(1), kPatient, kPatient});
  }
  std::string metrics() {
    MetricsWriter out(MetricsFormat::prometheus);
    write_proxy_metrics(out, kEchoKind, *child_, *link_, config_);
    return out.text();
  }

  EchoTraffic traffic_;
  TempDir folder_;
  Loop loop_;
  Config config_;
  std::unique_ptr<Log> log_;
  std::unique_ptr<ProxyLink> link_;
  std::unique_ptr<Child> child_;
  std::list<TcpClient> clients_;
};

}  // namespace

TEST_CASE_METHOD(Fixture, "a service of another dialect answers at once, late, or not as it was asked", "[echo]") {
  TcpClient& late = post("/late", "one");
  until([this] { return traffic_.held.size() == 1; });
  TcpClient& soon = post("/echo", "two");
  until_said(soon, "\r\n\r\nheard: two");
  CHECK_THAT(soon.received(), StartsWith("HTTP/1.1 200 OK\r\n"));
  TcpClient& refused = post("/echo", "secret");
  until_said(refused, "\r\n\r\nthis is not said");
  CHECK_THAT(refused.received(), StartsWith("HTTP/1.1 403 Forbidden\r\n"));
  CHECK(late.received().empty());
  traffic_.answer_held();
  until_said(late, "\r\n\r\nheard late: one");
}

TEST_CASE_METHOD(Fixture, "a body larger than the messages of other channels goes there and back", "[echo]") {
  std::string body(protocol::kPayloadBytesMax + 1, 'x');
  config_.application.limits.body_bytes_max = static_cast<std::uint32_t>(body.size());
  link_->set_config(config_);
  bool in_force = false;
  link_->when_in_force([&] { in_force = true; });
  until([&] { return in_force; });
  until_said(post("/echo", body), "\r\n\r\nheard: " + body);
}

TEST_CASE_METHOD(Fixture, "the service hears that a held call's client has left", "[echo]") {
  TcpClient& leaves = post("/late", "goes");
  TcpClient& stays = post("/late", "stays");
  until([this] { return traffic_.held.size() == 2; });
  leaves.close();
  until([this] { return traffic_.cancelled.size() == 1; });
  CHECK(traffic_.cancelled.front() == "goes");
  traffic_.answer_held();
  until_said(stays, "\r\n\r\nheard late: stays");
}

TEST_CASE_METHOD(Fixture, "the service hears that its proxy is gone, and another one serves", "[echo]") {
  TcpClient& held = post("/late", "x");
  until([this] { return traffic_.held.size() == 1; });
  kill(child_->pid(), SIGKILL);
  until([&] { return held.ended() && traffic_.gone == 1 && child_->restarts() == 1; });
  CHECK(traffic_.held.empty());
  until_running();
  until_said(post("/echo", "again"), "\r\n\r\nheard: again");
}

TEST_CASE_METHOD(Fixture, "no counter falls when a proxy is killed, and the next one's comes on top",
                 "[echo][metrics]") {
  until_said(post("/echo", "x"), "\r\n\r\nheard: x");
  until_counted(1);
  const std::string before = metrics();
  CHECK_THAT(before, ContainsSubstring("\noutpost_connections{child=\"echo\"} 1\n"));
  kill(child_->pid(), SIGKILL);
  until([&] { return child_->restarts() == 1; });
  until_running();
  CHECK(link_->statistics().responses_2xx == 0);
  const std::string sample =
      R"(outpost_http_requests_total{child="echo",resource="other",request="other",status="200"} )";
  const std::string took =
      R"(outpost_http_request_duration_seconds_count{child="echo",resource="other",request="other"} )";
  for (const std::string& text : {before, metrics()}) {
    CHECK_THAT(text, ContainsSubstring(sample + "1\n") && ContainsSubstring(took + "1\n"));
  }
  CHECK_THAT(metrics(), ContainsSubstring("\noutpost_connections{child=\"echo\"} 0\n"));
  until_said(post("/echo", "again"), "\r\n\r\nheard: again");
  until_counted(2);
  CHECK_THAT(metrics(), ContainsSubstring(sample + "2\n") && ContainsSubstring(took + "2\n"));
  CHECK_THAT(metrics(), ContainsSubstring("\noutpost_child_restarts_total{child=\"echo\"} 1\n"));
}

TEST_CASE_METHOD(Fixture, "a proxy that ends in order says at last what it has counted", "[echo][metrics]") {
  until_said(post("/echo", "x"), "\r\n\r\nheard: x");
  CHECK(link_->total().responses_2xx == 0);
  bool stopped = false;
  child_->stop(kPatient, [&] { stopped = true; });
  until([&] { return stopped; });
  CHECK(link_->total().responses_2xx == 1);
  CHECK(link_->total().bytes_sent > 100);
  CHECK(link_->total().bytes_received > 50);
}

TEST_CASE_METHOD(Fixture, "a child of another kind has a log of its own", "[echo]") {
  until_said(post("/echo", "x"), "\r\n\r\nheard: x");
  bool stopped = false;
  child_->stop(kPatient, [&] { stopped = true; });
  until([&] { return stopped; });
  CHECK_THAT(child_->last_exit(), ContainsSubstring("exited with status 0"));
  std::ifstream file(folder_.file("outpost_ECHO.log"));
  std::string text{std::istreambuf_iterator<char>(file), {}};
  CHECK_THAT(text, ContainsSubstring("HTTPProxyClient[1.1]::message sent, status 200"));
}

}  // namespace outpost::test::echo_service_test
