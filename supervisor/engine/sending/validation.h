// Pre-dial validation, as it is asked: each record's validator, over the courier, again where that is asked for, and in
// time. What an answer means is outward/verdict. Loop thread. Source: ocs.md 6.3, 6.4.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>

#include "common/histogram.h"
#include "common/io/loop.h"
#include "common/log.h"
#include "supervisor/children/courier/courier.h"
#include "supervisor/engine/validator.h"

namespace outpost {
class JsonWriter;
}

namespace outpost::supervisor {

class MetricsWriter;

inline constexpr std::array<std::uint64_t, 13> kValidationTimes{1'000,     2'500,      5'000,     10'000,    25'000,
                                                                50'000,    100'000,    250'000,   1'000'000, 2'500'000,
                                                                5'000'000, 10'000'000, 30'000'000};  // us

class Validations final : public Validator {
 public:
  // All outlive it.
  Validations(Loop& loop, Log& log, Courier& courier);

  std::uint64_t validate(Validation validation, std::chrono::milliseconds time, Done done) override;
  void withdraw(std::uint64_t number) override;

  // From serve() to leave() somebody is asked. What waits at the latter is given back, and what comes behind it.
  void serve() { serves_ = true; }
  void leave();

  [[nodiscard]] std::size_t waiting() const { return waiting_.size(); }
  void write_metrics(MetricsWriter& out) const;

 private:
  struct Waiting {
    Validation validation;
    Done done;
    std::uint64_t began_ms = 0;
    std::uint64_t expires_ms = 0;
    std::uint64_t due_ms = 0;  // when it is looked at again
    std::uint64_t fetch = 0;   // the courier's number of what is under way; 0: nothing is
    std::uint32_t failures = 0;
    Verdict verdict;  // if the time is over now
  };

  void ask(std::uint64_t number);
  void on_reply(std::uint64_t number, const protocol::FetchReply& reply);
  void ask_again(std::uint64_t number, Waiting& waiting, std::chrono::milliseconds pause);
  void end(std::uint64_t number, Verdict verdict);
  void end_soon(std::uint64_t number, Verdict verdict);
  void look_again(std::uint64_t number, Waiting& waiting, std::uint64_t at_ms);
  void on_due();
  void note(const Verdict& verdict, const std::string& detail);

  Loop& loop_;
  Log& log_;
  Courier& courier_;
  bool serves_ = false;
  std::uint64_t last_number_ = 0;
  std::unordered_map<std::uint64_t, Waiting> waiting_;
  std::set<std::pair<std::uint64_t, std::uint64_t>> due_;  // when, and which
  Timer due_timer_;
  Histogram<kValidationTimes> times_;
  std::uint64_t failed_ms_ = 0;  // since when validations fail; 0: they do not
  std::uint64_t failures_ = 0;   // since then
};

}  // namespace outpost::supervisor
