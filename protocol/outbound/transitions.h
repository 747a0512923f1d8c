// How requests and time change a record: one table that the engine executes and the manual prints.
// Source: ocs.md 4.6, where most rows are [design].
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "protocol/outbound/vocabulary.h"

namespace outpost::protocol {

enum class TransitionId : std::uint8_t {
  add,
  retrieve,
  update,
  processed,
  reschedule_campaign,
  reschedule_personal,
  move_campaign,
  move_personal,
  reject,
  cancel,
  do_not_call,
  chain_updated,
  missed_callback,
  recalled,
  recycled,
  given_back,
  stale,
  validation_refused,
  validation_failed,
};

// What becomes of one column: what the request gives, where it may; else `value`, where there is one; else it stays.
struct Change {
  bool given = false;
  std::optional<std::int32_t> value = {};
  std::optional<std::int32_t> only_over = {};  // `value` only replaces this one

  [[nodiscard]] std::int32_t apply(std::int32_t present, std::optional<std::int64_t> from_request) const;
};

enum class HandleChange : std::uint8_t { none, opened, closed };

struct Transition {
  TransitionId id;
  std::string_view cause;
  Change type;
  Change status;
  Change result;
  bool attempt;  // counted: attempt rises by one, call_time is now
  HandleChange handle;
  std::string_view others;  // what else changes, for the manual
};

// In the order of TransitionId.
std::span<const Transition> transitions();
const Transition& transition(TransitionId id);

}  // namespace outpost::protocol
