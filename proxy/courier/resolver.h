// Names to addresses, by the C library, which has to be waited for on a thread for as long as name servers take. One
// lookup of a name at a time, however many ask for it, and so many in all: those behind them wait.
#pragma once

#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "common/io/loop.h"

namespace outpost::courier {

struct Lookup {
  std::vector<std::string> addresses;  // in numbers, in the order in which they are to be tried
  std::string problem;                 // why there are none
};

// Any thread.
Lookup look_up(const std::string& name);

class Resolver {
 public:
  using Found = std::function<void(std::uint64_t id, const Lookup& lookup)>;

  // Each has a thread. A name whose servers are silent has one of them for as long as resolv.conf has the C library
  // try: seconds, or some minutes.
  static constexpr std::size_t kLookupsMax = 64;

  // `found` is called from the loop, never from within ask(), once for each that asked and was not forgotten. `how` is
  // called on other threads.
  Resolver(Loop& loop, Found found, std::function<Lookup(const std::string& name)> how = look_up);
  // Threads that are under way end by themselves, unheard.
  ~Resolver();
  Resolver(const Resolver&) = delete;
  Resolver& operator=(const Resolver&) = delete;

  // Of one that does not ask already.
  void ask(std::uint64_t id, const std::string& name);
  void forget(std::uint64_t id);

  [[nodiscard]] std::size_t running() const { return running_; }
  [[nodiscard]] std::size_t waiting() const { return queue_.size(); }

 private:
  struct Mailbox;
  struct Work;
  // One that is looked up or waits for it.
  struct Name {
    std::set<std::uint64_t> asking;
    bool running = false;
    std::list<std::string>::iterator place{};  // while it waits
  };
  using Names = std::unordered_map<std::string, Name>;

  static void* run(void* work);
  void go_on();
  bool start(Names::value_type& entry);
  void collect();
  void tell(Names::iterator name, const Lookup& lookup);

  Loop& loop_;
  const Found found_;
  const std::function<Lookup(const std::string&)> how_;
  Names names_;
  std::unordered_map<std::uint64_t, Names::value_type*> asking_;
  std::list<std::string> queue_;  // names that wait
  std::size_t running_ = 0;
  Wakeup wakeup_;
  std::shared_ptr<Mailbox> mailbox_;
};

}  // namespace outpost::courier
