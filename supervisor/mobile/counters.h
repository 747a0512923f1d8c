// What a mobile node has counted, as clients read it. Source: gms.md 7.2, mobile.md 12.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "protocol/channel/messages.h"
#include "supervisor/mobile/state/state_threads.h"

namespace outpost {
class JsonWriter;
}

namespace outpost::supervisor::mobile {

struct NodeFigures {
  std::int64_t node_id = 0;
  std::uint64_t uptime_s = 0;
  std::string_view status;
  std::int64_t areas = 0;
  std::uint64_t expired = 0;
  std::uint64_t requests = 0;
  std::uint64_t refused = 0;
  std::uint64_t in_flight = 0;
  std::uint64_t bytes_in_work = 0;
  protocol::Statistics proxy;
  StateThreads::Counters store;
};

// Members of the open object: "node", "storage", "proxy", "store".
void write_counters(JsonWriter& out, const NodeFigures& figures);

}  // namespace outpost::supervisor::mobile
