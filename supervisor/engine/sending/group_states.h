// Tells other servers of campaign groups: when one is loaded, started, stopped or unloaded, when its dialing mode
// changes, and in an interval while it is loaded. Nothing is sent again. Source: ocs.md 6.7. Loop thread.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "common/io/loop.h"
#include "common/log.h"
#include "supervisor/children/courier/courier.h"
#include "supervisor/config/config.h"
#include "supervisor/engine/outward/group_status.h"
#include "supervisor/engine/threads.h"

namespace outpost::supervisor {

class MetricsWriter;

// As it is sent, to the server that the status names.
FetchRequest status_request(const GroupStatus& status, const GroupChange& change);

// What has changed is found by a look at all groups, which is compared with the one before. The first look of a primary
// finds no changes: what was so before is not news.
class GroupStates {
 public:
  // Under way at a time; the courier sees to it that no server takes the room of others.
  static constexpr std::size_t kUnderWayMax = 1'000;
  // That wait for one group, whose earlier ones go first. Of more the oldest is left out.
  static constexpr std::size_t kWaitingMax = 8;

  // References outlive this.
  GroupStates(Loop& loop, Log& log, EngineThreads& engine, Courier& courier, const Config& config);

  // What of the configuration takes effect at once.
  void use(const Config& config);
  // This supervisor serves as primary, until stop(). Whatever is under way is given up then.
  void start();
  void stop();
  // A group may be another than before.
  void look() { look(false); }

  void write_metrics(MetricsWriter& out) const;

 private:
  enum class Outcome : std::uint8_t { delivered, refused, failed, left_out };
  static constexpr std::array<std::string_view, 4> kOutcomeWords{"delivered", "refused", "failed", "left-out"};

  struct Group {
    GroupStanding standing;
    GroupStatus status;
    std::deque<GroupChange> waiting;
    bool under_way = false;
    std::uint64_t fetch = 0;  // its number with the courier
    GroupEvent event = GroupEvent::periodic;
  };

  void look(bool periodic);
  void take(std::vector<SeenGroup> all, bool periodic);
  void take(SeenGroup seen, bool periodic, bool news);
  void put(std::int64_t dbid, Group& group, const GroupChange& change);
  void send_waiting();
  void send(std::int64_t dbid, Group& group);
  void answered(std::int64_t dbid, const protocol::FetchReply& reply);
  void count(Outcome outcome) { ++outcomes_.at(static_cast<std::size_t>(outcome)); }

  Log& log_;
  EngineThreads& engine_;
  Courier& courier_;
  std::shared_ptr<const Outward> outward_;  // of the reader's thread, which looks once at a time
  std::chrono::seconds interval_;
  Timer timer_;
  std::uint64_t period_ = 0;  // number of the time as primary, 0 for none
  std::uint64_t periods_ = 0;
  bool looking_ = false;
  bool look_again_ = false;
  bool periodic_again_ = false;
  bool seen_ = false;         // the first look is over
  bool unread_ = false;       // the last look failed
  bool any_told_of_ = false;  // as of the last look
  std::unordered_map<std::int64_t, Group> groups_;
  std::deque<std::int64_t> ready_;  // those with something that waits and nothing under way
  std::size_t under_way_ = 0;
  std::array<std::uint64_t, kOutcomeWords.size()> outcomes_{};
};

}  // namespace outpost::supervisor
