#include "proxy/courier/targets.h"

#include <fmt/core.h>

#include <algorithm>
#include <optional>

namespace outpost::courier {

namespace {

// Nothing that could be meant: unspecified, which is this host by another name, multicast, what is reserved, and
// Teredo, which leads to an IPv4 address by a server at another.
constexpr std::string_view kNever = "0.0.0.0/8, 224.0.0.0/4, 240.0.0.0/4, ::/128, ff00::/8, 2001::/32";
// Link-local, where machines in clouds have their credentials, and the other addresses at which clouds offer those.
// Only who names them in http-allow-targets means them; 0.0.0.0/0 does not.
constexpr std::string_view kUnlessAllowed =
    "169.254.0.0/16, fe80::/10, fd00:ec2::254, fd20:ce::254, 100.100.100.200, 168.63.129.16, 192.0.0.192";

// The IPv4 address that an IPv6 one leads to by a gateway; of 64:ff9b:1::/48 as with a prefix of 96 bits, which is what
// gateways have. Source: RFC 6052 2.1, RFC 8215 3, RFC 3056 2, RFC 4291 2.5.5.1.
struct Embedding {
  std::string_view network;
  std::size_t first;  // byte of the address
};
constexpr Embedding kEmbeddings[] = {{"64:ff9b::/96", 12}, {"64:ff9b:1::/48", 12}, {"2002::/16", 2}, {"::/96", 12}};

Networks networks(std::string_view text) { return *Networks::parse(text); }

std::optional<IpAddress> embedded(const IpAddress& address) {
  if (address.is_v4) return std::nullopt;
  for (const Embedding& embedding : kEmbeddings) {
    if (!networks(embedding.network).contains(address)) continue;
    IpAddress inner;
    std::copy_n(address.bytes.begin() + static_cast<std::ptrdiff_t>(embedding.first), 4, inner.bytes.begin());
    return inner;
  }
  return std::nullopt;
}

// It has the form of an embedded address, and is none.
const IpAddress kLoopback6 = *IpAddress::parse("::1");

}  // namespace

tl::expected<Targets, std::string> Targets::parse(std::string_view allow, std::string_view deny) {
  Targets targets;
  auto allowed = Networks::parse(allow);
  if (!allowed) return tl::unexpected("http-allow-targets: " + allowed.error());
  auto denied = Networks::parse(deny);
  if (!denied) return tl::unexpected("http-deny-targets: " + denied.error());
  targets.allow_ = *std::move(allowed);
  targets.deny_ = *std::move(denied);
  return targets;
}

std::string Targets::refusal(const IpAddress& address) const {
  std::string why = refusal_of_one(address, true);
  if (!why.empty() || address == kLoopback6) return why;
  auto inner = embedded(address);
  return inner ? refusal_of_one(*inner, false) : "";
}

std::string Targets::refusal_of_one(const IpAddress& address, bool must_be_allowed) const {
  static const Networks kNeverNetworks = networks(kNever);
  static const Networks kUnlessAllowedNetworks = networks(kUnlessAllowed);
  if (kNeverNetworks.contains(address)) return fmt::format("{} is no address of a server", address.text());
  if (deny_.contains(address)) return fmt::format("{} is in http-deny-targets", address.text());
  if (kUnlessAllowedNetworks.contains(address)) {
    if (allow_.contains_within(kUnlessAllowedNetworks, address)) return "";
    return fmt::format("{} is a link-local or metadata address, and has no entry of its own in http-allow-targets",
                       address.text());
  }
  if (!must_be_allowed || allow_.empty() || allow_.contains(address)) return "";
  return fmt::format("{} is not in http-allow-targets", address.text());
}

}  // namespace outpost::courier
