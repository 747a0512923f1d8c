// Keeps the role of this supervisor: decides, at each look at the lease and at each thing that happens, whether to take
// the lease, to hold it or to give it back. The parts that it has do the rest and know nothing of one another's state.
// What being primary means is not its business, see RoleDuties. Source: design.md section 6.
//
// The role has a table of its own (role.h). What else may be so, whatever the role is:
//
//   state         kept by       begins with                     ends with                      meanwhile
//   looking       Lookout       look()                          an answer                      no other look
//   outage        Lookout       a look fails                    a look succeeds                no switch can be
//                                                                                              asked for
//   announcing    Announcement  send()                          an answer                      no other announcement
//   settled       keeper        the first look, and the taking  never
//                               that may follow it
//   aside         keeper        told to be backup               another has had the lease;     takes it only when
//                                                               serving                        told or wanted
//   told primary  SwitchOver    a switch to this one is asked   serving; switched; asked in    takes it as soon as
//                               for; released, in a switch      vain; another has the lease,   it can
//                               away                            and no switch is under way
//   wanted        SwitchOver    the lease bears a wish for      the wish is withdrawn, or too  gets ready while
//                               this one                        old; the lease was taken       another has it, then
//                                                                                              as told primary
//   taking        Taking        its turn, and no obstacle       an answer                      no other attempt
//   delayed       Taking        an obstacle; a taking or a      the delay is over              no attempt
//                               start that failed
//   asked         SwitchOver    a person, or the other side's   handed over; refused; given    asks the holder again
//                               wish                            up; time; stop                 and again
//   draining      SwitchOver    asked, primary, and the peer    released; time; stop           a successor is named
//                               is ready
//   handed over   SwitchOver    released, while draining        the peer serves, or cannot;    told primary
//                                                               this one serves; time; stop
//   asking        SwitchOver    a wish is written               an answer                      writes no other wish
//   withdrawing   SwitchOver    a wish is taken back            an answer                      wishes do not count
//   renewing      Renewal       serving, with redundancy        drained                        may be fenced, or
//                                                                                              overdue
//   unsaid        keeper        the ports are open              the store knows                said at each tick,
//                                                                                              while primary
//   stopping      keeper        stop()                          never                          what is seen does not
//                                                                                              count
//
// What it makes of an event, by its role:
//
//   event                       backup                  starting            primary             draining
//   look: the lease is free,    takes it when it is     -                   -                   -
//   run out, or of this life    its turn
//   look: another has it        no longer aside         -                   lease lost          -
//   look: a wish                wanted: gets ready      -                   begins a switch     -
//   look: the peer is ready     -                       -                   switch away         -
//   lease taken                 starting                -                   -                   -
//   started                     -                       primary, renews     -                   -
//   start failed                -                       backup, released    -                   -
//   fenced                      -                       -                   lease lost          hurries
//   overdue                     -                       -                   renewal overdue     hurries
//   told backup                 it is                   refused             told backup         refused
//   told primary                asks for a switch       refused             it is               refused
//   stop                        stopped, once no        once it has         stopping            once it is drained
//                               taking is under way     started, or failed
//   drained                     -                       -                   -                   released, then backup
//
// Everything here runs on the loop thread; the store is asked on a thread of its own. The steady clock is the loop's,
// which the timers follow, too; the time of day is for people only.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "common/clock.h"
#include "common/io/loop.h"
#include "common/log.h"
#include "supervisor/role/announcement.h"
#include "supervisor/role/duties.h"
#include "supervisor/role/lease_jobs.h"
#include "supervisor/role/lookout.h"
#include "supervisor/role/peers.h"
#include "supervisor/role/renewal.h"
#include "supervisor/role/self.h"
#include "supervisor/role/stopped_primary.h"
#include "supervisor/role/switch_over.h"
#include "supervisor/role/taking.h"

namespace outpost {
class JsonWriter;
}

namespace outpost::supervisor {

class MetricsWriter;

class RoleKeeper {
 public:
  struct Settings {
    bool redundant = false;
    std::string name;
    std::string host;
    std::chrono::milliseconds lease_time{3'000};
    std::chrono::milliseconds renewal_interval{500};
    // For tests of the fence: what the lease says is ignored, only a store that refuses can stop this one.
    bool stay_primary = false;
  };
  // Those that a reload may change.
  struct Preferences {
    bool automatic_failover = true;
    bool prefers_backup = false;
  };
  using Respond = SwitchOver::Respond;
  using Asker = SwitchOver::Asker;

