#include "supervisor/ctl/import.h"

#include <algorithm>
#include <deque>
#include <optional>
#include <utility>

#include "common/json.h"
#include "common/text.h"
#include "supervisor/ctl/csv.h"
#include "supervisor/ctl/file.h"
#include "supervisor/ctl/progress.h"
#include "supervisor/ctl/reject_file.h"
#include "supervisor/ctl/reply.h"

namespace outpost::supervisor::ctl {

namespace {

constexpr std::size_t kPieceRows = 1000;
constexpr std::size_t kPieceBytes = 256 * 1024;  // of the file
constexpr std::size_t kPiecesUnderWay = 4;       // enough to keep the store busy while we read

struct Piece {
  protocol::ImportRows message;
  std::vector<std::string> raw;  // as the rows of the message stand in the file
  std::vector<Reject> rejects;   // rows that were not sent
  CsvPosition end;
  std::uint64_t correlation = 0;
};

class Import {
 public:
  Import(Client& client, const ImportOptions& options) : client_(client), options_(options), progress_("import") {}

  Result<ImportSummary> run();

 private:
  Result<> open();
  protocol::ImportRow kept_of(CsvRow& row) const;
  Result<Piece> read_piece(CsvReader& reader);
  Result<> send_pieces(CsvReader& reader);
  Result<> settle();
  Result<> check_unchanged() const;
  Result<> finish();
  Error with_hint(const Error& error) const;

