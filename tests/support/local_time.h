// The time zone of this process, as long as the object lives.
#pragma once

#include <cstdlib>
#include <ctime>
#include <optional>
#include <string>

namespace outpost::test {

class LocalTime {
 public:
  // `zone` as the variable TZ has it, "EST5" for five hours west of Greenwich.
  explicit LocalTime(const char* zone) {
    if (const char* before = std::getenv("TZ")) before_ = before;
    setenv("TZ", zone, 1);
    tzset();
  }
  ~LocalTime() {
    if (before_) {
      setenv("TZ", before_->c_str(), 1);
    } else {
      unsetenv("TZ");
    }
    tzset();
  }
  LocalTime(const LocalTime&) = delete;
  LocalTime& operator=(const LocalTime&) = delete;

 private:
  std::optional<std::string> before_;
};

}  // namespace outpost::test
