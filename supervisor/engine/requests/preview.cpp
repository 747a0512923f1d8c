// PreviewRecordRequest: the next record of a campaign group. Source: ocs.md 3.3, 3.4, 4.6 [design].
//
// Order: callbacks of the agent who asks, callbacks of the campaign, then general records. Within each, the campaign's
// lists take turns by weight, and of a list's daily windows that are open now the one that closes first goes first.
#include <sys/random.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <vector>

#include "common/unicode.h"
#include "supervisor/engine/answers.h"
#include "supervisor/engine/chain_edit.h"
#include "supervisor/engine/open_windows.h"
#include "supervisor/engine/outward/bodies.h"
#include "supervisor/engine/outward/reports.h"
#include "supervisor/engine/requests/request.h"

namespace outpost::supervisor {

using protocol::AnswerId;
using protocol::DialMode;
using protocol::ErrorNumber;
using protocol::Event;
using protocol::GroupState;

namespace {

// Windows are made by clients, so one request looks into a limited number, per list and queue; where there are more,
// the next one goes on behind them.
constexpr std::uint32_t kPageWindows = 512;
constexpr std::size_t kPagesMax = 8;
// Records of listed contacts that one request takes out of the queue.
constexpr std::size_t kBlockedMax = 1000;

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

class Search {
 public:
  explicit Search(RequestContext& context) : context_(context), open_windows_(context.catalogue, context.now) {
    if (const std::string* agent = context.event.string("GSW_AGENT_ID")) agent_ = *agent;
  }

  Result<std::optional<Record>> find(ListTurns& turns, const Campaign& campaign) {
    using enum DialQueue;
    for (DialQueue queue : {personal_callbacks, campaign_callbacks, general}) {
      if (queue == personal_callbacks && agent_.empty()) continue;
      for (const auto& turn : turns.order()) {
        auto record = find_in(*turn.list, {turn.list->dbid, queue, agent_, campaign.dbid});
        if (!record) return pass(record);
        if (!*record) continue;
        turns.taken_from(*turn.list);
        return record;
      }
    }
    return std::optional<Record>();
  }
  [[nodiscard]] std::size_t blocked() const { return blocked_; }

 private:
  // Page after page of windows, from where the last search stopped to the end and then from the beginning.
  Result<std::optional<Record>> find_in(const CallingList& list, const DialKey& key) {
    auto cursor = context_.turns.cursor.find({key.list_dbid, key.queue});
    DialWindow after = cursor == context_.turns.cursor.end() ? kBeforeAllWindows : cursor->second;
    bool from_beginning = after == kBeforeAllWindows;
    for (std::size_t page = 0; page < kPagesMax; ++page) {
      auto windows = context_.store.windows(key, after, kPageWindows);
      if (!windows) return pass(windows);
      auto record = find_in(list, key, *windows);
      if (!record || *record) return record;
      bool end = windows->size() < kPageWindows;
      after = end ? kBeforeAllWindows : windows->back();
      if (!end) continue;
      if (from_beginning) break;
      from_beginning = true;
    }
    if (after != kBeforeAllWindows || cursor != context_.turns.cursor.end()) {
      context_.turns.cursor[{key.list_dbid, key.queue}] = after;
    }
    return std::optional<Record>();
  }

  Result<std::optional<Record>> find_in(const CallingList& list, const DialKey& key,
                                        const std::vector<DialWindow>& windows) {
    for (const DialWindow& window : open_windows_.among(windows)) {
      for (;;) {
        auto record = context_.store.first_due(key, window, context_.now);
        if (!record) return pass(record);
        if (!*record) break;
        auto listed = is_listed(context_.store, list, **record);
        if (!listed) return pass(listed);
        if (!*listed) return record;
        if (blocked_ >= kBlockedMax) return std::optional<Record>();
        if (auto done = block(**record); !done) return pass(done);
      }
    }
    return std::optional<Record>();
  }

  // A listed contact leaves the queue, so that it is met once and not at every request.
  Result<> block(const Record& record) {
    ++blocked_;
    Record after = record;
    apply(protocol::TransitionId::do_not_call, {}, context_.now, after);
    if (auto told = Reports(context_.store, context_).record_ending(record, after); !told) return told;
    return context_.store.update_record(record, after);
  }

