// Rules of a record's values, whatever brings it: requests over HTTP, imports and commands judge by them alike. Each
// says what is wrong and what would be valid, as the rest of a sentence that begins with the value's name ("must not be
// blank
// ..."). None repeats the value.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "common/error.h"
#include "supervisor/store/record_store.h"

namespace outpost::supervisor {

// Whether a contact of this type is dialled. Without a type (0) it counts as a phone. Source: ocs.md 4.5.
bool is_phone_type(std::int32_t contact_type);

// Of a value that names a person or an agent; empty when it is good.
std::string identifier_problem(std::string_view value);
// Of contact_info: what cannot be seen, what breaks a line, and for phones what a spreadsheet makes of a number.
std::string contact_problem(std::int32_t contact_type, std::string_view contact);

// Record types 4 and 5: of one agent.
bool is_personal(const Record& record) noexcept;
// Record types 3 to 6.
bool is_callback(const Record& record) noexcept;
// A callback that is to be handed out: its due time counts.
bool is_waiting_callback(const Record& record) noexcept;

// How far in the past a due time may lie: GSW_DATE_TIME has minutes only, and clocks differ.
inline constexpr std::chrono::seconds kDueTolerance{120};

// What a due time is judged by.
struct DueRule {
  std::int64_t now = 0;  // epoch seconds
  std::chrono::seconds missed_callback_timeout{24 * 3600};

  // The tolerance, but never so early that the next sweep would take the callback for missed.
  [[nodiscard]] std::int64_t earliest() const;
};

// What is acknowledged must not be what the next sweep discards. 0 is "now". Errc::invalid names the
// time as it was understood, in UTC and on the wall clock of `zone` (nullptr: in UTC alone).
Result<> check_due(const DueRule& rule, std::int64_t due, const TimeZone* zone);

}  // namespace outpost::supervisor
