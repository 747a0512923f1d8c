// TCP addresses: as the system has them, and as text.
#pragma once

#include <sys/socket.h>

#include <cstdint>
#include <string>

#include "common/error.h"

namespace outpost {

struct TcpAddress {
  sockaddr_storage storage{};
  socklen_t size = 0;
};

// `text` is a numeric IPv4 or IPv6 address; another is Errc::invalid.
Result<TcpAddress> tcp_address(const std::string& text, std::uint16_t port);
// Where a socket listens; 0 when it cannot be told.
std::uint16_t bound_port(int fd);
// Who is at the other end: "127.0.0.1:4711", "unix" for a Unix socket, "unknown" for who is gone.
std::string peer_text(int fd);

}  // namespace outpost
