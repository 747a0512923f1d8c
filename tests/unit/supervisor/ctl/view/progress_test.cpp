#include "supervisor/ctl/view/progress.h"

#include <chrono>

#include <catch2/catch_test_macros.hpp>

namespace outpost::test::progress_test {

using namespace outpost::supervisor::ctl;
using std::chrono::duration;

TEST_CASE("numbers are grouped and durations are short", "[ctl][progress]") {
  CHECK(grouped(0) == "0");
  CHECK(grouped(999) == "999");
  CHECK(grouped(1000) == "1,000");
  CHECK(grouped(1234567) == "1,234,567");
  CHECK(human_duration(duration<double>(0.42)) == "0.4 s");
  CHECK(human_duration(duration<double>(9.96)) == "10 s");
  CHECK(human_duration(duration<double>(185)) == "3 min 5 s");
  CHECK(human_duration(duration<double>(3 * 3600 + 59)) == "3 h 0 min");
  CHECK(human_duration(duration<double>(100 * 3600)) == "4 d 4 h");
}

TEST_CASE("progress shows rate and time left of this run only", "[ctl][progress]") {
  ProgressState state{1000, 3000, 10'000, 30'000, 100'000};
  CHECK(progress_text(state, duration<double>(2)) == "3,000 rows, 30 %, 1,000 rows/s, 7.0 s left");
  CHECK(progress_text(state, duration<double>(0)) == "3,000 rows, 30 %");
  CHECK(progress_text({0, 500, 0, 0, 0}, duration<double>(1)) == "500 rows, 500 rows/s");
  CHECK(progress_text({0, 0, 0, 0, 100}, duration<double>(1)) == "0 rows, 0 %, 0 rows/s");
}

TEST_CASE("a progress bar never is wider than the terminal", "[ctl][progress]") {
  ProgressState state{0, 500, 0, 50, 100};
  CHECK(progress_bar(state, duration<double>(1), 200) ==
        "[###############...............] 500 rows, 50 %, 500 rows/s, 1.0 s left");
  for (std::size_t columns = 0; columns < 100; ++columns) {
    CHECK(progress_bar(state, duration<double>(1), columns).size() <= columns);
  }
}

}  // namespace outpost::test::progress_test
