#include "supervisor/config/http_client.h"

#include <algorithm>

#include "common/integers.h"
#include "common/text.h"

namespace outpost::supervisor {

namespace {

constexpr std::string_view kHttpClient = "http-client";
// All that the courier is told has to be one message.
constexpr std::size_t kClientFilesBytesMax = 2 * 1024 * 1024;

bool has_certificate(const HttpClientConfig& client) { return !client.certificate.empty() || !client.key.empty(); }

std::optional<std::uint16_t> read_port(std::string_view text) {
  auto number = parse_integer(text);
  if (!number || *number < 1 || *number > 65'535 || text.starts_with('+')) return std::nullopt;
  return static_cast<std::uint16_t>(*number);
}

bool is_hex(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }

// Source: RFC 3986 3.2.1. libcurl says the whole of a URL that it cannot read, so that it gets none.
bool is_userinfo(std::string_view text) {
  constexpr std::string_view kMarks = "-._~!$&'()*+,;=:";
  for (std::size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    bool is_plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                    kMarks.find(c) != std::string_view::npos;
    if (is_plain) continue;
    if (c != '%' || text.size() - i < 3 || !is_hex(text[i + 1]) || !is_hex(text[i + 2])) return false;
    i += 2;
  }
  return true;
}

}  // namespace

std::optional<ProxyAddress> read_proxy(std::string_view url) {
  constexpr std::string_view kScheme = "http://";
  if (!url.starts_with(kScheme)) return std::nullopt;
  url.remove_prefix(kScheme.size());
  if (url.ends_with('/')) url.remove_suffix(1);
  ProxyAddress address;
  if (std::size_t at = url.rfind('@'); at != std::string_view::npos) {
    if (!is_userinfo(url.substr(0, at))) return std::nullopt;
    address.has_password = true;
    url.remove_prefix(at + 1);
  }
  std::size_t colon = url.rfind(':');
  auto port = colon == std::string_view::npos ? std::nullopt : read_port(url.substr(colon + 1));
  std::string_view host = url.substr(0, std::min(colon, url.size()));
  auto is_of_host = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '-' ||
           c == '_' || c == '[' || c == ']' || c == ':';
  };
  if (!port || host.empty() || !std::ranges::all_of(host, is_of_host)) return std::nullopt;
  address.host = host;
  address.port = *port;
  return address;
}

std::optional<PortRange> read_ports(std::string_view text) {
  std::size_t hyphen = text.find('-');
  if (hyphen == std::string_view::npos) return std::nullopt;
  auto low = read_port(text.substr(0, hyphen));
  auto high = read_port(text.substr(hyphen + 1));
  if (!low || !high || *low > *high) return std::nullopt;
  return PortRange{*low, *high};
}

void check_http_clients(const Config& config, ParsedOptions& parsed) {
  const auto& clients = config.http_clients;
  for (std::size_t i = 0; i < clients.size(); ++i) {
    const HttpClientConfig& client = clients[i];
    Place place{kHttpClient, i};
    auto complain = [&](std::string_view name, std::string_view text) {
      parsed.errors.push_back(finding(parsed.settings, place, name, text));
    };
    if (i == kHttpClientsMax) complain("name", fmt::format("there are too many; valid: up to {}", kHttpClientsMax));
    auto first = std::ranges::find(clients, client.name, &HttpClientConfig::name);
    if (first - clients.begin() < static_cast<std::ptrdiff_t>(i)) {
      complain("name",
               fmt::format("{}[{}] has this name too; valid: a name of its own", kHttpClient, first - clients.begin()));
    }
    if (has_certificate(client) && client.key.empty()) complain("key", "the certificate needs its key");
    if (has_certificate(client) && client.certificate.empty()) complain("certificate", "the key needs its certificate");
    auto remark = [&](std::string_view name, std::string_view text) {
      parsed.remarks.push_back(finding(parsed.settings, place, name, text));
    };
    std::uint32_t most = client.connections_max;
    if (client.pool_size > most) {
      remark("http-connection-pool-size", fmt::format("has the effect of http-max-connections, which is {}", most));
    }
    auto ports = read_ports(client.ports);
    if (ports && ports->high - ports->low + 1U < most) {
      remark("http-client-ports", fmt::format("has fewer ports than http-max-connections, which is {}", most));
    }
  }
}

void read_client_files(TlsReader& reader) {
  const auto& clients = reader.config().http_clients;
  for (std::size_t i = 0; i < clients.size(); ++i) {
    Place place{kHttpClient, i};
    if (has_certificate(clients[i])) reader.read_pair(clients[i], place);
    if (!clients[i].ca.empty()) {
      reader.read_ca(clients[i].ca, place, "ca");
    } else if (!reader.config().tls_files.contains(kSystemCa)) {
      reader.read_system_ca(kSystemCa, place, "ca");
    }
  }
  std::size_t bytes = 0;
  for (const HttpClientConfig& client : clients) {
    auto pair = pair_of(reader.config(), client);
    bytes += file_of(reader.config(), client.ca).content.size() + pair.certificate.size() + pair.key.size();
  }
  if (bytes <= kClientFilesBytesMax) return;
  reader.findings.errors.push_back(
      {0, fmt::format("the certificates of all of {} have together {}; valid: {}", kHttpClient, human_bytes(bytes),
                      human_bytes(kClientFilesBytesMax))});
}

void compare_client_files(FileChanges& changes, const Config& before, const Config& after) {
  for (std::size_t i = 0; i < std::min(before.http_clients.size(), after.http_clients.size()); ++i) {
    changes.compare_pairs({kHttpClient, i}, before.http_clients[i], after.http_clients[i]);
    changes.compare({kHttpClient, i}, "ca", before.http_clients[i].ca, after.http_clients[i].ca);
  }
}

}  // namespace outpost::supervisor
