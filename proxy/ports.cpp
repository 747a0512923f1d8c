#include "proxy/ports.h"

#include <algorithm>
#include <utility>

namespace outpost::proxy {

namespace {

constexpr int kBacklog = 1024;
// What a client gets to complete its connection, whose first segment came before the ports began to close.
constexpr std::chrono::milliseconds kDrainHandshakes{200};

}  // namespace

Ports::Ports(Loop& loop) : loop_(loop), timer_(loop, [this] { close_behind_the_last(); }) {}

Result<std::vector<protocol::ListenAddress>> Ports::bind(const std::vector<protocol::ListenAddress>& wanted) {
  std::vector<protocol::ListenAddress> bound;
  for (const protocol::ListenAddress& place : wanted) {
    auto listener = Listener::tcp(loop_, place.address, place.port, kBacklog);
    if (!listener) return pass(listener);
    bound.push_back(place);
    bound.back().port = (*listener)->port();
    listeners_.push_back(*std::move(listener));
  }
  return bound;
}

void Ports::open(const Accept& accept, const std::function<void(int)>& rests) {
  for (std::size_t i = 0; i < listeners_.size(); ++i) {
    listeners_[i]->on_rest(rests);
    listeners_[i]->start([accept, i](int fd) { accept(fd, i); });
  }
}

void Ports::drain(std::function<void()> closed) {
  closed_ = std::move(closed);
  auto turns_away = [](std::unique_ptr<Listener>& listener) { return listener->turn_newcomers_away(); };
  if (std::count_if(listeners_.begin(), listeners_.end(), turns_away) > 0) {
    timer_.start(kDrainHandshakes);
  } else {
    close_behind_the_last();
  }
}

void Ports::close_behind_the_last() {
  for (auto& listener : listeners_) listener->accept_waiting();
  listeners_.clear();
  closed_();
}

void Ports::close() {
  listeners_.clear();
  timer_.stop();
}

}  // namespace outpost::proxy
