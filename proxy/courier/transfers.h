// All fetches of the courier: those that wait for their turn and those under way. Each is replied to once.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "common/io/loop.h"
#include "common/log.h"
#include "protocol/channel/courier.h"
#include "proxy/courier/client.h"
#include "proxy/courier/resolver.h"
#include "proxy/courier/transfer.h"

namespace outpost::courier {

class Transfers {
 public:
  class Events {
   public:
    // Perhaps from within start().
    virtual void replied(std::uint64_t id, const protocol::FetchReply& reply) = 0;
    // A name could not be resolved.
    virtual void unresolved() = 0;

   protected:
    ~Events() = default;
  };

  // Both outlive the transfers.
  Transfers(Loop& loop, Log& log, Events& events, std::function<Lookup(const std::string& name)> how = look_up);
  ~Transfers();

  // For those that start from now on; the others end as they began, with their connections.
  void configure(std::vector<protocol::FetchClient> clients, const std::string& system_ca);
  void start(std::uint64_t id, protocol::Fetch fetch);
  // Nothing when there is none such: its reply has met this.
  void cancel(std::uint64_t id);
  // All that there are, for the courier ends: what has not left is not taken, the rest is lost.
  void end_all();

  [[nodiscard]] bool contains(std::uint64_t id) const { return transfers_.contains(id); }
  [[nodiscard]] std::size_t size() const { return transfers_.size(); }
  [[nodiscard]] const protocol::CourierStatistics& statistics() const { return counted_; }

 private:
  using Transferred = std::unordered_map<std::uint64_t, std::unique_ptr<Transfer>>;

  void refuse(std::uint64_t id, protocol::FetchOutcome outcome, std::string why);
  void go_on(const std::shared_ptr<Client>& client);
  void begin(Transferred::iterator one);
  void set_aside(Transfer& transfer);
  void on_looked_up(std::uint64_t id, const Lookup& lookup);
  void on_done(CURL* easy, CURLcode outcome);
  void on_expired(std::uint64_t id);
  void end(Transferred::iterator one, protocol::FetchReply reply);
  void log(const Transfer& transfer, const protocol::FetchReply& reply);

  Loop& loop_;
  Log& log_;
  Events& events_;
  Resolver resolver_;
  Room room_;
  std::vector<std::shared_ptr<Client>> clients_;  // null: it cannot be used
  Transferred transfers_;
  protocol::CourierStatistics counted_;
};

}  // namespace outpost::courier
