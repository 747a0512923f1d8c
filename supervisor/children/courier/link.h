// The supervisor's side of the conversation with outpost-courier: configuration and fetches down, replies up. It keeps
// what was asked for until it is answered, across the end of one courier and the start of the next.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "common/io/loop.h"
#include "common/log.h"
#include "supervisor/children/child.h"
#include "supervisor/children/courier/configure.h"
#include "supervisor/children/courier/courier.h"
#include "supervisor/children/courier/late_look.h"
#include "supervisor/children/log.h"
#include "supervisor/config/config.h"

namespace outpost::supervisor {

class CourierLink final : public ChildDriver, public Courier {
 public:
  // All references outlive the link.
  CourierLink(Loop& loop, Log& log, const ChildKind& kind);
  ~CourierLink();

  // Must be set before `child` starts anything.
  void set_child(Child& child) { child_ = &child; }
  // A running courier is told all of it, and goes by it for what is sent from now on.
  void set_config(const Config& config);
  // Whether a courier is to run. What waits when there is none any more is refused.
  void serve(bool serves);
  void reopen_logs();

  std::uint64_t fetch(FetchRequest request, Done done) override;
  void cancel(std::uint64_t number) override;

  [[nodiscard]] const std::vector<protocol::SandboxMeasure>& sandbox() const { return sandbox_; }
  // With what the running courier has begun; null when none runs.
  [[nodiscard]] const Config* begun_with() const { return channel_ ? begun_with_.get() : nullptr; }

  // Since this supervisor started.
  struct Counts {
    std::array<std::uint64_t, protocol::kFetchOutcomeWords.size()> outcomes{};
    std::uint64_t connections = 0;
    std::uint64_t bytes_sent = 0;
    std::uint64_t bytes_received = 0;
    std::uint64_t log_lines_lost = 0;
  };
  [[nodiscard]] Counts counts() const;
  [[nodiscard]] std::size_t waiting() const { return waiting_.size(); }
  [[nodiscard]] std::size_t in_flight() const { return in_flight_; }

 private:
  // The courier has clocks of its own and says by itself that a time is over. When it does not, its caller is told in
  // its place, and later it is ended: a fetch without a reply would take its place in the window for ever.
  static constexpr std::uint64_t kReplyMarginMs = 1'000;
  static constexpr std::uint64_t kReplyGraceMs = 15'000;

  struct Call {
    protocol::Fetch fetch;  // whole until the reply: a courier may not have taken it
    std::string client;
    std::chrono::milliseconds stall{0};
    Done done;  // null: nobody waits any more
    std::uint64_t expires_ms = 0;
    std::uint64_t due_ms = 0;  // when it is looked at again
    std::size_t bytes = 0;
    bool sent = false;
  };
  using Calls = std::unordered_map<std::uint64_t, Call>;

  Result<> on_starting() override;
  void on_spawned(protocol::Channel& channel, std::uint32_t generation) override;
  Result<> on_frame(const protocol::Frame& frame) override;
  void ask_to_drain(std::chrono::milliseconds deadline) override;
  void on_gone() override;
  [[nodiscard]] bool filters_itself() const override { return has_filter_; }

  Result<> on(const protocol::Hello& hello);
  Result<> on(const protocol::CourierReady& ready);
  Result<> on(const protocol::Failed& failed);
  Result<> on(const protocol::CourierStatistics& statistics);
  Result<> on(const protocol::WantLogSegment& want);
  Result<> on(const protocol::CourierLeaving& leaving);
  Result<> on_reply(std::uint64_t correlation, protocol::FetchReply reply);
  [[nodiscard]] static Result<> check(const protocol::FetchReply& reply, const protocol::Fetch& fetch);

  void send_configure();
  Result<> hand_over_log(int file);
  [[nodiscard]] std::string refusal() const;
  [[nodiscard]] const CourierClient* client_of(const std::string& name) const;
  void pump();
  void send(std::uint64_t number, Call& call);
  void put_back(std::uint64_t number, Call& call);
  void look_again(std::uint64_t number, Call& call, std::uint64_t at_ms);
  void on_due();
  void on_due(std::uint64_t number, Call& call);
  void forget(std::uint64_t number);
  void answer(std::uint64_t number, protocol::FetchOutcome outcome, std::string text);
  void tell(Done& done, protocol::FetchReply reply);
  [[nodiscard]] bool is_ready() const { return channel_ && step_ == Step::running; }

  Loop& loop_;
  Child* child_ = nullptr;
  std::unique_ptr<Config> config_;
  std::vector<CourierClient> clients_;  // of it
  std::unique_ptr<Config> begun_with_;
  ChildLog courier_log_;
  protocol::Channel* channel_ = nullptr;
  std::uint32_t generation_ = 0;
  enum class Step : std::uint8_t { hello, configured, running, leaving, failed } step_ = Step::hello;
  std::vector<protocol::SandboxMeasure> sandbox_;
  bool serves_ = false;
  bool stale_ = false;           // the configuration is newer than what the courier was told
  bool statistics_due_ = false;  // one for each Pong
  bool has_filter_ = false;
  bool said_it_leaves_ = false;
  std::uint64_t lines_lost_ = 0;  // by the running courier
  Counts counts_;

  std::uint64_t last_number_ = 0;
  Calls calls_;
  std::set<std::uint64_t> waiting_;  // in the order of their asking
  std::size_t waiting_bytes_ = 0;
  std::size_t in_flight_ = 0;
  std::size_t in_flight_bytes_ = 0;
  std::set<std::pair<std::uint64_t, std::uint64_t>> due_;  // when, and which
  Timer due_timer_;
  LateLook late_look_;
  Timer leaving_timer_;  // a courier that takes nothing more and does not end
};

}  // namespace outpost::supervisor
