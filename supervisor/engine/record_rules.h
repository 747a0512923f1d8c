// Rules of a record's values, whatever brings it: requests over HTTP, imports and commands judge by them alike. Each
// says what is wrong and what would be valid, as the rest of a sentence that begins with the value's name ("must not be
// blank ..."), and nothing when it is good. None repeats a text that was given.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "common/error.h"
#include "common/integers.h"
#include "supervisor/store/record_store.h"

namespace outpost::supervisor {

// Whether a contact of this type is dialled. Without a type (0) it counts as a phone. Source: ocs.md 4.5.
bool is_phone_type(std::int32_t contact_type);

// A value that names a person or an agent.
std::string identifier_problem(std::string_view value);
// The field that the list takes the customer id from. One that shows nothing is good, and names nobody.
std::string customer_field_problem(std::string_view value);
// contact_info: what cannot be seen, what breaks a line, and for phones what a spreadsheet makes of a number.
std::string contact_problem(std::int32_t contact_type, std::string_view contact);

// The beginning of the daily window; `till` is the name of its end.
std::string window_problem(const Record& record, std::string_view till);
// The status of a new record.
std::string_view status_problem(const Record& record);
// The agent, where one is needed.
std::string_view agent_problem(const Record& record);

// Record types 4 and 5: of one agent.
bool is_personal(const Record& record) noexcept;
// Record types 3 to 6.
bool is_callback(const Record& record) noexcept;
// A callback that is to be handed out: its due time counts.
bool is_waiting_callback(const Record& record) noexcept;

bool uses(const Campaign& campaign, std::int64_t list_dbid);
// What is wrong with a campaign that does not use the record's list: its groups would never be offered the record.
inline constexpr std::string_view kForeignCampaign = "must be a campaign that uses this calling list";

// A chain of so many records that is to get one more.
std::string full_chain_problem(std::int32_t records);
// Puts a new record behind the last one of the chain that its chain_id names, and into the hands that hold the chain:
// while somebody calls a customer, nobody else is to be given another number of his. `pending` records go before it
// that are not stored. Returns what is wrong with the chain.
// Assumption: a chain that does not exist is a mistake; a new one under a number that was made up could later meet the
// number of a real one.
Result<std::string> join_chain(RecordStore& store, Record& record, std::int32_t pending = 0);

// How far in the past a due time may lie: GSW_DATE_TIME has minutes only, and clocks differ.
inline constexpr std::chrono::seconds kDueTolerance{120};

// What a due time is judged by.
struct DueRule {
  std::int64_t now = 0;  // epoch seconds
  std::chrono::seconds missed_callback_timeout{kDaySeconds};

  // The tolerance, but never so early that the next sweep would take the callback for missed.
  [[nodiscard]] std::int64_t earliest() const;
};

// What is acknowledged must not be what the next sweep discards. 0 is "now". Errc::invalid names the
// time as it was understood, in UTC and on the wall clock of `zone` (nullptr: in UTC alone).
Result<> check_due(const DueRule& rule, std::int64_t due, const TimeZone* zone);

}  // namespace outpost::supervisor
