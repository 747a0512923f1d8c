// The schema in a PostgreSQL database: recognised, set up and brought up to date.
#pragma once

#include <string>

#include "supervisor/store/postgres/session.h"
#include "supervisor/store/sql/schema.h"

namespace outpost::supervisor {

// For each new session of a store, before anything else: the family's schema has version `needed` or a later one.
// `may_write`: otherwise it is brought up to date, in one transaction, which several supervisors may do at once.
// Errc::invalid: the tables are those of another program; Errc::unsupported: they were written by a newer program, or
// by an older one and may not be written. `url` is named in errors, without its password.
Result<> use_schema(PgSession& session, const SchemaFamily& family, int needed, bool may_write, const std::string& url);
// The version of the records' schema, 0 when there are no tables of it. Writes nothing.
Result<int> postgres_schema(const std::string& url);

}  // namespace outpost::supervisor
