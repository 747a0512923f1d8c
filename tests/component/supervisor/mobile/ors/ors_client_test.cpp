// The client of ORS over a courier that answers what the test says.
#include "supervisor/mobile/ors/ors_client.h"

#include <deque>
#include <fstream>
#include <iterator>
#include <memory>
#include <optional>

#include "common/json.h"
#include "protocol/mobile/errors.h"
#include "tests/support/open_log.h"
#include "tests/support/scripted_courier.h"

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

namespace outpost::test::ors_client_test {

using namespace outpost::supervisor;
using namespace outpost::supervisor::mobile;
using Catch::Matchers::ContainsSubstring;
using protocol::CallParameter;
using protocol::CallReply;
using protocol::FetchOutcome;
using protocol::FetchReply;

namespace {

using Started = tl::expected<std::pair<OrsSession, OrsAnswer>, CallReply>;
using Answered = tl::expected<OrsAnswer, CallReply>;
using Told = OrsClient::Told;

CallParameter text(std::string name, std::string value) { return {std::move(name), std::move(value), false, {}, {}}; }

struct Bench {
  TempDir folder;
  std::unique_ptr<Log> log = open_log(folder, LogLevel::debug);
  Config config = [] {
    Config made;
    for (const char* host : {"one", "two"}) {
      ConnectionConfig& connection = made.connections.emplace_back();
      connection.name = connection.host = host;
    }
    return made;
  }();
  ServiceSection section = [] {
    ServiceSection made;
    made.name = "request-outbound";
    made.type = ServiceType::ors;
    made.scxml = "http://apps/x.scxml";
    return made;
  }();
  ScriptedCourier courier;
  std::optional<OrsClient> client{std::in_place, *log, courier, config};
  OrsSession session{"A1", "http://one:7210", "ORSSESSIONID=A1.n"};

