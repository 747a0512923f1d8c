// The schema in a PostgreSQL database: recognised, set up and brought up to date.
#pragma once

#include <cstdint>
#include <string>

#include "supervisor/store/postgres.h"

namespace outpost::supervisor {

enum class SchemaUse : std::uint8_t {
  reader,  // has to be current
  lease,   // has to know a lease as lease_store.h has it, and is brought up to date when it does not
  writer,  // is brought up to date
};

// For each new session of a store, before anything else. Whatever is done is done in one transaction, and several
// supervisors may do it at once. Errc::invalid: the tables are those of another program; Errc::unsupported: they were
// written by a newer program, or not yet by a writer. `url` is named in errors, without its password.
Result<> use_schema(PgSession& session, SchemaUse use, const std::string& url);

}  // namespace outpost::supervisor
