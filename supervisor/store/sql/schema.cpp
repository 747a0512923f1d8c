#include "supervisor/store/sql/schema.h"

#include <array>

#include "supervisor/store/sql/contact_key_migration.h"

namespace outpost::supervisor {

namespace {

// Indexes are what an insertion pays for, so each has its reader:
//   records_chain     chain(), last_in_chain(), records() of a chain; also keeps a position from being taken twice
//   records_contact   records() and records_with() by contact
//   records_customer  the same by customer id, chain_of_customer(); a record without a customer id is not in it
//   records_page      records() page by page
//   records_general, records_personal, records_campaign
//                     windows() and first_due(); they hold Ready rows that are not held only, so they shrink as a list
//                     is worked off, and a row is in one of them at most
//   records_missed    missed_callbacks()
//   records_held      chain_holder(); as small as the open handles are few
//   handles_idle      idle_handles(), and handles_agent: handles_of_agent(), held_by_agents(); both hold open handles
//                     only: a closed one is only ever asked for by its number
constexpr std::string_view kFirst = R"sql(
CREATE TABLE schema_version (version INTEGER NOT NULL);
INSERT INTO schema_version VALUES (0);

CREATE TABLE lease (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  holder TEXT NOT NULL,
  epoch INTEGER NOT NULL
);
INSERT INTO lease VALUES (1, '', 0);

CREATE TABLE counters (
  kind INTEGER PRIMARY KEY,
  next_id INTEGER NOT NULL
);
INSERT INTO counters VALUES (0, 1), (1, 1), (2, 1);

CREATE TABLE tenants (
  dbid INTEGER PRIMARY KEY,
  name TEXT NOT NULL
);

CREATE TABLE time_zones (
  dbid INTEGER PRIMARY KEY,
  name TEXT NOT NULL,
  zone TEXT NOT NULL
);
INSERT INTO time_zones VALUES
  (101, 'GMT', 'Etc/GMT'),
  (102, 'UTC', 'Etc/UTC'),
  (103, 'EST', 'America/New_York'),
  (104, 'CST', 'America/Chicago'),
  (105, 'MST', 'America/Denver'),
  (106, 'PST', 'America/Los_Angeles'),
  (107, 'AKST', 'America/Anchorage'),
  (108, 'HST', 'Pacific/Honolulu'),
  (109, 'AST', 'America/Halifax'),
  (110, 'NST', 'America/St_Johns'),
  (111, 'BRT', 'America/Sao_Paulo'),
  (112, 'ART', 'America/Argentina/Buenos_Aires'),
  (113, 'BST', 'Europe/London'),
  (114, 'WET', 'Europe/Lisbon'),
  (115, 'CET', 'Europe/Berlin'),
  (116, 'EET', 'Europe/Helsinki'),
  (117, 'MSK', 'Europe/Moscow'),
  (118, 'TRT', 'Europe/Istanbul'),
  (119, 'SAST', 'Africa/Johannesburg'),
  (120, 'GST', 'Asia/Dubai'),
  (121, 'PKT', 'Asia/Karachi'),
  (122, 'IST', 'Asia/Kolkata'),
  (123, 'ICT', 'Asia/Bangkok'),
  (124, 'SGT', 'Asia/Singapore'),
  (125, 'HKT', 'Asia/Hong_Kong'),
  (126, 'KST', 'Asia/Seoul'),
  (127, 'JST', 'Asia/Tokyo'),
  (128, 'AWST', 'Australia/Perth'),
  (129, 'ACST', 'Australia/Adelaide'),
  (130, 'AEST', 'Australia/Sydney'),
  (131, 'NZST', 'Pacific/Auckland');

CREATE TABLE calling_lists (
  dbid INTEGER PRIMARY KEY,
  name TEXT NOT NULL,
  tenant_dbid INTEGER NOT NULL,
  enabled INTEGER NOT NULL,
  daily_from INTEGER NOT NULL,
  daily_till INTEGER NOT NULL,
  customer_id_field TEXT NOT NULL
);

CREATE TABLE calling_list_fields (
  list_dbid INTEGER NOT NULL,
  position INTEGER NOT NULL,
  name TEXT NOT NULL,
  PRIMARY KEY (list_dbid, position)
);

CREATE TABLE campaigns (
  dbid INTEGER PRIMARY KEY,
  name TEXT NOT NULL,
  description TEXT NOT NULL,
  tenant_dbid INTEGER NOT NULL
);

CREATE TABLE campaign_lists (
  campaign_dbid INTEGER NOT NULL,
  position INTEGER NOT NULL,
  list_dbid INTEGER NOT NULL,
  weight INTEGER NOT NULL,
  PRIMARY KEY (campaign_dbid, position)
);

CREATE TABLE campaign_groups (
  dbid INTEGER PRIMARY KEY,
  name TEXT NOT NULL,
  description TEXT NOT NULL,
  campaign_dbid INTEGER NOT NULL,
  state INTEGER NOT NULL,
  mode INTEGER NOT NULL
);

CREATE TABLE records (
  record_id INTEGER PRIMARY KEY,
  list_dbid INTEGER NOT NULL,
  contact_info TEXT NOT NULL,
  chain_id INTEGER NOT NULL,
  chain_n INTEGER NOT NULL,
  contact_info_type INTEGER NOT NULL,
  record_type INTEGER NOT NULL,
  record_status INTEGER NOT NULL,
  call_result INTEGER NOT NULL,
  attempt INTEGER NOT NULL,
  dial_sched_time INTEGER NOT NULL,
  call_time INTEGER NOT NULL,
  daily_from INTEGER NOT NULL,
  daily_till INTEGER NOT NULL,
  tz_dbid INTEGER NOT NULL,
  campaign_id INTEGER NOT NULL,
  agent_id TEXT NOT NULL,
  group_id INTEGER NOT NULL,
  app_id INTEGER NOT NULL,
  treatments TEXT NOT NULL,
  media_ref INTEGER NOT NULL,
  email_subject TEXT NOT NULL,
  email_template_id INTEGER NOT NULL,
  switch_id INTEGER NOT NULL,
  customer_id TEXT NOT NULL,
  handle INTEGER NOT NULL,
  custom TEXT NOT NULL
);
CREATE UNIQUE INDEX records_chain ON records (list_dbid, chain_id, chain_n);
CREATE INDEX records_contact ON records (list_dbid, contact_info, record_id);
CREATE INDEX records_page ON records (list_dbid, record_id);
CREATE INDEX records_general
  ON records (list_dbid, tz_dbid, daily_from, daily_till, dial_sched_time, record_id)
  WHERE record_status = 1 AND record_type = 2;
CREATE INDEX records_campaign
  ON records (list_dbid, tz_dbid, daily_from, daily_till, dial_sched_time, record_id)
  WHERE record_status = 1 AND record_type IN (3, 6);
CREATE INDEX records_personal
  ON records (list_dbid, agent_id, tz_dbid, daily_from, daily_till, dial_sched_time, record_id)
  WHERE record_status = 1 AND record_type IN (4, 5);

CREATE TABLE handles (
  handle INTEGER PRIMARY KEY,
  record_id INTEGER NOT NULL,
  list_dbid INTEGER NOT NULL,
  campaign_id INTEGER NOT NULL,
  group_id INTEGER NOT NULL,
  agent_id TEXT NOT NULL,
  call_attempt_guid TEXT NOT NULL,
  opened_at INTEGER NOT NULL,
  closed_by TEXT NOT NULL,
  closed_at INTEGER NOT NULL
);

CREATE TABLE kept_answers (
  idempotency_key TEXT PRIMARY KEY,
  fingerprint BLOB NOT NULL,
  answer BLOB NOT NULL,
  kept_at INTEGER NOT NULL
);
CREATE INDEX kept_answers_age ON kept_answers (kept_at);

CREATE TABLE imports (
  import_id INTEGER PRIMARY KEY,
  list_dbid INTEGER NOT NULL,
  source TEXT NOT NULL,
  next_offset INTEGER NOT NULL,
  next_line INTEGER NOT NULL,
  imported_rows INTEGER NOT NULL,
  finished INTEGER NOT NULL
);
CREATE INDEX imports_source ON imports (list_dbid, source, import_id);
)sql";

// Chains of which a record was with an agent already: their Ready rows are held from now on as record_store.h has it.
constexpr std::string_view kSecond = R"sql(
ALTER TABLE handles ADD COLUMN touched_at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE handles ADD COLUMN call_reported INTEGER NOT NULL DEFAULT 0;
UPDATE handles SET touched_at = opened_at WHERE closed_by = '';
CREATE INDEX handles_idle ON handles (touched_at, handle) WHERE closed_by = '';
CREATE INDEX handles_agent ON handles (agent_id, handle) WHERE closed_by = '';

DROP INDEX records_contact;
DROP INDEX records_general;
DROP INDEX records_campaign;
DROP INDEX records_personal;
CREATE INDEX records_held ON records (list_dbid, chain_id) WHERE handle <> 0;
UPDATE records
  SET handle = (
    SELECT min(held.handle) FROM records AS held
    WHERE held.handle <> 0 AND held.list_dbid = records.list_dbid AND held.chain_id = records.chain_id)
  WHERE record_status = 1 AND handle = 0
    AND (list_dbid, chain_id) IN (SELECT list_dbid, chain_id FROM records WHERE handle <> 0);
CREATE INDEX records_contact ON records (contact_info, list_dbid, record_id);
CREATE INDEX records_customer ON records (customer_id, list_dbid, record_id) WHERE customer_id <> '';
CREATE INDEX records_general
  ON records (list_dbid, tz_dbid, daily_from, daily_till, dial_sched_time, record_id)
  WHERE record_status = 1 AND record_type = 2 AND handle = 0;
CREATE INDEX records_campaign
  ON records (list_dbid, campaign_id, tz_dbid, daily_from, daily_till, dial_sched_time, record_id)
  WHERE record_status = 1 AND record_type IN (3, 6) AND handle = 0;
CREATE INDEX records_personal
  ON records (list_dbid, agent_id, tz_dbid, daily_from, daily_till, dial_sched_time, record_id)
  WHERE record_status = 1 AND record_type IN (4, 5) AND handle = 0;
CREATE INDEX records_missed
  ON records (dial_sched_time, record_id)
  WHERE record_status = 1 AND record_type IN (4, 5) AND handle = 0 AND dial_sched_time > 0;

CREATE TABLE do_not_call (
  tenant_dbid INTEGER NOT NULL,
  kind INTEGER NOT NULL,
  value TEXT NOT NULL,
  added_at INTEGER NOT NULL,
  PRIMARY KEY (tenant_dbid, kind, value)
) WITHOUT ROWID;

CREATE TABLE statistics (
  scope INTEGER NOT NULL,
  dbid INTEGER NOT NULL,
  kind INTEGER NOT NULL,
  value INTEGER NOT NULL,
  records INTEGER NOT NULL,
  PRIMARY KEY (scope, dbid, kind, value)
) WITHOUT ROWID;
WITH counts AS MATERIALIZED (
  SELECT list_dbid, group_id, record_status, record_type, call_result, count(*) AS n
  FROM records GROUP BY list_dbid, group_id, record_status, record_type, call_result)
INSERT INTO statistics (scope, dbid, kind, value, records)
  SELECT 0, list_dbid, 0, record_status, sum(n) FROM counts GROUP BY list_dbid, record_status
  UNION ALL SELECT 0, list_dbid, 1, record_type, sum(n) FROM counts GROUP BY list_dbid, record_type
  UNION ALL SELECT 0, list_dbid, 2, call_result, sum(n) FROM counts GROUP BY list_dbid, call_result
  UNION ALL SELECT 1, group_id, 0, record_status, sum(n) FROM counts WHERE group_id <> 0
    GROUP BY group_id, record_status
  UNION ALL SELECT 1, group_id, 1, record_type, sum(n) FROM counts WHERE group_id <> 0
    GROUP BY group_id, record_type
  UNION ALL SELECT 1, group_id, 2, call_result, sum(n) FROM counts WHERE group_id <> 0
    GROUP BY group_id, call_result;
)sql";

