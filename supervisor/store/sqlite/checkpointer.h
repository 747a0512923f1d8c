// Copies the WAL into the file beside the commits. SQLite does so within the commit that finds the WAL long enough:
// that commit waits for thousands of pages, and all that queue behind it.
//
//   writer's thread   commit ──▶ ..., commit, ... ──▶ commit: copies the few pages since, so the WAL begins anew
//   own thread              └──▶ copies and syncs ──┘
#pragma once

#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "supervisor/store/sqlite/session.h"

namespace outpost::supervisor {

class SqliteCheckpointer {
 public:
  // From now on instead of the automatic checkpoints of `writer`, which outlives this: the WAL of its file begins anew
  // when it has about `pages`. Should copying not keep up, a commit waits for it at four times as many.
  static Result<std::unique_ptr<SqliteCheckpointer>> start(Database& writer, const std::string& path, int pages);
  // Breaks off a copy that is under way; what the file lacks is in the WAL.
  ~SqliteCheckpointer();
  SqliteCheckpointer(const SqliteCheckpointer&) = delete;
  SqliteCheckpointer& operator=(const SqliteCheckpointer&) = delete;

 private:
  enum class State : std::uint8_t { resting, copying, stopping };

  SqliteCheckpointer(Database& writer, Database own, int pages);
  void on_commit(int pages_in_wal);
  void copy();

  Database& writer_;
  Database own_;
  const int pages_;
  std::mutex mutex_;
  std::condition_variable changed_;
  State state_ = State::resting;
  int copied_ = 0;      // pages of the WAL that the file has
  std::thread thread_;  // last: it uses all of the above
};

}  // namespace outpost::supervisor
