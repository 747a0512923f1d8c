#include "supervisor/control/commands/record_columns.h"

#include <algorithm>
#include <iterator>

#include "common/integers.h"
#include "common/text.h"
#include "common/unicode.h"

namespace outpost::supervisor {

namespace {

constexpr RecordColumn kColumns[] = {
#define X(type, member, initial, name, ...) {*protocol::find_record_column(name), &Record::member},
    OUTPOST_RECORD_COLUMNS(X)
#undef X
};

std::string_view form_of(const RecordColumn& column) {
  switch (column.form) {
    case RecordColumn::Form::plain: return "";
    case RecordColumn::Form::time: return ": seconds since 1970 in UTC, such as 1767261600 for 2026-01-01 10:00 UTC";
    case RecordColumn::Form::clock: return ": seconds since midnight, such as 28800 for 8:00";
  }
  return "";
}

Result<std::int64_t> parse_column(const RecordColumn& column, std::string_view text) {
  if (column.enumeration) {
    const protocol::Enumeration& names = column.enumeration();
    if (auto value = names.parse(text)) return std::int64_t{*value};
    return fail(Errc::invalid, "{} must be a {}: a number from 0 to {} or its name, e.g. {}", column.name, names.name,
                names.names.size() - 1, names.names.back());
  }
  auto value = parse_integer(text);
  if (value && *value >= 0 && *value <= column.high) return *value;
  return fail(Errc::invalid, "{} must be an integer from 0 to {}{}", column.name, column.high, form_of(column));
}

}  // namespace

std::span<const RecordColumn> record_columns() { return kColumns; }

const RecordColumn* find_record_column(std::string_view name) {
  const auto* found = std::ranges::find(kColumns, name, &RecordColumn::name);
  return found == std::end(kColumns) || found->reach == RecordColumn::Reach::stored ? nullptr : found;
}

Result<> set_column(const RecordColumn& column, Record& record, std::string_view text) {
  if (text.empty() || (column.identifies && is_blank(text))) return {};
  if (const auto* member = std::get_if<std::string Record::*>(&column.member)) {
    if (text.size() > column.bytes_max) {
      return fail(Errc::invalid, "{} must have at most {} bytes", column.name, column.bytes_max);
    }
    record.*(*member) = text;
    return {};
  }
  auto value = parse_column(column, text);
  if (!value) return pass(value);
  if (const auto* wide = std::get_if<std::int64_t Record::*>(&column.member)) {
    record.*(*wide) = *value;
  } else {
    record.*std::get<std::int32_t Record::*>(column.member) = static_cast<std::int32_t>(*value);
  }
  return {};
}

void write_record(JsonWriter& json, const Record& record, std::string_view tz_name) {
  json.begin_object();
  for (const RecordColumn& column : kColumns) {
    if (column.reach == RecordColumn::Reach::stored) continue;
    if (column.name == "tz_dbid") {
      json.member("tz_name", tz_name);
      continue;
    }
    json.key(column.name);
    std::visit([&](auto member) { json.value(record.*member); }, column.member);
  }
  json.key("custom").raw(record.custom.empty() ? std::string_view("{}") : std::string_view(record.custom));
  json.end_object();
}

}  // namespace outpost::supervisor
