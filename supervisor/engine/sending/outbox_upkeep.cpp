// The outbox within its bounds, and what the log says of it.
#include <algorithm>
#include <limits>
#include <utility>

#include "supervisor/config/outward_texts.h"
#include "supervisor/engine/sending/outbox.h"
#include "supervisor/log_messages.h"

namespace outpost::supervisor {

namespace lm = log_messages;

namespace {

constexpr std::uint64_t kSurveyMs = 5'000;
// A count of a long outbox takes its time, and takes it from others: at most this part of it.
constexpr std::uint64_t kSurveyShare = 20;
constexpr std::uint32_t kTrimmedAtOnce = 1'000;
constexpr std::uint64_t kTellMs = 60'000;
constexpr std::int64_t kHour = 3'600;

bool is_due(const std::optional<std::uint64_t>& last_ms, std::uint64_t now_ms, std::uint64_t interval_ms) {
  return !last_ms || now_ms - *last_ms >= interval_ms;
}

std::uint64_t delivered_of(const Destination& destination) {
  return destination.deliveries[static_cast<std::size_t>(Delivery::delivered)];
}

}  // namespace

// --- Bounds ----------------------------------------------------------------------------------------------------------

void Outbox::survey() {
  std::uint64_t began_ms = loop_.now_ms();
  if (survey_due_ms_ && began_ms < *survey_due_ms_) return;
  survey_due_ms_ = std::numeric_limits<std::uint64_t>::max();
  for (auto& [name, destination] : destinations_) destination.delivered_then = delivered_of(destination);
  auto backlogs = std::make_shared<std::vector<OutboxBacklog>>();
  engine_.read(
      [backlogs](RecordStore& store) -> Result<std::string> {
        auto found = survey_outbox(store);
        if (!found) return pass(found);
        *backlogs = std::move(*found);
        return std::string();
      },
      [this, backlogs, began_ms, term = term_](const Result<std::string>& outcome) {
        if (term != term_) return;
        std::uint64_t now_ms = loop_.now_ms();
        survey_due_ms_ = now_ms + std::max(kSurveyMs, kSurveyShare * (now_ms - began_ms));
        if (outcome && running_) on_survey(*backlogs);
      });
}

void Outbox::on_survey(const std::vector<OutboxBacklog>& backlogs) {
  for (auto& [name, destination] : destinations_) destination.messages = destination.oldest_at = 0;
  const OutwardConfig& config = outward_.application();
  std::int64_t expire_before = clock_.now() - std::int64_t{config.outbox_retention} * kHour;
  for (const OutboxBacklog& backlog : backlogs) {
    Destination& destination = of(backlog.destination);
    destination.messages = backlog.messages;
    destination.oldest_at = backlog.oldest_at;
    std::int64_t surplus = backlog.messages - std::int64_t{config.outbox_max_messages};
    if (surplus > 0 || (backlog.messages > 0 && backlog.oldest_at < expire_before)) trim(backlog.destination, surplus);
  }
  prune();
}

void Outbox::trim(const std::string& name, std::int64_t surplus) {
  if (std::ranges::find(trimming_, name) != trimming_.end()) return;
  trimming_.push_back(name);
  // What was delivered since they were counted is no surplus any more.
  Destination& destination = of(name);
  std::uint64_t delivered = delivered_of(destination);
  surplus -= static_cast<std::int64_t>(delivered - std::exchange(destination.delivered_then, delivered));
  std::int64_t expire_before = clock_.now() - std::int64_t{outward_.application().outbox_retention} * kHour;
  auto trimmed = std::make_shared<OutboxTrimmed>();
  engine_.write(
      [trimmed, name, surplus, expire_before](RecordStore& store) -> Result<std::string> {
        auto done = trim_outbox(store, name, expire_before, surplus, kTrimmedAtOnce);
        if (!done) return pass(done);
        *trimmed = std::move(*done);
        return std::string();
      },
      [this, trimmed, name, surplus, term = term_](const Result<std::string>& outcome) {
        if (term != term_) return;
        std::erase(trimming_, name);
        if (outcome) on_trimmed(name, surplus, *trimmed);
      });
}

void Outbox::on_trimmed(const std::string& name, std::int64_t surplus, const OutboxTrimmed& trimmed) {
  Destination& destination = of(name);
  forget(destination, trimmed.expired);
  forget(destination, trimmed.surplus);
  give_up(destination, GivenUp::retention, trimmed.expired.size());
  give_up(destination, GivenUp::maximum, trimmed.surplus.size());
  tell_given_up(name, destination);
  std::size_t removed = trimmed.expired.size() + trimmed.surplus.size();
  if (removed == kTrimmedAtOnce && running_) trim(name, surplus - static_cast<std::int64_t>(removed));
}

// What neither the configuration nor the store has any more.
void Outbox::prune() {
  std::erase_if(destinations_, [](const auto& one) {
    const Destination& destination = one.second;
    return !destination.address && destination.messages == 0 && destination.paused_at == 0 &&
           destination.lanes.known() == 0 && destination.lanes.in_flight() == 0;
  });
}

void Outbox::dropped(const std::string& name, const std::vector<std::int64_t>& ids) {
  Destination& destination = of(name);
  forget(destination, ids);
  give_up(destination, GivenUp::dropped, ids.size());
}

void Outbox::forget(Destination& destination, const std::vector<std::int64_t>& ids) {
  for (std::int64_t id : ids) {
    destination.lanes.drop(id);
    if (looking_) forgotten_.insert(id);
  }
  destination.messages = std::max<std::int64_t>(0, destination.messages - static_cast<std::int64_t>(ids.size()));
  plan();
}

void Outbox::give_up(Destination& destination, GivenUp reason, std::size_t messages) {
  auto at = static_cast<std::size_t>(reason);
  destination.given_up[at] += messages;
  destination.untold[at] += messages;
}

// --- The log ---------------------------------------------------------------------------------------------------------

// A line when a destination begins to fail and one when it takes messages again; where good and bad take turns, not
// each of them.
void Outbox::tell_failing(const std::string& name, Destination& destination) {
  std::uint64_t now_ms = loop_.now_ms();
  if (destination.failing_told || !is_due(destination.failing_told_ms, now_ms, kTellMs)) return;
  destination.failing_told = true;
  destination.failing_told_ms = now_ms;
  log_.write(lm::kOutboxFails, "outbox: {} at {} does not take messages: {}; they are kept and sent again", name,
             destination.address ? shown_http_url(destination.address->url) : "no address", destination.problem);
}

void Outbox::tell_works(const std::string& name, Destination& destination) {
  destination.problem.clear();
  if (!std::exchange(destination.failing_told, false)) return;
  log_.write(lm::kOutboxWorks, "outbox: {} takes messages again", name);
}

// What was dropped by a command is in the audit.
void Outbox::tell_given_up(const std::string& name, Destination& destination) {
  destination.untold[static_cast<std::size_t>(GivenUp::dropped)] = 0;
  std::uint64_t attempts = destination.untold[static_cast<std::size_t>(GivenUp::attempts)];
  std::uint64_t expired = destination.untold[static_cast<std::size_t>(GivenUp::retention)];
  std::uint64_t surplus = destination.untold[static_cast<std::size_t>(GivenUp::maximum)];
  std::uint64_t now_ms = loop_.now_ms();
  if (attempts + expired + surplus == 0 || !is_due(destination.given_up_told_ms, now_ms, kTellMs)) return;
  destination.given_up_told_ms = now_ms;
  destination.untold = {};
  log_.write(lm::kOutboxGivenUp,
             "outbox: {} messages for {} were given up: {} after their last attempt (http-retry-max-attempts, "
             "http-retry-applies-to), {} after outbox-retention, {} beyond outbox-max-messages",
             attempts + expired + surplus, name, attempts, expired, surplus);
}

}  // namespace outpost::supervisor
