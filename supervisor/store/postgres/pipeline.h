// What a transaction sends and has not yet been answered. The answers are taken together, in one round trip, in the
// order of what was sent; after the first failure the transaction is of no more use, and says that failure again.
#pragma once

#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <utility>
#include <vector>

#include "common/error.h"
#include "supervisor/store/postgres/session.h"

namespace outpost::supervisor {

class PgPipeline {
 public:
  // Gets an answer; its error is a failure of the transaction.
  using Take = std::function<Result<>(const PgRows&)>;

  explicit PgPipeline(std::chrono::milliseconds time_limit) : time_limit_(time_limit) {}

  // Begins anew, on this session, which outlives its use.
  void use(PgSession& session) {
    forget();
    session_ = &session;
  }
  [[nodiscard]] PgSession& session() { return *session_; }

  // `take` is called with the answer, and returns nothing or a Result<>.
  template <class TakeAnswer>
  void send(std::size_t statement, const PgParams& params, TakeAnswer take) {
    if constexpr (std::same_as<decltype(take(std::declval<const PgRows&>())), void>) {
      send_taking(statement, params, [take = std::move(take)](const PgRows& rows) {
        take(rows);
        return Result<>();
      });
    } else {
      send_taking(statement, params, std::move(take));
    }
  }
  void send(std::size_t statement, const PgParams& params) { send_taking(statement, params, {}); }
  // Waits for the answers to all that was sent; `last` is the last one.
  Result<> settle(PgRows* last = nullptr);
  // The same when so much was sent that either side would have to keep too much in memory.
  Result<> limit();
  [[nodiscard]] const Result<>& failed() const noexcept { return failed_; }
  // What was sent comes to nothing.
  void forget() {
    takes_.clear();
    failed_ = {};
  }

  // Whether the last answer came well, and this short a time ago.
  [[nodiscard]] bool answered_within(std::chrono::milliseconds time) const {
    return std::chrono::steady_clock::now() - answered_at_ < time;
  }
  // About the shortest of late.
  [[nodiscard]] std::chrono::microseconds round_trip() const noexcept { return round_trip_; }
  // How often an answer was waited for.
  [[nodiscard]] std::uint64_t round_trips() const noexcept { return round_trips_; }

 private:
  void send_taking(std::size_t statement, const PgParams& params, Take take);
  void note_answer(std::chrono::steady_clock::time_point asked_at, bool good);

  const std::chrono::milliseconds time_limit_;
  PgSession* session_ = nullptr;  // broken perhaps
  std::vector<Take> takes_;
  Result<> failed_;
  std::chrono::steady_clock::time_point answered_at_;
  std::chrono::microseconds round_trip_{};
  std::uint64_t round_trips_ = 0;
};

}  // namespace outpost::supervisor
