#include "supervisor/ctl/files/export.h"

#include "protocol/outbound/record_columns.h"
#include "supervisor/ctl/files/csv.h"
#include "supervisor/ctl/files/file.h"
#include "supervisor/ctl/view/progress.h"
#include "supervisor/ctl/view/reply.h"

namespace outpost::supervisor::ctl {

namespace {

constexpr std::int64_t kPageRecords = 1000;

ExportColumns columns_of(const JsonValue& list) {
  // Where a custom field is the customer id, the column is a copy of it.
  bool copied = !text_of(list, "customer-id-field").empty();
  ExportColumns columns{{}, custom_fields(list)};
  for (const protocol::RecordColumn& column : protocol::kRecordColumns) {
    if (column.reach > protocol::RecordColumn::Reach::exported || (copied && column.name == "customer_id")) continue;
    columns.fixed.emplace_back(column.name == "tz_dbid" ? "tz_name" : column.name);
  }
  return columns;
}

}  // namespace

std::vector<std::string> ExportColumns::names() const {
  std::vector<std::string> all = fixed;
  all.insert(all.end(), custom.begin(), custom.end());
  return all;
}

std::vector<std::string> ExportColumns::values_of(const JsonValue& record) const {
  std::vector<std::string> values;
  values.reserve(fixed.size() + custom.size());
  for (const std::string& column : fixed) values.push_back(text_of(record, column));
  const JsonValue* fields = record.find("custom");
  for (const std::string& name : custom) values.push_back(fields ? text_of(*fields, name) : std::string());
  return values;
}

Result<ExportColumns> export_columns(Client& client, const std::string& list) {
  auto catalogue = read_reply(client.command("catalogue"));
  if (!catalogue) return pass(catalogue);
  const JsonValue* found = find_list(*catalogue, list);
  if (!found) return fail(Errc::invalid, "there is no calling list '{}': outpostctl lists shows those there are", list);
  return columns_of(*found);
}

Result<std::uint64_t> export_list(Client& client, const std::string& list, const PageRequest& request,
                                  const std::string& output) {
  auto columns = export_columns(client, list);
  if (!columns) return pass(columns);
  auto file = OutputFile::create(output);
  if (!file) return pass(file);

  std::string text;
  append_csv_row(text, columns->names());
  Progress progress("export");
  std::uint64_t rows = 0;
  JsonValue after;
  do {
    bool first = after.kind() == JsonValue::Kind::null;
    auto page = read_reply(client.command("records", request(first ? nullptr : &after, kPageRecords)));
    if (!page) return pass(page);
    for (const JsonValue& record : array_of(*page, "records")) {
      append_csv_row(text, columns->values_of(record));
      ++rows;
    }
    if (auto written = file->write(text); !written) return pass(written);
    text.clear();
    after = next_of(*page);
    progress.show({0, rows, 0, 0, 0});
  } while (after.kind() != JsonValue::Kind::null);
  if (auto finished = file->finish(); !finished) return pass(finished);
  return rows;
}

}  // namespace outpost::supervisor::ctl