  RequestContext& context_;
  std::string agent_;
  std::size_t blocked_ = 0;
  OpenWindows open_windows_;
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

// Not told to anybody as long as it is validated.
Result<Handle> retrieve(const RequestContext& context, const CampaignGroup& group, const Record& stored, Record& record,
                        bool validating) {
  auto number = context.store.take_ids(IdKind::handle, 1);
  if (!number) return pass(number);
  auto guid = new_guid();
  if (!guid) return pass(guid);

  Handle handle;
  handle.handle = *number;
  handle.record_id = record.record_id;
  handle.list_dbid = record.list_dbid;
  handle.campaign_dbid = group.campaign_dbid;
  handle.group_dbid = group.dbid;
  if (const std::string* agent = context.event.string("GSW_AGENT_ID")) handle.agent_id = *agent;
  handle.call_attempt_guid = std::move(*guid);
  handle.opened_at = context.now;
  handle.touched_at = context.now;
  handle.validating = validating;

  apply(protocol::TransitionId::retrieve, {}, context.now, record);
  record.handle = handle.handle;
  record.campaign_dbid = group.campaign_dbid;
  record.group_dbid = group.dbid;
  record.app_dbid = context.settings.application_dbid;
  auto chain = ChainEdit::load(context.store, stored);
  if (!chain) return pass(chain);
  chain->set(stored, record);
  chain->hold(handle.handle);
  if (auto saved = chain->save(context.store); !saved) return pass(saved);
  if (auto inserted = context.store.insert_handle(handle); !inserted) return pass(inserted);
  if (validating) return handle;
  auto told = Reports(context.store, context).attempt_started(handle, record);
  if (!told) return pass(told);
  return handle;
}

// --- Validating it ---------------------------------------------------------------------------------------------------

// A report of the call before that is not confirmed yet may change what the validator says.
Result<bool> is_racing(const RequestContext& context, const OutwardConfig& outward, const Record& record) {
  if (!switched_on(outward, OutwardKind::validation) || !switched_on(outward, OutwardKind::history)) return false;
  return context.store.has_outbox(record.list_dbid, record.chain_id, OutboxKind::history);
}

// It leaves the queue for a while, so that the search meets others.
Result<> postpone(const RequestContext& context, const OutwardConfig& outward, const Record& stored) {
  context.validations.count(ValidationEnd::race);
  Event result;
  result.add("GSW_CALL_RESULT", std::int64_t{outward.validation_race_condition_call_result});
  Record after = stored;
  apply(protocol::TransitionId::validation_failed, result, context.now, after);
  after.dial_sched_time = context.now + outward.validation_retry_delay;
  if (auto updated = context.store.update_record(stored, after); !updated) return updated;
  return Reports(context.store, context).record_changed(stored, after);
}

Step<std::optional<Record>> find_unracing(const RequestContext& context, const OutwardConfig& outward, Search& search,
                                          ListTurns& turns, const Campaign& campaign) {
  for (std::uint32_t postponed = 0; postponed < kRefusedMax; ++postponed) {
    auto stored = search.find(turns, campaign);
    if (!stored) return pass(stored);
    if (!*stored) return std::optional<Record>();
    auto racing = is_racing(context, outward, **stored);
    if (!racing) return pass(racing);
    if (!*racing) return std::move(*stored);
    if (auto done = postpone(context, outward, **stored); !done) return pass(done);
  }
  return refuse(ErrorNumber::timeout,
                "of {} records the report of the call before is not delivered yet; ask again for the next",
                kRefusedMax);
}

Step<RequestReply> ask_first(const RequestContext& context, const OutwardConfig& outward, const Subject& subject) {
  auto body = validation_body(context, subject);
  if (!body) return pass(body);
  std::uint32_t retries_max = retries(outward, OutwardKind::validation) ? outward.http_retry_max_attempts : 0;
  RequestReply reply;
  reply.validation = Validation{.handle = subject.handle->handle,
                                .url = outward.validation_uri,
                                .http_client = outward.validation_http_client,
                                .body = *std::move(body),
                                .tries = 1 + retries_max};
  const Record& record = *subject.record;
  std::int64_t tenant = subject.list->tenant_dbid;
  reply.validation->contacts.push_back({tenant, ContactKind::phone, record.contact_info});
  if (!is_blank(record.customer_id)) {
    reply.validation->contacts.push_back({tenant, ContactKind::customer_id, record.customer_id});
  }
  return reply;
}

}  // namespace

// Phone first; if it hits, the customer id is not looked at. Source: ocs.md 4.6.
Result<bool> is_listed(RecordStore& store, const CallingList& list, const Record& record) {
  auto phone = store.is_do_not_call(list.tenant_dbid, ContactKind::phone, record.contact_info);
  if (!phone || *phone || is_blank(record.customer_id)) return phone;
  return store.is_do_not_call(list.tenant_dbid, ContactKind::customer_id, record.customer_id);
}

Step<RequestReply> preview_record(RequestContext& context) {
  auto target = target_group(context);
  if (!target) return pass(target);
  if (auto dialing = check_dialing(*target->group); !dialing) return pass(dialing);
  if (const std::string* agent = context.event.string("GSW_AGENT_ID")) context.agent = *agent;

  const OutwardConfig outward = context.settings.outward.of(target->group);
  Subject subject{.campaign = target->campaign, .group = target->group};
  ListTurns turns(context.turns, context.catalogue, *target->campaign);
  Search search(context);
  auto stored = find_unracing(context, outward, search, turns, *target->campaign);
  if (!stored) return pass(stored);
  if (!*stored) {
    auto reply = reply_with(context, AnswerId::preview_record_empty, subject);
    if (reply) reply->changed = search.blocked() > 0;
    return reply;
  }
  Record record = **stored;
  bool validates = switched_on(outward, OutwardKind::validation);
  auto handle = retrieve(context, *target->group, **stored, record, validates);
  if (!handle) return pass(handle);
  subject.list = context.catalogue.list(record.list_dbid);
  subject.record = &record;
  subject.handle = &*handle;
  return validates ? ask_first(context, outward, subject) : reply_with(context, context.row.answer, subject);
}

}  // namespace outpost::supervisor
