// What connections are waited for, and since when: a list for each kind of wait, in the order in which the waits began.
// All of a kind are allowed the same time, so the first of a list is the next whose time is up: a sweep looks at that
// one, and ten thousand idle connections cost it nothing. Moving a connection to another list allocates nothing.
#pragma once

#include <array>
#include <cstdint>
#include <list>

namespace outpost::proxy {

class Connection;

enum class Watch : std::uint8_t {
  none,     // it is us who are waited for
  idle,     // for a request to begin
  head,     // for the rest of a head
  body,     // for the rest of a body
  linger,   // for the client's end, ours is behind us
  parting,  // the same, when the client was idle while the proxy drains
  output,   // for the client to take what is queued for it; beside one of the others
};
inline constexpr std::size_t kWatches = 7;

class Watches {
 public:
  using List = std::list<Connection*>;

  // Where a connection stands.
  struct Place {
    List::iterator at;
    Watch watch = Watch::none;
    std::uint64_t since_ms = 0;
  };

  Place add(Connection& connection) {
    List& none = list(Watch::none);
    return {none.insert(none.end(), &connection), Watch::none, 0};
  }
  void remove(const Place& place) { list(place.watch).erase(place.at); }
  // The wait begins now, also when it is of the same kind.
  void move(Place& place, Watch watch, std::uint64_t now_ms) {
    list(watch).splice(list(watch).end(), list(place.watch), place.at);
    place.watch = watch;
    place.since_ms = now_ms;
  }

  // Calls visit(connection) in order until it returns false. It may move or destroy the connection that it is given.
  template <class Visit>
  void visit(Watch watch, Visit&& visit) {
    List& all = list(watch);
    for (auto next = all.begin(); next != all.end();) {
      if (!visit(**next++)) return;
    }
  }

 private:
  List& list(Watch watch) { return lists_[static_cast<std::size_t>(watch)]; }

  std::array<List, kWatches> lists_;
};

}  // namespace outpost::proxy
