#include "supervisor/role/lease_watch.h"

#include <catch2/catch_test_macros.hpp>

namespace outpost::supervisor::lease_watch_test {

namespace {

constexpr std::int64_t kLeaseMs = 3'000;
using Standing = LeaseWatch::Standing;

// A store whose clock and lease the test sets, seen by supervisor b.
struct Bench {
  LeaseWatch watch{"b", "b-life", kLeaseMs};
  LeaseView view;
  std::uint64_t steady_ms = 50'000;

  Bench() {
    view.now = 1'000'000;
    view.lease = {.holder = "a",
                  .instance = "a-life",
                  .epoch = 7,
                  .renewals = 1,
                  .lease_ms = kLeaseMs,
                  .expires_at = view.now + kLeaseMs,
                  .wanted_by = "",
                  .closed_at = 0,
                  .serving_at = 0};
    look();
  }
  void look() { watch.saw(view, steady_ms); }
  void pass(std::int64_t ms) {
    steady_ms += static_cast<std::uint64_t>(ms);
    view.now += ms;
  }
  void renew() {
    ++view.lease.renewals;
    view.lease.expires_at = view.now + kLeaseMs;
  }
  void release(const std::string& wanted_by) {
    ++view.lease.epoch;
    view.lease.holder = view.lease.instance = "";
    view.lease.wanted_by = wanted_by;
    view.lease.expires_at = view.now;
    look();
  }
  Standing standing() const { return watch.standing(steady_ms); }
};

}  // namespace

TEST_CASE("nothing is known of a lease before it was seen", "[lease]") {
  CHECK(LeaseWatch("b", "b-life", kLeaseMs).standing(0) == Standing::unknown);
}

TEST_CASE("a lease that is renewed is held for ever", "[lease]") {
  Bench bench;
  for (int k = 0; k < 20; ++k) {
    bench.pass(kLeaseMs - 1);
    bench.renew();
    bench.look();
    CHECK(bench.standing() == Standing::held);
  }
}

TEST_CASE("a lease that nobody renews expires after its time", "[lease]") {
  Bench bench;
  bench.pass(kLeaseMs - 1);
  bench.look();
  CHECK(bench.standing() == Standing::held);
  bench.pass(1);
  CHECK(bench.standing() == Standing::expired);
}

TEST_CASE("a store's clock that jumps takes the role from nobody", "[lease]") {
  Bench bench;
  for (std::int64_t jump : {std::int64_t{300'000}, std::int64_t{-600'000}}) {
    bench.view.now += jump;
    bench.pass(500);
    bench.look();
    CHECK(bench.standing() == Standing::held);
    bench.renew();
    bench.look();
    CHECK(bench.standing() == Standing::held);
  }
}

TEST_CASE("a store's clock that was set back keeps no dead primary in office", "[lease]") {
  Bench bench;
  bench.view.now -= 600'000;
  bench.pass(kLeaseMs);
  bench.look();
  CHECK(bench.standing() == Standing::expired);
}

TEST_CASE("an observer that slept looks again before it judges", "[lease]") {
  Bench bench;
  bench.pass(10 * kLeaseMs);
  bench.renew();
  bench.look();
  CHECK(bench.standing() == Standing::held);
}

TEST_CASE("what is given back is free, and first for whom it is meant", "[lease]") {
  Bench bench;
  SECTION("for nobody") {
    bench.release("");
    CHECK(bench.standing() == Standing::free);
  }
  SECTION("for us") {
    bench.release("b");
    CHECK(bench.standing() == Standing::free);
  }
  SECTION("for another, for a lease time") {
    bench.release("c");
    CHECK(bench.standing() == Standing::reserved);
    bench.pass(kLeaseMs);
    CHECK(bench.standing() == Standing::free);
  }
}

TEST_CASE("our own lease is known as ours, and that of our last life is not", "[lease]") {
  Bench bench;
  bench.view.lease.holder = "b";
  bench.view.lease.instance = "b-life";
  bench.look();
  CHECK(bench.standing() == Standing::ours);
  bench.view.lease.instance = "b-before";
  bench.look();
  CHECK(bench.standing() == Standing::held);
}

TEST_CASE("a lease of a program that knew no expiry has expired", "[lease]") {
  Bench bench;
  bench.view.lease.lease_ms = bench.view.lease.expires_at = 0;
  bench.look();
  CHECK(bench.standing() == Standing::expired);
}

TEST_CASE("a wish counts from when it was seen to appear, for a bounded time", "[lease]") {
  Bench bench;
  bench.view.lease.wanted_by = "b";
  bench.look();
  CHECK(bench.watch.is_wanted(bench.steady_ms));
  for (int k = 0; k < 11; ++k) {
    bench.pass((kWishMsMax + kLeaseMs) / 11);
    bench.look();  // looking again makes it no younger
  }
  CHECK(bench.watch.is_wanted(bench.steady_ms));
  bench.pass(1);
  CHECK_FALSE(bench.watch.is_wanted(bench.steady_ms));
  bench.release("b");  // a holder that hands over wishes anew
  CHECK(bench.watch.is_wanted(bench.steady_ms));
}

TEST_CASE("a wish for another, or withdrawn, is none for this one", "[lease]") {
  Bench bench;
  bench.view.lease.wanted_by = "c";
  bench.look();
  CHECK_FALSE(bench.watch.is_wanted(bench.steady_ms));
  bench.view.lease.wanted_by = "b";
  bench.look();
  bench.view.lease.wanted_by = "";
  bench.look();
  CHECK_FALSE(bench.watch.is_wanted(bench.steady_ms));
}

TEST_CASE("a wish that was there before the first look counts for nothing", "[lease]") {
  Bench before;
  before.view.lease.wanted_by = "b";
  LeaseWatch watch("b", "b-life", kLeaseMs);
  watch.saw(before.view, before.steady_ms);
  watch.saw(before.view, before.steady_ms + 1);
  CHECK_FALSE(watch.is_wanted(before.steady_ms + 1));
}

}  // namespace outpost::supervisor::lease_watch_test
