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

namespace outpost::courier {

class Turns {
 public:
  Turns(std::size_t per_server_max, std::size_t in_all_max) : per_server_max_(per_server_max), max_(in_all_max) {}
  Turns(const Turns&) = delete;
  Turns& operator=(const Turns&) = delete;

  // So many wait for one server. They count in the window of what the supervisor sends (protocol::kFetchBytesInWindow):
  // while they have less than 32 KiB each, those for one dead server leave room in it for others.
  static constexpr std::size_t kWaitingMax = 500;

  // False: too many wait for that server.
  [[nodiscard]] bool ask(std::uint64_t id, const std::string& server);
  // One that may go now and counts as running; nothing when none may.
  std::optional<std::uint64_t> next();
  // It does not run or wait any more.
  void leave(std::uint64_t id);

  [[nodiscard]] std::size_t running() const { return running_; }
  [[nodiscard]] std::size_t waiting() const { return asked_.size() - running_; }

 private:
  struct Server {
    std::size_t running = 0;
    std::list<std::uint64_t> waiting;
    bool listed = false;  // in ready_
  };
  using Servers = std::unordered_map<std::string, Server>;
  struct Asked {
    Servers::value_type* server;
    bool running;
    std::list<std::uint64_t>::iterator place;  // while it waits
  };

  void list(Servers::value_type& server);

  const std::size_t per_server_max_;
  const std::size_t max_;
  std::size_t running_ = 0;
  Servers servers_;
  std::unordered_map<std::uint64_t, Asked> asked_;
  std::deque<Servers::value_type*> ready_;  // servers of which one may go, by their own limit
};

}  // namespace outpost::courier
