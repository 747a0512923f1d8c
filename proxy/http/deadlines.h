// How long one connection may take: for what its client is waited for now, and to take what it is sent.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "protocol/channel/messages.h"
#include "proxy/http/uptake.h"
#include "proxy/http/watches.h"

namespace outpost::proxy {

class Deadlines {
 public:
  // How long a client may go on sending that was told that nothing more is read.
  static constexpr std::uint64_t kLingerMs = 2'000;
  // A body may come as it likes for this long before http-min-body-rate is asked for.
  static constexpr std::uint64_t kBodyGraceMs = 5'000;
  // While draining, an idle connection stays this long for a request that is on its way.
  static constexpr std::uint64_t kDrainIdleMs = 200;
  // Then we close our side, and a request that meets our end on its way is thrown away unread for this long: its client
  // finds the end where it looks for the response, and not a reset.
  static constexpr std::uint64_t kDrainPartingMs = 100;

  // `watches` must outlive it; `connection` is who they show.
  Deadlines(Watches& watches, Connection& connection);
  ~Deadlines();
  Deadlines(const Deadlines&) = delete;
  Deadlines& operator=(const Deadlines&) = delete;

  // A wait of the same kind goes on: no byte that trickles in makes a deadline begin anew.
  void watch(Watch wanted, std::uint64_t now_ms);
  void watch_anew(Watch wanted, std::uint64_t now_ms) { watches_.move(watch_, wanted, now_ms); }
  [[nodiscard]] Watch watched() const { return watch_.watch; }
  [[nodiscard]] bool is_due(const protocol::Configure& options, bool draining, std::uint64_t now_ms) const;
  // In Watch::body: how much of the body must be here. Nothing: it is too young to tell.
  [[nodiscard]] std::optional<std::uint64_t> body_bytes_due(std::uint32_t rate_min, std::uint64_t now_ms) const;

  // Bytes of a response are queued: the client is in Watch::output, until all are taken.
  void wrote(std::uint64_t bytes, std::uint64_t now_ms);
  void all_taken(std::uint64_t now_ms) { watches_.move(output_, Watch::none, now_ms); }
  // `queued`: bytes that are not taken yet.
  bool is_taken_too_slowly(std::uint64_t queued, const protocol::Configure& options, std::uint64_t now_ms);

 private:
  Watches& watches_;
  Watches::Place watch_;
  Watches::Place output_;  // in Watch::output or none
  Uptake uptake_;
  std::uint64_t written_bytes_ = 0;
};

}  // namespace outpost::proxy
