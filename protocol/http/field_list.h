// Header values that are lists with commas between their items. Source: RFC 9110 5.6.1.
#pragma once

#include <string_view>

#include "common/text.h"

namespace outpost::protocol {

// Calls see(item) for each item of the list, blanks around it removed, empty ones included.
template <class See>
void for_each_item(std::string_view list, See&& see) {
  for (;;) {
    std::size_t comma = list.find(',');
    see(trim(list.substr(0, comma)));
    if (comma == std::string_view::npos) return;
    list.remove_prefix(comma + 1);
  }
}

// In any case of letters.
inline bool has_item(std::string_view list, std::string_view item) {
  bool found = false;
  for_each_item(list, [&](std::string_view candidate) { found = found || equal_ignoring_case(candidate, item); });
  return found;
}

}  // namespace outpost::protocol
