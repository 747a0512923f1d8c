// What other servers are told of campaign groups, over a real store and a courier that answers when it is told to.
#include "supervisor/engine/sending/group_states.h"

#include <fstream>
#include <iterator>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/json.h"
#include "supervisor/metrics/exposition.h"
#include "tests/support/engine_fixture.h"
#include "tests/support/filled_store.h"
#include "tests/support/open_log.h"
#include "tests/support/run_until.h"

namespace outpost::test::group_states_test {

using protocol::FetchOutcome;
using protocol::GroupState;

namespace {

class HeldCourier final : public Courier {
 public:
  std::uint64_t fetch(FetchRequest request, Done done) override {
    requests.push_back(std::move(request));
    waiting_.emplace(requests.size(), std::move(done));
    most_ = std::max(most_, waiting_.size());
    return requests.size();
  }
  void cancel(std::uint64_t number) override {
    waiting_.erase(number);
    ++cancelled;
  }

  // Answers the one that waits for longest.
  void answer(std::uint16_t status = 200, FetchOutcome outcome = FetchOutcome::answered) {
    REQUIRE(!waiting_.empty());
    auto first = waiting_.extract(waiting_.begin());
    protocol::FetchReply reply;
    reply.outcome = outcome;
    reply.status = status;
    first.mapped()(reply);
  }
  void answer_all() {
    while (!waiting_.empty()) answer();
  }
  [[nodiscard]] std::size_t under_way() const { return waiting_.size(); }
  [[nodiscard]] std::size_t most() const { return most_; }
  // "Spring@Agents Started Running Preview" of each request.
  [[nodiscard]] std::vector<std::string> told(std::size_t from = 0) const {
    std::vector<std::string> all;
    for (std::size_t i = from; i < requests.size(); ++i) {
      auto body = parse_json(requests[i].body);
      REQUIRE(body);
      std::string line;
      for (const char* key :
           {"GSW_CAMPAIGN_GROUP_NAME", "GSW_CAMPAIGN_GROUP_EVENT", "GSW_CAMPAIGN_GROUP_STATE", "GSW_DIAL_MODE"}) {
        line += (line.empty() ? "" : " ") + std::get<std::string>(body->find(key)->value);
      }
      all.push_back(line);
    }
    return all;
  }

  std::vector<FetchRequest> requests;
  std::size_t cancelled = 0;

 private:
  std::map<std::uint64_t, Done> waiting_;
  std::size_t most_ = 0;
};

struct Bench {
  TempDir folder;
  Loop loop;
  std::unique_ptr<Log> log = open_log(folder, LogLevel::debug);
  Config config = [this] {
    Config made;
    made.store.url = "sqlite://" + folder.file("records.db");
    made.application.outward.send_campaigngroup_states = true;
    made.application.outward.campaigngroup_states_uri = "http://wall.example/states";
    made.application.outward.campaigngroup_states_http_client = "wall";
    made.application.outward.campaigngroup_states_interval = 3'600;
    return made;
  }();
  std::optional<EngineThreads> threads;
  HeldCourier courier;
  std::optional<GroupStates> states;

  Bench() {
    threads.emplace(loop, *log, config, filled_store(config.store.url, kCatalogue), [](const Error&) {});
    states.emplace(loop, *log, *threads, courier, config);
    threads->on_groups([this] { states->look(); });
  }
  ~Bench() {
    if (threads) threads->end();
  }
  Bench(const Bench&) = delete;
  Bench& operator=(const Bench&) = delete;

