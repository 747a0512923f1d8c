// The durable store, as the engine sees it. Two engines stand behind it: SQLite, and the PostgreSQL protocol; one
// conformance suite (tests/component/store) holds for both.
//
// One instance belongs to one thread. Everything that writes happens between begin() and commit(), and begin() proves
// that this supervisor still holds the role of writer (its epoch is the lease's epoch); only then is anything written.
// Reads inside a transaction see its own writes.
//
// Written with an engine over the network in mind: whoever writes knows all values beforehand (identifiers come from
// take_ids), so writes return nothing that a later write needs, and an engine may send them in a pipeline and report
// the first failure at the next read or at commit().
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "common/error.h"
#include "protocol/vocabulary.h"

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

// One row of a calling list. Column names and meanings: ocs.md 4.1.
struct Record {
  std::int64_t record_id = 0;
  std::int64_t list_dbid = 0;
  std::string contact_info;  // as it was sent; it compares by its contact_key() (contact_key.h)
  std::int32_t contact_info_type = 0;
  std::int32_t record_type = 2;
  std::int32_t record_status = 1;
  std::int32_t call_result = 28;
  std::int32_t attempt = 0;
  std::int64_t dial_sched_time = 0;  // epoch seconds, 0 = none
  std::int64_t call_time = 0;        // epoch seconds, 0 = never
  std::int32_t daily_from = 28800;
  std::int32_t daily_till = 64800;
  std::int64_t tz_dbid = 0;
  std::int64_t campaign_dbid = 0;
  std::string agent_id;
  std::int64_t chain_id = 0;
  std::int32_t chain_n = 0;
  std::int64_t group_dbid = 0;
  std::int64_t app_dbid = 0;
  std::string treatments;
  std::int64_t media_ref = 0;
  std::string email_subject;
  std::int64_t email_template_id = 0;
  std::int64_t switch_id = 0;
  std::string customer_id;  // copy of the list's customer-id field, so that it can be looked up
  // The open handle that holds the record, 0 = none. A Retrieved record is held by its own handle; while it is, the
  // Ready rows of its chain are held by the same, so that nobody else calls this customer meanwhile.
  std::int64_t handle = 0;
  std::string custom;  // custom fields as one JSON object; empty for none
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

enum class IdKind : std::uint8_t { record, handle, import };

struct StoreInfo {
  std::string engine;  // "SQLite 3.40.1"
  std::string url;
  int schema_version = 0;
  std::int64_t epoch = 0;
};

class RecordStore {
 public:
  virtual ~RecordStore() = default;

  // The epoch that LeaseStore::take() gave: every transaction from now on proves that it is still in force.
  virtual void hold(std::int64_t epoch) = 0;
  // A write like any other: the lease runs for `lease_time` from now.
  virtual Result<> renew_lease(std::chrono::milliseconds lease_time) = 0;
  [[nodiscard]] virtual StoreInfo info() = 0;

  // begin(): Errc::fenced when another supervisor took the lease, or when this one never did. commit(): Errc::store
  // when nothing of the transaction was applied, Errc::io when that is not known. Any write that fails is Errc::store
  // (a record that is not there to be updated: Errc::not_found). Errc::conflict of any of them: nothing was applied,
  // another transaction was in the way, and the same may succeed now. After a failed write or commit, rollback().
  virtual Result<> begin() = 0;
  virtual Result<> commit() = 0;
  virtual void rollback() noexcept = 0;
  // Rises with each write: whoever compares knows whether something that failed had begun to write.
  [[nodiscard]] virtual std::uint64_t writes() const noexcept = 0;

  // `n` identifiers in a row, never given out before; returns the first. Durable with the transaction.
  virtual Result<std::int64_t> take_ids(IdKind kind, std::int64_t n) = 0;

  virtual Result<Catalogue> catalogue() = 0;
  // Inserts or replaces one object by dbid.
  virtual Result<> put(const Tenant& tenant) = 0;
  virtual Result<> put(const TimeZone& zone) = 0;
  virtual Result<> put(const CallingList& list) = 0;
  virtual Result<> put(const Campaign& campaign) = 0;
  virtual Result<> put(const CampaignGroup& group) = 0;

  virtual Result<> insert_record(const Record& record) = 0;
  // Writes every column but record_id and list_dbid. `before` is the row as it is stored: counters follow the
  // difference, and indexes of columns that did not change are left alone.
  virtual Result<> update_record(const Record& before, const Record& after) = 0;
  virtual Result<std::optional<Record>> record(std::int64_t list_dbid, std::int64_t record_id) = 0;
  // By chain_n; at most `limit`.
  virtual Result<std::vector<Record>> chain(std::int64_t list_dbid, std::int64_t chain_id, std::uint32_t limit) = 0;
  // Highest chain_n in the chain, nothing when there is no such chain.
  virtual Result<std::optional<std::int32_t>> last_in_chain(std::int64_t list_dbid, std::int64_t chain_id) = 0;
  // The handle that holds a row of the chain, 0 when none does.
  virtual Result<std::int64_t> chain_holder(std::int64_t list_dbid, std::int64_t chain_id) = 0;
  // The chain of the customer's latest record in the list, 0 when there is none. Customer ids compare by contact_key().
  virtual Result<std::int64_t> chain_of_customer(std::int64_t list_dbid, std::string_view customer_id) = 0;
  // By record_id, ascending. The filter's contact and customer id compare by contact_key(); a customer id without a key
  // stands for records that have none.
  virtual Result<RecordPage> records(std::int64_t list_dbid, const RecordFilter& filter) = 0;
  // The contact_key()s of those of the contacts that records of the list have: all are looked up in one go.
  virtual Result<std::unordered_set<std::string>> known_contacts(std::int64_t list_dbid,
                                                                 std::span<const std::string_view> contacts) = 0;
  // Records of all lists with the contact_key() of this phone or customer id, by list and record_id, behind
  // (after_list, after_record).
  virtual Result<std::vector<Record>> records_with(ContactKind kind, std::string_view value, std::int64_t after_list,
                                                   std::int64_t after_record, std::uint32_t limit) = 0;
  // How many of these are in lists of the tenant; `limit` when there are so many or more.
  virtual Result<std::int64_t> count_records_with(std::int64_t tenant_dbid, ContactKind kind, std::string_view value,
                                                  std::uint32_t limit) = 0;

