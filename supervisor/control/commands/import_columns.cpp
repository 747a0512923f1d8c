#include "supervisor/control/commands/import_columns.h"

#include <algorithm>

#include "common/excerpt.h"
#include "common/text.h"

namespace outpost::supervisor {

Result<BoundColumn> bind_column(const CallingList& list, const std::string& name) {
  if (name == "tz_name") return BoundColumn{BoundColumn::Target::tz_name, nullptr, name};
  if (const RecordColumn* column = find_record_column(name)) {
    if (column->reach == RecordColumn::Reach::imported) return BoundColumn{BoundColumn::Target::column, column, name};
    return fail(Errc::invalid, "column {} cannot be imported: its values are given by the server", name);
  }
  if (std::ranges::find(list.custom_fields, name) != list.custom_fields.end()) {
    return BoundColumn{BoundColumn::Target::custom, nullptr, name};
  }
  std::vector<std::string_view> known = {"tz_name"};
  for (const RecordColumn& column : record_columns()) {
    if (column.reach == RecordColumn::Reach::imported) known.push_back(column.name);
  }
  known.insert(known.end(), list.custom_fields.begin(), list.custom_fields.end());
  std::string_view near = nearest(name, known);
  if (!near.empty()) return fail(Errc::invalid, "column \"{}\" is not known; is \"{}\" meant?", name, near);
  return fail(Errc::invalid, "column \"{}\" is neither a record column nor a custom field of calling list \"{}\"", name,
              list.name);
}

Result<std::vector<BoundColumn>> bind_columns(const CallingList& list, const std::vector<std::string>& names) {
  std::vector<BoundColumn> bound;
  std::string problems;
  auto problem = [&](std::string_view text) {
    problems += problems.empty() ? "" : "\n";
    problems += text;
  };
  auto has = [&](std::string_view name) { return std::ranges::find(names, name) != names.end(); };
  if (std::ranges::none_of(names, [&](const std::string& name) { return bind_column(list, name).has_value(); })) {
    problem(
        fmt::format("the first line of the file must name the columns, and \"{}\" is none", excerpt(names.front())));
  }
  for (auto name = names.begin(); name != names.end(); ++name) {
    if (std::find(names.begin(), name, *name) != name) {
      problem(fmt::format("column \"{}\" is there twice", *name));
    } else if (auto column = bind_column(list, *name)) {
      bound.push_back(std::move(*column));
    } else {
      problem(column.error().text);
    }
  }
  if (!has("contact_info")) problem("column contact_info is needed: the phone number or other address");
  if (!has("tz_name") && !has("tz_dbid")) problem("column tz_name (or tz_dbid) is needed: the contact's time zone");
  if (has("tz_name") && has("tz_dbid")) problem("tz_name and tz_dbid say the same: one of them is enough");
  if (!list.customer_id_field.empty() && has(list.customer_id_field) && has("customer_id")) {
    problem(fmt::format("customer_id and {} say the same: one of them is enough", list.customer_id_field));
  }
  if (problems.empty()) return bound;
  return fail(Errc::invalid, "{}", problems);
}

std::string_view customer_column(const CallingList& list, const std::vector<std::string>& columns) {
  for (const std::string& name : columns) {
    if (name == "customer_id" || (!list.customer_id_field.empty() && name == list.customer_id_field)) return name;
  }
  return {};
}

Result<> check_chain_by(const CallingList& list, const std::vector<std::string>& columns, std::string_view chain_by) {
  std::string valid = list.customer_id_field.empty() ? "customer_id" : "customer_id or " + list.customer_id_field;
  if (chain_by != "customer_id" && (list.customer_id_field.empty() || chain_by != list.customer_id_field)) {
    return fail(Errc::invalid, "--chain-by must name the column with the customer id, in calling list \"{}\" {}",
                list.name, valid);
  }
  if (std::ranges::find(columns, chain_by) == columns.end()) {
    std::string_view other = customer_column(list, columns);
    return fail(Errc::invalid, "--chain-by {}: the file has no such column{}", chain_by,
                other.empty() ? std::string() : fmt::format("; {} is there", other));
  }
  if (std::ranges::find(columns, "chain_id") != columns.end()) {
    return fail(Errc::invalid, "--chain-by and column chain_id contradict each other: leave one out (--skip chain_id)");
  }
  return {};
}

}  // namespace outpost::supervisor
