// What tests of the commands of store_commands.h share: a store with a small catalogue, and JSON read and written.
#pragma once

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "supervisor/control/commands/arguments.h"
#include "tests/support/store_fixture.h"

#include <catch2/catch_test_macros.hpp>

namespace outpost::test {

using namespace outpost::supervisor;

inline constexpr const char* kCatalogue = R"({
  // comments are allowed
  "tenants": [{"dbid": 1, "name": "Resources"}],
  "time-zones": [{"dbid": 900, "name": "LHR", "zone": "Europe/London"}],
  "calling-lists": [{"dbid": 301, "name": "Spring_2024", "daily-from": 0, "daily-till": 86400,
                     "custom-fields": ["STATE", "client-id"], "customer-id-field": "client-id"},
                    {"dbid": 302, "name": "Other"}],
  "campaigns": [{"dbid": 401, "name": "Spring", "description": "d", "lists": [{"list": "Spring_2024", "weight": 5}]}],
  "campaign-groups": [{"dbid": 501, "name": "Spring@Agents", "campaign": "Spring", "state": "Running", "mode": 3}]
})";

inline JsonValue json(const std::string& text) {
  auto parsed = parse_json(text);
  INFO(text);
  REQUIRE(parsed);
  return std::move(*parsed);
}

inline std::vector<std::string> texts(const JsonValue& object, std::string_view key) {
  std::vector<std::string> found;
  for (const JsonValue& item : std::get<JsonValue::Array>(object.find(key)->value)) {
    found.push_back(std::get<std::string>(item.value));
  }
  return found;
}

inline std::int64_t number(const JsonValue& object, std::string_view key) {
  return std::get<std::int64_t>(object.find(key)->value);
}

inline const std::string& text(const JsonValue& object, std::string_view key) {
  return std::get<std::string>(object.find(key)->value);
}

inline const JsonValue::Array& items(const JsonValue& object, std::string_view key) {
  return std::get<JsonValue::Array>(object.find(key)->value);
}

class CommandsFixture {
 public:
  CommandsFixture() { REQUIRE(stores_.apply(kCatalogue)); }

  JsonValue applied(const std::string& text, bool dry_run = false) {
    auto reply = stores_.apply(text, dry_run);
    INFO((reply ? "" : reply.error().text));
    REQUIRE(reply);
    return json(*reply);
  }
  std::string refused(const std::string& text) {
    auto reply = stores_.apply(text);
    REQUIRE(!reply);
    CHECK(reply.error().code == Errc::invalid);
    return reply.error().text;
  }

  // `more` are further arguments, such as R"("duplicates": "skip")".
  Result<OpenedImport> open(const std::string& columns, bool restart = false, const std::string& list = "Spring_2024",
                            const std::string& chain_by = "", const std::string& more = "") {
    std::string chained = chain_by.empty() ? "" : R"(, "chain_by": ")" + chain_by + "\"";
    JsonValue arguments =
        json(R"({"list": ")" + list + R"(", "source": "file-1", "columns": )" + columns + chained +
             (more.empty() ? "" : ", " + more) + R"(, "restart": )" + (restart ? "true" : "false") + "}");
    auto opened = stores_.in_transaction([&](RecordStore& s) { return run_import_open(s, arguments); });
    if (opened) opened_ = *opened;
    return opened;
  }
  // Rows as of a file whose lines are 10 bytes each; the first is at line 2, behind the names of the columns.
  Result<std::string> send(std::uint64_t first_line, std::vector<std::vector<std::string>> rows) {
    protocol::ImportRows message;
    message.import_id = opened_.import_id;
    message.offset = first_line == 2 ? 0 : first_line * 10;
    for (auto& values : rows) message.rows.push_back({first_line++, std::move(values)});
    message.next_line = first_line;
    message.next_offset = first_line * 10;
    return stores_.in_transaction([&](RecordStore& s) { return run_import_rows(s, opened_, message, due_); });
  }
  JsonValue sent(std::uint64_t first_line, std::vector<std::vector<std::string>> rows) {
    auto reply = send(first_line, std::move(rows));
    INFO((reply ? "" : reply.error().text));
    REQUIRE(reply);
    return json(*reply);
  }
  Result<std::string> finish() {
    JsonValue arguments = json(R"({"import_id": )" + std::to_string(opened_.import_id) + "}");
    return stores_.in_transaction([&](RecordStore& s) { return run_import_finish(s, arguments); });
  }
  std::vector<Record> records(std::int64_t list = 301) {
    RecordFilter filter;
    filter.limit = 10000;
    return stores_.store().records(list, filter)->records;
  }
  RecordStore& store() { return stores_.store(); }

  test::StoreFixture stores_;
  OpenedImport opened_;
  DueRule due_;  // of a time at which nothing was due yet
};

}  // namespace outpost::test
