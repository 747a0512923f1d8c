#include "supervisor/ctl/files/csv.h"

#include <fstream>
#include <random>
#include <string>
#include <vector>

#include "supervisor/ctl/files/file.h"
#include "tests/support/temp_dir.h"

#include <catch2/catch_get_random_seed.hpp>
#include <catch2/catch_test_macros.hpp>

namespace outpost::test::csv_test {

using namespace outpost::supervisor::ctl;

namespace {

struct Seen {
  std::uint64_t line;
  std::vector<std::string> values;
  std::string raw;
  bool broken;
  CsvPosition behind;
};

class Source {
 public:
  explicit Source(const std::string& text) {
    std::ofstream(dir_.file("rows.csv"), std::ios::binary) << text;
    size_ = text.size();
  }
  std::vector<Seen> read(CsvPosition start = {}, char delimiter = ',') {
    auto file = File::open_source(dir_.file("rows.csv"));
    REQUIRE(file);
    FileSource source(file->fd(), start.offset, size_);
    CsvReader reader(source, start, delimiter);
    std::vector<Seen> all;
    for (CsvRow row;;) {
      auto found = reader.next(row);
      REQUIRE(found);
      if (!*found) return all;
      all.push_back({row.line, row.values, std::string(row.raw), !row.problem.empty(), reader.position()});
    }
  }

