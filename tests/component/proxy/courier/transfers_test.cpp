// Fetches with a server on the same loop: no process, no channel. Names are what the test says they are.
#include "proxy/courier/transfers.h"

#include <condition_variable>
#include <map>
#include <mutex>

#include "tests/support/http_peer.h"
#include "tests/support/open_log.h"
#include "tests/support/run_until.h"
#include "tests/support/temp_dir.h"

#include <catch2/catch_test_macros.hpp>

namespace outpost::test::courier_transfers_test {

using namespace outpost::courier;
using protocol::Fetch;
using protocol::FetchClient;
using protocol::FetchOutcome;
using protocol::FetchReply;

namespace {

// Threads may have it for longer than the test.
struct Names {
  std::mutex mutex;
  std::condition_variable changed;
  bool speak = false;
  std::map<std::string, std::vector<std::string>> addresses;
  int asked = 0;

  Lookup look_up(const std::string& name) {
    std::unique_lock lock(mutex);
    ++asked;
    changed.wait(lock, [&] { return speak || name != "silent.test"; });
    auto found = addresses.find(name);
    if (found == addresses.end()) return {{}, "name or service not known"};
    return {found->second, ""};
  }
  void let_speak() {
    std::lock_guard lock(mutex);
    speak = true;
    changed.notify_all();
  }
};

class Fixture : private Transfers::Events {
 public:
  Fixture() {
    names_->addresses["peer.test"] = {"127.0.0.1"};
    configure({});
  }
  virtual ~Fixture() { names_->let_speak(); }

 protected:
  void configure(FetchClient client) {
    std::vector<FetchClient> clients;
    clients.push_back(std::move(client));
    transfers_.configure(std::move(clients), "");
  }
  std::uint64_t fetch(const std::string& url, std::uint32_t total_ms = 300'000, std::uint32_t connect_ms = 300'000,
                      std::uint32_t stall_ms = 0) {
    Fetch fetch;
    fetch.stall_ms = stall_ms;
    fetch.url = url;
    fetch.connect_ms = connect_ms;
    fetch.total_ms = total_ms;
    fetch.answer_bytes_max = 1'000;
    transfers_.start(++last_, std::move(fetch));
    return last_;
  }
  const FetchReply& reply_to(std::uint64_t id) {
    run_until(loop_, [&] { return replies_.contains(id); });
    return replies_.at(id);
  }
  void until_asked(std::size_t requests) {
    run_until(loop_, [&] { return peer_.requests() >= requests; });
  }

  void replied(std::uint64_t id, const FetchReply& reply) override { REQUIRE(replies_.emplace(id, reply).second); }
  void unresolved() override { ++unresolved_; }

