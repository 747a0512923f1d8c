// Nodes over one store: whose a node_id is, and what they see of each other.
#include "supervisor/mobile/cluster.h"

#include <string>
#include <vector>

#include "common/digest.h"
#include "common/json.h"
#include "supervisor/control/tokens/commands.h"
#include "supervisor/mobile/tokens.h"
#include "tests/component/supervisor/store/engines.h"
#include "tests/support/open_log.h"
#include "tests/support/run_until.h"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators_range.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

namespace outpost::test::cluster_test {

namespace {

using namespace outpost::supervisor;
using namespace outpost::supervisor::mobile;
using Catch::Matchers::ContainsSubstring;
using Words = std::vector<std::string>;

Config config_of(std::int64_t node_id, const std::string& name) {
  Config config;
  config.application.name = name;
  config.server_info.host = "host" + name;
  config.control.socket = "/s";
  config.node.node_id = static_cast<std::int32_t>(node_id);
  return config;
}

class Fixture {
 public:
  explicit Fixture(const std::string& engine) : engine_(engine) {
    auto opened = open_state_threads(loop, *log, engine_.url(), StateDurability::process);
    require_ok(opened);
    threads = std::move(*opened);
  }
  ~Fixture() { threads->stop(); }

  std::unique_ptr<StateStore> store() {
    return value_of(open_state_store(engine_.url(), StateMode::writer, StateDurability::process));
  }
  // What the threads call lives until they have ended.
  Cluster* begin(const Config& config) {
    cluster_ = std::make_unique<Cluster>(loop, *log, *threads, watch, node, config, "life",
                                         [this](const std::string& why) { lost.push_back(why); });
    cluster_->start();
    return cluster_.get();
  }
  MobileTokens& tokens(MobileTokens::Tell tell) {
    tokens_ = std::make_unique<MobileTokens>(loop, *log, *threads, watch, std::move(tell));
    return *tokens_;
  }

 private:
  EngineUnderTest engine_;
  TempDir directory_;

 public:
  std::unique_ptr<Log> log = open_log(directory_);
  Loop loop;
  Node node{*log, [] {}};
  StoreWatch watch{[](const std::string&) {}};
  Words lost;
  std::unique_ptr<StateThreads> threads;

