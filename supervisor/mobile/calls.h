// What becomes of the calls of a mobile node's clients: the row of the table of routes names the handler. The proxy is
// believed nothing that can be known here: a call that no client can make ends it, and who may ask is looked at again.
// Loop thread. Source: mobile.md 4, 7.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "common/io/loop.h"
#include "common/log.h"
#include "protocol/mobile/routes.h"
#include "supervisor/children/http_proxy/traffic.h"
#include "supervisor/config/config.h"
#include "supervisor/mobile/node.h"
#include "supervisor/mobile/replies.h"
#include "supervisor/mobile/services/service_api.h"
#include "supervisor/mobile/storage_api.h"

namespace outpost::supervisor::mobile {

// What handlers work with; all outlive the traffic.
struct MobileParts {
  StorageApi& storage;
  ServiceApi& services;
  Notifications& notifications;
  Node& node;
  std::function<std::string()> counters;  // as JSON
};

class MobileTraffic final : public ProxyTraffic {
 public:
  // Large replies are not put behind so much that waits already for a proxy that reads slowly.
  static constexpr std::size_t kQueuedBytesMax = 128 * 1024 * 1024;

  // All but the configuration outlive the traffic.
  MobileTraffic(Loop& loop, Log& log, MobileParts parts, const Config& config);
  void use(const Config& config);

  Result<> on_message(std::uint64_t correlation, protocol::ClientRequest message, Replies& replies) override;
  void on_cancel(std::uint64_t correlation, const Replies& replies) override;
  void on_gone(const Replies& replies) override;
  [[nodiscard]] std::vector<CountedRequest> counted_requests() const override;

  // Bytes of the calls that are being done.
  [[nodiscard]] std::size_t bytes_in_work() const { return bytes_; }
  // Calls that were not begun because there was no room.
  [[nodiscard]] std::uint64_t refused() const { return refused_; }

 private:
  struct Waiting {
    Replies* replies;  // null: nobody waits for the reply any more
    std::uint64_t correlation;
    std::uint64_t connection;
    std::uint32_t sequence;
    std::uint64_t started_ms;
    std::size_t bytes;
    bool may_be_repeated;  // it changes nothing, so that nothing is lost when it has to be asked for again
  };

  [[nodiscard]] std::optional<protocol::CallReply> refusal(const protocol::MobileRow& row, const protocol::Call& call);
  void reply(std::uint64_t id, protocol::CallReply reply);

  Loop& loop_;
  Log& log_;
  MobileParts parts_;
  bool needs_token_ = false;
  std::string pair_;  // of user and password that calls need, by its name; empty: none
  std::size_t bytes_max_ = 0;
  std::size_t bytes_ = 0;
  std::uint64_t refused_ = 0;
  std::uint64_t last_id_ = 0;
  std::map<std::uint64_t, Waiting> waiting_;  // by a number of our own: a proxy may use an id again
};

}  // namespace outpost::supervisor::mobile