constexpr std::string_view kThird = R"sql(
CREATE TABLE tokens (
  name TEXT PRIMARY KEY,
  digest BLOB NOT NULL,
  resources TEXT NOT NULL,
  requests TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL
) WITHOUT ROWID;
)sql";

// lease_store.h says what each column is. `batch` and `batch_epoch` belong to engines over a network: a commit whose
// outcome the network took away is found out by them.
constexpr std::string_view kFourth = R"sql(
ALTER TABLE lease ADD COLUMN instance TEXT NOT NULL DEFAULT '';
ALTER TABLE lease ADD COLUMN renewals INTEGER NOT NULL DEFAULT 0;
ALTER TABLE lease ADD COLUMN lease_ms INTEGER NOT NULL DEFAULT 0;
ALTER TABLE lease ADD COLUMN expires_at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE lease ADD COLUMN wanted_by TEXT NOT NULL DEFAULT '';
ALTER TABLE lease ADD COLUMN closed_at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE lease ADD COLUMN serving_at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE lease ADD COLUMN batch INTEGER NOT NULL DEFAULT 0;
ALTER TABLE lease ADD COLUMN batch_epoch INTEGER NOT NULL DEFAULT 0;

CREATE TABLE supervisors (
  name TEXT PRIMARY KEY,
  instance TEXT NOT NULL,
  host TEXT NOT NULL,
  pid INTEGER NOT NULL,
  process_start TEXT NOT NULL,
  program TEXT NOT NULL,
  schema_version INTEGER NOT NULL,
  role TEXT NOT NULL,
  reason TEXT NOT NULL,
  since INTEGER NOT NULL,
  ready_for INTEGER NOT NULL,
  problem TEXT NOT NULL,
  seen_at INTEGER NOT NULL
) WITHOUT ROWID;
)sql";

