// What a proxy counts of the requests of its clients: flat arrays, by the row of its dialect's table of requests. Row 0
// is for what is no request of the table.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "common/histogram.h"
#include "protocol/channel/describe.h"

namespace outpost::protocol {

// The statuses that are told apart. The column behind them is for all others.
inline constexpr std::array<std::uint16_t, 23> kCountedStatuses{
    200, 204, 304, 400, 401, 403, 404, 405, 408, 409, 413, 414, 415, 417, 421, 429, 431, 500, 501, 502, 503, 504, 505};
inline constexpr std::size_t kStatusColumns = kCountedStatuses.size() + 1;

// In microseconds.
inline constexpr std::array<std::uint64_t, 14> kRequestDurations{
    100, 250, 500, 1'000, 2'500, 5'000, 10'000, 25'000, 50'000, 100'000, 250'000, 1'000'000, 5'000'000, 30'000'000};
inline constexpr std::size_t kDurationColumns = kRequestDurations.size() + 1;

namespace detail {

inline constexpr std::size_t kStatusEnd = 600;
constexpr auto columns_of_statuses() {
  std::array<std::uint8_t, kStatusEnd> columns{};
  columns.fill(kCountedStatuses.size());
  for (std::size_t i = 0; i < kCountedStatuses.size(); ++i) columns[kCountedStatuses[i]] = static_cast<std::uint8_t>(i);
  return columns;
}
inline constexpr auto kColumnsOfStatuses = columns_of_statuses();

}  // namespace detail

constexpr std::size_t status_column(int status) {
  auto index = static_cast<std::size_t>(status);
  return index < detail::kStatusEnd ? detail::kColumnsOfStatuses[index] : kCountedStatuses.size();
}

// Nothing is counted before the first set_rows().
struct RequestCounts {
  std::vector<std::uint64_t> statuses;      // kStatusColumns of each row
  std::vector<std::uint64_t> durations;     // kDurationColumns of each row
  std::vector<std::uint64_t> durations_us;  // the sum of each row

  static constexpr auto fields() {
    return std::tuple(field("statuses", &RequestCounts::statuses, "responses by row and status"),
                      field("durations", &RequestCounts::durations, "responses by row and duration"),
                      field("durations_us", &RequestCounts::durations_us, "duration of all responses, by row"));
  }

  void set_rows(std::size_t rows) {
    statuses.resize(rows * kStatusColumns);
    durations.resize(rows * kDurationColumns);
    durations_us.resize(rows);
  }
  [[nodiscard]] std::size_t rows() const { return durations_us.size(); }
  // Whether set_rows() made it.
  [[nodiscard]] bool is_whole() const {
    return statuses.size() == rows() * kStatusColumns && durations.size() == rows() * kDurationColumns;
  }
  // A row beyond the last counts as row 0.
  void count(std::size_t row, int status, std::uint64_t took_us) {
    if (row >= rows()) row = 0;
    if (rows() == 0) return;
    ++statuses[row * kStatusColumns + status_column(status)];
    ++durations[row * kDurationColumns + bucket_of(kRequestDurations, took_us)];
    durations_us[row] += took_us;
  }
};

}  // namespace outpost::protocol
