#include "supervisor/role/switch_over.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "common/json.h"
#include "supervisor/log_messages.h"

namespace outpost::supervisor {

namespace lm = log_messages;
using std::chrono::milliseconds;

namespace {

// The time of a switch that the other side has asked for: its own time limit ends it sooner.
constexpr milliseconds kAskedTimeout{kWishMsMax};
constexpr std::string_view kGivenUp = "whoever asked for it has given up";

}  // namespace

SwitchOver::SwitchOver(const Loop& loop, Log& log, LeaseJobs& leases, const Self& self, const Lookout& lookout,
                       const Peers& peers)
    : loop_(loop), log_(log), leases_(leases), self_(self), lookout_(lookout), peers_(peers) {}

// --- Asking ----------------------------------------------------------------------------------------------------------

bool SwitchOver::ask_for(std::string to, milliseconds timeout, Asker asker, Respond respond) {
  auto refuse = [&respond](Failure reason) {
    respond(std::move(reason));
    return false;
  };
  Role role = self_.role();
  if (!lookout_.is_readable()) return refuse(fail(Errc::store, "the lease cannot be read: the log has the reason"));
  if (switch_) return refuse(fail(Errc::busy, "a switch to {} is under way", switch_->to));
  if (to.empty() && role != Role::primary) to = self_.name();
  if (to.empty()) {
    auto other = peers_.only_other();
    if (!other) return refuse(fail(other.error()));
    to = std::move(*other);
  }
  if (peers_.is_in_office(to)) return refuse(fail(Errc::exists, "{} is primary already", to));
  if (std::string fault = peers_.fault_of(to); !fault.empty()) {
    return refuse(fail(Errc::not_found, "{}{}", fault, peers_.way_out(to)));
  }
  if (role == Role::starting || role == Role::draining) {
    return refuse(fail(Errc::busy, "this supervisor is {}; try again in a moment", to_string(role)));
  }
  begin(std::move(to), timeout, std::move(asker), std::move(respond));
  return true;
}

void SwitchOver::begin(std::string to, milliseconds timeout, Asker asker, Respond respond) {
  const Lease& lease = lookout_.lease();
  switch_ = Switch{to,
                   lease.holder,
                   lease.epoch,
                   Step::asked,
                   loop_.now_ms() + static_cast<std::uint64_t>(timeout.count()),
                   std::move(asker),
                   std::move(respond)};
  if (to == self_.name()) told_primary_ = true;
  log_.write(lm::kSwitch, "switch to {}, epoch {}", to, lease.epoch);
}

// Again and again, as long as somebody holds the lease and does not know: it may have changed hands meanwhile, another
// may have wished something else, and a write may fail.
void SwitchOver::ask() {
  if (asking_) return;
  asking_ = leases_.run(
      [to = switch_->to, epoch = lookout_.lease().epoch](LeaseStore& store) { return store.want(epoch, to); },
      [this](const Result<>& outcome) {
        asking_ = false;
        if (!outcome && switch_) switch_->problem = outcome.error().text;
      });
}

bool SwitchOver::follow_wish() {
  const Lease& lease = lookout_.lease();
  if (switch_ || lease.wanted_by.empty() || lease.epoch != self_.epoch() || withdrawing_) return false;
  std::string fault = lease.wanted_by == self_.name() ? "it is primary already" : peers_.fault_of(lease.wanted_by);
  if (fault.empty()) {
    begin(lease.wanted_by, kAskedTimeout, {}, nullptr);
    return true;
  }
  log_.write(lm::kSwitch, "the wish that {} be primary is refused: {}", lease.wanted_by, fault);
  withdraw_wish();
  return false;
}

// What was looked at before this was written still shows the wish, and is read first.
void SwitchOver::withdraw_wish() {
  withdrawing_ = leases_.run([epoch = lookout_.lease().epoch](LeaseStore& store) { return store.want(epoch, ""); },
                             [this](const Result<>&) { withdrawing_ = false; });
}

// --- Following -------------------------------------------------------------------------------------------------------

SwitchOver::Next SwitchOver::follow() {
  if (!switch_ || follow_successor()) return Next::wait;
  if (switch_->step != Step::asked || !follow_asked()) return Next::wait;
  if (self_.role() != Role::primary) return Next::wait;
  const Member* peer = peers_.member(switch_->to);
  if (!peer || peer->ready_for != self_.epoch()) return Next::wait;
  switch_->step = Step::draining;
  return Next::hand_over;
}

// True when whoever was to have the lease has it. The switch may have ended by that.
bool SwitchOver::follow_successor() {
  const Lease& lease = lookout_.lease();
  if (lease.holder != switch_->to || lease.epoch <= switch_->epoch) return false;
  const Member* holder = peers_.holder_of(lease);
  if (lease.serving_at > 0) {
    switched();
  } else if (holder && holder->role == to_string(Role::primary) && !holder->problem.empty()) {
    end(fail(Errc::io, "{} is primary and does not serve: {}", switch_->to, holder->problem));
  }
  return true;
}

// False when there is nothing to wait for any more, or the primary does not know yet.
bool SwitchOver::follow_asked() {
  const std::string& to = switch_->to;
  if (peers_.is_in_office(to)) {
    end(fail(Errc::exists, "{} is primary already", to));
    return false;
  }
  // It may have been well when the switch began.
  if (std::string fault = to == self_.name() ? "" : peers_.fault_of(to); !fault.empty()) {
    end(fail(Errc::not_found, "{}{}", fault, peers_.way_out(to)));
    return false;
  }
  const Lease& lease = lookout_.lease();
  bool takes_it_untold = lease.holder.empty() && to == self_.name();
  if (takes_it_untold || lease.wanted_by == to) return true;
  if (switch_->respond) {
    ask();
  } else {
    end(fail(Errc::closed, "{}", kGivenUp));
  }
  return false;
}

// Nobody is to find the role elsewhere, some day, because of a switch that he had given up.
void SwitchOver::give_up_in_time() {
  if (!switch_) return;
  bool gone = switch_->respond && switch_->asker.expired();
  if (gone && switch_->step == Step::asked) return end(fail(Errc::closed, "{}", kGivenUp));
  if (loop_.now_ms() >= switch_->deadline_ms) end(fail(Errc::timeout, "{}", why_not_switched()));
}

void SwitchOver::another_has_lease() {
  if (!switch_) told_primary_ = false;
}

void SwitchOver::released() {
  if (!is_at(Step::draining)) return;
  switch_->step = Step::handed_over;
  told_primary_ = true;  // should the other side not take it after all
}

void SwitchOver::has_started() {
  told_primary_ = false;
  if (!is_at(Step::handed_over)) return;
  end(fail(Errc::timeout, "{} did not take the lease; {} is primary again", switch_->to, self_.name()));
}

// --- The end ---------------------------------------------------------------------------------------------------------

void SwitchOver::switched() {
  const Lease& lease = lookout_.lease();
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
  end(out.end_object().take());
}

std::string SwitchOver::why_not_switched() const {
  if (switch_->step == Step::draining) {
    return fmt::format("requests are still being answered here; {} takes over when they are", switch_->to);
  }
  if (switch_->step == Step::handed_over) {
    return fmt::format("{} does not serve yet: {}", switch_->to, peers_.who_is_primary());
  }
  if (self_.role() == Role::primary) return fmt::format("{} did not answer; nothing has changed", switch_->to);
  return fmt::format("{} did not become primary in time: {}{}", switch_->to, peers_.who_is_primary(),
                     switch_->problem.empty() ? "" : "; " + switch_->problem);
}

void SwitchOver::cancel(const std::string& reason) {
  if (switch_) end(fail(Errc::closed, "{}", reason));
}

void SwitchOver::end(Result<std::string> reply) {
  Switch ended = std::move(*switch_);
  switch_.reset();
  if (!reply) {
    log_.write(lm::kSwitch, "no switch to {}: {}", ended.to, reply.error().text);
    if (ended.step == Step::asked) {
      told_primary_ = false;
      withdraw_wish();
    }
  }
  if (ended.respond) ended.respond(std::move(reply));
}

}  // namespace outpost::supervisor
