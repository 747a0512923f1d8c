#include "supervisor/mobile/state/statements.h"

#include <fmt/core.h>

#include "supervisor/mobile/state/columns.h"
#include "supervisor/store/sql/column_texts.h"

namespace outpost::supervisor {

namespace {

// ?1 id
constexpr std::string_view kLiving = "mobile_areas WHERE id = ?1 AND expires_at > NOW_MS";
// Of a file whose area is ?1.
constexpr std::string_view kOfLiving =
    "mobile_files WHERE area = ?1 AND EXISTS (SELECT 1 FROM mobile_areas WHERE id = ?1 AND expires_at > NOW_MS)";

std::vector<StateSqlText> state_transactions() {
  return {
      {StateSql::begin, "begin a transaction", "BEGIN IMMEDIATE"},
      {StateSql::begin_read, "begin to read", "BEGIN"},
      {StateSql::commit, "commit", "COMMIT"},
      {StateSql::rollback, "roll back", "ROLLBACK"},
  };
}

// ?4 of put_area, ?3 of update_area: how long it lives from now on, in ms.
std::vector<StateSqlText> area_statements() {
  return {
      {StateSql::put_area, "store an area",
       "INSERT INTO mobile_areas (id, owner, texts, expires_at) VALUES (?1, ?2, ?3, NOW_MS + ?4) ON CONFLICT (id)"
       " DO UPDATE SET owner = excluded.owner, texts = excluded.texts, expires_at = excluded.expires_at"},
      {StateSql::lock_area, "read an area", select<StateArea>(fmt::format("{} FOR UPDATE", kLiving))},
      {StateSql::update_area, "store an area",
       "UPDATE mobile_areas SET texts = ?2, expires_at = NOW_MS + ?3 WHERE id = ?1"},
      {StateSql::set_texts, "store an area", "UPDATE mobile_areas SET texts = ?2 WHERE id = ?1"},
      {StateSql::set_area_time, "store the time of an area",
       "UPDATE mobile_areas SET expires_at = NOW_MS + ?2 WHERE id = ?1"},
      {StateSql::remove_area, "remove an area", fmt::format("DELETE FROM {}", kLiving)},
      {StateSql::area, "read an area", select<StateArea>(kLiving)},
      {StateSql::count_areas, "count the areas",
       fmt::format("SELECT count(*) FROM (SELECT 1 FROM mobile_areas INDEXED BY mobile_areas_expires"
                   " WHERE expires_at > {} LIMIT ?1) AS living",
                   kNowOnce)},
  };
}

std::vector<StateSqlText> file_statements() {
  return {
      {StateSql::put_file, "store a file",
       fmt::format("INSERT INTO mobile_files ({}, bytes) VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (area, file_key)"
                   " DO UPDATE SET content_type = excluded.content_type, name = excluded.name, bytes = excluded.bytes",
                   column_list<StateFile>())},
      {StateSql::remove_file, "remove a file", "DELETE FROM mobile_files WHERE area = ?1 AND file_key = ?2"},
      {StateSql::remove_files, "remove the files of an area", "DELETE FROM mobile_files WHERE area = ?1"},
      // Neither engine reads the bytes for their number.
      {StateSql::files, "read the files of an area",
       fmt::format("SELECT {}, length(bytes) FROM {} ORDER BY file_key", column_list<StateFile>(), kOfLiving)},
      {StateSql::file, "read a file",
       fmt::format("SELECT {}, bytes FROM {} AND file_key = ?2", column_list<StateFile>(), kOfLiving)},
  };
}

// ?9: how long ago, in ms, its holder must have been seen last. ?10: 1 where the same instance need not wait for that.
std::string claim_node() {
  constexpr std::string_view kTaken =
      "name = excluded.name, url = excluded.url, instance = excluded.instance,"
      " life = excluded.life, program = excluded.program, status = excluded.status,"
      " digests = excluded.digests, started_at = excluded.started_at,"
      " seen_at = excluded.seen_at";
  return fmt::format(
      "INSERT INTO mobile_nodes ({}) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, NOW_MS, NOW_MS) ON CONFLICT (node_id)"
      " DO UPDATE SET {} WHERE (mobile_nodes.instance = excluded.instance AND ?10 = 1)"
      " OR mobile_nodes.seen_at <= excluded.seen_at - ?9",
      column_list<StateNode>(), kTaken);
}

std::vector<StateSqlText> node_statements() {
  return {
      {StateSql::claim_node, "claim the node_id", claim_node()},
      {StateSql::renew_node, "say that this node lives",
       "UPDATE mobile_nodes SET name = ?2, url = ?3, program = ?6, status = ?7, digests = ?8, seen_at = NOW_MS"
       " WHERE node_id = ?1 AND instance = ?4 AND life = ?5"},
      {StateSql::release_node, "give the node_id back",
       "DELETE FROM mobile_nodes WHERE node_id = ?1 AND instance = ?2 AND life = ?3"},
      {StateSql::nodes, "read the nodes", select<StateNode>("mobile_nodes ORDER BY node_id")},
      {StateSql::now, "read the clock of the store", "SELECT NOW_MS"},
  };
}

// Of the rows that ended first, ?1 at most, those that nobody holds. `time`: the column that says when, behind the
// condition of the index.
std::string remove_ended(std::string_view table, std::string_view key, std::string_view time, std::string_view index) {
  return fmt::format(
      "WITH ended AS MATERIALIZED (SELECT {1} FROM {0} INDEXED BY {3} WHERE {2} <= {4} ORDER BY {5} LIMIT ?1"
      " FOR UPDATE SKIP LOCKED) DELETE FROM {0} WHERE ({1}) IN (SELECT {1} FROM ended)",
      table, key, time, index, kNowOnce, time.substr(time.rfind(' ') + 1));
}

// Of the areas that ended first, ?1 at most, those that nobody holds to give them a new life. Of these ?2 files at
// most, which may be large, and then the areas that have none left.
std::vector<StateSqlText> sweep_statements() {
  std::string ended = fmt::format(
      "WITH ended AS MATERIALIZED (SELECT id FROM mobile_areas INDEXED BY mobile_areas_expires WHERE expires_at <= {}"
      " ORDER BY expires_at LIMIT ?1 FOR UPDATE SKIP LOCKED)",
      kNowOnce);
  return {
      {StateSql::sweep_files, "remove files that have ended",
       ended +
           ", theirs AS MATERIALIZED (SELECT area, file_key FROM ended CROSS JOIN mobile_files WHERE area = ended.id"
           " LIMIT ?2) DELETE FROM mobile_files WHERE (area, file_key) IN (SELECT area, file_key FROM theirs)"},
      {StateSql::sweep_areas, "remove areas that have ended",
       ended + " DELETE FROM mobile_areas WHERE id IN (SELECT id FROM ended)"
               " AND NOT EXISTS (SELECT 1 FROM mobile_files WHERE area = mobile_areas.id)"},
      {StateSql::sweep_services, "remove services that have ended",
       remove_ended("mobile_services", "id", "expires_at", "mobile_services_expires")},
      {StateSql::sweep_codes, "remove codes that have ended",
       remove_ended("mobile_codes", "number_key, code", "expires_at", "mobile_codes_expires")},
      {StateSql::sweep_resources, "remove numbers that are no longer configured",
       remove_ended("mobile_resources", "scope, group_name, value", "position < 0 AND used_at",
                    "mobile_resources_retired")},
      {StateSql::sweep_subscriptions, "remove subscriptions that have ended",
       remove_ended("mobile_subscriptions", "id", "expires_at", "mobile_subscriptions_expires")},
  };
}

std::vector<StateSqlText> token_statements() {
  return {
      {StateSql::tokens, "read the tokens", select<Token>("mobile_tokens ORDER BY name")},
      {StateSql::insert_token, "add a token", insert<Token>("mobile_tokens")},
      {StateSql::remove_token, "revoke a token", "DELETE FROM mobile_tokens WHERE name = ?1"},
  };
}

}  // namespace

std::vector<StateSqlText> state_statements(Dialect dialect) {
  std::vector<StateSqlText> texts;
  for (auto& subject : {state_transactions(), area_statements(), file_statements(), service_statements(dialect),
                        node_statements(), sweep_statements(), token_statements()}) {
    for (const StateSqlText& text : subject) {
      texts.push_back({text.id, text.purpose, statement_in(dialect, text.sql)});
    }
  }
  return texts;
}

}  // namespace outpost::supervisor
