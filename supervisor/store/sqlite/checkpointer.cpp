#include "supervisor/store/sqlite/checkpointer.h"

#include <utility>

namespace outpost::supervisor {

namespace {

// In parts of what the WAL may have: it is copied each time that it has grown by a quarter, so that no copy keeps the
// disk busy for long; a commit copies no more than a 64th; and a commit waits when the WAL has four times as much.
constexpr int kCopyParts = 4;
constexpr int kCommitParts = 64;
constexpr int kTimesMax = 4;

}  // namespace

Result<std::unique_ptr<SqliteCheckpointer>> SqliteCheckpointer::start(Database& writer, const std::string& path,
                                                                      int pages) {
  Result<Database> own = Database::open(path, Database::Access::read_write, 0);
  if (!own) return pass(own);
  // A file is told to be one with a WAL when it is first read.
  Result<std::int64_t> read = own->query_integer("SELECT count(*) FROM sqlite_master", "open the store");
  if (!read) return pass(read);
  return std::unique_ptr<SqliteCheckpointer>(new SqliteCheckpointer(writer, *std::move(own), pages));
}

SqliteCheckpointer::SqliteCheckpointer(Database& writer, Database own, int pages)
    : writer_(writer), own_(std::move(own)), pages_(pages), thread_([this] { copy(); }) {
  auto tell = [](void* self, sqlite3*, const char*, int pages_in_wal) {
    static_cast<SqliteCheckpointer*>(self)->on_commit(pages_in_wal);
    return SQLITE_OK;
  };
  writer_.after_commit(tell, this);
}

SqliteCheckpointer::~SqliteCheckpointer() {
  writer_.after_commit(nullptr, nullptr);
  {
    std::lock_guard lock(mutex_);
    state_ = State::stopping;
  }
  own_.interrupt();
  changed_.notify_all();
  thread_.join();
}

void SqliteCheckpointer::on_commit(int pages_in_wal) {
  std::unique_lock lock(mutex_);
  const bool overlong = pages_in_wal >= kTimesMax * pages_;
  if (overlong) changed_.wait(lock, [this] { return state_ != State::copying; });
  if (state_ == State::copying) return;
  if (pages_in_wal < copied_) copied_ = 0;  // it has begun anew
  const int rest = pages_in_wal - copied_;
  const bool full = pages_in_wal >= pages_;
  if (overlong || (full && rest <= pages_ / kCommitParts)) {
    // Nothing is added meanwhile, so the next commit finds all of it copied and begins anew. A checkpoint that fails is
    // one that the next commit tries again, here as in SQLite itself.
    copied_ = writer_.checkpoint();
  } else if (full || rest >= pages_ / kCopyParts) {
    state_ = State::copying;
    changed_.notify_all();
  }
}

void SqliteCheckpointer::copy() {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [this] { return state_ == State::copying || state_ == State::stopping; });
    if (state_ == State::stopping) return;
    lock.unlock();
    int copied = own_.checkpoint();
    lock.lock();
    if (state_ == State::stopping) return;
    copied_ = copied;
    state_ = State::resting;
    changed_.notify_all();
  }
}

}  // namespace outpost::supervisor
