#include "supervisor/role/namesake.h"

#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "supervisor/role/process_state.h"

#include <catch2/catch_test_macros.hpp>

namespace outpost::supervisor::namesake_test {

namespace {

using Verdict = NamesakeWatch::Verdict;

// A store in which one supervisor called a has announced itself, and both clocks.
struct Bench {
  NamesakeWatch watch{"a"};
  LeaseView view;
  std::uint64_t steady_ms = 50'000;

  Bench(std::int64_t pid, const std::string& process_start) {
    view.now = 1'000'000;
    Member a;
    a.name = "a";
    a.instance = "life";
    a.pid = pid;
    a.process_start = process_start;
    a.seen_at = view.now - 500;
    view.members = {a};
  }
  Verdict look() { return watch.saw(view, steady_ms); }
  void pass(std::int64_t ms) {
    view.now += ms;
    steady_ms += static_cast<std::uint64_t>(ms);
  }
};

Bench elsewhere() { return {1, "another-boot pid:[1] 4711"}; }

}  // namespace

TEST_CASE("a name that nobody has is free", "[namesake]") {
  Bench bench = elsewhere();
  bench.view.members[0].name = "b";
  CHECK(bench.look() == Verdict::gone);
}

TEST_CASE("a namesake whose process runs is alive, however long it was silent", "[namesake]") {
  Bench bench(getpid(), process_start(getpid()));
  bench.pass(1'000'000);
  CHECK(bench.look() == Verdict::alive);
  CHECK(bench.watch.namesake().pid == getpid());
}

TEST_CASE("a namesake that was killed is gone at once, also while nobody has reaped it", "[namesake]") {
  pid_t child = fork();
  if (child == 0) {
    for (;;) pause();
  }
  Bench bench(child, process_start(child));
  CHECK(bench.look() == Verdict::alive);
  kill(child, SIGKILL);
  siginfo_t info{};
  REQUIRE(waitid(P_PID, static_cast<id_t>(child), &info, WEXITED | WNOWAIT) == 0);
  CHECK(bench.look() == Verdict::gone);
  int status = 0;
  REQUIRE(waitpid(child, &status, 0) == child);
  CHECK(bench.look() == Verdict::gone);
}

TEST_CASE("a process that got the pid of the namesake later is not taken for it", "[namesake]") {
  CHECK(Bench(getpid(), process_start(getpid()) + "0").look() == Verdict::gone);
}

TEST_CASE("a namesake of another machine is alive when it gives another sign of life", "[namesake]") {
  Bench bench = elsewhere();
  CHECK(bench.look() == Verdict::unsure);
  bench.pass(900);
  CHECK(bench.look() == Verdict::unsure);
  ++bench.view.members[0].seen_at;
  CHECK(bench.look() == Verdict::alive);
}

TEST_CASE("a namesake of another machine that was silent for long is gone", "[namesake]") {
  Bench bench = elsewhere();
  bench.pass(kSilenceMax.count());
  CHECK(bench.look() == Verdict::gone);
}

TEST_CASE("a namesake of another machine that falls silent is gone after a while", "[namesake]") {
  Bench bench = elsewhere();
  SECTION("by the store's clock") {}
  SECTION("by our own, when that of the store was set back") { bench.view.now -= 3'600'000; }
  CHECK(bench.look() == Verdict::unsure);
  bench.pass(1'000);
  CHECK(bench.look() == Verdict::unsure);
  bench.pass(kSilenceMax.count());
  CHECK(bench.look() == Verdict::gone);
}

TEST_CASE("another life of the namesake is a sign of life", "[namesake]") {
  Bench bench = elsewhere();
  CHECK(bench.look() == Verdict::unsure);
  bench.view.members[0].instance = "next";
  CHECK(bench.look() == Verdict::alive);
}

}  // namespace outpost::supervisor::namesake_test
