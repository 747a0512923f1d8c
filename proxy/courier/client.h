// One of the configured clients: its rules, what it shows and trusts in TLS, and its connections, which no other
// shares.
#pragma once

#include <curl/curl.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "common/io/loop.h"
#include "protocol/channel/courier.h"
#include "proxy/courier/issuers.h"
#include "proxy/courier/multi.h"
#include "proxy/courier/targets.h"
#include "proxy/courier/turns.h"
#include "proxy/courier/url.h"

namespace outpost::courier {

class Client {
 public:
  // `room` outlives it. Errc::invalid when a list of networks is none, or the proxy no URL: outpostd has checked them.
  static Result<std::unique_ptr<Client>> make(Loop& loop, protocol::FetchClient settings,
                                              std::shared_ptr<const Issuers> system_issuers, Room& room,
                                              std::function<void(CURL* easy, CURLcode outcome)> done);

  // All that is the same for each of its transfers. This outlives them.
  void apply_to(CURL* easy) const;

  [[nodiscard]] const protocol::FetchClient& settings() const { return settings_; }
  [[nodiscard]] const Targets& targets() const { return targets_; }
  // Over which all goes; nothing when it goes straight.
  [[nodiscard]] const std::optional<Url>& proxy() const { return proxy_; }
  Multi& multi() { return multi_; }
  Turns& turns() { return turns_; }

 private:
  Client(Loop& loop, protocol::FetchClient settings, Targets targets, std::optional<Url> proxy,
         std::shared_ptr<const Issuers> system_issuers, Room& room, std::function<void(CURL*, CURLcode)> done);
  void apply_tls_to(CURL* easy) const;

  const protocol::FetchClient settings_;
  const Targets targets_;
  const std::optional<Url> proxy_;
  const std::shared_ptr<const Issuers> issuers_;
  Multi multi_;
  Turns turns_;
};

}  // namespace outpost::courier
