#include "supervisor/metrics/process_figures.h"

#include <unistd.h>

#include <limits>

#include "supervisor/metrics/exposition.h"

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

namespace outpost::test::process_figures_test {

using namespace outpost::supervisor;
using Catch::Matchers::ContainsSubstring;

TEST_CASE("a process knows what it uses itself", "[process]") {
  auto figures = process_figures(getpid());
  REQUIRE(figures);
  CHECK(figures->resident_bytes > 1'000'000);
  CHECK(figures->started_at > 1'600'000'000);
  REQUIRE(figures->descriptors);
  CHECK(*figures->descriptors >= 3);
  REQUIRE(figures->descriptors_max);
  CHECK(*figures->descriptors_max >= *figures->descriptors);
  CHECK_FALSE(process_figures(std::numeric_limits<int>::max()));
}

TEST_CASE("of a process that does not run only its CPU time is told", "[process]") {
  MetricsWriter out(MetricsFormat::prometheus);
  ProcessMetrics metrics;
  metrics.write(out, "some", 0);
  CHECK_THAT(out.text(), ContainsSubstring("outpost_process_cpu_seconds_total{process=\"some\"} 0\n"));
  CHECK_THAT(out.text(), !ContainsSubstring("resident"));
}

}  // namespace outpost::test::process_figures_test
