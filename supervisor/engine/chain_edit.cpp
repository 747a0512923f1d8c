#include "supervisor/engine/chain_edit.h"

#include <algorithm>

namespace outpost::supervisor {

Result<ChainEdit> ChainEdit::load(RecordStore& store, const Record& member) {
  auto records = store.chain(member.list_dbid, member.chain_id, protocol::kChainRecordsMax);
  if (!records) return pass(records);
  ChainEdit chain;
  chain.rows_.reserve(records->size());
  for (Record& record : *records) chain.rows_.push_back({record, std::move(record)});
  return chain;
}

void ChainEdit::set(const Record& stored, const Record& record) {
  auto row = std::ranges::find(rows_, stored.record_id, [](const Row& r) { return r.stored.record_id; });
  if (row == rows_.end()) {
    rows_.push_back({stored, record});
  } else {
    row->record = record;
  }
}

void ChainEdit::hold(std::int64_t handle) {
  for (Row& row : rows_) {
    if (row.record.record_status == static_cast<std::int32_t>(protocol::RecordStatus::ready))
      row.record.handle = handle;
  }
}

void ChainEdit::release(std::int64_t handle) {
  for (Row& row : rows_) {
    if (row.record.handle == handle) row.record.handle = 0;
  }
}

Result<> ChainEdit::save(RecordStore& store) const {
  for (const Row& row : rows_) {
    if (row.record == row.stored) continue;
    if (auto updated = store.update_record(row.stored, row.record); !updated) return pass(updated);
  }
  return {};
}

}  // namespace outpost::supervisor
