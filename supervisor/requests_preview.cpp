// PreviewRecordRequest: the next record of a campaign group. Source: ocs.md 3.3, 3.4, 4.6 [design].
//
// Order: callbacks of the agent who asks, callbacks of the campaign, then general records. Within each, the campaign's
// lists take turns by weight, and of a list's daily windows that are open now the one that closes first goes first.
#include <sys/random.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <unordered_map>
#include <vector>

#include "supervisor/requests.h"

namespace outpost::supervisor {

using protocol::DialMode;
using protocol::ErrorNumber;
using protocol::Event;
using protocol::GroupState;

namespace {

// Windows that one request looks into, per list and queue. Where more are open at once, each request begins behind the
// windows of the one before.
constexpr std::size_t kWindowsMax = 512;

struct Target {
  const CampaignGroup* group;
  const Campaign* campaign;
};

Step<Target> target_group(const RequestContext& context) {
  auto tenant = named_tenant(context);
  if (!tenant) return pass(tenant);
  const CampaignGroup* group = context.catalogue.group(*context.event.integer("GSW_CAMPAIGN_GROUP_DBID"));
  if (!group) return refuse(ErrorNumber::campaign_group_not_found, "no campaign group has this DBID");
  const Campaign* campaign = context.catalogue.campaign(group->campaign_dbid);
  if (!campaign) return refuse(ErrorNumber::campaign_not_found, "the campaign of this group is not in the catalogue");
  if (*tenant && (*tenant)->dbid != campaign->tenant_dbid) {
    return refuse(ErrorNumber::campaign_group_not_found, "the tenant has no campaign group of this DBID");
  }
  auto named = named_campaign(context);
  if (!named) return pass(named);
  if (*named && *named != campaign) {
    return refuse(ErrorNumber::contradicting_target, "GSW_CAMPAIGN_NAME must be the campaign of the group, or absent");
  }
  return Target{group, campaign};
}

Step<> check_dialing(const CampaignGroup& group) {
  if (!is_loaded(group.state)) {
    return refuse(ErrorNumber::campaign_not_loaded, "the campaign group is not loaded; its state is {}",
                  protocol::group_states().name_of(static_cast<std::int32_t>(group.state)));
  }
  if (group.state != GroupState::running) {
    return refuse(ErrorNumber::campaign_not_running, "the campaign group is loaded but not running; its state is {}",
                  protocol::group_states().name_of(static_cast<std::int32_t>(group.state)));
  }
  if (group.mode != DialMode::preview && group.mode != DialMode::push_preview) {
    return refuse(ErrorNumber::wrong_dial_mode,
                  "the campaign group must dial in Preview or PushPreview; its mode is {}",
                  protocol::dial_modes().name_of(static_cast<std::int32_t>(group.mode)));
  }
  return {};
}

// --- Which record ----------------------------------------------------------------------------------------------------

// Smooth weighted round robin: every list earns its weight, the one with most credit goes first and pays what all
// earned. Lists behind it in the order are asked when it has nothing.
class ListTurns {
 public:
  ListTurns(PreviewTurns& turns, const CatalogueIndex& catalogue, const Campaign& campaign)
      : turns_(turns), campaign_(campaign) {
    for (const CampaignList& entry : campaign.lists) {
      const CallingList* list = catalogue.list(entry.list_dbid);
      if (list && list->enabled) order_.push_back({list, credit(entry.list_dbid) + entry.weight});
      weights_ += list && list->enabled ? entry.weight : 0;
    }
    std::ranges::stable_sort(order_, std::greater<>{}, &Turn::credit);
  }

  struct Turn {
    const CallingList* list;
    std::int64_t credit;
  };
  [[nodiscard]] const std::vector<Turn>& order() const { return order_; }

  // Only a record that was found moves the turn on.
  void taken_from(const CallingList& list) {
    for (const Turn& turn : order_) {
      credit(turn.list->dbid) = turn.credit - (turn.list == &list ? weights_ : 0);
    }
  }

