#include "supervisor/mobile/notification/delivery_queue.h"

#include <algorithm>

#include "common/text.h"

namespace outpost::supervisor::mobile {

namespace {

// Up to the path, without user and password: "host:port" in small letters.
std::string server_of(std::string_view url) {
  std::size_t begin = url.find("://");
  url.remove_prefix(begin == std::string_view::npos ? 0 : begin + 3);
  url = url.substr(0, url.find_first_of("/?#"));
  url.remove_prefix(std::min(url.rfind('@') + 1, url.size()));
  return to_lower(url);
}

}  // namespace

std::string target_of(const Delivery& delivery) {
  switch (delivery.type) {
    case PushType::httpcb: return "http " + server_of(delivery.device);
    case PushType::orscb: return "ors " + delivery.session.base;
    default: return std::string(word_of(delivery.type));
  }
}

DeliveryWaits delivery_waits() {
  using std::chrono::seconds;
  return {seconds(1), seconds(2), seconds(4)};
}

bool DeliveryQueue::add(Delivery& delivery) {
  std::string target = target_of(delivery);
  // So many hung targets as there may be leave room for one more.
  std::size_t room = kWaitingMax - std::min(entries_.size(), kWaitingMax);
  auto others = of_target_.find(target);
  if (others != of_target_.end() && others->second > room) return false;
  std::uint64_t number = ++last_number_;
  ++of_type_.at(static_cast<std::size_t>(delivery.type));
  ++of_target_[target];
  std::size_t bytes = delivery.published->event.message.size();
  entries_.emplace(number, Entry{std::move(delivery), std::move(target), bytes, 0});
  make_ready(number);
  return true;
}

void DeliveryQueue::make_ready(std::uint64_t number) {
  const std::string& target = entries_.at(number).target;
  Lane& lane = lanes_[target];
  lane.ready.push_back(number);
  give_turn(target, lane);
}

void DeliveryQueue::give_turn(const std::string& target, Lane& lane) {
  if (lane.in_turn || lane.ready.empty()) return;
  lane.in_turn = true;
  turns_.push_back(target);
}

// No more than what is left for the others: there is always room for one of a target that has none.
bool DeliveryQueue::may_begin(const Lane& lane) const {
  return lane.under_way < per_target_ && under_way_ < total_ && lane.under_way < total_ - under_way_;
}

// The lane whose turn it is. Those before it that may not begin keep their places; each has something under way, so
// there are no more of them than that.
std::optional<std::string> DeliveryQueue::take_turn() {
  if (under_way_ >= total_ || bytes_under_way_ >= kBytesUnderWayMax) return std::nullopt;
  auto turn = std::ranges::find_if(turns_, [this](const std::string& target) { return may_begin(lanes_.at(target)); });
  if (turn == turns_.end()) return std::nullopt;
  std::string target = std::move(*turn);
  turns_.erase(turn);
  return target;
}

std::optional<std::uint64_t> DeliveryQueue::begin(std::uint64_t now_ms) {
  while (!due_.empty() && due_.begin()->first <= now_ms) {
    make_ready(due_.begin()->second);
    due_.erase(due_.begin());
  }
  std::optional<std::string> target = take_turn();
  if (!target) return std::nullopt;
  Lane& lane = lanes_.at(*target);
  lane.in_turn = false;
  std::uint64_t number = lane.ready.front();
  lane.ready.pop_front();
  ++lane.under_way;
  ++under_way_;
  give_turn(*target, lane);
  Entry& entry = entries_.at(number);
  ++entry.tries;
  bytes_under_way_ += entry.bytes;
  return number;
}

void DeliveryQueue::land(const Entry& entry) {
  bytes_under_way_ -= entry.bytes;
  auto lane = lanes_.find(entry.target);
  --lane->second.under_way;
  --under_way_;
  if (lane->second.ready.empty() && lane->second.under_way == 0) lanes_.erase(lane);
}

bool DeliveryQueue::ended(std::uint64_t number, End end, std::uint64_t now_ms) {
  Entry& entry = entries_.at(number);
  land(entry);
  if (end == End::failed && entry.tries <= waits_.size()) {
    due_.emplace(now_ms + static_cast<std::uint64_t>(waits_[entry.tries - 1].count()), number);
    return false;
  }
  forget(number);
  return true;
}

void DeliveryQueue::forget(std::uint64_t number) {
  auto entry = entries_.find(number);
  --of_type_.at(static_cast<std::size_t>(entry->second.delivery.type));
  auto others = of_target_.find(entry->second.target);
  if (--others->second == 0) of_target_.erase(others);
  entries_.erase(entry);
}

void DeliveryQueue::clear() {
  entries_.clear();
  due_.clear();
  lanes_.clear();
  turns_.clear();
  of_target_.clear();
  under_way_ = 0;
  bytes_under_way_ = 0;
  of_type_ = {};
}

std::optional<std::uint64_t> DeliveryQueue::next_due_ms() const {
  if (due_.empty()) return std::nullopt;
  return due_.begin()->first;
}

}  // namespace outpost::supervisor::mobile