  Client& client_;
  const ImportOptions& options_;
  Progress progress_;
  std::optional<File> source_;
  std::string version_;
  std::uint64_t size_ = 0;
  std::vector<std::string> columns_;
  std::vector<std::size_t> kept_;  // the columns that are imported
  CsvPosition rows_begin_;         // behind the header
  CsvPosition durable_;            // where the supervisor stood when this run began
  std::uint64_t sent_ = 0;         // end of the last piece that was sent
  std::int64_t import_id_ = 0;
  std::optional<RejectFile> rejects_;
  std::deque<Piece> under_way_;
  ImportSummary summary_;
  bool all_read_ = false;
};

Result<ImportSummary> Import::run() {
  auto opened = open();
  if (!opened) return fail(opened.error());
  sent_ = rejects_->complete().offset;
  CsvReader reader(source_->fd(), sent_ > rows_begin_.offset ? rejects_->complete() : rows_begin_, size_);
  auto sent = send_pieces(reader);
  progress_.clear();
  if (!sent) return fail(with_hint(sent.error()));
  if (auto same = check_unchanged(); !same) return fail(same.error());
  if (auto finished = finish(); !finished) return fail(with_hint(finished.error()));
  summary_.seconds = progress_.elapsed().count();
  return summary_;
}

Result<> Import::open() {
  auto source = File::open_source(options_.file);
  if (!source) return fail(source.error());
  source_ = std::move(*source);
  auto size = source_->size();
  auto version = source_->version();
  auto print = fingerprint(*source_);
  if (!size) return fail(size.error());
  if (!version) return fail(version.error());
  if (!print) return fail(print.error());
  size_ = *size;
  version_ = *version;
  CsvReader reader(source_->fd(), {}, size_);
  auto columns = read_csv_header(reader, shown_source(options_.file));
  if (!columns) return fail(columns.error());
  columns_ = std::move(*columns);
  rows_begin_ = reader.position();
  auto kept = kept_columns(columns_, options_.skip, shown_source(options_.file));
  if (!kept) return fail(kept.error());
  kept_ = std::move(*kept);

  JsonWriter arguments;
  arguments.begin_object().member("list", options_.list).member("source", *print);
  arguments.key("columns").begin_array();
  for (std::size_t i : kept_) arguments.value(columns_[i]);
  arguments.end_array();
  if (!options_.chain_by.empty()) arguments.member("chain_by", options_.chain_by);
  arguments.member("restart", options_.restart).end_object();
  auto reply = read_reply(client_.command("import-open", arguments.take()));
  if (!reply) return fail(reply.error());
  import_id_ = integer_of(*reply, "import_id");
  durable_ = {static_cast<std::uint64_t>(integer_of(*reply, "next_offset")),
              static_cast<std::uint64_t>(integer_of(*reply, "next_line"))};
  summary_.rows = summary_.rows_before = static_cast<std::uint64_t>(integer_of(*reply, "rows"));
  if (durable_.offset > size_)
    return fail(Errc::protocol, "the supervisor goes on behind the end of {}", shown_source(options_.file));
  auto rejects = RejectFile::open(options_.rejects, fmt::format("{}-{}", *print, import_id_), durable_);
  if (!rejects) return fail(rejects.error());
  rejects_ = std::move(*rejects);
  return {};
}

protocol::ImportRow Import::kept_of(CsvRow& row) const {
  protocol::ImportRow kept{row.line, {}};
  kept.values.reserve(kept_.size());
  for (std::size_t i : kept_) kept.values.push_back(std::move(row.values[i]));
  return kept;
}

// Rows that the supervisor has already are sent again only as whole pieces, so that it can tell (control.h): a piece
// ends where the supervisor stood.
Result<Piece> Import::read_piece(CsvReader& reader) {
  Piece piece;
  CsvRow row;
  const std::uint64_t start = reader.position().offset;
  auto full = [&] {
    return piece.message.rows.size() + piece.rejects.size() >= kPieceRows || piece.end.offset - start >= kPieceBytes ||
           piece.end.offset == durable_.offset;
  };
  while (piece.end.offset == 0 || !full()) {
    auto found = reader.next(row);
    if (!found) return fail(found.error());
    if (!*found) {
      all_read_ = true;
      break;
    }
    piece.end = reader.position();
    if (std::string problem = csv_row_problem(row, columns_.size()); !problem.empty()) {
      piece.rejects.push_back({row.line, {}, std::move(problem), std::string(row.raw)});
    } else {
      piece.message.rows.push_back(kept_of(row));
      piece.raw.emplace_back(row.raw);
    }
  }
  piece.message.import_id = import_id_;
  piece.message.offset = sent_;
  piece.message.next_offset = piece.end.offset;
  piece.message.next_line = piece.end.line;
  return piece;
}

Result<> Import::send_pieces(CsvReader& reader) {
  while (!all_read_ || !under_way_.empty()) {
    if (all_read_ || under_way_.size() == kPiecesUnderWay) {
      if (auto settled = settle(); !settled) return settled;
      continue;
    }
    auto piece = read_piece(reader);
    if (!piece) return fail(piece.error());
    if (piece->end.offset == 0) continue;
    auto correlation = client_.send(piece->message);
    if (!correlation) return fail(correlation.error());
    piece->correlation = *correlation;
    sent_ = piece->end.offset;
    under_way_.push_back(std::move(*piece));
  }
  return {};
}

// Takes the reply to the oldest piece under way.
Result<> Import::settle() {
  Piece piece = std::move(under_way_.front());
  under_way_.pop_front();
  auto reply = read_reply(client_.reply_to(piece.correlation));
  if (!reply) return fail(reply.error());
  summary_.rows += static_cast<std::uint64_t>(integer_of(*reply, "imported"));
  for (const JsonValue& rejected : array_of(*reply, "rejected")) {
    auto line = static_cast<std::uint64_t>(integer_of(rejected, "line"));
    for (std::size_t i = 0; i < piece.raw.size(); ++i) {
      if (piece.message.rows[i].line != line) continue;
      piece.rejects.push_back(
          {line, text_of(rejected, "column"), text_of(rejected, "reason"), std::move(piece.raw[i])});
      break;
    }
  }
  std::sort(piece.rejects.begin(), piece.rejects.end(),
            [](const Reject& a, const Reject& b) { return a.line < b.line; });
  if (auto added = rejects_->add(piece.rejects, piece.end); !added) return added;
  progress_.show({summary_.rows_before, summary_.rows, durable_.offset, piece.end.offset, size_});
  return {};
}

Result<> Import::check_unchanged() const {
  auto version = source_->version();
  if (!version) return fail(version.error());
  if (*version != version_) {
    return fail(Errc::io, "{} was changed while it was imported; what was read of it is in the list",
                shown_source(options_.file));
  }
  return {};
}

Result<> Import::finish() {
  auto reply = read_reply(client_.command(
      "import-finish", JsonWriter().begin_object().member("import_id", import_id_).end_object().take()));
  if (!reply) return fail(reply.error());
  summary_.rows = static_cast<std::uint64_t>(integer_of(*reply, "rows"));
  summary_.rejected = rejects_->count();
  rejects_->finish();
  return {};
}

Error Import::with_hint(const Error& error) const {
  return {error.code, fmt::format("{} ({} rows are imported; the same command goes on behind them)", error.text,
                                  grouped(summary_.rows))};
}

}  // namespace

Result<ImportSummary> import_file(Client& client, const ImportOptions& options) {
  return Import(client, options).run();
}

}  // namespace outpost::supervisor::ctl
