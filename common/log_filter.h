// What a log may show of user data: the one place that decides by a name. Source: gms.md 7.5, mobile.md 14.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace outpost {

enum class LogView : std::uint8_t {
  hidden,  // neither name nor value: the name begins with XXX, or looks like names and values that were taken for one
  masked,  // the name, and MMM for the value: it begins with MMM, or is that of a secret
  shown,
};

// Names compare as they are for XXX and MMM, behind one underscore as well as without; those of secrets (passwords,
// tokens, keys, credentials, whatever the letters' case) as they are found in other products' parameters.
LogView log_view(std::string_view name);

// What stands for a masked value.
inline constexpr std::string_view kMaskedValue = "MMM";

// Compact JSON text for a log: members are left out or masked at any depth, in texts that may be JSON again too. What
// is no JSON, or more than kFilteredBytesMax, is masked as a whole.
inline constexpr std::size_t kFilteredBytesMax = 64 * 1024;
std::string filtered_json(std::string_view json);
// Whether a text may be an object or an array, which have names in them.
bool may_be_json(std::string_view text);

}  // namespace outpost
