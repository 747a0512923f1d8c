// Who may come in, and how often: what is known of each source of connections. No sockets and no clock.
//
// A source is an IPv4 address, or an IPv6 network of 64 bits, which is the least that one customer is given. It has the
// number of its open connections and a bucket of tokens, one for each request, filled at request_rate and holding
// request_burst.
//
// A source with connections is never forgotten, and there are never more of those than connections. One without is kept
// while its bucket is not full, or else a new connection would be a new bucket; of these at most kAbsentMax are kept,
// and those are forgotten first whose buckets are full first.
//
// A trusted proxy has no limits of its own. It says for whom it asks, and that address has the bucket.
#pragma once

#include <cstdint>
#include <map>
#include <string_view>
#include <unordered_map>

#include "common/networks.h"
#include "protocol/channel/messages.h"

namespace outpost::proxy {

class Admission {
 public:
  static constexpr std::size_t kAbsentMax = 65'536;

  class Source;
  using Absent = std::multimap<std::uint64_t, Source*>;  // those without connections, by full_at_us

  class Source {
    friend class Admission;
    IpAddress network;
    std::uint32_t connections = 0;
    std::uint64_t full_at_us = 0;  // when the bucket is full again; in the past: it is
    Absent::iterator absent;       // its place, without connections
  };

  // Takes effect on the next connection and the next request. A list of networks that cannot be parsed, which the
  // supervisor lets nobody configure, lets nobody in (allow) or counts as empty (deny, trusted proxies); the error says
  // which.
  Result<> configure(const protocol::ProxyLimits& limits);

  [[nodiscard]] bool is_welcome(const IpAddress& address) const;
  // Whether it is believed for whom it asks.
  [[nodiscard]] bool is_trusted(const IpAddress& address) const { return trusted_.contains(address); }

  // A connection opens. Null: the source has connections_per_source_max already, and is no trusted proxy. Each source
  // is to be left once.
  Source* enter(const IpAddress& address, std::uint64_t now_ms);
  // It closes: the source must not be used again.
  void leave(Source& source, std::uint64_t now_ms);

  // Takes a token. 0: the request may be served; else it is refused and this is the time in seconds, at least 1, until
  // a token is there. Costs nothing without a request_rate.
  std::uint32_t take(Source& source, std::uint64_t now_ms);
  // The same for whom a trusted proxy asks, who need not have a connection.
  std::uint32_t take(const IpAddress& client, std::uint64_t now_ms);

  // Forgets absent sources whose buckets are full.
  void forget(std::uint64_t now_ms);

  // How many are remembered.
  [[nodiscard]] std::size_t sources() const { return sources_.size(); }

 private:
  struct Hash {
    std::size_t operator()(const IpAddress& address) const;
  };

  Source& source_of(const IpAddress& network);
  void forget_first();

  Networks allow_;
  Networks deny_;
  Networks trusted_;
  bool allows_all_ = true;
  std::uint32_t connections_max_ = 0;
  std::uint64_t token_us_ = 0;                           // time for one token; 0: no limit
  std::uint64_t burst_us_ = 0;                           // time for a whole bucket
  std::unordered_map<IpAddress, Source, Hash> sources_;  // nodes stay where they are
  Absent absent_;
};

}  // namespace outpost::proxy
