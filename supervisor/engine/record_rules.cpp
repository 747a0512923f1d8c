#include "supervisor/engine/record_rules.h"

#include <fmt/core.h>

#include <algorithm>
#include <string>

#include "common/text.h"
#include "common/unicode.h"
#include "protocol/outbound/vocabulary.h"
#include "supervisor/engine/time_zones.h"

namespace outpost::supervisor {

using protocol::RecordStatus;
using protocol::RecordType;

namespace {

constexpr std::int32_t kEmailAddress = 10;
constexpr std::int32_t kInstantMessaging = 11;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::string_view take_digits(std::string_view& text) {
  auto end = std::ranges::find_if_not(text, is_digit);
  std::string_view digits = text.substr(0, static_cast<std::size_t>(end - text.begin()));
  text.remove_prefix(digits.size());
  return digits;
}

bool take_one_of(std::string_view& text, std::string_view characters) {
  if (text.empty() || characters.find(text.front()) == std::string_view::npos) return false;
  text.remove_prefix(1);
  return true;
}

// 1.55502E+10, 1,55502E10, 2E+10; not 800E5, which a person may have written.
bool is_shortened_number(std::string_view text) {
  take_one_of(text, "+-");
  if (take_digits(text).empty()) return false;
  bool fraction = take_one_of(text, ".,") && !take_digits(text).empty();
  if (!take_one_of(text, "eE")) return false;
  bool sign = take_one_of(text, "+-");
  return !take_digits(text).empty() && text.empty() && (fraction || sign);
}

// 15550213.0, 15550213,00; not 555.0213, which is how some people write a phone number.
bool is_decimal_number(std::string_view text) {
  constexpr std::size_t kPhoneDigitsMin = 5;  // 555.000 may be one
  take_one_of(text, "+-");
  std::size_t digits = take_digits(text).size();
  if (digits == 0 || !take_one_of(text, ".,")) return false;
  bool zeros = !text.empty() && text.find_first_not_of('0') == std::string_view::npos;
  return zeros && (text.size() <= 2 || digits >= kPhoneDigitsMin);
}

// 15,550,213.00 and 15.550.213,00; not 01.23.45.67.00, which has one kind of separator.
bool is_grouped_number(std::string_view text) {
  constexpr std::size_t kGroup = 3;
  take_one_of(text, "+-");
  std::size_t digits = take_digits(text).size();
  if (digits == 0 || digits > kGroup || text.empty()) return false;
  const std::string group(1, text.front());
  std::string_view decimal = group == "," ? "." : group == "." ? "," : ".,";
  if (std::string_view(",. '").find(group) == std::string_view::npos) return false;
  while (take_one_of(text, group)) {
    if (take_digits(text).size() != kGroup) return false;
  }
  return take_one_of(text, decimal) && !text.empty() && text.find_first_not_of('0') == std::string_view::npos;
}

bool is_truth_value(std::string_view text) {
  return equal_ignoring_case(text, "TRUE") || equal_ignoring_case(text, "FALSE");
}

// #N/A, #REF!, #NAME?, #DIV/0! and their translations (#BEZUG!, #N/D), and the Err:502 of LibreOffice. A phone that
// begins with # goes on with digits, or is a short word such as #LAW.
bool is_error_value(std::string_view text) {
  constexpr std::string_view kErr = "err:";
  if (equal_ignoring_case(text.substr(0, kErr.size()), kErr)) {
    text.remove_prefix(kErr.size());
    return !take_digits(text).empty() && text.empty();
  }
  if (text.size() < 3 || text[0] != '#' || is_digit(text[1])) return false;
  if (equal_ignoring_case(text, "#NV") || equal_ignoring_case(text, "#GETTING_DATA")) return true;
  return text.ends_with('!') || text.ends_with('?') || text.find('/') != std::string_view::npos;
}

// What a column shows that is too narrow for its number.
bool is_too_narrow(std::string_view text) {
  return text.size() > 1 && text.find_first_not_of('#') == std::string_view::npos;
}

bool has_letter_or_digit(std::string_view text) {
  while (!text.empty()) {
    CodePoint c = first_code_point(text);
    if (!is_invisible(c.value) && !is_punctuation(c.value)) return true;
    text.remove_prefix(c.bytes);
  }
  return false;
}

// What it looks like; empty for what may be a phone.
std::string_view spreadsheet_damage(std::string_view phone) {
  std::string_view text = trim_invisible(phone);
  if (is_shortened_number(text)) return "a number that a spreadsheet has shortened (such as 1.5E+10): digits are lost";
  if (is_decimal_number(text) || is_grouped_number(text)) {
    return "a number that a spreadsheet has given decimals (such as 15550100.0)";
  }
  if (is_truth_value(text)) return "a truth value of a spreadsheet (such as TRUE)";
  if (is_error_value(text)) return "an error value of a spreadsheet (such as #N/A)";
  if (is_too_narrow(text)) return "the ### of a spreadsheet's column that is too narrow";
  if (text.starts_with('=')) return "a formula of a spreadsheet";
  return {};
}

}  // namespace

bool is_phone_type(std::int32_t contact_type) {
  return contact_type != kEmailAddress && contact_type != kInstantMessaging;
}

std::string identifier_problem(std::string_view value) {
  if (value.empty()) return "must not be empty";
  if (is_blank(value)) return "must not be blank: it has only white space or characters that cannot be seen";
  return {};
}

std::string customer_field_problem(std::string_view value) {
  if (value.size() <= protocol::kCustomerIdBytesMax) return {};
  return fmt::format("must have at most {} bytes", protocol::kCustomerIdBytesMax);
}

std::string contact_problem(std::int32_t contact_type, std::string_view contact) {
  if (std::string problem = identifier_problem(contact); !problem.empty()) return problem;
  if (has_control(contact)) return "must not contain control characters, such as tabs and line breaks";
  if (!is_phone_type(contact_type)) return {};
  std::string_view damage = spreadsheet_damage(contact);
  if (damage.empty()) return has_letter_or_digit(contact) ? "" : "must be a phone number: it has only punctuation";
  return fmt::format("must be a phone number and looks like {}; format the column as text before it is exported",
                     damage);
}

std::string window_problem(const Record& record, std::string_view till) {
  if (record.daily_from < record.daily_till) return {};
  return fmt::format("must be less than {}; the record's window would be {} to {}", till, record.daily_from,
                     record.daily_till);
}

std::string_view status_problem(const Record& record) {
  if (record.record_status != static_cast<std::int32_t>(protocol::kNeverOfNewRecord)) return {};
  return "of a new record must not be Retrieved: nobody would hold its handle";
}

std::string_view agent_problem(const Record& record) {
  if (!is_personal(record) || !record.agent_id.empty()) return {};
  return "is needed for the personal record types 4 and 5: nobody else may dial such a record";
}

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

bool uses(const Campaign& campaign, std::int64_t list_dbid) {
  return std::ranges::find(campaign.lists, list_dbid, &CampaignList::list_dbid) != campaign.lists.end();
}

std::string full_chain_problem(std::int32_t records) {
  if (records < protocol::kChainRecordsMax) return {};
  return fmt::format("must be a chain that is not full: one has at most {} records", protocol::kChainRecordsMax);
}

Result<std::string> join_chain(RecordStore& store, Record& record, std::int32_t pending) {
  auto last = store.last_in_chain(record.list_dbid, record.chain_id);
  if (!last) return pass(last);
  if (!*last) return std::string("must be a chain of this calling list; leave it out to begin a new one");
  record.chain_n = **last + 1 + pending;
  std::string problem = full_chain_problem(record.chain_n);
  if (!problem.empty() || record.record_status != static_cast<std::int32_t>(RecordStatus::ready)) return problem;
  auto holder = store.chain_holder(record.list_dbid, record.chain_id);
  if (!holder) return pass(holder);
  record.handle = *holder;
  return problem;
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
