#include "supervisor/mobile/services/access.h"

#include <optional>
#include <string_view>

#include "common/digest.h"
#include "supervisor/config/number_key.h"
#include "supervisor/mobile/services/access_code.h"

namespace outpost::supervisor::mobile {

namespace {

constexpr std::size_t kChoiceBytes = 8;

// Of as many as a number of 64 bits is far from.
Result<std::size_t> any_below(std::size_t count) {
  auto random = random_bytes(kChoiceBytes);
  if (!random) return pass(random);
  std::uint64_t number = 0;
  for (char byte : *random) number = number << 8 | static_cast<unsigned char>(byte);
  return static_cast<std::size_t>(number % count);
}

// The values are told again where nothing is free: another node may know others.
Result<std::optional<std::string>> book(StateStore& store, const AccessWish& wish, const std::string& scope,
                                        const std::string& service) {
  if (!wish.tell_values) {
    auto booked = store.book(scope, wish.group, service, wish.time);
    if (!booked || *booked) return booked;
  }
  if (auto told = store.set_resources(scope, wish.group, wish.rules.values); !told) return pass(told);
  return store.book(scope, wish.group, service, wish.time);
}

Result<DrawnAccess> draw_number(StateStore& store, const AccessWish& wish, const std::string& service) {
  DrawnAccess drawn;
  drawn.access.group = wish.group;
  if (wish.rules.strategy == AllocationStrategy::random) {
    if (wish.rules.values.empty()) return drawn;
    auto place = any_below(wish.rules.values.size());
    if (!place) return pass(place);
    drawn.access.number = wish.rules.values[*place];
    drawn.outcome = AccessOutcome::given;
    return drawn;
  }
  drawn.access.scope = booking_scope(wish.rules, wish.node_id);
  auto booked = book(store, wish, drawn.access.scope, service);
  if (!booked) return pass(booked);
  if (*booked) {
    drawn.access.number = **booked;
    drawn.access.booked = true;
    drawn.outcome = AccessOutcome::given;
  } else if (!wish.rules.backup.empty()) {
    drawn.access.number = wish.rules.backup;
    drawn.outcome = AccessOutcome::backup;
  }
  return drawn;
}

// Whether one was found that nobody else has for this number.
Result<bool> draw_code_for(StateStore& store, const AccessWish& wish, const std::string& service, StateAccess& access) {
  for (int draw = 0; draw < kCodeDrawsMax; ++draw) {
    auto code = draw_code(wish.node_id, wish.code_length);
    if (!code) return pass(code);
    auto taken = store.take_code(access.number_key, *code, service, wish.time);
    if (!taken) return pass(taken);
    if (!*taken) continue;
    access.code = *std::move(code);
    return true;
  }
  return false;
}

}  // namespace

std::string booking_scope(const ResourceGroup& rules, int node_id) {
  return rules.strategy == AllocationStrategy::local ? std::to_string(node_id) : std::string();
}

Result<DrawnAccess> draw_access(StateStore& store, const AccessWish& wish, const std::string& service) {
  auto drawn = draw_number(store, wish, service);
  if (!drawn || drawn->outcome == AccessOutcome::none) return drawn;
  StateAccess& access = drawn->access;
  access.number_key = number_key(access.number);
  if (!wish.wants_code) return drawn;
  auto found = draw_code_for(store, wish, service, access);
  if (!found) return pass(found);
  if (*found) return drawn;
  if (auto done = give_back(store, access, service); !done) return pass(done);
  return DrawnAccess{AccessOutcome::no_code, {}};
}

Result<> give_back(StateStore& store, const StateAccess& access, const std::string& service) {
  if (access.booked) {
    if (auto done = store.release(access.scope, access.group, access.number, service); !done) return done;
  }
  if (access.code.empty()) return {};
  return store.free_code(access.number_key, access.code, service);
}

}  // namespace outpost::supervisor::mobile
