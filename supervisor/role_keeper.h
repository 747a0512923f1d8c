// Keeps the role of this supervisor: watches the lease, takes, renews and gives it back, and carries out a switch. What
// being primary means is the supervisor's own business, see Duties. Source: design.md section 6.
//
//   planned switch          primary                     store                        backup
//     asked                   ── wanted_by ───────────────▶  ◀──────── looks ────────
//                             ──────── looks ─────────────▶  ◀──────── ready_for ────   is alive, could serve
//     draining                closes its ports, answers, commits
//     handed over             ── release ─────────────────▶  ◀──────── take ─────────
//                             ──────── looks ─────────────▶  ◀──────── serving_at ───   opens its ports
//
// Everything here runs on the loop thread; the store is asked on a thread of its own.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/io/loop.h"
#include "common/log.h"
#include "supervisor/lease_watch.h"
#include "supervisor/role.h"
#include "supervisor/store/store_thread.h"

namespace outpost {
class JsonWriter;
}

namespace outpost::supervisor {

// What a supervisor does in its role. Called on the loop thread; each `done` is called once, there, not before the call
// returns.
class RoleDuties {
 public:
  enum class Haste : std::uint8_t {
    planned,  // finish what was accepted
    hurried,  // the lease may be taken soon, or is lost: refuse what waits, and be quick
  };
  // Why this supervisor could not be primary, as far as can be told beforehand; empty when it could.
  virtual std::string obstacle() = 0;
  // Reads the configuration afresh, writes under `epoch` from now on, and starts the proxy. An error: nothing of it is
  // done.
  virtual void start_serving(std::int64_t epoch, std::function<void(const Result<>&)> done) = 0;
  // Afterwards no port is open, and nothing can be written any more.
  virtual void stop_serving(Haste haste, std::function<void()> done) = 0;
  virtual void renew_lease(std::chrono::milliseconds lease_time, std::function<void(const Result<>&)> done) = 0;
  // Also once at the beginning, when it stays backup: backup, and backup before.
  virtual void role_changed(Role now, Role before) = 0;

 protected:
  ~RoleDuties() = default;
};

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
  using Respond = std::function<void(Result<std::string>)>;
  // Expires when whoever asked has hung up.
  using Asker = std::weak_ptr<const void>;

  // References outlive the keeper. `open` runs on the lease's thread.
  RoleKeeper(Loop& loop, Log& log, RoleDuties& duties, Settings settings, Preferences preferences,
             LeaseThread::Open open);

  // Who this supervisor is, for the lease that a caller takes by itself.
  [[nodiscard]] const Member& self() const { return self_; }
  void start_as_backup();
  // Of a supervisor without redundancy, which has taken the lease already.
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

  [[nodiscard]] Role role() const { return role_; }
  [[nodiscard]] std::int64_t epoch() const { return epoch_; }
  // Who is primary, for a sentence: "b on host2 is primary".
  [[nodiscard]] std::string who_is_primary() const;

  // `to` empty: the other supervisor, seen from the primary, or this one. Replies when the other side serves. The wish
  // is withdrawn when `asker` or the time is gone before the primary has begun to hand over.
  void switch_to(std::string to, std::chrono::milliseconds timeout, Asker asker, Respond respond);
  void become_primary(std::chrono::milliseconds timeout, Asker asker, Respond respond);
  // Replies when no port is open any more.
  void become_backup(Respond respond);
  // Members role, epoch, lease, members, transitions of the open object.
  void write_status(JsonWriter& out) const;

 private:
  struct Past {
    std::int64_t at;  // epoch seconds
    Role from;
    Role to;
    std::int64_t epoch;
    std::string reason;
  };
  // A switch that somebody waits for, or that the other side has asked for.
  struct Switch {
    enum class Step : std::uint8_t { asked, draining, handed_over };
    std::string to;
    std::string from;
    std::int64_t epoch = 0;  // of the lease at its beginning
    Step step = Step::asked;
    std::uint64_t deadline_ms = 0;
    Asker asker = {};
    Respond respond = nullptr;  // none: the other side waits
    std::string problem = {};   // why the wish could not be written, last
  };

