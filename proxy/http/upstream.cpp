#include "proxy/http/upstream.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace outpost::proxy {

std::uint64_t Upstream::next_correlation() {
  // After a wrap a number may still be held by a request that was never answered.
  std::uint64_t correlation;
  do correlation = protocol::correlation_id(generation_, ++last_sequence_);
  while (in_flight_.contains(correlation) || held_.contains(correlation));
  return correlation;
}

bool Upstream::submit(std::uint64_t correlation, protocol::ClientRequest& request, Asker asker, std::uint64_t now_ms) {
  std::uint64_t deadline_ms = now_ms + timeout_ms_;
  if (waiting_.empty() && has_room()) {
    in_flight_.emplace(correlation, Flight{asker, deadline_ms, false});
    return true;
  }
  waiting_.push_back({{correlation, std::move(request), asker}, deadline_ms});
  return false;
}

void Upstream::hold(std::uint64_t correlation, Asker asker, std::uint64_t now_ms, std::uint32_t held_ms) {
  held_.emplace(correlation, Flight{asker, now_ms + held_ms, false, held_ms});
}

std::optional<Upstream::Departure> Upstream::depart() {
  if (waiting_.empty() || !has_room()) return std::nullopt;
  Waiting next = std::move(waiting_.front());
  waiting_.pop_front();
  in_flight_.emplace(next.departure.correlation, Flight{next.departure.asker, next.deadline_ms, false});
  return std::move(next.departure);
}

std::optional<Upstream::Asker> Upstream::answered(std::uint64_t correlation) {
  if (auto held = held_.extract(correlation)) return held.mapped().asker;
  auto found = in_flight_.find(correlation);
  std::optional<Asker> asker;
  if (found != in_flight_.end()) {
    if (!found->second.abandoned) asker = found->second.asker;
    in_flight_.erase(found);
  }
  if (!asker) ++late_answers_;
  return asker;
}

std::optional<Upstream::Asker> Upstream::goes_on(std::uint64_t correlation, std::uint64_t now_ms) {
  auto found = held_.find(correlation);
  if (found == held_.end()) {
    ++late_answers_;
    return std::nullopt;
  }
  found->second.deadline_ms = now_ms + found->second.held_ms;
  return found->second.asker;
}

bool Upstream::note_silence(std::uint64_t correlation) {
  auto found = in_flight_.find(correlation);
  return found != in_flight_.end() && !std::exchange(found->second.told, true);
}

bool Upstream::abandon(std::uint64_t correlation) {
  if (held_.erase(correlation) > 0) return true;
  if (auto found = in_flight_.find(correlation); found != in_flight_.end()) {
    found->second.abandoned = true;
    return !std::exchange(found->second.told, true);
  }
  std::erase_if(waiting_, [&](const Waiting& w) { return w.departure.correlation == correlation; });
  return false;
}

std::vector<Upstream::Unanswered> Upstream::expire(std::uint64_t now_ms) {
  std::vector<Unanswered> expired;
  while (!waiting_.empty() && waiting_.front().deadline_ms <= now_ms) {
    expired.push_back({waiting_.front().departure.asker, false});
    waiting_.pop_front();
  }
  // A walk over the whole window: it is bounded, and happens a few times a second.
  for (auto& [correlation, flight] : in_flight_) {
    if (flight.abandoned || flight.deadline_ms > now_ms) continue;
    flight.abandoned = true;
    expired.push_back({flight.asker, true});
  }
  std::ranges::move(expire_held(now_ms), std::back_inserter(expired));
  return expired;
}

std::vector<Upstream::Unanswered> Upstream::expire_held(std::uint64_t now_ms) {
  std::vector<Unanswered> expired;
  std::erase_if(held_, [&](const auto& held) {
    const auto& [correlation, flight] = held;
    if (flight.deadline_ms > now_ms) return false;
    expired.push_back({flight.asker, true, correlation});
    return true;
  });
  return expired;
}

std::vector<Upstream::Unanswered> Upstream::give_up() { return expire(UINT64_MAX); }

}  // namespace outpost::proxy
