#include "supervisor/ctl/files/undo_file.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "common/text.h"
#include "protocol/outbound/record_columns.h"
#include "supervisor/ctl/files/csv.h"
#include "supervisor/ctl/files/csv_file.h"
#include "supervisor/ctl/view/progress.h"
#include "supervisor/ctl/view/reply.h"

namespace outpost::supervisor::ctl {

namespace {

constexpr std::array<std::string_view, 3> kUndoColumns = {"undo_list", "undo_custom", "undo_after"};
constexpr std::string_view kZoneColumn = "undo_tz";  // older files have none
constexpr std::size_t kUndoRows = 50;                // the most that the supervisor takes at once
constexpr std::size_t kReasonsKept = 10;

// Reads the rows of a file and sends them, a list at a time.
class Undo {
 public:
  Undo(Client& client, CsvFile file) : client_(client), file_(std::move(file)), progress_("records undo") {}

  Result<Restored> run() {
    if (auto known = find_columns(); !known) return pass(known);
    if (auto there = file_.go_to({}); !there) return pass(there);
    auto sent = send_all();
    progress_.clear();
    if (sent) return result_;
    if (result_.restored == 0) return pass(sent);
    return fail(sent.error().code, "{} ({} rows are restored; the same command goes on)", sent.error().text,
                result_.restored);
  }

 private:
  // Which columns are sent: not the list, and no custom field, for undo_custom has them all.
  Result<> find_columns() {
    const std::vector<std::string>& names = file_.columns();
    auto custom = std::ranges::find(names, "undo_custom");
    bool whole = std::ranges::all_of(
        kUndoColumns, [&](std::string_view name) { return std::ranges::find(names, name) != names.end(); });
    if (!whole || custom == names.end()) {
      return fail(Errc::io, "{} is no undo file: the columns {} are needed", file_.path(), join(kUndoColumns, ", "));
    }
    for (std::size_t i = 0; i < names.size(); ++i) {
      if (names[i] == "undo_list") list_at_ = i;
      bool undo = names[i] == "undo_custom" || names[i] == "undo_after" || names[i] == kZoneColumn;
      bool column = names[i] == "tz_name" || is_column(names[i]);
      if (undo || column) sent_.push_back(i);
    }
    return {};
  }

  static bool is_column(std::string_view name);

  Result<> send_all() {
    CsvRow row;
    std::size_t bytes = 0;
    for (;;) {
      auto found = file_.next(row);
      if (!found) return pass(found);
      if (*found && !row.problem.empty()) {
        return fail(Errc::io, "{}, line {}: {}", file_.path(), row.line, row.problem);
      }
      bool full = rows_.size() >= kUndoRows || bytes > kPieceBytes;
      if (!rows_.empty() && (!*found || full || row.values[list_at_] != list_)) {
        if (auto done = send(); !done) return done;
        bytes = 0;
      }
      if (!*found) return {};
      list_ = row.values[list_at_];
      for (const std::string& value : row.values) bytes += value.size();
      rows_.push_back(std::move(row.values));
    }
  }

  Result<> send() {
    JsonWriter writer;
    writer.begin_object().member("list", list_).key("columns").begin_array();
    for (std::size_t i : sent_) writer.value(file_.columns()[i]);
    writer.end_array().key("rows").begin_array();
    for (const auto& values : rows_) {
      writer.begin_array();
      for (std::size_t i : sent_) writer.value(values[i]);
      writer.end_array();
    }
    writer.end_array().end_object();
    auto reply = read_reply(client_.command("records-restore", writer.take()));
    if (!reply) return pass(reply);
    count(*reply);
    rows_.clear();
    progress_.show(
        {0, result_.restored + result_.unchanged + result_.left(), 0, file_.position().offset, file_.bytes()});
    return {};
  }

  void count(const JsonValue& reply) {
    for (auto [name, into] : {std::pair{"restored", &result_.restored},
                              {"unchanged", &result_.unchanged},
                              {"held", &result_.held},
                              {"do_not_call", &result_.do_not_call},
                              {"meanwhile", &result_.meanwhile},
                              {"refused", &result_.refused}}) {
      *into += static_cast<std::uint64_t>(integer_of(reply, name));
    }
    for (const JsonValue& reason : array_of(reply, "reasons")) {
      if (result_.reasons.size() >= kReasonsKept) return;
      bool known = integer_of(reason, "record_id") != 0;
      std::string which = known ? "record " + text_of(reason, "record_id") : "a row without a record_id";
      result_.reasons.push_back(which + ": " + text_of(reason, "reason"));
    }
  }

  Client& client_;
  CsvFile file_;
  Progress progress_;
  std::size_t list_at_ = 0;
  std::vector<std::size_t> sent_;
  std::string list_;                            // of the rows
  std::vector<std::vector<std::string>> rows_;  // not sent yet
  Restored result_;
};

bool Undo::is_column(std::string_view name) {
  const protocol::RecordColumn* column = protocol::find_record_column(name);
  return column && column->reach <= protocol::RecordColumn::Reach::exported;
}

std::string custom_of(const JsonValue& record) {
  const JsonValue* custom = record.find("custom");
  bool none = !custom || object_of(record, "custom").empty();
  return none ? std::string() : JsonWriter().value(*custom).take();
}

}  // namespace

Result<UndoFile> UndoFile::create(Client& client, const std::string& list, const std::string& path) {
  auto columns = export_columns(client, list);
  if (!columns) return pass(columns);
  // Where an export leaves it out because a custom field holds it, an undo needs it all the same.
  if (std::ranges::find(columns->fixed, "customer_id") == columns->fixed.end()) {
    columns->fixed.emplace_back("customer_id");
  }
  auto file = File::create_new(path);
  if (!file) return pass(file);
  std::vector<std::string> header = columns->names();
  header.insert(header.end(), kUndoColumns.begin(), kUndoColumns.end());
  header.emplace_back(kZoneColumn);
  std::string text;
  append_csv_row(text, header);
  if (auto written = file->append(text); !written) {
    ::unlink(path.c_str());  // nothing was changed yet
    return pass(written);
  }
  return UndoFile(std::move(*file), list, std::move(*columns));
}

Result<> UndoFile::add(const JsonValue::Array& planned) {
  std::string text;
  for (const JsonValue& one : planned) {
    const JsonValue* record = one.find("record");
    if (!record) continue;
    std::vector<std::string> values = columns_.values_of(*record);
    values.insert(values.end(), {list_, custom_of(*record), text_of(one, "after"), text_of(one, "tz_dbid")});
    std::size_t begin = text.size();
    append_csv_row(text, values);
    if (text.size() - begin > CsvReader::kRowBytesMax) {
      return fail(Errc::limit, "record {} is too long for an undo file: its custom fields have more than {}",
                  text_of(*record, "record_id"), human_bytes(CsvReader::kRowBytesMax / 4));
    }
  }
  if (auto written = file_.append(text); !written) return written;
  return file_.sync();
}

Result<Restored> restore_from(Client& client, const std::string& path) {
  auto file = CsvFile::open(path, {}, {});
  if (!file) return pass(file);
  return Undo(client, std::move(*file)).run();
}

}  // namespace outpost::supervisor::ctl
