// Reading and writing CSV (RFC 4180: quotation marks doubled inside quoted values, LF or CRLF; commas, or another
// delimiter where a file has one).
//
// libcsv splits rows into values; what is added here is the exact byte and line at which each row begins, so that
// reading can start again there, and that one broken row costs only the line on which it begins.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "common/error.h"
#include "supervisor/ctl/files/byte_source.h"

struct csv_parser;  // libcsv's

namespace outpost::supervisor::ctl {

// A place between two rows of a file.
struct CsvPosition {
  std::uint64_t offset = 0;  // in bytes of the text as UTF-8
  std::uint64_t line = 1;
};

struct CsvRow {
  std::uint64_t line = 0;  // on which it begins
  std::string_view raw;    // as it stands in the file, without its line end; valid until the next call of next()
  std::vector<std::string> values;
  std::string problem;  // one sentence when it cannot be read as CSV; `values` is empty then
};

class CsvReader {
 public:
  // The longest row in bytes. Twice the largest request body that could have made one (ocs.md 2.1).
  static constexpr std::size_t kRowBytesMax = 128 * 1024;
  // What is kept of a line that is longer.
  static constexpr std::size_t kRawKeptBytes = 1024;

  // Reads a source that stands at `start` and outlives the reader. A byte-order mark at the beginning is skipped.
  CsvReader(ByteSource& source, CsvPosition start, char delimiter = ',');
  ~CsvReader();
  CsvReader(const CsvReader&) = delete;
  CsvReader& operator=(const CsvReader&) = delete;

  // False at the end. Empty lines are passed over. A row that breaks the rules comes with a `problem` and is only as
  // long as its first line: a quotation mark that is never closed does not swallow the rows behind it. Errors:
  // Errc::io.
  Result<bool> next(CsvRow& row);
  // Behind the row that next() gave.
  [[nodiscard]] CsvPosition position() const { return position_; }

 private:
  enum class Fed : std::uint8_t { row_ends, row_goes_on, broken };

  Result<std::size_t> line_at(std::size_t at);
  Result<> fill();
  Fed feed(std::string_view line);
  Result<> skip_long_line(CsvRow& row);
  void consume(std::size_t bytes, std::uint64_t lines);

  ByteSource& source_;
  std::unique_ptr<csv_parser> parser_;
  CsvPosition position_;
  bool ended_ = false;  // the source
  std::string buffer_;
  std::size_t used_ = 0;                        // bytes at the front of buffer_ that were given out
  std::vector<std::string>* values_ = nullptr;  // of the row that is being read
  bool row_ended_ = false;
};

// Appends one row; values that need it are quoted. Ends with a line feed.
void append_csv_row(std::string& out, const std::vector<std::string>& values);

}  // namespace outpost::supervisor::ctl
