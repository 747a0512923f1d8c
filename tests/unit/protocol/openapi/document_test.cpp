#include "protocol/openapi/document.h"

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <set>
#include <vector>

#include "common/json.h"
#include "common/version.h"
#include "protocol/outbound/requests.h"

namespace outpost::test::openapi_document_test {

using namespace outpost::protocol;

namespace {

const JsonValue& document() {
  static const JsonValue kDocument = *parse_json(openapi_document(), {.depth_max = 64});
  return kDocument;
}

const JsonValue* at(std::initializer_list<std::string_view> keys) {
  const JsonValue* value = &document();
  for (std::string_view key : keys) {
    if (value) value = value->find(key);
  }
  return value;
}

std::string text(const JsonValue* value) { return value ? std::get<std::string>(value->value) : std::string(); }

const JsonValue::Object& object(const JsonValue& value) { return std::get<JsonValue::Object>(value.value); }

// The values of all members of this name, wherever they are.
void collect(const JsonValue& value, std::string_view name, std::vector<std::string>& out) {
  if (const auto* array = std::get_if<JsonValue::Array>(&value.value)) {
    for (const JsonValue& item : *array) collect(item, name, out);
  }
  const auto* members = std::get_if<JsonValue::Object>(&value.value);
  if (!members) return;
  for (const auto& [key, member] : *members) {
    if (const auto* string = std::get_if<std::string>(&member.value); string && key == name) out.push_back(*string);
    collect(member, name, out);
  }
}

}  // namespace

TEST_CASE("the OpenAPI document is of this version of the program, and the same each time", "[openapi]") {
  CHECK(text(at({"openapi"})) == "3.1.0");
  CHECK(text(at({"info", "version"})) == kVersion);
  CHECK(openapi_document() == openapi_document());
}

TEST_CASE("each request has an operation under its path", "[openapi]") {
  std::size_t operations = 0;
  for (const RequestRow& row : requests()) {
    std::string path = fmt::format("/{}/{{id}}/{}", to_string(row.resource), row.request);
    CAPTURE(path);
    const JsonValue* post = at({"paths", path, "post"});
    REQUIRE(post);
    CHECK(text(post->find("description")).find(fmt::format("?req={}`", row.request)) != std::string::npos);
    CHECK((at({"paths", path, "get"}) != nullptr) == row.safe);
    for (const char* status : {"200", "400", "401", "404", "429", "503", "default"}) {
      CHECK(post->find("responses")->find(status));
    }
    ++operations;
  }
  CHECK(object(*at({"paths"})).size() == operations);
}

TEST_CASE("an operation has an id that no other has", "[openapi]") {
  std::vector<std::string> ids;
  collect(document(), "operationId", ids);
  CHECK(std::set<std::string>(ids.begin(), ids.end()).size() == ids.size());
  for (const char* id : {"addRecord", "doNotCallPhone", "doNotCallRecord", "campaignStatus", "campaignStatusByGet"}) {
    CHECK(std::ranges::count(ids, id) == 1);
  }
}

TEST_CASE("what the document refers to is in it, and each component is referred to", "[openapi]") {
  std::vector<std::string> references;
  collect(document(), "$ref", references);
  std::set<std::string> named(references.begin(), references.end());
  std::set<std::string> there;
  for (const auto& [kind, components] : object(*at({"components"}))) {
    if (kind == "securitySchemes") continue;
    for (const auto& [name, component] : object(components)) {
      there.insert(fmt::format("#/components/{}/{}", kind, name));
    }
  }
  CHECK(named == there);
}

TEST_CASE("a request that changes something takes an Idempotency-Key", "[openapi]") {
  auto takes_key = [](const JsonValue* operation) {
    std::vector<std::string> parameters;
    collect(*operation->find("parameters"), "$ref", parameters);
    return std::ranges::count(parameters, "#/components/parameters/IdempotencyKey") == 1;
  };
  CHECK(takes_key(at({"paths", "/lists/{id}/AddRecord", "post"})));
  CHECK_FALSE(takes_key(at({"paths", "/campaigngroups/{id}/CampaignStatusRequest", "post"})));
}

}  // namespace outpost::test::openapi_document_test
