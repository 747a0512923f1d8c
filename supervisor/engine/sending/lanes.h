// The messages of one destination that are known here, and which of them may go when: those of one chain one after the
// other, in the order in which they were written, and no chain waits for another. Pure; times are milliseconds of a
// steady clock.
//
//   add() ─▶ waits ──begin()──▶ in flight ──delivered()──▶ forgotten; the next of its lane is due
//              ▲                    │
//              └──── failed() ──────┘ its lane waits, and keeps no bodies until then
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <tuple>
#include <utility>
#include <vector>

#include "supervisor/store/rows.h"

namespace outpost::supervisor {

// With their bodies; one more page may come on top.
inline constexpr std::size_t kWindowMessages = 1024;
inline constexpr std::size_t kWindowBytes = std::size_t{8} * 1024 * 1024;
// With those of lanes that wait: a receiver that refuses so many, one by one, gets no others until some of them are
// given up or taken.
inline constexpr std::size_t kKnownMax = 16'384;

class Lanes {
 public:
  // How many more may be read.
  [[nodiscard]] std::size_t room() const;
  // Of the last one that was added, 0 for none: behind it is what to read.
  [[nodiscard]] std::int64_t last_id() const { return last_id_; }
  // One that is behind all others. Earlier ones are left alone: they are known, or were.
  void add(OutboxMessage message, std::uint64_t now_ms);
  // Of those that are due and without their bodies: what to read, too.
  [[nodiscard]] std::vector<std::int64_t> wanted(std::uint64_t now_ms) const;
  void load(OutboxMessage message);
  // Removed by others: what is in flight is left to end.
  void drop(std::int64_t id);

  // The one that has been due for longest, which is in flight now; nullptr when none is due. Good until the next call.
  const OutboxMessage* begin(std::uint64_t now_ms);
  void delivered(std::int64_t id, std::uint64_t now_ms);
  // Its lane is due at `due_ms`. Says how it stands, nullptr when it is not there any more.
  const OutboxMessage* failed(std::int64_t id, std::string problem, std::uint64_t due_ms);
  // It is not its fault, and it counts for nothing.
  void returned(std::int64_t id, std::uint64_t due_ms);
  // How often the first of a lane has failed in a row, as far as is known here.
  [[nodiscard]] int failures(std::int64_t id) const;

  // What waits is due: the lane of one message (false when it is not the first of it), or all.
  bool retry(std::int64_t id, std::uint64_t now_ms);
  void retry_all(std::uint64_t now_ms);

  // When the first lane that is not in flight is due.
  [[nodiscard]] std::optional<std::uint64_t> next_due_ms() const;
  [[nodiscard]] std::size_t in_flight() const { return in_flight_.size(); }
  [[nodiscard]] std::size_t known() const { return entries_.size(); }

 private:
  // List and chain; what is of no chain is a lane of its own, by its id.
  using Key = std::tuple<std::int64_t, std::int64_t, std::int64_t>;
  struct Entry {
    OutboxMessage message;
    bool loaded = true;  // its body is there
  };
  struct Lane {
    std::deque<std::int64_t> ids;
    std::uint64_t due_ms = 0;
    int failures = 0;
    bool busy = false;
  };
  using Due = std::pair<std::uint64_t, std::int64_t>;  // when, and the first of the lane

  static Key key_of(const OutboxMessage& message);
  void unload(Entry& entry);
  void wait(const Key& key, Lane& lane);
  // The lane of what was in flight, which is not busy any more.
  std::pair<Key, Lane*> land(std::int64_t id);

  std::map<std::int64_t, Entry> entries_;
  std::map<Key, Lane> lanes_;  // each with ids, or busy
  std::set<Due> due_;          // of lanes that are not busy
  std::map<std::int64_t, Key> in_flight_;
  std::size_t loaded_ = 0;
  std::size_t loaded_bytes_ = 0;
  std::int64_t last_id_ = 0;
};

}  // namespace outpost::supervisor
