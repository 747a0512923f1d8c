// Names of time zones that the catalogue does not have, and which of those that it has was probably meant.
#pragma once

#include <string>
#include <string_view>

#include "supervisor/store/record_store.h"

namespace outpost::supervisor {

// "; is "PST" meant?", or the names that there are when none is near. Names what the catalogue has, never `given`; of
// bounded length.
std::string nearest_zone_hint(const Catalogue& catalogue, std::string_view given);

}  // namespace outpost::supervisor
