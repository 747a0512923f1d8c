// Stores that hold something of every kind, for tests of moving them.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <iterator>
#include <map>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "supervisor/store/migration/migrate.h"
#include "supervisor/store/sql/table_store.h"
#include "tests/component/supervisor/store/engines.h"

#include <catch2/generators/catch_generators.hpp>
#include <catch2/generators/catch_generators_range.hpp>

namespace outpost::test {

using supervisor::ColumnKind;
using supervisor::MigrationOptions;
using supervisor::Row;
using supervisor::Table;
using supervisor::TableAccess;
using supervisor::TableColumn;
using supervisor::Value;

#define EVERY_ENGINE(name) EngineUnderTest name(GENERATE(from_range(engine_names())))

using Content = std::map<std::string, std::vector<Row>>;

// --- Content of every kind ------------------------------------------------------------------------------------------

// What an engine may stumble over; but no NUL, which PostgreSQL has not in a text.
inline const std::vector<std::string> kPieces = {"",
                                                 "a",
                                                 "Z",
                                                 "0",
                                                 " ",
                                                 "'",
                                                 "\"",
                                                 "\\",
                                                 "\\x41",
                                                 "\n\t\r",
                                                 "\x7f",
                                                 "\xc3\xa9",
                                                 "$1",
                                                 "%",
                                                 "{\"A\":1}",
                                                 "\xe2\x82\xac",
                                                 "\xf0\x9f\x98\x80",
                                                 "NULL",
                                                 "\x01",
                                                 "{},,",
                                                 "e\xcc\x81",
                                                 "--",
                                                 ";"};

class Dice {
 public:
  explicit Dice(unsigned seed) : random_(seed) {}
  std::size_t below(std::size_t n) { return std::uniform_int_distribution<std::size_t>(0, n - 1)(random_); }

  std::int64_t integer() {
    switch (below(6)) {
      case 0: return 0;
      case 1: return INT64_MAX;
      case 2: return INT64_MIN;
      case 3: return -1;
      default: return std::uniform_int_distribution<std::int64_t>(INT32_MIN, INT32_MAX)(random_);
    }
  }
  std::string text() {
    std::string text;
    for (std::size_t n = below(5); n > 0; --n) text += kPieces[below(kPieces.size())];
    return text;
  }
  std::string bytes() {
    std::string bytes(below(80), '\0');
    for (char& byte : bytes) byte = static_cast<char>(below(256));
    return bytes;
  }
  Value value(ColumnKind kind) {
    if (kind == ColumnKind::integer) return integer();
    return kind == ColumnKind::text ? text() : bytes();
  }

 private:
  std::mt19937 random_;
};

// More than one page of some tables. Keys are unique; so are the places of records in their chains.
inline std::vector<Row> random_rows(const Table& table, std::size_t n, Dice& dice) {
  std::set<Row> keys;
  std::vector<Row> rows;
  while (rows.size() < n) {
    Row row;
    for (const TableColumn& column : table.columns) row.push_back(dice.value(column.kind));
    if (keys.size() > 3) {
      auto* number = std::get_if<std::int64_t>(&row[table.keys - 1]);
      if (number) *number = static_cast<std::int64_t>(rows.size());
      auto* text = std::get_if<std::string>(&row[table.keys - 1]);
      if (text) *text += std::to_string(rows.size());
    }
    if (table.name == "records") row[3] = static_cast<std::int64_t>(rows.size());
    if (keys.insert(Row(row.begin(), row.begin() + static_cast<std::ptrdiff_t>(table.keys))).second)
      rows.push_back(std::move(row));
  }
  return rows;
}

inline Result<> fill(const std::string& url, const Content& content) {
  auto store = open_table_store(url, TableAccess::read_write);
  if (!store) return fail(store.error());
  if (auto begun = (*store)->begin(); !begun) return begun;
  for (const Table& table : supervisor::tables()) {
    auto found = content.find(std::string(table.name));
    if (found == content.end()) continue;
    auto cleared = (*store)->run(fmt::format("DELETE FROM {}", table.name), {}, "clear");
    if (!cleared) return fail(cleared.error());
    if (auto done = (*store)->insert(table, found->second); !done) return done;
  }
  return (*store)->commit();
}

// Ordered as we order, not as the engine does.
inline Content content_of(const std::string& url) {
  auto store = value_of(open_table_store(url, TableAccess::read_only));
  Content content;
  for (const Table& table : supervisor::tables()) {
    std::vector<Row>& all = content[std::string(table.name)];
    for (Row after;; after = key_of(*store, table, all.back())) {
      auto rows = value_of(read_page(*store, table, after));
      std::ranges::move(rows, std::back_inserter(all));
      if (rows.size() < table.page) break;
    }
    std::ranges::sort(all);
  }
  return content;
}

inline Content random_content(Dice& dice, std::size_t rows) {
  Content content;
  for (const Table& table : supervisor::tables()) content[std::string(table.name)] = random_rows(table, rows, dice);
  return content;
}

inline std::size_t rows_of(const Content& content) {
  std::size_t n = 0;
  for (const auto& [name, rows] : content) n += rows.size();
  return n;
}

inline MigrationOptions quick() {
  MigrationOptions options;
  options.lease = std::chrono::milliseconds(300);
  return options;
}

struct Source {
  explicit Source(const std::string& engine, std::size_t rows = 200) : under_test(engine) {
    static_cast<void>(under_test.open(OpenMode::writer));
    require_ok(fill(url(), random_content(dice, rows)));
    before = content_of(url());
  }
  [[nodiscard]] std::string url() const { return under_test.url(); }

  EngineUnderTest under_test;
  Dice dice{Catch::getSeed()};
  Content before;
};

// A supervisor that lives, as far as one can see.
inline std::unique_ptr<RecordStore> living(const EngineUnderTest& engine, const std::string& name) {
  auto writer = engine.writer(name);
  in_transaction(*writer, [&] { require_ok(writer->renew_lease(std::chrono::minutes(1))); });
  return writer;
}

inline Error refused(const std::string& from, const std::string& to, MigrationOptions options = quick()) {
  auto done = migrate_store(from, to, options);
  REQUIRE_FALSE(done.has_value());
  return done.error();
}

}  // namespace outpost::test