  // At most `limit` of the windows in which the queue has records, in their order, behind `after`. Index look-ups: as
  // many as there are windows.
  virtual Result<std::vector<DialWindow>> windows(const DialKey& key, const DialWindow& after, std::uint32_t limit) = 0;
  // The record of that window that is due (dial_sched_time <= now) and has waited longest. One index look-up.
  virtual Result<std::optional<Record>> first_due(const DialKey& key, const DialWindow& window, std::int64_t now) = 0;
  // Ready personal callbacks that no handle holds, with a dial_sched_time other than 0 and at most `due_till`, by time.
  virtual Result<std::vector<Record>> missed_callbacks(std::int64_t due_till, std::uint32_t limit) = 0;

  virtual Result<> insert_handle(const Handle& handle) = 0;
  virtual Result<std::optional<Handle>> handle(std::int64_t handle) = 0;
  virtual Result<> touch_handle(std::int64_t handle, std::int64_t touched_at, bool call_reported) = 0;
  virtual Result<> close_handle(std::int64_t handle, std::string_view closed_by, std::int64_t closed_at) = 0;
  // Open handles behind (after.touched_at, after.handle) in that order, touched at or before `touched_till`.
  virtual Result<std::vector<Handle>> idle_handles(const Handle& after, std::int64_t touched_till,
                                                   std::uint32_t limit) = 0;
  // Open handles of the agent behind `after_handle`, ascending.
  virtual Result<std::vector<Handle>> handles_of_agent(std::string_view agent_id, std::int64_t after_handle,
                                                       std::uint32_t limit) = 0;
  // By agent.
  virtual Result<std::vector<HeldByAgent>> held_by_agents(std::uint32_t limit) = 0;

  virtual Result<bool> is_do_not_call(std::int64_t tenant_dbid, ContactKind kind, std::string_view value) = 0;
  // An entry that is there already, or one that compares alike, stays as it is.
  virtual Result<> add_do_not_call(const DoNotCallEntry& entry) = 0;
  // All that compare alike.
  virtual Result<> remove_do_not_call(std::int64_t tenant_dbid, ContactKind kind, std::string_view value) = 0;
  // Those that compare alike: at most one but for entries that are older than the comparison.
  virtual Result<std::vector<DoNotCallEntry>> do_not_call_like(std::int64_t tenant_dbid, ContactKind kind,
                                                               std::string_view value, std::uint32_t limit) = 0;
  // By value, behind `after_value`.
  virtual Result<std::vector<DoNotCallEntry>> do_not_call(std::int64_t tenant_dbid, ContactKind kind,
                                                          std::string_view after_value, std::uint32_t limit) = 0;

  // All, by name: there are few.
  virtual Result<std::vector<Token>> tokens() = 0;
  // Errc::store when there is one of this name.
  virtual Result<> insert_token(const Token& token) = 0;
  // Nothing happens when there is none.
  virtual Result<> remove_token(std::string_view name) = 0;

  // All that are not 0, as of the last commit (within a transaction: as of its beginning).
  virtual Result<std::vector<Statistic>> statistics() = 0;

  virtual Result<std::optional<KeptAnswer>> kept_answer(std::string_view key) = 0;
  virtual Result<> keep_answer(std::string_view key, const KeptAnswer& kept, std::int64_t now) = 0;
  // Removes at most `limit` answers kept before `before`; returns how many.
  virtual Result<std::int64_t> forget_answers(std::int64_t before, std::int64_t limit) = 0;

  virtual Result<std::optional<ImportState>> find_import(std::int64_t list_dbid, std::string_view source) = 0;
  virtual Result<std::optional<ImportState>> import(std::int64_t import_id) = 0;
  virtual Result<> put_import(const ImportState& state) = 0;
};

enum class OpenMode : std::uint8_t {
  writer,  // creates the store when it is absent and brings its schema up to date
  reader,  // never writes, never blocks a writer
};

// `url` is sqlite:///absolute/path or postgresql://...; Errc::invalid names what is valid; Errc::exists: there is half
// a store, which a migration has left.
Result<std::unique_ptr<RecordStore>> open_store(const std::string& url, OpenMode mode);
// The url as people may see it: without its passwords.
std::string shown_url(const std::string& url);
// The file of an embedded store; nothing for any other url.
std::optional<std::string> sqlite_file(const std::string& url);

}  // namespace outpost::supervisor
