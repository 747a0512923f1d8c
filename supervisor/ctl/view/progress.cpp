#include "supervisor/ctl/view/progress.h"

#include <fmt/core.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>

#include "common/integers.h"
#include "supervisor/ctl/view/terminal.h"

namespace outpost::supervisor::ctl {

namespace {

constexpr std::size_t kBarColumnsMax = 30;

double share_done(const ProgressState& state) {
  if (state.bytes_total == 0) return 0;
  return std::min(1.0, static_cast<double>(state.bytes) / static_cast<double>(state.bytes_total));
}

}  // namespace

std::string grouped(std::uint64_t number) {
  std::string digits = std::to_string(number);
  for (std::size_t i = digits.size(); i > 3;) digits.insert(i -= 3, ",");
  return digits;
}

std::string human_duration(std::chrono::duration<double> duration) {
  double s = std::max(0.0, duration.count());
  if (s < 9.95) return fmt::format("{:.1f} s", s);
  auto whole = static_cast<std::uint64_t>(std::llround(s));
  if (whole < 60) return fmt::format("{} s", whole);
  if (whole < 3600) return fmt::format("{} min {} s", whole / 60, whole % 60);
  if (whole < kDaySeconds) return fmt::format("{} h {} min", whole / 3600, whole % 3600 / 60);
  return fmt::format("{} d {} h", whole / kDaySeconds, whole % kDaySeconds / 3600);
}

std::string progress_text(const ProgressState& state, std::chrono::duration<double> elapsed) {
  std::string text = grouped(state.rows) + " rows";
  if (state.bytes_total > 0) text += fmt::format(", {:.0f} %", std::floor(100 * share_done(state)));
  double s = elapsed.count();
  if (s <= 0) return text;
  text += fmt::format(
      ", {} rows/s",
      grouped(static_cast<std::uint64_t>(std::llround(static_cast<double>(state.rows - state.rows_before) / s))));
  if (state.bytes <= state.bytes_before || state.bytes_total < state.bytes) return text;
  double bytes_per_s = static_cast<double>(state.bytes - state.bytes_before) / s;
  std::chrono::duration<double> left(static_cast<double>(state.bytes_total - state.bytes) / bytes_per_s);
  return text + ", " + human_duration(left) + " left";
}

std::string progress_bar(const ProgressState& state, std::chrono::duration<double> elapsed, std::size_t columns) {
  std::string text = progress_text(state, elapsed);
  if (text.size() > columns) return text.substr(0, columns);
  std::size_t room = columns - text.size();
  if (state.bytes_total == 0 || room < 8) return text;
  std::size_t cells = std::min(kBarColumnsMax, room - 3);
  auto full = static_cast<std::size_t>(share_done(state) * static_cast<double>(cells));
  return "[" + std::string(full, '#') + std::string(cells - full, '.') + "] " + text;
}

Progress::Progress(std::string what)
    : what_(std::move(what)),
      terminal_(terminal_of(STDERR_FILENO).moves),
      next_(start_ + (terminal_ ? kRedraw : kPlainLine)) {}

void Progress::show(const ProgressState& state) {
  Clock::time_point now = Clock::now();
  if (now < next_) return;
  if (terminal_) {
    next_ = now + kRedraw;
    drawn_ = true;
    fmt::print(stderr, "\r\x1b[K{}", progress_bar(state, now - start_, terminal_of(STDERR_FILENO).columns - 1));
  } else {
    next_ = now + kPlainLine;
    fmt::print(stderr, "{}: {}\n", what_, progress_text(state, now - start_));
  }
  std::fflush(stderr);
}

void Progress::clear() {
  if (!drawn_) return;
  fmt::print(stderr, "\r\x1b[K");
  std::fflush(stderr);
  drawn_ = false;
}

}  // namespace outpost::supervisor::ctl
