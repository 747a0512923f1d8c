#include "common/networks.h"

#include <arpa/inet.h>
#include <fmt/core.h>
#include <netinet/in.h>

#include <algorithm>
#include <cstring>

#include "common/text.h"

namespace outpost {

namespace {

constexpr std::array<std::uint8_t, 12> kMapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};  // ::ffff:0:0/96
constexpr unsigned kMappedBits = 96;

IpAddress from_v4(const void* binary) {
  IpAddress address;
  std::memcpy(address.bytes.data(), binary, 4);
  return address;
}

IpAddress from_v6(const void* binary) {
  IpAddress address;
  address.is_v4 = false;
  std::memcpy(address.bytes.data(), binary, address.bytes.size());
  if (std::equal(kMapped.begin(), kMapped.end(), address.bytes.begin())) {
    return from_v4(address.bytes.data() + kMapped.size());
  }
  return address;
}

}  // namespace

std::optional<IpAddress> IpAddress::of(const sockaddr_storage& address) {
  if (address.ss_family == AF_INET) return from_v4(&reinterpret_cast<const sockaddr_in*>(&address)->sin_addr);
  if (address.ss_family == AF_INET6) return from_v6(&reinterpret_cast<const sockaddr_in6*>(&address)->sin6_addr);
  return std::nullopt;
}

std::optional<IpAddress> IpAddress::parse(std::string_view text) {
  if (text.size() >= INET6_ADDRSTRLEN || text.find('\0') != std::string_view::npos) return std::nullopt;
  std::string terminated(text);
  in_addr v4;
  if (inet_pton(AF_INET, terminated.c_str(), &v4) == 1) return from_v4(&v4);
  in6_addr v6;
  if (inet_pton(AF_INET6, terminated.c_str(), &v6) == 1) return from_v6(&v6);
  return std::nullopt;
}

IpAddress IpAddress::network(unsigned prefix) const {
  IpAddress out = *this;
  for (std::size_t i = 0; i < out.bytes.size(); ++i) {
    unsigned before = static_cast<unsigned>(i) * 8;
    unsigned kept = prefix <= before ? 0 : std::min(prefix - before, 8U);
    out.bytes[i] &= static_cast<std::uint8_t>(0xFF00U >> kept);
  }
  return out;
}

std::string IpAddress::text() const {
  char text[INET6_ADDRSTRLEN] = "";
  inet_ntop(is_v4 ? AF_INET : AF_INET6, bytes.data(), text, sizeof text);
  return text;
}

tl::expected<Networks::Network, std::string> Networks::parse_one(std::string_view item) {
  auto wrong = [&](std::string_view why) {
    return tl::unexpected(fmt::format("\"{}\" {}", escape_control(item), why));
  };
  if (item.empty()) return tl::unexpected(std::string("a network is missing between two commas"));
  std::size_t slash = std::min(item.find('/'), item.size());
  auto address = IpAddress::parse(item.substr(0, slash));
  if (!address) return wrong("is no network: it must be an IPv4 or IPv6 address, with or without /prefix length");
  if (slash == item.size()) return Network{*address, address->bits()};

  bool was_mapped = address->is_v4 && item.find(':') != std::string_view::npos;
  std::string_view digits = item.substr(slash + 1);
  bool plain =
      !digits.empty() && digits.size() <= 3 && digits.find_first_not_of("0123456789") == std::string_view::npos;
  std::int64_t given = plain ? parse_integer(digits).value_or(-1) : -1;
  std::int64_t bits = was_mapped ? given - kMappedBits : given;
  if (bits < 0 || bits > address->bits()) {
    return wrong(fmt::format("must have a prefix length of {} to {}", was_mapped ? kMappedBits : 0,
                             was_mapped ? 128 : address->bits()));
  }
  auto prefix = static_cast<unsigned>(bits);
  if (IpAddress network = address->network(prefix); network != *address) {
    return wrong(fmt::format("has bits set behind its prefix: write {}/{} for the network or {} for the address alone",
                             network.text(), prefix, address->text()));
  }
  return Network{*address, prefix};
}

tl::expected<Networks, std::string> Networks::parse(std::string_view text) {
  Networks out;
  if (trim(text).empty()) return out;
  for (;;) {
    std::size_t comma = std::min(text.find(','), text.size());
    auto network = parse_one(trim(text.substr(0, comma)));
    if (!network) return tl::unexpected(std::move(network.error()));
    out.networks_.push_back(*network);
    if (comma == text.size()) return out;
    text.remove_prefix(comma + 1);
  }
}

bool Networks::contains(const IpAddress& address) const {
  return std::ranges::any_of(networks_, [&](const Network& network) { return network.contains(address); });
}

bool Networks::contains_within(const Networks& outer, const IpAddress& address) const {
  auto is_within = [&](const Network& inner) {
    return std::ranges::any_of(outer.networks_, [&](const Network& network) {
      return network.prefix <= inner.prefix && network.contains(inner.address);
    });
  };
  return std::ranges::any_of(networks_,
                             [&](const Network& network) { return network.contains(address) && is_within(network); });
}

}  // namespace outpost
