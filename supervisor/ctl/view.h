// Replies as text for people. Times are local, ISO 8601; enumerations show their number and their name.
#pragma once

#include <cstdint>
#include <string>

#include "common/json.h"
#include "protocol/vocabulary.h"
#include "supervisor/ctl/table.h"

namespace outpost::supervisor::ctl {

std::string show_status(const JsonValue& status);
std::string show_lists(const JsonValue& catalogue);
std::string show_catalogue(const JsonValue& catalogue);
// A table for the records of `records` replies, and what adds one reply's records to it.
Table records_table();
void add_records(Table& table, const JsonValue& page);
std::string show_record(const JsonValue& reply);

// "1 Ready"; a number without a name stands alone.
std::string show_enumeration(const protocol::Enumeration& enumeration, std::int64_t number);
// "2026-01-02T03:04:05+01:00"; "-" for 0.
std::string show_time(std::int64_t epoch_seconds);
// "08:00..18:00", with seconds where there are any.
std::string show_window(std::int64_t from, std::int64_t till);

}  // namespace outpost::supervisor::ctl
