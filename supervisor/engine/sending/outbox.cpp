#include "supervisor/engine/sending/outbox.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "supervisor/log_messages.h"

namespace outpost::supervisor {

namespace lm = log_messages;
using std::chrono::milliseconds;

namespace {

constexpr milliseconds kTick{1'000};
constexpr milliseconds kUntriedWait{1'000};
constexpr std::size_t kInFlightMax = 64;  // of one destination
// Answered, and not yet written: while the store does not take it, nothing more is sent.
constexpr std::size_t kUnsettledMax = 4'096;
constexpr std::size_t kSettledAtOnce = 1'000;
constexpr std::uint64_t kGroupsAgeMs = 5'000;

bool is_of_group(std::string_view destination) { return destination.find('@') != std::string_view::npos; }

std::uint64_t after(std::uint64_t now_ms, milliseconds wait) {
  return now_ms + static_cast<std::uint64_t>(wait.count());
}

}  // namespace

// --- Life ------------------------------------------------------------------------------------------------------------

Outbox::Outbox(Loop& loop, Log& log, EngineThreads& engine, std::function<Courier&()> courier, const Clock& clock,
               const Config& config)
    : loop_(loop),
      log_(log),
      engine_(engine),
      courier_(std::move(courier)),
      clock_(clock),
      outward_(Outward::of(config)),
      tick_(loop, [this] { on_tick(); }),
      due_timer_(loop, [this] { pump(); }),
      grace_timer_(loop, [this] { cancel_all(); }),
      random_(static_cast<std::minstd_rand::result_type>(steady_us())) {
  engine_.on_outbox([this] { look(); });
}

void Outbox::start() {
  cancel_all();
  ++term_;
  running_ = true;
  looking_ = look_again_ = reads_fail_ = settling_ = settle_later_ = false;
  pauses_changed_ = false;
  forgotten_.clear();
  pending_ = {};
  trimming_.clear();
  // Counters go on; what was known of messages may be old.
  for (auto& [name, destination] : destinations_) {
    destination.lanes = {};
    destination.failures = 0;
    destination.due_ms = 0;
    ++destination.round;
  }
  groups_read_ms_.reset();
  survey_due_ms_.reset();
  find_addresses();
  tick_.start_repeating(kTick);
  look();
  survey();
}

void Outbox::stop(milliseconds grace) {
  if (!running_) return grace.count() == 0 ? cancel_all() : void();
  running_ = false;
  tick_.stop();
  due_timer_.stop();
  if (grace.count() > 0) return grace_timer_.start(grace);
  cancel_all();
}

// Nobody knows whether it came: it stays, and is sent again.
void Outbox::cancel_all() {
  grace_timer_.stop();
  for (const auto& [id, flight] : std::exchange(flights_, {})) courier_().cancel(flight.number);
}

void Outbox::end() {
  cancel_all();
  if (pending_.size() == 0) return;
  auto rest = std::make_shared<OutboxSettled>(std::exchange(pending_, {}));
  engine_.write(
      [rest](RecordStore& store) -> Result<std::string> {
        auto settled = settle_outbox(store, *rest);
        if (!settled) return pass(settled);
        return std::string();
      },
      [](const Result<std::string>&) {});
}

void Outbox::abandon() {
  cancel_all();
  pending_ = {};
}

void Outbox::use(const Config& config) {
  outward_ = Outward::of(config);
  groups_read_ms_.reset();
  find_addresses();
  plan();
}

void Outbox::on_tick() {
  settle_later_ = false;
  for (auto& [name, destination] : destinations_) tell_given_up(name, destination);
  look();
  survey();
  plan();
}

void Outbox::at_turn_end() {
  pump();
  settle();
}

// --- What there is to send -------------------------------------------------------------------------------------------

Destination& Outbox::of(const std::string& name) {
  auto [found, is_new] = destinations_.try_emplace(name);
  if (is_new) found->second.address = address_of(name, outward_, groups_);
  return found->second;
}

// Those that the configuration has are there before they have messages.
void Outbox::find_addresses() {
  for (const WebhookConfig& webhook : outward_.webhooks()) {
    if (!webhook.url.empty()) of(destination_of(webhook));
  }
  for (OutwardKind kind : {OutwardKind::history, OutwardKind::contact_processed}) {
    if (switched_on(outward_.application(), kind)) of(destination_of(kind, outward_, nullptr));
  }
  for (auto& [name, destination] : destinations_) {
    auto address = address_of(name, outward_, groups_);
    if (address == destination.address) continue;
    destination.address = std::move(address);
    destination.failures = 0;
    destination.due_ms = 0;
    ++destination.round;
    destination.lanes.retry_all(loop_.now_ms());
  }
}

void Outbox::look() {
  if (!running_) return;
  look_again_ = looking_;
  if (std::exchange(looking_, true)) return;
  std::uint64_t now_ms = loop_.now_ms();
  std::vector<OutboxWant> wants;
  bool any_of_group = false;
  for (auto& [name, destination] : destinations_) {
    any_of_group = any_of_group || is_of_group(name);
    if (!destination.address || destination.paused_at != 0) continue;
    if (destination.lanes.room() > 0) destination.more = false;  // until this look has found some
    wants.push_back({name, destination.lanes.last_id(), destination.lanes.room(), destination.lanes.wanted(now_ms)});
  }
  bool groups = any_of_group && (!groups_read_ms_ || now_ms - *groups_read_ms_ >= kGroupsAgeMs);
  auto seen = std::make_shared<OutboxSeen>();
  engine_.read(
      [seen, wants = std::move(wants), groups](RecordStore& store) -> Result<std::string> {
        auto read = look_into_outbox(store, wants, groups);
        if (!read) return pass(read);
        *seen = std::move(*read);
        return std::string();
      },
      [this, seen, term = term_](const Result<std::string>& outcome) {
        if (term != term_) return;
        looking_ = false;
        if (!running_) return;
        if (!outcome) return read_failed(outcome.error());
        on_seen(std::move(*seen));
      });
}

// The next tick looks again.
void Outbox::read_failed(const Error& error) {
  look_again_ = false;
  if (std::exchange(reads_fail_, true)) return;
  log_.write(lm::kOutboxUnread, "the outbox cannot be read, nothing is sent until it can: {}", error.text);
}

void Outbox::on_seen(OutboxSeen seen) {
  reads_fail_ = false;
  if (seen.groups) {
    groups_ = std::move(*seen.groups);
    groups_read_ms_ = loop_.now_ms();
  }
  std::size_t known = destinations_.size();
  for (const std::string& name : seen.destinations) of(name);
  if (seen.groups) find_addresses();
  bool more = std::exchange(look_again_, false) || !seen.messages.empty() || destinations_.size() > known;
  if (std::exchange(pauses_changed_, false)) {
    more = true;
  } else {
    take_pauses(seen.pauses);
  }
  take_messages(seen);
  plan();
  if (more) look();
}

void Outbox::take_pauses(const std::vector<OutboxPause>& pauses) {
  for (auto& [name, destination] : destinations_) {
    auto pause = std::ranges::find(pauses, name, &OutboxPause::destination);
    destination.paused_at = pause == pauses.end() ? 0 : pause->paused_at;
  }
}

void Outbox::take_messages(OutboxSeen& seen) {
  std::uint64_t now_ms = loop_.now_ms();
  for (OutboxMessage& message : seen.messages) {
    if (forgotten_.contains(message.message_id)) continue;
    Destination& destination = of(message.destination);
    destination.more = true;
    destination.lanes.add(std::move(message), now_ms);
  }
  forgotten_.clear();
  for (OutboxMessage& message : seen.bodies) {
    Destination& destination = of(message.destination);
    destination.lanes.load(std::move(message));
  }
  for (const auto& [name, id] : seen.gone) of(name).lanes.drop(id);
}

// --- Sending ---------------------------------------------------------------------------------------------------------

bool Outbox::may_begin(const Destination& destination, std::uint64_t now_ms) const {
  if (!running_ || !destination.address || destination.paused_at != 0 || destination.due_ms > now_ms) return false;
  if (pending_.size() >= kUnsettledMax) return false;
  return destination.lanes.in_flight() < (destination.failures > 0 ? 1 : kInFlightMax);
}

void Outbox::pump() {
  std::uint64_t now_ms = loop_.now_ms();
  for (auto& [name, destination] : destinations_) {
    while (may_begin(destination, now_ms)) {
      const OutboxMessage* message = destination.lanes.begin(now_ms);
      if (!message) break;
      begin(name, destination, *message);
    }
  }
  if (running_) await_next(now_ms);
}

void Outbox::begin(const std::string& name, Destination& destination, const OutboxMessage& message) {
  std::int64_t id = message.message_id;
  Flight& flight = flights_[id];
  flight = {name, 0, destination.round, steady_us()};
  auto request = request_of(message, *destination.address, clock_.now());
  if (!request) {
    Flight begun = std::move(flight);
    flights_.erase(id);
    return settle_one(destination, begun, id, {Delivery::refused, "its secret " + request.error().text, {}});
  }
  auto done = [this, id](const protocol::FetchReply& reply) { on_reply(id, reply); };
  flight.number = courier_().fetch(*std::move(request), std::move(done));
}

// What is due and lacks its body is read first; the rest waits for its time.
void Outbox::await_next(std::uint64_t now_ms) {
  std::optional<std::uint64_t> next;
  bool lacking = false;
  for (const auto& [name, destination] : destinations_) {
    bool room = destination.lanes.room() >= kWindowMessages / 2;
    lacking = lacking || (destination.more && room && may_begin(destination, now_ms));
    auto due = destination.lanes.next_due_ms();
    if (!due || !destination.address || destination.paused_at != 0) continue;
    std::uint64_t at = std::max(*due, destination.due_ms);
    if (at > now_ms) {
      next = std::min(next.value_or(at), at);
    } else {
      lacking = lacking || (may_begin(destination, now_ms) && !destination.lanes.wanted(now_ms).empty());
    }
  }
  if (next) due_timer_.start(milliseconds(*next - now_ms));
  if (lacking && !looking_) look();
}

void Outbox::on_reply(std::int64_t id, const protocol::FetchReply& reply) {
  auto found = flights_.find(id);
  if (found == flights_.end()) return;
  Flight flight = std::move(found->second);
  flights_.erase(found);
  auto destination = destinations_.find(flight.destination);
  if (destination == destinations_.end()) return;
  if (reply.outcome == protocol::FetchOutcome::answered) durations_.add(steady_us() - flight.began_us);
  settle_one(destination->second, flight, id, judge(reply, clock_.now()));
}

void Outbox::settle_one(Destination& destination, const Flight& flight, std::int64_t id, Judged judged) {
  ++destination.deliveries[static_cast<std::size_t>(judged.delivery)];
  plan();
  if (judged.delivery == Delivery::delivered) {
    destination.lanes.delivered(id, loop_.now_ms());
    pending_.removed.push_back(id);
    // Those that are under way since before may fail yet: it has been reached all the same.
    if (destination.failures > 0) ++destination.round;
    destination.failures = 0;
    destination.due_ms = 0;
    return tell_works(flight.destination, destination);
  }
  if (judged.delivery == Delivery::untried) return untried(destination, id);
  destination.problem = judged.problem;
  tell_failing(flight.destination, destination);
  judged.delivery == Delivery::refused ? refused(destination, id, std::move(judged))
                                       : unreachable(destination, flight, id, std::move(judged));
}

milliseconds Outbox::wait_of(const Judged& judged, int failures) {
  if (judged.retry_after) return *judged.retry_after;
  return backoff(failures, std::uniform_real_distribution(0.0, 1.0)(random_));
}

void Outbox::refused(Destination& destination, std::int64_t id, Judged judged) {
  milliseconds wait = wait_of(judged, destination.lanes.failures(id) + 1);
  note_failed(destination, destination.lanes.failed(id, std::move(judged.problem), after(loop_.now_ms(), wait)));
}

// A message that itself makes its receiver break off waits for as long as it has failed, while others fare well.
void Outbox::unreachable(Destination& destination, const Flight& flight, std::int64_t id, Judged judged) {
  std::uint64_t now_ms = loop_.now_ms();
  if (flight.round == destination.round) {
    ++destination.failures;
    ++destination.round;
    destination.due_ms = after(now_ms, wait_of(judged, destination.failures));
  }
  int failures = std::max(destination.failures, destination.lanes.failures(id) + 1);
  std::uint64_t due_ms = std::max(destination.due_ms, after(now_ms, wait_of(judged, failures)));
  note_failed(destination, destination.lanes.failed(id, std::move(judged.problem), due_ms));
}

// It is no fault of the destination's, and the log has a line of its own for whose it is.
void Outbox::untried(Destination& destination, std::int64_t id) {
  std::uint64_t due_ms = after(loop_.now_ms(), kUntriedWait);
  destination.due_ms = std::max(destination.due_ms, due_ms);
  destination.lanes.returned(id, due_ms);
}

// Of one without an address any more nothing says how often.
bool Outbox::goes_again(const Destination& destination, const OutboxMessage& message) const {
  if (!destination.address) return true;
  const OutwardConfig& config = outward_.application();
  if (!retries(config, destination.address->kind)) return false;
  std::uint32_t most = config.http_retry_max_attempts;
  return most == 0 || static_cast<std::uint32_t>(message.attempts) <= most;
}

void Outbox::note_failed(Destination& destination, const OutboxMessage* message) {
  if (!message) return;
  std::int64_t id = message->message_id;
  if (goes_again(destination, *message)) {
    pending_.notes.push_back({id, message->attempts, message->problem});
    return;
  }
  pending_.removed.push_back(id);
  destination.lanes.drop(id);
  give_up(destination, GivenUp::attempts, 1);
}

// --- What came of it -------------------------------------------------------------------------------------------------

void Outbox::settle() {
  if (settling_ || settle_later_ || pending_.size() == 0) return;
  auto settled = std::make_shared<OutboxSettled>();
  auto take = [](auto& from, auto& to) {
    auto end = from.begin() + static_cast<std::ptrdiff_t>(std::min(from.size(), kSettledAtOnce));
    to.assign(std::move_iterator(from.begin()), std::move_iterator(end));
    from.erase(from.begin(), end);
  };
  take(pending_.notes, settled->notes);
  take(pending_.removed, settled->removed);
  settling_ = true;
  engine_.write(
      [settled](RecordStore& store) -> Result<std::string> {
        auto done = settle_outbox(store, *settled);
        if (!done) return pass(done);
        return std::string();
      },
      [this, settled, term = term_](const Result<std::string>& outcome) {
        if (term != term_) return;
        settling_ = false;
        if (!outcome) return put_back(std::move(*settled));
        if (pending_.size() > 0) plan();
      });
}

// In their order, at the next tick: the store says by itself that it fails.
void Outbox::put_back(OutboxSettled settled) {
  settle_later_ = true;
  std::ranges::move(pending_.removed, std::back_inserter(settled.removed));
  std::ranges::move(pending_.notes, std::back_inserter(settled.notes));
  pending_ = std::move(settled);
}

}  // namespace outpost::supervisor
