#include "protocol/mobile/errors.h"

#include <algorithm>

#include <catch2/catch_test_macros.hpp>

namespace outpost::protocol::mobile_errors_test {

TEST_CASE("an error is JSON with the name of its status and a message", "[mobile_errors]") {
  CHECK(error_body(404, "no \"area\"") == R"({"exception":"gms.NotFoundException","message":"no \"area\""})");
  CHECK(error_body(500, "a", kStorageFailed) == R"({"exception":"gms.StorageException","message":"a"})");
}

TEST_CASE("each status of the wire contract has its name, any other a common one", "[mobile_errors]") {
  CHECK(exception_of(400) == "gms.BadRequestException");
  CHECK(exception_of(401) == "gms.UnauthorizedException");
  CHECK(exception_of(403) == "gms.NotAllowedException");
  CHECK(exception_of(405) == "gms.MethodNotAllowedException");
  CHECK(exception_of(413) == "gms.TooLargeException");
  CHECK(exception_of(415) == "gms.UnsupportedMediaTypeException");
  CHECK(exception_of(429) == "gms.TooManyRequestsException");
  CHECK(exception_of(500) == "gms.InternalException");
  CHECK(exception_of(503) == "gms.UnavailableException");
  CHECK(exception_of(504) == "gms.TimeoutException");
  CHECK(exception_of(408) == "gms.HttpException");
  CHECK(exception_of(431) == "gms.HttpException");
}

TEST_CASE("the table of errors is in the order of the statuses", "[mobile_errors]") {
  CHECK(std::ranges::is_sorted(mobile_errors(), {}, &MobileError::status));
}

}  // namespace outpost::protocol::mobile_errors_test
