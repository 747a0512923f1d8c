#include "supervisor/ctl/files/reject_file.h"

#include "tests/unit/supervisor/ctl/files/import_fixture.h"

#include <catch2/catch_test_macros.hpp>

namespace outpost::test::reject_file_test {

using namespace outpost::supervisor::ctl;

TEST_CASE("a reject file that was corrected can be imported, in its columns or in its one text", "[ctl][import]") {
  ImportFixture f;
  f.write("contact_info,n\n+1,1\n,2\n+3\n,4\n");
  REQUIRE(f.import());
  std::string text = f.rejects();
  auto put = [&](const std::string& from, const std::string& to) {
    std::size_t at = text.find(from);
    REQUIRE(at != std::string::npos);
    text.replace(at, from.size(), to);
  };
  put(",,,2\n", ",,+2,2\n");
  put(",+3,,\n", ",\"+3,3\",,\n");
  f.write(text);
  auto summary = f.import();
  REQUIRE(summary);
  CHECK(f.store.columns == std::vector<std::string>{"contact_info", "n"});
  CHECK(f.store.stored == std::vector<std::vector<std::string>>{{"+1", "1"}, {"+2", "2"}, {"+3", "3"}});
  CHECK(f.rejects() ==
        "reject_line,reject_column,reject_reason,reject_row,contact_info,n\n"
        "4,contact_info,contact_info is empty,,,4\n");
}

TEST_CASE("a row of a reject file that nobody corrected is rejected again and keeps its text", "[ctl][import]") {
  ImportFixture f;
  f.write("contact_info,n\n+3\n\"x,4\n");
  REQUIRE(f.import());
  std::string first = f.rejects();
  f.write(first);
  auto summary = f.import();
  REQUIRE(summary);
  CHECK(summary->counts.rejected == 2);
  CHECK(f.store.stored.empty());
  CHECK(f.rejects().find(",+3,,\n") != std::string::npos);
  CHECK(f.rejects().find(",\"\"\"x,4\",,\n") != std::string::npos);
}

TEST_CASE("a reject file that nobody touched is replaced by the next import, and removed by one without rejects",
          "[ctl][import]") {
  ImportFixture f;
  f.write("contact_info\n\"\"\n");
  REQUIRE(f.import());
  f.write("contact_info\n+1\n\"\"\n");
  auto second = f.import();
  REQUIRE(second);
  CHECK(second->rejects == f.reject_file());
  CHECK(f.rejects().find("\n3,") != std::string::npos);
  f.write("contact_info\n+2\n");
  REQUIRE(f.import());
  CHECK_FALSE(std::filesystem::exists(f.reject_file()));
  CHECK_FALSE(std::filesystem::exists(f.reject_file() + ".position"));
}

TEST_CASE("a reject file that somebody changed, or wrote, is left alone: rejects go to another name", "[ctl][import]") {
  ImportFixture f;
  f.write("contact_info\n\"\"\n");
  REQUIRE(f.import());
  std::string changed = f.rejects() + "2,,,,+1\n";
  SECTION("with a row more") {}
  SECTION("with other bytes of the same length") {
    changed = f.rejects();
    changed.back() = 'x';
  }
  SECTION("shortened") { changed = "reject_line"; }
  SECTION("somebody's own data") {
    changed = "my data\n";
    std::filesystem::remove(f.reject_file() + ".position");
  }
  std::ofstream(f.reject_file()) << changed;
  for (const char* text : {"contact_info\n+1\n\"\"\n", "contact_info\n+1\n+2\n\"\"\n"}) {
    f.write(text);
    auto summary = f.import();
    REQUIRE(summary);
    CHECK(f.rejects() == changed);
    CHECK(summary->rejects == f.reject_file(2));
  }
  CHECK(f.rejects(2).find("\n4,") != std::string::npos);
  f.write("contact_info\n+1\n");
  REQUIRE(f.import());
  CHECK(f.rejects() == changed);
  CHECK_FALSE(std::filesystem::exists(f.reject_file(2)));
}

TEST_CASE("what somebody changed in the reject file of an import that was cut off stays when it goes on",
          "[ctl][import]") {
  ImportFixture f;
  const std::string text = ten_rejects();
  f.write(text);
  // So late that the replies to the first pieces have been read.
  f.store.break_at(FakeStore::Break::after_commit, 6);
  REQUIRE_FALSE(f.import());
  std::string changed = f.rejects() + "corrected by hand\n";
  REQUIRE(changed.find("reject_line") == 0);
  std::ofstream(f.reject_file()) << changed;
  f.store.break_at(FakeStore::Break::never, 0);
  auto summary = f.import();
  REQUIRE(summary);
  CHECK(f.rejects() == changed);
  CHECK(summary->rejects == f.reject_file(2));
  CHECK(summary->counts.rejected == 10);
  CHECK(f.rejects(2).find("\n9002,") != std::string::npos);
  CHECK(f.rejects(2).find("\n1002,") == std::string::npos);
}

TEST_CASE("the rejects of an import that was cut off are kept from any other import", "[ctl][import]") {
  ImportFixture f;
  const std::string text = ten_rejects();
  f.write(text);
  f.store.break_at(FakeStore::Break::after_commit, 6);
  REQUIRE_FALSE(f.import());
  const std::string before = f.rejects();
  REQUIRE(before.find("reject_line") == 0);
  f.write("contact_info\n\"\"\n");
  auto other = f.import();
  REQUIRE(other);
  CHECK(other->rejects == f.reject_file(2));
  CHECK(f.rejects() == before);
  f.write(text);
  auto whole = f.import();
  REQUIRE(whole);
  CHECK(whole->rejects == f.reject_file());
  CHECK(whole->counts.rejected == 10);
}

TEST_CASE("two imports at once do not write to one reject file", "[ctl][import]") {
  ImportFixture f;
  f.write("contact_info\n\"\"\n");
  auto held = RejectFile::open(f.reject_file(), "other", {}, {"contact_info"});
  REQUIRE(held);
  REQUIRE(held->add({{2, "", "no", {"x"}, {}}}, {20, 3}));
  const std::string written = f.rejects();
  auto summary = f.import();
  REQUIRE(summary);
  CHECK(summary->rejects == f.reject_file(2));
  CHECK(f.rejects() == written);
}

TEST_CASE("the file that is imported cannot be its own reject file", "[ctl][import]") {
  ImportFixture f;
  f.write("contact_info\n+1\n");
  ImportOptions options = f.options();
  options.rejects = f.dir.file("./rows.csv");
  auto refused = f.import(options);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().text.find("--rejects must name another place") != std::string::npos);
  CHECK(read_file(f.file(), 100).value() == "contact_info\n+1\n");
}

}  // namespace outpost::test::reject_file_test