  std::shared_ptr<std::optional<Started>> start(const Parameters& effective = {}) {
    auto outcome = std::make_shared<std::optional<Started>>();
    client->start(section, effective, "area", [outcome](Started made) {
      REQUIRE_FALSE(*outcome);
      outcome->emplace(std::move(made));
    });
    return outcome;
  }
  std::shared_ptr<std::optional<Answered>> request(std::string_view name,
                                                   const std::vector<CallParameter>& parameters = {}) {
    auto outcome = std::make_shared<std::optional<Answered>>();
    client->request(session, name, parameters, [outcome](Answered made) {
      REQUIRE_FALSE(*outcome);
      outcome->emplace(std::move(made));
    });
    return outcome;
  }
  std::shared_ptr<std::optional<Told>> event(const OrsSession& of, const FormFields& fields = {}) {
    auto outcome = std::make_shared<std::optional<Told>>();
    client->event(of, "push", fields, [outcome](Told told) {
      REQUIRE_FALSE(*outcome);
      outcome->emplace(told);
    });
    return outcome;
  }
  std::string log_text() {
    std::string path = log->link_path();
    client.reset();
    log.reset();
    std::ifstream file(path);
    return {std::istreambuf_iterator<char>(file), {}};
  }
};

void check_error(const std::optional<Started>& outcome, std::string_view message) {
  REQUIRE(outcome);
  REQUIRE_FALSE(*outcome);
  CHECK(outcome->error().status == 500);
  CHECK(outcome->error().body == protocol::error_body(500, message, protocol::kOrsFailed));
}

}  // namespace

TEST_CASE("a service of ORS is a session, and what that says to gms.start", "[mobile]") {
  Bench bench;
  auto outcome = bench.start({{"_phone_number", "555"}});
  REQUIRE(bench.courier.requests.size() == 1);
  const FetchRequest start = bench.courier.requests[0];
  CHECK(start.method == "POST");
  CHECK(start.url == "http://one:7210/scxml/session/start");
  CHECK(start.headers == std::vector<std::string>{"Content-Type: application/x-www-form-urlencoded"});
  CHECK(start.body == "src=http%3A%2F%2Fapps%2Fx.scxml&_data_id=area&_phone_number=555");

  bench.courier.answer(200, "A1\n", {{"set-cookie", "ORSSESSIONID=A1.n; Path=/"}});
  REQUIRE(bench.courier.requests.size() == 2);
  const FetchRequest begin = bench.courier.requests[1];
  CHECK(begin.method == "POST");
  CHECK(begin.url == "http://one:7210/scxml/session/A1/request/gms.start");
  CHECK(begin.headers == std::vector<std::string>{"Cookie: ORSSESSIONID=A1.n"});
  CHECK(begin.body.empty());
  CHECK_FALSE(*outcome);

  bench.courier.answer(200, "{ \"msg\": \"hello\"}", {{"content-type", "text/html"}});
  REQUIRE(*outcome);
  REQUIRE(**outcome);
  const auto& [session, answer] = ***outcome;
  CHECK(session == OrsSession{"A1", "http://one:7210", "ORSSESSIONID=A1.n"});
  CHECK(answer.status == 200);
  CHECK(answer.content_type == "application/json");
  CHECK(answer.body == "{ \"msg\": \"hello\"}");
  CHECK(bench.client->in_flight() == 0);
}

TEST_CASE("a server that is not reached is followed by the next, and the session is where it was started", "[mobile]") {
  for (auto outcome : {FetchOutcome::resolve, FetchOutcome::connect, FetchOutcome::tls, FetchOutcome::denied_target,
                       FetchOutcome::proxy, FetchOutcome::timeout}) {
    INFO(word_of(outcome));
    Bench bench;
    auto started = bench.start();
    bench.courier.fail(outcome);
    CHECK(bench.courier.last_url() == "http://two:7210/scxml/session/start");
    bench.courier.answer(200, "A1");
    CHECK(bench.courier.last_url() == "http://two:7210/scxml/session/A1/request/gms.start");
    bench.courier.answer(200, "{}");
    REQUIRE(*started);
    REQUIRE(**started);
    CHECK((**started)->first.base == "http://two:7210");
    CHECK((**started)->first.cookie.empty());
  }
}

TEST_CASE("when no server is reached in as many attempts as there may be, it is an error of known words", "[mobile]") {
  Bench bench;
  bench.config.ors.max_ors_request_attempts = 5;
  bench.client->use(bench.config);
  auto started = bench.start();
  for (int i = 0; i < 5; ++i) {
    CHECK_FALSE(*started);
    bench.courier.fail(FetchOutcome::connect);
  }
  check_error(*started, "ORS request failed: cannot connect to ORS. IO issue.");
  std::string hosts;
  for (const FetchRequest& one : bench.courier.requests) hosts += one.url.substr(7, 3) + " ";
  CHECK(hosts == "one two one two one ");
}

TEST_CASE("without a courier and without a server it is the same error", "[mobile]") {
  Bench bench;
  auto started = bench.start();
  bench.courier.fail(FetchOutcome::unavailable);
  check_error(*started, protocol::kOrsUnreached);
  bench.config.connections.clear();
  bench.client->use(bench.config);
  check_error(*bench.start(), protocol::kOrsUnreached);
  CHECK(bench.courier.requests.size() == 1);
}

TEST_CASE("an application is not started twice: what may have come to a server is not sent to another", "[mobile]") {
  struct Row {
    FetchOutcome outcome;
    const char* message;
  };
  for (auto [outcome, message] :
       {Row{FetchOutcome::timeout, "ORS request failed: the time ran out."},
        Row{FetchOutcome::broken, "ORS request failed: the connection ended before the answer was complete."},
        Row{FetchOutcome::too_large, "ORS request failed: the answer was larger than is taken."},
        Row{FetchOutcome::lost, "ORS request failed: the courier ended before it had an answer."}}) {
    Bench bench;
    auto started = bench.start();
    bench.courier.fail(outcome, 900);
    check_error(*started, message);
    CHECK(bench.courier.requests.size() == 1);
  }
}

TEST_CASE("a start that is refused or names no session is an error that says so", "[mobile]") {
  Bench bench;
  auto refused = bench.start();
  bench.courier.answer(503, "A1");
  check_error(*refused, "ORS request failed: ORS answered 503.");
  auto nameless = bench.start();
  bench.courier.answer(200, "<html>");
  check_error(*nameless, "ORS request failed: the answer to the start has no id of a session.");
  CHECK(bench.courier.waiting() == 0);
}

TEST_CASE("a session that does not answer gms.start is ended", "[mobile]") {
  Bench bench;
  auto started = bench.start();
  bench.courier.answer(200, "A1", {{"set-cookie", "ORSSESSIONID=A1.n"}});
  bench.courier.answer(404, "");
  check_error(*started, "ORS request failed: ORS answered 404.");
  CHECK(bench.courier.last_url() == "http://one:7210/scxml/session/A1/terminate");
  CHECK(bench.courier.requests.back().headers == std::vector<std::string>{"Cookie: ORSSESSIONID=A1.n"});
  bench.courier.answer(200, "");
  auto unreached = bench.start();
  bench.courier.answer(200, "A2");
  bench.courier.fail(FetchOutcome::connect);
  check_error(*unreached, protocol::kOrsUnreached);
  CHECK(bench.courier.last_url() == "http://two:7210/scxml/session/A2/terminate");
}

TEST_CASE("circular begins with the next server for each start of a service, linear with the first", "[mobile]") {
  Bench bench;
  auto first_of = [&] {
    bench.start();
    return bench.courier.last_url().substr(7, 3);
  };
  std::string hosts;
  for (int i = 0; i < 3; ++i) hosts += first_of() + " ";
  CHECK(hosts == "one two one ");
  bench.section.name = "another";
  CHECK(first_of() == "one");
  bench.section.strategy = OrsStrategy::linear;
  CHECK(first_of() == "one");
  CHECK(first_of() == "one");
}

TEST_CASE("a service has servers of its own where it names them", "[mobile]") {
  Bench bench;
  bench.section.ors = {{true, "own", 8443}};
  auto started = bench.start();
  CHECK(bench.courier.last_url() == "https://own:8443/scxml/session/start");
}

TEST_CASE("a named request is a form at the session's server, and its answer goes back as it is", "[mobile]") {
  Bench bench;
  auto answered = bench.request("check-queue-position", {text("_a", "1"), text("b c", "\xc3\xa4")});
  REQUIRE(bench.courier.requests.size() == 1);
  const FetchRequest& sent = bench.courier.requests[0];
  CHECK(sent.method == "POST");
  CHECK(sent.url == "http://one:7210/scxml/session/A1/request/check-queue-position");
  CHECK(sent.body == "_a=1&b%20c=%C3%A4");
  CHECK(sent.headers ==
        std::vector<std::string>{"Content-Type: application/x-www-form-urlencoded", "Cookie: ORSSESSIONID=A1.n"});
  bench.courier.answer(201, std::string("\0\xff", 2), {{"content-type", "image/png"}});
  REQUIRE(*answered);
  REQUIRE(**answered);
  CHECK((**answered)->status == 200);
  CHECK((**answered)->content_type == "image/png");
  CHECK((**answered)->body == std::string("\0\xff", 2));
  auto untyped = bench.request("x");
  bench.courier.answer(200, "1");
  CHECK((**untyped)->content_type == "application/octet-stream");
}

TEST_CASE("a named request that fails is 500", "[mobile]") {
  Bench bench;
  auto refused = bench.request("x");
  bench.courier.answer(404, "secret of ORS");
  REQUIRE_FALSE(**refused);
  CHECK((**refused).error().status == 500);
  CHECK((**refused).error().body ==
        protocol::error_body(500, "ORS request failed: ORS answered 404.", protocol::kOrsFailed));
  auto unreached = bench.request("x");
  bench.courier.fail(FetchOutcome::connect);
  CHECK((**unreached).error().body == protocol::error_body(500, protocol::kOrsUnreached, protocol::kOrsFailed));
  CHECK(bench.courier.requests.size() == 2);
}

TEST_CASE("what cannot be sent on is refused with the reason", "[mobile]") {
  Bench bench;
  auto status_of = [&](std::string_view name, std::vector<CallParameter> parameters = {}) {
    auto answered = bench.request(name, parameters);
    REQUIRE(*answered);
    REQUIRE_FALSE(**answered);
    return (**answered).error().status;
  };
  for (const std::string& name : {std::string(), std::string("."), std::string(".."), std::string(256, 'n')}) {
    CHECK(status_of(name) == 400);
  }
  CHECK(status_of("x", {CallParameter{"photo", "1", true, "p.jpg", "image/jpeg"}}) == 400);
  CHECK(status_of("x", {text("a", std::string(protocol::kFetchBodyBytesMax - 1, 'x'))}) == 413);
  CHECK(bench.courier.requests.empty());
  bench.request("x", {text("a", std::string(protocol::kFetchBodyBytesMax - 2, 'x'))});
  CHECK(bench.courier.requests.size() == 1);
  auto started = bench.start({{"_a", std::string(protocol::kFetchBodyBytesMax, 'x')}});
  REQUIRE(*started);
  CHECK((**started).error().status == 413);
}

TEST_CASE("an event goes to the server of its session", "[mobile]") {
  Bench bench;
  auto taken = bench.event(bench.session, {{"tag", "a b"}});
  CHECK(bench.courier.last_url() == "http://one:7210/scxml/session/A1/event/push");
  CHECK(bench.courier.requests[0].body == "tag=a%20b");
  CHECK(bench.courier.requests[0].headers.back() == "Cookie: ORSSESSIONID=A1.n");
  bench.courier.answer(200, "");
  CHECK(*taken == Told::taken);
  auto refused = bench.event(bench.session);
  bench.courier.answer(404, "");
  CHECK(*refused == Told::refused);
  auto denied = bench.event(bench.session);
  bench.courier.fail(FetchOutcome::denied_target);
  CHECK(*denied == Told::refused);
  for (std::uint16_t status : {std::uint16_t{429}, std::uint16_t{500}}) {
    auto failed = bench.event(bench.session);
    bench.courier.answer(status, "");
    CHECK(*failed == Told::failed);
  }
  auto unreached = bench.event(bench.session);
  bench.courier.fail(FetchOutcome::connect);
  CHECK(*unreached == Told::failed);
  CHECK(bench.courier.waiting() == 0);
}

TEST_CASE("an event of a session whose server nobody knows is tried at all, each once", "[mobile]") {
  Bench bench;
  OrsSession unknown{"A1", "", ""};
  auto taken = bench.event(unknown);
  CHECK(bench.courier.last_url() == "http://one:7210/scxml/session/A1/event/push");
  bench.courier.answer(404, "");
  CHECK(bench.courier.last_url() == "http://two:7210/scxml/session/A1/event/push");
  bench.courier.answer(200, "");
  CHECK(*taken == Told::taken);
  // Where one was not reached, that one may have it.
  auto lost = bench.event(unknown);
  bench.courier.fail(FetchOutcome::connect);
  bench.courier.answer(404, "");
  CHECK(*lost == Told::failed);
  auto nowhere = bench.event(unknown);
  bench.courier.answer(404, "");
  bench.courier.fail(FetchOutcome::denied_target);
  CHECK(*nowhere == Told::refused);
  auto doubtful = bench.event(unknown);
  bench.courier.answer(500, "");
  CHECK(*doubtful == Told::failed);
  CHECK(bench.courier.waiting() == 0);
  auto none = bench.event({"a/b", "", ""});
  CHECK(*none == Told::refused);
  CHECK(bench.courier.requests.size() == 7);
  bench.config.connections.clear();
  bench.client->use(bench.config);
  CHECK(*bench.event(unknown) == Told::refused);
}

TEST_CASE("nobody is called after the end of the client", "[mobile]") {
  Bench bench;
  auto started = bench.start();
  auto answered = bench.request("x");
  auto taken = bench.event(bench.session);
  bench.client->terminate(bench.session);
  CHECK(bench.courier.waiting() == 4);
  bench.client.reset();
  CHECK(bench.courier.waiting() == 0);
  CHECK_FALSE(*started);
  CHECK_FALSE(*answered);
  CHECK_FALSE(*taken);
}

TEST_CASE("a callback may end the client", "[mobile]") {
  Bench bench;
  bool ended = false;
  bench.client->start(bench.section, {}, "area", [&](const Started&) {
    bench.client.reset();
    ended = true;
  });
  bench.courier.answer(503, "");
  CHECK(ended);
}

TEST_CASE("the log says once that a server fails and once that it answers again", "[mobile]") {
  Bench bench;
  for (int i = 0; i < 3; ++i) {
    bench.request("x");
    bench.courier.fail(FetchOutcome::connect);
  }
  bench.request("x");
  bench.courier.answer(200, "");
  std::string text = bench.log_text();
  std::size_t first = text.find("ORS http://one:7210 fails: as the test says");
  REQUIRE(first != std::string::npos);
  CHECK(text.find("fails", first + 25) == std::string::npos);
  CHECK_THAT(text, ContainsSubstring("ORS http://one:7210 works again; 2 more requests had failed"));
}

TEST_CASE("the log has no value that is hidden or masked", "[mobile]") {
  Bench bench;
  bench.start({{"_phone", "555"}, {"MMM_card", "secret1"}, {"XXX_pin", "secret2"}});
  bench.request("x", {text("password", "secret3"), text("XXX", "secret4"), text("city", "Ulm")});
  bench.event(bench.session, {{"token", "secret5"}});
  std::string log = bench.log_text();
  CHECK_THAT(log, ContainsSubstring("_data_id=area, MMM_card=MMM, _phone=555"));
  CHECK_THAT(log, ContainsSubstring("city=Ulm"));
  CHECK(log.find("secret") == std::string::npos);
  CHECK(log.find("XXX") == std::string::npos);
}

}  // namespace outpost::test::ors_client_test
