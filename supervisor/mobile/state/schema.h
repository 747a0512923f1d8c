// The tables that mobile nodes share, as numbered migrations, in the words of store/sql/schema.h.
#pragma once

#include "supervisor/store/sql/schema.h"

namespace outpost::supervisor {

const SchemaFamily& state_schema();

}  // namespace outpost::supervisor
