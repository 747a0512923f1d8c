// Delivers what is in the outbox: at least once, those of one chain to one destination in their order, whatever becomes
// of the courier, of this supervisor and of its role meanwhile. Runs only while primary. Loop thread.
//
//   store ──look()──▶ lanes of each destination ──pump()──▶ courier
//     ▲                    ▲                                   │
//     └── settle() ────────┴───────────── on_reply() ◀─────────┘
//
// A message stays in the store until its destination has answered with 2xx: a crash between the answer and the removal
// makes it come again. A receiver knows it by its id.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/clock.h"
#include "common/io/loop.h"
#include "common/log.h"
#include "supervisor/children/courier/courier.h"
#include "supervisor/config/config.h"
#include "supervisor/engine/outward/outbox_pages.h"
#include "supervisor/engine/sending/destination.h"
#include "supervisor/engine/threads.h"

namespace outpost {
class JsonWriter;
}

namespace outpost::supervisor {

class MetricsWriter;

// How a destination stands; of a supervisor that is not primary nothing is known.
enum class OutboxStanding : std::uint8_t { not_primary, no_address, paused, waiting, sending, idle };
inline constexpr std::array<std::string_view, 6> kOutboxStandingWords{"not primary", "no address", "paused",
                                                                      "waiting",     "sending",    "idle"};
constexpr std::span<const std::string_view> words_of(OutboxStanding) { return kOutboxStandingWords; }

class Outbox final : private TurnEnd {
 public:
  // All references outlive this. `courier` is asked from start() on.
  Outbox(Loop& loop, Log& log, EngineThreads& engine, std::function<Courier&()> courier, const Clock& clock,
         const Config& config);

  // The store is open, and this supervisor serves.
  void start();
  // Nothing new is begun. What is under way may be answered for so long.
  void stop(std::chrono::milliseconds grace);
  // Before the store is closed: what was answered is written, or (`abandon`) not.
  void end();
  void abandon();
  void use(const Config& config);
  // There may be more than was seen.
  void look();

  // What outpostctl asks and does; the store is its own to change, before it says so here.
  struct View {
    OutboxStanding standing = OutboxStanding::not_primary;
    std::int64_t until = 0;  // epoch seconds, of waiting
    std::string address;     // without what may be secret; empty for none
    std::size_t in_flight = 0;
    std::string problem;
  };
  [[nodiscard]] View view(std::string_view destination) const;
  // Also those without messages that the configuration has.
  [[nodiscard]] std::vector<std::string> destinations() const;
  // What waits for a time of its own goes now: of one destination, or of all for an empty name. How many there are.
  std::size_t retry(std::string_view destination);
  // Why it does not go now, as the rest of a sentence; empty when it does.
  std::string retry_message(const OutboxMessage& message);
  void set_paused(const std::string& destination, std::int64_t paused_at);
  void dropped(const std::string& destination, const std::vector<std::int64_t>& ids);

  // The member "outbox" of the open object.
  void write_status(JsonWriter& out) const;
  void write_metrics(MetricsWriter& out) const;

 private:
  struct Flight {
    std::string destination;
    std::uint64_t number = 0;  // the courier's
    std::uint64_t round = 0;
    std::uint64_t began_us = 0;
  };
  using Destinations = std::map<std::string, Destination, std::less<>>;

  // TurnEnd
  void at_turn_end() override;
  void plan() { loop_.at_end_of_turn(*this); }
  void on_tick();

  // What there is to send.
  void on_seen(OutboxSeen seen);
  void take_pauses(const std::vector<OutboxPause>& pauses);
  void take_messages(OutboxSeen& seen);
  Destination& of(const std::string& name);
  void find_addresses();
  void read_failed(const Error& error);

  // Sending.
  void pump();
  [[nodiscard]] bool may_begin(const Destination& destination, std::uint64_t now_ms) const;
  void begin(const std::string& name, Destination& destination, const OutboxMessage& message);
  void await_next(std::uint64_t now_ms);
  void on_reply(std::int64_t id, const protocol::FetchReply& reply);
  void settle_one(Destination& destination, const Flight& flight, std::int64_t id, Judged judged);
  void refused(Destination& destination, std::int64_t id, Judged judged);
  void untried(Destination& destination, std::int64_t id);
  void unreachable(Destination& destination, const Flight& flight, std::int64_t id, Judged judged);
  [[nodiscard]] bool goes_again(const Destination& destination, const OutboxMessage& message) const;
  void note_failed(Destination& destination, const OutboxMessage* message);
  std::chrono::milliseconds wait_of(const Judged& judged, int failures);
  void cancel_all();

  // What came of it.
  void settle();
  void put_back(OutboxSettled settled);

  // Upkeep.
  void survey();
  void on_survey(const std::vector<OutboxBacklog>& backlogs);
  void trim(const std::string& name, std::int64_t surplus);
  void on_trimmed(const std::string& name, std::int64_t surplus, const OutboxTrimmed& trimmed);
  void forget(Destination& destination, const std::vector<std::int64_t>& ids);
  void prune();
  void give_up(Destination& destination, GivenUp reason, std::size_t messages);
  void tell_failing(const std::string& name, Destination& destination);
  void tell_works(const std::string& name, Destination& destination);
  void tell_given_up(const std::string& name, Destination& destination);

  Loop& loop_;
  Log& log_;
  EngineThreads& engine_;
  const std::function<Courier&()> courier_;
  const Clock& clock_;
  Outward outward_;

  bool running_ = false;
  std::uint64_t term_ = 0;  // rises with each start: what an earlier one asked for is not for this
  Timer tick_;
  Timer due_timer_;
  Timer grace_timer_;
  std::minstd_rand random_;

  Destinations destinations_;
  std::map<std::int64_t, Flight> flights_;  // by message
  std::vector<CampaignGroup> groups_;       // of destinations that are of one
  std::optional<std::uint64_t> groups_read_ms_;

  bool looking_ = false;
  bool look_again_ = false;
  bool pauses_changed_ = false;       // since the look began that is under way
  std::set<std::int64_t> forgotten_;  // the same
  bool reads_fail_ = false;
  OutboxSettled pending_;
  bool settling_ = false;
  bool settle_later_ = false;  // the store has failed: at the next tick

  std::optional<std::uint64_t> survey_due_ms_;
  std::vector<std::string> trimming_;
  Histogram<kDeliveryTimes> durations_;
};

}  // namespace outpost::supervisor