// Contacts compare by contact_key() from here on. The columns are filled by contact_key_migration.cpp before the sixth
// puts indexes on them:
//   records_contact, records_customer  as above, by the keys
//   do_not_call_key                    is_do_not_call(), remove_do_not_call()
constexpr std::string_view kFifth = R"sql(
DROP INDEX records_contact;
DROP INDEX records_customer;
ALTER TABLE records ADD COLUMN contact_key TEXT NOT NULL DEFAULT '';
ALTER TABLE records ADD COLUMN customer_key TEXT NOT NULL DEFAULT '';
ALTER TABLE do_not_call ADD COLUMN value_key TEXT NOT NULL DEFAULT '';
)sql";

constexpr std::string_view kSixth = R"sql(
CREATE INDEX records_contact ON records (contact_key, list_dbid, record_id);
CREATE INDEX records_customer ON records (customer_key, list_dbid, record_id) WHERE customer_key <> '';
CREATE INDEX do_not_call_key ON do_not_call (tenant_dbid, kind, value_key);
)sql";

constexpr std::string_view kSeventh = R"sql(
ALTER TABLE calling_lists ADD COLUMN unknown_fields INTEGER NOT NULL DEFAULT 0;
)sql";

// What is to be told to other servers, and records that wait for one of them.
//   outbox_destination  outbox(), outbox_destinations(), count_outbox()
//   outbox_chain        has_outbox()
//   handles_validating  validating_handles(); as small as these are few
constexpr std::string_view kEighth = R"sql(
CREATE TABLE outbox (
  message_id INTEGER PRIMARY KEY,
  kind INTEGER NOT NULL,
  destination TEXT NOT NULL,
  list_dbid INTEGER NOT NULL,
  chain_id INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  attempts INTEGER NOT NULL,
  problem TEXT NOT NULL,
  body TEXT NOT NULL
);
CREATE INDEX outbox_destination ON outbox (destination, message_id);
CREATE INDEX outbox_chain ON outbox (list_dbid, chain_id, kind);
CREATE TABLE outbox_pauses (
  destination TEXT PRIMARY KEY,
  paused_at INTEGER NOT NULL
) WITHOUT ROWID;
INSERT INTO counters VALUES (3, 1);

