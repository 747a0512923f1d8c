// The columns of a calling-list record, each declared once. From this list come the store's struct (rows.h) and its SQL
// (sql/columns.h), what an import takes and an export writes, and how outpostctl shows a value.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "common/integers.h"
#include "protocol/outbound/vocabulary.h"

namespace outpost::protocol {

struct RecordColumn {
  enum class Reach : std::uint8_t {  // each with all below it
    imported,
    exported,  // the store or the engine gives the value
    shown,
    stored,
  };
  enum class Form : std::uint8_t { plain, time, clock };  // epoch seconds, 0 = none; seconds since midnight

  std::string_view name;  // in SQL, JSON and CSV
  Reach reach = Reach::imported;
  bool written_once = false;  // most updates leave it as it is
  std::int64_t high = 0;      // of integers, which begin at 0
  Form form = Form::plain;    // of these
  std::size_t bytes_max = 0;  // of texts
  bool identifies = false;    // somebody: a text that shows nothing names nobody
  const Enumeration& (*enumeration)() = nullptr;
};

// X(type, member, initial value, column name, what else RecordColumn says): in the order of ocs.md 4.1, then those that
// are ours.
//   contact_info  as it was sent; it compares by its contact_key() (store/contact_key.h)
//   tz_dbid       people meet it as tz_name, the name of the time-zone object
//   customer_id   copy of the list's customer-id field, so that it can be looked up
//   handle        the open one that holds the record, 0 = none. A Retrieved record is held by its own handle; while it
//                 is, the Ready rows of its chain are held by the same, so that nobody else calls this customer
//   custom        custom fields as one JSON object; empty for none
#define OUTPOST_RECORD_COLUMNS(X)                                                                                 \
  X(std::int64_t, record_id, 0, "record_id", .reach = Reach::exported, .written_once = true, .high = kIntegerMax) \
  X(std::int64_t, list_dbid, 0, "list_dbid", .reach = Reach::stored, .written_once = true, .high = kIntegerMax)   \
  X(std::string, contact_info, {}, "contact_info", .written_once = true, .bytes_max = kContactBytesMax)           \
  X(std::int32_t, contact_info_type, 0, "contact_info_type", .enumeration = contact_types)                        \
  X(std::int32_t, record_type, 2, "record_type", .enumeration = record_types)                                     \
  X(std::int32_t, record_status, 1, "record_status", .enumeration = record_statuses)                              \
  X(std::int32_t, call_result, 28, "call_result", .enumeration = call_results)                                    \
  X(std::int32_t, attempt, 0, "attempt", .high = INT32_MAX)                                                       \
  X(std::int64_t, dial_sched_time, 0, "dial_sched_time", .high = kEpochMax, .form = Form::time)                   \
  X(std::int64_t, call_time, 0, "call_time", .high = kEpochMax, .form = Form::time)                               \
  X(std::int32_t, daily_from, 28800, "daily_from", .high = kDaySeconds, .form = Form::clock)                      \
  X(std::int32_t, daily_till, 64800, "daily_till", .high = kDaySeconds, .form = Form::clock)                      \
  X(std::int64_t, tz_dbid, 0, "tz_dbid", .high = kIntegerMax)                                                     \
  X(std::int64_t, campaign_dbid, 0, "campaign_id", .high = kIntegerMax)                                           \
  X(std::string, agent_id, {}, "agent_id", .bytes_max = kAgentBytesMax, .identifies = true)                       \
  X(std::int64_t, chain_id, 0, "chain_id", .written_once = true, .high = kIntegerMax)                             \
  X(std::int32_t, chain_n, 0, "chain_n", .reach = Reach::exported, .written_once = true, .high = INT32_MAX)       \
  X(std::int64_t, group_dbid, 0, "group_id", .high = kIntegerMax)                                                 \
  X(std::int64_t, app_dbid, 0, "app_id", .high = kIntegerMax)                                                     \
  X(std::string, treatments, {}, "treatments", .bytes_max = 255)                                                  \
  X(std::int64_t, media_ref, 0, "media_ref", .high = kIntegerMax)                                                 \
  X(std::string, email_subject, {}, "email_subject", .bytes_max = 255)                                            \
  X(std::int64_t, email_template_id, 0, "email_template_id", .high = kIntegerMax)                                 \
  X(std::int64_t, switch_id, 0, "switch_id", .high = kIntegerMax)                                                 \
  X(std::string, customer_id, {}, "customer_id", .written_once = true, .bytes_max = kCustomerIdBytesMax,          \
    .identifies = true)                                                                                           \
  X(std::int64_t, handle, 0, "handle", .reach = Reach::shown, .high = kIntegerMax)                                \
  X(std::string, custom, {}, "custom", .reach = Reach::stored)

inline constexpr auto kRecordColumns = [] {
  using Reach = RecordColumn::Reach;
  using Form = RecordColumn::Form;
#define X(type, member, initial, column, ...) RecordColumn{.name = column, __VA_ARGS__},
  return std::to_array<RecordColumn>({OUTPOST_RECORD_COLUMNS(X)});
#undef X
}();

// nullptr when there is none.
constexpr const RecordColumn* find_record_column(std::string_view name) {
  const auto* found = std::ranges::find(kRecordColumns, name, &RecordColumn::name);
  return found == kRecordColumns.end() ? nullptr : found;
}

}  // namespace outpost::protocol
