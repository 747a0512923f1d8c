#include "supervisor/config/connections.h"

#include <algorithm>
#include <optional>

#include "common/text.h"
#include "supervisor/config/node.h"
#include "supervisor/config/outward_texts.h"
#include "supervisor/config/section_findings.h"

namespace outpost::supervisor {

namespace {

constexpr std::string_view kHttps = "https://";
constexpr std::string_view kSchemes[] = {"http://", kHttps};

// Nothing when it is none.
std::optional<ServerAddress> read_address(std::string_view item, std::uint16_t default_port) {
  bool has_scheme = std::ranges::any_of(kSchemes, [&](std::string_view one) { return item.starts_with(one); });
  std::string url = (has_scheme ? "" : "http://") + std::string(item);
  if (item.empty() || !http_url_fault(url).empty()) return std::nullopt;
  ServerAddress address{url.starts_with(kHttps), {}, default_port};
  std::string_view rest = std::string_view(url).substr(url.find("//") + 2);
  if (rest.ends_with('/')) rest.remove_suffix(1);
  if (rest.find_first_of("/?") != std::string_view::npos) return std::nullopt;
  std::size_t colon = rest.ends_with(']') ? std::string_view::npos : rest.rfind(':');
  if (colon != std::string_view::npos) {
    address.port = static_cast<std::uint16_t>(*parse_integer(rest.substr(colon + 1)));
    rest = rest.substr(0, colon);
  }
  if (rest.starts_with('[')) rest = rest.substr(1, rest.size() - 2);
  address.host = rest;
  return address;
}

}  // namespace

std::string ServerAddress::url() const {
  bool is_v6 = host.find(':') != std::string::npos;
  return fmt::format("{}://{}{}{}:{}", secure ? "https" : "http", is_v6 ? "[" : "", host, is_v6 ? "]" : "", port);
}

tl::expected<std::vector<ServerAddress>, std::string> read_addresses(std::string_view text,
                                                                     std::uint16_t default_port) {
  std::vector<ServerAddress> addresses;
  if (text.empty()) return addresses;
  for (std::string_view item : items_of(text)) {
    auto address = read_address(item, default_port);
    if (!address) return tl::unexpected(std::string("has an item that is no address of a server"));
    addresses.push_back(*std::move(address));
  }
  if (addresses.size() > kOrsAddressesMax) {
    return tl::unexpected(fmt::format("has {} addresses, and {} is the most", addresses.size(), kOrsAddressesMax));
  }
  return addresses;
}

std::vector<ServerAddress> ors_connections(const Config& config) {
  std::vector<ServerAddress> addresses;
  for (const ConnectionConfig& one : config.connections) {
    if (one.type != ConnectionType::ors || one.host.empty()) continue;
    addresses.push_back({one.secure, one.host, one.port == 0 ? kOrsPort : one.port});
  }
  return addresses;
}

void check_connections(const Config& config, ParsedOptions& parsed) {
  const auto& connections = config.connections;
  for (std::size_t i = 0; i < connections.size(); ++i) {
    const ConnectionConfig& one = connections[i];
    SectionFindings findings(parsed, {"connections", i});
    if (i == kConnectionsMax) findings.error("name", fmt::format("there are too many; valid: up to {}", i));
    if (one.host.empty() && one != ConnectionConfig{} && !findings.is_wrong("host")) {
      findings.error("host", "a server must have one; valid: a host name or address");
    }
    if (one.name.empty()) continue;
    auto first = std::ranges::find(connections, one.name, &ConnectionConfig::name) - connections.begin();
    if (first < static_cast<std::ptrdiff_t>(i)) {
      findings.error("name", fmt::format("connections[{}] has this name too; valid: a name of its own", first));
    }
  }
}

}  // namespace outpost::supervisor
