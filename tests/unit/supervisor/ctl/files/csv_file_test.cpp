#include "supervisor/ctl/files/csv_file.h"

#include <fstream>

#include "tests/support/temp_dir.h"

#include <catch2/catch_test_macros.hpp>

namespace outpost::test::csv_file_test {

using namespace outpost::supervisor::ctl;

namespace {

class Fixture {
 public:
  Result<CsvFile> open(const std::string& text, CsvFormat format = {}) {
    std::ofstream(dir_.file("rows.csv"), std::ios::binary) << text;
    auto file = CsvFile::open(dir_.file("rows.csv"), std::move(format), {});
    if (file) REQUIRE(file->go_to({}));
    return file;
  }
  std::string refused(const std::string& text, CsvFormat format = {}) {
    auto file = open(text, std::move(format));
    REQUIRE_FALSE(file);
    return file.error().text;
  }

 private:
  test::TempDir dir_;
};

using Values = std::vector<std::string>;

}  // namespace

TEST_CASE("delimiters are given as themselves or by name", "[ctl][csv]") {
  CHECK(parse_delimiter(";") == ';');
  CHECK(parse_delimiter("Tab") == '\t');
  CHECK(parse_delimiter("\\t") == '\t');
  CHECK(parse_delimiter("pipe") == '|');
  CHECK(parse_delimiter("semicolon") == ';');
  for (const char* bad : {"", ";;", "a", "1", "\"", " ", "\n", "\xC3\xBC"}) CHECK_FALSE(parse_delimiter(bad));
}

TEST_CASE("a sep= line that says the delimiter in force is passed over", "[ctl][csv]") {
  Fixture f;
  auto file = f.open("\xEF\xBB\xBFsep=;\r\na;b\r\n1;2\r\n", {';', {}});
  REQUIRE(file);
  CHECK(file->columns() == Values{"a", "b"});
  CsvRow row;
  REQUIRE(file->next(row).value());
  CHECK(row.values == Values{"1", "2"});
  CHECK(row.line == 3);
}

TEST_CASE("a row with bytes that are no text in the encoding is a problem, and those beside it are not", "[ctl][csv]") {
  Fixture f;
  auto file = f.open("a\n\x81\n\xC4\n", {',', "WINDOWS-1252"});
  REQUIRE(file);
  CsvRow row;
  REQUIRE(file->next(row).value());
  CHECK(row.problem == "the row has bytes that are no text in WINDOWS-1252");
  REQUIRE(file->next(row).value());
  CHECK(row.problem.empty());
  CHECK(row.values == Values{"\xC3\x84"});
  CHECK_FALSE(file->next(row).value());
}

TEST_CASE("a row that is not UTF-8 is told of --encoding", "[ctl][csv]") {
  Fixture f;
  auto file = f.open("a,b\n\xC4,1\n");
  REQUIRE(file);
  CsvRow row;
  REQUIRE(file->next(row).value());
  CHECK(row.problem.find("--encoding") != std::string::npos);
  CHECK(row.values == Values{"\xC4", "1"});
}

TEST_CASE("a row of too few values is shown as a reject file has it, with commas", "[ctl][csv]") {
  Fixture f;
  auto file = f.open("a;b\n\"x,y\"\n", {';', {}});
  REQUIRE(file);
  CsvRow row;
  REQUIRE(file->next(row).value());
  CHECK(row.problem.find("1 value") != std::string::npos);
  CHECK(row.values.empty());
  CHECK(row.raw == "\"x,y\"");
}

TEST_CASE("an encoding that nobody knows is told by its name", "[ctl][csv]") {
  Fixture f;
  CHECK(f.refused("a\n1\n", {',', "UTF-99"}).find("\"UTF-99\" is not known") != std::string::npos);
}

TEST_CASE("the fingerprint is that of the text, not of the encoding in which it is kept", "[ctl][csv]") {
  Fixture f;
  std::string plain = f.open("a\n\xC3\xA4\n").value().fingerprint().value().text;
  CHECK(f.open("a\n\xE4\n", {',', "ISO-8859-1"}).value().fingerprint().value().text == plain);
  CHECK(f.open("a\n\xE4\n", {',', "ISO-8859-15"}).value().fingerprint().value().text == plain);
  CHECK(f.open("a\n\xC3\xB6\n").value().fingerprint().value().text != plain);
}

TEST_CASE("reading a file in another encoding can start again behind every row", "[ctl][csv]") {
  Fixture f;
  const std::string text = "a,b\n\xE4,\"two\nlines\"\n\x80,\x81\nx,y\n";
  auto file = f.open(text, {',', "WINDOWS-1252"});
  REQUIRE(file);
  std::vector<std::pair<CsvPosition, Values>> rows;
  for (CsvRow row; file->next(row).value();) rows.emplace_back(file->position(), row.values);
  REQUIRE(rows.size() == 3);
  for (std::size_t i = 0; i + 1 < rows.size(); ++i) {
    REQUIRE(file->go_to(rows[i].first));
    CsvRow row;
    REQUIRE(file->next(row).value());
    CHECK(row.values == rows[i + 1].second);
    CHECK(file->position().line == rows[i + 1].first.line);
  }
}

TEST_CASE("a reject file that a spreadsheet saved with another delimiter is read as well", "[ctl][csv]") {
  Fixture f;
  auto file = f.open(
      "reject_line;reject_column;reject_reason;reject_row;a;b\n"
      "3;;too few;\"1,2\";;\n4;b;bad;;3;4\n5;;too few;1;;\n6;;too few;\"1,2\n3,4\";;\n",
      {';', {}});
  REQUIRE(file);
  CHECK(file->columns() == Values{"a", "b"});
  CsvRow row;
  REQUIRE(file->next(row).value());
  CHECK(row.values == Values{"1", "2"});
  REQUIRE(file->next(row).value());
  CHECK(row.values == Values{"3", "4"});
  REQUIRE(file->next(row).value());
  CHECK(row.problem == "the row has 1 value, the first line names 2 columns");
  CHECK(row.raw == "1");
  REQUIRE(file->next(row).value());
  CHECK(row.problem == "reject_row must hold one row");
}

}  // namespace outpost::test::csv_file_test
