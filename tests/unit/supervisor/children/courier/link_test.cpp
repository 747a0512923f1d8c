// What becomes of a request while no courier is there. The conversation with one is in tests/system/courier*_test.py.
#include "supervisor/children/courier/link.h"

#include "supervisor/children/kinds.h"
#include "tests/support/open_log.h"
#include "tests/support/run_until.h"
#include "tests/support/temp_dir.h"

#include <catch2/catch_test_macros.hpp>

namespace outpost::test::courier_link_test {

using namespace outpost::supervisor;
using protocol::FetchOutcome;
using std::chrono::milliseconds;

namespace {

const ChildKind& courier_kind() { return *std::ranges::find(child_kinds(), "courier", &ChildKind::key); }

class Fixture {
 public:
  Fixture() {
    Config config;
    config.log.directory = folder_.path();
    config.http_clients.emplace_back();
    link_.set_config(config);
    link_.set_child(child_);
    link_.serve(true);
  }

 protected:
  std::uint64_t fetch(FetchRequest request) {
    return link_.fetch(std::move(request), [this](const protocol::FetchReply& reply) { replies_.push_back(reply); });
  }
  void until(std::size_t replies) {
    run_until(loop_, [&] { return replies_.size() >= replies; });
    REQUIRE(replies_.size() == replies);
  }

  TempDir folder_;
  Loop loop_;
  std::unique_ptr<Log> log_ = open_log(folder_, LogLevel::debug);
  CourierLink link_{loop_, *log_, courier_kind()};
  Child child_{loop_, *log_, courier_kind(), "/no/such/program", {}, link_, [](const std::string&) {}};
  std::vector<protocol::FetchReply> replies_;
};

FetchRequest request_to(std::string url, milliseconds time = milliseconds(60'000)) {
  FetchRequest request;
  request.url = std::move(url);
  request.time = time;
  return request;
}

}  // namespace

TEST_CASE_METHOD(Fixture, "a request waits for a courier as long as its caller said", "[courier]") {
  fetch(request_to("http://a/"));
  fetch(request_to("http://b/", milliseconds(1)));
  CHECK(link_.waiting() == 2);
  until(1);
  CHECK(replies_.front().outcome == FetchOutcome::unavailable);
  CHECK(replies_.front().text.find("the courier is stopped") != std::string::npos);
  CHECK(link_.waiting() == 1);
  CHECK(link_.counts().outcomes[static_cast<std::size_t>(FetchOutcome::unavailable)] == 1);
}

TEST_CASE_METHOD(Fixture, "where no courier is to run, a request is refused, and not from within the call",
                 "[courier]") {
  fetch(request_to("http://waits/"));
  link_.serve(false);
  until(1);
  CHECK(replies_.back().outcome == FetchOutcome::unavailable);
  fetch(request_to("http://a/"));
  CHECK(replies_.size() == 1);
  until(2);
  CHECK(replies_.back().outcome == FetchOutcome::unavailable);
  CHECK(link_.waiting() == 0);
}

TEST_CASE_METHOD(Fixture, "who cancels hears nothing more", "[courier]") {
  link_.cancel(fetch(request_to("http://a/", milliseconds(1))));
  link_.cancel(4711);
  fetch(request_to("http://b/", milliseconds(20)));
  until(1);
  CHECK(link_.waiting() == 0);
  link_.serve(false);
  link_.cancel(fetch(request_to("http://refused/")));
  fetch(request_to("http://c/"));
  until(2);
}

TEST_CASE_METHOD(Fixture, "a request for a client that there is not, or beyond a limit, never waits", "[courier]") {
  FetchRequest unknown = request_to("http://a/");
  unknown.client = "nobody";
  fetch(std::move(unknown));
  until(1);
  CHECK(replies_.back().outcome == FetchOutcome::invalid);
  FetchRequest large = request_to("http://a/");
  large.body.resize(protocol::kFetchBodyBytesMax + 1);
  fetch(std::move(large));
  until(2);
  CHECK(replies_.back().outcome == FetchOutcome::invalid);
  fetch(request_to("http://" + std::string(protocol::kUrlBytesMax, 'a')));
  until(3);
  CHECK(replies_.back().outcome == FetchOutcome::invalid);
}

TEST_CASE_METHOD(Fixture, "a mobile node has a client without an entry of http-client", "[courier]") {
  Config config;
  config.log.directory = folder_.path();
  config.application.type = ApplicationType::mobile;
  link_.set_config(config);
  fetch(request_to("http://a/"));
  FetchRequest named = request_to("http://a/");
  named.client = kNodeClient;
  fetch(std::move(named));
  CHECK(link_.waiting() == 2);
  FetchRequest unknown = request_to("http://a/");
  unknown.client = "default";
  fetch(std::move(unknown));
  until(1);
  CHECK(replies_.back().outcome == FetchOutcome::invalid);
  CHECK(replies_.back().text == "a mobile node has the one client \"gms\"");
}

TEST_CASE_METHOD(Fixture, "what waits has a limit in bytes", "[courier]") {
  std::size_t asked = 0;
  while (replies_.empty() && asked < 100) {
    FetchRequest request = request_to("http://a/");
    request.body.resize(protocol::kFetchBodyBytesMax);
    fetch(std::move(request));
    ++asked;
    loop_.run_once(false);
  }
  REQUIRE(replies_.size() == 1);
  CHECK(replies_.front().outcome == FetchOutcome::unavailable);
  CHECK(asked > 60);
}

}  // namespace outpost::test::courier_link_test
