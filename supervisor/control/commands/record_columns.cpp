#include "supervisor/control/commands/record_columns.h"

#include <algorithm>
#include <iterator>

#include "common/integers.h"
#include "common/text.h"
#include "common/unicode.h"

namespace outpost::supervisor {

namespace {

constexpr bool kNotImportable = false;
constexpr std::string_view kEpochForm = "seconds since 1970 in UTC, such as 1767261600 for 2026-01-01 10:00 UTC";
constexpr std::string_view kWindowForm = "seconds since midnight, such as 28800 for 8:00";

template <class Int>
constexpr RecordColumn number(std::string_view name, Int Record::*member, std::int64_t high, bool importable = true) {
  return {.name = name, .member = member, .high = high, .importable = importable};
}
template <class Int>
constexpr RecordColumn number(std::string_view name, Int Record::*member, std::int64_t high, std::string_view form) {
  return {.name = name, .member = member, .high = high, .form = form};
}
constexpr RecordColumn text(std::string_view name, std::string Record::*member, std::size_t bytes_max) {
  return {.name = name, .member = member, .bytes_max = bytes_max};
}
constexpr RecordColumn identifier(std::string_view name, std::string Record::*member, std::size_t bytes_max) {
  return {.name = name, .member = member, .bytes_max = bytes_max, .identifies = true};
}
constexpr RecordColumn named(std::string_view name, std::int32_t Record::*member,
                             const protocol::Enumeration& (*enumeration)()) {
  return {.name = name, .member = member, .enumeration = enumeration};
}

constexpr RecordColumn kColumns[] = {
    number("record_id", &Record::record_id, kIntegerMax, kNotImportable),
    text("contact_info", &Record::contact_info, protocol::kContactBytesMax),
    named("contact_info_type", &Record::contact_info_type, protocol::contact_types),
    named("record_type", &Record::record_type, protocol::record_types),
    named("record_status", &Record::record_status, protocol::record_statuses),
    named("call_result", &Record::call_result, protocol::call_results),
    number("attempt", &Record::attempt, INT32_MAX),
    number("dial_sched_time", &Record::dial_sched_time, kEpochMax, kEpochForm),
    number("call_time", &Record::call_time, kEpochMax, kEpochForm),
    number("daily_from", &Record::daily_from, kDaySeconds, kWindowForm),
    number("daily_till", &Record::daily_till, kDaySeconds, kWindowForm),
    number("tz_dbid", &Record::tz_dbid, kIntegerMax),
    number("campaign_id", &Record::campaign_dbid, kIntegerMax),
    identifier("agent_id", &Record::agent_id, protocol::kAgentBytesMax),
    number("chain_id", &Record::chain_id, kIntegerMax),
    number("chain_n", &Record::chain_n, INT32_MAX, kNotImportable),
    number("group_id", &Record::group_dbid, kIntegerMax),
    number("app_id", &Record::app_dbid, kIntegerMax),
    text("treatments", &Record::treatments, 255),
    number("media_ref", &Record::media_ref, kIntegerMax),
    text("email_subject", &Record::email_subject, 255),
    number("email_template_id", &Record::email_template_id, kIntegerMax),
    number("switch_id", &Record::switch_id, kIntegerMax),
    identifier("customer_id", &Record::customer_id, protocol::kCustomerIdBytesMax),
    number("handle", &Record::handle, kIntegerMax, kNotImportable),
};

Result<std::int64_t> parse_column(const RecordColumn& column, std::string_view text) {
  if (column.enumeration) {
    const protocol::Enumeration& names = column.enumeration();
    if (auto value = names.parse(text)) return std::int64_t{*value};
    return fail(Errc::invalid, "{} must be a {}: a number from 0 to {} or its name, e.g. {}", column.name, names.name,
                names.names.size() - 1, names.names.back());
  }
  auto value = parse_integer(text);
  if (value && *value >= 0 && *value <= column.high) return *value;
  return fail(Errc::invalid, "{} must be an integer from 0 to {}{}{}", column.name, column.high,
              column.form.empty() ? "" : ": ", column.form);
}

}  // namespace

std::span<const RecordColumn> record_columns() { return kColumns; }

const RecordColumn* find_record_column(std::string_view name) {
  const auto* found = std::ranges::find(kColumns, name, &RecordColumn::name);
  return found == std::end(kColumns) ? nullptr : found;
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
