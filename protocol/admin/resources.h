// What the admin face serves, one row each: the proxy knows a path by it, the supervisor what was asked. A row's place
// in the table is Call.route; the captures of a Call are those of AdminCapture.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace outpost::protocol {

// What a token must be for. One that is for all resource types is not for this one: it has to name it.
inline constexpr std::string_view kAdminResource = "admin";
inline constexpr std::string_view kAdminRead = "Read";
inline constexpr std::string_view kAdminWrite = "Write";

enum class AdminAnswer : std::uint8_t {
  alive,    // this process answers
  ready,    // it does what its role asks of it, or why not
  primary,  // it is primary, or not
  backup,
  metrics,        // in the form that Accept asks for
  command,        // the reply of a control command
  configuration,  // the options, with their values and where they come from
  events,         // how it fares, as server-sent events, until the client leaves
};

struct AdminParameter {
  enum class Type : std::uint8_t {
    text,
    integer,
    word,   // a number or a name
    texts,  // a list: the parameter is given once for each
    json,   // what a reply before gave, as it came
  };
  std::string_view name;  // of the query, and of the command's argument
  Type type;
};

struct AdminRow {
  std::string_view path;
  AdminAnswer answer;
  std::string_view command = {};
  std::span<const AdminParameter> parameters = {};
  // POST with the arguments as its body, in the place of GET and HEAD with them as its query.
  bool writes = false;
  // For what waits for somebody else: the Call is held for so long. 0: it is not.
  std::uint32_t held_ms = 0;

  // Whether a health checker may ask it, which has no token.
  [[nodiscard]] bool is_open() const { return answer < AdminAnswer::metrics; }
};

std::span<const AdminRow> admin_rows();
// Null: there is no such path.
const AdminRow* find_admin_row(std::string_view path);

// The places of a Call's captures. Its principal is the name of the token that was needed; empty: none was.
enum class AdminCapture : std::uint8_t { accept };
inline constexpr std::size_t kAdminCaptures = 1;
// A longer Accept says more than anybody has to offer, and travels as an empty one.
inline constexpr std::size_t kAdminAcceptBytesMax = 1024;

}  // namespace outpost::protocol
