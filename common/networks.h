// IP addresses and lists of networks, as in "10.0.0.0/8, 2001:db8::/32, ::1".
#pragma once

#include <sys/socket.h>

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

namespace outpost {

// An IPv4 or IPv6 address. An IPv4 address that came as IPv6 (::ffff:192.0.2.1) is the IPv4 address.
struct IpAddress {
  std::array<std::uint8_t, 16> bytes{};  // of IPv4 the first four
  bool is_v4 = true;

  // Nothing for another family.
  static std::optional<IpAddress> of(const sockaddr_storage& address);
  static std::optional<IpAddress> parse(std::string_view text);
  [[nodiscard]] unsigned bits() const { return is_v4 ? 32 : 128; }
  // With all bits behind the first `prefix` set to zero.
  [[nodiscard]] IpAddress network(unsigned prefix) const;
  [[nodiscard]] std::string text() const;

  bool operator==(const IpAddress&) const = default;
};

// A network of one family holds no address of the other: "::/0" is all of IPv6 and none of IPv4.
class Networks {
 public:
  // Networks with commas between them, blanks allowed around each; a single address is a network of its own. An error
  // says in words what is wrong with which item, and what was probably meant when an address has bits set behind its
  // prefix.
  static tl::expected<Networks, std::string> parse(std::string_view text);

  [[nodiscard]] bool contains(const IpAddress& address) const;
  // By a network of these that is one of `outer`, or a part of one.
  [[nodiscard]] bool contains_within(const Networks& outer, const IpAddress& address) const;
  [[nodiscard]] bool empty() const { return networks_.empty(); }

 private:
  struct Network {
    IpAddress address;
    unsigned prefix;

    [[nodiscard]] bool contains(const IpAddress& other) const {
      return address.is_v4 == other.is_v4 && other.network(prefix) == address;
    }
  };
  static tl::expected<Network, std::string> parse_one(std::string_view item);

  std::vector<Network> networks_;
};

}  // namespace outpost
