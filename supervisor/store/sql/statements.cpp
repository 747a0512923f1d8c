#include "supervisor/store/sql/statements.h"

#include <fmt/core.h>

#include "common/text.h"
#include "supervisor/store/sql/column_texts.h"
#include "supervisor/store/sql/columns.h"

namespace outpost::supervisor {

namespace {

// Stands for the store's clock, in milliseconds.
constexpr std::string_view kNow = "NOW_MS";

std::vector<std::string_view> stored_record_columns() {
  std::vector<std::string_view> names = columns_of<Record>();
  names.insert(names.end(), kRecordKeyColumns.begin(), kRecordKeyColumns.end());
  return names;
}

// Updates all columns of these but the first `fixed`. SQLite rewrites the entry of each index that an UPDATE names a
// column of, changed or not, so columns that stay as they are had better not be named.
std::string update_record(const std::vector<std::string_view>& names, std::size_t fixed) {
  std::vector<std::string> changes;
  for (std::size_t k = fixed; k < names.size(); ++k) changes.push_back(fmt::format("{} = ?{}", names[k], k + 1));
  return fmt::format("UPDATE records SET {} WHERE record_id = ?1 AND list_dbid = ?2", join(changes, ", "));
}

// A condition that holds for every row when parameter ?n is null. The cast is for engines that must know the type of
// each parameter beforehand.
std::string unless_null(int n, std::string_view type, std::string_view condition) {
  return fmt::format(" AND (CAST(?{0} AS {1}) IS NULL OR {2} ?{0})", n, type, condition);
}

// A page of records: ?1 list, ?2 last record_id of the page before, ?3 the record_id at which it ends at the latest,
// ?4 limit, ?5.. the filter, each null for any.
std::string page(std::string_view index, std::string_view condition) {
  std::string filter = unless_null(5, "BIGINT", "record_status =") + unless_null(6, "BIGINT", "record_type =") +
                       unless_null(7, "BIGINT", "call_result =") + unless_null(8, "BIGINT", "chain_id =") +
                       unless_null(9, "TEXT", "contact_key =") + unless_null(10, "TEXT", "customer_key =") +
                       unless_null(11, "TEXT", "agent_id =") + unless_null(12, "BIGINT", "dial_sched_time >=") +
                       unless_null(13, "BIGINT", "dial_sched_time <=");
  return select<Record>(
      fmt::format("records INDEXED BY {} WHERE list_dbid = ?1 AND record_id > ?2 AND record_id < ?3{}{}"
                  " ORDER BY record_id LIMIT ?4",
                  index, condition, filter));
}

// The rows of an index behind a place in it, in its order. Not "(a, b) > (?, ?)": SQLite compares only the first of two
// columns by the index when the second is the key of the table, and would read the rows of an equal first column anew
// for every page.
template <class T>
std::string behind(std::string_view from_where, std::string_view same_first, std::string_view later_first,
                   std::string_view order_limit) {
  return fmt::format("{0} AND {1} UNION ALL {0} AND {2} ORDER BY {3}", select<T>(from_where), same_first, later_first,
                     order_limit);
}

// ?1 value, ?2 and ?3 list and record behind which to begin, ?4 limit.
std::string records_with(std::string_view index, std::string_view condition) {
  return behind<Record>(fmt::format("records INDEXED BY {} WHERE {}", index, condition),
                        "list_dbid = ?2 AND record_id > ?3", "list_dbid > ?2", "list_dbid, record_id LIMIT ?4");
}

// A row for each record: ?1 value, ?2 tenant, ?3 limit. CROSS keeps SQLite from looking into every list of the tenant
// for one contact.
std::string count_with(std::string_view index, std::string_view condition) {
  return fmt::format(
      "SELECT record_id FROM records INDEXED BY {} CROSS JOIN calling_lists"
      " WHERE {} AND calling_lists.dbid = records.list_dbid AND calling_lists.tenant_dbid = ?2 LIMIT ?3",
      index, condition);
}

// An entry that compares alike keeps another out. The casts are for engines that must know the type of each parameter.
std::string add_do_not_call() {
  return fmt::format(
      "INSERT INTO do_not_call ({}, {}) SELECT CAST(?1 AS BIGINT), CAST(?2 AS BIGINT), CAST(?3 AS TEXT),"
      " CAST(?4 AS BIGINT), CAST(?5 AS TEXT) WHERE NOT EXISTS (SELECT 1 FROM do_not_call INDEXED BY do_not_call_key"
      " WHERE tenant_dbid = ?1 AND kind = ?2 AND value_key = ?5)",
      column_list<DoNotCallEntry>(), kDoNotCallKeyColumn);
}

// Each condition is that of the partial index, word for word: otherwise SQLite could not use it. ?2 is the agent or
// the campaign, and bound in every queue, so that all are bound alike.
struct Queue {
  std::string_view index;
  std::string_view types;
  std::string_view owner;
};
constexpr Queue kPersonal{"records_personal", "record_type IN (4, 5)", "agent_id = ?2"};
constexpr Queue kCampaign{"records_campaign", "record_type IN (3, 6)", "campaign_id = ?2"};
constexpr Queue kGeneral{"records_general", "record_type = 2", "CAST(?2 AS BIGINT) = ?2"};

std::string ready(const Queue& queue) {
  return fmt::format("records INDEXED BY {} WHERE record_status = 1 AND {} AND handle = 0 AND list_dbid = ?1 AND {}",
                     queue.index, queue.types, queue.owner);
}

// One step of a loose index scan: the window behind the window ?3, ?4, ?5, found without looking at the rows between.
// Not "> (?3, ?4, ?5)": SQLite begins such a search at the rows that are equal and reads them all, and these are the
// whole window.
std::string next_window(const Queue& queue) {
  return fmt::format(
      "SELECT tz_dbid, daily_from, daily_till FROM {} AND (tz_dbid, daily_from, daily_till) >= (?3, ?4, CAST(?5 AS "
      "BIGINT) + 1)"
      " ORDER BY tz_dbid, daily_from, daily_till LIMIT 1",
      ready(queue));
}

std::string first_due(const Queue& queue) {
  return select<Record>(
      fmt::format("{} AND tz_dbid = ?3 AND daily_from = ?4 AND daily_till = ?5 AND dial_sched_time <= ?6"
                  " ORDER BY dial_sched_time, record_id LIMIT 1",
                  ready(queue)));
}

const Queue& queue_of(DialQueue queue) {
  switch (queue) {
    case DialQueue::personal_callbacks: return kPersonal;
    case DialQueue::campaign_callbacks: return kCampaign;
    case DialQueue::general: break;
  }
  return kGeneral;
}

std::vector<SqlText> transaction_statements() {
  return {
      {Sql::begin, "begin a transaction", "BEGIN IMMEDIATE"},
      {Sql::begin_read, "begin to read", "BEGIN"},
      {Sql::commit, "commit", "COMMIT"},
      {Sql::rollback, "roll back", "ROLLBACK"},
      {Sql::read_epoch, "read the lease", "SELECT epoch, instance, batch FROM lease WHERE id = 1"},
      {Sql::renew_lease, "renew the lease",
       fmt::format("UPDATE lease SET renewals = renewals + 1, lease_ms = ?1, expires_at = {} + ?1 WHERE id = 1", kNow)},
      {Sql::read_counter, "read a counter", "SELECT next_id FROM counters WHERE kind = ?1"},
      {Sql::write_counter, "raise a counter", "UPDATE counters SET next_id = ?2 WHERE kind = ?1"},
  };
}

std::vector<SqlText> catalogue_statements() {
  return {
      {Sql::tenants, "read the tenants", select<Tenant>("tenants ORDER BY dbid")},
      {Sql::time_zones, "read the time zones", select<TimeZone>("time_zones ORDER BY dbid")},
      {Sql::calling_lists, "read the calling lists", select<CallingList>("calling_lists ORDER BY dbid")},
      {Sql::calling_list_fields, "read the fields of a calling list",
       "SELECT name FROM calling_list_fields WHERE list_dbid = ?1 ORDER BY position"},
      {Sql::campaigns, "read the campaigns", select<Campaign>("campaigns ORDER BY dbid")},
      {Sql::campaign_lists, "read the lists of a campaign",
       "SELECT list_dbid, weight FROM campaign_lists WHERE campaign_dbid = ?1 ORDER BY position"},
      {Sql::campaign_groups, "read the campaign groups", select<CampaignGroup>("campaign_groups ORDER BY dbid")},
      {Sql::put_tenant, "write a tenant", put<Tenant>("tenants")},
      {Sql::put_time_zone, "write a time zone", put<TimeZone>("time_zones")},
      {Sql::put_calling_list, "write a calling list", put<CallingList>("calling_lists")},
      {Sql::put_campaign, "write a campaign", put<Campaign>("campaigns")},
      {Sql::put_campaign_group, "write a campaign group", put<CampaignGroup>("campaign_groups")},
      {Sql::clear_fields, "write a calling list", "DELETE FROM calling_list_fields WHERE list_dbid = ?1"},
      {Sql::insert_field, "write a calling list",
       "INSERT INTO calling_list_fields (list_dbid, position, name) VALUES (?1, ?2, ?3)"},
      {Sql::clear_campaign_lists, "write a campaign", "DELETE FROM campaign_lists WHERE campaign_dbid = ?1"},
      {Sql::insert_campaign_list, "write a campaign",
       "INSERT INTO campaign_lists (campaign_dbid, position, list_dbid, weight) VALUES (?1, ?2, ?3, ?4)"},
  };
}

std::vector<SqlText> record_row_statements() {
  return {
      {Sql::insert_record, "insert a record", insert_columns("records", stored_record_columns())},
      {Sql::update_record, "update a record", update_record(columns_of<Record>(), kRecordStableColumns)},
      {Sql::replace_record, "update a record", update_record(stored_record_columns(), kRecordIdentityColumns)},
      {Sql::delete_record, "delete a record", "DELETE FROM records WHERE record_id = ?1 AND list_dbid = ?2"},
      {Sql::record, "read a record", select<Record>("records WHERE record_id = ?2 AND list_dbid = ?1")},
      {Sql::chain, "read a chain",
       select<Record>("records WHERE list_dbid = ?1 AND chain_id = ?2 ORDER BY chain_n LIMIT ?3")},
      {Sql::last_in_chain, "read a chain",
       "SELECT chain_n FROM records WHERE list_dbid = ?1 AND chain_id = ?2 ORDER BY chain_n DESC LIMIT 1"},
      {Sql::chain_holder, "read a chain",
       "SELECT handle FROM records INDEXED BY records_held WHERE handle <> 0 AND list_dbid = ?1 AND chain_id = ?2"
       " LIMIT 1"},
      {Sql::chain_of_customer, "read the chain of a customer",
       "SELECT chain_id FROM records INDEXED BY records_customer"
       " WHERE customer_key <> '' AND customer_key = ?2 AND list_dbid = ?1 ORDER BY record_id DESC LIMIT 1"},
  };
}

std::vector<SqlText> page_statements() {
  return {
      {Sql::end_of_page, "read records",
       "SELECT record_id FROM records INDEXED BY records_page WHERE list_dbid = ?1 AND record_id > ?2"
       " ORDER BY record_id LIMIT 1 OFFSET ?3"},
      {Sql::page_of_list, "read records", page("records_page", "")},
      {Sql::page_of_contact, "read records", page("records_contact", " AND contact_key = ?9")},
      {Sql::page_of_customer, "read records",
       page("records_customer", " AND customer_key <> '' AND customer_key = ?10")},
      {Sql::page_of_chain, "read records", page("records_chain", " AND chain_id = ?8")},
      {Sql::known_contact, "look for a contact",
       "SELECT contact_key FROM records INDEXED BY records_contact WHERE contact_key = ?1 AND list_dbid = ?2 LIMIT 1"},
      {Sql::records_with_phone, "read records", records_with("records_contact", "contact_key = ?1")},
      {Sql::records_with_customer, "read records",
       records_with("records_customer", "customer_key <> '' AND customer_key = ?1")},
      {Sql::count_with_phone, "count records", count_with("records_contact", "contact_key = ?1")},
      {Sql::count_with_customer, "count records",
       count_with("records_customer", "customer_key <> '' AND customer_key = ?1")},
  };
}

std::vector<SqlText> queue_statements() {
  return {
      {Sql::next_window_personal, "look for a record", next_window(kPersonal)},
      {Sql::next_window_campaign, "look for a record", next_window(kCampaign)},
      {Sql::next_window_general, "look for a record", next_window(kGeneral)},
      {Sql::first_due_personal, "look for a record", first_due(kPersonal)},
      {Sql::first_due_campaign, "look for a record", first_due(kCampaign)},
      {Sql::first_due_general, "look for a record", first_due(kGeneral)},
      {Sql::missed_callbacks, "look for missed callbacks",
       select<Record>("records INDEXED BY records_missed WHERE record_status = 1 AND record_type IN (4, 5)"
                      " AND handle = 0 AND dial_sched_time > 0 AND dial_sched_time <= ?1"
                      " ORDER BY dial_sched_time, record_id LIMIT ?2")},
  };
}

std::vector<SqlText> handle_statements() {
  return {
      {Sql::insert_handle, "insert a record handle", insert<Handle>("handles")},
      {Sql::handle, "read a record handle", select<Handle>("handles WHERE handle = ?1")},
      {Sql::touch_handle, "update a record handle",
       "UPDATE handles SET touched_at = ?2, call_reported = ?3 WHERE handle = ?1"},
      {Sql::close_handle, "close a record handle",
       "UPDATE handles SET closed_by = ?2, closed_at = ?3 WHERE handle = ?1"},
      {Sql::idle_handles, "look for idle record handles",
       behind<Handle>("handles INDEXED BY handles_idle WHERE closed_by = '' AND touched_at <= ?3",
                      "touched_at = ?1 AND handle > ?2", "touched_at > ?1", "touched_at, handle LIMIT ?4")},
      {Sql::handles_of_agent, "read the record handles of an agent",
       select<Handle>("handles INDEXED BY handles_agent WHERE closed_by = '' AND agent_id = ?1 AND handle > ?2"
                      " ORDER BY handle LIMIT ?3")},
      {Sql::held_by_agents, "count the record handles of agents",
       "SELECT agent_id, count(*), min(opened_at) FROM handles INDEXED BY handles_agent WHERE closed_by = ''"
       " GROUP BY agent_id ORDER BY agent_id LIMIT ?1"},
      {Sql::end_validation, "update a record handle",
       "UPDATE handles SET validating = 0, touched_at = ?2 WHERE handle = ?1"},
      {Sql::validating_handles, "look for record handles in validation",
       select<Handle>("handles INDEXED BY handles_validating WHERE validating = 1 AND closed_by = '' AND handle > ?1"
                      " ORDER BY handle LIMIT ?2")},
  };
}

std::vector<SqlText> do_not_call_statements() {
  return {
      {Sql::is_do_not_call, "look into the do-not-call list",
       "SELECT 1 FROM do_not_call INDEXED BY do_not_call_key WHERE tenant_dbid = ?1 AND kind = ?2 AND value_key = ?3"
       " LIMIT 1"},
      {Sql::add_do_not_call, "add to the do-not-call list", add_do_not_call()},
      {Sql::remove_do_not_call, "remove from the do-not-call list",
       "DELETE FROM do_not_call INDEXED BY do_not_call_key WHERE tenant_dbid = ?1 AND kind = ?2 AND value_key = ?3"},
      {Sql::do_not_call_like, "look into the do-not-call list",
       select<DoNotCallEntry>("do_not_call INDEXED BY do_not_call_key WHERE tenant_dbid = ?1 AND kind = ?2 AND"
                              " value_key = ?3 LIMIT ?4")},
      {Sql::do_not_call, "read the do-not-call list",
       select<DoNotCallEntry>("do_not_call WHERE tenant_dbid = ?1 AND kind = ?2 AND value > ?3"
                              " ORDER BY value LIMIT ?4")},
  };
}

std::vector<SqlText> other_statements() {
  return {
      {Sql::tokens, "read the tokens", select<Token>("tokens ORDER BY name")},
      {Sql::insert_token, "add a token", insert<Token>("tokens")},
      {Sql::remove_token, "revoke a token", "DELETE FROM tokens WHERE name = ?1"},
      {Sql::add_to_statistic, "write the statistics",
       insert<Statistic>("statistics") + " ON CONFLICT (scope, dbid, kind, value)"
                                         " DO UPDATE SET records = statistics.records + excluded.records"},
      {Sql::statistics, "read the statistics", select<Statistic>("statistics WHERE records <> 0")},
      {Sql::kept_answer, "read a kept answer",
       "SELECT fingerprint, answer FROM kept_answers WHERE idempotency_key = ?1"},
      {Sql::keep_answer, "keep an answer",
       "INSERT INTO kept_answers (idempotency_key, fingerprint, answer, kept_at) VALUES (?1, ?2, ?3, ?4)"},
      {Sql::forget_answers, "forget old answers",
       "DELETE FROM kept_answers WHERE idempotency_key IN"
       " (SELECT idempotency_key FROM kept_answers WHERE kept_at < ?1 ORDER BY kept_at LIMIT ?2)"},
      {Sql::find_import, "read an import",
       select<ImportState>("imports WHERE list_dbid = ?1 AND source = ?2 ORDER BY import_id DESC LIMIT 1")},
      {Sql::import, "read an import", select<ImportState>("imports WHERE import_id = ?1")},
      {Sql::imports, "read the imports", select<ImportState>("imports ORDER BY import_id DESC LIMIT ?1")},
      {Sql::put_import, "write an import", put<ImportState>("imports")},
  };
}

std::vector<SqlText> outbox_statements() {
  return {
      {Sql::insert_outbox, "write to the outbox", insert<OutboxMessage>("outbox")},
      {Sql::outbox, "read the outbox",
       select<OutboxMessage>("outbox INDEXED BY outbox_destination WHERE destination = ?1 AND message_id > ?2"
                             " ORDER BY message_id LIMIT ?3")},
      {Sql::outbox_message, "read the outbox", select<OutboxMessage>("outbox WHERE message_id = ?1")},
      {Sql::has_outbox, "look into the outbox",
       "SELECT 1 FROM outbox INDEXED BY outbox_chain WHERE list_dbid = ?1 AND chain_id = ?2 AND kind = ?3 LIMIT 1"},
      {Sql::next_outbox_destination, "read the outbox",
       "SELECT destination FROM outbox INDEXED BY outbox_destination WHERE destination > ?1"
       " ORDER BY destination LIMIT 1"},
      {Sql::count_outbox, "count the outbox",
       "SELECT count(*) FROM outbox INDEXED BY outbox_destination WHERE destination = ?1"},
      {Sql::note_outbox, "write to the outbox", "UPDATE outbox SET attempts = ?2, problem = ?3 WHERE message_id = ?1"},
      {Sql::remove_outbox, "remove from the outbox", "DELETE FROM outbox WHERE message_id = ?1"},
      {Sql::outbox_pauses, "read what is paused", select<OutboxPause>("outbox_pauses ORDER BY destination")},
      {Sql::pause_outbox, "pause a destination", put<OutboxPause>("outbox_pauses")},
      {Sql::resume_outbox, "resume a destination", "DELETE FROM outbox_pauses WHERE destination = ?1"},
  };
}

}  // namespace

std::string windows_of(DialQueue queue) {
  constexpr std::string_view kWindow = "tz_dbid, daily_from, daily_till";
  constexpr std::string_view kPart = "SELECT {0} FROM {1}{2} ORDER BY tz_dbid, daily_from, daily_till LIMIT 1";
  std::string from = ready(queue_of(queue));
  std::string first = fmt::format(fmt::runtime(kPart), kWindow, from, "");
  std::string next =
      fmt::format(fmt::runtime(kPart), kWindow, from,
                  " AND (tz_dbid, daily_from, daily_till) >= (found.tz_dbid, found.daily_from, found.daily_till + 1)");
  return statement_in(Dialect::postgresql,
                      fmt::format("WITH RECURSIVE found AS (({}) UNION ALL SELECT next.* FROM found CROSS JOIN LATERAL"
                                  " ({}) AS next) SELECT {} FROM found LIMIT ?3",
                                  first, next, kWindow));
}

std::string next_due_of(DialQueue queue) {
  constexpr std::string_view kListed =
      "EXISTS (SELECT 1 FROM do_not_call AS entry WHERE entry.tenant_dbid = ?7 AND entry.kind = {} AND"
      " entry.value_key = records.{})";
  constexpr std::string_view kChain =
      "(SELECT count(*) FROM (SELECT 1 FROM records AS other WHERE other.list_dbid = records.list_dbid AND"
      " other.chain_id = records.chain_id LIMIT 2) AS few)";
  return statement_in(
      Dialect::postgresql,
      fmt::format("SELECT {}, {}, {}, {} FROM {} AND tz_dbid = ?3 AND daily_from = ?4 AND daily_till = ?5 AND"
                  " dial_sched_time <= ?6 ORDER BY dial_sched_time, record_id LIMIT ?8",
                  column_list<Record>(),
                  fmt::format(fmt::runtime(kListed), static_cast<int>(ContactKind::phone), kRecordKeyColumns[0]),
                  fmt::format(fmt::runtime(kListed), static_cast<int>(ContactKind::customer_id), kRecordKeyColumns[1]),
                  kChain, ready(queue_of(queue))));
}

std::string chain_of_handle() {
  return statement_in(
      Dialect::postgresql,
      select<Record>("records WHERE list_dbid = (SELECT list_dbid FROM handles WHERE handle = ?1) AND chain_id ="
                     " (SELECT held.chain_id FROM handles JOIN records AS held ON held.list_dbid = handles.list_dbid"
                     " AND held.record_id = handles.record_id WHERE handles.handle = ?1) ORDER BY chain_n LIMIT ?2"));
}

std::vector<SqlText> record_statements(Dialect dialect) {
  std::vector<SqlText> texts;
  for (auto* subject :
       {transaction_statements, catalogue_statements, record_row_statements, page_statements, queue_statements,
        handle_statements, do_not_call_statements, other_statements, outbox_statements}) {
    for (SqlText& text : subject()) {
      text.sql = statement_in(dialect, std::move(text.sql));
      texts.push_back(std::move(text));
    }
  }
  return texts;
}

// seen_at, the last column, is the store's own.
std::string announce() {
  std::string sql = put<Member>("supervisors");
  std::string last = fmt::format("?{})", columns_of<Member>().size());
  sql.replace(sql.find(last), last.size(), fmt::format("{})", kNow));
  return sql;
}

// ?1 is the epoch that the caller has seen. A release raises it as well, so that what its holder may still have under
// way is fenced off; its expires_at says when it was.
std::vector<LeaseSqlText> lease_statements(Dialect dialect) {
  std::vector<LeaseSqlText> texts = {
      {LeaseSql::store, "read the lease", fmt::format("SELECT version, {} FROM schema_version", kNow)},
      {LeaseSql::lease, "read the lease", select<Lease>("lease WHERE id = 1")},
      {LeaseSql::members, "read the lease", select<Member>("supervisors ORDER BY name")},
      {LeaseSql::announce, "say what this supervisor is", announce()},
      {LeaseSql::take, "take the lease",
       fmt::format("UPDATE lease SET holder = ?4, instance = ?5, epoch = epoch + 1, renewals = 0, lease_ms = ?6,"
                   " expires_at = {} + ?6, wanted_by = '', closed_at = CASE WHEN holder = '' THEN closed_at ELSE 0 END,"
                   " serving_at = 0 WHERE id = 1 AND epoch = ?1 AND renewals = ?2 AND holder = ?3",
                   kNow)},
      {LeaseSql::release, "give the lease back",
       fmt::format("UPDATE lease SET holder = '', instance = '', epoch = epoch + 1, wanted_by = ?2,"
                   " closed_at = {0} - ?3, expires_at = {0} WHERE id = 1 AND epoch = ?1",
                   kNow)},
      {LeaseSql::want, "ask for the lease", "UPDATE lease SET wanted_by = ?2 WHERE id = 1 AND epoch = ?1"},
      {LeaseSql::note_serving, "say that the ports are open",
       fmt::format("UPDATE lease SET serving_at = {} - ?2 WHERE id = 1 AND epoch = ?1", kNow)},
  };
  for (LeaseSqlText& text : texts) text.sql = statement_in(dialect, std::move(text.sql));
  return texts;
}

}  // namespace outpost::supervisor
