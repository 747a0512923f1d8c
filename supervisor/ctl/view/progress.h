// How far a long work is: a bar that is redrawn on a terminal, a plain line every few seconds elsewhere.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace outpost::supervisor::ctl {

struct ProgressState {
  std::uint64_t rows_before = 0;  // done by earlier runs
  std::uint64_t rows = 0;         // done in all
  std::uint64_t bytes_before = 0;
  std::uint64_t bytes = 0;
  std::uint64_t bytes_total = 0;  // 0: nobody knows how much there is to do
};

// "1,234,567"
std::string grouped(std::uint64_t number);
// "0.4 s", "12 s", "3 min 5 s", "2 h 3 min", "4 d 7 h"
std::string human_duration(std::chrono::duration<double> duration);
// "1,000 rows, 42 %, 500 rows/s, 3 s left"; parts that cannot be known yet are left out. Rate and time left count what
// this run did in `elapsed`.
std::string progress_text(const ProgressState& state, std::chrono::duration<double> elapsed);
// The same behind a bar, at most `columns` wide.
std::string progress_bar(const ProgressState& state, std::chrono::duration<double> elapsed, std::size_t columns);

// Writes to standard error.
class Progress {
 public:
  static constexpr std::chrono::milliseconds kRedraw{200};
  static constexpr std::chrono::seconds kPlainLine{5};

  // `what` begins each plain line, e.g. "import".
  explicit Progress(std::string what);
  ~Progress() { clear(); }
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  // Cheap enough to be called after every piece of work.
  void show(const ProgressState& state);
  // Takes the bar off the terminal.
  void clear();
  [[nodiscard]] std::chrono::duration<double> elapsed() const { return Clock::now() - start_; }

 private:
  using Clock = std::chrono::steady_clock;

  std::string what_;
  bool terminal_;
  bool drawn_ = false;
  Clock::time_point start_ = Clock::now();
  Clock::time_point next_;
};

}  // namespace outpost::supervisor::ctl
