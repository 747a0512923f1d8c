// What a call of a service brings: parameters of the service, whose names begin with "_", and user data. Pure.
// Source: gms.md 0.4 (G10 to G13), 1.3 to 1.6; mobile.md 15.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "protocol/channel/call.h"
#include "supervisor/config/services.h"
#include "supervisor/mobile/storage_rules.h"

namespace outpost::supervisor::mobile {

// By name, with the underscore.
using Parameters = std::map<std::string, std::string, std::less<>>;

struct CallInput {
  Parameters given;      // by the request alone
  Parameters effective;  // those, and over them the section's; of _booking_expiration_timeout the request's comes first
  std::vector<protocol::CallParameter> user_data;  // the rest, as it came: take_parameters() looks at it
};

// Refuses a parameter that is a file, and names and values that are too long.
tl::expected<CallInput, Refusal> read_input(std::vector<protocol::CallParameter> parameters,
                                            const ServiceSection& section);

// One that a call must have: refused when it is absent or empty.
tl::expected<std::string, Refusal> required(const Parameters& parameters, std::string_view name);
// Empty when it is absent.
std::string_view optional_text(const Parameters& parameters, std::string_view name);

// true and false, in any letter case; nothing for any other text, which counts as absent.
std::optional<bool> read_flag(std::string_view text);
bool flag(const Parameters& parameters, std::string_view name);

// Flags that are there and are none: they count as absent (G13).
std::vector<std::string_view> ignored_flags(const Parameters& parameters);

// Seconds for which access data are booked, 5 to 1800; nothing: the group's.
tl::expected<std::optional<std::chrono::seconds>, Refusal> booking_time(const CallInput& input);
// Digits of the access code, 3 to 18; 6 when it is not said.
tl::expected<std::size_t, Refusal> code_length(const CallInput& input);
// Of the service and its data: what is no ttl counts as 30 s.
std::chrono::seconds service_ttl(const CallInput& input);

}  // namespace outpost::supervisor::mobile
