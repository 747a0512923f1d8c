#include "protocol/http/statuses.h"

#include <algorithm>
#include <catch2/catch_test_macros.hpp>

#include "protocol/outbound/vocabulary.h"

namespace outpost::test::statuses_test {

using namespace outpost::protocol;

TEST_CASE("the statuses stand in order, each once, and have a phrase", "[statuses]") {
  CHECK(std::ranges::is_sorted(kHttpStatuses, std::ranges::less{}, &HttpStatus::status));
  CHECK(std::ranges::adjacent_find(kHttpStatuses, {}, &HttpStatus::status) == std::end(kHttpStatuses));
  CHECK(std::ranges::none_of(kHttpStatuses, [](const HttpStatus& row) { return row.phrase.empty(); }));
}

TEST_CASE("a failure is of HTTP itself or has an error of the vocabulary", "[statuses]") {
  constexpr int kFailures = 400;
  for (const HttpStatus& row : kHttpStatuses) {
    CAPTURE(row.status);
    bool has_error = std::ranges::count(errors(), row.status, &ErrorRow::http_status) > 0;
    CHECK((has_error || !row.cause.empty()) == (row.status >= kFailures));
  }
  for (const ErrorRow& row : errors()) {
    CAPTURE(row.name);
    CHECK(std::ranges::count(kHttpStatuses, row.http_status, &HttpStatus::status) == 1);
  }
}

}  // namespace outpost::test::statuses_test
