#include "supervisor/ctl/files/import.h"

#include <algorithm>
#include <deque>
#include <optional>
#include <utility>

#include "common/json.h"
#include "common/text.h"
#include "supervisor/ctl/view/progress.h"
#include "supervisor/ctl/view/reply.h"

namespace outpost::supervisor::ctl {

namespace {

constexpr std::size_t kPieceRows = 1000;
constexpr std::size_t kPiecesUnderWay = 4;  // enough to keep the store busy while we read

struct Piece {
  protocol::ImportRows message;
  std::vector<std::vector<std::string>> rows;  // all values of the rows of the message
  std::vector<Reject> rejects;                 // rows that were not sent
  CsvPosition end;
  std::uint64_t correlation = 0;
};

class Import {
 public:
  Import(Client& client, const ImportOptions& options) : client_(client), options_(options), progress_("import") {}

  Result<ImportSummary> run();

 private:
  Result<> open();
  [[nodiscard]] std::string open_arguments(const std::string& source) const;
  protocol::ImportRow kept_of(const CsvRow& row) const;
  Result<Piece> read_piece();
  Result<> send_pieces();
  Result<> settle();
  Result<> tell(Piece& piece, const ImportCounts& counted);
  Result<> finish();
  Error with_hint(const Error& error) const;

