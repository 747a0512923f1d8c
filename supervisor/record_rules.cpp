#include "supervisor/record_rules.h"

#include <algorithm>
#include <string>

#include "protocol/vocabulary.h"
#include "supervisor/time_zones.h"

namespace outpost::supervisor {

using protocol::RecordStatus;
using protocol::RecordType;

bool is_personal(const Record& record) noexcept {
  auto type = static_cast<RecordType>(record.record_type);
  return type == RecordType::personal_callback || type == RecordType::personal_rescheduled;
}

bool is_callback(const Record& record) noexcept {
  auto type = static_cast<RecordType>(record.record_type);
  return is_personal(record) || type == RecordType::campaign_callback || type == RecordType::campaign_rescheduled;
}

bool is_waiting_callback(const Record& record) noexcept {
  return is_callback(record) && record.record_status == static_cast<std::int32_t>(RecordStatus::ready);
}

std::int64_t DueRule::earliest() const { return now - std::min(kDueTolerance, missed_callback_timeout).count(); }

Result<> check_due(const DueRule& rule, std::int64_t due, const TimeZone* zone) {
  if (due == 0 || due >= rule.earliest()) return {};
  std::string understood = utc_text(due);
  if (zone) {
    // Last, for names of zones may be long and an error text is cut.
    if (auto found = Zone::find(zone->zone)) {
      understood += fmt::format(", {} in time zone {}", found->format(due), zone->name);
    }
  }
  return fail(Errc::invalid, "must not be in the past: that is {}", understood);
}

}  // namespace outpost::supervisor
