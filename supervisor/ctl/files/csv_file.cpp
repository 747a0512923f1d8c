#include "supervisor/ctl/files/csv_file.h"

#include <fmt/core.h>
#include <sys/stat.h>

#include <algorithm>
#include <cctype>
#include <set>
#include <utility>

#include "common/excerpt.h"
#include "common/text.h"
#include "protocol/outbound/vocabulary.h"
#include "supervisor/ctl/files/csv_form.h"

namespace outpost::supervisor::ctl {

namespace {

constexpr std::size_t kColumnsMax = protocol::kBodyKeysMax;
constexpr std::size_t kHeadBytes = 64 * 1024;
constexpr std::size_t kNamesBytesShown = 1000;
constexpr std::size_t kRowColumn = 3;  // of kRejectColumns: the row as one text

bool is_utf8_name(std::string_view name) {
  return name.empty() || equal_ignoring_case(name, "utf-8") || equal_ignoring_case(name, "utf8");
}

Result<std::string> head_of(ByteSource& source) {
  std::string head;
  for (std::size_t before = 1; head.size() < kHeadBytes && head.size() != std::exchange(before, head.size());) {
    if (auto read = source.read(head, kHeadBytes); !read) return pass(read);
  }
  return head;
}

}  // namespace

std::optional<char> parse_delimiter(std::string_view text) {
  constexpr std::pair<std::string_view, char> kNames[] = {{"comma", ','}, {"semicolon", ';'}, {"tab", '\t'},
                                                          {"\\t", '\t'},  {"\t", '\t'},       {"pipe", '|'}};
  for (auto [name, delimiter] : kNames) {
    if (equal_ignoring_case(text, name)) return delimiter;
  }
  bool fits = text.size() == 1 && std::ispunct(static_cast<unsigned char>(text[0])) != 0 && text[0] != '"';
  return fits ? std::optional(text[0]) : std::nullopt;
}

// --- Opening ---------------------------------------------------------------------------------------------------------

Result<CsvFile> CsvFile::open(const std::string& path, CsvFormat format, const std::vector<std::string>& skip) {
  auto opened = File::open_source(path);
  if (!opened) return pass(opened);
  CsvFile file(std::move(*opened), shown_source(path), std::move(format));
  auto bytes = file.file_.size();
  auto version = file.file_.version();
  if (!bytes) return pass(bytes);
  if (!version) return pass(version);
  file.bytes_ = *bytes;
  file.version_ = std::move(*version);
  Result<> good = file.check_form();
  if (good) good = file.read_columns();
  if (good) good = file.keep_columns(skip);
  if (!good) return pass(good);
  return file;
}

Result<std::unique_ptr<ByteSource>> CsvFile::source(std::uint64_t start) const {
  if (is_utf8_name(format_.encoding)) return std::make_unique<FileSource>(file_.fd(), start, bytes_);
  auto decoder = Utf8Decoder::make(format_.encoding);
  if (!decoder) return pass(decoder);
  // From the beginning: what a byte means may depend on all that stand before it.
  auto encoded = std::make_unique<FileSource>(file_.fd(), 0, bytes_);
  return std::make_unique<DecodedSource>(std::move(encoded), std::move(*decoder), start);
}

Result<> CsvFile::check_form() const {
  if (is_utf8_name(format_.encoding)) {
    FileSource plain(file_.fd(), 0, bytes_);
    auto head = head_of(plain);
    if (!head) return pass(head);
    if (std::string doubt = encoding_doubt(*head); !doubt.empty()) return fail(Errc::io, "{} {}", path_, doubt);
  }
  auto text = source(0);
  if (!text) return pass(text);
  auto head = head_of(**text);
  if (!head) return pass(head);
  if (std::string doubt = form_doubt(*head, format_.delimiter); !doubt.empty()) {
    return fail(Errc::io, "{} {}", path_, doubt);
  }
  return {};
}

Result<> CsvFile::read_columns() {
  if (auto gone = go_to({}); !gone) return gone;
  CsvRow row;
  char separator = '\0';
  do {
    auto found = reader_->next(row);
    if (!found) return pass(found);
    if (!*found) return fail(Errc::io, "{} is empty: its first line must name the columns", path_);
  } while (is_separator_line(row.raw, separator));
  if (!row.problem.empty() || !is_utf8(row.raw)) {
    return fail(Errc::io, "{}: the first line cannot be read: {}", path_,
                row.problem.empty() ? fmt::format("it is no text in {}", format_.encoding) : row.problem);
  }
  rows_begin_ = reader_->position();
  columns_ = std::move(row.values);
  is_rejects_ = columns_.size() > kRejectColumns.size() &&
                std::equal(kRejectColumns.begin(), kRejectColumns.end(), columns_.begin());
  if (is_rejects_) columns_.erase(columns_.begin(), columns_.begin() + kRejectColumns.size());
  return check_columns();
}

Result<> CsvFile::check_columns() const {
  if (columns_.size() > kColumnsMax) {
    return fail(Errc::io, "{} has {} columns; {} is the most", path_, columns_.size(), kColumnsMax);
  }
  std::set<std::string_view> seen;
  for (const std::string& name : columns_) {
    if (name.empty()) return fail(Errc::io, "{}: a column has no name in the first line", path_);
    if (!seen.insert(name).second) return fail(Errc::io, "{}: column '{}' is there twice", path_, excerpt(name));
  }
  return {};
}

Result<> CsvFile::keep_columns(const std::vector<std::string>& skip) {
  for (const std::string& name : skip) {
    if (std::ranges::find(columns_, name) != columns_.end()) continue;
    std::string names = join(columns_, ", ");
    return fail(Errc::io, "{} has no column '{}' to skip; it has {}", path_, name, excerpt(names, kNamesBytesShown));
  }
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    if (std::ranges::find(skip, columns_[i]) == skip.end()) kept_.push_back(i);
  }
  return {};
}