 private:
  // Bounded, so that a list that has been empty for long does not get all turns once it is filled.
  std::int64_t& credit(std::int64_t list_dbid) {
    std::int64_t& credit = turns_.credit[{campaign_.dbid, list_dbid}];
    credit = std::clamp<std::int64_t>(credit, -kCreditMax, kCreditMax);
    return credit;
  }
  static constexpr std::int64_t kCreditMax = 1000;

  PreviewTurns& turns_;
  const Campaign& campaign_;
  std::vector<Turn> order_;
  std::int64_t weights_ = 0;
};

struct OpenWindow {
  DialWindow window;
  std::int32_t seconds_left;
};

class Search {
 public:
  explicit Search(RequestContext& context) : context_(context) {
    if (const std::string* agent = context.event.string("GSW_AGENT_ID")) agent_ = *agent;
  }

  Result<std::optional<Record>> find(ListTurns& turns) {
    using enum DialQueue;
    for (DialQueue queue : {personal_callbacks, campaign_callbacks, general}) {
      if (queue == personal_callbacks && agent_.empty()) continue;
      for (const auto& turn : turns.order()) {
        auto record = find_in(*turn.list, queue);
        if (!record) return record;
        if (!*record) continue;
        turns.taken_from(*turn.list);
        return record;
      }
    }
    return std::optional<Record>();
  }

 private:
  Result<std::optional<Record>> find_in(const CallingList& list, DialQueue queue) {
    // Only personal callbacks belong to an agent.
    std::string_view agent = queue == DialQueue::personal_callbacks ? std::string_view(agent_) : std::string_view();
    auto windows = context_.store.windows(list.dbid, queue, agent);
    if (!windows) return fail(std::move(windows.error()));
    for (const OpenWindow& open : open_now(*windows)) {
      auto record = context_.store.first_due(list.dbid, queue, agent, open.window, context_.now);
      if (!record || *record) return record;
    }
    return std::optional<Record>();
  }

  std::vector<OpenWindow> open_now(const std::vector<DialWindow>& windows) {
    std::vector<OpenWindow> open;
    for (const DialWindow& window : windows) {
      std::int32_t second = second_of_day(window.tz_dbid);
      if (second >= window.daily_from && second < window.daily_till)
        open.push_back({window, window.daily_till - second});
    }
    std::ranges::stable_sort(open, {}, &OpenWindow::seconds_left);
    if (open.size() > kWindowsMax) {
      std::size_t& shift = context_.turns.window_shift;
      std::rotate(open.begin(), open.begin() + static_cast<std::ptrdiff_t>(shift % open.size()), open.end());
      shift = (shift + kWindowsMax) % open.size();
      open.resize(kWindowsMax);
    }
    return open;
  }

  // -1, which no window holds, for a zone that this machine does not know.
  std::int32_t second_of_day(std::int64_t tz_dbid) {
    auto [entry, fresh] = second_of_day_.emplace(tz_dbid, -1);
    const Zone* zone = fresh ? context_.catalogue.zone(tz_dbid) : nullptr;
    if (zone) entry->second = zone->at(context_.now).second_of_day;
    return entry->second;
  }

