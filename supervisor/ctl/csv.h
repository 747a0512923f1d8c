// Reading and writing CSV (RFC 4180: commas, quotation marks doubled inside quoted values, LF or CRLF).
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

struct csv_parser;  // libcsv's

namespace outpost::supervisor::ctl {

// A place between two rows of a file.
struct CsvPosition {
  std::uint64_t offset = 0;  // in bytes
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

  // Reads a regular file from `start` up to byte `end`. The descriptor stays the caller's and must outlive the reader.
  // A byte-order mark at the beginning of the file is skipped.
  CsvReader(int fd, CsvPosition start, std::uint64_t end);
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

  int fd_;
  std::unique_ptr<csv_parser> parser_;
  CsvPosition position_;
  std::uint64_t read_offset_;  // where the next read starts
  const std::uint64_t end_;
  std::string buffer_;
  std::size_t used_ = 0;                        // bytes at the front of buffer_ that were given out
  std::vector<std::string>* values_ = nullptr;  // of the row that is being read
  bool row_ended_ = false;
};

// The names of the columns: the first row of the file. Errc::io, with `path`, when it cannot be that.
Result<std::vector<std::string>> read_csv_header(CsvReader& reader, const std::string& path);
// Positions of those that are not in `skip`; Errc::io when one of `skip` is not there.
Result<std::vector<std::size_t>> kept_columns(const std::vector<std::string>& columns,
                                              const std::vector<std::string>& skip, const std::string& path);
// Why a row is of no use, in one sentence; empty when it can be sent.
std::string csv_row_problem(const CsvRow& row, std::size_t columns);

// Appends one row; values that need it are quoted. Ends with a line feed.
void append_csv_row(std::string& out, const std::vector<std::string>& values);

}  // namespace outpost::supervisor::ctl
