#include "protocol/openapi/failures.h"

#include <catch2/catch_test_macros.hpp>

#include "protocol/outbound/vocabulary.h"

namespace outpost::test::openapi_failures_test {

using namespace outpost::protocol;

namespace {

template <void (*kWrite)(JsonWriter&)>
const JsonValue& written() {
  static const JsonValue kWritten = [] {
    JsonWriter out;
    kWrite(out);
    return *parse_json(out.take());
  }();
  return kWritten;
}

void write_headers(JsonWriter& out) {
  out.begin_object();
  write_failure_headers(out);
  out.end_object();
}

std::string description(const JsonValue& responses, std::string_view name) {
  const JsonValue* response = responses.find(name);
  REQUIRE(response);
  return std::get<std::string>(response->find("description")->value);
}

}  // namespace

TEST_CASE("every error number is told under its status", "[openapi]") {
  const JsonValue& responses = written<write_failures>();
  for (const ErrorRow& row : errors()) {
    CAPTURE(row.name);
    if (row.http_status == 501) continue;  // what no operation of the document is
    std::string text = description(responses, fmt::format("Status{}", row.http_status));
    CHECK(text.find(fmt::format("{} {}", static_cast<int>(row.number), row.name)) != std::string::npos);
  }
  CHECK(description(responses, "Failure").find("413 Content Too Large: the body is too long") != std::string::npos);
  CHECK_FALSE(responses.find("Status200"));
}

TEST_CASE("a failure has the header that helps", "[openapi]") {
  const JsonValue& responses = written<write_failures>();
  auto header_of = [&](std::string_view name) { return responses.find(name)->find("headers"); };
  CHECK(header_of("Status401")->find("WWW-Authenticate"));
  CHECK(header_of("Status429")->find("Retry-After"));
  CHECK(header_of("Status503")->find("Retry-After"));
  CHECK_FALSE(header_of("Status404"));
  for (const auto& [name, header] : std::get<JsonValue::Object>(written<write_headers>().value)) {
    CHECK(header.find("schema"));
  }
}

}  // namespace outpost::test::openapi_failures_test
