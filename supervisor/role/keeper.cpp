#include "supervisor/role/keeper.h"

#include <fmt/core.h>

#include <utility>

#include "common/json.h"
#include "supervisor/log_messages.h"
#include "supervisor/role/status.h"

namespace outpost::supervisor {

namespace lm = log_messages;
using std::chrono::milliseconds;
using Haste = RoleDuties::Haste;
using Standing = LeaseWatch::Standing;

namespace {

// A look is three short reads. A supervisor without redundancy looks for its status only.
constexpr milliseconds kLookInterval{100};
constexpr milliseconds kLookIntervalAlone{1'000};
// While a switch is under way: what the two sides wait for one another is part of the gap.
constexpr milliseconds kLookIntervalSwitching{5};

}  // namespace

RoleKeeper::RoleKeeper(Loop& loop, Log& log, const Clock& clock, RoleDuties& duties,
                       std::unique_ptr<StoppedPrimary> stopped_primary, Settings settings, Preferences preferences,
                       LeaseThread::Open open)
    : loop_(loop),
      log_(log),
      duties_(duties),
      stopped_primary_(std::move(stopped_primary)),
      settings_(std::move(settings)),
      preferences_(preferences),
      leases_(loop, std::move(open)),
      self_(clock, settings_.name, settings_.host),
      lookout_(loop, log, leases_, self_.row(), settings_.lease_time, [this](bool seen) { looked(seen); }),
      peers_(self_, lookout_, settings_.lease_time),
      announcement_(loop, log, leases_, self_),
      taking_(loop, log, leases_, settings_.lease_time),
      renewal_(loop, duties, {settings_.lease_time, settings_.renewal_interval},
               {.fenced = [this](const Error& error) { fenced(error); },
                .overdue = [this](const std::string& reason) { overdue(reason); }}),
      switch_over_(loop, log, leases_, self_, lookout_, peers_),
      look_timer_(loop, [this] { tick(); }) {}

void RoleKeeper::start_as_backup() {
  log_.write(lm::kRole, "role: backup, as {}", settings_.name);
  adjust_pace();
  tick();
}

void RoleKeeper::start_as_primary(std::int64_t epoch) {
  self_.set_epoch(epoch);
  apply(RoleEvent::told_primary, "no redundancy is configured");
  start_serving();
  adjust_pace();
  tick();
}

// --- The role, and what is looked at ---------------------------------------------------------------------------------

bool RoleKeeper::apply(RoleEvent event, const std::string& reason) {
  auto before = self_.change(event, reason);
  if (!before) return false;
  log_.write(lm::kRole, "role: {} after {}, epoch {}: {}", to_string(role()), to_string(*before), epoch(), reason);
  announcement_.hasten();
  adjust_pace();
  duties_.role_changed(role(), *before);
  return true;
}

void RoleKeeper::adjust_pace() {
  bool asked = role() == Role::primary && !lookout_.lease().wanted_by.empty();
  bool switching = switch_over_.under_way() || switch_over_.is_wanted() || asked;
  milliseconds pace = switching ? kLookIntervalSwitching : kLookInterval;
  look_timer_.start(settings_.redundant ? pace : kLookIntervalAlone);
}

void RoleKeeper::tick() {
  look_now();
  if (may_announce() && announcement_.is_due()) announce();
  if (serving_unsaid_ && role() == Role::primary) say_serving();
  switch_over_.give_up_in_time();
}

void RoleKeeper::look_now() {
  adjust_pace();
  lookout_.look();
}

void RoleKeeper::looked(bool seen) {
  if (seen) follow();
  settle();
}

// Whoever started this supervisor waits to hear that it is backup, or serves.
void RoleKeeper::settle() {
  if (taking_.under_way() || std::exchange(settled_, true)) return;
  if (role() == Role::backup) duties_.role_changed(role(), role());
}

void RoleKeeper::follow() {
  const Lease& lease = lookout_.lease();
  announcement_.look_out_for_namesake(peers_.member(settings_.name));
  if (stopping_) return;
  bool another_has_it = !lease.holder.empty() && lease.instance != self().instance;
  // Our release raised the epoch by one; a look may miss a short term of another, but not what it did to the epoch.
  if (another_has_it || lease.epoch > epoch() + 1) aside_ = false;
  if (another_has_it) switch_over_.another_has_lease();
  if (role() == Role::backup) consider();
  if (role() == Role::primary && another_has_it && lease.epoch > epoch()) {
    fenced(Error{Errc::fenced,
                 fmt::format("{} took the lease (epoch {}, ours is {})", lease.holder, lease.epoch, epoch())});
  }
  if (role() == Role::primary && switch_over_.follow_wish()) look_now();
  if (switch_over_.follow() == SwitchOver::Next::hand_over) {
    step_down(RoleEvent::switch_away, Haste::planned, fmt::format("switched to {}", switch_over_.to()));
  }
  adjust_pace();
}

// A stopped primary may keep the store locked, and taking over had then to wait behind an announcement: who is about to
// take over keeps still. Nobody else does, or those who wait to be told would seem to be absent.
bool RoleKeeper::may_announce() const {
  if (role() != Role::backup || lookout_.lease().holder.empty()) return true;
  if (!takes_by_itself() && !switch_over_.told_primary()) return true;
  return lookout_.unchanged_for() < settings_.lease_time / 2;
}

void RoleKeeper::announce() {
  if (announcement_.under_way()) return;
  if (role() == Role::backup && !self_.problem().empty()) self_.set_problem(duties_.obstacle());
  announcement_.send();
}

// --- Backup: taking the lease ----------------------------------------------------------------------------------------

bool RoleKeeper::is_our_turn(Standing standing) const {
  bool by_itself = takes_by_itself();
  bool told = switch_over_.told_primary() || switch_over_.is_wanted();
  switch (standing) {
    case Standing::free:
      if (told) return true;
      return by_itself && (!preferences_.prefers_backup || lookout_.unchanged_for() >= settings_.lease_time);
    case Standing::ours:
    case Standing::expired: return told || by_itself;
    case Standing::unknown:
    case Standing::reserved:
    case Standing::held: return false;
  }
  return false;
}

void RoleKeeper::consider() {
  Standing standing = lookout_.standing();
  const Lease& lease = lookout_.lease();
  bool wished = standing == Standing::held && switch_over_.is_wanted();
  if (wished && self().ready_for != lease.epoch) get_ready();
  // What it got ready with is of a switch, and of no later one.
  if (!switch_over_.is_wanted()) self_.set_ready_for(0);
  if (!taking_.may_begin() || !is_our_turn(standing)) return;
  std::string reason(to_string(switch_over_.told_primary() ? RoleEvent::told_primary : RoleEvent::lease_free));
  if (standing == Standing::expired) reason = fmt::format("the lease of {} has run out", lease.holder);
  if (switch_over_.is_wanted()) reason = "switched to this one";
  take(reason);
}

void RoleKeeper::get_ready() {
  self_.set_problem(duties_.obstacle());
  if (self_.problem().empty()) self_.set_ready_for(lookout_.lease().epoch);
  announcement_.hasten();
  announce();
}

void RoleKeeper::take(const std::string& why) {
  // Who got ready for this by a switch has looked already. A lease that was given back has the next epoch.
  bool ready = self().ready_for != 0 && lookout_.lease().epoch <= self().ready_for + 1;
  if (!ready) self_.set_problem(duties_.obstacle());
  if (!self_.problem().empty()) return taking_.cannot(self_.problem());
  taking_.begin(lookout_.lease(), self(), [this, why](const Taking::Outcome& epoch) {
    taken(epoch, why);
    settle();
  });
}

void RoleKeeper::taken(const Taking::Outcome& epoch, const std::string& why) {
  if (epoch && *epoch) {
    self_.set_epoch(**epoch);
    apply(switch_over_.told_primary() ? RoleEvent::told_primary : RoleEvent::lease_free, why);
    return start_serving();
  }
  // Otherwise somebody was faster, or the primary is back: the next look tells.
  if (!epoch) {
    const Member* holder = peers_.holder_of(taking_.from());
    bool ended = holder && stopped_primary_->end(*holder);
    if (!ended) taking_.cannot("the lease could not be taken: " + epoch.error().text);
  }
  say_stopped();
}

void RoleKeeper::start_serving() {
  duties_.start_serving(epoch(), [this](const Result<>& outcome) { started(outcome); });
}

void RoleKeeper::started(const Result<>& outcome) {
  if (!outcome) {
    self_.set_problem(outcome.error().text);
    leases_.run([epoch = epoch()](LeaseStore& store) { return store.release(epoch, "", milliseconds(0)); },
                [](const Result<>&) {});
    return start_failed(outcome.error().text);
  }
  aside_ = false;
  self_.set_ready_for(0);
  apply(RoleEvent::store_open, self().reason);
  // A lease that nobody but us could take needs no renewal, and so a store that is at rest no sync.
  if (settings_.redundant) renewal_.begin(epoch(), taking_.sent_ms());
  switch_over_.has_started();
  if (stopping_) step_down(RoleEvent::stopping, Haste::planned, "the process ends");
}

void RoleKeeper::start_failed(const std::string& reason) {
  taking_.cannot_serve();
  apply(RoleEvent::cannot_start, reason);
  say_stopped();
}

void RoleKeeper::ports_taken() {
  if (const Member* holder = peers_.holder_of(taking_.from())) stopped_primary_->free_ports(*holder);
}

// --- Primary: serving and giving back --------------------------------------------------------------------------------

void RoleKeeper::overdue(const std::string& reason) {
  if (settings_.stay_primary) return;
  if (role() == Role::draining) return duties_.stop_serving(Haste::hurried, nullptr);
  step_down(RoleEvent::renewal_overdue, Haste::hurried, reason);
}

void RoleKeeper::fenced(const Error& error) {
  if (settings_.stay_primary) return;
  if (role() == Role::draining) return duties_.stop_serving(Haste::hurried, nullptr);
  if (role() != Role::primary) return;
  log_.write(lm::kFenced, "{}", error.text);
  step_down(RoleEvent::lease_lost, Haste::hurried, error.text);
}

void RoleKeeper::step_down(RoleEvent event, Haste haste, const std::string& reason) {
  std::uint64_t closed_ms = loop_.now_ms();
  if (!apply(event, reason)) return;
  duties_.stop_serving(
      haste, [this, closed_ms, give_back = event != RoleEvent::lease_lost] { drained(give_back, closed_ms); });
}

void RoleKeeper::drained(bool give_back, std::uint64_t closed_ms) {
  renewal_.stop();
  auto closed_ago = milliseconds(loop_.now_ms() - closed_ms);
  auto release = [epoch = epoch(), successor = switch_over_.successor(), closed_ago](LeaseStore& store) {
    return store.release(epoch, successor, closed_ago);
  };
  bool sent = give_back && leases_.run(release, [this](const Result<>& outcome) { released(outcome); });
  if (!sent) released({});
}

void RoleKeeper::released(const Result<>& outcome) {
  if (!outcome) {
    log_.write(lm::kNotReleased, "the lease could not be given back and runs out by itself: {}", outcome.error().text);
  }
  switch_over_.released();
  apply(RoleEvent::drained, self().reason);
  if (auto respond = std::exchange(backup_respond_, nullptr)) respond(std::string());
  say_stopped();
}

std::string RoleKeeper::problem() const {
  if (!lookout_.is_readable()) return "the lease cannot be read";
  return self_.problem().empty() ? "" : "it could not become primary; its status says why";
}

void RoleKeeper::note_not_serving(const std::string& problem) {
  self_.set_problem(problem);
  announcement_.hasten();
}

void RoleKeeper::note_serving() {
  self_.set_problem("");
  serving_unsaid_ = true;
  say_serving();
}

// Whoever waits for a switch waits for this.
void RoleKeeper::say_serving() {
  bool sent = leases_.run([epoch = epoch()](LeaseStore& store) { return store.note_serving(epoch, milliseconds(0)); },
                          [this, epoch = epoch()](const Result<>& outcome) {
                            if (!outcome && epoch == self_.epoch()) serving_unsaid_ = true;
                          });
  serving_unsaid_ = !sent;
}

void RoleKeeper::stop(std::function<void()> stopped) {
  stopping_ = true;
  stopped_ = std::move(stopped);
  switch_over_.cancel("this outpostd stops");
  if (role() == Role::primary) return step_down(RoleEvent::stopping, Haste::planned, "the process ends");
  if (role() != Role::backup || taking_.under_way()) return;
  loop_.at_end_of_turn([this] { say_stopped(); });
}

void RoleKeeper::say_stopped() {
  if (auto stopped = std::exchange(stopped_, nullptr)) stopped();
}

// --- What a person asks for ------------------------------------------------------------------------------------------

void RoleKeeper::switch_to(std::string to, milliseconds timeout, Asker asker, Respond respond) {
  if (!settings_.redundant) {
    return respond(fail(Errc::invalid, "redundancy.enabled is off: there is no other supervisor to switch to"));
  }
  if (switch_over_.ask_for(std::move(to), timeout, std::move(asker), std::move(respond))) look_now();
}

void RoleKeeper::become_primary(milliseconds timeout, Asker asker, Respond respond) {
  if (role() == Role::primary) {
    return respond(JsonWriter().begin_object().member("role", "primary").end_object().take());
  }
  switch_to(settings_.name, timeout, std::move(asker), std::move(respond));
}

void RoleKeeper::become_backup(Respond respond) {
  std::string done = JsonWriter().begin_object().member("role", "backup").end_object().take();
  if (!settings_.redundant) return respond(fail(Errc::invalid, "redundancy.enabled is off: nobody else could serve"));
  if (role() == Role::backup) return respond(done);
  if (role() != Role::primary) {
    return respond(fail(Errc::busy, "this supervisor is {}; try again in a moment", to_string(role())));
  }
  aside_ = true;
  backup_respond_ = [respond = std::move(respond), done](Result<std::string> outcome) {
    respond(outcome ? done : std::move(outcome));
  };
  step_down(RoleEvent::told_backup, Haste::planned, std::string(to_string(RoleEvent::told_backup)));
}

void RoleKeeper::write_status(JsonWriter& out) const { write_role_status(out, self_, lookout_, settings_.redundant); }

void RoleKeeper::write_metrics(MetricsWriter& out) const {
  write_role_metrics(out, self_, lookout_, settings_.redundant);
}

}  // namespace outpost::supervisor
