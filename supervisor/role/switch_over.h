// A planned switch of the role, seen from either side: asked for, followed from look to look, ended.
//
//   planned switch          primary                     store                        backup
//     asked                   ── wanted_by ───────────────▶  ◀──────── looks ────────
//                             ──────── looks ─────────────▶  ◀──────── ready_for ────   is alive, could serve
//     draining                closes its ports, answers, commits
//     handed over             ── release ─────────────────▶  ◀──────── take ─────────
//                             ──────── looks ─────────────▶  ◀──────── serving_at ───   opens its ports
//
// What it finds out it tells the keeper, who decides about the role. Source: design.md section 6.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "common/io/loop.h"
#include "common/log.h"
#include "supervisor/role/lease_jobs.h"
#include "supervisor/role/lookout.h"
#include "supervisor/role/peers.h"
#include "supervisor/role/self.h"

namespace outpost::supervisor {

class SwitchOver {
 public:
  using Respond = std::function<void(Result<std::string>)>;
  // Expires when whoever asked has hung up.
  using Asker = std::weak_ptr<const void>;
  enum class Next : std::uint8_t {
    wait,
    hand_over,  // this one is primary, and the other side is ready: close the ports, then tell released()
  };

  // References outlive this.
  SwitchOver(const Loop& loop, Log& log, LeaseJobs& leases, const Self& self, const Lookout& lookout,
             const Peers& peers);

  // As RoleKeeper::switch_to(). True when a switch begins by it, which is to be looked at without delay; otherwise
  // `respond` was called. Likewise follow_wish(), for what the other side has asked for.
  bool ask_for(std::string to, std::chrono::milliseconds timeout, Asker asker, Respond respond);
  bool follow_wish();
  // After each look.
  Next follow();
  // The wish is withdrawn when `asker` or the time is gone before the primary has begun to hand over.
  void give_up_in_time();
  // Whoever waits is told so; for a supervisor that stops.
  void cancel(const std::string& reason);

  // What the keeper found out.
  void another_has_lease();
  void released();
  void has_started();

  [[nodiscard]] bool under_way() const { return switch_.has_value(); }
  // The switch that is under way.
  [[nodiscard]] const std::string& to() const { return switch_->to; }
  // Whom the lease is to be given to, of a primary that hands over; empty for nobody in particular.
  [[nodiscard]] std::string successor() const { return is_at(Step::draining) ? switch_->to : ""; }
  // This supervisor takes the lease as soon as it can: it was told to, or has handed over and nobody took it yet.
  [[nodiscard]] bool told_primary() const { return told_primary_; }
  // The other side asks for this one.
  [[nodiscard]] bool is_wanted() const { return !withdrawing_ && lookout_.is_wanted(); }

 private:
  enum class Step : std::uint8_t { asked, draining, handed_over };
  // A switch that somebody waits for, or that the other side has asked for.
  struct Switch {
    std::string to;
    std::string from;
    std::int64_t epoch = 0;  // of the lease at its beginning
    Step step = Step::asked;
    std::uint64_t deadline_ms = 0;
    Asker asker = {};
    Respond respond = nullptr;  // none: the other side waits
    std::string problem = {};   // why the wish could not be written, last
  };

  void begin(std::string to, std::chrono::milliseconds timeout, Asker asker, Respond respond);
  void ask();
  void withdraw_wish();
  bool follow_successor();
  bool follow_asked();
  void switched();
  void end(Result<std::string> reply);
  [[nodiscard]] bool is_at(Step step) const { return switch_ && switch_->step == step; }
  [[nodiscard]] std::string why_not_switched() const;

  const Loop& loop_;
  Log& log_;
  LeaseJobs& leases_;
  const Self& self_;
  const Lookout& lookout_;
  const Peers& peers_;
  std::optional<Switch> switch_;
  bool told_primary_ = false;
  bool asking_ = false;
  bool withdrawing_ = false;
};

}  // namespace outpost::supervisor
