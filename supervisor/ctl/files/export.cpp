#include "supervisor/ctl/files/export.h"

#include "protocol/outbound/record_columns.h"
#include "supervisor/ctl/files/csv.h"
#include "supervisor/ctl/files/file.h"
#include "supervisor/ctl/view/progress.h"
#include "supervisor/ctl/view/reply.h"

namespace outpost::supervisor::ctl {

namespace {

constexpr std::int64_t kPageRecords = 1000;

struct Columns {
  std::vector<std::string> fixed;
  std::vector<std::string> custom;
};

Columns columns_of(const JsonValue& list) {
  // Where a custom field is the customer id, the column is a copy of it.
  bool copied = !text_of(list, "customer-id-field").empty();
  Columns columns{{}, custom_fields(list)};
  for (const protocol::RecordColumn& column : protocol::kRecordColumns) {
    if (column.reach > protocol::RecordColumn::Reach::exported || (copied && column.name == "customer_id")) continue;
    columns.fixed.emplace_back(column.name == "tz_dbid" ? "tz_name" : column.name);
  }
  return columns;
}

void append_record(std::string& out, const JsonValue& record, const Columns& columns) {
  std::vector<std::string> values;
  values.reserve(columns.fixed.size() + columns.custom.size());
  for (const std::string& column : columns.fixed) values.push_back(text_of(record, column));
  const JsonValue* fields = record.find("custom");
  for (const std::string& name : columns.custom) values.push_back(fields ? text_of(*fields, name) : std::string());
  append_csv_row(out, values);
}

}  // namespace

Result<std::uint64_t> export_list(Client& client, const std::string& list, const PageRequest& request,
                                  const std::string& output) {
  auto catalogue = read_reply(client.command("catalogue"));
  if (!catalogue) return pass(catalogue);
  const JsonValue* found = find_list(*catalogue, list);
  if (!found) return fail(Errc::invalid, "there is no calling list '{}': outpostctl lists shows those there are", list);
  const Columns columns = columns_of(*found);
  auto file = OutputFile::create(output);
  if (!file) return pass(file);

  std::vector<std::string> header = columns.fixed;
  header.insert(header.end(), columns.custom.begin(), columns.custom.end());
  std::string text;
  append_csv_row(text, header);
  Progress progress("export");
  std::uint64_t rows = 0;
  JsonValue after;
  do {
    bool first = after.kind() == JsonValue::Kind::null;
    auto page = read_reply(client.command("records", request(first ? nullptr : &after, kPageRecords)));
    if (!page) return pass(page);
    for (const JsonValue& record : array_of(*page, "records")) {
      append_record(text, record, columns);
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
