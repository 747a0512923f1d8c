// Filters of subscriptions against tags of events: * stands for any run of characters, everything else for itself,
// letter case included, over the whole tag. Pure. Source: gms.md 3.2.
#pragma once

#include <cstddef>
#include <string_view>

namespace outpost::supervisor::mobile {

// Bytes.
inline constexpr std::size_t kFilterBytesMax = 1000;
inline constexpr std::size_t kTagBytesMax = 255;

// Whether it has a *.
bool is_pattern(std::string_view filter);
// What a tag that matches begins with: the filter up to its first *, all of it without one.
std::string_view literal_prefix(std::string_view filter);
// In time that grows with both lengths together.
bool filter_matches(std::string_view filter, std::string_view tag);

}  // namespace outpost::supervisor::mobile
