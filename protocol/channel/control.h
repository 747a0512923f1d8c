// The control socket: what outpostctl says to outpostd and hears back. Same frames as the proxy channel.
//
//   ctl                     supervisor
//     ControlHello ──────────▶           version and peer credentials checked
//             ◀────────── ControlWelcome
//     Command or ImportRows ─▶
//             ◀────────── Reply           under the same correlation id
//
// A command's arguments and a reply's body are JSON objects: outpostctl --json prints the body as it came.
#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "protocol/channel/describe.h"

namespace outpost::protocol {

inline constexpr std::uint32_t kControlVersion = 1;

struct ControlHello {
  std::uint32_t version = kControlVersion;

  static constexpr std::uint16_t kId = 100;
  static constexpr std::string_view kName = "ControlHello";
  static constexpr std::string_view kText = "First word of outpostctl.";
  static constexpr auto fields() {
    return std::tuple(field("version", &ControlHello::version, "version of the control protocol"));
  }
};

struct ControlWelcome {
  std::uint32_t version = kControlVersion;
  std::string program;
  std::int64_t pid = 0;

  static constexpr std::uint16_t kId = 101;
  static constexpr std::string_view kName = "ControlWelcome";
  static constexpr std::string_view kText = "The supervisor takes commands.";
  static constexpr auto fields() {
    return std::tuple(field("version", &ControlWelcome::version, "version of the control protocol"),
                      field("program", &ControlWelcome::program, "program name and version"),
                      field("pid", &ControlWelcome::pid, "process id of the supervisor"));
  }
};

struct Command {
  std::string name;
  std::string arguments;

  static constexpr std::uint16_t kId = 102;
  static constexpr std::string_view kName = "Command";
  static constexpr std::string_view kText = "One command.";
  static constexpr auto fields() {
    return std::tuple(field("name", &Command::name, "name of the command, e.g. status"),
                      field("arguments", &Command::arguments, "a JSON object"));
  }
};

struct ImportRow {
  std::uint64_t line = 0;
  std::vector<std::string> values;

  static constexpr auto fields() {
    return std::tuple(field("line", &ImportRow::line, "line of the file on which the row starts, from 1"),
                      field("values", &ImportRow::values, "one value per column of the import"));
  }
};

// Rows are committed together with `next_offset` and `next_line`, so an import that was cut off goes on exactly behind
// the last row that is durable. A piece whose `next_offset` is not beyond the durable one was imported before: its rows
// are checked again and stored no more, so a sender that missed the reply learns which of them were rejected. Any other
// piece must begin where the durable ones end: several may be under way, and when one fails, those behind it must too.
struct ImportRows {
  std::int64_t import_id = 0;
  std::uint64_t offset = 0;
  std::uint64_t next_offset = 0;
  std::uint64_t next_line = 0;
  std::vector<ImportRow> rows;

  static constexpr std::uint16_t kId = 103;
  static constexpr std::string_view kName = "ImportRows";
  static constexpr std::string_view kText = "A piece of an import; answered when it is committed.";
  static constexpr auto fields() {
    return std::tuple(field("import_id", &ImportRows::import_id, "from the reply to import-open"),
                      field("offset", &ImportRows::offset, "next_offset of the piece before, or of import-open"),
                      field("next_offset", &ImportRows::next_offset, "byte of the file behind these rows"),
                      field("next_line", &ImportRows::next_line, "line of the file behind these rows"),
                      field("rows", &ImportRows::rows, "the rows"));
  }
};

struct Reply {
  bool ok = true;
  std::string body;

  static constexpr std::uint16_t kId = 104;
  static constexpr std::string_view kName = "Reply";
  static constexpr std::string_view kText = "Outcome of one command.";
  static constexpr auto fields() {
    return std::tuple(field("ok", &Reply::ok, "whether it was done"),
                      field("body", &Reply::body, "a JSON object; {\"error\": sentence} when it was not done"));
  }
};

using FromCtl = std::variant<ControlHello, Command, ImportRows>;
using ToCtl = std::variant<ControlWelcome, Reply>;

}  // namespace outpost::protocol
