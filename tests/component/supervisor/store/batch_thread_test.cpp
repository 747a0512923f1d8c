#include "supervisor/store/batch_thread.h"

#include <catch2/catch_test_macros.hpp>

#include "tests/support/run_until.h"

namespace outpost::test::batch_thread_test {

using supervisor::BatchThread;

TEST_CASE("what takes long to finish leaves the loop to others in between", "[store]") {
  constexpr int kItems = 5;
  Loop loop;
  std::vector<int> finished;
  bool others = true;  // have had their turn
  BatchThread<int> thread(
      loop, kItems, kItems, [](std::vector<int>&) {},
      [&](int item) {
        CHECK(others);
        others = false;
        finished.push_back(item);
        loop.at_end_of_turn([&] { others = true; });
      });
  thread.finish_for(std::chrono::microseconds(0));  // each item takes longer than that
  for (int i = 0; i < kItems; ++i) REQUIRE(thread.push(i));
  run_until(loop, [&] { return finished.size() == kItems; });
  CHECK(finished == std::vector<int>{0, 1, 2, 3, 4});

  SECTION("all are finished where it stops") {
    others = true;
    thread.push(5);
    thread.stop();
    CHECK(finished.size() == kItems + 1);
  }
}

}  // namespace outpost::test::batch_thread_test
