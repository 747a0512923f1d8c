// The SQL of a row, made from the list of its columns: for_each_column(row, each) calls each(name, member).
#pragma once

#include <fmt/core.h>

#include <string>
#include <string_view>
#include <vector>

#include "common/text.h"

namespace outpost::supervisor {

template <class T>
std::vector<std::string_view> columns_of() {
  std::vector<std::string_view> names;
  T row;
  for_each_column(row, [&](std::string_view name, auto&) { names.push_back(name); });
  return names;
}

template <class T>
std::string column_list() {
  return join(columns_of<T>(), ", ");
}

template <class T>
std::string select(std::string_view from_where) {
  return fmt::format("SELECT {} FROM {}", column_list<T>(), from_where);
}

// Parameter k is column k, here and in every statement that writes a whole row.
inline std::string insert_columns(std::string_view table, const std::vector<std::string_view>& names) {
  std::string parameters;
  for (std::size_t k = 1; k <= names.size(); ++k) parameters += fmt::format("{}?{}", k > 1 ? ", " : "", k);
  return fmt::format("INSERT INTO {} ({}) VALUES ({})", table, join(names, ", "), parameters);
}

template <class T>
std::string insert(std::string_view table) {
  return insert_columns(table, columns_of<T>());
}

// The first column is the key.
template <class T>
std::string put(std::string_view table) {
  std::vector<std::string_view> names = columns_of<T>();
  std::vector<std::string> changes;
  for (std::size_t k = 1; k < names.size(); ++k) changes.push_back(fmt::format("{0} = excluded.{0}", names[k]));
  return fmt::format("{} ON CONFLICT ({}) DO UPDATE SET {}", insert<T>(table), names[0], join(changes, ", "));
}

}  // namespace outpost::supervisor
