// TO while it is filled: the mark of how far the copy is, and what keeps everybody else from half a store.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "common/error.h"
#include "supervisor/store/migration/fence.h"
#include "supervisor/store/migration/progress.h"
#include "supervisor/store/sql/table_store.h"

namespace outpost::supervisor::migration {

// Makes TO when it is absent. An unfinished copy (Errc::exists) cannot be in use.
Result<> prepare_target(const std::string& url, const std::string& run, const MigrationOptions& options);

struct Mark {
  std::string source;             // FROM, without passwords
  std::int64_t source_epoch = 0;  // of the lease of FROM: another one says that somebody has written since
  std::string run;                // which process copies
  std::string table;              // that is being copied
  std::string after_key;          // the last that was copied of it, as JSON; empty for none
  std::int64_t rows = 0;          // copied so far, of all tables
};

// The key of a row as a mark keeps it, and back.
std::string text_of(const Row& key);
Result<Row> key_from(const std::string& text);

// TO, and what only a migration does with it.
class Target {
 public:
  // Takes up what an earlier run has begun, else begins.
  static Result<Target> open(const std::string& url, const Mark& mine, const Fence& fence);

  [[nodiscard]] const Mark& mark() const { return mark_; }
  TableStore& tables() { return *tables_; }
  // One transaction. `next` is the mark behind these rows.
  Result<> append(const Table& table, const std::vector<Row>& rows, Mark next);
  // The end: the lease is free with an epoch above `source_epoch`, and programs open the store again.
  Result<std::int64_t> release(std::int64_t source_epoch);

 private:
  explicit Target(std::unique_ptr<TableStore> tables) : tables_(std::move(tables)) {}

  template <class Body>
  Result<> transaction(Body&& body);
  Result<bool> is_begun();
  Result<> begin_copy(const Mark& mine);
  Result<> take_up(const Mark& mine, const Fence& fence);
  Result<> check_empty();
  Result<> clear();
  Result<Mark> read_mark();
  Result<> write_mark(const Mark& mark, const std::string& run_before);
  Result<> run(const std::string& sql, const Row& parameters = {});

  std::unique_ptr<TableStore> tables_;
  Mark mark_;
};

}  // namespace outpost::supervisor::migration
