#include "supervisor/store/sqlite/checkpointer.h"

#include <utility>

namespace outpost::supervisor {

namespace {

constexpr int kPagesMaxFactor = 4;

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
  if (pages_in_wal < pages_) return;
  std::unique_lock lock(mutex_);
  if (state_ == State::resting) {
    state_ = State::copying;
    changed_.notify_all();
    return;
  }
  if (state_ == State::copying && pages_in_wal < kPagesMaxFactor * pages_) return;
  changed_.wait(lock, [this] { return state_ != State::copying; });
  state_ = State::resting;
  lock.unlock();
  // A checkpoint that fails is one that the next tries again, here as in SQLite itself.
  writer_.checkpoint();
}

void SqliteCheckpointer::copy() {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [this] { return state_ == State::copying || state_ == State::stopping; });
    if (state_ == State::stopping) return;
    lock.unlock();
    own_.checkpoint();
    lock.lock();
    if (state_ == State::stopping) return;
    state_ = State::copied;
    changed_.notify_all();
  }
}

}  // namespace outpost::supervisor
