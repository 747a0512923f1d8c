// Parts of the reply to `status`: each a member of the open object.
#pragma once

#include <cstdint>

#include "supervisor/children/child.h"
#include "supervisor/children/http_proxy/link.h"
#include "supervisor/config/config.h"

namespace outpost {
class JsonWriter;
}

namespace outpost::supervisor {

// One value: null when none is to run. `now_ms` is the loop's.
void write_proxy_status(JsonWriter& out, const Child& child, const ProxyLink& link, const Config& config,
                        std::uint64_t now_ms);
// The member "duration", of all requests together: what write_proxy_metrics() shows by row. Bounds include what is as
// long as they say, and what is below them; what is longer than the last is in "count" alone.
void write_duration_status(JsonWriter& out, const ProxyLink& link);
// The member "limits": every number and text that bounds what a peer may do, under its name in ProxyLimits.
void write_limits_status(JsonWriter& out, const Config& config);

}  // namespace outpost::supervisor
