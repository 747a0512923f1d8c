#include "supervisor/role_keeper.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <utility>

#include "common/clock.h"
#include "common/digest.h"
#include "common/json.h"
#include "common/version.h"
#include "supervisor/log_messages.h"
#include "supervisor/namesake.h"
#include "supervisor/process_state.h"
#include "supervisor/store/schema.h"

namespace outpost::supervisor {

namespace lm = log_messages;
using std::chrono::milliseconds;
using Haste = RoleDuties::Haste;
using Standing = LeaseWatch::Standing;

namespace {

constexpr std::size_t kLeaseJobsMax = 64;
constexpr std::size_t kPastMax = 10;
constexpr std::size_t kInstanceBytes = 8;
// A look is three short reads. A supervisor without redundancy looks for its status only.
constexpr milliseconds kLookInterval{100};
constexpr milliseconds kLookIntervalAlone{1'000};
// While a switch is under way: what the two sides wait for one another is part of the gap.
constexpr milliseconds kLookIntervalSwitching{5};
constexpr milliseconds kAnnounceInterval{1'000};
// After an attempt to take the lease that failed, and after one to serve with it.
constexpr milliseconds kRetryDelay{500};
constexpr milliseconds kStartRetryDelay{5'000};
// Of a switch that the other side has asked for: its own time limit ends it sooner.
constexpr milliseconds kAskedTimeout{kWishMsMax};
constexpr std::string_view kGivenUp = "whoever asked for it has given up";

std::string new_instance() {
  auto bytes = random_bytes(kInstanceBytes);
  return bytes ? to_hex(*bytes) : std::to_string(getpid());
}

}  // namespace

RoleKeeper::RoleKeeper(Loop& loop, Log& log, RoleDuties& duties, Settings settings, Preferences preferences,
                       LeaseThread::Open open)
    : loop_(loop),
      log_(log),
      duties_(duties),
      settings_(std::move(settings)),
      preferences_(preferences),
      self_{.name = settings_.name,
            .instance = new_instance(),
            .host = settings_.host,
            .pid = getpid(),
            .process_start = process_start(getpid()),
            .program = fmt::format("outpostd {}", kVersion),
            .schema_version = schema_version(),
            .role = std::string(to_string(Role::backup)),
            .reason = "started",
            .since = SystemClock().now(),
            .ready_for = 0,
            .problem = "",
            .seen_at = 0},
      watch_(settings_.name, self_.instance, settings_.lease_time.count()),
      look_timer_(loop, [this] { tick(); }),
      renew_timer_(loop, [this] { renew(); }),
      overdue_timer_(loop, [this] { overdue(); }),
      leases_(loop, std::move(open), kLeaseJobsMax) {}

void RoleKeeper::start_as_backup() {
  log_.write(lm::kRole, "role: backup, as {}", settings_.name);
  adjust_pace();
  tick();
}

void RoleKeeper::start_as_primary(std::int64_t epoch) {
  epoch_ = epoch;
  apply(RoleEvent::told_primary, "no redundancy is configured");
  duties_.start_serving(epoch, [this](const Result<>& outcome) { started(outcome); });
  adjust_pace();
  tick();
}

// --- The role --------------------------------------------------------------------------------------------------------

bool RoleKeeper::apply(RoleEvent event, const std::string& reason) {
  auto next = next_role(role_, event);
  if (!next) return false;
  Role before = std::exchange(role_, *next);
  self_.role = to_string(role_);
  self_.reason = reason;
  self_.since = SystemClock().now();
  past_.push_front({self_.since, before, role_, epoch_, reason});
  if (past_.size() > kPastMax) past_.pop_back();
  log_.write(lm::kRole, "role: {} after {}, epoch {}: {}", to_string(role_), to_string(before), epoch_, reason);
  announce_at_ms_ = 0;
  adjust_pace();
  duties_.role_changed(role_, before);
  return true;
}

bool RoleKeeper::on_leases(LeaseJob job, std::function<void(const Result<>&)> done) {
  auto outcome = std::make_shared<Result<>>();
  return leases_.submit(
      [outcome, job = std::move(job)](Result<LeaseStore*> store) {
        *outcome = store ? job(**store) : Result<>(fail(store.error()));
      },
      [outcome, done = std::move(done)] { done(*outcome); });
}

void RoleKeeper::adjust_pace() {
  bool wished = is_wanted() || (role_ == Role::primary && !watch_.view().lease.wanted_by.empty());
  milliseconds pace = switch_ || wished ? kLookIntervalSwitching : kLookInterval;
  look_timer_.start(settings_.redundant ? pace : kLookIntervalAlone);
}

void RoleKeeper::tick() {
  adjust_pace();
  look();
  if (may_announce() && loop_.now_ms() >= announce_at_ms_) announce();
  if (serving_unsaid_ && role_ == Role::primary) say_serving();
  if (switch_) give_up_in_time();
}

void RoleKeeper::look() {
  if (looking_) return;
  auto view = std::make_shared<LeaseView>();
  looking_ = on_leases(
      [view](LeaseStore& store) -> Result<> {
        auto seen = store.look();
        if (!seen) return fail(std::move(seen.error()));
        *view = std::move(*seen);
        return {};
      },
      [this, view](const Result<>& outcome) {
        looking_ = false;
        looked(outcome, *view);
      });
}

void RoleKeeper::note_outage(const Result<>& outcome) {
  if (outcome.has_value() != outage_) return;
  outage_ = !outcome;
  if (outage_) {
    outage_since_ms_ = loop_.now_ms();
    log_.write(lm::kLeaseUnseen, "the lease cannot be read: {}", outcome.error().text);
  } else {
    log_.write(lm::kLeaseSeen, "the lease can be read again, after {} ms", loop_.now_ms() - outage_since_ms_);
  }
}

void RoleKeeper::looked(const Result<>& outcome, const LeaseView& view) {
  note_outage(outcome);
  if (outcome) follow(view);
  settle();
}

// Whoever started this supervisor waits to hear that it is backup, or serves.
void RoleKeeper::settle() {
  if (taking_ || std::exchange(settled_, true)) return;
  if (role_ == Role::backup) duties_.role_changed(role_, role_);
}

void RoleKeeper::follow(const LeaseView& view) {
  watch_.saw(view, loop_.now_ms());
  look_out_for_namesake();
  if (stopping_) return;
  bool another_has_it = !view.lease.holder.empty() && view.lease.instance != self_.instance;
  // Our release raised the epoch by one; a look may miss a short term of another, but not what it did to the epoch.
  if (another_has_it || view.lease.epoch > epoch_ + 1) aside_ = false;
  if (another_has_it && !switch_) told_primary_ = false;
  if (role_ == Role::backup) consider();
  if (role_ == Role::primary && another_has_it && view.lease.epoch > epoch_) {
    fenced(Error{Errc::fenced,
                 fmt::format("{} took the lease (epoch {}, ours is {})", view.lease.holder, view.lease.epoch, epoch_)});
  }
  if (role_ == Role::primary && !switch_) follow_wish();
  if (switch_) follow_switch();
  adjust_pace();
}

// A stopped primary may keep the store locked, and taking over had then to wait behind an announcement: who is about to
// take over keeps still. Nobody else does, or those who wait to be told would seem to be absent.
bool RoleKeeper::may_announce() const {
  if (role_ != Role::backup || watch_.view().lease.holder.empty()) return true;
  if (!takes_by_itself() && !told_primary_) return true;
  return loop_.now_ms() - watch_.unchanged_since_ms() < static_cast<std::uint64_t>(settings_.lease_time.count() / 2);
}

void RoleKeeper::announce() {
  if (announcing_) return;
  announce_at_ms_ = loop_.now_ms() + static_cast<std::uint64_t>(kAnnounceInterval.count());
  if (role_ == Role::backup && !self_.problem.empty()) self_.problem = duties_.obstacle();
  announcing_ = on_leases([self = self_](LeaseStore& store) { return store.announce(self); },
                          [this](const Result<>& outcome) {
                            announcing_ = false;
                            if (outcome) announced_ = true;
                          });
}

void RoleKeeper::look_out_for_namesake() {
  const Member* row = member(settings_.name);
  bool namesake = announced_ && !announcing_ && row && row->instance != self_.instance;
  if (!namesake || std::exchange(namesake_logged_, true)) return;
  log_.write(lm::kNamesake,
             "another supervisor of this store is called {} too, on {}, pid {}: give each its own redundancy.name",
             settings_.name, row->host, row->pid);
}

const Member* RoleKeeper::member(std::string_view name) const {
  const auto& members = watch_.view().members;
  auto found = std::ranges::find(members, name, &Member::name);
  return found == members.end() ? nullptr : &*found;
}

bool RoleKeeper::is_vacant() const {
  Standing standing = watch_.standing(loop_.now_ms());
  return standing == Standing::free || standing == Standing::reserved || standing == Standing::expired;
}

// An earlier life of it may still have the lease.
bool RoleKeeper::is_in_office(std::string_view name) const {
  if (name == settings_.name && role_ == Role::primary) return true;
  const Lease& lease = watch_.view().lease;
  const Member* holder = member(lease.holder);
  return lease.holder == name && !is_vacant() && !watch_.expired_by_store(loop_.now_ms()) &&
         (!holder || holder->instance == lease.instance);
}

std::string RoleKeeper::who_is_primary() const {
  const Lease& lease = watch_.view().lease;
  if (lease.holder.empty()) return "nobody is primary";
  const Member* holder = member(lease.holder);
  if (watch_.standing(loop_.now_ms()) == Standing::expired) {
    return fmt::format("{} was primary and its lease has run out", lease.holder);
  }
  return holder ? fmt::format("{} on {} is primary", holder->name, holder->host)
                : fmt::format("{} is primary", lease.holder);
}

// --- Backup: taking the lease ----------------------------------------------------------------------------------------

bool RoleKeeper::is_our_turn(Standing standing) const {
  bool by_itself = takes_by_itself();
  bool wanted = is_wanted();
  auto free_for = static_cast<std::int64_t>(loop_.now_ms() - watch_.unchanged_since_ms());
  switch (standing) {
    case Standing::free:
      if (told_primary_ || wanted) return true;
      return by_itself && (!preferences_.prefers_backup || free_for >= settings_.lease_time.count());
    case Standing::ours:
    case Standing::expired: return told_primary_ || wanted || by_itself;
    case Standing::unknown:
    case Standing::reserved:
    case Standing::held: return false;
  }
  return false;
}

void RoleKeeper::consider() {
  Standing standing = watch_.standing(loop_.now_ms());
  const Lease& lease = watch_.view().lease;
  bool wished = standing == Standing::held && is_wanted();
  if (wished && self_.ready_for != lease.epoch) get_ready();
  if (standing == Standing::held && !wished) self_.ready_for = 0;
  if (taking_ || !is_our_turn(standing) || loop_.now_ms() < not_before_ms_) return;
  std::string reason = std::string(to_string(told_primary_ ? RoleEvent::told_primary : RoleEvent::lease_free));
  if (standing == Standing::expired) reason = fmt::format("the lease of {} has run out", lease.holder);
  if (is_wanted()) reason = "switched to this one";
  take(reason);
}

void RoleKeeper::get_ready() {
  self_.problem = duties_.obstacle();
  if (self_.problem.empty()) self_.ready_for = watch_.view().lease.epoch;
  announce_at_ms_ = 0;
  announce();
}

void RoleKeeper::take(const std::string& why) {
  self_.problem = duties_.obstacle();
  if (!self_.problem.empty()) return cannot(self_.problem);
  taken_from_ = watch_.view().lease;
  auto epoch = std::make_shared<std::optional<std::int64_t>>();
  take_sent_ms_ = loop_.now_ms();
  taking_ = on_leases(
      [epoch, seen = taken_from_, self = self_, time = settings_.lease_time](LeaseStore& store) -> Result<> {
        auto taken = store.take(seen, self, time);
        if (!taken) return fail(std::move(taken.error()));
        *epoch = *taken;
        return {};
      },
      [this, epoch, why](const Result<>& outcome) {
        taking_ = false;
        taken(outcome, *epoch, why);
        settle();
      });
}

void RoleKeeper::taken(const Result<>& outcome, std::optional<std::int64_t> epoch, const std::string& why) {
  if (outcome && epoch) {
    epoch_ = *epoch;
    cannot_logged_.clear();
    apply(told_primary_ ? RoleEvent::told_primary : RoleEvent::lease_free, why);
    return duties_.start_serving(epoch_, [this](const Result<>& started_outcome) { started(started_outcome); });
  }
  // Otherwise somebody was faster, or the primary is back: the next look tells.
  if (!outcome && !kill_stopped_holder(taken_from_)) cannot("the lease could not be taken: " + outcome.error().text);
  if (auto stopped = std::exchange(stopped_, nullptr)) stopped();
}

// It should be primary, and is not: said once for each reason, tried again and again.
void RoleKeeper::cannot(const std::string& reason) {
  not_before_ms_ = loop_.now_ms() + static_cast<std::uint64_t>(kRetryDelay.count());
  if (std::exchange(cannot_logged_, reason) == reason) return;
  log_.write(lm::kCannotBePrimary, "this supervisor should be primary, and cannot: {}", reason);
}

void RoleKeeper::started(const Result<>& outcome) {
  if (!outcome) {
    self_.problem = outcome.error().text;
    on_leases([epoch = epoch_](LeaseStore& store) { return store.release(epoch, "", milliseconds(0)); },
              [](const Result<>&) {});
    return start_failed(outcome.error().text);
  }
  told_primary_ = aside_ = false;
  self_.ready_for = 0;
  apply(RoleEvent::store_open, self_.reason);
  begin_renewing(take_sent_ms_);
  if (switch_ && switch_->step == Switch::Step::handed_over) {
    end_switch(fail(Errc::timeout, "{} did not take the lease; {} is primary again", switch_->to, settings_.name));
  }
  if (stopping_) step_down(RoleEvent::stopping, Haste::planned, "the process ends");
}

void RoleKeeper::start_failed(const std::string& reason) {
  not_before_ms_ = loop_.now_ms() + static_cast<std::uint64_t>(kStartRetryDelay.count());
  apply(RoleEvent::cannot_start, reason);
  if (auto stopped = std::exchange(stopped_, nullptr)) stopped();
}

// A stopped process that was within a transaction keeps an embedded store locked for ever. What it had not committed is
// rolled back, and was acknowledged to nobody.
bool RoleKeeper::kill_stopped_holder(const Lease& lease) {
  const Member* holder = member(lease.holder);
  if (!holder || holder->instance != lease.instance || holder->host != settings_.host) return false;
  int pid = static_cast<int>(holder->pid);
  if (pid <= 0 || !is_stopped(pid) || process_start(pid) != holder->process_start) return false;
  // While it still has them: a stopped child does not see that its parent is gone, and nobody would find it again.
  kill_stopped_children(*holder);
  bool killed = kill(pid, SIGKILL) == 0;
  log_.write(lm::kHolderKilled, "{}, pid {}, is stopped, its lease has run out, and it keeps the store locked: {}",
             holder->name, pid, killed ? "it is killed" : std::strerror(errno));
  return killed;
}

void RoleKeeper::ports_taken() {
  const Member* holder = member(taken_from_.holder);
  if (!holder || holder->instance != taken_from_.instance || holder->host != settings_.host) return;
  int pid = static_cast<int>(holder->pid);
  if (process_start(pid) != holder->process_start) return;
  kill_stopped_children(*holder);
}

void RoleKeeper::kill_stopped_children(const Member& holder) {
  for (int child : stopped_children(static_cast<int>(holder.pid))) {
    bool killed = kill(child, SIGKILL) == 0;
    log_.write(lm::kHolderKilled, "process {} of {}, which was primary before, is stopped and may keep the ports: {}",
               child, holder.name, killed ? "it is killed" : std::strerror(errno));
  }
}

// --- Primary: renewing and giving back -------------------------------------------------------------------------------

void RoleKeeper::begin_renewing(std::uint64_t renewed_ms) {
  renewing_ = false;
  renewal_problem_.clear();
  renewed_ms_ = renewed_ms;
  // A lease that nobody but us could take needs no renewal, and so a store that is at rest no sync.
  if (!settings_.redundant) return;
  renew_timer_.start_repeating(settings_.renewal_interval);
  watch_renewal();
  renew();
}

void RoleKeeper::watch_renewal() {
  auto since = milliseconds(loop_.now_ms() - renewed_ms_);
  overdue_timer_.start(std::max(settings_.lease_time * 2 / 3 - since, milliseconds(0)));
}

void RoleKeeper::renew() {
  if (renewing_) return;
  renewing_ = true;
  duties_.renew_lease(settings_.lease_time, [this, sent = loop_.now_ms(), epoch = epoch_](const Result<>& outcome) {
    if (epoch == epoch_) renewed(sent, outcome);
  });
}

void RoleKeeper::renewed(std::uint64_t sent_ms, const Result<>& outcome) {
  renewing_ = false;
  if (role_ != Role::primary && role_ != Role::draining) return;
  if (!outcome && outcome.error().code == Errc::fenced) return fenced(outcome.error());
  if (!outcome) {
    renewal_problem_ = outcome.error().text;
    return;
  }
  renewal_problem_.clear();
  renewed_ms_ = sent_ms;
  watch_renewal();
}

void RoleKeeper::overdue() {
  if (settings_.stay_primary) return;
  auto since = loop_.now_ms() - renewed_ms_;
  if (role_ == Role::draining) return duties_.stop_serving(Haste::hurried, nullptr);
  step_down(RoleEvent::renewal_overdue, Haste::hurried,
            fmt::format("the lease was not renewed for {} ms{}", since,
                        renewal_problem_.empty() ? "" : ": " + renewal_problem_));
}

void RoleKeeper::fenced(const Error& error) {
  if (settings_.stay_primary) return;
  if (role_ == Role::draining) return duties_.stop_serving(Haste::hurried, nullptr);
  if (role_ != Role::primary) return;
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
  renew_timer_.stop();
  overdue_timer_.stop();
  std::string successor = switch_ && switch_->step == Switch::Step::draining ? switch_->to : "";
  auto closed_ago = milliseconds(loop_.now_ms() - closed_ms);
  bool sent = give_back && on_leases([epoch = epoch_, successor, closed_ago](
                                         LeaseStore& store) { return store.release(epoch, successor, closed_ago); },
                                     [this](const Result<>& outcome) { released(outcome); });
  if (!sent) released({});
}

void RoleKeeper::released(const Result<>& outcome) {
  if (!outcome) {
    log_.write(lm::kNotReleased, "the lease could not be given back and runs out by itself: {}", outcome.error().text);
  }
  if (switch_ && switch_->step == Switch::Step::draining) {
    switch_->step = Switch::Step::handed_over;
    told_primary_ = true;  // should the other side not take it after all
  }
  apply(RoleEvent::drained, self_.reason);
  if (auto respond = std::exchange(backup_respond_, nullptr)) respond(std::string());
  if (auto stopped = std::exchange(stopped_, nullptr)) stopped();
}

void RoleKeeper::note_not_serving(const std::string& problem) {
  self_.problem = problem;
  announce_at_ms_ = 0;
}

void RoleKeeper::note_serving() {
  self_.problem.clear();
  serving_unsaid_ = true;
  say_serving();
}

// Whoever waits for a switch waits for this.
void RoleKeeper::say_serving() {
  bool sent = on_leases([epoch = epoch_](LeaseStore& store) { return store.note_serving(epoch, milliseconds(0)); },
                        [this, epoch = epoch_](const Result<>& outcome) {
                          if (!outcome && epoch == epoch_) serving_unsaid_ = true;
                        });
  serving_unsaid_ = !sent;
}

void RoleKeeper::stop(std::function<void()> stopped) {
  stopping_ = true;
  stopped_ = std::move(stopped);
  if (switch_) end_switch(fail(Errc::closed, "this outpostd stops"));
  if (role_ == Role::primary) return step_down(RoleEvent::stopping, Haste::planned, "the process ends");
  if (role_ != Role::backup || taking_) return;
  loop_.at_end_of_turn([this] {
    if (auto call = std::exchange(stopped_, nullptr)) call();
  });
}

// --- Switch ----------------------------------------------------------------------------------------------------------

// Why `to` cannot take over; empty when it can.
std::string RoleKeeper::fault_of(std::string_view to) const {
  const LeaseView& view = watch_.view();
  const Member* peer = member(to);
  std::string names;
  for (const Member& one : view.members) names += (names.empty() ? "" : ", ") + one.name;
  if (!peer) return fmt::format("there is no supervisor called {}; known are: {}", to, names);
  if (to == settings_.name) return self_.problem;
  auto silent = milliseconds(std::max<std::int64_t>(0, view.now - peer->seen_at));
  // With a longer lease, who looks at it may be held up for longer.
  if (silent > std::max(kSilenceMax, settings_.lease_time)) {
    return fmt::format("{} is absent: it was last heard of {} s ago", to, silent.count() / 1'000);
  }
  if (peer->schema_version < view.schema_version) {
    return fmt::format("{} ({}) knows schema versions up to {} and the store has {}: install the newer program there",
                       to, peer->program, peer->schema_version, view.schema_version);
  }
  if (!peer->problem.empty()) return fmt::format("{} cannot be primary: {}", to, peer->problem);
  return "";
}

void RoleKeeper::switch_to(std::string to, milliseconds timeout, Asker asker, Respond respond) {
  if (!settings_.redundant) {
    return respond(fail(Errc::invalid, "redundancy.enabled is off: there is no other supervisor to switch to"));
  }
  if (!watch_.seen() || outage_) return respond(fail(Errc::store, "the lease cannot be read: the log has the reason"));
  if (switch_) return respond(fail(Errc::busy, "a switch to {} is under way", switch_->to));
  if (to.empty() && role_ != Role::primary) to = settings_.name;
  if (to.empty()) {
    auto other = only_other();
    if (!other) return respond(fail(other.error()));
    to = std::move(*other);
  }
  if (is_in_office(to)) return respond(fail(Errc::exists, "{} is primary already", to));
  if (std::string fault = fault_of(to); !fault.empty()) {
    return respond(fail(Errc::not_found, "{}{}", fault, way_out(to)));
  }
  if (role_ == Role::starting || role_ == Role::draining) {
    return respond(fail(Errc::busy, "this supervisor is {}; try again in a moment", to_string(role_)));
  }
  begin_switch(std::move(to), timeout, std::move(asker), std::move(respond));
}

// Whom a primary switches to that was not told to whom.
Result<std::string> RoleKeeper::only_other() const {
  std::vector<std::string> able;
  std::string why;
  for (const Member& one : watch_.view().members) {
    if (one.name == settings_.name) continue;
    std::string fault = fault_of(one.name);
    if (fault.empty()) {
      able.push_back(one.name);
    } else {
      why += (why.empty() ? ": " : "; ") + fault;
    }
  }
  if (able.size() == 1) return able.front();
  if (able.size() > 1) return fail(Errc::invalid, "several supervisors could take over; name one with --to");
  return fail(Errc::not_found, "no other supervisor can take over{}", why.empty() ? ": none is known" : why);
}

// What to type when `to` cannot take a role that nobody has; empty when there is no such way.
std::string RoleKeeper::way_out(std::string_view to) const {
  if (!is_vacant() || to == settings_.name || !fault_of(settings_.name).empty()) return "";
  return fmt::format("; {}: outpostctl role primary, typed here, makes {} primary", who_is_primary(), settings_.name);
}

void RoleKeeper::begin_switch(std::string to, milliseconds timeout, Asker asker, Respond respond) {
  const Lease& lease = watch_.view().lease;
  switch_ = Switch{to,
                   lease.holder,
                   lease.epoch,
                   Switch::Step::asked,
                   loop_.now_ms() + static_cast<std::uint64_t>(timeout.count()),
                   std::move(asker),
                   std::move(respond)};
  if (to == settings_.name) told_primary_ = true;
  log_.write(lm::kSwitch, "switch to {}, epoch {}", to, lease.epoch);
  adjust_pace();
  look();
}

// Again and again, as long as somebody holds the lease and does not know: it may have changed hands meanwhile, another
// may have wished something else, and a write may fail.
void RoleKeeper::ask() {
  if (asking_) return;
  asking_ = on_leases(
      [to = switch_->to, epoch = watch_.view().lease.epoch](LeaseStore& store) { return store.want(epoch, to); },
      [this](const Result<>& outcome) {
        asking_ = false;
        if (!outcome && switch_) switch_->problem = outcome.error().text;
      });
}

// The other side has asked for a switch.
void RoleKeeper::follow_wish() {
  const Lease& lease = watch_.view().lease;
  if (lease.wanted_by.empty() || lease.epoch != epoch_ || withdrawing_) return;
  std::string fault = lease.wanted_by == settings_.name ? "it is primary already" : fault_of(lease.wanted_by);
  if (fault.empty()) return begin_switch(lease.wanted_by, kAskedTimeout, {}, nullptr);
  log_.write(lm::kSwitch, "the wish that {} be primary is refused: {}", lease.wanted_by, fault);
  withdraw_wish();
}

// What was looked at before this was written still shows the wish, and is read first.
void RoleKeeper::withdraw_wish() {
  withdrawing_ = on_leases([epoch = watch_.view().lease.epoch](LeaseStore& store) { return store.want(epoch, ""); },
                           [this](const Result<>&) { withdrawing_ = false; });
}

// Nobody is to find the role elsewhere, some day, because of a switch that he had given up.
void RoleKeeper::give_up_in_time() {
  bool gone = switch_->respond && switch_->asker.expired();
  if (gone && switch_->step == Switch::Step::asked) return end_switch(fail(Errc::closed, "{}", kGivenUp));
  if (loop_.now_ms() >= switch_->deadline_ms) end_switch(fail(Errc::timeout, "{}", why_not_switched()));
}

void RoleKeeper::follow_switch() {
  const Lease& lease = watch_.view().lease;
  if (lease.holder == switch_->to && lease.epoch > switch_->epoch) {
    const Member* holder = member(switch_->to);
    if (lease.serving_at > 0) return switched();
    if (holder && holder->instance == lease.instance && holder->role == to_string(Role::primary) &&
        !holder->problem.empty()) {
      end_switch(fail(Errc::io, "{} is primary and does not serve: {}", switch_->to, holder->problem));
    }
    return;
  }
  if (switch_->step == Switch::Step::asked && is_in_office(switch_->to)) {
    return end_switch(fail(Errc::exists, "{} is primary already", switch_->to));
  }
  // It may have been well when the switch began.
  if (switch_->step == Switch::Step::asked && switch_->to != settings_.name) {
    if (std::string fault = fault_of(switch_->to); !fault.empty()) {
      return end_switch(fail(Errc::not_found, "{}{}", fault, way_out(switch_->to)));
    }
  }
  bool takes_it_untold = lease.holder.empty() && switch_->to == settings_.name;
  if (switch_->step == Switch::Step::asked && !takes_it_untold && lease.wanted_by != switch_->to) {
    if (switch_->respond) return ask();
    return end_switch(fail(Errc::closed, "{}", kGivenUp));
  }
  if (role_ != Role::primary || switch_->step != Switch::Step::asked) return;
  const Member* peer = member(switch_->to);
  if (!peer || peer->ready_for != epoch_) return;
  switch_->step = Switch::Step::draining;
  step_down(RoleEvent::switch_away, Haste::planned, fmt::format("switched to {}", switch_->to));
}

void RoleKeeper::switched() {
  const Lease& lease = watch_.view().lease;
  JsonWriter out;
  out.begin_object().member("from", switch_->from).member("to", switch_->to).member("epoch", lease.epoch);
  // Without a primary that closed its ports in order there is no telling since when none was open.
  if (lease.closed_at > 0) {
    out.member("gap_ms", std::max<std::int64_t>(0, lease.serving_at - lease.closed_at));
  } else {
    out.key("gap_ms").null();
  }
  told_primary_ = false;
  log_.write(lm::kSwitch, "switched to {}, epoch {}", switch_->to, lease.epoch);
  end_switch(out.end_object().take());
}

std::string RoleKeeper::why_not_switched() const {
  if (switch_->step == Switch::Step::draining) {
    return fmt::format("requests are still being answered here; {} takes over when they are", switch_->to);
  }
  if (switch_->step == Switch::Step::handed_over) {
    return fmt::format("{} does not serve yet: {}", switch_->to, who_is_primary());
  }
  if (role_ == Role::primary) return fmt::format("{} did not answer; nothing has changed", switch_->to);
  return fmt::format("{} did not become primary in time: {}{}", switch_->to, who_is_primary(),
                     switch_->problem.empty() ? "" : "; " + switch_->problem);
}

void RoleKeeper::end_switch(Result<std::string> reply) {
  Switch ended = std::move(*switch_);
  switch_.reset();
  if (!reply) {
    log_.write(lm::kSwitch, "no switch to {}: {}", ended.to, reply.error().text);
    if (ended.step == Switch::Step::asked) {
      told_primary_ = false;
      withdraw_wish();
    }
  }
  if (ended.respond) ended.respond(std::move(reply));
}

void RoleKeeper::become_primary(milliseconds timeout, Asker asker, Respond respond) {
  if (role_ == Role::primary) return respond(JsonWriter().begin_object().member("role", "primary").end_object().take());
  switch_to(settings_.name, timeout, std::move(asker), std::move(respond));
}

void RoleKeeper::become_backup(Respond respond) {
  std::string done = JsonWriter().begin_object().member("role", "backup").end_object().take();
  if (!settings_.redundant) return respond(fail(Errc::invalid, "redundancy.enabled is off: nobody else could serve"));
  if (role_ == Role::backup) return respond(done);
  if (role_ != Role::primary) {
    return respond(fail(Errc::busy, "this supervisor is {}; try again in a moment", to_string(role_)));
  }
  aside_ = true;
  backup_respond_ = [respond = std::move(respond), done](Result<std::string> outcome) {
    respond(outcome ? done : std::move(outcome));
  };
  step_down(RoleEvent::told_backup, Haste::planned, std::string(to_string(RoleEvent::told_backup)));
}

// --- Status ----------------------------------------------------------------------------------------------------------

void RoleKeeper::write_status(JsonWriter& out) const {
  const LeaseView& view = watch_.view();
  std::int64_t now = view.now;
  out.member("role", to_string(role_)).member("epoch", epoch_ != 0 ? epoch_ : view.lease.epoch);
  out.member("name", settings_.name).member("redundant", settings_.redundant);
  out.key("lease").begin_object();
  out.member("holder", view.lease.holder).member("epoch", view.lease.epoch).member("renewals", view.lease.renewals);
  out.member("lease_ms", view.lease.lease_ms);
  out.member("renewed_ms_ago", view.lease.holder.empty() ? 0 : now - (view.lease.expires_at - view.lease.lease_ms));
  out.member("expires_in_ms", view.lease.holder.empty() ? 0 : view.lease.expires_at - now);
  out.member("wanted_by", view.lease.wanted_by).member("readable", watch_.seen() && !outage_).end_object();
  out.key("members").begin_array();
  for (const Member& one : view.members) {
    out.begin_object().member("name", one.name).member("host", one.host).member("pid", one.pid);
    out.member("role", one.role).member("reason", one.reason).member("since", one.since);
    out.member("program", one.program).member("schema_version", one.schema_version).member("problem", one.problem);
    out.member("seen_ms_ago", std::max<std::int64_t>(0, now - one.seen_at));
    out.member("self", one.name == settings_.name).end_object();
  }
  out.end_array().key("transitions").begin_array();
  for (const Past& past : past_) {
    out.begin_object().member("at", past.at).member("from", to_string(past.from)).member("to", to_string(past.to));
    out.member("epoch", past.epoch).member("reason", past.reason).end_object();
  }
  out.end_array();
}

}  // namespace outpost::supervisor
