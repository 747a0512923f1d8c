#include "supervisor/ctl/files/reject_file.h"

#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <sstream>
#include <utility>

#include "supervisor/ctl/files/byte_source.h"
#include "supervisor/ctl/files/csv_file.h"

namespace outpost::supervisor::ctl {

namespace {

constexpr std::size_t kPositionBytesMax = 512;
constexpr std::size_t kCopyBytes = 256 * 1024;

constexpr std::string_view kFinished = "finished-";  // in front of the import

std::string position_path(const std::string& path) { return path + ".position"; }

// rows.csv.rejects.csv, rows.csv.rejects.2.csv, ...
std::string numbered(const std::string& path, int n) {
  if (n == 1) return path;
  constexpr std::string_view kSuffix = ".csv";
  std::string_view stem = path;
  if (stem.ends_with(kSuffix)) stem.remove_suffix(kSuffix.size());
  return fmt::format("{}.{}{}", stem, n, stem.size() < path.size() ? kSuffix : "");
}

Result<std::uint64_t> hash_of(const File& file, std::uint64_t bytes) {
  FileSource source(file.fd(), 0, bytes);
  std::uint64_t hash = kEmptyHash;
  for (std::string piece;;) {
    piece.clear();
    if (auto read = source.read(piece, kCopyBytes); !read) return pass(read);
    if (piece.empty()) return hash;
    hash = hash_more(hash, piece);
  }
}

}  // namespace

// What lies under one of the names.
struct RejectFile::Found {
  std::string path;
  bool there = false;      // the file
  std::string import;      // of the position; empty when there is none
  State state;             // the same
  bool untouched = false;  // the file is as an import left it, or cut off in the midst of adding
  bool finished = false;   // its import is done
};

Result<RejectFile::Found> RejectFile::look_at(const std::string& path) {
  struct stat info {};
  // One is removed and begun anew, and its content is what tells whether somebody has changed it.
  if (stat(path.c_str(), &info) == 0 && !S_ISREG(info.st_mode)) {
    return fail(Errc::io, "{} cannot be the reject file, as it is not a regular file: --rejects must name one", path);
  }
  Found found;
  found.path = path;
  found.there = access(path.c_str(), F_OK) == 0;
  if (auto text = read_file(position_path(path), kPositionBytesMax)) {
    std::istringstream words(*text);
    State& s = found.state;
    words >> found.import >> s.complete.offset >> s.complete.line >> s.bytes >> s.hash >> s.bytes_after >>
        s.hash_after >> s.counts.rejected >> s.counts.duplicates >> s.counts.odd_windows;
    if (!words) found.import.clear();
    found.finished = found.import.starts_with(kFinished);
  }
  if (!found.there) {
    found.untouched = true;
    return found;
  }
  auto file = File::open_source(path);
  if (!file) return pass(file);
  auto size = file->size();
  if (!size) return pass(size);
  const State& s = found.state;
  if (found.import.empty() || *size < s.bytes || *size > std::max(s.bytes, s.bytes_after)) return found;
  auto hash = hash_of(*file, s.bytes);
  if (!hash) return pass(hash);
  found.untouched = *hash == s.hash;
  if (found.untouched && *size > s.bytes && *size == s.bytes_after) {
    auto after = hash_of(*file, s.bytes_after);
    if (!after) return pass(after);
    found.untouched = *after == s.hash_after;
  }
  return found;
}

// All names in use, and the first that is free.
Result<std::vector<RejectFile::Found>> RejectFile::look_around(const std::string& path) {
  std::vector<Found> all;
  for (int n = 1; n <= kNamesMax; ++n) {
    auto found = look_at(numbered(path, n));
    if (!found) return pass(found);
    all.push_back(std::move(*found));
    if (n > 1 && !all.back().there && all.back().import.empty()) break;
  }
  return all;
}

Result<RejectFile> RejectFile::open(const std::string& path, std::string import, CsvPosition durable,
                                    std::vector<std::string> columns) {
  auto all = look_around(path);
  if (!all) return pass(all);
  const Found* ours = nullptr;  // the last of this import's
  const Found* free = nullptr;
  for (const Found& found : *all) {
    if (durable.offset > 0 && found.import == import && found.state.complete.offset <= durable.offset) {
      if (!ours || found.state.complete.offset >= ours->state.complete.offset) ours = &found;
    } else if (found.untouched && !free && (found.import.empty() || found.finished || found.import == import)) {
      free = &found;
    }
  }
  bool resume = ours && ours->untouched;
  if (!resume && !free) {
    return fail(Errc::io,
                "{} and {} more beside it were changed by somebody, or belong to imports that were not finished: "
                "--rejects names another place",
                path, kNamesMax - 1);
  }
  RejectFile rejects(std::move(import), std::move(columns));
  rejects.state_.complete = ours ? ours->state.complete : durable;
  if (ours) {
    rejects.state_.counts = ours->state.counts;
    rejects.path_before_ = ours->path;
  }
  if (auto used = resume ? rejects.go_on(*ours) : rejects.begin(*free); !used) return pass(used);
  // Before the first piece is sent: its reply may be lost as well.
  if (auto saved = rejects.save_position(); !saved) return pass(saved);
  return rejects;
}

Result<> RejectFile::begin(const Found& found) {
  path_ = found.path;
  if (auto held = hold(); !held) return held;
  unlink(path_.c_str());
  if (auto emptied = position_->truncate(0); !emptied) return emptied;
  state_.hash = state_.hash_after = kEmptyHash;
  return {};
}

Result<> RejectFile::go_on(const Found& found) {
  if (!found.there) return begin(found);
  path_ = found.path;
  if (auto held = hold(); !held) return held;
  state_ = found.state;
  auto file = File::open_journal(path_);
  if (!file) return pass(file);
  file_ = std::move(*file);
  return file_->truncate(state_.bytes);
}

std::string RejectFile::text_of(const std::vector<Reject>& rejects) const {
  std::string text;
  std::vector<std::string> row;
  auto append = [&](const std::vector<std::string>& values) {
    row.insert(row.end(), values.begin(), values.end());
    append_csv_row(text, row);
  };
  if (state_.bytes == 0 && !rejects.empty()) {
    row.assign(kRejectColumns.begin(), kRejectColumns.end());
    append(columns_);
  }
  for (const Reject& one : rejects) {
    bool in_columns = one.values.size() == columns_.size();
    row = {std::to_string(one.line), one.column, one.reason, in_columns ? std::string() : one.row};
    append(in_columns ? one.values : std::vector<std::string>(columns_.size()));
  }
  return text;
}

Result<> RejectFile::add(const std::vector<Reject>& rejects, CsvPosition complete, const ImportCounts& counted) {
  if (!rejects.empty()) {
    std::string text = text_of(rejects);
    state_.bytes_after = state_.bytes + text.size();
    state_.hash_after = hash_more(state_.hash, text);
    if (auto saved = save_position(); !saved) return saved;
    if (!file_) {
      auto file = File::open_journal(path_);
      if (!file) return pass(file);
      file_ = std::move(*file);
    }
    if (auto added = file_->append(text); !added) return added;
    state_.bytes = state_.bytes_after;
    state_.hash = state_.hash_after;
  }
  state_.complete = complete;
  state_.counts.rejected += rejects.size();
  state_.counts.duplicates += counted.duplicates;
  state_.counts.odd_windows += counted.odd_windows;
  return save_position();
}

// Two imports that wrote to one file would each take the other's rejects for its own.
Result<> RejectFile::hold() {
  auto file = File::open_position(position_path(path_));
  if (!file) return pass(file);
  if (flock(file->fd(), LOCK_EX | LOCK_NB) != 0) {
    return fail(Errc::io, "another import is writing its rejects to {}: --rejects names another place", path_);
  }
  position_ = std::move(*file);
  return {};
}

Result<> RejectFile::save_position() {
  const State& s = state_;
  // It has a fixed width, so that a shorter one leaves nothing of a longer one behind.
  return position_->overwrite(fmt::format("{} {:20} {:20} {:20} {:20} {:20} {:20} {:20} {:20} {:20}\n", import_,
                                          s.complete.offset, s.complete.line, s.bytes, s.hash, s.bytes_after,
                                          s.hash_after, s.counts.rejected, s.counts.duplicates, s.counts.odd_windows));
}

void RejectFile::finish() {
  if (state_.bytes == 0) {
    unlink(position_path(path_).c_str());
    return;
  }
  import_ = std::string(kFinished) + import_;
  static_cast<void>(save_position());  // else it is taken for unfinished, and never overwritten
}

}  // namespace outpost::supervisor::ctl
