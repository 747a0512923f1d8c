#include "supervisor/engine/sending/group_states.h"

#include <algorithm>
#include <utility>

#include "supervisor/engine/catalogue.h"
#include "supervisor/log_messages.h"
#include "supervisor/metrics/exposition.h"

namespace outpost::supervisor {

namespace lm = log_messages;

namespace {

// Nobody reads what is answered.
constexpr std::size_t kStatusAnswerBytesMax = 64 * 1024;
constexpr std::uint16_t kSuccessFrom = 200;
constexpr std::uint16_t kSuccessTill = 299;

std::shared_ptr<const Outward> outward_of_all(const Config& config) {
  return std::make_shared<const Outward>(config.application.outward, config.webhooks);
}

std::chrono::seconds interval_of(const Config& config) {
  return std::chrono::seconds(config.application.outward.campaigngroup_states_interval);
}

}  // namespace

GroupStates::GroupStates(Loop& loop, Log& log, EngineThreads& engine, Courier& courier, const Config& config)
    : log_(log),
      engine_(engine),
      courier_(courier),
      outward_(outward_of_all(config)),
      interval_(interval_of(config)),
      timer_(loop, [this] {
        // Where nothing is told, nothing is read: whatever changes that is looked at when it does.
        if (any_told_of_ || !seen_ || unread_) look(true);
      }) {}

void GroupStates::use(const Config& config) {
  outward_ = outward_of_all(config);
  auto interval = interval_of(config);
  bool changed = std::exchange(interval_, interval) != interval;
  if (period_ == 0) return;
  if (changed) timer_.start_repeating(interval_);
  look(false);
}

void GroupStates::start() {
  period_ = ++periods_;
  timer_.start_repeating(interval_);
  look(true);
}

void GroupStates::stop() {
  period_ = 0;
  timer_.stop();
  for (auto& [dbid, group] : groups_) {
    if (group.under_way) courier_.cancel(group.fetch);
  }
  groups_.clear();
  ready_.clear();
  under_way_ = 0;
  seen_ = any_told_of_ = look_again_ = periodic_again_ = false;
}

// --- Looking ---------------------------------------------------------------------------------------------------------

void GroupStates::look(bool periodic) {
  if (period_ == 0) return;
  if (looking_) {
    look_again_ = true;
    periodic_again_ = periodic_again_ || periodic;
    return;
  }
  looking_ = true;
  auto all = std::make_shared<std::vector<SeenGroup>>();
  auto read = [all, outward = outward_](RecordStore& store) -> Result<std::string> {
    auto seen = see_groups(store, *outward);
    if (!seen) return pass(seen);
    *all = std::move(*seen);
    return std::string();
  };
  engine_.read(std::move(read), [this, all, periodic, period = period_](const Result<std::string>& outcome) {
    looking_ = false;
    unread_ = !outcome;
    if (outcome && period == period_) take(std::move(*all), periodic);
    if (std::exchange(look_again_, false)) look(std::exchange(periodic_again_, false));
  });
}

void GroupStates::take(std::vector<SeenGroup> all, bool periodic) {
  bool news = std::exchange(seen_, true);
  any_told_of_ = std::ranges::any_of(all, [](const SeenGroup& one) { return one.status.has_value(); });
  for (SeenGroup& one : all) take(std::move(one), periodic, news);
  send_waiting();
}

void GroupStates::take(SeenGroup seen, bool periodic, bool news) {
  Group& group = groups_[seen.dbid];
  GroupStanding before = std::exchange(group.standing, seen.standing);
  if (!seen.status) return group.waiting.clear();
  group.status = *std::move(seen.status);
  if (news) {
    for (const GroupChange& change : changes_between(before, group.standing)) put(seen.dbid, group, change);
  }
  if (periodic && is_loaded(group.standing.state)) {
    put(seen.dbid, group, {GroupEvent::periodic, group.standing});
  }
}

void GroupStates::put(std::int64_t dbid, Group& group, const GroupChange& change) {
  // A server that takes longer than the interval is not sent the same twice at a time.
  bool periodic = change.event == GroupEvent::periodic;
  bool waits = std::ranges::find(group.waiting, GroupEvent::periodic, &GroupChange::event) != group.waiting.end();
  if (periodic && (waits || (group.under_way && group.event == GroupEvent::periodic))) {
    return count(Outcome::left_out);
  }
  if (group.waiting.size() == kWaitingMax) {
    group.waiting.pop_front();
    count(Outcome::left_out);
  }
  group.waiting.push_back(change);
  if (group.waiting.size() == 1 && !group.under_way) ready_.push_back(dbid);
}

// --- Sending ---------------------------------------------------------------------------------------------------------

// One at a time of a group, so that its changes arrive in their order.
void GroupStates::send_waiting() {
  while (under_way_ < kUnderWayMax && !ready_.empty()) {
    std::int64_t dbid = ready_.front();
    ready_.pop_front();
    Group& group = groups_[dbid];
    // What waited may have been let go of since, and come again.
    if (!group.under_way && !group.waiting.empty()) send(dbid, group);
  }
}

void GroupStates::send(std::int64_t dbid, Group& group) {
  GroupChange change = group.waiting.front();
  group.waiting.pop_front();
  group.under_way = true;
  group.event = change.event;
  ++under_way_;
  bool periodic = change.event == GroupEvent::periodic;
  log_.write(periodic ? lm::kGroupStatusPeriodic : lm::kGroupStatusSent,
             "status of campaign group \"{}\" (DBID {}) sent: {}", group.status.name, dbid, word_of(change.event));
  FetchRequest request = status_request(group.status, change);
  group.fetch = courier_.fetch(std::move(request), [this, dbid](const auto& reply) { answered(dbid, reply); });
}

void GroupStates::answered(std::int64_t dbid, const protocol::FetchReply& reply) {
  Group& group = groups_[dbid];
  group.under_way = false;
  --under_way_;
  bool has_answer = reply.outcome == protocol::FetchOutcome::answered;
  bool taken = has_answer && reply.status >= kSuccessFrom && reply.status <= kSuccessTill;
  count(taken ? Outcome::delivered : has_answer ? Outcome::refused : Outcome::failed);
  if (!taken) {
    log_.write(lm::kGroupStatusNotTaken, "status of campaign group \"{}\" (DBID {}) was not taken: {}{}",
               group.status.name, dbid, word_of(reply.outcome), has_answer ? fmt::format(" {}", reply.status) : "");
  }
  if (!group.waiting.empty()) ready_.push_back(dbid);
  send_waiting();
}

FetchRequest status_request(const GroupStatus& status, const GroupChange& change) {
  FetchRequest request;
  request.client = status.http_client;
  request.method = "POST";
  request.url = status.url;
  request.headers = {"Content-Type: application/json"};
  request.body = group_status_body(status, change);
  request.answer_bytes_max = kStatusAnswerBytesMax;
  return request;
}

void GroupStates::write_metrics(MetricsWriter& out) const {
  MetricFamily& sent =
      out.counter("outpost_campaign_group_states", "Statuses of campaign groups, by what came of them.");
  for (std::size_t i = 0; i < kOutcomeWords.size(); ++i) sent.add({{"outcome", kOutcomeWords[i]}}, outcomes_[i]);
}

}  // namespace outpost::supervisor
