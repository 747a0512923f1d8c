// Deliveries of events that are not over: which may be tried when. A target that does not answer delays no other: each
// has a lane of its own, the lanes take turns, and none takes all of what there is room for, neither under way nor
// waiting. Pure; times are milliseconds of a steady clock.
//
//   add() ─▶ its lane ──begin()──▶ under way ──ended(over)────▶ forgotten
//               ▲                      │
//               └── due after a wait ◀─┘ ended(failed), as often as there are waits; then forgotten too
//
// Source: gms.md 3.5 (1, 2 and 4 s), mobile.md 9.3.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "supervisor/config/push.h"
#include "supervisor/mobile/notification/rules.h"
#include "supervisor/mobile/ors/session.h"

namespace outpost::supervisor::mobile {

// Of an event on its way.
struct PublishedEvent {
  std::string id;
  NotificationEvent event;
};

struct Delivery {
  std::shared_ptr<const PublishedEvent> published;
  std::string subscription;
  PushType type = PushType::httpcb;
  std::string device;
  std::string authorization;
  std::string language;
  std::string ors_event;
  OrsSession session;  // of type orscb
};

// Who is asked for a delivery: the server of a URL, or that of a session. Those of one target share its lane.
std::string target_of(const Delivery& delivery);

using DeliveryWaits = std::vector<std::chrono::milliseconds>;
// What is waited before each further try: four in all.
DeliveryWaits delivery_waits();

class DeliveryQueue {
 public:
  // That are not over. What is more is not taken; the page that is read then comes on top.
  static constexpr std::size_t kWaitingMax = 10'000;
  // Messages under way together; more wait until some of them end.
  static constexpr std::size_t kBytesUnderWayMax = 64 * 1024 * 1024;

  explicit DeliveryQueue(DeliveryWaits waits) : waits_(std::move(waits)) {}
  // How many are under way, to one target and to all. More than the courier lets have a connection would wait there, in
  // the time that they have.
  void set_room(std::size_t per_target, std::size_t total) {
    per_target_ = per_target;
    total_ = total;
  }

  // Takes it over. False, and it is left as it was: its target has more than there is room for others.
  [[nodiscard]] bool add(Delivery& delivery);
  // The next that is tried, which is under way from now on; nothing when none is due or there is no room.
  std::optional<std::uint64_t> begin(std::uint64_t now_ms);
  // Of one that is not over.
  [[nodiscard]] const Delivery& at(std::uint64_t number) const { return entries_.at(number).delivery; }
  // How often it was tried, this time included.
  [[nodiscard]] std::size_t tries(std::uint64_t number) const { return entries_.at(number).tries; }

  enum class End : std::uint8_t { over, failed };
  // False: it is tried again. The number is unknown from then on when it is true.
  bool ended(std::uint64_t number, End end, std::uint64_t now_ms);
  void clear();

  [[nodiscard]] bool full() const { return entries_.size() >= kWaitingMax; }
  [[nodiscard]] std::size_t size() const { return entries_.size(); }
  [[nodiscard]] std::size_t size(PushType type) const { return of_type_.at(static_cast<std::size_t>(type)); }
  // When the next of those that wait is due.
  [[nodiscard]] std::optional<std::uint64_t> next_due_ms() const;

 private:
  struct Entry {
    Delivery delivery;
    std::string target;
    std::size_t bytes = 0;
    std::size_t tries = 0;
  };
  struct Lane {
    std::deque<std::uint64_t> ready;
    std::size_t under_way = 0;
    bool in_turn = false;
  };

  [[nodiscard]] bool may_begin(const Lane& lane) const;
  std::optional<std::string> take_turn();
  void make_ready(std::uint64_t number);
  void give_turn(const std::string& target, Lane& lane);
  void land(const Entry& entry);
  void forget(std::uint64_t number);

  DeliveryWaits waits_;
  std::size_t per_target_ = 20;
  std::size_t total_ = 75;
  std::uint64_t last_number_ = 0;
  std::unordered_map<std::uint64_t, Entry> entries_;
  std::set<std::pair<std::uint64_t, std::uint64_t>> due_;   // when, and which
  std::unordered_map<std::string, Lane> lanes_;             // each with something ready or under way
  std::deque<std::string> turns_;                           // lanes with something ready
  std::unordered_map<std::string, std::size_t> of_target_;  // what of it is not over, what waits for a try included
  std::size_t under_way_ = 0;
  std::size_t bytes_under_way_ = 0;
  std::array<std::size_t, kPushTypeWords.size()> of_type_{};
};

}  // namespace outpost::supervisor::mobile
