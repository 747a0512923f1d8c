// The rows of a store: what is written and read, whatever the engine. Their columns: sql/columns.h.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "protocol/outbound/record_columns.h"
#include "protocol/outbound/vocabulary.h"

namespace outpost::supervisor {

// --- Catalogue: small, read whole ------------------------------------------------------------------------------------

struct Tenant {
  std::int64_t dbid = 0;
  std::string name;
  bool operator==(const Tenant&) const = default;
};

// A time-zone object: a short name such as PST that stands for a zone of the tz database.
struct TimeZone {
  std::int64_t dbid = 0;
  std::string name;
  std::string zone;  // tz database name, e.g. America/Los_Angeles
  bool operator==(const TimeZone&) const = default;
};

// What becomes of fields of a request that nobody declared: see unknown_fields.h.
enum class UnknownFields : std::int32_t {
  application,  // of a list: what the application's option says
  report,
  refuse,
  carry,
};
inline constexpr std::array<std::string_view, 4> kUnknownFieldsWords{"application", "report", "refuse", "carry"};
constexpr std::span<const std::string_view> words_of(UnknownFields) { return kUnknownFieldsWords; }

struct CallingList {
  std::int64_t dbid = 0;
  std::string name;
  std::int64_t tenant_dbid = 0;
  bool enabled = true;
  std::int32_t daily_from = 28800;  // seconds since midnight, used when a request names none (ocs.md 3.3 [design])
  std::int32_t daily_till = 64800;
  std::vector<std::string> custom_fields;
  std::string customer_id_field;  // the custom field that holds the customer id; empty for none
  UnknownFields unknown_fields = UnknownFields::application;
  bool operator==(const CallingList&) const = default;
};

struct CampaignList {
  std::int64_t list_dbid = 0;
  std::int32_t weight = 10;
  bool operator==(const CampaignList&) const = default;
};

struct Campaign {
  std::int64_t dbid = 0;
  std::string name;
  std::string description;
  std::int64_t tenant_dbid = 0;
  std::vector<CampaignList> lists;
  bool operator==(const Campaign&) const = default;
};

struct CampaignGroup {
  std::int64_t dbid = 0;
  std::string name;
  std::string description;
  std::int64_t campaign_dbid = 0;
  protocol::GroupState state = protocol::GroupState::not_loaded;
  protocol::DialMode mode = protocol::DialMode::preview;
  std::string options;  // its own of what goes out over HTTP, as JSON; empty for none
  bool operator==(const CampaignGroup&) const = default;
};

struct Catalogue {
  std::vector<Tenant> tenants;
  std::vector<TimeZone> time_zones;
  std::vector<CallingList> lists;
  std::vector<Campaign> campaigns;
  std::vector<CampaignGroup> groups;
};

// --- Records ---------------------------------------------------------------------------------------------------------

// One row of a calling list: its columns, and what they mean, are those of record_columns.h.
struct Record {
#define X(type, member, initial, name, ...) type member = initial;
  OUTPOST_RECORD_COLUMNS(X)
#undef X
  bool operator==(const Record&) const = default;
};

// A record handle: given out when a record is retrieved, remembered for ever so that a late request gets a true answer.
struct Handle {
  std::int64_t handle = 0;
  std::int64_t record_id = 0;
  std::int64_t list_dbid = 0;
  std::int64_t campaign_dbid = 0;
  std::int64_t group_dbid = 0;
  std::string agent_id;
  std::string call_attempt_guid;
  std::int64_t opened_at = 0;   // epoch seconds
  std::int64_t touched_at = 0;  // of the last request on it, its opening included
  bool call_reported = false;   // a call result was reported on it: the contact was called
  std::string closed_by;        // what ended it, empty while open
  std::int64_t closed_at = 0;
  bool validating = false;  // nobody has it yet: its record is being validated before it is handed out
  bool operator==(const Handle&) const = default;
};

// Open handles of one agent; the agent is empty for those that were taken without naming one.
struct HeldByAgent {
  std::string agent_id;
  std::int64_t handles = 0;
  std::int64_t opened_at = 0;  // of the oldest
};

// What a preview may take: Ready records that no handle holds, of one list and one daily window, by kind.
enum class DialQueue : std::uint8_t {
  personal_callbacks,  // record types 4 and 5, of one agent
  campaign_callbacks,  // 3 and 6, of one campaign
  general,             // 2
};

struct DialKey {
  std::int64_t list_dbid = 0;
  DialQueue queue = DialQueue::general;
  std::string agent_id;            // of personal callbacks
  std::int64_t campaign_dbid = 0;  // of campaign callbacks
};

struct DialWindow {
  std::int64_t tz_dbid = 0;
  std::int32_t daily_from = 0;
  std::int32_t daily_till = 0;
  auto operator<=>(const DialWindow&) const = default;
};
inline constexpr DialWindow kBeforeAllWindows{INT64_MIN, 0, 0};

struct RecordFilter {
  std::optional<std::int32_t> status;
  std::optional<std::int32_t> type;
  std::optional<std::int32_t> result;
  std::optional<std::int64_t> chain_id;
  std::optional<std::string> contact;
  std::optional<std::string> customer_id;
  std::optional<std::string> agent_id;
  std::optional<std::int64_t> due_from;  // dial_sched_time, inclusive
  std::optional<std::int64_t> due_till;
  std::int64_t after_record_id = 0;  // pages: `next` of the page before
  std::uint32_t limit = 100;         // at least 1
};

struct RecordPage {
  std::vector<Record> records;
  // What to ask for behind this page, 0 at the end. A page may hold fewer records than asked for, none even, and not be
  // the last: only so many rows are looked at for one.
  std::int64_t next = 0;
};

// --- Do-not-call list ------------------------------------------------------------------------------------------------

enum class ContactKind : std::uint8_t { phone, customer_id };

// Values compare by their contact_key() (contact_key.h), as those of records do.
struct DoNotCallEntry {
  std::int64_t tenant_dbid = 0;
  ContactKind kind = ContactKind::phone;
  std::string value;
  std::int64_t added_at = 0;  // epoch seconds
  bool operator==(const DoNotCallEntry&) const = default;
};

// --- Tokens ----------------------------------------------------------------------------------------------------------

// A bearer token of the HTTP interface: what is needed to know it again, never the token.
struct Token {
  std::string name;
  std::string digest;           // SHA-256, raw bytes
  std::string resources;        // names of resource types, separated by commas; empty for all
  std::string requests;         // names of requests, the same
  std::int64_t created_at = 0;  // epoch seconds
  std::int64_t expires_at = 0;  // 0 = never
  bool operator==(const Token&) const = default;
};

// --- Statistics ------------------------------------------------------------------------------------------------------

// How many records of a list, or of those last dialed by a group, have this status, type or result. Kept with every
// write, so nothing is counted when somebody asks.
enum class StatisticScope : std::uint8_t { list, group };
enum class StatisticKind : std::uint8_t { status, type, result };

struct Statistic {
  StatisticScope scope = StatisticScope::list;
  std::int64_t dbid = 0;
  StatisticKind kind = StatisticKind::status;
  std::int32_t value = 0;
  std::int64_t records = 0;
  bool operator==(const Statistic&) const = default;
};

// An answer kept under an Idempotency-Key.
struct KeptAnswer {
  std::string fingerprint;  // of the request; the same key with another request is a client's mistake
  std::string answer;       // encoded protocol::Answer
};

struct ImportState {
  std::int64_t import_id = 0;
  std::int64_t list_dbid = 0;
  std::string source;  // fingerprint of the file, made by outpostctl
  std::uint64_t next_offset = 0;
  std::uint64_t next_line = 0;
  std::uint64_t rows = 0;  // imported so far
  bool finished = false;
};

// --- What is to be told to other servers -----------------------------------------------------------------------------

enum class OutboxKind : std::uint8_t { history, contact_processed, webhook };

// Written in the transaction of what it tells of, and removed once it was delivered or given up.
struct OutboxMessage {
  std::int64_t message_id = 0;  // rising: the order in which messages go to one destination
  OutboxKind kind = OutboxKind::history;
  std::string destination;     // whom it is for, by a name that the configuration gives an address to
  std::int64_t list_dbid = 0;  // of its chain; 0 when it is of none
  std::int64_t chain_id = 0;
  std::int64_t created_at = 0;  // epoch seconds
  std::int32_t attempts = 0;    // that failed
  std::string problem;          // of the last of them
  std::string body;             // JSON
  bool operator==(const OutboxMessage&) const = default;
};

// Nothing is sent to this destination until somebody takes that back.
struct OutboxPause {
  std::string destination;
  std::int64_t paused_at = 0;  // epoch seconds
  bool operator==(const OutboxPause&) const = default;
};

enum class IdKind : std::uint8_t { record, handle, import, outbox };

}  // namespace outpost::supervisor
