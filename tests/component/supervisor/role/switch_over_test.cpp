// A planned switch between two keepers, and what may come in its way.
#include "supervisor/role/switch_over.h"

#include "tests/component/supervisor/role/keeper_bench.h"

#include <catch2/catch_test_macros.hpp>

namespace outpost::test::switch_over_test {

using namespace supervisor;
using namespace std::chrono_literals;

namespace {

// a is primary, and b its backup; each has seen the other.
struct Pair {
  RoleBench bench;
  Told answer;
  Node a{bench, "a"};
  Node b{bench, "b"};

  Pair() {
    a.become_primary();
    b.keeper.start_as_backup();
    a.await_sight_of("b");
    b.await_sight_of("b");
    b.await_sight_of("a");
  }
  void ask(Node& node, const std::string& to) { node.keeper.switch_to(to, 60s, answer.asker, answer.respond()); }
  void await_answer() {
    bench.run_until([&] { return answer.reply.has_value(); });
  }
};

}  // namespace

TEST_CASE("a planned switch between two supervisors, whoever is asked", "[role][keeper]") {
  struct Row {
    std::string name;
    std::function<void(Pair&)> ask;
  };
  const std::vector<Row> rows{
      {"the primary, to the other", [](Pair& pair) { pair.ask(pair.a, ""); }},
      {"the primary, to b", [](Pair& pair) { pair.ask(pair.a, "b"); }},
      {"the backup, to itself", [](Pair& pair) { pair.ask(pair.b, ""); }},
      {"the backup, to be primary",
       [](Pair& pair) { pair.b.keeper.become_primary(60s, pair.answer.asker, pair.answer.respond()); }},
  };
  for (const Row& row : rows) {
    DYNAMIC_SECTION(row.name) {
      Pair pair;
      row.ask(pair);
      pair.await_answer();
      REQUIRE(*pair.answer.reply);
      CHECK(contains(pair.answer.text(), R"("from":"a","to":"b","epoch":3,"gap_ms":)"));
      CHECK_FALSE(contains(pair.answer.text(), "null"));
      CHECK(pair.a.spy->releases() == Calls{"1 to b"});
      CHECK(pair.b.duties.looks == 1);
      CHECK(calls_from("draining after primary", 9, pair.a) ==
            Calls{"draining after primary", "stop planned", "backup after draining"});
      CHECK(pair.b.duties.calls ==
            Calls{"backup after backup", "starting after backup", "serve under 3", "primary after starting"});
      CHECK(pair.a.reason_of(Role::draining) == "switched to b");
      CHECK(pair.b.reason_of(Role::starting) == "switched to this one");
      pair.a.let_look();
      pair.b.let_look();
      CHECK(pair.a.keeper.role() == Role::backup);
      CHECK(pair.b.keeper.role() == Role::primary);
      CHECK(pair.a.keeper.who_is_primary() == "b on host-b is primary");
    }
  }
}

TEST_CASE_METHOD(Pair, "a primary that is fenced during a switch hurries, and hands over all the same",
                 "[role][keeper]") {
  a.duties.drains_at_once = false;
  ask(a, "b");
  a.await("stop planned");
  a.keeper.fenced(fence("the epoch is 2"));
  CHECK(a.duties.has("go on hurried"));
  CHECK(a.keeper.role() == Role::draining);
  a.duties.drain();
  await_answer();
  CHECK(*answer.reply);
  CHECK(a.spy->releases() == Calls{"1 to b"});
  CHECK(b.keeper.role() == Role::primary);
}

TEST_CASE("a primary whose renewals are overdue during a switch hurries, and hands over all the same",
          "[role][keeper]") {
  RoleBench bench;
  Told answer;
  Node a(bench, "a", {.lease_time = 3s});
  Node b(bench, "b");
  a.duties.drains_at_once = false;
  a.become_primary();
  b.keeper.start_as_backup();
  a.await_sight_of("b");
  b.await_sight_of("a");
  a.keeper.switch_to("b", 60s, answer.asker, answer.respond());
  a.await("stop planned");
  a.duties.renewals = RecordingDuties::Renewals::get_no_answer;
  a.await("go on hurried");
  a.duties.drain();
  bench.run_until([&] { return answer.reply.has_value(); });
  CHECK(*answer.reply);
  CHECK(a.spy->releases() == Calls{"1 to b"});
  CHECK(b.keeper.role() == Role::primary);
}

TEST_CASE_METHOD(Pair, "the lease is taken away by somebody else during a switch", "[role][keeper]") {
  SECTION("while the primary drains") {
    a.duties.drains_at_once = false;
    ask(a, "b");
    a.await("stop planned");
    std::int64_t epoch = bench.take_for("thief", 60s);
    a.keeper.fenced(fence("the epoch is 2"));
    CHECK(a.duties.has("go on hurried"));
    a.duties.drain();
    a.await("backup after draining");
    a.let_look();
    b.let_look();
    CHECK_FALSE(answer.reply);
    CHECK(bench.lease().holder == "thief");
    CHECK(bench.lease().epoch == epoch);
    CHECK(b.duties.calls == Calls{"backup after backup"});
    a.keeper.stop([] {});
    await_answer();
    CHECK(answer.text() == "this outpostd stops");
  }
  SECTION("before the other side is ready") {
    bench.announce("c");
    a.await_sight_of("c");
    ask(a, "c");
    bench.take_for("thief", 60s);
    a.await("stop hurried");
    a.await("backup after draining");
    CHECK(a.spy->releases().empty());
    CHECK(bench.lease().holder == "thief");
    answer.asker.reset();
    await_answer();
    CHECK(answer.reply->error().code == Errc::closed);
  }
}

TEST_CASE_METHOD(Pair, "who hangs up before the primary hands over has changed nothing", "[role][keeper]") {
  bench.announce("c");
  a.await_sight_of("c");
  ask(a, "c");
  bench.run_until([&] { return bench.lease().wanted_by == "c"; });
  a.let_look();  // it knows, and c is not ready
  CHECK_FALSE(answer.reply);
  answer.asker.reset();
  await_answer();
  CHECK(answer.text() == "whoever asked for it has given up");
  a.let_look();  // behind what was written then
  CHECK(bench.lease().wanted_by.empty());
  CHECK(a.duties.calls == kBecomesPrimary);
  CHECK(bench.lease().holder == "a");
}

TEST_CASE_METHOD(Pair, "a switch that cannot be is refused at once", "[role][keeper]") {
  bench.announce("c");
  bench.announce("ill", "1", "its configuration is not valid");
  for (const char* name : {"c", "ill"}) a.await_sight_of(name);
  SECTION("nobody of that name") {
    ask(a, "x");
    CHECK(answer.text() == "there is no supervisor called x; known are: a, b, c, ill");
  }
  SECTION("it is primary already") {
    ask(a, "a");
    CHECK(answer.text() == "a is primary already");
  }
  SECTION("it says that it cannot be primary") {
    ask(a, "ill");
    CHECK(answer.text() == "ill cannot be primary: its configuration is not valid");
  }
  SECTION("several could take over") {
    ask(a, "");
    CHECK(answer.text() == "several supervisors could take over; name one with --to");
  }
  SECTION("another is under way") {
    Told first;
    a.keeper.switch_to("c", 60s, first.asker, first.respond());
    ask(a, "b");
    CHECK(answer.text() == "a switch to c is under way");
    CHECK_FALSE(first.reply);
  }
  CHECK(a.duties.calls == kBecomesPrimary);
}

}  // namespace outpost::test::switch_over_test
