// The rows of one chain, read, changed and written back together. A chain is called through one of its rows at a time:
// while one is Retrieved, the Ready ones carry its handle and nobody else gets them.
#pragma once

#include <cstdint>
#include <vector>

#include "common/error.h"
#include "supervisor/store/record_store.h"

namespace outpost::supervisor {

class ChainEdit {
 public:
  struct Row {
    Record stored;
    Record record;
  };

  // The chain of a record.
  static Result<ChainEdit> load(RecordStore& store, const Record& member);

  [[nodiscard]] std::vector<Row>& rows() { return rows_; }
  // The row shall become this record.
  void set(const Record& stored, const Record& record);
  // Ready rows are held by the handle.
  void hold(std::int64_t handle);
  // Rows that are held by the handle are free.
  void release(std::int64_t handle);
  // Writes the rows that differ from what is stored.
  Result<> save(RecordStore& store) const;

 private:
  std::vector<Row> rows_;
};

}  // namespace outpost::supervisor