  Client& client_;
  const ImportOptions& options_;
  Progress progress_;
  std::optional<CsvFile> file_;
  std::uint64_t bytes_ = 0;  // of the text
  CsvPosition durable_;      // where the supervisor stood when this run began
  std::uint64_t sent_ = 0;   // end of the last piece that was sent
  std::int64_t import_id_ = 0;
  std::optional<RejectFile> rejects_;  // none in a dry run
  std::deque<Piece> under_way_;
  ImportSummary summary_;
  bool all_read_ = false;
};

Result<ImportSummary> Import::run() {
  auto opened = open();
  if (!opened) return pass(opened);
  auto sent = send_pieces();
  progress_.clear();
  if (!sent) return fail(with_hint(sent.error()));
  if (auto same = file_->check_unchanged(); !same) return pass(same);
  if (options_.dry_run) {
    summary_.seconds = progress_.elapsed().count();
    return summary_;
  }
  if (auto finished = finish(); !finished) return fail(with_hint(finished.error()));
  summary_.seconds = progress_.elapsed().count();
  return summary_;
}

Result<> Import::open() {
  auto file = CsvFile::open(options_.file, options_.format, options_.skip);
  if (!file) return pass(file);
  file_ = std::move(*file);
  if (auto other = file_->check_is_not(options_.rejects); !other) return other;
  auto print = file_->fingerprint();
  if (!print) return pass(print);
  bytes_ = print->bytes;
  auto reply = read_reply(client_.command("import-open", open_arguments(print->text)));
  if (!reply) return pass(reply);
  import_id_ = integer_of(*reply, "import_id");
  durable_ = {static_cast<std::uint64_t>(integer_of(*reply, "next_offset")),
              static_cast<std::uint64_t>(integer_of(*reply, "next_line"))};
  summary_.rows = summary_.rows_before = static_cast<std::uint64_t>(integer_of(*reply, "rows"));
  if (durable_.offset > bytes_)
    return fail(Errc::protocol, "the supervisor goes on behind the end of {}", file_->path());
  CsvPosition begin;
  if (!options_.dry_run) {
    auto rejects =
        RejectFile::open(options_.rejects, fmt::format("{}-{}", print->text, import_id_), durable_, file_->columns());
    if (!rejects) return pass(rejects);
    rejects_ = std::move(*rejects);
    summary_.counts = rejects_->counts();
    begin = rejects_->complete();
  }
  sent_ = begin.offset;
  return file_->go_to(begin);
}

std::string Import::open_arguments(const std::string& source) const {
  JsonWriter arguments;
  arguments.begin_object().member("list", options_.list).member("source", source);
  arguments.key("columns").begin_array();
  for (const std::string& name : file_->kept_names()) arguments.value(name);
  arguments.end_array();
  if (!options_.chain_by.empty()) arguments.member("chain_by", options_.chain_by);
  arguments.member("duplicates", options_.duplicates);
  if (options_.dry_run) arguments.member("dry_run", true);
  return arguments.member("restart", options_.restart).end_object().take();
}

protocol::ImportRow Import::kept_of(const CsvRow& row) const {
  protocol::ImportRow kept{row.line, {}};
  kept.values.reserve(file_->kept().size());
  for (std::size_t i : file_->kept()) kept.values.push_back(row.values[i]);
  return kept;
}

// Rows that the supervisor has already are sent again only as whole pieces, so that it can tell (control.h): a piece
// ends where the supervisor stood.
Result<Piece> Import::read_piece() {
  Piece piece;
  CsvRow row;
  const std::uint64_t start = file_->position().offset;
  auto full = [&] {
    return piece.message.rows.size() + piece.rejects.size() >= kPieceRows || piece.end.offset - start >= kPieceBytes ||
           piece.end.offset == durable_.offset;
  };
  while (piece.end.offset == 0 || !full()) {
    auto found = file_->next(row);
    if (!found) return pass(found);
    if (!*found) {
      all_read_ = true;
      break;
    }
    piece.end = file_->position();
    if (row.problem.empty()) {
      piece.message.rows.push_back(kept_of(row));
      piece.rows.push_back(std::move(row.values));
    } else {
      std::string raw = row.values.empty() ? std::string(row.raw) : std::string();
      piece.rejects.push_back({row.line, {}, std::move(row.problem), std::move(row.values), std::move(raw)});
    }
  }
  piece.message.import_id = import_id_;
  piece.message.offset = sent_;
  piece.message.next_offset = piece.end.offset;
  piece.message.next_line = piece.end.line;
  return piece;
}

Result<> Import::send_pieces() {
  while (!all_read_ || !under_way_.empty()) {
    if (all_read_ || under_way_.size() == kPiecesUnderWay) {
      if (auto settled = settle(); !settled) return settled;
      continue;
    }
    auto piece = read_piece();
    if (!piece) return pass(piece);
    if (piece->end.offset == 0) continue;
    auto correlation = client_.send(piece->message);
    if (!correlation) return pass(correlation);
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
  if (!reply) return pass(reply);
  auto count = [&](std::string_view key) { return static_cast<std::uint64_t>(integer_of(*reply, key)); };
  summary_.rows += count("imported");
  for (const JsonValue& rejected : array_of(*reply, "rejected")) {
    auto line = static_cast<std::uint64_t>(integer_of(rejected, "line"));
    for (std::size_t i = 0; i < piece.rows.size(); ++i) {
      if (piece.message.rows[i].line != line) continue;
      piece.rejects.push_back(
          {line, text_of(rejected, "column"), text_of(rejected, "reason"), std::move(piece.rows[i]), {}});
      break;
    }
  }
  std::sort(piece.rejects.begin(), piece.rejects.end(),
            [](const Reject& a, const Reject& b) { return a.line < b.line; });
  if (auto told = tell(piece, {0, count("duplicates"), count("odd_windows")}); !told) return told;
  progress_.show({summary_.rows_before, summary_.rows, durable_.offset, piece.end.offset, bytes_});
  return {};
}

Result<> Import::tell(Piece& piece, const ImportCounts& counted) {
  if (rejects_) {
    if (auto added = rejects_->add(piece.rejects, piece.end, counted); !added) return added;
    summary_.counts = rejects_->counts();
    return {};
  }
  if (!piece.rejects.empty()) progress_.clear();
  for (const Reject& reject : piece.rejects) options_.dry_run(reject);
  summary_.counts.rejected += piece.rejects.size();
  summary_.counts.duplicates += counted.duplicates;
  summary_.counts.odd_windows += counted.odd_windows;
  return {};
}

Result<> Import::finish() {
  auto reply = read_reply(client_.command(
      "import-finish", JsonWriter().begin_object().member("import_id", import_id_).end_object().take()));
  if (!reply) return pass(reply);
  summary_.rows = static_cast<std::uint64_t>(integer_of(*reply, "rows"));
  summary_.rejects = rejects_->path();
  rejects_->finish();
  return {};
}

Error Import::with_hint(const Error& error) const {
  if (options_.dry_run) return error;
  return {error.code, fmt::format("{} ({} rows are imported; the same command goes on behind them)", error.text,
                                  grouped(summary_.rows))};
}

}  // namespace

Result<ImportSummary> import_file(Client& client, const ImportOptions& options) {
  return Import(client, options).run();
}

}  // namespace outpost::supervisor::ctl
