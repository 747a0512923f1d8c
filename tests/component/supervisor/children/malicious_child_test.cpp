// A proxy that was taken over, against the real Child, ProxyLink, Engine and StoreThread: whatever it does ends that
// proxy and nothing else.
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <random>

#include "supervisor/children/http_proxy/link.h"
#include "supervisor/children/kinds.h"
#include "supervisor/control/commands/arguments.h"
#include "supervisor/engine/engine.h"
#include "supervisor/engine/traffic.h"
#include "supervisor/store/store_thread.h"
#include "tests/support/filled_store.h"
#include "tests/support/lease.h"
#include "tests/support/malicious_kinds.h"
#include "tests/support/temp_dir.h"

#include <catch2/catch_get_random_seed.hpp>
#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include "tests/support/open_log.h"
#include "tests/support/run_until.h"

namespace outpost::test::malicious_child_test {

namespace {

using namespace supervisor;
using Catch::Matchers::ContainsSubstring;
using std::chrono::milliseconds;

constexpr std::size_t kKinds = 1'000;
constexpr milliseconds kImpatient{2'000};  // also for the start of a program, on a machine that is busy
constexpr milliseconds kPatient{60'000};
// What a sanitizer keeps of the memory that was given back, and then some; each kind may send 4 MiB.
constexpr std::size_t kGrowthMax = std::size_t{600} * 1024 * 1024;

constexpr const char* kCatalogue = R"({
  "tenants": [{"dbid": 1, "name": "Resources"}],
  "calling-lists": [{"dbid": 301, "name": "Spring_2024", "custom-fields": ["STATE"]}],
  "campaigns": [{"dbid": 401, "name": "Spring", "lists": [{"list": "Spring_2024"}]}],
  "campaign-groups": [{"dbid": 501, "name": "Spring@Agents", "campaign": "Spring", "state": "Running"}]
})";
constexpr const char* kConfig = R"({
  "application": {"http-max-body": 65536, "http-max-target": 512, "channel-window": 16, "channel-timeout": 5000},
  "listeners": [{"name": "first", "address": "127.0.0.1", "port": 0},
                {"name": "second", "address": "127.0.0.2", "port": 4712}]
})";

std::size_t resident_bytes() {
  std::ifstream file("/proc/self/statm");
  std::size_t pages = 0;
  file >> pages >> pages;
  return pages * static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
}

// What the supervisor is made of, as far as a proxy can reach it.
class Fixture final : private RequestSink {
 public:
  explicit Fixture(std::uint32_t window = 16, std::size_t queued_max = 8192) {
    log_ = open_log(folder_, LogLevel::debug);
    EngineSettings settings;
    settings.application_dbid = 134;
    settings.record_uri_base = [] { return std::string(); };
    engine_ = std::make_unique<Engine>(std::move(settings), clock_);
    writer_ =
        std::make_unique<WriterThread>(loop_, filled_store("sqlite://" + folder_.file("records.db"), kCatalogue),
                                       WriterThread::Limits{queued_max, 1024}, [this] { engine_->forget_cache(); });
    auto config = parse_config(kConfig, "test");
    if (!config) FAIL(config.error().front());
    config->config.application.limits.window = window;
    RequestSink& sink = *this;
    traffic_ = std::make_unique<OutboundTraffic>(loop_, *log_, sink);
    link_ = std::make_unique<ProxyLink>(loop_, *log_, child_kinds().front(), *traffic_, [] {});
    link_->set_config(config->config);
    child_ = std::make_unique<Child>(loop_, *log_, child_kinds().front(), MALICIOUS_CHILD,
                                     Child::Settings{milliseconds(1), kImpatient, kPatient}, *link_,
                                     [](const std::string&) {});
    link_->set_child(*child_);
  }
  ~Fixture() {
    child_.reset();
    writer_->stop();
    writer_.reset();
    link_.reset();
  }

