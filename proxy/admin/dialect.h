// The admin dialect: health, metrics and commands of the supervisor, as JSON and as what metrics are. See
// protocol/admin/resources.h for what there is.
#pragma once

#include "proxy/http/dialect.h"

namespace outpost::proxy {

DialectRow::Made make_admin_dialect(const protocol::Configure& options);

}  // namespace outpost::proxy
