// The statements that a session of the record store has prepared: those of Sql, and behind them those that this engine
// alone needs.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "supervisor/store/postgres/session.h"
#include "supervisor/store/sql/statements.h"

namespace outpost::supervisor {

enum class PgSql : std::uint8_t {
  begin = static_cast<std::uint8_t>(Sql::count),
  begin_snapshot,
  prove,
  unlimited,
  outcome,
  confirm,
  bar,
  // In the order of DialQueue, each three times.
  windows_personal,
  windows_campaign,
  windows_general,
  next_due_personal,
  next_due_campaign,
  next_due_general,
  chain_of_handle,
};

// In their order, as PgSession::prepare() takes them.
std::vector<PgStatement> pg_statements();

// The place of a statement among them, by which it is sent.
constexpr std::size_t place_of(Sql id) { return static_cast<std::size_t>(id); }
constexpr std::size_t place_of(PgSql id) { return static_cast<std::size_t>(id); }

}  // namespace outpost::supervisor
