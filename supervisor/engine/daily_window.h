// The daily dialing window of a list or a record: seconds since midnight on the contact's clock. Source: ocs.md 3.2.
#pragma once

#include <cstdint>
#include <map>
#include <string>

namespace outpost::supervisor {

// Whether hours, minutes or HHMM were probably meant: "probably hours, ..." with the right values; empty when the
// window looks like seconds. Such a window is valid and kept: only a person knows.
std::string window_doubt(std::int32_t from, std::int32_t till);

// Whether a list's windows are to be spoken of again: once an hour each.
class WindowWatch {
 public:
  static constexpr std::size_t kListsMax = 1000;  // of others nothing is said until an hour is over
  // `now` in epoch seconds.
  bool is_due(const std::string& list, std::int64_t now);

 private:
  std::map<std::string, std::int64_t> said_at_;
};

}  // namespace outpost::supervisor