  RequestContext& context_;
  std::string agent_;
  std::unordered_map<std::int64_t, std::int32_t> second_of_day_;  // by time zone, now
};

// --- Taking it -------------------------------------------------------------------------------------------------------

Result<std::string> new_guid() {
  std::array<unsigned char, 16> random{};
  if (getrandom(random.data(), random.size(), 0) != static_cast<ssize_t>(random.size())) {
    return fail_errno(errno, "cannot get random bytes");
  }
  std::string hex;
  for (unsigned char byte : random) hex += fmt::format("{:02X}", byte);
  return hex;
}

Result<Handle> retrieve(const RequestContext& context, const CampaignGroup& group, Record& record) {
  auto number = context.store.take_ids(IdKind::handle, 1);
  if (!number) return fail(std::move(number.error()));
  auto guid = new_guid();
  if (!guid) return fail(std::move(guid.error()));

  Handle handle;
  handle.handle = *number;
  handle.record_id = record.record_id;
  handle.list_dbid = record.list_dbid;
  handle.campaign_dbid = group.campaign_dbid;
  handle.group_dbid = group.dbid;
  if (const std::string* agent = context.event.string("GSW_AGENT_ID")) handle.agent_id = *agent;
  handle.call_attempt_guid = std::move(*guid);
  handle.opened_at = context.now;

  record.record_status = static_cast<std::int32_t>(protocol::RecordStatus::retrieved);
  record.handle = handle.handle;
  record.campaign_dbid = group.campaign_dbid;
  record.group_dbid = group.dbid;
  record.app_dbid = context.settings.application_dbid;
  if (auto updated = context.store.update_record(record); !updated) return fail(std::move(updated.error()));
  if (auto inserted = context.store.insert_handle(handle); !inserted) return fail(std::move(inserted.error()));
  return handle;
}

Result<Event> describe(const RequestContext& context, const Target& target, const Record& record,
                       const Handle& handle) {
  const CallingList* list = context.catalogue.list(record.list_dbid);
  const TimeZone* zone_object = context.catalogue.time_zone(record.tz_dbid);
  const Zone* zone = context.catalogue.zone(record.tz_dbid);
  Event answer = begin_answer(context, "PreviewRecord", target.campaign, list);
  answer.add("GSW_RECORD_HANDLE", handle.handle);
  answer.add("GSW_PHONE", record.contact_info);
  answer.add("GSW_CHAIN_ID", record.chain_id);
  if (zone) answer.add("GSW_TZ_OFFSET", std::int64_t{zone->at(context.now).offset_seconds});
  answer.add("GSW_CALL_RESULT", std::int64_t{record.call_result});
  answer.add("GSW_ATTEMPTS", std::int64_t{record.attempt});
  answer.add("GSW_CALL_ATTEMPT_GUID", handle.call_attempt_guid);

  std::string base = context.settings.record_uri_base ? context.settings.record_uri_base() : std::string();
  if (!base.empty()) answer.add("GSW_RECORD_URI", fmt::format("{}/records/{}", base, handle.handle));
  answer.add("GSW_CAMPAIGN_GROUP_NAME", target.group->name);
  answer.add("GSW_CAMPAIGN_GROUP_DBID", target.group->dbid);
  answer.add("GSW_CALLING_LIST_DBID", list->dbid);
  answer.add("GSW_PHONE_TYPE", std::int64_t{record.contact_info_type});
  if (zone_object) answer.add("GSW_TZ_NAME", zone_object->name);
  answer.add("GSW_FROM", std::int64_t{record.daily_from});
  answer.add("GSW_UNTIL", std::int64_t{record.daily_till});
  answer.add("GSW_RECORD_TYPE", std::int64_t{record.record_type});
  answer.add("GSW_RECORD_STATUS", std::int64_t{record.record_status});
  answer.add("GSW_CHAIN_N", std::int64_t{record.chain_n});
  if (!record.customer_id.empty()) answer.add("GSW_CUSTOMER_ID", record.customer_id);
  if (!record.agent_id.empty()) answer.add("GSW_AGENT_ID", record.agent_id);
  if (record.dial_sched_time != 0 && zone) answer.add("GSW_DATE_TIME", zone->format(record.dial_sched_time));
  if (auto added = add_custom(record, answer); !added) return fail(std::move(added.error()));
  return answer;
}

}  // namespace

Step<RequestReply> preview_record(RequestContext& context) {
  auto target = target_group(context);
  if (!target) return pass(target);
  if (auto dialing = check_dialing(*target->group); !dialing) return pass(dialing);

  ListTurns turns(context.turns, context.catalogue, *target->campaign);
  auto record = Search(context).find(turns);
  if (!record) return pass(record);
  if (!*record) {
    return RequestReply{begin_answer(context, "PreviewRecordEmpty", target->campaign, nullptr), false};
  }
  auto handle = retrieve(context, *target->group, **record);
  if (!handle) return pass(handle);
  auto answer = describe(context, *target, **record, *handle);
  if (!answer) return pass(answer);
  return RequestReply{std::move(*answer)};
}

}  // namespace outpost::supervisor