  void write(std::function<Result<>(RecordStore&)> work) {
    bool done = false;
    threads->write(
        [&](RecordStore& store) -> Result<std::string> {
          auto worked = work(store);
          if (!worked) return pass(worked);
          threads->engine().forget_cache();
          return std::string();
        },
        [&](const Result<std::string>& outcome) {
          CHECK(outcome);
          done = true;
        });
    run_until(loop, [&] { return done; });
  }
  void change(std::int64_t dbid, const std::function<void(CampaignGroup&)>& how) {
    write([&](RecordStore& store) -> Result<> {
      auto catalogue = store.catalogue();
      if (!catalogue) return pass(catalogue);
      auto group = std::ranges::find(catalogue->groups, dbid, &CampaignGroup::dbid);
      how(*group);
      return store.put(*group);
    });
    settle();
  }
  void become(std::int64_t dbid, GroupState state) {
    change(dbid, [state](CampaignGroup& group) { group.state = state; });
  }
  // Each look that was asked for is over: the reader does one after the other, and a look may ask for one more.
  void settle() {
    for (int i = 0; i < 3; ++i) {
      bool done = false;
      threads->read([](RecordStore&) { return std::string(); }, [&](const auto&) { done = true; });
      run_until(loop, [&] { return done; });
    }
  }
  void start() {
    states->start();
    settle();
  }
  std::string metrics() {
    MetricsWriter out(MetricsFormat::prometheus);
    states->write_metrics(out);
    return out.text();
  }
  bool counted(const std::string& outcome, int times) {
    std::string line = fmt::format("outpost_campaign_group_states_total{{outcome=\"{}\"}} {}\n", outcome, times);
    return metrics().find(line) != std::string::npos;
  }
  // All of it; nothing can follow.
  std::string logged() {
    std::string link = log->link_path();
    threads->end();
    states.reset();
    threads.reset();
    log.reset();
    std::ifstream in(link);
    return {std::istreambuf_iterator<char>(in), {}};
  }
};

using Lines = std::vector<std::string>;

}  // namespace

TEST_CASE_METHOD(Bench, "a new primary tells how loaded groups are, and of no change", "[outward]") {
  states->look();  // nobody is primary
  settle();
  CHECK(courier.requests.empty());
  start();
  CHECK(courier.told() == Lines{"Spring@Agents Periodic Running Preview", "Spring@Stopped Periodic Active Preview",
                                "Spring@Machine Periodic Running Predict", "Spring@Push Periodic Running PushPreview",
                                "Autumn@Agents Periodic Running Preview"});
  const FetchRequest& request = courier.requests.front();
  CHECK(request.method == "POST");
  CHECK(request.url == "http://wall.example/states");
  CHECK(request.client == "wall");
  CHECK(request.headers == Lines{"Content-Type: application/json"});
  CHECK_FALSE(counted("delivered", 1));
  courier.answer(204);
  courier.answer(500);
  courier.answer(0, FetchOutcome::connect);
  CHECK((counted("delivered", 1) && counted("refused", 1) && counted("failed", 1)));
  std::string text = logged();
  CHECK(text.find(" Trc 81001 status of campaign group \"Spring@Agents\" (DBID 501) sent: Periodic\n") != text.npos);
  CHECK(text.find(" 40099 status of campaign group \"Spring@Stopped\" (DBID 503) was not taken: answered 500\n") !=
        text.npos);
  CHECK(text.find("(DBID 504) was not taken: connect\n") != text.npos);
}

TEST_CASE_METHOD(Bench, "each change of a group is told once, in its order", "[outward]") {
  start();
  courier.answer_all();
  std::size_t before = courier.requests.size();
  become(502, GroupState::active);
  become(502, GroupState::running);  // while the other is under way
  CHECK(courier.told(before) == Lines{"Spring@Unloaded Loaded Active Preview"});
  change(502, [](CampaignGroup& group) { group.mode = protocol::DialMode::power; });
  become(502, GroupState::not_loaded);
  courier.answer_all();
  CHECK(courier.told(before) ==
        Lines{"Spring@Unloaded Loaded Active Preview", "Spring@Unloaded Started Running Preview",
              "Spring@Unloaded ModeChanged Running Power", "Spring@Unloaded Stopped Active Power",
              "Spring@Unloaded Unloaded NotLoaded Power"});
  settle();
  CHECK(courier.requests.size() == before + 5);
  CHECK(logged().find(" Trc 81000 status of campaign group \"Spring@Unloaded\" (DBID 502) sent: Unloaded\n") !=
        std::string::npos);
}

TEST_CASE_METHOD(Bench, "what a slow server cannot take of one group is left out from the front", "[outward]") {
  start();
  courier.answer_all();
  std::size_t before = courier.requests.size();
  for (int i = 0; i < 6; ++i) {
    become(502, GroupState::running);  // loaded and started
    become(502, GroupState::not_loaded);
  }
  CHECK(courier.requests.size() == before + 1);
  courier.answer_all();
  CHECK(courier.requests.size() == before + 1 + GroupStates::kWaitingMax);
  CHECK(courier.told().back() == "Spring@Unloaded Unloaded NotLoaded Preview");
  CHECK(counted("left-out", 4 * 6 - 1 - static_cast<int>(GroupStates::kWaitingMax)));
}

TEST_CASE_METHOD(Bench, "of many groups some are told of at a time", "[outward]") {
  constexpr int kMore = static_cast<int>(GroupStates::kUnderWayMax) + 100;
  write([](RecordStore& store) -> Result<> {
    for (int i = 0; i < kMore; ++i) {
      CampaignGroup group;
      group.dbid = 1'000 + i;
      group.name = "Group " + std::to_string(i);
      group.campaign_dbid = 401;
      group.state = GroupState::running;
      if (auto put = store.put(group); !put) return put;
    }
    return {};
  });
  start();
  CHECK(courier.requests.size() == GroupStates::kUnderWayMax);
  courier.answer_all();
  CHECK(courier.requests.size() == kMore + 5);
  CHECK(courier.most() == GroupStates::kUnderWayMax);
}

TEST_CASE_METHOD(Bench, "options of a group are before those of the application, and change at once", "[outward]") {
  config.application.outward.send_campaigngroup_states = false;
  states->use(config);
  start();
  CHECK(courier.requests.empty());
  change(506, [](CampaignGroup& group) {
    group.options = R"({"send-campaigngroup-states":true,"campaigngroup-states-uri":"http://own.example/"})";
  });
  CHECK(courier.requests.empty());  // what it was before it was switched on is no news
  become(501, GroupState::active);
  become(506, GroupState::active);
  REQUIRE(courier.told() == Lines{"Autumn@Agents Stopped Active Preview"});
  CHECK(courier.requests[0].url == "http://own.example/");
  courier.answer_all();

  config.application.outward.send_campaigngroup_states = true;
  config.application.outward.campaigngroup_states_uri = "http://new.example/";
  states->use(config);
  settle();
  become(501, GroupState::running);
  CHECK(courier.told(1) == Lines{"Spring@Agents Started Running Preview"});
  CHECK(courier.requests[1].url == "http://new.example/");
}

TEST_CASE_METHOD(Bench, "loaded groups are told of in each interval, unless the server has not answered", "[outward]") {
  config.application.outward.campaigngroup_states_interval = 1;
  config.application.outward.send_campaigngroup_states = false;
  change(506, [](CampaignGroup& group) { group.options = R"({"send-campaigngroup-states":true})"; });
  states->use(config);
  start();
  REQUIRE(courier.requests.size() == 1);
  run_until(loop, [&] { return counted("left-out", 1); });
  CHECK(courier.requests.size() == 1);
  courier.answer();
  run_until(loop, [&] { return courier.requests.size() == 2; });
  CHECK(courier.told()[1] == "Autumn@Agents Periodic Running Preview");
}

TEST_CASE_METHOD(Bench, "one that is primary no more tells nothing, and begins anew when it is again", "[outward]") {
  start();
  CHECK(courier.under_way() == 5);
  become(502, GroupState::active);
  CHECK(courier.under_way() == 6);
  states->stop();
  CHECK(courier.cancelled == 6);
  CHECK(courier.under_way() == 0);
  become(501, GroupState::active);
  CHECK(courier.requests.size() == 6);
  states->start();  // with a look under way from before
  states->stop();
  start();
  CHECK(courier.told(6) == Lines{"Spring@Agents Periodic Active Preview", "Spring@Unloaded Periodic Active Preview",
                                 "Spring@Stopped Periodic Active Preview", "Spring@Machine Periodic Running Predict",
                                 "Spring@Push Periodic Running PushPreview", "Autumn@Agents Periodic Running Preview"});
}

}  // namespace outpost::test::group_states_test
