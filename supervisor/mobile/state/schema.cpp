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

constexpr std::array kStateMigrations = {Migration{1, kFirstState}};
constexpr std::array<std::string_view, 4> kStateMarks = {"mobile_schema_version", "mobile_nodes", "mobile_areas",
                                                         "mobile_files"};
constexpr SchemaFamily kStateSchema{"mobile_schema_version", kStateMigrations, kStateMarks, "a mobile node"};

}  // namespace

const SchemaFamily& state_schema() { return kStateSchema; }

}  // namespace outpost::supervisor
