#include "supervisor/store/migration/copier.h"

#include <algorithm>
#include <iterator>
#include <span>
#include <string>
#include <utility>
#include <variant>

#include "common/digest.h"
#include "supervisor/store/sql/tables.h"

namespace outpost::supervisor::migration {

namespace {

// In place of a table's name, once all are copied.
constexpr std::string_view kAllCopied = "-";

}  // namespace

Failure about(std::string_view side, Error error) { return fail(error.code, "{}: {}", side, error.text); }

// The sum of the digests of all rows: the order in which an engine gives them does not matter, and unlike with
// exclusive or, no two rows that are there twice cancel out.
class Copier::Checksum {
 public:
  void add(const Row& row) {
    bytes_.clear();
    for (const Value& value : row) {
      const auto* text = std::get_if<std::string>(&value);
      add_number(text ? static_cast<std::int64_t>(text->size()) : std::get<std::int64_t>(value));
      if (text) bytes_ += *text;
    }
    std::string digest = sha256(bytes_);
    std::uint64_t low = number_at(digest, 0);
    low_ += low;
    high_ += number_at(digest, sizeof low) + (low_ < low ? 1 : 0);
    ++rows_;
  }
  [[nodiscard]] std::int64_t rows() const { return rows_; }
  [[nodiscard]] std::string text() const { return fmt::format("{:016x}{:016x}", high_, low_); }

 private:
  void add_number(std::int64_t number) {
    auto bits = static_cast<std::uint64_t>(number);
    for (std::size_t i = 0; i < sizeof bits; ++i) bytes_ += static_cast<char>(bits >> (8 * i) & 0xff);
  }
  static std::uint64_t number_at(const std::string& digest, std::size_t from) {
    std::uint64_t number = 0;
    for (std::size_t i = 0; i < sizeof number; ++i) {
      number |= std::uint64_t{static_cast<unsigned char>(digest[from + i])} << (8 * i);
    }
    return number;
  }

  std::string bytes_;
  std::uint64_t low_ = 0;
  std::uint64_t high_ = 0;
  std::int64_t rows_ = 0;
};

Result<> Copier::count() {
  progress_.rows_total = 0;
  for (const Table& table : tables()) {
    auto rows = count_rows(source_, table);
    if (!rows) return about("FROM", std::move(rows.error()));
    progress_.rows_total += static_cast<std::uint64_t>(*rows);
  }
  return {};
}

Result<> Copier::between_pages(std::uint64_t rows) {
  progress_.rows += rows;
  if (options_.progress) options_.progress(progress_);
  if (Result<> renewed = fence_.renew_when_due(); !renewed) return about("FROM", std::move(renewed.error()));
  return {};
}

Result<> Copier::copy() {
  if (Result<> counted = count(); !counted) return counted;
  progress_.rows = progress_.rows_before = static_cast<std::uint64_t>(target_.mark().rows);
  std::span<const Table> all = tables();
  auto at = std::ranges::find(all, target_.mark().table, &Table::name);
  for (; at != all.end(); ++at) {
    const Table* next = std::next(at) == all.end() ? nullptr : &*std::next(at);
    if (Result<> copied = copy_table(*at, next); !copied) return copied;
  }
  return {};
}

// From the mark on; ends with the mark at the next table.
Result<> Copier::copy_table(const Table& table, const Table* next) {
  for (;;) {
    auto key = key_from(target_.mark().after_key);
    if (!key) return about("TO", std::move(key.error()));
    auto rows = read_page(source_, table, *key);
    if (!rows) return about("FROM", std::move(rows.error()));
    bool last = rows->size() < table.page;
    Mark mark = target_.mark();
    mark.rows += static_cast<std::int64_t>(rows->size());
    mark.table = last ? std::string(next ? next->name : kAllCopied) : std::string(table.name);
    mark.after_key = last ? std::string() : text_of(key_of(source_, table, rows->back()));
    if (Result<> done = target_.append(table, *rows, std::move(mark)); !done) {
      return fail(done.error().code, "TO: table {}: {}", table.name, done.error().text);
    }
    if (Result<> on = between_pages(rows->size()); !on || last) return on;
  }
}

Result<Copier::Checksum> Copier::checksum(TableStore& store, const Table& table) {
  Checksum sum;
  Row after;
  for (;;) {
    auto rows = read_page(store, table, after);
    if (!rows) return pass(rows);
    for (const Row& row : *rows) sum.add(row);
    if (Result<> on = between_pages(rows->size()); !on) return pass(on);
    if (rows->size() < table.page) return sum;
    after = key_of(store, table, rows->back());
  }
}

Result<std::vector<MigratedTable>> Copier::compare() {
  progress_ = {MigrationProgress::Phase::compare, 0, 0, 2 * progress_.rows_total};
  std::vector<MigratedTable> compared;
  for (const Table& table : tables()) {
    auto ours = checksum(source_, table);
    if (!ours) return about("FROM", std::move(ours.error()));
    auto theirs = checksum(target_.tables(), table);
    if (!theirs) return about("TO", std::move(theirs.error()));
    if (ours->rows() != theirs->rows() || ours->text() != theirs->text()) {
      return fail(
          Errc::store,
          "the table {} differs: {} rows (checksum {}) in FROM, {} rows (checksum {}) in TO. TO cannot be used: "
          "remove or empty it, and run this again",
          table.name, ours->rows(), ours->text(), theirs->rows(), theirs->text());
    }
    compared.push_back({std::string(table.name), ours->rows(), ours->text()});
  }
  return compared;
}

}  // namespace outpost::supervisor::migration