std::vector<std::string> CsvFile::kept_names() const {
  std::vector<std::string> names;
  for (std::size_t i : kept_) names.push_back(columns_[i]);
  return names;
}

// --- Reading ---------------------------------------------------------------------------------------------------------

Result<Fingerprint> CsvFile::fingerprint() const {
  auto text = source(0);
  if (!text) return pass(text);
  return ctl::fingerprint(**text);
}

Result<> CsvFile::go_to(CsvPosition place) {
  if (place.offset < rows_begin_.offset) place = rows_begin_;
  auto text = source(place.offset);
  if (!text) return pass(text);
  source_ = std::move(*text);
  reader_ = std::make_unique<CsvReader>(*source_, place, format_.delimiter);
  return {};
}

Result<bool> CsvFile::next(CsvRow& row) {
  auto found = reader_->next(row);
  if (!found || !*found) return found;
  std::size_t needed = columns_.size() + (is_rejects_ ? kRejectColumns.size() : 0);
  if (is_rejects_ && row.values.size() == needed) {
    unwrap(row);
    needed = columns_.size();
  }
  if (row.problem.empty()) judge(row, needed);
  return true;
}

// Either the columns hold the row, or the one text does: who corrected it chose.
void CsvFile::unwrap(CsvRow& row) {
  auto first = row.values.begin() + kRejectColumns.size();
  bool in_columns = std::any_of(first, row.values.end(), [](const std::string& value) { return !value.empty(); });
  if (in_columns || row.values[kRowColumn].empty()) {
    row.values.erase(row.values.begin(), first);
    return;
  }
  unwrapped_ = std::move(row.values[kRowColumn]);
  row.raw = unwrapped_;
  TextSource text(unwrapped_);
  CsvReader reader(text, {});  // we wrote it, with commas
  CsvRow inner;
  static_cast<void>(reader.next(inner));  // a text can always be read
  row.values = std::move(inner.values);
  row.problem = std::move(inner.problem);
  if (row.problem.empty() && reader.next(inner).value_or(false)) row.problem = "reject_row must hold one row";
}

void CsvFile::judge(CsvRow& row, std::size_t needed) {
  for (const std::string& value : row.values) {
    if (!is_utf8(value)) {
      row.problem = is_utf8_name(format_.encoding)
                        ? "the row is not UTF-8: --encoding names the character set of the file, such as WINDOWS-1252"
                        : fmt::format("the row has bytes that are no text in {}", format_.encoding);
    } else if (value.find('\0') != std::string::npos) {
      row.problem = "the row contains a NUL byte";
    }
  }
  if (row.values.size() == needed) return;
  row.problem = fmt::format("the row has {} value{}, the first line names {} column{}", row.values.size(),
                            row.values.size() == 1 ? "" : "s", needed, needed == 1 ? "" : "s");
  if (format_.delimiter != ',') {
    // As a reject file has it, which is separated by commas.
    unwrapped_.clear();
    append_csv_row(unwrapped_, row.values);
    unwrapped_.pop_back();
    row.raw = unwrapped_;
  }
  row.values.clear();
}

Result<> CsvFile::check_unchanged() const {
  auto version = file_.version();
  if (!version) return pass(version);
  if (*version == version_) return {};
  return fail(Errc::io, "{} was changed while it was imported; what was read of it is in the list", path_);
}

Result<> CsvFile::check_is_not(const std::string& path) const {
  struct stat own {};
  struct stat other {};
  bool same = fstat(file_.fd(), &own) == 0 && stat(path.c_str(), &other) == 0 && own.st_dev == other.st_dev &&
              own.st_ino == other.st_ino;
  if (!same) return {};
  return fail(Errc::io, "{} is the file that is imported: --rejects must name another place", path);
}

}  // namespace outpost::supervisor::ctl
