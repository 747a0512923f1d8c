#include "supervisor/ctl/files/dnc.h"

#include <filesystem>
#include <fstream>
#include <mutex>
#include <set>

#include "supervisor/ctl/files/file.h"
#include "supervisor/ctl/view/reply.h"
#include "tests/support/control_peer.h"
#include "tests/support/temp_dir.h"

#include <catch2/catch_test_macros.hpp>

namespace outpost::test::files_dnc_test {

using namespace outpost::supervisor::ctl;
using namespace std::chrono_literals;

namespace {

// The supervisor's side, which refuses values that are longer than 8 bytes.
class FakeList {
 public:
  std::optional<protocol::Reply> operator()(const protocol::FromCtl& message) {
    std::lock_guard lock(mutex);
    const auto& command = std::get<protocol::Command>(message);
    auto arguments = parse_json(command.arguments);
    tenant = text_of(*arguments, "tenant");
    if (command.name == "dnc-list") return page(*arguments);
    if (pieces_until_break-- == 0) return std::nullopt;
    std::uint64_t added = 0;
    std::uint64_t known = 0;
    JsonWriter reply;
    reply.begin_object().key("rejected").begin_array();
    pieces.push_back(array_of(*arguments, "entries").size());
    for (const JsonValue& entry : array_of(*arguments, "entries")) {
      const char* kind = entry.find("phone") ? "phone" : "customer_id";
      if (text_of(entry, kind).size() > 8) {
        reply.begin_object().member("line", integer_of(entry, "line")).member("column", kind);
        reply.member("reason", "too long").end_object();
        continue;
      }
      ++(entries.insert(std::string(kind) + " " + text_of(entry, kind)).second ? added : known);
    }
    return protocol::Reply{true, reply.end_array()
                                     .member("added", added)
                                     .member("known", known)
                                     .member("matching", 3)
                                     .member("matching_or_more", pieces.size() > 1)
                                     .end_object()
                                     .take()};
  }

  std::mutex mutex;
  std::set<std::string> entries;
  std::vector<std::size_t> pieces;
  std::string tenant;
  int pieces_until_break = -1;

 private:
  // Two pages of one phone and one customer id.
  protocol::Reply page(const JsonValue& arguments) {
    bool first = !arguments.find("after");
    return {true, first ? R"({"entries":[{"phone":"+1","added_at":5}],"next":{"phone":"+1"}})"
                        : R"({"entries":[{"customer_id":"a,\"b"}],"next":null})"};
  }
};

class Fixture {
 public:
  Result<DncImportSummary> import(const std::string& text, std::vector<std::string> skip = {}, CsvFormat format = {}) {
    std::ofstream(file(), std::ios::binary) << text;
    auto client = Client::connect(dir.file("s"), 20s);
    REQUIRE(client);
    return import_dnc(*client, {"T", file(), file() + ".rejects.csv", std::move(skip), std::move(format)});
  }
  std::string file() { return dir.file("dnc.csv"); }

  test::TempDir dir;
  FakeList list;
  test::ControlPeer peer{dir.file("s"), [this](const protocol::FromCtl& message) { return list(message); }};
};

}  // namespace

