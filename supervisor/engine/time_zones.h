// Time zones of the system's tz database: what the clock on a contact's wall says.
// Assumption: the rules that hold in 2037, where the database's list of changes ends and the tz library stops reading,
// hold for ever.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "common/error.h"
#include "common/integers.h"

namespace date {
class time_zone;
}

namespace outpost::supervisor {

// A zone, cheap to copy. Any thread.
class Zone {
 public:
  struct Local {
    std::int32_t offset_seconds;  // to be added to UTC
    std::int32_t second_of_day;   // since midnight on the wall clock
  };

  // `name` as in the tz database, e.g. America/Los_Angeles. Errc::not_found when this machine's database lacks it, with
  // the nearest that it has.
  // Looks up and loads, so it is kept rather than called per request.
  static Result<Zone> find(const std::string& name);

  // `epoch` in seconds since 1970 UTC; daylight saving is taken into account.
  [[nodiscard]] Local at(std::int64_t epoch) const;

  // "MM/DD/YYYY HH:MM", 24-hour, on this zone's wall clock. Source: ocs.md 3.2, GSW_DATE_TIME.
  [[nodiscard]] std::string format(std::int64_t epoch) const;
  // The instant of such a text, from 1970 to 9999. Errc::invalid for another form, for a date that does not exist and
  // for a local time that the change to daylight saving skips: a call at a time nobody has cannot be meant. A local
  // time that occurs twice is the earlier one. The error text is a sentence without its subject, e.g. "must be ...".
  [[nodiscard]] Result<std::int64_t> parse(std::string_view text) const;

 private:
  explicit Zone(const date::time_zone* zone) : zone_(zone) {}

  const date::time_zone* zone_;  // the library keeps it for ever
};

// "YYYY-MM-DD HH:MM:SS UTC".
std::string utc_text(std::int64_t epoch);

}  // namespace outpost::supervisor
