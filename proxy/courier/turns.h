// Whose turn it is: so many fetches at a time, and so many to one server, that one which is slow or dead keeps nobody
// waiting but those who asked for it. First come, first served for each server; servers in turn.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <list>
#include <optional>
#include <string>
#include <unordered_map>

#include "protocol/channel/courier.h"

namespace outpost::courier {

// What is left of the window, by number and by bytes, for all clients together.
struct Room {
  std::size_t requests = protocol::kFetchWindow;
  std::size_t bytes = protocol::kFetchBytesInWindow;
};

class Turns {
 public:
  // The room outlives what is asked.
  Turns(std::size_t per_server_max, std::size_t in_all_max, Room& room)
      : per_server_max_(per_server_max), max_(in_all_max), room_(room) {}
  Turns(const Turns&) = delete;
  Turns& operator=(const Turns&) = delete;

  // False: that server would have more of the window than is left for all others. So one that is dead gets half of it
  // and no more, two get a third each, and there is always room for another.
  [[nodiscard]] bool ask(std::uint64_t id, const std::string& server, std::size_t bytes);
  // One that may go now and counts as running; nothing when none may.
  std::optional<std::uint64_t> next();
  // It does not run or wait any more.
  void leave(std::uint64_t id);

  // That run or wait.
  [[nodiscard]] std::size_t requests_of(const std::string& server) const;
  [[nodiscard]] std::size_t running() const { return running_; }
  [[nodiscard]] std::size_t waiting() const { return asked_.size() - running_; }

 private:
  struct Server {
    std::size_t running = 0;
    std::size_t requests = 0;
    std::size_t bytes = 0;
    std::list<std::uint64_t> waiting;
    bool listed = false;  // in ready_
  };
  using Servers = std::unordered_map<std::string, Server>;
  struct Asked {
    Servers::value_type* server;
    bool running;
    std::size_t bytes;
    std::list<std::uint64_t>::iterator place;  // while it waits
  };

  void list(Servers::value_type& server);

  const std::size_t per_server_max_;
  const std::size_t max_;
  Room& room_;
  std::size_t running_ = 0;
  Servers servers_;
  std::unordered_map<std::uint64_t, Asked> asked_;
  std::deque<Servers::value_type*> ready_;  // servers of which one may go, by their own limit
};

}  // namespace outpost::courier
