#include "supervisor/role/renewal.h"

#include <fmt/core.h>

#include <algorithm>
#include <utility>

namespace outpost::supervisor {

using std::chrono::milliseconds;

Renewal::Renewal(Loop& loop, RoleDuties& duties, Times times, Alarms alarms)
    : loop_(loop),
      duties_(duties),
      times_(times),
      alarms_(std::move(alarms)),
      renew_timer_(loop, [this] { renew(); }),
      overdue_timer_(loop, [this] { overdue(); }) {}

void Renewal::begin(std::int64_t epoch, std::uint64_t renewed_ms) {
  epoch_ = epoch;
  under_way_ = false;
  problem_.clear();
  renewed_ms_ = renewed_ms;
  renew_timer_.start_repeating(times_.interval);
  watch();
  renew();
}

void Renewal::stop() {
  epoch_ = 0;
  renew_timer_.stop();
  overdue_timer_.stop();
}

void Renewal::watch() {
  auto since = milliseconds(loop_.now_ms() - renewed_ms_);
  overdue_timer_.start(std::max(times_.lease_time * 2 / 3 - since, milliseconds(0)));
}

void Renewal::renew() {
  if (under_way_) return;
  under_way_ = true;
  duties_.renew_lease(times_.lease_time, [this, sent = loop_.now_ms(), epoch = epoch_](const Result<>& outcome) {
    if (epoch == epoch_) renewed(sent, outcome);
  });
}

void Renewal::renewed(std::uint64_t sent_ms, const Result<>& outcome) {
  under_way_ = false;
  if (!outcome && outcome.error().code == Errc::fenced) return alarms_.fenced(outcome.error());
  if (!outcome) {
    problem_ = outcome.error().text;
    return;
  }
  problem_.clear();
  renewed_ms_ = sent_ms;
  watch();
}

void Renewal::overdue() {
  alarms_.overdue(fmt::format("the lease was not renewed for {} ms{}", loop_.now_ms() - renewed_ms_,
                              problem_.empty() ? "" : ": " + problem_));
}

}  // namespace outpost::supervisor
