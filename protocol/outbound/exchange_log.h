// How one HTTP exchange looks in a log: the lines for Log::write_block, in the syntax of the format's known parser.
//
//   HTTPProxyClient[17.3]::mesage received
//   	'GSW_AGENT_REQ_TYPE'	'RecordProcessed'
//   	'GSW_RECORD_HANDLE'	15
//
// Keys and values come from clients: control bytes, quotes and backslashes in them are shown as \xNN (a backslash
// doubled), so that none can forge a line or a value or end a block. Source: ocs.md section 8.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "protocol/outbound/event.h"

namespace outpost::protocol {

// A longer value is cut with a mark. No value of the vocabulary is nearly as long.
inline constexpr std::size_t kLoggedValueBytesMax = 1024;

// Line "Application type" of a log's header. The parser asks for this form; no public page tells the number [design].
inline constexpr const char* kLogApplicationType = "OCServer (0)";

// The first line of a block, which takes no memory of its own: there are two for each request.
struct FirstLine {
  std::array<char, 128> bytes;  // the longest takes 117
  std::size_t size = 0;

  operator std::string_view() const noexcept { return {bytes.data(), size}; }
};

// `sequence` counts the requests of a connection.
FirstLine request_line(std::uint64_t connection, std::uint64_t sequence);
FirstLine response_line(std::uint64_t connection, std::uint64_t sequence, int status, std::int64_t took_ms);

// One line per attribute, in the event's order. Values of custom fields (keys that do not begin with "GSW_") are
// people's data and show as '***' unless `debug`.
std::string attribute_lines(const Event& event, bool debug);

}  // namespace outpost::protocol
