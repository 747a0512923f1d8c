#include "supervisor/mobile/notification/notifications.h"

#include <algorithm>
#include <chrono>
#include <optional>
#include <utility>
#include <vector>

#include "common/digest.h"
#include "common/excerpt.h"
#include "common/json.h"
#include "supervisor/log_messages.h"
#include "supervisor/metrics/exposition.h"
#include "supervisor/mobile/notification/filter.h"
#include "supervisor/mobile/notification/message.h"

namespace outpost::supervisor::mobile {

namespace lm = log_messages;

using protocol::Call;
using protocol::CallReply;
using protocol::FetchOutcome;
using protocol::FetchReply;

namespace {

constexpr std::size_t kIdBytes = 16;
constexpr std::uint16_t kOk = 200;
constexpr const char* kNoSubscription = "There is no subscription with this id.";
constexpr const char* kTooMuch = "Too many notifications are on their way; nothing was published, do it later.";
constexpr std::string_view kNoContentType = "text/plain;charset=UTF-8";  // as of storage
constexpr const char* kNoIds = "The system has no random bytes to make an id of.";
constexpr std::string_view kTargetFull = "too much waits for its target";
// For the answer of a callback, beside the time for a connection: whoever answers later keeps a connection from others.
constexpr std::chrono::seconds kCallbackAnswerTime{10};
constexpr const char* kNoStore = "The store cannot be reached now; nothing was published, do it later.";

CallReply made_reply(std::string_view id) {
  return json_reply(JsonWriter().begin_object().member("id", id).end_object().take());
}

// --- On a store's thread ---------------------------------------------------------------------------------------------

std::string property(const Texts& properties, std::string_view name, std::string_view otherwise) {
  auto found = properties.find(name);
  return found == properties.end() ? std::string(otherwise) : found->second;
}

// An error is one of this row alone, which another version of this program may have written.
Result<Delivery> delivery_to(StateSubscription row, std::shared_ptr<const PublishedEvent> published) {
  auto type = from_word<PushType>(row.type);
  if (!type) return fail(Errc::unsupported, "this node knows no type \"{}\"", excerpt(row.type));
  auto properties = read_texts(row.properties);
  if (!properties) return fail(Errc::unsupported, "its properties are no JSON object of texts");
  Delivery made{std::move(published),
                std::move(row.id),
                *type,
                std::move(row.device),
                std::move(row.authorization),
                property(*properties, "language", ""),
                property(*properties, "event", kOrsEvent),
                {}};
  if (*type == PushType::orscb) made.session.id = made.device;
  return made;
}

// A session that a service of ours started has a server that knows it.
Result<> find_session(StateStore& store, Delivery& delivery) {
  if (delivery.type != PushType::orscb) return {};
  auto service = store.service(delivery.session.id);
  if (!service) return pass(service);
  if (!*service) return {};
  delivery.session.base = (*service)->ors_base;
  delivery.session.cookie = (*service)->ors_cookie;
  return {};
}

// --- What came of a try ----------------------------------------------------------------------------------------------

// A body means nothing: one that is too long, too slow or cut off changes nothing. Source: gms.md 3.4.
bool callback_took_it(const FetchReply& reply) {
  return reply.status == kOk && protocol::may_have_status(reply.outcome);
}

DeliveryQueue::End end_of(bool refused) { return refused ? DeliveryQueue::End::over : DeliveryQueue::End::failed; }

// Of the connections that all share: people wait for the answers of services, and for no delivery.
std::size_t connections_for_deliveries(const Config& config) {
  return std::max<std::size_t>(1, std::size_t{config.gms.max_connections_total} * 3 / 4);
}

std::string problem_of(const FetchReply& reply) {
  if (reply.outcome == FetchOutcome::answered) return fmt::format("the target answered {}", reply.status);
  return std::string(meaning_of(reply.outcome));
}

Localization read_texts_file(Log& log, const Config& config) {
  if (config.push.localization_file.empty()) return {};
  auto texts = Localization::load(config.push.localization_file);
  if (texts) return *std::move(texts);
  log.write(lm::kLocalizationUnread, "push.localizationFileLocation: {}; keys of texts are sent as they are",
            texts.error().text);
  return {};
}

std::uint64_t ms_of(std::chrono::milliseconds wait) { return static_cast<std::uint64_t>(wait.count()); }

}  // namespace

struct Notifications::Page {
  std::vector<Delivery> deliveries;
  std::vector<std::string> unreadable;  // each a sentence
  std::string last;
  bool is_last = true;
};

Notifications::Notifications(Loop& loop, Log& log, StateThreads& threads, StoreWatch& watch, Courier& courier,
                             OrsClient& ors, const Config& config, DeliveryWaits waits)
    : loop_(loop),
      log_(log),
      threads_(threads),
      watch_(watch),
      courier_(courier),
      ors_(ors),
      started_(config),
      types_(push_types(config)),
      waits_(waits),
      localization_(read_texts_file(log, config)),
      queue_(std::move(waits)),
      timer_(loop, [this] { loop_.at_end_of_turn(*this); }) {
  for (const std::string& sentence : types_.disabled) log_.write(lm::kPushTypeDisabled, "{}", sentence);
  use(config);
}

Notifications::~Notifications() { stop(); }

void Notifications::use(const Config& config) {
  queue_.set_room(config.gms.max_connections_per_route, connections_for_deliveries(config));
  callback_time_ = std::chrono::seconds(config.gms.connection_timeout) + kCallbackAnswerTime;
  loop_.at_end_of_turn(*this);
}

void Notifications::stop() {
  stopped_ = true;
  timer_.stop();
  cancel();
  for (const auto& [delivery, fetch] : fetches_) courier_.cancel(fetch);
  fetches_.clear();
  queue_.clear();
  events_.clear();
}

// --- Subscriptions ---------------------------------------------------------------------------------------------------

void Notifications::write(const std::string& key, std::function<Result<>(StateStore&, CallReply&)> work,
                          Respond respond) {
  auto reply = std::make_shared<CallReply>();
  auto apply = [reply, work = std::move(work)](StateStore& store) { return work(store, *reply); };
  auto done = [this, reply, respond](const Result<>& outcome) {
    watch_.note(outcome);
    respond(outcome ? std::move(*reply) : store_error_reply(outcome.error()));
  };
  if (!threads_.write(key, std::move(apply), std::move(done))) respond(queue_full_reply());
}

void Notifications::subscribe(const Call& call, Respond respond) {
  SubscriptionRules rules{.has_provider = [this](std::string_view name) { return has_provider(started_, name); },
                          .enabled = types_.enabled,
                          .default_time = std::chrono::seconds(started_.push.default_subscription_expiration),
                          .external = call.external};
  auto made = read_subscription(call.json, rules);
  if (!made) return respond(error_reply(made.error().status, made.error().text));
  auto random = random_bytes(kIdBytes);
  if (!random) return respond(error_reply(500, kNoIds));
  made->row.id = to_hex(*random);
  std::string key = made->row.id;
  auto work = [row = std::move(made->row), time = made->time](StateStore& store, CallReply& reply) {
    reply = made_reply(row.id);
    return store.put_subscription(row, time);
  };
  write(key, std::move(work), std::move(respond));
}

void Notifications::show(const Call& call, Respond respond) {
  const std::string& id = call.captures[0];
  if (!is_notification_id(id)) return respond(error_reply(404, kNoSubscription));
  auto reply = std::make_shared<CallReply>();
  auto apply = [reply, id](StateStore& store) -> Result<> {
    auto row = store.subscription(id);
    if (!row) return pass(row);
    *reply = *row ? json_reply(subscription_json(**row)) : error_reply(404, kNoSubscription);
    return {};
  };
  auto done = [this, reply, respond](const Result<>& outcome) {
    watch_.note(outcome);
    respond(outcome ? std::move(*reply) : store_error_reply(outcome.error()));
  };
  if (!threads_.read(id, std::move(apply), std::move(done))) respond(queue_full_reply());
}

void Notifications::unsubscribe(const Call& call, Respond respond) {
  const std::string& id = call.captures[0];
  if (!is_notification_id(id)) return respond(error_reply(404, kNoSubscription));
  auto work = [id](StateStore& store, CallReply& reply) -> Result<> {
    auto removed = store.remove_subscription(id);
    if (!removed) return pass(removed);
    reply = *removed ? text_reply(200, "", kNoContentType) : error_reply(404, kNoSubscription);
    return {};
  };
  write(id, std::move(work), std::move(respond));
}

// --- Events ----------------------------------------------------------------------------------------------------------

void Notifications::publish(const Call& call, const Respond& respond) {
  auto event = read_event(call.json);
  if (!event) return respond(error_reply(event.error().status, event.error().text));
  // Whoever is told so may publish elsewhere; what was taken is tried some times in the hope that the store comes back.
  if (watch_.away()) return respond(busy_reply(kNoStore));
  if (!takes_events()) return respond(busy_reply(kTooMuch));
  auto id = take(*std::move(event));
  respond(id ? made_reply(*id) : error_reply(500, kNoIds));
}

Result<std::string> Notifications::publish_event(std::string tag, std::string message_json,
                                                 std::string_view media_type) {
  auto event = make_event(std::move(tag), std::move(message_json), media_type);
  if (!event) return fail(Errc::invalid, "{}", event.error().text);
  if (stopped_) return fail(Errc::closed, "this node ends; nothing was published");
  if (!takes_events()) return fail(Errc::limit, "{}", kTooMuch);
  return take(*std::move(event));
}

bool Notifications::takes_events() const { return !stopped_ && !queue_.full() && events_.size() < kEventsMax; }

Result<std::string> Notifications::take(NotificationEvent event) {
  auto random = random_bytes(kIdBytes);
  if (!random) return pass(random);
  std::string id = to_hex(*random);
  Finding finding;
  finding.published = std::make_shared<const PublishedEvent>(PublishedEvent{id, std::move(event)});
  events_.emplace(++last_event_, std::move(finding));
  ++published_;
  loop_.at_end_of_turn(*this);
  return id;
}

void Notifications::at_turn_end() {
  if (stopped_) return;
  find_all();
  send_all();
  set_timer();
}

void Notifications::find_all() {
  for (auto& [number, finding] : events_) {
    // Each page that is read may bring more than there is room for; so no further one while there is none.
    if (finds_ >= kFindsMax || queue_.full()) return;
    if (!finding.busy && finding.due_ms <= loop_.now_ms()) find(number, finding);
  }
}

void Notifications::find(std::uint64_t number, Finding& finding) {
  auto page = std::make_shared<Page>();
  auto apply = [page, published = finding.published, after = finding.after](StateStore& store) -> Result<> {
    *page = {};
    auto rows = store.subscriptions_for(published->event.tag, after, kPageSize);
    if (!rows) return pass(rows);
    page->is_last = static_cast<std::int64_t>(rows->size()) < kPageSize;
    if (!rows->empty()) page->last = rows->back().id;
    for (StateSubscription& row : *rows) {
      if (!filter_matches(row.filter, published->event.tag)) continue;
      std::string id = row.id;
      auto delivery = delivery_to(std::move(row), published);
      if (!delivery) {
        page->unreadable.push_back(fmt::format("subscription {} is passed over: {}", id, delivery.error().text));
        continue;
      }
      if (auto found = find_session(store, *delivery); !found) return found;
      page->deliveries.push_back(*std::move(delivery));
    }
    return {};
  };
  auto done = [this, number, page](const Result<>& outcome) { found(number, *page, outcome); };
  finding.busy = threads_.read(finding.published->id, std::move(apply), std::move(done));
  if (finding.busy) {
    ++finds_;
  } else {
    not_found(number, finding, {Errc::busy, "too much waits for the store"});
  }
}

void Notifications::found(std::uint64_t number, Page& page, const Result<>& outcome) {
  --finds_;
  watch_.note(outcome);
  auto event = events_.find(number);
  if (event == events_.end()) return;
  Finding& finding = event->second;
  finding.busy = false;
  loop_.at_end_of_turn(*this);
  if (!outcome) return not_found(number, finding, outcome.error());
  for (const std::string& sentence : page.unreadable) log_.write(lm::kDeliveryGivenUp, "{}", sentence);
  for (Delivery& delivery : page.deliveries) {
    if (!queue_.add(delivery)) give_up(lm::kDeliveryGivenUp, delivery, 0, kTargetFull);
  }
  finding.failures = 0;
  finding.after = std::move(page.last);
  if (page.is_last) events_.erase(event);
}

// The store did not say who wants to hear of it.
void Notifications::not_found(std::uint64_t number, Finding& finding, const Error& error) {
  if (finding.failures < waits_.size()) {
    finding.due_ms = loop_.now_ms() + ms_of(waits_[finding.failures++]);
    return;
  }
  log_.write(lm::kEventLost, "event {} is not delivered any further, as its subscriptions cannot be read: {}",
             finding.published->id, error.text);
  // Not at once: find_all() may be walking over it.
  finding.busy = true;
  loop_.at_end_of_turn([this, number, alive = std::weak_ptr(alive_)] {
    if (!alive.expired()) events_.erase(number);
  });
}

// --- Deliveries ------------------------------------------------------------------------------------------------------

void Notifications::send_all() {
  while (auto number = queue_.begin(loop_.now_ms())) send(*number);
}

void Notifications::send(std::uint64_t number) {
  const Delivery& delivery = queue_.at(number);
  constexpr std::string_view kOfAnotherNode = "this node does not deliver this type";
  if (!types_.enabled.contains(delivery.type)) return unserved(number, kOfAnotherNode);
  switch (delivery.type) {
    case PushType::httpcb: return post(number, delivery);
    case PushType::orscb: return tell_session(number, delivery);
    case PushType::comet: return unserved(number, "no session");
    default: return unserved(number, kOfAnotherNode);
  }
}

void Notifications::post(std::uint64_t number, const Delivery& delivery) {
  MessageText message = message_text(delivery.published->event, delivery.language, localization_);
  FetchRequest request;
  request.method = "POST";
  request.url = delivery.device;
  request.headers.push_back(fmt::format("Content-Type: {}", message.content_type()));
  if (!delivery.authorization.empty()) request.headers.push_back("Authorization: " + delivery.authorization);
  request.body = std::move(message.text);
  request.time = callback_time_;
  fetches_[number] =
      courier_.fetch(std::move(request), [this, number](const FetchReply& reply) { answered(number, reply); });
}

void Notifications::tell_session(std::uint64_t number, const Delivery& delivery) {
  MessageText message = message_text(delivery.published->event, delivery.language, localization_);
  FormFields fields{{"tag", delivery.published->event.tag},
                    {"message", std::move(message.text)},
                    {"subscriptionId", delivery.subscription}};
  // The client may call back before it returns, and the delivery may be gone by then.
  const OrsSession session = delivery.session;
  const std::string name = delivery.ors_event;
  ors_.event(session, name, fields, [this, number, alive = std::weak_ptr(alive_)](OrsClient::Told told) {
    if (alive.expired() || stopped_) return;
    if (told == OrsClient::Told::taken) return delivered(number);
    bool refused = told == OrsClient::Told::refused;
    failed(number, end_of(refused), refused ? "ORS refuses it" : "ORS did not take it");
  });
}

void Notifications::answered(std::uint64_t number, const FetchReply& reply) {
  fetches_.erase(number);
  if (callback_took_it(reply)) return delivered(number);
  failed(number, end_of(is_refusal(reply)), problem_of(reply));
}

void Notifications::delivered(std::uint64_t number) {
  const Delivery& delivery = queue_.at(number);
  log_.write(lm::kDelivered, "event {} was delivered to subscription {} ({})", delivery.published->id,
             delivery.subscription, word_of(delivery.type));
  ++counts_.at(static_cast<std::size_t>(delivery.type)).sent;
  queue_.ended(number, DeliveryQueue::End::over, loop_.now_ms());
  loop_.at_end_of_turn(*this);
}

void Notifications::failed(std::uint64_t number, DeliveryQueue::End end, std::string_view why) {
  const Delivery delivery = queue_.at(number);  // what is over is forgotten there
  const std::size_t tries = queue_.tries(number);
  loop_.at_end_of_turn(*this);
  if (queue_.ended(number, end, loop_.now_ms())) return give_up(lm::kDeliveryGivenUp, delivery, tries, why);
  log_.write(lm::kDeliveryFailed, "event {} did not come to subscription {} ({}), try {}: {}", delivery.published->id,
             delivery.subscription, word_of(delivery.type), tries, why);
}

// As it is for all that have no session, or are another node's: no trouble, and not said as one.
void Notifications::unserved(std::uint64_t number, std::string_view why) {
  const Delivery delivery = queue_.at(number);
  loop_.at_end_of_turn(*this);
  queue_.ended(number, DeliveryQueue::End::over, loop_.now_ms());
  give_up(lm::kDeliveryFailed, delivery, 1, why);
}

void Notifications::give_up(LogMessage message, const Delivery& delivery, std::size_t tries, std::string_view why) {
  ++counts_.at(static_cast<std::size_t>(delivery.type)).failed;
  log_.write(message, "event {} is not delivered to subscription {} ({}), given up at try {}: {}",
             delivery.published->id, delivery.subscription, word_of(delivery.type), tries, why);
}

// What is due and could not be done waits for the end of something else, which asks for a turn.
void Notifications::set_timer() {
  std::optional<std::uint64_t> due = queue_.next_due_ms();
  std::uint64_t now = loop_.now_ms();
  for (const auto& [number, finding] : events_) {
    if (!finding.busy && finding.due_ms > now) due = std::min(due.value_or(finding.due_ms), finding.due_ms);
  }
  if (!due) return timer_.stop();
  timer_.start(std::chrono::milliseconds(*due > now ? *due - now : 0));
}

// --- Shown -----------------------------------------------------------------------------------------------------------

void Notifications::write_counters(JsonWriter& out) const {
  out.begin_object();
  for (std::size_t i = 0; i < counts_.size(); ++i) {
    auto type = static_cast<PushType>(i);
    const Counts& counts = counts_.at(i);
    bool shown = types_.enabled.contains(type) || counts.sent + counts.failed > 0;
    if (!shown) continue;
    out.key(word_of(type)).begin_object().member("sent", counts.sent).member("failed", counts.failed);
    out.member("waiting", std::uint64_t{queue_.size(type)}).end_object();
  }
  out.end_object();
}

void Notifications::write_metrics(MetricsWriter& out) const {
  auto& sent = out.counter("outpost_mobile_notifications", "Notifications by what came of them.");
  auto& waiting =
      out.gauge("outpost_mobile_notifications_waiting", "Notifications that are neither sent nor given up.");
  for (std::size_t i = 0; i < counts_.size(); ++i) {
    std::string_view type = word_of(static_cast<PushType>(i));
    sent.add({{"type", type}, {"outcome", "sent"}}, counts_.at(i).sent);
    sent.add({{"type", type}, {"outcome", "failed"}}, counts_.at(i).failed);
    waiting.add({{"type", type}}, std::uint64_t{queue_.size(static_cast<PushType>(i))});
  }
  out.counter("outpost_mobile_events", "Events that were taken for delivery.").add({}, published_);
  out.gauge("outpost_mobile_events_waiting", "Events whose subscriptions are not all found yet.")
      .add({}, std::uint64_t{events_.size()});
}

}  // namespace outpost::supervisor::mobile
