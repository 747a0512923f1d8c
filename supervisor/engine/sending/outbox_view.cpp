// How the outbox stands: for outpostctl, the status and scrapers.
#include <algorithm>
#include <array>
#include <functional>
#include <limits>
#include <map>

#include "common/json.h"
#include "supervisor/config/outward_texts.h"
#include "supervisor/engine/sending/outbox.h"
#include "supervisor/metrics/exposition.h"

namespace outpost::supervisor {

namespace {

// Campaign groups with addresses of their own are as many as somebody makes: the first so many have series of their
// own.
constexpr std::size_t kSeriesMax = 64;
constexpr std::string_view kOthers = "others";
constexpr double kMicroseconds = 1e-6;

// Of one destination, or of all others. A supervisor that is not primary knows nothing of what waits.
struct Figures {
  std::int64_t messages = 0;
  std::int64_t oldest_at = std::numeric_limits<std::int64_t>::max();
  bool paused = false;
  std::array<std::uint64_t, kDeliveryWords.size()> deliveries{};
  std::array<std::uint64_t, kGivenUpWords.size()> given_up{};

  void add(const Destination& one, bool primary) {
    auto plus = [](auto& sums, const auto& numbers) {
      std::ranges::transform(sums, numbers, sums.begin(), std::plus<>());
    };
    plus(deliveries, one.deliveries);
    plus(given_up, one.given_up);
    if (!primary) return;
    messages += one.messages;
    if (one.oldest_at != 0) oldest_at = std::min(oldest_at, one.oldest_at);
    paused = paused || one.paused_at != 0;
  }
};

}  // namespace

Outbox::View Outbox::view(std::string_view name) const {
  View view;
  auto found = destinations_.find(name);
  if (found == destinations_.end()) {
    if (running_) view.standing = OutboxStanding::idle;
    return view;
  }
  const Destination& destination = found->second;
  if (destination.address) view.address = shown_http_url(destination.address->url);
  if (!running_) return view;
  view.in_flight = destination.lanes.in_flight();
  view.problem = destination.problem;
  std::uint64_t now_ms = loop_.now_ms();
  auto due = destination.lanes.next_due_ms();
  std::uint64_t at = std::max(due.value_or(0), destination.due_ms);
  if (destination.paused_at != 0) {
    view.standing = OutboxStanding::paused;
  } else if (!destination.address) {
    view.standing = OutboxStanding::no_address;
  } else if (due && view.in_flight == 0 && at > now_ms) {
    view.standing = OutboxStanding::waiting;
    view.until = clock_.now() + static_cast<std::int64_t>((at - now_ms + 999) / 1'000);
  } else {
    view.standing = destination.lanes.known() == 0 ? OutboxStanding::idle : OutboxStanding::sending;
  }
  return view;
}

std::vector<std::string> Outbox::destinations() const {
  std::vector<std::string> names;
  for (const auto& [name, destination] : destinations_) names.push_back(name);
  return names;
}

// --- Commands --------------------------------------------------------------------------------------------------------

std::size_t Outbox::retry(std::string_view name) {
  std::uint64_t now_ms = loop_.now_ms();
  std::size_t sooner = 0;
  for (auto& [known, destination] : destinations_) {
    if (!name.empty() && known != name) continue;
    if (!destination.address || destination.paused_at != 0) continue;
    destination.due_ms = 0;
    destination.lanes.retry_all(now_ms);
    sooner += destination.lanes.known();
  }
  plan();
  return sooner;
}

std::string Outbox::retry_message(const OutboxMessage& message) {
  auto found = destinations_.find(message.destination);
  if (found == destinations_.end() || !found->second.address) return "has no address";
  Destination& destination = found->second;
  if (destination.paused_at != 0) return "is paused; outpostctl outbox resume takes that back";
  if (!destination.lanes.retry(message.message_id, loop_.now_ms())) return "has others that go before it";
  destination.due_ms = 0;
  plan();
  return "";
}

void Outbox::set_paused(const std::string& name, std::int64_t paused_at) {
  of(name).paused_at = paused_at;
  pauses_changed_ = looking_;
  look();
  plan();
}

// --- Status and metrics ----------------------------------------------------------------------------------------------

void Outbox::write_status(JsonWriter& out) const {
  out.key("outbox").begin_array();
  for (const auto& [name, destination] : destinations_) {
    View now = view(name);
    out.begin_object().member("destination", name).member("address", now.address);
    out.member("standing", word_of(now.standing)).member("messages", destination.messages);
    out.member("oldest_at", destination.oldest_at).member("in_flight", std::uint64_t{now.in_flight});
    if (now.until != 0) out.member("until", now.until);
    if (!now.problem.empty()) out.member("problem", now.problem);
    out.end_object();
  }
  out.end_array();
}

void Outbox::write_metrics(MetricsWriter& out) const {
  // These are always there, so that a rule can tell nothing to send from nothing measured.
  std::map<std::string_view, Figures> series{{word_of(OutwardKind::history), {}},
                                             {word_of(OutwardKind::contact_processed), {}}};
  for (const auto& [name, destination] : destinations_) {
    bool own = series.contains(name) || name.find('@') == std::string::npos || series.size() < kSeriesMax;
    series[own ? std::string_view(name) : kOthers].add(destination, running_);
  }
  MetricFamily& messages = out.gauge("outpost_outbox_messages", "Messages that wait for their destination.");
  MetricFamily& oldest = out.gauge("outpost_outbox_oldest_seconds", "Age of the oldest of them; 0: there is none.");
  MetricFamily& paused = out.gauge("outpost_outbox_paused", "Whether somebody has paused the destination.");
  MetricFamily& deliveries =
      out.counter("outpost_outbox_deliveries", "Attempts to deliver a message, by what came of it.");
  MetricFamily& given_up = out.counter("outpost_outbox_given_up", "Messages that are not sent any more, by why.");
  std::int64_t now = clock_.now();
  for (const auto& [name, figures] : series) {
    messages.add({{"destination", name}}, figures.messages);
    bool any = figures.oldest_at != std::numeric_limits<std::int64_t>::max();
    oldest.add({{"destination", name}}, any ? std::max<std::int64_t>(0, now - figures.oldest_at) : 0);
    paused.add({{"destination", name}}, figures.paused);
    for (std::size_t i = 0; i < figures.deliveries.size(); ++i) {
      deliveries.add({{"destination", name}, {"outcome", kDeliveryWords[i]}}, figures.deliveries[i]);
    }
    for (std::size_t i = 0; i < figures.given_up.size(); ++i) {
      given_up.add({{"destination", name}, {"reason", kGivenUpWords[i]}}, figures.given_up[i]);
    }
  }
  out.histogram("outpost_outbox_delivery_duration_seconds", "Time until a destination has answered.")
      .add({}, BucketCounts{kDeliveryTimes, durations_.counts(), durations_.sum(), kMicroseconds});
}

}  // namespace outpost::supervisor