  using LeaseJob = std::function<Result<>(LeaseStore&)>;
  bool on_leases(LeaseJob job, std::function<void(const Result<>&)> done);

  bool apply(RoleEvent event, const std::string& reason);
  void tick();
  void look();
  void looked(const Result<>& outcome, const LeaseView& view);
  void follow(const LeaseView& view);
  void settle();
  void note_outage(const Result<>& outcome);
  [[nodiscard]] bool may_announce() const;
  void announce();
  void look_out_for_namesake();

  void consider();
  [[nodiscard]] bool takes_by_itself() const { return preferences_.automatic_failover && !aside_; }
  [[nodiscard]] bool is_wanted() const { return !withdrawing_ && watch_.is_wanted(loop_.now_ms()); }
  [[nodiscard]] bool is_our_turn(LeaseWatch::Standing standing) const;
  void get_ready();
  void take(const std::string& why);
  void taken(const Result<>& outcome, std::optional<std::int64_t> epoch, const std::string& why);
  void cannot(const std::string& reason);
  void started(const Result<>& outcome);
  void start_failed(const std::string& reason);
  bool kill_stopped_holder(const Lease& lease);
  void kill_stopped_children(const Member& holder);
  [[nodiscard]] const Member* member(std::string_view name) const;
  // Nobody has the lease, or it has run out.
  [[nodiscard]] bool is_vacant() const;
  [[nodiscard]] bool is_in_office(std::string_view name) const;

  void renew();
  void renewed(std::uint64_t sent_ms, const Result<>& outcome);
  void begin_renewing(std::uint64_t renewed_ms);
  void watch_renewal();
  void overdue();
  void step_down(RoleEvent event, RoleDuties::Haste haste, const std::string& reason);
  void drained(bool give_back, std::uint64_t closed_ms);
  void released(const Result<>& outcome);

  void begin_switch(std::string to, std::chrono::milliseconds timeout, Asker asker, Respond respond);
  void ask();
  void withdraw_wish();
  void give_up_in_time();
  void follow_switch();
  void follow_wish();
  void say_serving();
  void switched();
  void end_switch(Result<std::string> reply);
  [[nodiscard]] Result<std::string> only_other() const;
  [[nodiscard]] std::string fault_of(std::string_view to) const;
  [[nodiscard]] std::string way_out(std::string_view to) const;
  [[nodiscard]] std::string why_not_switched() const;
  void adjust_pace();

  Loop& loop_;
  Log& log_;
  RoleDuties& duties_;
  const Settings settings_;
  Preferences preferences_;
  Role role_ = Role::backup;
  std::int64_t epoch_ = 0;
  Member self_;
  LeaseWatch watch_;
  std::deque<Past> past_;  // newest first
  std::optional<Switch> switch_;

  bool told_primary_ = false;  // it takes the lease as soon as it can
  bool aside_ = false;         // told to be backup: it does not take the lease back before somebody else has had it
  bool looking_ = false;
  bool settled_ = false;  // it has looked, and taken the lease if it could
  bool announcing_ = false;
  bool announced_ = false;  // at least once
  std::uint64_t announce_at_ms_ = 0;
  std::uint64_t not_before_ms_ = 0;  // of the next attempt to be primary
  std::uint64_t outage_since_ms_ = 0;
  bool outage_ = false;
  bool serving_unsaid_ = false;  // the ports are open, and the store has not been told
  bool namesake_logged_ = false;
  bool taking_ = false;
  bool asking_ = false;
  bool withdrawing_ = false;
  std::string cannot_logged_;  // why it cannot be primary, as the log has it
  Lease taken_from_;           // as it was when it was taken
  std::uint64_t take_sent_ms_ = 0;
  bool renewing_ = false;
  std::uint64_t renewed_ms_ = 0;
  std::string renewal_problem_;
  Respond backup_respond_;
  std::function<void()> stopped_;
  bool stopping_ = false;

  Timer look_timer_;
  Timer renew_timer_;
  Timer overdue_timer_;
  LeaseThread leases_;  // last: its jobs refer to the rest
};

}  // namespace outpost::supervisor
