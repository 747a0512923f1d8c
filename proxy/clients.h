// The clients that are in: their connections, which of them has to go, and the requests of theirs that the supervisor
// is to answer.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

#include "common/io/loop.h"
#include "common/io/stream.h"
#include "common/log.h"
#include "common/networks.h"
#include "protocol/channel/messages.h"
#include "proxy/gate/admission.h"
#include "proxy/http/access_log.h"
#include "proxy/http/bodies.h"
#include "proxy/http/connection.h"
#include "proxy/http/responder.h"
#include "proxy/http/settings.h"
#include "proxy/http/upstream.h"
#include "proxy/http/watches.h"

namespace outpost::proxy {

class Clients final : private Connection::Host {
 public:
  // What they need of the proxy around them.
  class Host {
   public:
    virtual void send(const protocol::ClientRequest& request, std::uint64_t correlation) = 0;
    // Nobody waits for it any more.
    virtual void cancel(std::uint64_t correlation) = 0;
    // Some have left, perhaps the last.
    virtual void clients_left() = 0;

   protected:
    ~Host() = default;
  };

  // All but `generation`, which is the supervisor's number for this proxy, must outlive them. `settings` have their
  // dialect.
  Clients(Loop& loop, Log& log, AccessLog& access, const Settings& settings, std::uint32_t generation, Host& host);
  ~Clients();
  Clients(const Clients&) = delete;
  Clients& operator=(const Clients&) = delete;

  // Takes effect at once. What cannot be used is an alarm in the log.
  void configure(const protocol::Configure& options);

  [[nodiscard]] bool is_welcome(const IpAddress& address) const { return admission_.is_welcome(address); }
  struct Admitted {
    Connection::Peer peer = {};     // without a source: the connection cannot be served
    std::string_view refusal = {};  // why; a constant
  };
  Admitted admit(const IpAddress& address);
  // Whether another one may be open that is refused. Beyond that they are closed without a word.
  [[nodiscard]] bool may_refuse() const;
  // One that was admitted is served, any other is told why not.
  // `listener` is its place in the settings.
  void add(std::uint64_t id, std::unique_ptr<ByteStream> stream, std::size_t listener, const Admitted& admitted);
  // Closes a connection for a new one. False: none can be spared.
  bool make_room();
  // See Connection. Who is gone already is passed over.
  void break_off(std::uint64_t id, std::string_view why);

  // The supervisor has answered a request. Nobody may wait for it any more.
  void on_answer(std::uint64_t correlation, protocol::ClientReply reply);
  // Sends what has waited for room, as far as there is some.
  void send_departures();

  // Each gets the response to the request that has begun, or else the next, and is closed.
  void drain();
  // The time to drain is over: what the supervisor has not answered is given up, and what has only begun.
  void end_drain();
  // What the supervisor has not answered by now it never will. The last call.
  void give_up();

  [[nodiscard]] std::size_t size() const { return connections_.size(); }
  [[nodiscard]] std::size_t open_requests() const {
    return upstream_.in_flight() + upstream_.waiting() + upstream_.held();
  }
  [[nodiscard]] protocol::Statistics statistics() const;
  // What is counted, for those who see it happen.
  protocol::Statistics& counters() { return counters_; }
  // A refusal in clear of what is no request, behind which the connection ends: for somebody else to write.
  std::string last_word(const Refusal& refusal, std::uint64_t connection);

 private:
  void give_up_held();
  // Connection::Host
  const Settings& settings() const override { return settings_; }
  Log& log() override { return log_; }
  const AccessLog& access_log() const override { return access_; }
  std::uint64_t now_ms() const override { return loop_.now_ms(); }
  Watches& watches() override { return watches_; }
  Bodies& bodies() override { return bodies_; }
  bool is_trusted(const IpAddress& peer) const override { return admission_.is_trusted(peer); }
  std::uint32_t take_token(Admission::Source& source) override;
  std::uint32_t take_token(const IpAddress& client) override;
  void plan(TurnEnd& turn_end) override { loop_.at_end_of_turn(turn_end); }
  std::uint64_t next_correlation() override { return upstream_.next_correlation(); }
  bool submit(std::uint64_t correlation, Exchange::Outgoing& outgoing, Upstream::Asker asker) override;
  void abandon(std::uint64_t correlation) override;
  void fell_silent(std::uint64_t correlation) override;
  void received(std::size_t bytes) override { counters_.bytes_received += bytes; }
  Responder& responder() override { return responder_; }
  void closed(Connection& connection) override;
  void left(Admission::Source* source) override;

  std::uint32_t count_limited(std::uint32_t wait_s);
  Connection* find(std::uint64_t id);
  void destroy(Connection& connection);
  void fail(const Upstream::Unanswered& unanswered, Refusal::Reason reason);
  void sweep();
  void sweep_overdue(std::uint64_t now_ms);
  void sweep_unread(std::uint64_t now_ms);

  Loop& loop_;
  Log& log_;
  AccessLog& access_;
  const Settings& settings_;
  Host& host_;
  protocol::Statistics counters_;
  Responder responder_;
  Upstream upstream_;
  Admission admission_;
  Watches watches_;
  Bodies bodies_;
  std::unordered_map<std::uint64_t, std::unique_ptr<Connection>> connections_;
  std::size_t refused_ = 0;  // of these: those that are open only to be told so
  bool draining_ = false;
  Timer sweep_;
};

}  // namespace outpost::proxy
