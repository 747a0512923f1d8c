#include "protocol/openapi/examples.h"

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <set>
#include <utility>

#include "protocol/http/json_body.h"

namespace outpost::test::openapi_examples_test {

using namespace outpost::protocol;

TEST_CASE("each request has an example, and no two of one request have one name", "[openapi]") {
  std::set<std::pair<RequestId, std::string_view>> names;
  for (const RequestExample& example : request_examples()) CHECK(names.emplace(example.id, example.name).second);
  for (const RequestRow& row : requests()) {
    CAPTURE(row.request);
    CHECK(std::ranges::count(request_examples(), row.id, &RequestExample::id) > 0);
  }
}

TEST_CASE("an example is a body, has what is mandatory and values that are valid", "[openapi]") {
  for (const RequestExample& example : request_examples()) {
    CAPTURE(example.text, example.body);
    auto body = parse_body(example.body);
    REQUIRE(body);
    for (const auto& attribute : *body) {
      const Attribute* known = attribute.key.known();
      CHECK((known || !attribute.key.starts_with("GSW_")));
      if (known) CHECK(canonical_value(*known, attribute.value));
    }
    const RequestRow& row = requests()[static_cast<std::size_t>(example.id)];
    for (const RequestAttribute& attribute : row.attributes) {
      if (attribute.use == Use::mandatory) CHECK(body->has(attribute.key));
    }
  }
}

}  // namespace outpost::test::openapi_examples_test