  TempDir folder_;
  Loop loop_;
  std::unique_ptr<Log> log_ = open_log(folder_, LogLevel::debug);
  HttpPeer peer_{loop_};
  std::shared_ptr<Names> names_ = std::make_shared<Names>();
  std::map<std::uint64_t, FetchReply> replies_;
  int unresolved_ = 0;
  std::uint64_t last_ = 0;
  Transfers transfers_{loop_, *log_, *this, [names = names_](const std::string& name) { return names->look_up(name); }};
};

}  // namespace

TEST_CASE_METHOD(Fixture, "what a server answered is the reply, and its connection and address are kept", "[courier]") {
  std::uint64_t first = fetch(peer_.url("/first", "peer.test"));
  CHECK(replies_.empty());
  until_asked(1);
  CHECK(peer_.connection(0).received().starts_with("GET /first HTTP/1.1\r\nHost: peer.test:"));
  CHECK(transfers_.statistics().active == 1);
  peer_.connection(0).answer("one", "ETag: \"a\"\r\nServer: peer\r\nETag: \"b\"\r\n");
  const FetchReply& reply = reply_to(first);
  CHECK(reply.outcome == FetchOutcome::answered);
  CHECK(reply.status == 200);
  CHECK(reply.body == "one");
  CHECK(reply.headers == std::vector<protocol::FetchHeader>{{"etag", "\"a\""}});
  CHECK(reply.address.starts_with("127.0.0.1 "));
  CHECK_FALSE(reply.reused);
  CHECK(reply.times.resolved_us > 0);
  CHECK(reply.times.resolved_us <= reply.times.total_us);
  std::uint64_t second = fetch(peer_.url("/second", "PEER.test"));
  until_asked(2);
  peer_.connection(0).answer("two");
  CHECK(reply_to(second).reused);
  CHECK(peer_.connections() == 1);
  CHECK(names_->asked == 1);
  CHECK(transfers_.size() == 0);
  CHECK(transfers_.statistics().active + transfers_.statistics().waiting == 0);
}

TEST_CASE_METHOD(Fixture, "of cookies all are reported, up to so many, and of no more than may be reported",
                 "[courier]") {
  std::string lines = fmt::format("Set-Cookie: {}\r\n", std::string(protocol::kReportedHeaderBytesMax + 1, 'x'));
  for (int i = 0; i < 20; ++i) lines += fmt::format("Set-Cookie: N{}=a; Path=/\r\n", i);
  std::uint64_t id = fetch(peer_.url("/"));
  until_asked(1);
  peer_.connection(0).answer("", lines);
  const FetchReply& reply = reply_to(id);
  REQUIRE(reply.headers.size() == protocol::kRepeatedHeaderLinesMax);
  for (std::size_t i = 0; i < reply.headers.size(); ++i) {
    CHECK(reply.headers[i] == protocol::FetchHeader{"set-cookie", fmt::format("N{}=a; Path=/", i)});
  }
}

TEST_CASE_METHOD(Fixture, "a server that is silent is left, and the time without a byte begins with the connection",
                 "[courier]") {
  std::uint64_t nameless = fetch(peer_.url("/", "silent.test"), 300'000, 300'000, 1);
  const FetchReply& silent = reply_to(fetch(peer_.url("/", "peer.test"), 300'000, 300'000, 1));
  CHECK(silent.outcome == FetchOutcome::timeout);
  CHECK(silent.text == "no byte came for 1 ms while waiting for the answer to begin");
  run_until(loop_, [&] { return peer_.connections() == 1 && peer_.connection(0).closed(); });
  CHECK_FALSE(replies_.contains(nameless));
  names_->addresses["silent.test"] = {"127.0.0.1"};
  names_->let_speak();
  CHECK(reply_to(nameless).text == silent.text);
  run_until(loop_, [&] { return peer_.connections() == 2 && peer_.connection(1).closed(); });
  std::uint64_t patient = fetch(peer_.url("/"), 300'000, 300'000, 300'000);
  run_until(loop_, [&] { return peer_.connections() == 3 && peer_.connection(2).requests() == 1; });
  peer_.connection(2).answer("well");
  CHECK(reply_to(patient).body == "well");
}

TEST_CASE_METHOD(Fixture, "one that is cancelled leaves its server, and another goes on", "[courier]") {
  std::uint64_t cancelled = fetch(peer_.url("/cancelled"));
  until_asked(1);
  std::uint64_t other = fetch(peer_.url("/other"));
  until_asked(2);
  transfers_.cancel(cancelled);
  transfers_.cancel(4711);
  CHECK(replies_.at(cancelled).outcome == FetchOutcome::cancelled);
  run_until(loop_, [&] { return peer_.connection(0).closed(); });
  CHECK_FALSE(peer_.connection(1).closed());
  peer_.connection(1).answer("whole");
  CHECK(reply_to(other).body == "whole");
  CHECK(transfers_.size() == 0);
}

TEST_CASE_METHOD(Fixture, "while name servers are silent, what needs none of them goes on", "[courier]") {
  std::uint64_t known = fetch(peer_.url("/", "peer.test"));
  until_asked(1);
  peer_.connection(0).answer("");
  reply_to(known);
  std::uint64_t hasty = fetch(peer_.url("/", "silent.test"), 300'000, 1);
  std::uint64_t silent = fetch(peer_.url("/", "silent.test"));
  std::uint64_t waits = fetch(peer_.url("/late", "silent.test"));
  const FetchReply& late = reply_to(hasty);
  CHECK(late.outcome == FetchOutcome::timeout);
  CHECK(late.text.find("1 ms") != std::string::npos);
  CHECK(transfers_.statistics().waiting == 2);
  std::uint64_t number = fetch(peer_.url("/"));
  known = fetch(peer_.url("/", "peer.test"));
  until_asked(3);
  peer_.connection(0).answer("");
  peer_.connection(1).answer("");
  CHECK(reply_to(number).outcome == FetchOutcome::answered);
  CHECK(reply_to(known).outcome == FetchOutcome::answered);
  transfers_.cancel(silent);
  names_->addresses["silent.test"] = {"127.0.0.1"};
  names_->let_speak();
  until_asked(4);
  CHECK(names_->asked == 2);
  transfers_.cancel(waits);
}

TEST_CASE_METHOD(Fixture, "a name that cannot be resolved is told of, and whoever resolves names too", "[courier]") {
  const FetchReply& reply = reply_to(fetch(peer_.url("/", "nobody.test")));
  CHECK(reply.outcome == FetchOutcome::resolve);
  CHECK(reply.text == "nobody.test cannot be resolved: name or service not known");
  CHECK(unresolved_ == 1);
  FetchClient client;
  client.proxy = "http://anna:secret@nobody.test:3128";
  configure(client);
  const FetchReply& over_proxy = reply_to(fetch(peer_.url("/", "peer.test")));
  CHECK(over_proxy.outcome == FetchOutcome::proxy);
  CHECK(over_proxy.text == "the name of the HTTP proxy cannot be resolved: name or service not known");
  CHECK(unresolved_ == 2);
}

TEST_CASE_METHOD(Fixture, "over an HTTP proxy it is the proxy whose name is resolved", "[courier]") {
  FetchClient client;
  client.proxy = peer_.url("", "peer.test");
  configure(client);
  std::uint64_t id = fetch("http://nobody.test/x");
  until_asked(1);
  CHECK(peer_.connection(0).received().starts_with("GET http://nobody.test/x HTTP/1.1\r\n"));
  peer_.connection(0).answer("");
  CHECK(reply_to(id).status == 200);
}

TEST_CASE_METHOD(Fixture, "the addresses of a name are tried in turn, and those that are denied are not", "[courier]") {
  names_->addresses["two.test"] = {"127.0.0.2", "127.0.0.1"};
  names_->addresses["six.test"] = {"::1", "127.0.0.1"};
  FetchClient client;
  client.deny = "127.0.0.2/32, ::1";
  configure(client);
  for (const char* host : {"two.test", "six.test"}) {
    std::size_t connections = peer_.connections();
    std::uint64_t id = fetch(peer_.url("/", host));
    until_asked(connections + 1);
    peer_.connection(connections).answer("");
    CHECK(reply_to(id).address.starts_with("127.0.0.1 "));
  }
  names_->addresses["denied.test"] = {"127.0.0.2"};
  CHECK(reply_to(fetch(peer_.url("/", "denied.test"))).outcome == FetchOutcome::denied_target);
}

TEST_CASE_METHOD(Fixture, "at the end what has not left is not taken, and the rest is lost", "[courier]") {
  FetchClient client;
  client.requests_per_server_max = 1;
  configure(client);
  std::uint64_t left = fetch(peer_.url("/"));
  std::uint64_t waits = fetch(peer_.url("/"));
  std::uint64_t nameless = fetch(peer_.url("/", "silent.test"));
  until_asked(1);
  transfers_.end_all();
  CHECK(replies_.at(left).outcome == FetchOutcome::lost);
  CHECK(replies_.at(waits).outcome == FetchOutcome::not_taken);
  CHECK(replies_.at(nameless).outcome == FetchOutcome::not_taken);
  CHECK(transfers_.size() == 0);
}

TEST_CASE_METHOD(Fixture, "when none of its ports is free, that is said", "[courier]") {
  FetchClient client;
  client.port_low = client.port_high = peer_.port();  // where the server listens
  configure(client);
  const FetchReply& reply = reply_to(fetch(peer_.url("/")));
  CHECK(reply.outcome == FetchOutcome::connect);
  CHECK(reply.text == fmt::format("none of the ports {0}-{0} that connections may come from is free", peer_.port()));
}

TEST_CASE_METHOD(Fixture, "a new configuration is for what begins then", "[courier]") {
  std::uint64_t old = fetch(peer_.url("/"));
  until_asked(1);
  FetchClient client;
  client.deny = "127.0.0.0/8";
  configure(client);
  CHECK(reply_to(fetch(peer_.url("/"))).outcome == FetchOutcome::denied_target);
  peer_.connection(0).answer("as before");
  CHECK(reply_to(old).body == "as before");
  client.deny = "no network";
  configure(client);
  CHECK(reply_to(fetch(peer_.url("/"))).outcome == FetchOutcome::unavailable);
}

TEST_CASE_METHOD(Fixture, "a kept connection that its server has closed is no loss", "[courier]") {
  std::uint64_t first = fetch(peer_.url("/", "peer.test"));
  until_asked(1);
  peer_.connection(0).answer("");
  reply_to(first);
  std::uint64_t second = fetch(peer_.url("/", "peer.test"));
  until_asked(2);
  peer_.connection(0).close();  // with the second request read, and not answered
  until_asked(2);
  run_until(loop_, [&] { return peer_.connections() == 2 && peer_.connection(1).requests() == 1; });
  peer_.connection(1).answer("again");
  CHECK(reply_to(second).body == "again");
}

TEST_CASE_METHOD(Fixture, "a server that says more than was asked for is left", "[courier]") {
  std::uint64_t large = fetch(peer_.url("/"));
  until_asked(1);
  peer_.connection(0).answer(std::string(1'001, 'x'));
  CHECK(reply_to(large).outcome == FetchOutcome::too_large);
  CHECK(reply_to(large).status == 200);
  run_until(loop_, [&] { return peer_.connection(0).closed(); });
  std::uint64_t broken = fetch(peer_.url("/"));
  until_asked(2);
  peer_.connection(1).close();
  CHECK(reply_to(broken).outcome == FetchOutcome::broken);
  CHECK(reply_to(broken).status == 0);
}

TEST_CASE_METHOD(Fixture, "of an answer whose rest did not come the status is told, and nothing else", "[courier]") {
  auto rest_of = [&](std::string_view said, bool ends, std::uint32_t stall_ms = 0) {
    std::size_t number = peer_.connections();
    std::uint64_t id = fetch(peer_.url("/"), 300'000, 300'000, stall_ms);
    run_until(loop_, [&] { return peer_.connections() > number && peer_.connection(number).requests() == 1; });
    peer_.connection(number).say(said);
    if (ends) peer_.connection(number).close();
    const FetchReply& reply = reply_to(id);
    CHECK(reply.headers.empty());
    CHECK(reply.body.empty());
    CHECK(reply.http_version == 0);
    return fmt::format("{} {}", word_of(reply.outcome), reply.status);
  };
  const std::string head = "HTTP/1.1 404 No\r\nETag: \"a\"\r\n";
  const std::string endless = head + "Transfer-Encoding: chunked\r\n\r\n7d0\r\n" + std::string(1'500, 'x');
  CHECK(rest_of(head + "Content-Length: 9\r\n\r\nabc", true) == "broken 404");
  CHECK(rest_of(head + "Content-Length: 9\r\n\r\nabc", false, 300) == "timeout 404");
  CHECK(rest_of(endless, false) == "too-large 404");
  CHECK(rest_of(head + "Content-Length: 99999999999\r\n\r\n", false) == "too-large 404");
  CHECK(rest_of("HTTP/1.1 103 Early Hints\r\nETag: \"a\"\r\n\r\n", true) == "broken 0");
}

}  // namespace outpost::test::courier_transfers_test
