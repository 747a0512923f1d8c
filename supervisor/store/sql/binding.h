// Rows of the program as parameters of a statement, and back, whatever the engine: `bind(to)` calls to.bind(value) for
// each parameter in order; a row is read with read(column, value), integer(column) and text(column).
#pragma once

#include <string_view>

#include "supervisor/store/sql/columns.h"

namespace outpost::supervisor {

template <class Row>
auto bind_columns(const Row& row) {
  return [&row](auto& to) { for_each_column(row, [&](std::string_view, const auto& value) { to.bind(value); }); };
}

template <class... Values>
auto bind_values(const Values&... values) {
  return [&values...]([[maybe_unused]] auto& to) { (to.bind(values), ...); };
}

template <class Row, class From>
Row row_of(From& from) {
  Row row;
  int column = 0;
  for_each_column(row, [&](std::string_view, auto& value) { from.read(column++, value); });
  return row;
}

}  // namespace outpost::supervisor
