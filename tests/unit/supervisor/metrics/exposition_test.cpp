#include "supervisor/metrics/exposition.h"

#include <cmath>
#include <limits>

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

namespace outpost::test::exposition_test {

using namespace outpost::supervisor;
using Catch::Matchers::ContainsSubstring;

namespace {

constexpr std::array<std::uint64_t, 2> kBounds{500, 1'000'000};

void fill(MetricsWriter& out) {
  out.info("o_build", "What runs.").add({{"version", "1.2"}}, std::uint64_t{1});
  out.counter("o_requests", "Requests.").add({{"of", "a"}}, std::uint64_t{18'446'744'073'709'551'615U});
  out.gauge("o_age_seconds", "Age.").add({}, 0.25);
  out.counter("o_requests", "Requests.").add({{"of", "b"}, {"for", "c"}}, std::int64_t{-1});
  constexpr std::array<std::uint64_t, 3> kCounts{2, 0, 1};
  out.histogram("o_took_seconds", "Took.").add({{"of", "a"}}, BucketCounts{kBounds, kCounts, 2'000'000, 1e-6});
}

}  // namespace

TEST_CASE("a bound reads as people write it", "[exposition]") {
  constexpr std::array<std::uint64_t, 3> kMicroseconds{100, 250, 30'000'000};
  constexpr std::array<std::uint64_t, 4> kCounts{1, 1, 1, 1};
  MetricsWriter out(MetricsFormat::prometheus);
  out.histogram("o_took_seconds", "Took.").add({}, BucketCounts{kMicroseconds, kCounts, 0, 1e-6});
  for (const char* le : {"{le=\"0.0001\"} 1\n", "{le=\"0.00025\"} 2\n", "{le=\"30.0\"} 3\n", "{le=\"+Inf\"} 4\n"}) {
    CAPTURE(le);
    CHECK(out.text().find(le) != std::string::npos);
  }
}

TEST_CASE("Prometheus text names samples, and has those of one metric together", "[exposition]") {
  MetricsWriter out(MetricsFormat::prometheus);
  fill(out);
  CHECK(out.text() ==
        "# HELP o_build_info What runs.\n"
        "# TYPE o_build_info gauge\n"
        "o_build_info{version=\"1.2\"} 1\n"
        "# HELP o_requests_total Requests.\n"
        "# TYPE o_requests_total counter\n"
        "o_requests_total{of=\"a\"} 18446744073709551615\n"
        "o_requests_total{of=\"b\",for=\"c\"} -1\n"
        "# HELP o_age_seconds Age.\n"
        "# TYPE o_age_seconds gauge\n"
        "o_age_seconds 0.25\n"
        "# HELP o_took_seconds Took.\n"
        "# TYPE o_took_seconds histogram\n"
        "o_took_seconds_bucket{of=\"a\",le=\"0.0005\"} 2\n"
        "o_took_seconds_bucket{of=\"a\",le=\"1.0\"} 2\n"
        "o_took_seconds_bucket{of=\"a\",le=\"+Inf\"} 3\n"
        "o_took_seconds_sum{of=\"a\"} 2\n"
        "o_took_seconds_count{of=\"a\"} 3\n");
}

TEST_CASE("OpenMetrics names metrics and their units, and says where it ends", "[exposition]") {
  MetricsWriter out(MetricsFormat::openmetrics);
  fill(out);
  CHECK(out.text() ==
        "# HELP o_build What runs.\n"
        "# TYPE o_build info\n"
        "o_build_info{version=\"1.2\"} 1\n"
        "# HELP o_requests Requests.\n"
        "# TYPE o_requests counter\n"
        "o_requests_total{of=\"a\"} 18446744073709551615\n"
        "o_requests_total{of=\"b\",for=\"c\"} -1\n"
        "# HELP o_age_seconds Age.\n"
        "# TYPE o_age_seconds gauge\n"
        "# UNIT o_age_seconds seconds\n"
        "o_age_seconds 0.25\n"
        "# HELP o_took_seconds Took.\n"
        "# TYPE o_took_seconds histogram\n"
        "# UNIT o_took_seconds seconds\n"
        "o_took_seconds_bucket{of=\"a\",le=\"0.0005\"} 2\n"
        "o_took_seconds_bucket{of=\"a\",le=\"1.0\"} 2\n"
        "o_took_seconds_bucket{of=\"a\",le=\"+Inf\"} 3\n"
        "o_took_seconds_sum{of=\"a\"} 2\n"
        "o_took_seconds_count{of=\"a\"} 3\n"
        "# EOF\n");
}

TEST_CASE("a label's value cannot end its line or its quotation", "[exposition]") {
  MetricsWriter out(MetricsFormat::prometheus);
  out.gauge("o", "O.").add({{"name", "a\\b\"c\nd\xc3\xa9"}}, true);
  CHECK_THAT(out.text(), ContainsSubstring("\no{name=\"a\\\\b\\\"c\\nd\xc3\xa9\"} 1\n"));
  MetricsWriter broken(MetricsFormat::prometheus);
  broken.gauge("o", "O.").add({{"name", "caf\xe9"}}, true);
  CHECK_THAT(broken.text(), ContainsSubstring("name=\"caf?\""));
}

TEST_CASE("numbers that are none have their words", "[exposition]") {
  MetricsWriter out(MetricsFormat::openmetrics);
  constexpr double kInfinite = std::numeric_limits<double>::infinity();
  for (double value : {kInfinite, -kInfinite, std::nan("")}) out.gauge("o", "O.").add({}, value);
  CHECK_THAT(out.text(), ContainsSubstring("\no +Inf\no -Inf\no NaN\n"));
}

TEST_CASE("a client gets OpenMetrics when it names it and prefers nothing else", "[exposition]") {
  auto gets_openmetrics = [](std::string_view accept) { return metrics_format(accept) == MetricsFormat::openmetrics; };
  // What Prometheus sends, before 3.0 and since.
  CHECK(
      gets_openmetrics("application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,"
                       "text/plain;version=0.0.4;q=0.5,*/*;q=0.1"));
  CHECK(
      gets_openmetrics("application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,"
                       "text/plain;version=1.0.0;escaping=allow-utf-8;q=0.5,*/*;q=0.2"));
  CHECK(gets_openmetrics("Application/OpenMetrics-Text; version=1.0.0"));
  CHECK_FALSE(gets_openmetrics("text/plain;version=0.0.4;q=0.6, application/openmetrics-text; q=0.5"));
  CHECK_FALSE(gets_openmetrics("application/openmetrics-text;q=0"));
  CHECK_FALSE(gets_openmetrics("application/openmetrics-text;q=x"));
  for (std::string_view accept : {"", "*/*", "text/html", ",,;q=1,", "application/openmetrics-textual"}) {
    CHECK_FALSE(gets_openmetrics(accept));
  }
  CHECK(content_type(MetricsFormat::openmetrics) == "application/openmetrics-text; version=1.0.0; charset=utf-8");
  CHECK(content_type(MetricsFormat::prometheus) == "text/plain; version=0.0.4; charset=utf-8");
}

}  // namespace outpost::test::exposition_test
