#include "supervisor/ctl/files/import.h"

#include <algorithm>
#include <random>

#include "common/charset.h"
#include "tests/unit/supervisor/ctl/files/import_fixture.h"

#include <catch2/catch_get_random_seed.hpp>
#include <catch2/catch_test_macros.hpp>

namespace outpost::test::files_import_test {

using namespace outpost::supervisor::ctl;

TEST_CASE("an import keeps good rows and reports bad ones with line, reason and text", "[ctl][import]") {
  ImportFixture f;
  f.write("contact_info,n\r\n+1,1\r\n,2\r\n+3\r\n\"+4,4\r\n+5,\"a\r\nb\"\r\n+\xff,6\r\n+7,7");
  auto summary = f.import();
  REQUIRE(summary);
  CHECK(summary->rows == 3);
  CHECK(summary->counts.rejected == 4);
  CHECK(summary->counts.duplicates == 1);
  CHECK(summary->counts.odd_windows == 2);
  CHECK(summary->rejects == f.reject_file());
  CHECK(f.store.columns == std::vector<std::string>{"contact_info", "n"});
  CHECK(f.store.stored == std::vector<std::vector<std::string>>{{"+1", "1"}, {"+5", "a\r\nb"}, {"+7", "7"}});
  CHECK(f.rejects() ==
        "reject_line,reject_column,reject_reason,reject_row,contact_info,n\n"
        "3,contact_info,contact_info is empty,,,2\n"
        "4,,\"the row has 1 value, the first line names 2 columns\",+3,,\n"
        "5,,\"a quotation mark stands where none may be: values that contain one are quoted, and it is doubled\","
        "\"\"\"+4,4\",,\n"
        "8,,\"the row is not UTF-8: --encoding names the character set of the file, such as WINDOWS-1252\",,+\xff,6\n");
}

TEST_CASE("a file that was imported is not imported again unless it changed or that is asked for", "[ctl][import]") {
  ImportFixture f;
  f.write("contact_info\n+1\n");
  REQUIRE(f.import());
  auto again = f.import();
  REQUIRE_FALSE(again);
  CHECK(again.error().code == Errc::invalid);
  CHECK(f.store.stored.size() == 1);
  REQUIRE(f.import(true));
  CHECK(f.store.stored.size() == 2);
  f.write("contact_info\n+2\n");
  REQUIRE(f.import());
  CHECK(f.store.stored.size() == 3);
}

TEST_CASE("an import cut off at any piece goes on exactly behind the durable rows", "[ctl][import]") {
  auto seed = Catch::getSeed();
  INFO("seed " << seed);
  std::mt19937 random(seed);
  std::string text = "contact_info,note\n";
  std::vector<std::vector<std::string>> good;
  std::vector<std::uint64_t> bad;
  std::uint64_t line = 2;
  for (int i = 0; i < 12'345; ++i) {
    std::string number = "+" + std::to_string(i);
    switch (random() % 10) {
      case 0:
        text += ",empty\n";
        bad.push_back(line++);
        break;
      case 1:
        text += number + "\n";
        bad.push_back(line++);
        break;
      case 2:
        text += number + ",\"two\nlines\"\n";
        good.push_back({number, "two\nlines"});
        line += 2;
        break;
      default:
        text += number + ",x\n";
        good.push_back({number, "x"});
        ++line;
    }
  }
  ImportFixture f;
  f.write(text);
  int attempts = 0;
  for (;; ++attempts) {
    bool breaks = attempts < 20;
    auto how = random() % 2 == 0 ? FakeStore::Break::before_commit : FakeStore::Break::after_commit;
    f.store.break_at(breaks ? how : FakeStore::Break::never, static_cast<int>(random() % 4));
    auto summary = f.import();
    if (summary) {
      CHECK(summary->counts.rejected == bad.size());
      CHECK(summary->rows == good.size());
      break;
    }
    REQUIRE(breaks);
    CHECK(summary.error().code == Errc::closed);
  }
  CHECK(attempts > 2);
  CHECK(f.store.stored == good);

  auto rejects = File::open_source(f.file() + ".rejects.csv");
  REQUIRE(rejects);
  FileSource source(rejects->fd(), 0, rejects->size().value());
  CsvReader reader(source, {});
  std::vector<std::uint64_t> reported;
  for (CsvRow row; reader.next(row).value();) {
    if (row.values[0] != "reject_line") reported.push_back(std::stoull(row.values[0]));
  }
  CHECK(reported == bad);
}

TEST_CASE("a piece that is refused does not let those behind it through", "[ctl][import]") {
  ImportFixture f;
  std::string text = "contact_info\n";
  for (int i = 0; i < 5000; ++i) text += "+" + std::to_string(i) + "\n";
  f.write(text);
  f.store.refuse_next = true;
  auto refused = f.import();
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == Errc::invalid);
  auto summary = f.import();
  REQUIRE(summary);
  CHECK(summary->rows == 5000);
  CHECK(f.store.stored.size() == 5000);
}

