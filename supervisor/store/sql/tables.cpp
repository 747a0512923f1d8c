#include "supervisor/store/sql/tables.h"

#include <algorithm>
#include <array>
#include <type_traits>

#include "supervisor/store/sql/columns.h"

namespace outpost::supervisor {

namespace {

// Strings of the program that are bytes to the store.
bool is_bytes(std::string_view column) { return column == "digest"; }

template <class T>
Table table_of(std::string_view name, std::size_t keys = 1) {
  Table table;
  table.name = name;
  table.keys = keys;
  T row;
  for_each_column(row, [&](std::string_view column, auto& value) {
    constexpr bool kString = std::is_same_v<std::decay_t<decltype(value)>, std::string>;
    ColumnKind text = is_bytes(column) ? ColumnKind::bytes : ColumnKind::text;
    table.columns.push_back({column, kString ? text : ColumnKind::integer});
  });
  return table;
}

Table with_text_columns(Table table, std::span<const std::string_view> names) {
  for (std::string_view name : names) table.columns.push_back({name, ColumnKind::text});
  return table;
}

std::vector<Table> make_tables() {
  using enum ColumnKind;
  return {
      table_of<Tenant>("tenants"),
      table_of<TimeZone>("time_zones"),
      table_of<CallingList>("calling_lists"),
      {"calling_list_fields", {{"list_dbid"}, {"position"}, {"name", text}}, 2},
      table_of<Campaign>("campaigns"),
      {"campaign_lists", {{"campaign_dbid"}, {"position"}, {"list_dbid"}, {"weight"}}, 2},
      table_of<CampaignGroup>("campaign_groups"),
      with_text_columns(table_of<Record>("records"), kRecordKeyColumns),
      table_of<Handle>("handles"),
      {"kept_answers", {{"idempotency_key", text}, {"fingerprint", bytes}, {"answer", bytes}, {"kept_at"}}, 1, 64},
      table_of<ImportState>("imports"),
      with_text_columns(table_of<DoNotCallEntry>("do_not_call", 3), {&kDoNotCallKeyColumn, 1}),
      table_of<Statistic>("statistics", 4),
      table_of<Token>("tokens"),
      table_of<OutboxMessage>("outbox"),
      table_of<OutboxPause>("outbox_pauses"),
      {"counters", {{"kind"}, {"next_id"}}, 1},
  };
}

}  // namespace

std::vector<ColumnKind> Table::kinds() const {
  std::vector<ColumnKind> kinds;
  for (const TableColumn& column : columns) kinds.push_back(column.kind);
  return kinds;
}

std::span<const Table> tables() {
  static const std::vector<Table> all = make_tables();
  return all;
}

}  // namespace outpost::supervisor
