#include "supervisor/ctl/dnc.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "common/text.h"
#include "supervisor/ctl/csv.h"
#include "supervisor/ctl/file.h"
#include "supervisor/ctl/progress.h"
#include "supervisor/ctl/reject_file.h"
#include "supervisor/ctl/reply.h"

namespace outpost::supervisor::ctl {

namespace {

constexpr std::array<std::string_view, 2> kColumns = {"phone", "customer_id"};
constexpr std::size_t kPieceEntries = 1000;      // the most that the supervisor takes at once
constexpr std::size_t kPieceBytes = 256 * 1024;  // of the file
constexpr std::int64_t kPageEntries = 1000;

Result<> check_columns(const std::vector<std::string>& columns, const std::vector<std::size_t>& kept,
                       const std::string& path) {
  for (std::size_t i : kept) {
    const std::string& name = columns[i];
    if (std::ranges::find(kColumns, name) != kColumns.end()) continue;
    std::string_view near = nearest(name, kColumns);
    return fail(Errc::io, "{}: column '{}' is neither phone nor customer_id{}", path, escape_control(name),
                near.empty() ? std::string(": --skip leaves it out") : fmt::format("; is {} meant?", near));
  }
  if (kept.empty()) return fail(Errc::io, "{} needs a column phone or customer_id", path);
  return {};
}

class DncImport {
 public:
  DncImport(Client& client, const DncImportOptions& options)
      : client_(client), options_(options), progress_("dnc import") {}

  Result<DncImportSummary> run();

 private:
  struct Row {
    std::uint64_t line;
    std::string raw;
  };

  Result<> take(const CsvRow& row);
  Result<> send(CsvPosition end);

  Client& client_;
  const DncImportOptions& options_;
  Progress progress_;
  std::vector<std::string> columns_;
  std::vector<std::size_t> kept_;
  std::optional<RejectFile> rejects_;
  // Of the piece that is being read:
  JsonWriter entries_;
  std::size_t count_ = 0;
  std::vector<Row> rows_;
  std::vector<Reject> rejected_;
  DncImportSummary summary_;
};

Result<DncImportSummary> DncImport::run() {
  auto source = File::open_source(options_.file);
  if (!source) return fail(source.error());
  auto size = source->size();
  if (!size) return fail(size.error());
  CsvReader reader(source->fd(), {}, *size);
  auto columns = read_csv_header(reader, shown_source(options_.file));
  if (!columns) return fail(columns.error());
  columns_ = std::move(*columns);
  auto kept = kept_columns(columns_, options_.skip, shown_source(options_.file));
  if (!kept) return fail(kept.error());
  kept_ = std::move(*kept);
  if (auto checked = check_columns(columns_, kept_, shown_source(options_.file)); !checked)
    return fail(checked.error());
  auto rejects = RejectFile::open(options_.rejects, "dnc", {});
  if (!rejects) return fail(rejects.error());
  rejects_ = std::move(*rejects);

  entries_.begin_array();
  CsvRow row;
  std::uint64_t sent = 0;
  std::uint64_t rows = 0;
  for (;;) {
    CsvPosition end = reader.position();
    auto found = reader.next(row);
    if (!found) return fail(found.error());
    if (!*found || count_ + kept_.size() > kPieceEntries || end.offset - sent > kPieceBytes) {
      if (auto done = send(end); !done) {
        return fail(done.error().code, "{} (what was added stays; the same command can simply be run again)",
                    done.error().text);
      }
      sent = end.offset;
      progress_.show({0, rows, 0, sent, *size});
    }
    if (!*found) break;
    if (auto taken = take(row); !taken) return fail(taken.error());
    ++rows;
  }
  progress_.clear();
  summary_.rejected = rejects_->count();
  summary_.seconds = progress_.elapsed().count();
  rejects_->finish();
  return summary_;
}

Result<> DncImport::take(const CsvRow& row) {
  if (std::string problem = csv_row_problem(row, columns_.size()); !problem.empty()) {
    rejected_.push_back({row.line, {}, std::move(problem), std::string(row.raw)});
    return {};
  }
  bool any = false;
  for (std::size_t i : kept_) {
    if (row.values[i].empty()) continue;
    entries_.begin_object().member(columns_[i], row.values[i]).member("line", row.line).end_object();
    ++count_;
    any = true;
  }
  if (any) rows_.push_back({row.line, std::string(row.raw)});
  return {};
}

Result<> DncImport::send(CsvPosition end) {
  std::string entries = entries_.end_array().take();
  entries_.begin_array();
  if (std::exchange(count_, 0) > 0) {
    JsonWriter arguments;
    arguments.begin_object();
    if (!options_.tenant.empty()) arguments.member("tenant", options_.tenant);
    auto reply = read_reply(client_.command("dnc-add", arguments.key("entries").raw(entries).end_object().take()));
    if (!reply) return fail(reply.error());
    summary_.added += static_cast<std::uint64_t>(integer_of(*reply, "added"));
    summary_.known += static_cast<std::uint64_t>(integer_of(*reply, "known"));
    summary_.matching += static_cast<std::uint64_t>(integer_of(*reply, "matching"));
    summary_.matching_or_more |= flag_of(*reply, "matching_or_more");
    for (const JsonValue& one : array_of(*reply, "rejected")) {
      auto line = static_cast<std::uint64_t>(integer_of(one, "line"));
      auto row = std::ranges::find(rows_, line, &Row::line);
      rejected_.push_back({line, text_of(one, "column"), text_of(one, "reason"), row == rows_.end() ? "" : row->raw});
    }
  }
  rows_.clear();
  std::vector<Reject> rejected = std::exchange(rejected_, {});
  std::ranges::stable_sort(rejected, {}, &Reject::line);
  return rejects_->add(rejected, end);
}

}  // namespace

std::string dnc_list_arguments(const DncQuery& query, const JsonValue* after, std::int64_t limit) {
  JsonWriter arguments;
  arguments.begin_object();
  for (auto [name, value] : {std::pair{"tenant", &query.tenant},
                             {"kind", &query.kind},
                             {"phone", &query.phone},
                             {"customer_id", &query.customer_id}}) {
    if (!value->empty()) arguments.member(name, *value);
  }
  if (after) arguments.member("after", *after);
  return arguments.member("limit", limit).end_object().take();
}

Result<DncImportSummary> import_dnc(Client& client, const DncImportOptions& options) {
  return DncImport(client, options).run();
}

Result<std::uint64_t> export_dnc(Client& client, const std::string& tenant, const std::string& output) {
  auto file = OutputFile::create(output);
  if (!file) return fail(file.error());
  std::string text;
  append_csv_row(text, {kColumns.begin(), kColumns.end()});
  Progress progress("dnc export");
  std::uint64_t entries = 0;
  JsonValue after;
  do {
    bool first = after.kind() == JsonValue::Kind::null;
    auto page = read_reply(
        client.command("dnc-list", dnc_list_arguments({tenant, {}, {}, {}}, first ? nullptr : &after, kPageEntries)));
    if (!page) return fail(page.error());
    for (const JsonValue& entry : array_of(*page, "entries")) {
      append_csv_row(text, {text_of(entry, "phone"), text_of(entry, "customer_id")});
      ++entries;
    }
    if (auto written = file->write(text); !written) return fail(written.error());
    text.clear();
    after = next_of(*page);
    progress.show({0, entries, 0, 0, 0});
  } while (after.kind() != JsonValue::Kind::null);
  if (auto finished = file->finish(); !finished) return fail(finished.error());
  return entries;
}

}  // namespace outpost::supervisor::ctl
