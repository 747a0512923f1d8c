#include "supervisor/ctl/view/time.h"

#include <chrono>
#include <ctime>

#include "common/integers.h"
#include "common/text.h"

namespace outpost::supervisor::ctl {

namespace {

// Takes what it finds off the front of a text; what is not there makes all of it bad.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) {}

  int digits(std::size_t n, int high) {
    int number = 0;
    for (; n > 0; --n) {
      bool is_digit = !text_.empty() && text_.front() >= '0' && text_.front() <= '9';
      good_ = good_ && is_digit;
      if (!good_) return 0;
      number = number * 10 + (text_.front() - '0');
      text_.remove_prefix(1);
    }
    good_ = number <= high;
    return number;
  }
  bool took(std::string_view any_of) {
    if (text_.empty() || any_of.find(text_.front()) == std::string_view::npos) return false;
    text_.remove_prefix(1);
    return true;
  }
  void need(std::string_view any_of) { good_ = took(any_of) && good_; }
  [[nodiscard]] bool at_end() const { return text_.empty(); }
  [[nodiscard]] bool done() const { return good_ && text_.empty(); }

 private:
  std::string_view text_;
  bool good_ = true;
};

std::optional<int> scan_offset(Scanner& scan) {
  if (scan.took("Zz")) return 0;
  bool west = scan.took("-");
  if (!west && !scan.took("+")) return std::nullopt;
  int minutes = scan.digits(2, 14) * 60;
  scan.took(":");
  minutes += scan.digits(2, 59);
  return (west ? -minutes : minutes) * 60;
}

std::optional<std::int64_t> in_range(std::int64_t epoch) {
  return epoch >= 0 && epoch <= kEpochMax ? std::optional(epoch) : std::nullopt;
}

}  // namespace

std::optional<std::int64_t> parse_time(std::string_view text, std::int64_t now) {
  if (text == "now") return now;
  if (auto epoch = parse_integer(text)) return in_range(*epoch);

  Scanner scan(text);
  std::tm parts{};
  int year = scan.digits(4, 9999);
  scan.need("-");
  int month = scan.digits(2, 12);
  scan.need("-");
  int day = scan.digits(2, 31);
  if (scan.took("Tt ")) {
    parts.tm_hour = scan.digits(2, 23);
    scan.need(":");
    parts.tm_min = scan.digits(2, 59);
    if (scan.took(":")) parts.tm_sec = scan.digits(2, 59);
  }
  auto offset = scan.at_end() ? std::nullopt : scan_offset(scan);
  std::chrono::year_month_day date{std::chrono::year(year), std::chrono::month(static_cast<unsigned>(month)),
                                   std::chrono::day(static_cast<unsigned>(day))};
  if (!scan.done() || !date.ok() || year < 1970) return std::nullopt;

  std::int64_t epoch = 0;
  if (offset) {
    std::int64_t days = std::chrono::sys_days(date).time_since_epoch().count();
    epoch = days * kDaySeconds + parts.tm_hour * 3600 + parts.tm_min * 60 + parts.tm_sec - *offset;
  } else {
    parts.tm_year = year - 1900;
    parts.tm_mon = month - 1;
    parts.tm_mday = day;
    parts.tm_isdst = -1;
    epoch = std::mktime(&parts);
  }
  return in_range(epoch);
}

}  // namespace outpost::supervisor::ctl