ALTER TABLE handles ADD COLUMN validating INTEGER NOT NULL DEFAULT 0;
CREATE INDEX handles_validating ON handles (handle) WHERE validating = 1 AND closed_by = '';
ALTER TABLE campaign_groups ADD COLUMN options TEXT NOT NULL DEFAULT '';
)sql";

constexpr std::array kMigrations = {Migration{1, kFirst},
                                    Migration{2, kSecond},
                                    Migration{3, kThird},
                                    Migration{4, kFourth},
                                    Migration{5, kFifth, fill_contact_keys},
                                    Migration{6, kSixth},
                                    Migration{7, kSeventh},
                                    Migration{8, kEighth}};

constexpr std::array<std::string_view, 4> kRecordMarks = {"schema_version", "lease", "counters", "records"};
constexpr SchemaFamily kRecordSchema{"schema_version", kMigrations, kRecordMarks, "a primary supervisor"};

}  // namespace

const SchemaFamily& record_schema() { return kRecordSchema; }

std::span<const Migration> migrations() { return kMigrations; }

Failure unfinished_migration() {
  return fail(
      Errc::exists,
      "the store is being filled by outpostctl store migrate, or was when that ended too early: run that again, "
      "or empty the store");
}

int schema_version() { return kMigrations.back().version; }

}  // namespace outpost::supervisor
