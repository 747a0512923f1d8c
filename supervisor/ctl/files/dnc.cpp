#include "supervisor/ctl/files/dnc.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "common/excerpt.h"
#include "common/text.h"
#include "supervisor/ctl/files/file.h"
#include "supervisor/ctl/files/reject_file.h"
#include "supervisor/ctl/view/progress.h"
#include "supervisor/ctl/view/reply.h"

namespace outpost::supervisor::ctl {

namespace {

constexpr std::array<std::string_view, 2> kColumns = {"phone", "customer_id"};
constexpr std::size_t kPieceEntries = 1000;  // the most that the supervisor takes at once
constexpr std::int64_t kPageEntries = 1000;

Result<> check_columns(const CsvFile& file) {
  std::vector<std::string> names = file.kept_names();
  auto is_column = [](const std::string& name) { return std::ranges::find(kColumns, name) != kColumns.end(); };
  if (names.empty()) return fail(Errc::io, "{} needs a column phone or customer_id", file.path());
  bool any = std::ranges::any_of(names, is_column);
  for (const std::string& name : names) {
    if (is_column(name)) continue;
    std::string_view near = nearest(name, kColumns);
    if (!near.empty()) {
      return fail(Errc::io, "{}: column '{}' is neither phone nor customer_id; is {} meant?", file.path(),
                  excerpt(name), near);
    }
    if (any) {
      return fail(Errc::io, "{}: column '{}' is neither phone nor customer_id: --skip leaves it out", file.path(),
                  excerpt(name));
    }
    return fail(Errc::io,
                "{}: the first line must name the columns, phone or customer_id or both, and names '{}': put a line "
                "with the names in front",
                file.path(), excerpt(name));
  }
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
    std::vector<std::string> values;
  };

  Result<> open();
  Result<> send_all();
  void take(CsvRow& row);
  Result<> send(CsvPosition end);

  Client& client_;
  const DncImportOptions& options_;
  Progress progress_;
  std::optional<CsvFile> file_;
  std::optional<RejectFile> rejects_;
  // The piece that is being read:
  JsonWriter entries_;
  std::size_t count_ = 0;
  std::vector<Row> rows_;
  std::vector<Reject> rejected_;
  DncImportSummary summary_;
};

Result<DncImportSummary> DncImport::run() {
  if (auto opened = open(); !opened) return pass(opened);
  auto sent = send_all();
  progress_.clear();
  if (!sent) return pass(sent);
  summary_.rejected = rejects_->counts().rejected;
  summary_.rejects = rejects_->path();
  summary_.seconds = progress_.elapsed().count();
  rejects_->finish();
  return summary_;
}

Result<> DncImport::open() {
  auto file = CsvFile::open(options_.file, options_.format, options_.skip);
  if (!file) return pass(file);
  file_ = std::move(*file);
  if (auto checked = check_columns(*file_); !checked) return checked;
  if (auto other = file_->check_is_not(options_.rejects); !other) return other;
  auto rejects = RejectFile::open(options_.rejects, "dnc", {}, file_->columns());
  if (!rejects) return pass(rejects);
  rejects_ = std::move(*rejects);
  return file_->go_to({});
}

Result<> DncImport::send_all() {
  entries_.begin_array();
  CsvRow row;
  std::uint64_t sent = 0;
  std::uint64_t rows = 0;
  // Places are counted in the text as UTF-8: how much of that a file in another encoding has is not known.
  std::uint64_t bytes = options_.format.encoding.empty() ? file_->bytes() : 0;
  for (;;) {
    CsvPosition end = file_->position();
    auto found = file_->next(row);
    if (!found) return pass(found);
    if (!*found || count_ + file_->kept().size() > kPieceEntries || end.offset - sent > kPieceBytes) {
      if (auto done = send(end); !done) {
        return fail(done.error().code, "{} (what was added stays; the same command can simply be run again)",
                    done.error().text);
      }
      sent = end.offset;
      progress_.show({0, rows, 0, sent, bytes});
    }
    if (!*found) return {};
    take(row);
    ++rows;
  }
}

void DncImport::take(CsvRow& row) {
  if (!row.problem.empty()) {
    std::string raw = row.values.empty() ? std::string(row.raw) : std::string();
    rejected_.push_back({row.line, {}, std::move(row.problem), std::move(row.values), std::move(raw)});
    return;
  }
  bool any = false;
  for (std::size_t i : file_->kept()) {
    if (row.values[i].empty()) continue;
    entries_.begin_object().member(file_->columns()[i], row.values[i]).member("line", row.line).end_object();
    ++count_;
    any = true;
  }
  if (any) rows_.push_back({row.line, std::move(row.values)});
}

Result<> DncImport::send(CsvPosition end) {
  std::string entries = entries_.end_array().take();
  entries_.begin_array();
  if (std::exchange(count_, 0) > 0) {
    JsonWriter arguments;
    arguments.begin_object();
    if (!options_.tenant.empty()) arguments.member("tenant", options_.tenant);
    auto reply = read_reply(client_.command("dnc-add", arguments.key("entries").raw(entries).end_object().take()));
    if (!reply) return pass(reply);
    summary_.added += static_cast<std::uint64_t>(integer_of(*reply, "added"));
    summary_.known += static_cast<std::uint64_t>(integer_of(*reply, "known"));
    summary_.matching += static_cast<std::uint64_t>(integer_of(*reply, "matching"));
    summary_.matching_or_more |= flag_of(*reply, "matching_or_more");
    for (const JsonValue& one : array_of(*reply, "rejected")) {
      auto line = static_cast<std::uint64_t>(integer_of(one, "line"));
      auto row = std::ranges::find(rows_, line, &Row::line);
      rejected_.push_back({line,
                           text_of(one, "column"),
                           text_of(one, "reason"),
                           row == rows_.end() ? std::vector<std::string>() : row->values,
                           {}});
    }
  }
  rows_.clear();
  std::vector<Reject> rejected = std::exchange(rejected_, {});
  std::ranges::stable_sort(rejected, {}, &Reject::line);
  return rejects_->add(rejected, end);
}

}  // namespace

Result<DncImportSummary> import_dnc(Client& client, const DncImportOptions& options) {
  return DncImport(client, options).run();
}

Result<std::uint64_t> export_dnc(Client& client, const std::string& tenant, const std::string& output) {
  auto file = OutputFile::create(output);
  if (!file) return pass(file);
  std::string text;
  append_csv_row(text, {kColumns.begin(), kColumns.end()});
  Progress progress("dnc export");
  std::uint64_t entries = 0;
  JsonValue after;
  do {
    JsonWriter arguments;
    arguments.begin_object().member("limit", kPageEntries);
    if (!tenant.empty()) arguments.member("tenant", tenant);
    if (after.kind() != JsonValue::Kind::null) arguments.member("after", after);
    auto page = read_reply(client.command("dnc-list", arguments.end_object().take()));
    if (!page) return pass(page);
    for (const JsonValue& entry : array_of(*page, "entries")) {
      append_csv_row(text, {text_of(entry, "phone"), text_of(entry, "customer_id")});
      ++entries;
    }
    if (auto written = file->write(text); !written) return pass(written);
    text.clear();
    after = next_of(*page);
    progress.show({0, entries, 0, 0, 0});
  } while (after.kind() != JsonValue::Kind::null);
  if (auto finished = file->finish(); !finished) return pass(finished);
  return entries;
}

}  // namespace outpost::supervisor::ctl