  void plan(std::uint64_t seed, const std::vector<std::string_view>& kinds) {
    std::ofstream file(plan_);
    file << seed << " 0\n";
    for (std::string_view kind : kinds) file << kind << '\n';
    setenv("MALICIOUS_PLAN", plan_.c_str(), 1);
  }
  // Lets one child live to its end.
  void until_ended() {
    std::uint64_t n = ended_++;
    run_until(loop_, [&] {
      return child_->restarts() > n || (child_->restarts() == n && child_->state() == Child::State::waiting);
    });
  }
  // How many of the plan were begun.
  std::size_t begun() const {
    std::ifstream file(plan_);
    std::size_t number = 0;
    file >> number >> number;
    return number;
  }
  void check_alive() {
    CHECK(child_->last_exit().size() < 2'000);
    CHECK(child_->last_exit().find('\n') == std::string::npos);
    CHECK(child_->last_exit().find('\x1b') == std::string::npos);
    CHECK(traffic_->counters().by_outcome.size() < 50);
    CHECK(link_->bound().size() <= 2);
  }
  // The child behind the last of the plan: it is started, asks, and gets its answer.
  void check_good_child() {
    child_->set({milliseconds(1), kPatient, kPatient});
    std::uint64_t before = added();
    run_until(loop_, [&] { return child_->state() == Child::State::running && added() > before; });
    run_until(loop_, [&] { return link_->in_flight() == 0; });
    bool stopped = false;
    child_->stop(kPatient, [&] { stopped = true; });
    run_until(loop_, [&] { return stopped; });
    CHECK_THAT(child_->last_exit(), ContainsSubstring("exited with status 0"));
  }
  std::uint64_t added() const {
    auto outcomes = traffic_->counters().by_outcome;
    return outcomes.contains("AddRecordAcknowledge") ? outcomes["AddRecordAcknowledge"] : 0;
  }
  std::string log_text() const {
    std::ifstream file(folder_.file("outpost.log"));
    return {std::istreambuf_iterator<char>(file), {}};
  }

  Loop& loop() { return loop_; }
  Child& child() { return *child_; }
  ProxyLink& link() { return *link_; }

 private:
  void withdraw(std::uint64_t) override {}
  std::uint64_t submit(protocol::Request request, Answered answered) override {
    struct Item {
      protocol::Request request;
      protocol::Answer answer;
      Answered answered;
    };
    auto item = std::make_shared<Item>(Item{std::move(request), {}, std::move(answered)});
    bool taken = writer_->submit({.apply = [this, item](RecordStore& store) -> Result<> {
                                    auto answer = engine_->handle(store, item->request);
                                    if (!answer) return fail(answer.error());
                                    item->answer = std::move(*answer);
                                    return {};
                                  },
                                  .done =
                                      [item](const Result<>& outcome) {
                                        INFO((outcome ? "" : outcome.error().text));
                                        CHECK(outcome);  // what a proxy asks for is never the store's fault
                                        item->answered(std::move(item->answer));
                                      }});
    return taken ? 1 : 0;
  }
  TempDir folder_;
  std::string plan_ = folder_.file("plan");
  Loop loop_;
  SystemClock clock_;
  std::unique_ptr<Log> log_;
  std::unique_ptr<Engine> engine_;
  std::unique_ptr<WriterThread> writer_;
  std::unique_ptr<OutboundTraffic> traffic_;
  std::unique_ptr<ProxyLink> link_;
  std::unique_ptr<Child> child_;
  std::uint64_t ended_ = 0;
};

// Every kind often, those that take their time twice; in any order.
std::vector<std::string_view> thousand_kinds(std::uint64_t seed) {
  std::vector<std::string_view> kinds;
  constexpr std::size_t kQuick = std::size(kMaliciousKinds) - kSlowKinds;
  for (std::size_t i = kQuick; i < std::size(kMaliciousKinds); ++i) {
    kinds.insert(kinds.end(), 2, kMaliciousKinds[i].name);
  }
  for (std::size_t i = 0; kinds.size() < kKinds; ++i) kinds.push_back(kMaliciousKinds[i % kQuick].name);
  std::shuffle(kinds.begin(), kinds.end(), std::mt19937_64(seed));
  return kinds;
}

void check_end(Expected expected, const std::string& end, bool was_called_a_breach) {
  INFO(end);
  switch (expected) {
    case Expected::breach: CHECK(was_called_a_breach); break;
    case Expected::answered: CHECK(end == "exited with status 0"); break;
    case Expected::late:
      CHECK((end.find("said nothing for") != std::string::npos || end.find("was not ready") != std::string::npos));
      break;
    case Expected::ended: break;
  }
}

}  // namespace

TEST_CASE("a thousand kinds of nonsense end the proxy that talks it, and nothing else", "[malicious]") {
  std::uint64_t seed = Catch::getSeed();
  INFO("seed " << seed);
  Fixture outpost;
  std::vector<std::string_view> kinds = thousand_kinds(seed);
  outpost.plan(seed, kinds);
  std::size_t resident_before = 0;
  outpost.child().start();
  for (std::size_t begun = 0; begun < kinds.size();) {
    outpost.until_ended();
    // A child that was killed before it knew its part is none.
    if (outpost.begun() == begun) continue;
    std::size_t i = begun++;
    REQUIRE(outpost.begun() <= begun + 1);  // the next may be on its way
    INFO("kind " << i << ": " << kinds[i]);
    outpost.check_alive();
    const auto* kind = std::ranges::find(kMaliciousKinds, kinds[i], &MaliciousKind::name);
    const std::string& end = outpost.child().last_exit();
    check_end(kind->expected, end,
              end.starts_with("killed by signal 9: ") && end.find("said nothing") == end.npos &&
                  end.find("was not ready") == end.npos);
    if (i == kKinds / 4) resident_before = resident_bytes();
  }
  outpost.check_good_child();
  CHECK(resident_bytes() < resident_before + kGrowthMax);
  CHECK(outpost.log_text().find("\n2026-01-01T00:00:00.000 Std 40003") == std::string::npos);
}

TEST_CASE("a proxy that asks and never reads is ended before it costs much memory", "[malicious]") {
  constexpr std::uint32_t kNoWindow = 1'000'000;
  constexpr std::size_t kQueuedMax =
      1'024;  // of 40 kB each: more than a child may leave unread, and not much to do after it
  Fixture outpost(kNoWindow, kQueuedMax);
  outpost.plan(1, {"never read"});
  outpost.child().start();
  outpost.until_ended();
  CHECK_THAT(outpost.child().last_exit(), ContainsSubstring("it does not read what it is sent: "));
  outpost.check_good_child();
}

}  // namespace outpost::test::malicious_child_test
