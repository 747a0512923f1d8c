// A raw TCP client that a test drives from the thread of the loop it talks to: nothing here blocks.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <catch2/catch_test_macros.hpp>
#include <cerrno>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace outpost::test {

class TcpClient {
 public:
  explicit TcpClient(std::uint16_t port, int receive_buffer = 0) : fd_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    if (receive_buffer > 0) setsockopt(fd_, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    REQUIRE(connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
  }
  TcpClient(TcpClient&& other) noexcept
      : fd_(std::exchange(other.fd_, -1)),
        received_(std::move(other.received_)),
        ended_(other.ended_),
        reset_(other.reset_) {}
  ~TcpClient() { close(); }

  void send(std::string_view text) {
    REQUIRE(::send(fd_, text.data(), text.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(text.size()));
  }
  void finish_writing() { ::shutdown(fd_, SHUT_WR); }
  // Ends with a reset instead of a goodbye.
  void reset() {
    linger hard{1, 0};
    setsockopt(fd_, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
    close();
  }
  void close() {
    if (fd_ >= 0) ::close(std::exchange(fd_, -1));
  }

  // Everything received so far.
  const std::string& received() {
    char buffer[16 * 1024];
    while (!ended_ && fd_ >= 0) {
      ssize_t n = recv(fd_, buffer, sizeof buffer, MSG_DONTWAIT);
      if (n > 0) {
        received_.append(buffer, static_cast<std::size_t>(n));
      } else if (n < 0 && (errno == EAGAIN || errno == EINTR)) {
        break;
      } else {
        ended_ = true;
        reset_ = n < 0;
      }
    }
    return received_;
  }
  // The peer closed, or reset, its side, and all that it sent before is in received().
  bool ended() { return received(), ended_; }
  [[nodiscard]] bool was_reset() const { return reset_; }

 private:
  int fd_;
  std::string received_;
  bool ended_ = false;
  bool reset_ = false;
};

}  // namespace outpost::test