TEST_CASE("each value of a do-not-call file becomes an entry and bad ones are reported", "[ctl][dnc]") {
  Fixture f;
  auto summary = f.import("customer_id,phone\nC1,+1\n,+2\nC2,\n,\nC1,+1234567890\n+3\n\"x,+4\n");
  REQUIRE(summary);
  CHECK(f.list.entries == std::set<std::string>{"customer_id C1", "customer_id C2", "phone +1", "phone +2"});
  CHECK(f.list.tenant == "T");
  CHECK(summary->added == 4);
  CHECK(summary->known == 1);
  CHECK(summary->rejected == 3);
  CHECK(summary->matching == 3);
  CHECK(!summary->matching_or_more);
  CHECK(read_file(f.file() + ".rejects.csv", 10'000).value() ==
        "reject_line,reject_column,reject_reason,reject_row,customer_id,phone\n"
        "6,phone,too long,,C1,+1234567890\n"
        "7,,\"the row has 1 value, the first line names 2 columns\",+3,,\n"
        "8,,a quotation mark is opened and not closed,\"\"\"x,+4\",,\n");
}

TEST_CASE("a do-not-call file travels in bounded pieces and can be imported again", "[ctl][dnc]") {
  Fixture f;
  std::string text = "phone,customer_id\n";
  for (int i = 0; i < 2600; ++i) text += std::to_string(i) + ",c" + std::to_string(i) + "\n";
  f.list.pieces_until_break = 2;
  auto cut = f.import(text);
  REQUIRE_FALSE(cut);
  CHECK(cut.error().code == Errc::closed);
  CHECK(cut.error().text.find("run again") != std::string::npos);
  f.list.pieces_until_break = -1;
  auto summary = f.import(text);
  REQUIRE(summary);
  CHECK(summary->added + summary->known == 5200);
  CHECK(summary->known == 2000);
  CHECK(summary->matching == 18);
  CHECK(summary->matching_or_more);
  CHECK(f.list.entries.size() == 5200);
  for (std::size_t size : f.list.pieces) CHECK(size <= 1000);
  CHECK_FALSE(std::filesystem::exists(f.file() + ".rejects.csv"));
  CHECK_FALSE(std::filesystem::exists(f.file() + ".rejects.csv.position"));
}

TEST_CASE("the columns of a do-not-call file must be known", "[ctl][dnc]") {
  Fixture f;
  CHECK(f.import("phones\n1\n").error().text.find("is phone meant?") != std::string::npos);
  CHECK(f.import("phone,note\n1,x\n").error().text.find("--skip") != std::string::npos);
  CHECK(f.import("note\n1\n", {"note"}).error().text.find("needs a column") != std::string::npos);
  CHECK(f.list.entries.empty());
  REQUIRE(f.import("phone,note\n1,x\n", {"note"}));
  CHECK(f.list.entries == std::set<std::string>{"phone 1"});
}

TEST_CASE("a do-not-call file without a line of names is told that it needs one", "[ctl][dnc]") {
  Fixture f;
  for (const char* text : {"+15550100\n+15550101\n", "C7\n", "+15550100,C7\n"}) {
    auto refused = f.import(text);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == Errc::io);
    CHECK(refused.error().text.find("the first line must name the columns, phone or customer_id or both") !=
          std::string::npos);
  }
  CHECK(f.list.entries.empty());
}

TEST_CASE("a do-not-call file may have another delimiter, encoding and a line that says so", "[ctl][dnc]") {
  Fixture f;
  CHECK(f.import("phone;customer_id\n+1;C1\n").error().text.find("--delimiter ';'") != std::string::npos);
  REQUIRE(f.import("sep=;\r\nphone;customer_id\r\n+1;C\xFC\r\n", {}, {';', "WINDOWS-1252"}));
  CHECK(f.list.entries == std::set<std::string>{"customer_id C\xC3\xBC", "phone +1"});
}

TEST_CASE("a do-not-call reject file that was corrected can be imported", "[ctl][dnc]") {
  Fixture f;
  REQUIRE(f.import("phone\n+1234567890\n"));
  std::string text = read_file(f.file() + ".rejects.csv", 10'000).value();
  text.replace(text.find("+1234567890"), 11, "+12");
  auto summary = f.import(text);
  REQUIRE(summary);
  CHECK(summary->rejected == 0);
  CHECK(f.list.entries == std::set<std::string>{"phone +12"});
}

TEST_CASE("the do-not-call list is exported page by page, as import reads it", "[ctl][dnc]") {
  Fixture f;
  auto client = Client::connect(f.dir.file("s"), 20s);
  REQUIRE(client);
  auto rows = export_dnc(*client, "", f.dir.file("out.csv"));
  REQUIRE(rows);
  CHECK(*rows == 2);
  CHECK(read_file(f.dir.file("out.csv"), 1000).value() == "phone,customer_id\n+1,\n,\"a,\"\"b\"\n");
  CHECK(f.list.tenant.empty());
}

}  // namespace outpost::test::files_dnc_test
