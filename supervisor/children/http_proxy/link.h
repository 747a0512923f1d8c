// The supervisor's side of the conversation with outpost-proxy: configuration down, requests up, answers down.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "common/log.h"
#include "protocol/channel/messages.h"
#include "supervisor/children/child.h"
#include "supervisor/children/http_proxy/correlations.h"
#include "supervisor/children/http_proxy/counters.h"
#include "supervisor/children/http_proxy/traffic.h"
#include "supervisor/children/log.h"
#include "supervisor/config/config.h"
#include "supervisor/store/record_store.h"

namespace outpost::supervisor {

class ProxyLink final : public ChildDriver, private ProxyTraffic::Replies {
 public:
  // All references outlive the link. `bound` is called when a proxy holds its ports.
  ProxyLink(Loop& loop, Log& log, const ChildKind& kind, ProxyTraffic& traffic, std::function<void()> bound);
  ~ProxyLink();

  // Must be set before `child` starts anything.
  void set_child(Child& child) { child_ = &child; }
  // Used by the next proxy that starts; a running one is told all of it, and keeps its listeners and its encoding.
  void set_config(const Config& config);
  // All that are valid from now on.
  void set_tokens(std::vector<Token> tokens);
  // Calls `then` once no proxy serves requests by an older configuration or by older tokens: at once when none runs. A
  // proxy that does not confirm within the channel time-out is ended, which is an answer too.
  void when_in_force(std::function<void()> then);
  // Answers every request that waits with `reply`, and drops what comes of it later.
  void answer_waiting(const protocol::ClientReply& reply);
  void reopen_logs();

  // The addresses of the running proxy; empty when none runs.
  [[nodiscard]] const std::vector<protocol::ListenAddress>& bound() const { return bound_; }
  // Character set of the events of the proxy that started last.
  [[nodiscard]] const std::string& encoding() const { return encoding_; }
  // What the running proxy has given up.
  [[nodiscard]] const std::vector<protocol::SandboxMeasure>& sandbox() const { return sandbox_; }
  // Of the running proxy, as of its latest Pong.
  [[nodiscard]] const protocol::Statistics& statistics() const { return counters_.running(); }
  // The same with what the proxies before it have counted.
  [[nodiscard]] protocol::Statistics total() const { return counters_.total(); }
  [[nodiscard]] std::vector<ProxyTraffic::CountedRequest> counted_requests() const { return counted_; }
  // Since this supervisor started: what clients sent, and the replies to it that came after their proxy was gone.
  [[nodiscard]] std::uint64_t requests() const { return requests_; }
  [[nodiscard]] std::uint64_t orphaned() const { return orphaned_; }
  // What the running proxy waits for.
  [[nodiscard]] std::uint64_t in_flight() const { return unanswered_.size() + held_.size(); }
  // With what the running proxy has begun; null when none runs. What takes effect at a proxy's start is in force there.
  [[nodiscard]] const Config* begun_with() const { return channel_ ? begun_with_.get() : nullptr; }
  // Whether the last proxy that gave up said that another process has one of its ports.
  [[nodiscard]] bool lacks_ports() const { return lacks_ports_; }

 private:
  Result<> on_starting() override;
  void on_spawned(protocol::Channel& channel, std::uint32_t generation) override;
  Result<> on_frame(const protocol::Frame& frame) override;
  void ask_to_drain(std::chrono::milliseconds deadline) override;
  void on_gone() override;
  [[nodiscard]] bool filters_itself() const override { return filters_itself_; }

  Result<> on(const protocol::Hello& hello);
  Result<> on(const protocol::Bound& bound);
  Result<> on(const protocol::Failed& failed);
  Result<> on(const protocol::Statistics& statistics);
  Result<> on_pong(std::uint64_t correlation);
  Result<> on(const protocol::WantLogSegment& want);
  Result<> on_client(std::uint64_t correlation, protocol::ClientRequest message);
  Result<> on_cancel(std::uint64_t correlation);
  void reply(std::uint64_t correlation, protocol::ClientReply reply) override;
  [[nodiscard]] std::size_t backlog() const override { return channel_ ? channel_->queued_bytes() : 0; }
  void send(std::uint64_t correlation, const protocol::ClientReply& reply);
  [[nodiscard]] protocol::Configure configure_message() const;
  [[nodiscard]] bool is_service() const { return kind_.listeners == ListenerProtocol::http; }
  [[nodiscard]] const std::vector<protocol::ListenAddress>& addresses_to_send(
      const std::vector<protocol::ListenAddress>& asked) const {
    return asked == last_asked_ ? last_bound_ : asked;
  }
  void send_configure();
  void note_limits(const protocol::Configure& message);
  void send_tokens();
  void confirm(std::uint64_t up_to);
  Result<> hand_over_log(int file, protocol::LogFileKind kind);
  [[nodiscard]] bool has_access_log() const;
  void follow_access_log();
  Result<> note_ids(const protocol::ClientRequest& message);

  Log& log_;
  const ChildKind& kind_;
  ProxyTraffic& traffic_;
  std::function<void()> bound_report_;
  Child* child_ = nullptr;
  std::unique_ptr<Config> config_;
  std::unique_ptr<Config> begun_with_;
  ChildLog proxy_log_;
  ChildLog access_log_;
  protocol::Channel* channel_ = nullptr;
  std::uint32_t generation_ = 0;
  enum class Step : std::uint8_t { hello, bound, running, failed } step_ = Step::hello;
  std::string encoding_;
  std::vector<protocol::ListenAddress> asked_;  // listeners as configured for this proxy
  std::vector<protocol::ListenAddress> sent_;   // and as it was told, with the ports of the one before
  std::vector<protocol::ListenAddress> bound_;
  bool stale_ = false;                               // the configuration is newer than what the proxy was told
  std::vector<protocol::ListenAddress> last_asked_;  // the same of the proxy before: a port that the kernel chose is
  std::vector<protocol::ListenAddress> last_bound_;  // kept, so that clients find the next proxy where the last one was
  std::vector<protocol::SandboxMeasure> sandbox_;
  const std::vector<ProxyTraffic::CountedRequest> counted_;
  ProxyCounters counters_;
  std::uint64_t requests_ = 0;
  std::uint64_t orphaned_ = 0;
  // What the running proxy may have unanswered, the held calls apart, and how large a request of it may be. The
  // most that it was told of each, for what it sent before it read the latest Configure.
  Correlations unanswered_;
  Correlations held_;
  std::uint64_t cancels_left_ = 0;  // what it has asked for and not cancelled
  std::size_t window_max_ = 0;
  std::size_t connections_max_ = 0;
  std::size_t request_bytes_max_ = 0;
  bool statistics_due_ = false;  // one for each Pong
  bool filters_itself_ = false;
  bool lacks_ports_ = false;

  std::vector<Token> tokens_;
  // Each Tokens message has a number, as its correlation id; the Pong with that number says that it is in force.
  std::uint64_t tokens_sent_ = 0;
  std::uint64_t tokens_confirmed_ = 0;
  struct Waiting {
    std::uint64_t number;
    std::function<void()> then;
  };
  std::vector<Waiting> waiting_;
  Timer confirm_timer_;
};

}  // namespace outpost::supervisor
