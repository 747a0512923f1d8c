// The dial queues in SqlStore: which record is due next. Part of sql_store.h.
#pragma once

#include <optional>
#include <utility>
#include <vector>

#include "supervisor/store/sql/sql_store.h"

namespace outpost::supervisor {

// The statement of the queue, of those that begin with `first`.
inline Sql queue_statement(Sql first, const DialKey& key) {
  return static_cast<Sql>(static_cast<std::size_t>(first) + static_cast<std::size_t>(key.queue));
}

template <class To>
void bind_queue(To& to, const DialKey& key, const DialWindow& window) {
  to.bind(key.list_dbid);
  if (key.queue == DialQueue::personal_callbacks) {
    to.bind(key.agent_id);
  } else {
    to.bind(key.campaign_dbid);
  }
  to.bind(window.tz_dbid);
  to.bind(window.daily_from);
  to.bind(window.daily_till);
}

template <class Engine, class Cache>
Result<std::vector<DialWindow>> SqlStore<Engine, Cache>::windows(const DialKey& key, const DialWindow& after,
                                                                 std::uint32_t limit) {
  if constexpr (Cache::kUsed) {
    if (auto known = cache_.windows(key, after, limit)) return *std::move(known);
  }
  std::vector<DialWindow> found;
  DialWindow last = after;
  for (bool more = true; more && found.size() < limit;) {
    more = false;
    Result<> read = engine().read(
        queue_statement(Sql::next_window_personal, key), [&](auto& to) { bind_queue(to, key, last); },
        [&](auto& row) {
          row.read(0, last.tz_dbid);
          row.read(1, last.daily_from);
          row.read(2, last.daily_till);
          found.push_back(last);
          more = true;
          return false;
        });
    if (!read) return pass(read);
  }
  return found;
}

template <class Engine, class Cache>
Result<std::optional<Record>> SqlStore<Engine, Cache>::first_due(const DialKey& key, const DialWindow& window,
                                                                 std::int64_t now) {
  if constexpr (Cache::kUsed) {
    auto known = cache_.first_due(key, window, now);
    if (!known) {
      Result<bool> found = engine().find_due(key, window, now);
      if (!found) return pass(found);
      if (*found) known = cache_.first_due(key, window, now);
    }
    if (known) return *std::move(known);
  }
  return one<Record>(queue_statement(Sql::first_due_personal, key), [&](auto& to) {
    bind_queue(to, key, window);
    to.bind(now);
  });
}

}  // namespace outpost::supervisor