TEST_CASE("columns can be left out of an import", "[ctl][import]") {
  ImportFixture f;
  f.write("record_id,contact_info,note\n1,+1,x\n2,+2\n");
  auto summary = f.import(false, {"record_id", "note"});
  REQUIRE(summary);
  CHECK(summary->counts.rejected == 1);
  CHECK(f.store.columns == std::vector<std::string>{"contact_info"});
  CHECK(f.store.stored == std::vector<std::vector<std::string>>{{"+1"}});
  CHECK(f.import(true, {"typo"}).error().text.find("no column 'typo'") != std::string::npos);
}

TEST_CASE("files that cannot be imported are refused before a row is sent", "[ctl][import]") {
  ImportFixture f;
  auto refused = [&](const std::string& text, const char* part) {
    f.write(text);
    auto summary = f.import();
    REQUIRE_FALSE(summary);
    INFO(summary.error().text);
    CHECK(summary.error().code == Errc::io);
    CHECK(summary.error().text.find(part) != std::string::npos);
  };
  refused("", "is empty");
  refused("a,,b\n", "has no name");
  refused("a,b,a\n", "twice");
  refused("\"a\n", "cannot be read");
  refused("caf\xe9\n", "--encoding WINDOWS-1252");
  refused("contact_info;tz_name\n+1;PST\n", "is separated by ;: --delimiter ';'");
  CHECK(f.store.commands == 0);
}

// --- Manners of importing --------------------------------------------------------------------------------------------

TEST_CASE("a dry run tells each reject and leaves no file behind", "[ctl][import]") {
  ImportFixture f;
  f.write("contact_info,n\n+1,1\n,2\n+3\n");
  std::vector<std::string> told;
  ImportOptions options = f.options();
  options.dry_run = [&](const Reject& reject) { told.push_back(fmt::format("{} {}", reject.line, reject.column)); };
  auto summary = f.import(options);
  REQUIRE(summary);
  CHECK(f.store.dry_run);
  CHECK(f.store.commands == 1);
  CHECK(summary->rows == 1);
  CHECK(summary->counts.rejected == 2);
  CHECK(told == std::vector<std::string>{"3 contact_info", "4 "});
  CHECK_FALSE(std::filesystem::exists(f.reject_file()));
  CHECK_FALSE(std::filesystem::exists(f.reject_file() + ".position"));
}

TEST_CASE("the supervisor is told what becomes of duplicates", "[ctl][import]") {
  ImportFixture f;
  f.write("contact_info\n+1\n");
  ImportOptions options = f.options();
  options.duplicates = "skip";
  REQUIRE(f.import(options));
  CHECK(f.store.duplicates == "skip");
}

TEST_CASE("a file in another encoding that was cut off goes on exactly behind the durable rows", "[ctl][import]") {
  ImportFixture f;
  std::string text = "contact_info;note\r\n";
  std::vector<std::vector<std::string>> good;
  for (int i = 0; i < 9000; ++i) {
    std::string number = i % 100 == 7 ? "" : "+" + std::to_string(i);
    text += number + ";\xC3\xA4\xE2\x82\xAC\r\n";
    if (!number.empty()) good.push_back({number, "\xC3\xA4\xE2\x82\xAC"});
  }
  f.write(CharsetConverter::make("UTF-8", "UTF-16").value().convert(text).value());
  CHECK(f.import().error().text.find("--encoding UTF-16") != std::string::npos);
  ImportOptions options = f.options();
  options.format = {',', "UTF-16"};
  CHECK(f.import(options).error().text.find("--delimiter ';'") != std::string::npos);
  options.format.delimiter = ';';
  for (int piece : {3, 1, 2}) {
    f.store.break_at(piece == 1 ? FakeStore::Break::before_commit : FakeStore::Break::after_commit, piece);
    REQUIRE_FALSE(f.import(options));
  }
  f.store.break_at(FakeStore::Break::never, 0);
  auto summary = f.import(options);
  REQUIRE(summary);
  CHECK(f.store.stored == good);
  CHECK(summary->counts.rejected == 90);
}

}  // namespace outpost::test::files_import_test
