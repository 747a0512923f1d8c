// The SQL of an engine. Statements and migrations are written once, in the words of SQLite; these are the others.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace outpost::supervisor {

enum class Dialect : std::uint8_t { sqlite, postgresql };

// A parameter that is no text.
struct Bytes {
  std::string_view value;
};

// A statement as statements.cpp writes it: parameters are ?1, ?2; INDEXED BY holds SQLite to an index, which the
// planner of PostgreSQL has to find by itself; NOW_MS is the store's clock in milliseconds. FOR UPDATE, with SKIP
// LOCKED or without, is left out where a writer is alone.
std::string statement_in(Dialect dialect, std::string sql);

// A migration as schema.h describes it. Text compares by its bytes, as it does in SQLite.
std::string schema_in(Dialect dialect, std::string sql);

}  // namespace outpost::supervisor
