// A CSV file: reading may start again behind any row and gives the same rows, and what is written can be read back; any
// file can be doubted, and taken for one in another encoding.
#include "supervisor/ctl/files/csv.h"

#include <sys/mman.h>
#include <unistd.h>

#include "supervisor/ctl/files/csv_form.h"
#include "tests/fuzz/fuzz.h"

using namespace outpost;
using namespace outpost::supervisor::ctl;

namespace {

// A file that has no name.
class MemoryFile {
 public:
  explicit MemoryFile(std::string_view bytes) : fd_(memfd_create("fuzz", MFD_CLOEXEC)) {
    ENSURE(fd_ >= 0 && write(fd_, bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()),
           "no memory for a file");
  }
  ~MemoryFile() { close(fd_); }
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;

  [[nodiscard]] int fd() const { return fd_; }

 private:
  int fd_;
};

// What a row is, apart from the buffer that it points into.
struct Row {
  std::uint64_t line;
  std::string raw;
  std::vector<std::string> values;
  std::string problem;
  std::uint64_t end_offset;
  std::uint64_t end_line;

  bool operator==(const Row&) const = default;
};

std::vector<Row> read_all(int fd, CsvPosition start, std::uint64_t end) {
  std::vector<Row> rows;
  FileSource source(fd, start.offset, end);
  CsvReader reader(source, start);
  for (CsvRow row;;) {
    auto more = reader.next(row);
    ENSURE(more.has_value(), "a file in memory cannot be read");
    if (!*more) return rows;
    CsvPosition behind = reader.position();
    rows.push_back({row.line, std::string(row.raw), row.values, row.problem, behind.offset, behind.line});
    ENSURE(behind.offset <= end && behind.line >= row.line, "a row ends before it begins, or behind the file");
    ENSURE(row.problem.empty() || row.values.empty(), "a broken row has values");
  }
}

void check_restart(const MemoryFile& file, std::uint64_t size, const std::vector<Row>& rows) {
  for (std::size_t i = 0; i < rows.size() && i < 8; ++i) {
    std::vector<Row> rest = read_all(file.fd(), {rows[i].end_offset, rows[i].end_line}, size);
    ENSURE(std::equal(rest.begin(), rest.end(), rows.begin() + static_cast<std::ptrdiff_t>(i) + 1, rows.end()),
           "reading that starts again behind a row gives other rows");
  }
}

void check_round_trip(const std::vector<Row>& rows) {
  // Every file has a header: a value at the very beginning could pass for a byte-order mark.
  std::vector<std::vector<std::string>> written{{"header"}};
  std::string text;
  append_csv_row(text, written.front());
  for (const Row& row : rows) {
    if (row.values.empty()) continue;
    std::size_t before = text.size();
    append_csv_row(text, row.values);
    if (text.size() - before > CsvReader::kRowBytesMax) return;
    written.push_back(row.values);
  }
  MemoryFile file(text);
  std::vector<Row> again = read_all(file.fd(), {}, text.size());
  ENSURE(again.size() == written.size(), "rows that were written are not the rows that are read");
  for (std::size_t i = 0; i < again.size(); ++i) ENSURE(again[i].values == written[i], "a value changed in a file");
}

// A text in another encoding is the same one whether it is read from its beginning or from a place in it.
void check_decoding(std::string_view bytes) {
  auto decoded = [&](std::uint64_t skip) {
    auto decoder = Utf8Decoder::make("UTF-16");
    ENSURE(decoder.has_value(), "iconv knows UTF-16");
    DecodedSource source(std::make_unique<TextSource>(bytes), std::move(*decoder), skip);
    std::string text;
    for (std::size_t before = 1; before != text.size();) {
      before = text.size();
      ENSURE(source.read(text, 7).has_value(), "a text in memory cannot be read");
    }
    return text;
  };
  std::string whole = decoded(0);
  ENSURE(whole.substr(whole.size() / 2) == decoded(whole.size() / 2), "a part of the text is another text");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  MemoryFile file(as_text(data, size));
  std::vector<Row> rows = read_all(file.fd(), {}, size);
  check_restart(file, size, rows);
  check_round_trip(rows);
  check_decoding(as_text(data, size));
  (void)encoding_doubt(as_text(data, size));
  for (char delimiter : {',', ';'}) (void)form_doubt(as_text(data, size), delimiter);
  return 0;
}
