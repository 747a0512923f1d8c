#include "supervisor/ctl/files/import.h"

#include <algorithm>
#include <fstream>
#include <map>
#include <mutex>
#include <random>

#include "common/charset.h"
#include "common/json.h"
#include "supervisor/ctl/files/csv.h"
#include "supervisor/ctl/files/file.h"
#include "supervisor/ctl/files/reject_file.h"
#include "supervisor/ctl/view/reply.h"
#include "tests/support/control_peer.h"
#include "tests/support/temp_dir.h"

#include <catch2/catch_get_random_seed.hpp>
#include <catch2/catch_test_macros.hpp>

using namespace outpost;
using namespace outpost::supervisor::ctl;
using namespace std::chrono_literals;

namespace {

// The supervisor's side of imports, with a connection that can be made to break before or after a piece is durable.
class FakeStore {
 public:
  enum class Break : std::uint8_t { never, before_commit, after_commit };

  std::optional<protocol::Reply> operator()(const protocol::FromCtl& message) {
    std::lock_guard lock(mutex);
    if (const auto* rows = std::get_if<protocol::ImportRows>(&message)) return take(*rows);
    const auto& command = std::get<protocol::Command>(message);
    ++commands;
    if (command.name == "import-open") return open(command.arguments);
    finished = true;
    return protocol::Reply{true, JsonWriter().begin_object().member("rows", total).end_object().take()};
  }

  void break_at(Break how, int pieces) {
    std::lock_guard lock(mutex);
    how_ = how;
    pieces_left_ = pieces;
  }

  std::mutex mutex;
  std::vector<std::vector<std::string>> stored;
  std::vector<std::string> columns;
  std::string source;
  std::uint64_t next_offset = 0;
  std::uint64_t next_line = 0;
  std::uint64_t total = 0;
  bool finished = false;
  bool refuse_next = false;
  int commands = 0;
  std::string duplicates;
  bool dry_run = false;

 private:
  protocol::Reply open(const std::string& arguments) {
    auto json = parse_json(arguments);
    duplicates = text_of(*json, "duplicates");
    dry_run = flag_of(*json, "dry_run");
    if (finished && text_of(*json, "source") == source && !flag_of(*json, "restart")) {
      return {false, R"({"error":"this file was imported before"})"};
    }
    if (text_of(*json, "source") != source || flag_of(*json, "restart")) {
      source = text_of(*json, "source");
      next_offset = next_line = total = 0;
      finished = false;
    }
    columns.clear();
    for (const JsonValue& column : array_of(*json, "columns")) columns.push_back(text_of(column));
    JsonWriter reply;
    reply.begin_object().member("import_id", 1).member("next_offset", next_offset).member("next_line", next_line);
    reply.member("rows", total).member("finished", finished).end_object();
    return {true, reply.take()};
  }

  std::optional<protocol::Reply> take(const protocol::ImportRows& rows) {
    bool breaks = how_ != Break::never && pieces_left_-- == 0;
    if (breaks && how_ == Break::before_commit) return std::nullopt;
    bool known = rows.next_offset <= next_offset;
    if (!known && (refuse_next || rows.offset != next_offset)) {
      refuse_next = false;
      return protocol::Reply{false, R"({"error":"not now"})"};
    }
    JsonWriter reply;
    std::uint64_t imported = 0;
    reply.begin_object().key("rejected").begin_array();
    for (const protocol::ImportRow& row : rows.rows) {
      if (row.values[0].empty()) {
        reply.begin_object().member("line", row.line).member("column", "contact_info");
        reply.member("reason", "contact_info is empty").end_object();
      } else if (!known) {
        stored.push_back(row.values);
        ++imported;
      }
    }
    if (!known) {
      next_offset = rows.next_offset;
      next_line = rows.next_line;
      total += imported;
    }
    if (breaks) return std::nullopt;
    reply.end_array().member("imported", imported).member("duplicates", 1).member("odd_windows", 2);
    return protocol::Reply{true, reply.end_object().take()};
  }

  Break how_ = Break::never;
  int pieces_left_ = 0;
};

class Fixture {
 public:
  void write(const std::string& text) { std::ofstream(file(), std::ios::binary) << text; }
  Result<ImportSummary> import(bool restart = false, std::vector<std::string> skip = {}) {
    ImportOptions options = this->options();
    options.restart = restart;
    options.skip = std::move(skip);
    return import(options);
  }
  Result<ImportSummary> import(const ImportOptions& options) {
    auto client = Client::connect(dir.file("s"), 20s);
    REQUIRE(client);
    return import_file(*client, options);
  }
  ImportOptions options() {
    ImportOptions options;
    options.list = "L";
    options.file = file();
    options.rejects = reject_file();
    return options;
  }
  std::string file() { return dir.file("rows.csv"); }
  // The n-th of those that lie beside each other.
  std::string reject_file(int n = 1) {
    return dir.file(n == 1 ? "rows.csv.rejects.csv" : fmt::format("rows.csv.rejects.{}.csv", n));
  }
  std::string rejects(int n = 1) {
    auto text = read_file(reject_file(n), 100'000'000);
    return text ? *text : "";
  }

  test::TempDir dir;
  FakeStore store;
  test::ControlPeer peer{dir.file("s"), [this](const protocol::FromCtl& message) { return store(message); }};
};

// A file of ten pieces, each of which begins with a row that is refused.
std::string ten_rejects() {
  std::string text = "contact_info\n";
  for (int i = 0; i < 10'000; ++i) text += i % 1000 == 0 ? "\"\"\n" : "+" + std::to_string(i) + "\n";
  return text;
}

}  // namespace

TEST_CASE("an import keeps good rows and reports bad ones with line, reason and text", "[ctl][import]") {
  Fixture f;
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
  Fixture f;
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
  Fixture f;
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
  Fixture f;
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
  Fixture f;
  f.write("record_id,contact_info,note\n1,+1,x\n2,+2\n");
  auto summary = f.import(false, {"record_id", "note"});
  REQUIRE(summary);
  CHECK(summary->counts.rejected == 1);
  CHECK(f.store.columns == std::vector<std::string>{"contact_info"});
  CHECK(f.store.stored == std::vector<std::vector<std::string>>{{"+1"}});
  CHECK(f.import(true, {"typo"}).error().text.find("no column 'typo'") != std::string::npos);
}

TEST_CASE("files that cannot be imported are refused before a row is sent", "[ctl][import]") {
  Fixture f;
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

// --- Reject files ----------------------------------------------------------------------------------------------------

TEST_CASE("a reject file that was corrected can be imported, in its columns or in its one text", "[ctl][import]") {
  Fixture f;
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
  Fixture f;
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
  Fixture f;
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
  Fixture f;
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
  Fixture f;
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
  Fixture f;
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
  Fixture f;
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
  Fixture f;
  f.write("contact_info\n+1\n");
  ImportOptions options = f.options();
  options.rejects = f.dir.file("./rows.csv");
  auto refused = f.import(options);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().text.find("--rejects must name another place") != std::string::npos);
  CHECK(read_file(f.file(), 100).value() == "contact_info\n+1\n");
}

// --- Manners of importing --------------------------------------------------------------------------------------------

TEST_CASE("a dry run tells each reject and leaves no file behind", "[ctl][import]") {
  Fixture f;
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
  Fixture f;
  f.write("contact_info\n+1\n");
  ImportOptions options = f.options();
  options.duplicates = "skip";
  REQUIRE(f.import(options));
  CHECK(f.store.duplicates == "skip");
}

TEST_CASE("a file in another encoding that was cut off goes on exactly behind the durable rows", "[ctl][import]") {
  Fixture f;
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