 private:
  std::unique_ptr<Cluster> cluster_;
  std::unique_ptr<MobileTokens> tokens_;
};

}  // namespace

TEST_CASE("a node_id is one node's: another is told whose, and may have it when it is given back",
          "[mobile][cluster]") {
  Fixture fixture(GENERATE(from_range(engine_names())));
  auto store = fixture.store();
  require_ok(claim_node_id(*store, config_of(1, "A"), "before", "ONLINE"));
  require_ok(claim_node_id(*store, config_of(1, "A"), "life", "ONLINE"));
  if (store->shared()) {
    auto taken = claim_node_id(*store, config_of(1, "B"), "life", "ONLINE");
    REQUIRE_FALSE(taken);
    CHECK_THAT(taken.error().text, ContainsSubstring("node_id 1 is that of node A (hostA") &&
                                       ContainsSubstring(" /s), seen ") &&
                                       ContainsSubstring("give this node another server.node_id"));
  } else {
    // The lock of the file is proof that nobody else lives.
    require_ok(claim_node_id(*store, config_of(1, "B"), "life", "ONLINE"));
    require_ok(claim_node_id(*store, config_of(1, "A"), "life", "ONLINE"));
  }
  require_ok(claim_node_id(*store, config_of(2, "B"), "life", "ONLINE"));

  Cluster* cluster = fixture.begin(config_of(1, "A"));
  run_until(fixture.loop, [&] { return cluster->live_nodes() == 2; });
  bool released = false;
  cluster->release([&] { released = true; });
  run_until(fixture.loop, [&] { return released; });
  require_ok(claim_node_id(*store, config_of(1, "B"), "life", "ONLINE"));
  CHECK(fixture.lost.empty());
}

TEST_CASE("a node whose id another has taken meanwhile is told so, once", "[mobile][cluster]") {
  Fixture fixture(GENERATE(from_range(engine_names())));
  auto store = fixture.store();
  require_ok(claim_node_id(*store, config_of(1, "A"), "life", "ONLINE"));
  Cluster* cluster = fixture.begin(config_of(1, "A"));
  run_until(fixture.loop, [&] { return cluster->live_nodes() == 1; });
  StateNode other;
  other.node_id = 1;
  other.name = "B";
  other.instance = "hostB /s";
  other.status = "ONLINE";
  other.digests = "{}";
  require_ok(store->begin());
  // As if this node had not been seen for long.
  CHECK(value_of(store->claim_node(other, std::chrono::milliseconds(-60'000), NodeClaim::at_start)));
  require_ok(store->commit());
  run_until(fixture.loop, [&] { return !fixture.lost.empty(); });
  REQUIRE(fixture.lost.size() == 1);
  CHECK_THAT(fixture.lost[0], ContainsSubstring("node_id 1 is that of another node B (hostB /s) by now"));
}

TEST_CASE("a node that is followed by another of its own name is told what to set apart", "[mobile][cluster]") {
  Fixture fixture(GENERATE(from_range(engine_names())));
  auto store = fixture.store();
  require_ok(claim_node_id(*store, config_of(1, "A"), "life", "ONLINE"));
  Cluster* cluster = fixture.begin(config_of(1, "A"));
  run_until(fixture.loop, [&] { return cluster->live_nodes() == 1; });
  require_ok(claim_node_id(*store, config_of(1, "A"), "another", "ONLINE"));
  run_until(fixture.loop, [&] { return !fixture.lost.empty(); });
  CHECK_THAT(fixture.lost[0], ContainsSubstring("node_id 1 is that of another outpostd by now") &&
                                  ContainsSubstring("another server-info.host or control.socket"));
  // Its stop leaves the other's claim alone.
  bool released = false;
  cluster->release([&] { released = true; });
  run_until(fixture.loop, [&] { return released; });
  CHECK(value_of(store->nodes()).at(0).life == "another");
  release_node_id(*store, config_of(1, "A"), "another");
  CHECK(value_of(store->nodes()).empty());
}

TEST_CASE("nodes whose options differ warn of each other", "[mobile][cluster]") {
  Fixture fixture("sqlite");
  auto store = fixture.store();
  Config other = config_of(2, "B");
  other.gms.connection_timeout = 9;
  require_ok(claim_node_id(*store, config_of(1, "A"), "life", "ONLINE"));
  require_ok(claim_node_id(*store, other, "life", "ONLINE"));
  Cluster* cluster = fixture.begin(config_of(1, "A"));
  run_until(fixture.loop, [&] { return !cluster->warnings().empty(); });
  CHECK(cluster->warnings() == Words{"section gms is not that of node 2 (B): all nodes need the same"});
  JsonWriter out;
  cluster->write_nodes(out);
  CHECK_THAT(out.take(), ContainsSubstring(R"("live":true,"self":false,"differs":["gms"])"));
}

TEST_CASE("tokens that this node or another changes are told to the children", "[mobile][tokens]") {
  Fixture fixture(GENERATE(from_range(engine_names())));
  std::vector<std::size_t> told;
  MobileTokens& tokens = fixture.tokens([&](const std::vector<Token>& all, const std::function<void()>& then) {
    told.push_back(all.size());
    then();
  });
  tokens.start({});
  auto add = [](const std::string& name, const std::string& resource) {
    std::string text =
        R"({"name":")" + name + R"(","digest":")" + to_hex(sha256(name)) + R"(","resources":[")" + resource + R"("]})";
    return [json = parse_json(text).value()](TokenStore& store) { return add_token(store, mobile_scopes(), json, 1); };
  };
  std::vector<Result<std::string>> replies;
  auto respond = [&](Result<std::string> reply) { replies.push_back(std::move(reply)); };
  tokens.change(add("a", "storage"), respond);
  tokens.change(add("b", "lists"), respond);
  run_until(fixture.loop, [&] { return replies.size() == 2; });
  REQUIRE(replies[0]);
  CHECK_THAT(*replies[0], ContainsSubstring(R"("resources":["storage"])"));
  REQUIRE_FALSE(replies[1]);
  CHECK_THAT(replies[1].error().text, ContainsSubstring("valid are admin, node, notification, service, storage"));
  CHECK(told == std::vector<std::size_t>{0, 1});

  auto store = fixture.store();
  require_ok(store->begin());
  require_ok(add("c", "node")(*store));
  require_ok(store->commit());
  run_until(fixture.loop, [&] { return told.size() == 3; });
  CHECK(told.back() == 2);
  tokens.list(respond);
  run_until(fixture.loop, [&] { return replies.size() == 3; });
  CHECK_THAT(*replies[2], ContainsSubstring(R"("name":"c")"));
}

}  // namespace outpost::test::cluster_test
