// The tables whose rows are the content of a store, described once for whoever copies or compares stores as they are.
// Not among them: the lease, the supervisors that were seen, the schema version.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace outpost::supervisor {

enum class ColumnKind : std::uint8_t { integer, text, bytes };

struct TableColumn {
  std::string_view name;
  ColumnKind kind = ColumnKind::integer;
};

struct Table {
  std::string_view name;
  std::vector<TableColumn> columns;
  std::size_t keys = 1;  // of these, from the front: the table's key
  // So many rows at once are 64 MiB at the most: a record is as large as a request's body, a kept answer as an answer.
  std::uint32_t page = 1'024;

  [[nodiscard]] std::vector<ColumnKind> kinds() const;  // of its columns
};

// None is null anywhere in a store.
using Value = std::variant<std::int64_t, std::string>;
using Row = std::vector<Value>;

std::span<const Table> tables();

}  // namespace outpost::supervisor
