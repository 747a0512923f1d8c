// The Notification API: who wants to hear of what, and that they do. An event is taken, answered with its id, and then
// delivered by this node to all subscriptions that match, of whichever node they are; what one subscriber does with it
// is nothing to another. Loop thread, but for what the store's threads do for it. Source: gms.md 3, mobile.md 9.3.
//
//   publish ─▶ events ──a page of subscriptions at a time──▶ deliveries ──▶ courier, ORS
//
// At most once: what is on its way is in memory, and ends with this process.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>

#include "common/io/loop.h"
#include "common/log.h"
#include "protocol/channel/call.h"
#include "supervisor/children/courier/courier.h"
#include "supervisor/config/config.h"
#include "supervisor/config/push.h"
#include "supervisor/mobile/notification/delivery_queue.h"
#include "supervisor/mobile/notification/localization.h"
#include "supervisor/mobile/ors/ors_client.h"
#include "supervisor/mobile/replies.h"
#include "supervisor/mobile/state/state_threads.h"
#include "supervisor/mobile/store_watch.h"

namespace outpost {
class JsonWriter;
}
namespace outpost::supervisor {
class MetricsWriter;
}

namespace outpost::supervisor::mobile {

class Notifications final : private TurnEnd {
 public:
  // Events whose subscriptions are not all found yet; as DeliveryQueue::kWaitingMax, beyond it publish is refused.
  static constexpr std::size_t kEventsMax = 1'000;
  // Of the store at a time, and for how many events at once.
  static constexpr std::int64_t kPageSize = 500;
  static constexpr std::size_t kFindsMax = 8;

  // References outlive this, and so do the threads' works, which use it. Reads the localisation file: types, providers
  // and texts are those of the start (gms.md 3.5).
  Notifications(Loop& loop, Log& log, StateThreads& threads, StoreWatch& watch, Courier& courier, OrsClient& ors,
                const Config& config, DeliveryWaits waits = delivery_waits());
  ~Notifications() override;
  // What takes effect at once: how many connections a target has, and all of them, and the time for one.
  void use(const Config& config);

  // Handlers of the routes; each answers once.
  void subscribe(const protocol::Call& call, Respond respond);
  void show(const protocol::Call& call, Respond respond);
  void unsubscribe(const protocol::Call& call, Respond respond);
  void publish(const protocol::Call& call, const Respond& respond);

  // The same from inside: the id of the event. `message_json` is well-formed and compact JSON. Errc::invalid: it is no
  // event, in the words of make_event(); Errc::limit: too much is on its way; Errc::closed: this ends; Errc::io.
  Result<std::string> publish_event(std::string tag, std::string message_json, std::string_view media_type);

  // {TYPE: {"sent","failed","waiting"}}, of those that were ever used or are enabled.
  void write_counters(JsonWriter& out) const;
  void write_metrics(MetricsWriter& out) const;
  // Deliveries that are not over, those of events whose subscriptions are being found not counted.
  [[nodiscard]] std::size_t waiting() const { return queue_.size(); }

  // Cancels what waits and what is under way; nothing is taken any more.
  void stop();

 private:
  struct Counts {
    std::uint64_t sent = 0;
    std::uint64_t failed = 0;
  };
  // An event whose subscriptions are being found.
  struct Finding {
    std::shared_ptr<const PublishedEvent> published;
    std::string after;  // the id of the last subscription that was looked at
    bool busy = false;
    std::size_t failures = 0;
    std::uint64_t due_ms = 0;
  };
  struct Page;

  void at_turn_end() override;
  void write(const std::string& key, std::function<Result<>(StateStore&, protocol::CallReply&)> work, Respond respond);
  [[nodiscard]] bool takes_events() const;
  Result<std::string> take(NotificationEvent event);

  void find_all();
  void find(std::uint64_t number, Finding& finding);
  void found(std::uint64_t number, Page& page, const Result<>& outcome);
  void not_found(std::uint64_t number, Finding& finding, const Error& error);

  void send_all();
  void send(std::uint64_t number);
  void post(std::uint64_t number, const Delivery& delivery);
  void tell_session(std::uint64_t number, const Delivery& delivery);
  void answered(std::uint64_t number, const protocol::FetchReply& reply);
  void delivered(std::uint64_t number);
  void failed(std::uint64_t number, DeliveryQueue::End end, std::string_view why);
  void unserved(std::uint64_t number, std::string_view why);
  void give_up(LogMessage message, const Delivery& delivery, std::size_t tries, std::string_view why);
  void set_timer();

  Loop& loop_;
  Log& log_;
  StateThreads& threads_;
  StoreWatch& watch_;
  Courier& courier_;
  OrsClient& ors_;
  const Config started_;  // for what takes effect at a start
  const PushTypes types_;
  const DeliveryWaits waits_;
  Localization localization_;
  DeliveryQueue queue_;
  std::chrono::milliseconds callback_time_{0};
  Timer timer_;
  bool stopped_ = false;
  std::uint64_t last_event_ = 0;
  std::map<std::uint64_t, Finding> events_;         // in the order in which they were published
  std::size_t finds_ = 0;                           // under way
  std::map<std::uint64_t, std::uint64_t> fetches_;  // by delivery: the courier's numbers
  std::array<Counts, kPushTypeWords.size()> counts_{};
  std::uint64_t published_ = 0;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);  // for the client of ORS, which forgets nothing
};

}  // namespace outpost::supervisor::mobile
