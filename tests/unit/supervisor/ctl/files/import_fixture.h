// Imports of a file on a supervisor that is played.
#pragma once

#include <fstream>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "common/json.h"
#include "supervisor/ctl/files/file.h"
#include "supervisor/ctl/files/import.h"
#include "supervisor/ctl/view/reply.h"
#include "tests/support/control_peer.h"
#include "tests/support/temp_dir.h"

#include <catch2/catch_test_macros.hpp>

namespace outpost::test {

using namespace outpost::supervisor::ctl;
using namespace std::chrono_literals;

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

class ImportFixture {
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

  TempDir dir;
  FakeStore store;
  ControlPeer peer{dir.file("s"), [this](const protocol::FromCtl& message) { return store(message); }};
};

// A file of ten pieces, each of which begins with a row that is refused.
inline std::string ten_rejects() {
  std::string text = "contact_info\n";
  for (int i = 0; i < 10'000; ++i) text += i % 1000 == 0 ? "\"\"\n" : "+" + std::to_string(i) + "\n";
  return text;
}

}  // namespace outpost::test
