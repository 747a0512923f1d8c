// Control commands about what is in the store: what a person may see of services, numbers and subscriptions. Codes,
// phones, cookies and devices are the callers' secrets: whether there is one is all that is said, and of a device that
// is an address its host. Times are in seconds, those of the clock since 1970 by the store's.
//
//   services       {"name"?, "after"?: id, "limit"?: 1 to 500}
//                  -> {"services": [{"id", "name", "type", "number", "has_code", "created_at", "left", "area"} ..],
//                      "next": id or null}; a page may be empty and not the last one
//   service        {"id"} -> {"id", "name", "type", "area", "phone", "number", "group", "booked_on", "has_code",
//                  "access_left", "ors_base", "has_ors_cookie", "created_at", "left"}
//   resources      {"group"?} -> {"groups": [{"group", "strategy", "booking", "backup", "values", "booked"} ..],
//                  "resources": [{"group", "strategy", "value", "owner", "until"} ..], "left_out"}
//   subscriptions  {"after"?: id, "limit"?: 1 to 500}
//                  -> {"subscriptions": [{"id", "subscriber", "type", "filter", "device", "provider", "left"} ..],
//                      "next": id or null}
//
// On a thread of the store, which they only read. Errors: Errc::invalid, Errc::not_found, the store's.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "common/error.h"
#include "common/json.h"
#include "supervisor/config/resources.h"
#include "supervisor/mobile/state/state_store.h"

namespace outpost::supervisor::mobile {

// Of a page.
inline constexpr std::int64_t kShownMax = 500;
// Services of other names that are passed over for one page at most.
inline constexpr std::int64_t kPassedOverMax = 5'000;
// Numbers in one reply.
inline constexpr std::int64_t kShownResourcesMax = 5'000;

Result<std::string> list_services(StateStore& store, const JsonValue& arguments);
Result<std::string> show_service(StateStore& store, const JsonValue& arguments);
// Of what is configured, and what of it is booked on all nodes or on this one; and values that are booked and no longer
// configured.
Result<std::string> list_resources(StateStore& store, const Resources& resources, std::int64_t node_id,
                                   const JsonValue& arguments);
Result<std::string> list_subscriptions(StateStore& store, const JsonValue& arguments);

// The host of an address, else kMaskedValue: what may be shown of where a subscription is delivered.
std::string shown_device(std::string_view device);

}  // namespace outpost::supervisor::mobile
