#include "supervisor/mobile/state/schema.h"

#include <array>
#include <string_view>

namespace outpost::supervisor {

namespace {

// Times are ms by the store's clock; those of tokens are epoch seconds. Files are found by their area, whose time is
// theirs.
//   mobile_areas_expires  the sweep and count_areas()
constexpr std::string_view kFirstState = R"sql(
CREATE TABLE mobile_schema_version (version INTEGER NOT NULL);
INSERT INTO mobile_schema_version VALUES (0);

CREATE TABLE mobile_nodes (
  node_id INTEGER PRIMARY KEY,
  name TEXT NOT NULL,
  url TEXT NOT NULL,
  instance TEXT NOT NULL,
  life TEXT NOT NULL,
  program TEXT NOT NULL,
  status TEXT NOT NULL,
  digests TEXT NOT NULL,
  started_at INTEGER NOT NULL,
  seen_at INTEGER NOT NULL
);

CREATE TABLE mobile_areas (
  id TEXT NOT NULL PRIMARY KEY,
  owner TEXT NOT NULL,
  texts TEXT NOT NULL,
  expires_at INTEGER NOT NULL
);
CREATE INDEX mobile_areas_expires ON mobile_areas (expires_at);

CREATE TABLE mobile_files (
  area TEXT NOT NULL,
  file_key TEXT NOT NULL,
  content_type TEXT NOT NULL,
  name TEXT NOT NULL,
  bytes BLOB NOT NULL,
  PRIMARY KEY (area, file_key)
);

CREATE TABLE mobile_tokens (
  name TEXT PRIMARY KEY,
  digest BLOB NOT NULL,
  resources TEXT NOT NULL,
  requests TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL
) WITHOUT ROWID;
)sql";

// Services and what belongs to them. A booked value has the end of its booking in used_at, one that was released the
// time of that: so what is free has a used_at that is past, and what rests for longest comes first.
//   mobile_services_number      services_at() without a code
//   mobile_services_expires     the sweep and count_services()
//   mobile_codes_expires        the sweep
//   mobile_resources_rest       book()
//   mobile_resources_value      book(), for what another scope still holds
//   mobile_resources_retired    the sweep; holds what is no longer configured only
//   mobile_subscriptions_filter subscriptions_for()
//   mobile_subscriptions_expires  the sweep
constexpr std::string_view kSecondState = R"sql(
CREATE TABLE mobile_services (
  id TEXT NOT NULL PRIMARY KEY,
  name TEXT NOT NULL,
  type TEXT NOT NULL,
  area TEXT NOT NULL,
  phone TEXT NOT NULL,
  access_group TEXT NOT NULL,
  access_scope TEXT NOT NULL,
  access_booked INTEGER NOT NULL,
  number TEXT NOT NULL,
  number_key TEXT NOT NULL,
  code TEXT NOT NULL,
  access_expires_at INTEGER NOT NULL,
  ors_base TEXT NOT NULL,
  ors_cookie TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL
);
CREATE INDEX mobile_services_number ON mobile_services (number_key, created_at, id) WHERE number_key <> '';
CREATE INDEX mobile_services_expires ON mobile_services (expires_at, name);

CREATE TABLE mobile_codes (
  number_key TEXT NOT NULL,
  code TEXT NOT NULL,
  service TEXT NOT NULL,
  expires_at INTEGER NOT NULL,
  PRIMARY KEY (number_key, code)
) WITHOUT ROWID;
CREATE INDEX mobile_codes_expires ON mobile_codes (expires_at);

CREATE TABLE mobile_resources (
  scope TEXT NOT NULL,
  group_name TEXT NOT NULL,
  value TEXT NOT NULL,
  position INTEGER NOT NULL,
  owner TEXT NOT NULL,
  expires_at INTEGER NOT NULL,
  used_at INTEGER NOT NULL,
  PRIMARY KEY (scope, group_name, value)
) WITHOUT ROWID;
CREATE INDEX mobile_resources_value ON mobile_resources (group_name, value);
CREATE INDEX mobile_resources_rest ON mobile_resources (scope, group_name, used_at, position) WHERE position >= 0;
CREATE INDEX mobile_resources_retired ON mobile_resources (used_at) WHERE position < 0;

CREATE TABLE mobile_subscriptions (
  id TEXT NOT NULL PRIMARY KEY,
  subscriber TEXT NOT NULL,
  filter TEXT NOT NULL,
  pattern INTEGER NOT NULL,
  prefix TEXT NOT NULL,
  type TEXT NOT NULL,
  device TEXT NOT NULL,
  provider TEXT NOT NULL,
  properties TEXT NOT NULL,
  credentials TEXT NOT NULL,
  expires_at INTEGER NOT NULL
);
CREATE INDEX mobile_subscriptions_filter ON mobile_subscriptions (pattern, prefix, id);
CREATE INDEX mobile_subscriptions_expires ON mobile_subscriptions (expires_at);
)sql";

constexpr std::array kStateMigrations = {Migration{1, kFirstState}, Migration{2, kSecondState}};
constexpr std::array<std::string_view, 4> kStateMarks = {"mobile_schema_version", "mobile_nodes", "mobile_areas",
                                                         "mobile_files"};
constexpr SchemaFamily kStateSchema{"mobile_schema_version", kStateMigrations, kStateMarks, "a mobile node"};

}  // namespace

const SchemaFamily& state_schema() { return kStateSchema; }

}  // namespace outpost::supervisor
