// A CSV file that a person brings: opened, its form understood or named, its columns known.
//
// It may be the reject file of an import (reject_file.h): the columns that tell why a row was refused are left out
// then, and a row that is kept there as one text is read out of that text.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/error.h"
#include "supervisor/ctl/files/byte_source.h"
#include "supervisor/ctl/files/csv.h"
#include "supervisor/ctl/files/file.h"

namespace outpost::supervisor::ctl {

// How much of a file is sent in one piece.
inline constexpr std::size_t kPieceBytes = 256 * 1024;

// With these a reject file begins; behind them come the columns of the file that was imported. `reject_row` holds a row
// that has not one value for each column.
inline constexpr std::array<std::string_view, 4> kRejectColumns = {"reject_line", "reject_column", "reject_reason",
                                                                   "reject_row"};

struct CsvFormat {
  char delimiter = ',';
  std::string encoding;  // a name that iconv knows; empty for UTF-8
};
// One printable ASCII character that is no letter, digit, quotation mark or blank, or one of the names comma,
// semicolon, tab, pipe.
std::optional<char> parse_delimiter(std::string_view text);

class CsvFile {
 public:
  // Reads the first line, which names the columns; those in `skip` are not kept. Errc::io says what the file looks like
  // when it is not of the form that `format` says; Errc::unsupported for an unknown encoding.
  static Result<CsvFile> open(const std::string& path, CsvFormat format, const std::vector<std::string>& skip);

  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] std::uint64_t bytes() const { return bytes_; }
  // All, then the names and the positions of those that are kept.
  [[nodiscard]] const std::vector<std::string>& columns() const { return columns_; }
  [[nodiscard]] std::vector<std::string> kept_names() const;
  [[nodiscard]] const std::vector<std::size_t>& kept() const { return kept_; }

  // Made of the text as UTF-8, so a file that is read in another encoding is another file.
  [[nodiscard]] Result<Fingerprint> fingerprint() const;
  // Goes to the first row, or to a later place that position() gave.
  Result<> go_to(CsvPosition place);
  // The next row: one value for each of columns(), or a problem. With a problem there may be values too; when there are
  // none, `raw` is what can be shown of the row. False at the end.
  Result<bool> next(CsvRow& row);
  [[nodiscard]] CsvPosition position() const { return reader_->position(); }

  // Errc::io when the file was written to since it was opened.
  [[nodiscard]] Result<> check_unchanged() const;
  // Errc::io when `path` is this file.
  [[nodiscard]] Result<> check_is_not(const std::string& path) const;

 private:
  CsvFile(File file, std::string path, CsvFormat format)
      : file_(std::move(file)), path_(std::move(path)), format_(std::move(format)) {}

  [[nodiscard]] Result<std::unique_ptr<ByteSource>> source(std::uint64_t start) const;
  Result<> check_form() const;
  Result<> read_columns();
  Result<> check_columns() const;
  Result<> keep_columns(const std::vector<std::string>& skip);
  void unwrap(CsvRow& row);
  void judge(CsvRow& row, std::size_t needed);

  File file_;
  std::string path_;
  CsvFormat format_;
  std::string version_;
  std::uint64_t bytes_ = 0;
  std::vector<std::string> columns_;
  std::vector<std::size_t> kept_;
  bool is_rejects_ = false;
  std::string unwrapped_;   // what `raw` of the last row points into when it does not stand so in the file
  CsvPosition rows_begin_;  // behind the header
  std::unique_ptr<ByteSource> source_;
  std::unique_ptr<CsvReader> reader_;
};

}  // namespace outpost::supervisor::ctl
