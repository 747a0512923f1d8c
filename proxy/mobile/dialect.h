// The mobile dialect: storage and the further services of a mobile node, as calls. See protocol/mobile/routes.h for
// what there is. Source: gms.md, mobile.md 5.
#pragma once

#include "proxy/http/dialect.h"

namespace outpost::proxy {

DialectRow::Made make_mobile_dialect(const protocol::Configure& options);

}  // namespace outpost::proxy
