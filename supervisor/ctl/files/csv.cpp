#include "supervisor/ctl/files/csv.h"

#include <csv.h>

#include <algorithm>

#include "common/text.h"
#include "common/unicode.h"

namespace outpost::supervisor::ctl {

namespace {

constexpr std::size_t kReadBytes = 256 * 1024;

std::string_view without_line_end(std::string_view line) {
  if (line.ends_with('\n')) line.remove_suffix(1);
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

}  // namespace

// Only a line feed ends a row, and the parser is fed line by line: so when it reports the end of a row, the row ends
// with the bytes just fed. The carriage return of a CRLF counts as a blank, which libcsv strips around values; real
// blanks belong to the value.
CsvReader::CsvReader(ByteSource& source, CsvPosition start, char delimiter)
    : source_(source), parser_(std::make_unique<csv_parser>()), position_(start) {
  csv_init(parser_.get(), CSV_STRICT);
  csv_set_delim(parser_.get(), static_cast<unsigned char>(delimiter));
  csv_set_term_func(parser_.get(), [](unsigned char c) -> int { return c == '\n'; });
  csv_set_space_func(parser_.get(), [](unsigned char c) -> int { return c == '\r'; });
}

CsvReader::~CsvReader() { csv_free(parser_.get()); }

Result<bool> CsvReader::next(CsvRow& row) {
  row.values.clear();
  row.problem.clear();
  values_ = &row.values;
  std::size_t length = 0;      // of the row so far
  std::size_t first_line = 0;  // of its first line
  std::uint64_t lines = 0;
  for (;;) {
    auto line = line_at(used_ + length);
    if (!line) return pass(line);
    if (*line == 0 && length == 0) return false;
    if (length == 0 && *line > kRowBytesMax) {
      if (auto skipped = skip_long_line(row); !skipped) return pass(skipped);
      return true;
    }
    std::string_view text = std::string_view(buffer_).substr(used_ + length, *line);
    if (length == 0 && without_line_end(text).empty()) {
      consume(*line, 1);
      continue;
    }
    Fed fed = *line == 0 || length + *line > kRowBytesMax ? Fed::broken : feed(text);
    if (length == 0) first_line = *line;
    length += *line;
    ++lines;
    if (fed == Fed::row_goes_on) continue;
    if (fed == Fed::broken) {
      bool open_quote = csv_error(parser_.get()) == CSV_SUCCESS;
      csv_fini(parser_.get(), nullptr, nullptr, nullptr);
      row.problem = open_quote
                        ? "a quotation mark is opened and not closed"
                        : "a quotation mark stands where none may be: values that contain one are quoted, and it "
                          "is doubled";
      row.values.clear();
      length = first_line;
      lines = 1;
    }
    row.line = position_.line;
    row.raw = without_line_end(std::string_view(buffer_).substr(used_, length));
    consume(length, lines);
    return true;
  }
}

// Length of the line that begins at `at` in the buffer, with its line feed; 0 at the end of the file; a number above
// kRowBytesMax when it is longer than that.
Result<std::size_t> CsvReader::line_at(std::size_t at) {
  std::size_t searched = 0;
  for (;;) {
    if (std::size_t found = buffer_.find('\n', at + searched); found != std::string::npos) return found + 1 - at;
    searched = buffer_.size() - at;
    if (searched > kRowBytesMax || ended_) return searched;
    std::size_t dropped = used_;
    if (auto filled = fill(); !filled) return pass(filled);
    at = at - dropped + used_;
  }
}

Result<> CsvReader::fill() {
  buffer_.erase(0, used_);
  used_ = 0;
  std::size_t kept = buffer_.size();
  do {
    std::size_t before = buffer_.size();
    if (auto read = source_.read(buffer_, kReadBytes); !read) return read;
    ended_ = buffer_.size() == before;
  } while (!ended_ && position_.offset == 0 && buffer_.size() < kByteOrderMark.size());
  if (position_.offset == 0 && kept == 0 && std::string_view(buffer_).starts_with(kByteOrderMark)) {
    used_ = kByteOrderMark.size();
    position_.offset = kByteOrderMark.size();
  }
  return {};
}

CsvReader::Fed CsvReader::feed(std::string_view line) {
  auto value = [](void* bytes, std::size_t n, void* self) {
    static_cast<CsvReader*>(self)->values_->emplace_back(static_cast<const char*>(bytes), n);
  };
  auto row_end = [](int, void* self) { static_cast<CsvReader*>(self)->row_ended_ = true; };
  row_ended_ = false;
  if (csv_parse(parser_.get(), line.data(), line.size(), value, row_end, this) != line.size()) return Fed::broken;
  if (!line.ends_with('\n') && csv_parse(parser_.get(), "\n", 1, value, row_end, this) != 1) return Fed::broken;
  return row_ended_ ? Fed::row_ends : Fed::row_goes_on;
}

Result<> CsvReader::skip_long_line(CsvRow& row) {
  row.line = position_.line;
  row.problem = fmt::format("the line is longer than {}", human_bytes(kRowBytesMax));
  std::string kept = buffer_.substr(used_, kRawKeptBytes);
  for (;;) {
    auto line = line_at(used_);
    if (!line) return pass(line);
    bool whole = *line == 0 || buffer_[used_ + *line - 1] == '\n' || ended_;
    consume(*line, whole ? 1 : 0);
    if (whole) break;
  }
  // What is kept lies in front of the buffer's unread part for as long as the row is looked at.
  buffer_.replace(0, used_, kept);
  used_ = kept.size();
  row.raw = std::string_view(buffer_).substr(0, used_);
  return {};
}

void CsvReader::consume(std::size_t bytes, std::uint64_t lines) {
  used_ += bytes;
  position_.offset += bytes;
  position_.line += lines;
}

void append_csv_row(std::string& out, const std::vector<std::string>& values) {
  for (std::size_t i = 0; i < values.size(); ++i) {
    const std::string& value = values[i];
    if (i > 0) out += ',';
    if (value.find_first_of(",\"\r\n") == std::string::npos) {
      out += value;
      continue;
    }
    out += '"';
    for (char c : value) {
      if (c == '"') out += '"';
      out += c;
    }
    out += '"';
  }
  // An empty line would be passed over by readers.
  if (values.size() == 1 && values[0].empty()) out += "\"\"";
  out += '\n';
}

}  // namespace outpost::supervisor::ctl
