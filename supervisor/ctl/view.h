// Replies as text for people. Times are local, ISO 8601; enumerations show their number and their name.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "common/json.h"
#include "protocol/vocabulary.h"
#include "supervisor/ctl/chart.h"
#include "supervisor/ctl/table.h"

namespace outpost::supervisor::ctl {

std::string show_status(const JsonValue& status);
std::string show_lists(const JsonValue& catalogue);
std::string show_catalogue(const JsonValue& catalogue);
// A table for the records of `records` replies, and what adds one reply's records to it.
Table records_table();
void add_records(Table& table, const JsonValue& page);
std::string show_record(const JsonValue& reply);
std::string show_groups(const JsonValue& reply);
std::string show_group_change(const JsonValue& reply);
std::string show_sessions(const JsonValue& reply);
// The same for the entries of `dnc-list` replies.
Table dnc_table();
void add_dnc_entries(Table& table, const JsonValue& page);
// What a new token is for and until when, as a sentence; and all tokens.
std::string show_token_made(const JsonValue& token);
std::string show_tokens(const JsonValue& reply);
// The counters of each list and group; with a style, the call results as charts.
std::string show_statistics(const JsonValue& reply, const std::optional<ChartStyle>& charts);

// "1 Ready"; a number without a name stands alone.
std::string show_enumeration(const protocol::Enumeration& enumeration, std::int64_t number);
// "2026-01-02T03:04:05+01:00"; "-" for 0.
std::string show_time(std::int64_t epoch_seconds);
// "08:00..18:00", with seconds where there are any.
std::string show_window(std::int64_t from, std::int64_t till);

}  // namespace outpost::supervisor::ctl
