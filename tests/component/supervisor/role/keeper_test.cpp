// What a keeper makes of what it sees and of what it is told; its header has the tables.
#include "supervisor/role/keeper.h"

#include "tests/component/supervisor/role/keeper_bench.h"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

namespace outpost::test::keeper_test {

using namespace supervisor;
using namespace std::chrono_literals;

namespace {

using Renewals = RecordingDuties::Renewals;

}  // namespace

// --- At the beginning ------------------------------------------------------------------------------------------------

TEST_CASE("what a backup makes of the lease that it finds", "[role][keeper]") {
  struct Row {
    std::string name;
    std::function<void(RoleBench&)> given;
    Node::Preferences preferences;
    std::chrono::milliseconds lease_time;
    std::string reason;  // why it takes the lease; empty: it does not
  };
  auto nobody_has_it = [](RoleBench&) {};
  auto another_has_it = [](RoleBench& bench) { bench.take_for("other", 60s); };
  auto it_runs_out = [](RoleBench& bench) { bench.take_for("other", 50ms); };
  auto meant_for = [](const std::string& name) {
    return [name](RoleBench& bench) { bench.release(bench.take_for("other", 60s), name); };
  };
  const Node::Preferences by_itself{};
  const Node::Preferences when_told{.automatic_failover = false, .prefers_backup = false};
  const Node::Preferences later{.automatic_failover = true, .prefers_backup = true};
  const std::vector<Row> rows{
      {"free", nobody_has_it, by_itself, 60s, "the lease is free"},
      {"free, and it waits to be told", nobody_has_it, when_told, 60s, ""},
      {"free, and it prefers to be backup", nobody_has_it, later, 60s, ""},
      {"free for a while, and it prefers to be backup", nobody_has_it, later, 300ms, "the lease is free"},
      {"held", another_has_it, by_itself, 60s, ""},
      {"expired", it_runs_out, by_itself, 60s, "the lease of other has run out"},
      {"expired, and it waits to be told", it_runs_out, when_told, 60s, ""},
      {"kept for another", meant_for("third"), by_itself, 60s, ""},
      {"kept for another that does not come", meant_for("third"), by_itself, 300ms, "the lease is free"},
  };
  for (const Row& row : rows) {
    DYNAMIC_SECTION(row.name) {
      RoleBench bench;
      row.given(bench);
      std::int64_t epoch = bench.lease().epoch;
      Node node(bench, "a", {.lease_time = row.lease_time, .preferences = row.preferences});
      node.keeper.start_as_backup();
      if (row.reason.empty()) {
        node.await("backup after backup");
        node.let_look();
        CHECK(node.duties.calls == Calls{"backup after backup"});
        CHECK(node.keeper.role() == Role::backup);
        CHECK(bench.lease().epoch == epoch);
      } else {
        std::string serve = fmt::format("serve under {}", epoch + 1);
        node.await(serve);
        CHECK(calls_from("starting after backup", 2, node) == Calls{"starting after backup", serve});
        CHECK(node.reason_of(Role::starting) == row.reason);
      }
    }
  }
}

TEST_CASE("a supervisor takes a free lease, serves and says so", "[role][keeper]") {
  RoleBench bench;
  Node node(bench, "a");
  CHECK(node.keeper.self().since == kStartOfTime);
  bench.clock().advance(5);
  node.become_primary();
  CHECK(node.duties.calls == kBecomesPrimary);
  CHECK(node.duties.looks == 1);
  CHECK(node.keeper.self().since == kStartOfTime + 5);
  bench.run_until([&] { return bench.lease().serving_at > 0 && bench.lease().renewals > 2; });
  node.let_look();
  CHECK(node.duties.calls == kBecomesPrimary);
  CHECK(node.keeper.who_is_primary() == "a on host-a is primary");
}

TEST_CASE("a supervisor stays backup beside a living primary", "[role][keeper]") {
  RoleBench bench;
  Node primary(bench, "a");
  primary.become_primary();
  Node backup(bench, "b");
  backup.keeper.start_as_backup();
  backup.await("backup after backup");
  std::int64_t renewals = bench.lease().renewals;
  backup.let_look();
  bench.run_until([&] { return bench.lease().renewals > renewals + 2; });
  CHECK(backup.duties.calls == Calls{"backup after backup"});
  CHECK(primary.duties.calls == kBecomesPrimary);
  CHECK(bench.lease().holder == "a");
}

TEST_CASE("a supervisor that cannot serve gives the lease back and says why", "[role][keeper]") {
  RoleBench bench;
  Node node(bench, "a");
  node.duties.start_problem = "no such table";
  node.keeper.start_as_backup();
  node.await("backup after starting");
  CHECK(node.duties.calls == Calls{"starting after backup", "serve under 1", "backup after starting"});
  CHECK(node.keeper.self().problem == "no such table");
  CHECK(node.reason_of(Role::backup) == "no such table");
  bench.run_until([&] { return bench.lease().holder.empty(); });
  CHECK(node.spy->releases() == Calls{"1 to nobody"});
}

TEST_CASE("a supervisor that could not serve does not take the lease", "[role][keeper]") {
  RoleBench bench;
  Node node(bench, "a");
  node.duties.obstacle_text = "its configuration is not valid";
  node.keeper.start_as_backup();
  node.await("backup after backup");
  node.let_look();
  CHECK(node.duties.calls == Calls{"backup after backup"});
  CHECK(node.keeper.self().problem == "its configuration is not valid");
  node.duties.obstacle_text = "";
  node.await("primary after starting");
}

TEST_CASE("a stopped primary that keeps the store locked is ended", "[role][keeper]") {
  RoleBench bench;
  bench.take_for("other", 50ms);
  Node node(bench, "a");
  node.spy->takes_to_fail = 1;
  bool can_be_ended = GENERATE(true, false);
  node.stopped_primary.can_be_ended = can_be_ended;
  node.become_primary();
  CHECK(node.stopped_primary.ended == Calls{"other"});
  CHECK(node.stopped_primary.freed.empty());
  node.keeper.ports_taken();
  CHECK(node.stopped_primary.freed == Calls{"other"});
}

TEST_CASE("another life of the holder is not taken for a stopped primary", "[role][keeper]") {
  RoleBench bench;
  bench.take_for("other", 50ms);
  bench.announce("other", "2");
  Node node(bench, "a");
  node.spy->takes_to_fail = 1;
  node.become_primary();
  node.keeper.ports_taken();
  CHECK(node.stopped_primary.ended.empty());
  CHECK(node.stopped_primary.freed.empty());
}

// --- Giving the role back --------------------------------------------------------------------------------------------

TEST_CASE("how a primary loses its role", "[role][keeper]") {
  struct Row {
    std::string name;
    std::chrono::milliseconds lease_time;
    Renewals renewals;
    std::function<void(RoleBench&, Node&, Told&)> event;
    std::string stop;
    std::string reason;
    Calls releases;
    std::string answer;  // of whoever caused it
  };
  auto told_backup = [](RoleBench&, Node& node, Told& answer) { node.keeper.become_backup(answer.respond()); };
  auto stopping = [](RoleBench&, Node& node, Told& answer) {
    node.keeper.stop([respond = answer.respond()] { respond(std::string("stopped")); });
  };
  auto write_refused = [](RoleBench&, Node& node, Told&) { node.keeper.fenced(fence("the epoch is 2")); };
  auto renewal_refused = [](RoleBench&, Node& node, Told&) { node.duties.renewals = Renewals::are_refused; };
  auto taken_away = [](RoleBench& bench, Node&, Told&) { bench.take_for("thief", 60s); };
  auto nothing = [](RoleBench&, Node&, Told&) {};
  const std::string planned = "stop planned";
  const std::string hurried = "stop hurried";
  const std::string overdue = "the lease was not renewed for ";
  const Calls given_back{"1 to nobody"};
  const std::vector<Row> rows{
      {"told to be backup", 60s, Renewals::work, told_backup, planned, "told to be backup", given_back,
       R"({"role":"backup"})"},
      {"the process ends", 60s, Renewals::work, stopping, planned, "the process ends", given_back, "stopped"},
      {"a write is refused", 60s, Renewals::work, write_refused, hurried, "the epoch is 2", {}, ""},
      {"a renewal is refused", 60s, Renewals::work, renewal_refused, hurried, "another epoch", {}, ""},
      {"somebody else takes the lease",
       60s,
       Renewals::get_no_answer,
       taken_away,
       hurried,
       "thief took the lease (epoch 2, ours is 1)",
       {},
       ""},
      {"renewals get no answer", 300ms, Renewals::get_no_answer, nothing, hurried, overdue, given_back, ""},
      {"renewals fail", 300ms, Renewals::fail, nothing, hurried, overdue, given_back, ""},
  };
  for (const Row& row : rows) {
    DYNAMIC_SECTION(row.name) {
      RoleBench bench;
      Told answer;
      Node node(bench, "a", {.lease_time = row.lease_time});
      node.duties.renewals = row.renewals;
      node.become_primary();
      row.event(bench, node, answer);
      node.await("backup after draining");
      CHECK(calls_from("draining after primary", 3, node) ==
            Calls{"draining after primary", row.stop, "backup after draining"});
      CHECK(node.spy->releases() == row.releases);
      std::string reason = node.reason_of(Role::draining);
      CHECK(reason.substr(0, row.reason.size()) == row.reason);
      CHECK(contains(reason, ": the disk is full") == (row.renewals == Renewals::fail));
      CHECK((answer.reply ? answer.text() : "") == row.answer);
    }
  }
}

TEST_CASE("who was told to be backup leaves the lease alone until another has had it", "[role][keeper]") {
  RoleBench bench;
  Told answer;
  Node node(bench, "a");
  node.become_primary();
  node.keeper.become_backup(answer.respond());
  node.await("backup after draining");
  node.let_look();
  CHECK(node.keeper.role() == Role::backup);
  CHECK(bench.lease().holder.empty());
  bench.take_for("other", 50ms);
  bench.run_until([&] { return node.keeper.role() == Role::primary; });
  CHECK(node.reason_of(Role::starting) == "the lease of other has run out");
}

TEST_CASE("what makes a primary hurry that is draining already", "[role][keeper]") {
  struct Row {
    std::string name;
    std::chrono::milliseconds lease_time;
    std::function<void(Node&, Told&)> begin;
    std::function<void(Node&)> trouble;
  };
  auto told_backup = [](Node& node, Told& answer) { node.keeper.become_backup(answer.respond()); };
  auto stopping = [](Node& node, Told& answer) {
    node.keeper.stop([respond = answer.respond()] { respond(std::string("stopped")); });
  };
  auto fenced = [](Node& node) { node.keeper.fenced(fence("the epoch is 2")); };
  auto renewal_refused = [](Node& node) { node.duties.renewals = Renewals::are_refused; };
  auto overdue = [](Node& node) { node.duties.renewals = Renewals::get_no_answer; };
  const std::vector<Row> rows{
      {"told to be backup, and overdue", 3s, told_backup, overdue},
      {"told to be backup, and fenced", 60s, told_backup, fenced},
      {"told to be backup, and a renewal is refused", 60s, told_backup, renewal_refused},
      {"stopping, and overdue", 3s, stopping, overdue},
      {"stopping, and fenced", 60s, stopping, fenced},
  };
  for (const Row& row : rows) {
    DYNAMIC_SECTION(row.name) {
      RoleBench bench;
      Told answer;
      Node node(bench, "a", {.lease_time = row.lease_time});
      node.duties.drains_at_once = false;
      node.become_primary();
      row.begin(node, answer);
      CHECK(calls_from("draining after primary", 9, node) == Calls{"draining after primary", "stop planned"});
      row.trouble(node);
      node.await("go on hurried");
      CHECK(node.keeper.role() == Role::draining);
      CHECK_FALSE(answer.reply);
      node.duties.drain();
      node.await("backup after draining");
      CHECK(node.spy->releases() == Calls{"1 to nobody"});
      CHECK(answer.reply);
    }
  }
}

TEST_CASE("a supervisor that is told to stop while it starts ends behind that", "[role][keeper]") {
  RoleBench bench;
  Node node(bench, "a");
  node.duties.starts_at_once = false;
  node.keeper.start_as_backup();
  node.await("serve under 1");
  bool stopped = false;
  node.keeper.stop([&] { stopped = true; });
  node.let_look();
  CHECK_FALSE(stopped);
  CHECK(node.duties.calls == Calls{"starting after backup", "serve under 1"});
  SECTION("it starts") {
    node.duties.go_on();
    bench.run_until([&] { return stopped; });
    CHECK(calls_from("primary after starting", 9, node) ==
          Calls{"primary after starting", "draining after primary", "stop planned", "backup after draining"});
  }
  SECTION("it cannot start") {
    node.duties.start_problem = "no such table";
    node.duties.go_on();
    bench.run_until([&] { return stopped; });
    CHECK(calls_from("backup after starting", 9, node) == Calls{"backup after starting"});
  }
  bench.run_until([&] { return bench.lease().holder.empty(); });
  node.let_look();
  CHECK(node.keeper.role() == Role::backup);
}

TEST_CASE("what is told to a supervisor that starts or drains is refused", "[role][keeper]") {
  RoleBench bench;
  Node node(bench, "a");
  node.duties.starts_at_once = false;
  node.duties.drains_at_once = false;
  node.keeper.start_as_backup();
  node.await("serve under 1");
  std::string role = "starting";
  SECTION("it starts") {}
  SECTION("it drains") {
    node.duties.go_on();
    node.await("primary after starting");
    node.keeper.become_backup([](const Result<std::string>&) {});
    role = "draining";
  }
  Calls calls = node.duties.calls;
  Told backup;
  Told primary;
  node.keeper.become_backup(backup.respond());
  node.keeper.become_primary(60s, primary.asker, primary.respond());
  CHECK(backup.text() == "this supervisor is " + role + "; try again in a moment");
  CHECK_FALSE(*primary.reply);
  node.let_look();
  CHECK(node.duties.calls == calls);
}

TEST_CASE("a supervisor without redundancy has nobody to switch to", "[role][keeper]") {
  RoleBench bench;
  Told switching;
  Told backup;
  Node node(bench, "a", {.redundant = false});
  node.keeper.start_as_primary(bench.take_for("a", 60s));
  node.await("primary after starting");
  node.keeper.switch_to("b", 60s, switching.asker, switching.respond());
  node.keeper.become_backup(backup.respond());
  CHECK(switching.reply->error().code == Errc::invalid);
  CHECK(backup.reply->error().code == Errc::invalid);
  CHECK(node.duties.calls == kBecomesPrimary);
}

}  // namespace outpost::test::keeper_test
