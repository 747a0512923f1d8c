// What outpostctl is told of the role: an answer of its own form, which has its readers elsewhere.
#pragma once

#include "supervisor/role/lookout.h"
#include "supervisor/role/self.h"

namespace outpost {
class JsonWriter;
}

namespace outpost::supervisor {

class MetricsWriter;

// Members role, epoch, name, redundant, lease, members, transitions of the open object.
void write_role_status(JsonWriter& out, const Self& self, const Lookout& lookout, bool redundant);
// The same as figures. Without redundancy nobody renews a lease, and its age says nothing.
void write_role_metrics(MetricsWriter& out, const Self& self, const Lookout& lookout, bool redundant);

}  // namespace outpost::supervisor
