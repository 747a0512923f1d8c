// To which addresses the courier connects: http-allow-targets and http-deny-targets, looked at when a name has become
// an address and before a packet leaves, so that no name, redirect or notation leads past them.
#pragma once

#include <string>
#include <string_view>
#include <tl/expected.hpp>

#include "common/networks.h"

namespace outpost::courier {

class Targets {
 public:
  // As configured; an error says which list is wrong, and how.
  static tl::expected<Targets, std::string> parse(std::string_view allow, std::string_view deny);

  // Why it may not be connected to; empty when it may. An IPv6 address that stands for an IPv4 one is looked at as
  // both.
  [[nodiscard]] std::string refusal(const IpAddress& address) const;

 private:
  [[nodiscard]] std::string refusal_of_one(const IpAddress& address, bool must_be_allowed) const;

  Networks allow_;
  Networks deny_;
};

}  // namespace outpost::courier
