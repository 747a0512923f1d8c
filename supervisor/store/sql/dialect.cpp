#include "supervisor/store/sql/dialect.h"

#include <cctype>
#include <string_view>
#include <utility>

namespace outpost::supervisor {

namespace {

bool in_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

// Whole words only.
void replace(std::string& sql, std::string_view word, std::string_view by) {
  for (std::size_t at = sql.find(word); at != std::string::npos; at = sql.find(word, at)) {
    std::size_t end = at + word.size();
    bool whole = (at == 0 || !in_word(sql[at - 1])) && (end == sql.size() || !in_word(sql[end]));
    if (whole) sql.replace(at, word.size(), by);
    at += whole ? by.size() : word.size();
  }
}

void drop_index_hints(std::string& sql) {
  constexpr std::string_view kHint = " INDEXED BY ";
  for (std::size_t at = sql.find(kHint); at != std::string::npos; at = sql.find(kHint, at)) {
    std::size_t end = at + kHint.size();
    while (end < sql.size() && in_word(sql[end])) ++end;
    sql.erase(at, end - at);
  }
}

}  // namespace

std::string statement_in(Dialect dialect, std::string sql) {
  if (dialect == Dialect::sqlite) {
    // Its only writer has locked all there is.
    replace(sql, "FOR UPDATE SKIP LOCKED", "");
    replace(sql, "FOR UPDATE", "");
    replace(sql, "NOW_MS", "CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER)");
    return sql;
  }
  replace(sql, "NOW_MS", "CAST(extract(epoch FROM clock_timestamp()) * 1000 AS BIGINT)");
  replace(sql, "BEGIN IMMEDIATE", "BEGIN");
  drop_index_hints(sql);
  for (char& c : sql) {
    if (c == '?') c = '$';
  }
  return sql;
}

std::string schema_in(Dialect dialect, std::string sql) {
  if (dialect == Dialect::sqlite) return sql;
  replace(sql, "INTEGER", "BIGINT");
  replace(sql, "BLOB", "BYTEA");
  replace(sql, "TEXT", R"(TEXT COLLATE "C")");
  replace(sql, " WITHOUT ROWID", "");
  // Whatever looks for a record names its list, too. A key of the number alone would be one index more, which planners
  // like better than that of a page, and would keep the table from being distributed by list.
  replace(sql, "record_id BIGINT PRIMARY KEY", "record_id BIGINT NOT NULL");
  replace(sql, "CREATE INDEX records_page ON records (list_dbid, record_id)",
          "ALTER TABLE records ADD CONSTRAINT records_page PRIMARY KEY (list_dbid, record_id)");
  return sql;
}

}  // namespace outpost::supervisor
