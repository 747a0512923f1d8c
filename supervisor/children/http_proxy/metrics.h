// What there is to measure of a proxy.
#pragma once

#include "supervisor/children/child.h"
#include "supervisor/children/http_proxy/link.h"
#include "supervisor/config/config.h"

namespace outpost::supervisor {

class MetricsWriter;

// Under the label `child`, the key of its kind. `config` is what is in force.
void write_proxy_metrics(MetricsWriter& out, const ChildKind& kind, const Child& child, const ProxyLink& link,
                         const Config& config);

}  // namespace outpost::supervisor
