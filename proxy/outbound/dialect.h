// The outbound dialect: requests for records as events of the outbound protocols. Source: ocs.md.
#pragma once

#include "proxy/http/dialect.h"

namespace outpost::proxy {

DialectRow::Made make_outbound_dialect(const protocol::Configure& options);

}  // namespace outpost::proxy
