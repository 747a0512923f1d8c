// What came of a request to another server, for a person to read.
#pragma once

#include <cstddef>

#include "common/json.h"
#include "protocol/channel/courier.h"

namespace outpost::supervisor {

// An answer that is to be shown has no more: as JSON, where a byte may become six, it has to fit a frame.
inline constexpr std::size_t kShownAnswerBytesMax = 256 * 1024;

// Members of the open object: "outcome"; of an answer "status", "http_version", "headers": [{"name", "value"} ..],
// "body_bytes" and, of one that is plain text, "body"; else "meaning", "text", "may_have_arrived"; "address", "reused"
// when there was a connection; "times_us".
void write_fetch_reply(JsonWriter& out, const protocol::FetchReply& reply);

}  // namespace outpost::supervisor
