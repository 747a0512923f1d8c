#include "supervisor/store/sql/contact_key_migration.h"

#include <utility>

#include "supervisor/store/contact_key.h"

namespace outpost::supervisor {

namespace {

// The tables as this migration finds and leaves them, whatever later ones make of them.
const Table kRecords{
    "records", {{"record_id"}, {"list_dbid"}, {"contact_info", ColumnKind::text}, {"customer_id", ColumnKind::text}}};
const Table kRecordKeys{
    "records",
    {{"record_id"}, {"list_dbid"}, {"contact_key", ColumnKind::text}, {"customer_key", ColumnKind::text}},
    2};
const Table kEntries{"do_not_call", {{"tenant_dbid"}, {"kind"}, {"value", ColumnKind::text}}, 3};
const Table kEntryKeys{
    "do_not_call", {{"tenant_dbid"}, {"kind"}, {"value", ColumnKind::text}, {"value_key", ColumnKind::text}}, 3};

Row record_keys(const Row& row) {
  return {row[0], row[1], contact_key(ContactKind::phone, std::get<std::string>(row[2])),
          contact_key(ContactKind::customer_id, std::get<std::string>(row[3]))};
}

Row entry_key(const Row& row) {
  auto kind = static_cast<ContactKind>(std::get<std::int64_t>(row[1]));
  return {row[0], row[1], row[2], contact_key(kind, std::get<std::string>(row[2]))};
}

// Updates each row of `from` with what `keys` makes of it.
Result<> fill(TableStore& tables, const Table& from, const Table& to, Row (*keys)(const Row&)) {
  for (Row after;;) {
    auto rows = read_page(tables, from, after);
    if (!rows) return pass(rows);
    std::vector<Row> changed;
    changed.reserve(rows->size());
    for (const Row& row : *rows) changed.push_back(keys(row));
    if (Result<> done = tables.update(to, changed); !done) return done;
    if (rows->size() < from.page) return {};
    after = key_of(tables, from, rows->back());
  }
}

}  // namespace

Result<> fill_contact_keys(TableStore& tables) {
  Result<> done = fill(tables, kRecords, kRecordKeys, record_keys);
  return done ? fill(tables, kEntries, kEntryKeys, entry_key) : done;
}

}  // namespace outpost::supervisor
