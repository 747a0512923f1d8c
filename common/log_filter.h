// What a log may show of user data: the one place that decides by a name. Source: gms.md 7.5, mobile.md 14.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace outpost {

enum class LogView : std::uint8_t {
  hidden,  // neither name nor value: the name begins with XXX
  masked,  // the name, and MMM for the value: it begins with MMM, or is that of a secret
  shown,
};

// Names compare as they are for XXX and MMM; those of secrets (passwords, tokens, keys, credentials, whatever the
// letters' case) as they are found in other products' parameters.
LogView log_view(std::string_view name) noexcept;

// `name=value` pairs as a log line has them: nothing for a hidden name.
inline constexpr std::string_view kMaskedValue = "MMM";

// Compact JSON text for a log: members are left out or masked at any depth. What is no JSON is masked as a whole.
std::string filtered_json(std::string_view json);

}  // namespace outpost
