// What a monitoring system should know of: which alarms are raised now, told once when one is raised and once when it
// is cleared. Loop thread. Source: gms.md 6.3, mobile.md 8; the command and its form are ours [design].
//
// Each change is a line of the log under the event's own number, a count in the metrics, and a run of alarms.command,
// one after the other:
//
//   COMMAND 2001 raised|cleared TEXT    with OUTPOST_ALARM, OUTPOST_ALARM_STATE, OUTPOST_ALARM_SUBJECT and OUTPOST_NAME
//                                       in its environment; see supervisor/program_run.h
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "common/io/loop.h"
#include "common/log.h"
#include "supervisor/config/config.h"
#include "supervisor/program_run.h"

namespace outpost {
class JsonWriter;
}

namespace outpost::supervisor {
class MetricsWriter;
}

namespace outpost::supervisor::mobile {

class Alarms {
 public:
  static constexpr int kDoubleResource = 2000;  // a value stands twice in one group of resources, or in two
  static constexpr int kNoResource = 2001;      // a group has nothing free
  static constexpr std::array<int, 2> kEvents{kDoubleResource, kNoResource};
  // Runs of the command that wait for another; of more the oldest are not run.
  static constexpr std::size_t kWaitingMax = 100;
  // A longer text is cut.
  static constexpr std::size_t kTextBytesMax = 1'024;

  // `log` outlives it.
  Alarms(Loop& loop, Log& log, const Config& config);
  // Kills the command that runs, with all that it started.
  ~Alarms();
  Alarms(const Alarms&) = delete;
  Alarms& operator=(const Alarms&) = delete;

  // For the runs that begin from now on; without a command what waits is given up.
  void use(const Config& config);

  // `id` is one of kEvents; `subject` is what it is about, a group of resources, and `text` a sentence without its end.
  // One that is raised already is only given the new text, and one that is not raised is not cleared again.
  void raise(int id, std::string_view subject, std::string_view text);
  void clear(int id, std::string_view subject);
  // Those of this event whose subject is gone.
  void clear_where(int id, const std::function<bool(std::string_view subject)>& gone);
  [[nodiscard]] bool is_raised(int id, std::string_view subject) const;

  // An array, by event and subject: {"event", "subject", "text", "raised_at"}, the last in seconds since 1970.
  void write(JsonWriter& out) const;
  void write_metrics(MetricsWriter& out) const;

  // Calls `action` once, as soon as nothing runs or waits: at once when that is so now. For a node that ends.
  void when_idle(std::function<void()> action);
  [[nodiscard]] bool idle() const { return running_ == nullptr; }

 private:
  struct Raised {
    std::string text;
    std::int64_t raised_at = 0;
  };
  using Key = std::pair<int, std::string>;
  struct Change {
    int id;
    bool raised;
    std::string subject;
    std::string text;
  };

  void cleared(const Key& key, const std::string& text);
  void run(Change change);
  void start(const Change& change);
  void go_on();

  Loop& loop_;
  Log& log_;
  std::string command_;  // empty: none
  std::chrono::milliseconds timeout_;
  std::string name_;
  std::map<Key, Raised> raised_;
  std::map<int, std::uint64_t> count_;  // how often each was raised
  std::unique_ptr<ProgramRun> running_;
  std::deque<Change> waiting_;
  std::function<void()> when_idle_;
};

}  // namespace outpost::supervisor::mobile
