// The columns of contact_key() in a store that is older than they are.
#pragma once

#include "common/error.h"
#include "supervisor/store/sql/table_store.h"

namespace outpost::supervisor {

// Page by page, in the transaction of the caller, who has added the columns.
Result<> fill_contact_keys(TableStore& tables);

}  // namespace outpost::supervisor
