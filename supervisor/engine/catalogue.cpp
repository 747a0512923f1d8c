#include "supervisor/engine/catalogue.h"

#include <unordered_set>
#include <utility>

namespace outpost::supervisor {

bool is_loaded(protocol::GroupState state) noexcept {
  using enum protocol::GroupState;
  return state == active || state == running || state == waiting_unload;
}

CatalogueIndex::CatalogueIndex(Catalogue catalogue) : all_(std::move(catalogue)) {
  for (const TimeZone& object : all_.time_zones) {
    if (auto zone = Zone::find(object.zone)) {
      zones_.emplace(object.dbid, *zone);
    } else {
      problems_.push_back(fmt::format("time zone \"{}\": {}; its records are not offered until it has", object.name,
                                      zone.error().text));
    }
  }
  std::unordered_set<std::int64_t> loaded;
  for (const CampaignGroup& group : all_.groups) {
    if (is_loaded(group.state)) loaded.insert(group.campaign_dbid);
  }
  for (const Campaign& campaign : all_.campaigns) {
    if (!loaded.contains(campaign.dbid)) continue;
    for (const CampaignList& entry : campaign.lists) loaded_campaigns_[entry.list_dbid].push_back(&campaign);
  }
}

const Zone* CatalogueIndex::zone(std::int64_t tz_dbid) const {
  auto found = zones_.find(tz_dbid);
  return found == zones_.end() ? nullptr : &found->second;
}

std::span<const Campaign* const> CatalogueIndex::loaded_campaigns_of(std::int64_t list_dbid) const {
  auto found = loaded_campaigns_.find(list_dbid);
  if (found == loaded_campaigns_.end()) return {};
  return found->second;
}

}  // namespace outpost::supervisor