 private:
  test::TempDir dir_;
  std::uint64_t size_ = 0;
};

std::vector<Seen> read(const std::string& text) { return Source(text).read(); }
using Values = std::vector<std::string>;

}  // namespace

TEST_CASE("csv rows end at line feeds, with or without a carriage return, and at the end of the file", "[ctl][csv]") {
  auto rows = read("a,b\r\nc,d\ne,");
  REQUIRE(rows.size() == 3);
  CHECK(rows[0].values == Values{"a", "b"});
  CHECK(rows[1].values == Values{"c", "d"});
  CHECK(rows[2].values == Values{"e", ""});
  CHECK(rows[0].raw == "a,b");
  CHECK(rows[2].line == 3);
  CHECK(rows[2].behind.offset == 11);
}

TEST_CASE("csv values in quotation marks keep commas, line ends, blanks and doubled marks", "[ctl][csv]") {
  auto rows = read("\"a,b\",\"say \"\"hi\"\"\",\" x \"\r\n\"two\r\nlines\",\"\", y \r\nz,,\n");
  REQUIRE(rows.size() == 3);
  CHECK(rows[0].values == Values{"a,b", "say \"hi\"", " x "});
  CHECK(rows[1].values == Values{"two\r\nlines", "", " y "});
  CHECK(rows[1].line == 2);
  CHECK(rows[2].line == 4);
  CHECK(rows[2].values == Values{"z", "", ""});
}

TEST_CASE("csv reading skips a byte-order mark and empty lines and counts them", "[ctl][csv]") {
  auto rows = read("\xEF\xBB\xBFname\n\n\r\nvalue\n\n");
  REQUIRE(rows.size() == 2);
  CHECK(rows[0].values == Values{"name"});
  CHECK(rows[0].behind.offset == 8);
  CHECK(rows[1].line == 4);
  CHECK(rows[1].behind.offset == 17);
  CHECK(read("").empty());
  CHECK(read("\xEF\xBB\xBF").empty());
}

TEST_CASE("a misplaced quotation mark costs only its own line", "[ctl][csv]") {
  auto rows = read("a,b\nx\"y,1\nc,d\n\"open,2\ne,f\n\"shut\"tail,3\ng,h\n");
  REQUIRE(rows.size() == 7);
  for (std::size_t broken : {1U, 3U, 5U}) {
    CHECK(rows[broken].broken);
    CHECK(rows[broken].values.empty());
  }
  CHECK(rows[3].raw == "\"open,2");
  CHECK(rows[4].values == Values{"e", "f"});
  CHECK(rows[6].values == Values{"g", "h"});
  CHECK(rows[6].line == 7);
}

TEST_CASE("a quotation mark that is never closed does not swallow the rest of the file", "[ctl][csv]") {
  std::string text = "\"open,1\n";
  for (int i = 0; i < 50000; ++i) text += "row,2\n";
  auto rows = read(text);
  REQUIRE(rows.size() == 50001);
  CHECK(rows[0].broken);
  CHECK(rows[50000].values == Values{"row", "2"});
  CHECK(rows[50000].line == 50001);
  CHECK(read("a\n\"b")[1].broken);
}

TEST_CASE("a line that is too long is refused, whatever its length, and reading goes on behind it", "[ctl][csv]") {
  for (std::size_t length : {CsvReader::kRowBytesMax - 1, CsvReader::kRowBytesMax, CsvReader::kRowBytesMax + 1,
                             CsvReader::kRowBytesMax * 5}) {
    auto rows = read("a\n" + std::string(length, 'x') + "\nb\n");
    INFO(length);
    REQUIRE(rows.size() == 3);
    CHECK(rows[1].broken == (length >= CsvReader::kRowBytesMax));
    if (rows[1].broken) CHECK(rows[1].raw == std::string(CsvReader::kRawKeptBytes, 'x'));
    CHECK(rows[2].values == Values{"b"});
    CHECK(rows[2].line == 3);
    CHECK(rows[2].behind.offset == length + 5);
  }
}

TEST_CASE("csv reading can start again behind every row and sees the same rest", "[ctl][csv]") {
  auto seed = Catch::getSeed();
  INFO("seed " << seed);
  std::mt19937 random(seed);
  const std::string alphabet = "ab,\"\"\n\r\n, x";
  for (int round = 0; round < 200; ++round) {
    std::string text;
    for (auto n = random() % 60; n > 0; --n) text += alphabet[random() % alphabet.size()];
    INFO(text);
    Source source(text);
    auto rows = source.read();
    for (std::size_t i = 0; i < rows.size(); ++i) {
      auto rest = source.read(rows[i].behind);
      REQUIRE(rest.size() == rows.size() - i - 1);
      for (std::size_t j = 0; j < rest.size(); ++j) {
        CHECK(rest[j].values == rows[i + 1 + j].values);
        CHECK(rest[j].line == rows[i + 1 + j].line);
        CHECK(rest[j].behind.offset == rows[i + 1 + j].behind.offset);
      }
    }
  }
}

TEST_CASE("what is written as csv reads back as it was", "[ctl][csv]") {
  const std::vector<Values> table = {{"plain", "with, comma", "with \"mark\"", " blanks "},
                                     {"", "", "", ""},
                                     {"line\nfeed", "cr\r\nlf", "\"", "ümlaut"}};
  std::string text;
  for (const Values& row : table) append_csv_row(text, row);
  append_csv_row(text, {""});
  auto rows = read(text);
  REQUIRE(rows.size() == 4);
  for (std::size_t i = 0; i < table.size(); ++i) CHECK(rows[i].values == table[i]);
  CHECK(rows[3].values == Values{""});
}

TEST_CASE("csv values can be separated by another character than a comma", "[ctl][csv]") {
  CHECK(Source("a;\"b;c\";d,e\n").read({}, ';')[0].values == Values{"a", "b;c", "d,e"});
  CHECK(Source("a\t b \tc\r\n").read({}, '\t')[0].values == Values{"a", " b ", "c"});
}

TEST_CASE("csv reading takes a source that gives a byte at a time and cannot be rewound", "[ctl][csv]") {
  class Drop : public ByteSource {
   public:
    explicit Drop(std::string_view text) : text_(text) {}
    Result<> read(std::string& out, std::size_t) override { return text_.read(out, 1); }

   private:
    TextSource text_;
  };
  Drop source("\xEF\xBB\xBFname,\"two\nlines\"\r\nx,y");
  CsvReader reader(source, {});
  CsvRow row;
  REQUIRE(reader.next(row).value());
  CHECK(row.values == Values{"name", "two\nlines"});
  REQUIRE(reader.next(row).value());
  CHECK(row.values == Values{"x", "y"});
  CHECK(row.line == 3);
  CHECK(reader.position().offset == 24);
  CHECK_FALSE(reader.next(row).value());
}

}  // namespace outpost::test::csv_test
