// The status of a campaign group as other servers are told of it: what there is to tell, and the body. Source: ocs.md
// 6.7.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/error.h"
#include "supervisor/engine/outward/outward.h"
#include "supervisor/store/record_store.h"

namespace outpost::supervisor {

// What a status tells of. Assumption: the words are ours [design], ocs.md 6.7 names the occasions only.
enum class GroupEvent : std::uint8_t { loaded, started, stopped, unloaded, mode_changed, periodic };
inline constexpr std::array<std::string_view, 6> kGroupEventWords{"Loaded",   "Started",     "Stopped",
                                                                  "Unloaded", "ModeChanged", "Periodic"};
constexpr std::span<const std::string_view> words_of(GroupEvent) { return kGroupEventWords; }

struct GroupStanding {
  protocol::GroupState state = protocol::GroupState::not_loaded;
  protocol::DialMode mode = protocol::DialMode::preview;
  bool operator==(const GroupStanding&) const = default;
};

struct GroupChange {
  GroupEvent event = GroupEvent::periodic;
  GroupStanding standing;  // as it was by then
  bool operator==(const GroupChange&) const = default;
};

// What must have happened between two looks, in its order; at most two. Of one that is not loaded nothing but that it
// was unloaded.
std::vector<GroupChange> changes_between(const GroupStanding& before, const GroupStanding& now);

// What a body says of a group beside its standing.
struct GroupStatus {
  std::string tenant;  // empty when it is not known
  std::string campaign;
  std::string name;
  std::int64_t dbid = 0;
  // Of the records that it was the last to dial: those that were answered, and those with the result of a call.
  std::int64_t answered = 0;
  std::int64_t called = 0;
  // Where it goes, and the contact-center id.
  std::string url;
  std::string http_client;
  std::string tenant_ccid;
};

std::string group_status_body(const GroupStatus& status, const GroupChange& change);

struct SeenGroup {
  std::int64_t dbid = 0;
  GroupStanding standing;
  std::optional<GroupStatus> status;  // of those whose options switch it on
};
// All groups as they are now. On the reader's thread.
Result<std::vector<SeenGroup>> see_groups(RecordStore& store, const Outward& outward);
// What is told of this one by these options, whether they switch it on or not.
GroupStatus group_status(const CampaignGroup& group, const Catalogue& catalogue, std::span<const Statistic> statistics,
                         const OutwardConfig& options);

}  // namespace outpost::supervisor
