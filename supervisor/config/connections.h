// Servers of the contact centre that a mobile node asks: their addresses in texts, and the sections connections and
// ors. Source: gms.md 1.7.2, 7.4, mobile.md 9.2.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "common/options.h"
#include "supervisor/config/config_rows.h"

namespace outpost::supervisor {

// Source: gms.md 7.4, "Ports".
inline constexpr std::uint16_t kOrsPort = 7'210;
inline constexpr std::uint16_t kWebApiPort = 9'002;
inline constexpr std::size_t kConnectionsMax = 64;
inline constexpr std::size_t kOrsAddressesMax = 64;  // of one service

struct ServerAddress {
  bool secure = false;
  std::string host;  // an IPv6 address without its brackets
  std::uint16_t port = 0;

  bool operator==(const ServerAddress&) const = default;
  // "http://host:port", no slash at its end.
  [[nodiscard]] std::string url() const;
};

// Addresses with commas between them: HOST or HOST:PORT, of IPv6 in brackets, each with http:// or https:// before it
// or without. An empty text has none. An error is a fault, as "has an item that ...".
tl::expected<std::vector<ServerAddress>, std::string> read_addresses(std::string_view text, std::uint16_t default_port);

// Those of type ors, in the order of the file.
std::vector<ServerAddress> ors_connections(const Config& config);

// What no row can see alone.
void check_connections(const Config& config, ParsedOptions& parsed);

}  // namespace outpost::supervisor
