// The catalogue made ready for look-ups by name and by DBID.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "supervisor/engine/time_zones.h"
#include "supervisor/store/record_store.h"

namespace outpost::supervisor {

// Assumption: a group that is waiting to be unloaded still counts as loaded, one that is inactive or being unloaded
// does not; ocs.md 3.5 gives the states but not their meaning.
bool is_loaded(protocol::GroupState state) noexcept;

// A snapshot: what it returns lives as long as it does. nullptr means "no such object". Names compare exactly.
class CatalogueIndex {
 public:
  explicit CatalogueIndex(Catalogue catalogue);
  CatalogueIndex(const CatalogueIndex&) = delete;
  CatalogueIndex& operator=(const CatalogueIndex&) = delete;

  [[nodiscard]] const Catalogue& all() const { return all_; }
  [[nodiscard]] const Tenant* tenant(std::string_view name) const { return tenants_.find(name); }
  [[nodiscard]] const Tenant* tenant(std::int64_t dbid) const { return tenants_.find(dbid); }
  [[nodiscard]] const TimeZone* time_zone(std::string_view name) const { return time_zones_.find(name); }
  [[nodiscard]] const TimeZone* time_zone(std::int64_t dbid) const { return time_zones_.find(dbid); }
  // nullptr also when the tz database of this machine does not know the object's zone.
  [[nodiscard]] const Zone* zone(std::int64_t tz_dbid) const;
  [[nodiscard]] const CallingList* list(std::string_view name) const { return lists_.find(name); }
  [[nodiscard]] const CallingList* list(std::int64_t dbid) const { return lists_.find(dbid); }
  [[nodiscard]] const Campaign* campaign(std::string_view name) const { return campaigns_.find(name); }
  [[nodiscard]] const Campaign* campaign(std::int64_t dbid) const { return campaigns_.find(dbid); }
  [[nodiscard]] const CampaignGroup* group(std::int64_t dbid) const { return groups_.find(dbid); }
  // Campaigns that use the list and have a group that is loaded.
  [[nodiscard]] std::span<const Campaign* const> loaded_campaigns_of(std::int64_t list_dbid) const;
  // Time-zone objects whose zone is not in the tz database, as sentences.
  [[nodiscard]] const std::vector<std::string>& problems() const { return problems_; }

 private:
  template <class T>
  class Lookup {
   public:
    // `all` stays where it is.
    explicit Lookup(const std::vector<T>& all) {
      for (const T& object : all) {
        by_dbid_.emplace(object.dbid, &object);
        by_name_.emplace(object.name, &object);
      }
    }
    [[nodiscard]] const T* find(std::int64_t dbid) const {
      auto found = by_dbid_.find(dbid);
      return found == by_dbid_.end() ? nullptr : found->second;
    }
    [[nodiscard]] const T* find(std::string_view name) const {
      auto found = by_name_.find(name);
      return found == by_name_.end() ? nullptr : found->second;
    }

   private:
    std::unordered_map<std::int64_t, const T*> by_dbid_;
    std::unordered_map<std::string_view, const T*> by_name_;
  };

  const Catalogue all_;
  const Lookup<Tenant> tenants_{all_.tenants};
  const Lookup<TimeZone> time_zones_{all_.time_zones};
  const Lookup<CallingList> lists_{all_.lists};
  const Lookup<Campaign> campaigns_{all_.campaigns};
  const Lookup<CampaignGroup> groups_{all_.groups};
  std::unordered_map<std::int64_t, Zone> zones_;
  std::unordered_map<std::int64_t, std::vector<const Campaign*>> loaded_campaigns_;  // by list
  std::vector<std::string> problems_;
};

}  // namespace outpost::supervisor