  // References outlive the keeper. `open` runs on the lease's thread.
  RoleKeeper(Loop& loop, Log& log, const Clock& clock, RoleDuties& duties,
             std::unique_ptr<StoppedPrimary> stopped_primary, Settings settings, Preferences preferences,
             LeaseThread::Open open);

  // Who this supervisor is, for the lease that a caller takes by itself.
  [[nodiscard]] const Member& self() const { return self_.row(); }
  void start_as_backup();
  // For a supervisor without redundancy, which has taken the lease already.
  void start_as_primary(std::int64_t epoch);
  void set(Preferences preferences) { preferences_ = preferences; }
  // Gives the role back, then calls `stopped`. Nothing follows after that.
  void stop(std::function<void()> stopped);
  // Ends the lease's thread; blocks for as long as what it does takes.
  void end() { leases_.stop(); }

  // The store refused a write because of its epoch.
  void fenced(const Error& error);
  // The ports are open, or none is to be.
  void note_serving();
  // This one is primary, and its proxy cannot serve: whoever waits for a switch, and the status, are told.
  void note_not_serving(const std::string& problem);
  // The ports are held by somebody else: by a process of the primary before, if that one is stopped.
  void ports_taken();

  [[nodiscard]] Role role() const { return self_.role(); }
  [[nodiscard]] std::int64_t epoch() const { return self_.epoch(); }
  // Who is primary, for a sentence: "b on host2 is primary".
  [[nodiscard]] std::string who_is_primary() const { return peers_.who_is_primary(); }
  // Why this one, a backup, could not take over; empty when it could. Names nothing of configuration and store.
  [[nodiscard]] std::string problem() const;

  // `to` empty: the other supervisor, seen from the primary, or this one. Replies when the other side serves. The wish
  // is withdrawn when `asker` or the time is gone before the primary has begun to hand over.
  void switch_to(std::string to, std::chrono::milliseconds timeout, Asker asker, Respond respond);
  void become_primary(std::chrono::milliseconds timeout, Asker asker, Respond respond);
  // Replies when no port is open any more.
  void become_backup(Respond respond);
  // Members role, epoch, lease, members, transitions of the open object.
  void write_status(JsonWriter& out) const;
  void write_metrics(MetricsWriter& out) const;

 private:
  bool apply(RoleEvent event, const std::string& reason);
  void tick();
  void adjust_pace();
  void looked(bool seen);
  void settle();
  void follow();
  void look_now();
  [[nodiscard]] bool may_announce() const;
  void announce();

  void consider();
  [[nodiscard]] bool takes_by_itself() const { return preferences_.automatic_failover && !aside_; }
  [[nodiscard]] bool is_our_turn(LeaseWatch::Standing standing) const;
  void get_ready();
  void take(const std::string& why);
  void taken(const Taking::Outcome& epoch, const std::string& why);
  void start_serving();
  void started(const Result<>& outcome);
  void start_failed(const std::string& reason);

  void overdue(const std::string& reason);
  void step_down(RoleEvent event, RoleDuties::Haste haste, const std::string& reason);
  void drained(bool give_back, std::uint64_t closed_ms);
  void released(const Result<>& outcome);
  void say_serving();
  void say_stopped();

  Loop& loop_;
  Log& log_;
  RoleDuties& duties_;
  const std::unique_ptr<StoppedPrimary> stopped_primary_;
  const Settings settings_;
  Preferences preferences_;

  LeaseJobs leases_;  // before those that use it
  Self self_;
  Lookout lookout_;
  Peers peers_;
  Announcement announcement_;
  Taking taking_;
  Renewal renewal_;
  SwitchOver switch_over_;
  Timer look_timer_;

  bool settled_ = false;         // whoever started this supervisor has been told, or will be once it serves
  bool aside_ = false;           // told to be backup: it does not take the lease back before somebody else has had it
  bool serving_unsaid_ = false;  // the ports are open, and the store has not been told
  bool stopping_ = false;
  Respond backup_respond_;
  std::function<void()> stopped_;
};

}  // namespace outpost::supervisor
