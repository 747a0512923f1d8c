// The ports that clients connect to: bound, while that is still allowed, then open, then closed at once, or so that
// nobody is turned away who connected before.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <vector>

#include "common/io/loop.h"
#include "common/io/stream.h"
#include "protocol/channel/messages.h"

namespace outpost::proxy {

class Ports {
 public:
  // `port` is its place among those that are bound.
  using Accept = std::function<void(int fd, std::size_t port)>;

  explicit Ports(Loop& loop);

  // The addresses as bound; Errc::busy when another process has one.
  Result<std::vector<protocol::ListenAddress>> bind(const std::vector<protocol::ListenAddress>& wanted);
  // `rests` is called with an errno value when a port accepts nobody for a while.
  void open(const Accept& accept, const std::function<void(int)>& rests);
  // Whoever is in the system's queue, or about to be, is accepted yet. Then the ports are closed, and `closed` is
  // called; from within when nothing is to be waited for.
  void drain(std::function<void()> closed);
  void close();
  [[nodiscard]] bool are_closed() const { return listeners_.empty(); }

 private:
  void close_behind_the_last();

  Loop& loop_;
  std::vector<std::unique_ptr<Listener>> listeners_;
  std::function<void()> closed_;
  Timer timer_;
};

}  // namespace outpost::proxy
