// By what a caller is found again: a number to dial and perhaps a code, drawn and given back on a store's thread, in
// the transaction that needs them. Source: gms.md 1.4, 1.6, 6.2, 6.4.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>

#include "common/error.h"
#include "supervisor/config/resources.h"
#include "supervisor/mobile/state/state_store.h"

namespace outpost::supervisor::mobile {

// What is asked for. `time` is at most what is left of the service.
struct AccessWish {
  std::string group;
  ResourceGroup rules;
  std::chrono::milliseconds time{0};
  int node_id = 0;
  bool wants_code = false;
  std::size_t code_length = 0;
  bool tell_values = false;  // the store may not know the group's values yet
};

enum class AccessOutcome : std::uint8_t {
  given,
  backup,   // given, but nothing was free: it is the number for that
  none,     // nothing is free; nothing was booked
  no_code,  // all codes that were tried are taken; nothing stays booked
};

struct DrawnAccess {
  AccessOutcome outcome = AccessOutcome::none;
  StateAccess access;
};

// Among whom a group's values are booked: all nodes, or those of this node_id.
std::string booking_scope(const ResourceGroup& rules, int node_id);
Result<DrawnAccess> draw_access(StateStore& store, const AccessWish& wish, const std::string& service);
// What a service holds is free at once.
Result<> give_back(StateStore& store, const StateAccess& access, const std::string& service);

}  // namespace outpost::supervisor::mobile
