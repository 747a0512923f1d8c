// Stands between a client and a server on the loopback, passes bytes on, and cuts the connection at a given moment.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <cstdint>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "tests/support/temp_dir.h"

namespace outpost::test {

class TcpRelay {
 public:
  // What happens when the client's bytes hold the pattern. Each cut happens once.
  enum class Cut {
    none,
    before,   // the server does not get them; both connections end
    half,     // the server does not get them, and does not learn that the client has gone
    after,    // the server answers, and the client does not get the answer
    silence,  // the server gets them; from then on nothing passes in either direction
  };

  explicit TcpRelay(const std::string& target_port) : target_port_(std::stoi(target_port)) {
    listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address = loopback(0);
    socklen_t size = sizeof address;
    auto* raw = reinterpret_cast<sockaddr*>(&address);
    must(::bind(listener_, raw, size) == 0 && ::listen(listener_, 8) == 0, "a port for the relay");
    must(::getsockname(listener_, raw, &size) == 0, "the port of the relay");
    place_ = "127.0.0.1:" + std::to_string(ntohs(address.sin_port));
    stop_ = ::eventfd(0, EFD_CLOEXEC);
    thread_ = std::thread([this] { run(); });
  }
  ~TcpRelay() {
    std::uint64_t one = 1;
    must(::write(stop_, &one, sizeof one) == sizeof one, "the relay is told to stop");
    thread_.join();
    for (const Pair& pair : pairs_) end(pair);
    ::close(listener_);
    ::close(stop_);
  }
  TcpRelay(const TcpRelay&) = delete;
  TcpRelay& operator=(const TcpRelay&) = delete;

  [[nodiscard]] const std::string& place() const { return place_; }
  void cut(Cut cut, const std::string& pattern) {
    std::lock_guard lock(mutex_);
    cut_ = cut;
    pattern_ = pattern;
  }
  // New connections are ended at once.
  void refuse(bool refuse) { refuse_ = refuse; }
  [[nodiscard]] bool was_cut() const { return was_cut_; }

 private:
  struct Pair {
    int client = -1;
    int server = -1;
    bool silent = false;
  };

  static sockaddr_in loopback(int port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
  }
  static void end(const Pair& pair) {
    if (pair.client >= 0) ::close(pair.client);
    if (pair.server >= 0) ::close(pair.server);
  }

  void run() {
    for (;;) {
      std::vector<pollfd> polled = {{stop_, POLLIN, 0}, {listener_, POLLIN, 0}};
      for (const Pair& pair : pairs_) {
        polled.push_back({pair.silent ? -1 : pair.client, POLLIN, 0});
        polled.push_back({pair.silent ? -1 : pair.server, POLLIN, 0});
      }
      if (::poll(polled.data(), polled.size(), -1) < 0) continue;
      if (polled[0].revents != 0) return;
      for (std::size_t i = pairs_.size(); i-- > 0;) {
        bool keep =
            (polled[2 + 2 * i].revents == 0 || to_server(pairs_[i])) &&
            (polled[3 + 2 * i].revents == 0 || pairs_[i].client < 0 || pass(pairs_[i].server, pairs_[i].client));
        if (keep) continue;
        end(pairs_[i]);
        pairs_.erase(pairs_.begin() + static_cast<std::ptrdiff_t>(i));
      }
      if (polled[1].revents != 0) accept();
    }
  }
  void accept() {
    Pair pair;
    pair.client = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    pair.server = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address = loopback(target_port_);
    bool connected = ::connect(pair.server, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
    if (connected && !refuse_) {
      pairs_.push_back(pair);
    } else {
      end(pair);
    }
  }
  static std::string read(int fd) {
    std::string bytes(65536, '\0');
    ssize_t n = ::recv(fd, bytes.data(), bytes.size(), 0);
    bytes.resize(n > 0 ? static_cast<std::size_t>(n) : 0);
    return bytes;
  }
  static bool write(int fd, const std::string& bytes) {
    for (std::size_t at = 0; at < bytes.size();) {
      ssize_t n = ::send(fd, bytes.data() + at, bytes.size() - at, MSG_NOSIGNAL);
      if (n <= 0) return false;
      at += static_cast<std::size_t>(n);
    }
    return true;
  }
  static bool pass(int from, int to) {
    std::string bytes = read(from);
    return !bytes.empty() && write(to, bytes);
  }
  bool to_server(Pair& pair) {
    std::string bytes = read(pair.client);
    switch (cut_here(bytes)) {
      case Cut::none: return !bytes.empty() && write(pair.server, bytes);
      case Cut::before: return false;
      case Cut::half:
        ::close(pair.client);
        pair.client = -1;
        pair.silent = true;
        return true;
      case Cut::after:
        write(pair.server, bytes);
        read(pair.server);
        return false;
      case Cut::silence: pair.silent = true; return write(pair.server, bytes);
    }
    return false;
  }
  Cut cut_here(const std::string& bytes) {
    std::lock_guard lock(mutex_);
    if (cut_ == Cut::none || bytes.find(pattern_) == std::string::npos) return Cut::none;
    was_cut_ = true;
    return std::exchange(cut_, Cut::none);
  }

  const int target_port_;
  int listener_ = -1;
  int stop_ = -1;
  std::string place_;
  std::atomic<bool> refuse_ = false;
  std::atomic<bool> was_cut_ = false;
  std::mutex mutex_;  // guards the next two
  Cut cut_ = Cut::none;
  std::string pattern_;
  std::vector<Pair> pairs_;  // the thread's own
  std::thread thread_;
};

}  // namespace outpost::test
