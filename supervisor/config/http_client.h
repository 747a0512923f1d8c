// The section http-client: what its texts mean, what no row can see alone, and the files that it names.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "supervisor/config/config.h"
#include "supervisor/config/tls_reader.h"

namespace outpost::supervisor {

// Each has connections and certificates of its own.
inline constexpr std::size_t kHttpClientsMax = 16;
// Whom this machine trusts, on Debian.
inline constexpr const char* kSystemCa = "/etc/ssl/certs/ca-certificates.crt";

struct ProxyAddress {
  std::string host;
  std::uint16_t port = 0;
  bool has_password = false;
};
// Of http-proxy; nothing when it is none, or when its user or password has a character that a URL writes as %XX.
std::optional<ProxyAddress> read_proxy(std::string_view url);

struct PortRange {
  std::uint16_t low = 0;
  std::uint16_t high = 0;
};
// Of http-client-ports; nothing when it is none.
std::optional<PortRange> read_ports(std::string_view text);

// Names that two have, a certificate without its key, a pool larger than all connections. Asks nothing of the machine.
void check_http_clients(const Config& config, ParsedOptions& parsed);
// The files of all of them, and what the system trusts where one of them needs it.
void read_client_files(TlsReader& reader);
void compare_client_files(FileChanges& changes, const Config& before, const Config& after);

}  // namespace outpost::supervisor
