#include "supervisor/ctl/import.h"

#include <algorithm>
#include <fstream>
#include <map>
#include <mutex>
#include <random>

#include "common/json.h"
#include "supervisor/ctl/csv.h"
#include "supervisor/ctl/file.h"
#include "supervisor/ctl/reply.h"
#include "tests/support/control_peer.h"
#include "tests/support/temp_dir.h"
#undef CHECK  // ours; below it is Catch2's

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

 private:
  protocol::Reply open(const std::string& arguments) {
    auto json = parse_json(arguments);
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
    return protocol::Reply{true, reply.end_array().member("imported", imported).end_object().take()};
  }

  Break how_ = Break::never;
  int pieces_left_ = 0;
};

class Fixture {
 public:
  void write(const std::string& text) { std::ofstream(file(), std::ios::binary) << text; }
  Result<ImportSummary> import(bool restart = false, std::vector<std::string> skip = {}) {
    auto client = Client::connect(dir.file("s"), 20s);
    REQUIRE(client);
    return import_file(*client, {"L", file(), file() + ".rejects.csv", restart, std::move(skip), {}});
  }
  std::string file() { return dir.file("rows.csv"); }
  std::string rejects() {
    auto text = read_file(file() + ".rejects.csv", 100'000'000);
    return text ? *text : "";
  }

  test::TempDir dir;
  FakeStore store;
  test::ControlPeer peer{dir.file("s"), [this](const protocol::FromCtl& message) { return store(message); }};
};

}  // namespace

TEST_CASE("an import keeps good rows and reports bad ones with line, reason and text", "[ctl][import]") {
  Fixture f;
  f.write("contact_info,n\r\n+1,1\r\n,2\r\n+3\r\n\"+4,4\r\n+5,\"a\r\nb\"\r\n+\xff,6\r\n+7,7");
  auto summary = f.import();
  REQUIRE(summary);
  CHECK(summary->rows == 3);
  CHECK(summary->rejected == 4);
  CHECK(f.store.columns == std::vector<std::string>{"contact_info", "n"});
  CHECK(f.store.stored == std::vector<std::vector<std::string>>{{"+1", "1"}, {"+5", "a\r\nb"}, {"+7", "7"}});
  CHECK(f.rejects() ==
        "line,column,reason,row\n"
        "3,contact_info,contact_info is empty,\",2\"\n"
        "4,,\"the row has 1 value, the first line names 2 columns\",+3\n"
        "5,,\"a quotation mark stands where none may be: values that contain one are quoted, and it is doubled\","
        "\"\"\"+4,4\"\n"
        "8,,the row is not UTF-8,\"+\xff,6\"\n");
  CHECK_FALSE(std::filesystem::exists(f.file() + ".rejects.csv.position"));
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
      CHECK(summary->rejected == bad.size());
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
  CsvReader reader(rejects->fd(), {}, rejects->size().value());
  std::vector<std::uint64_t> reported;
  for (CsvRow row; reader.next(row).value();) {
    if (row.values[0] != "line") reported.push_back(std::stoull(row.values[0]));
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
  CHECK(summary->rejected == 1);
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
  refused("caf\xe9\n", "UTF-8");
  std::ofstream(f.file() + ".rejects.csv") << "somebody's own data\n";
  refused("contact_info\n+1\n", "is not a reject file");
  CHECK(f.rejects() == "somebody's own data\n");
  CHECK(f.store.stored.empty());
}
