#include "supervisor/engine/zone_names.h"

#include <fmt/core.h>

#include <vector>

#include "common/excerpt.h"
#include "common/text.h"

namespace outpost::supervisor {

namespace {

constexpr std::size_t kNamesShown = 5;
constexpr std::size_t kNameBytesShown = 16;

}  // namespace

// People write what a zone is called elsewhere, so the zone of the tz database is looked at as well.
std::string nearest_zone_hint(const Catalogue& catalogue, std::string_view given) {
  std::vector<std::string_view> names;
  std::string_view near;
  for (const TimeZone& zone : catalogue.time_zones) {
    names.push_back(zone.name);
    if (near.empty() && equal_ignoring_case(zone.zone, given)) near = zone.name;
  }
  if (near.empty()) near = nearest(given, names);
  if (!near.empty()) return fmt::format("; is \"{}\" meant?", excerpt(near));
  if (names.empty()) return ", which has none";
  std::vector<std::string> shown;
  for (std::size_t i = 0; i < names.size() && i < kNamesShown; ++i) shown.push_back(excerpt(names[i], kNameBytesShown));
  return fmt::format(": {}{}", join(shown, ", "), names.size() > kNamesShown ? " ..." : "");
}

}  // namespace outpost::supervisor
