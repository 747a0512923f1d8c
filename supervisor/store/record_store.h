// The durable store, as the engine sees it. Two engines stand behind it: SQLite now, the PostgreSQL protocol later; one
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

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
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

struct CallingList {
  std::int64_t dbid = 0;
  std::string name;
  std::int64_t tenant_dbid = 0;
  bool enabled = true;
  std::int32_t daily_from = 28800;  // seconds since midnight, used when a request names none (ocs.md 3.3 [design])
  std::int32_t daily_till = 64800;
  std::vector<std::string> custom_fields;  // names; other custom keys of a request are dropped with a log line
  std::string customer_id_field;           // the custom field that holds the customer id; empty for none
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
  std::string contact_info;
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
  std::int64_t handle = 0;  // the open record handle, 0 = none
  std::string custom;       // custom fields as one JSON object; empty for none
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
  std::int64_t opened_at = 0;  // epoch seconds
  std::string closed_by;       // the request that ended it, empty while open
  std::int64_t closed_at = 0;
};

// What a preview may take: the first Ready record of one list and one daily window, by kind.
enum class DialQueue : std::uint8_t { personal_callbacks, campaign_callbacks, general };

struct DialWindow {
  std::int64_t tz_dbid = 0;
  std::int32_t daily_from = 0;
  std::int32_t daily_till = 0;
  auto operator<=>(const DialWindow&) const = default;
};

struct RecordFilter {
  std::optional<std::int32_t> status;
  std::optional<std::int32_t> type;
  std::optional<std::int32_t> result;
  std::optional<std::int64_t> chain_id;
  std::optional<std::string> contact;
  std::int64_t after_record_id = 0;  // pages: the last record_id of the page before
  std::uint32_t limit = 100;
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

  // Raises the epoch and makes this supervisor the holder: whoever held the role before is fenced off from then on.
  virtual Result<std::int64_t> take_lease(std::string_view holder) = 0;
  [[nodiscard]] virtual StoreInfo info() = 0;

  // begin(): Errc::fenced when another supervisor took the lease, or when this one never did. commit(): Errc::store
  // when nothing of the transaction was applied, Errc::io when that is not known. Any write that fails is Errc::store
  // (a record that is not there to be updated: Errc::not_found). After a failed write or commit, rollback().
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
  // Writes every column of the record but its identifiers.
  virtual Result<> update_record(const Record& record) = 0;
  virtual Result<std::optional<Record>> record(std::int64_t list_dbid, std::int64_t record_id) = 0;
  // By chain_n; at most `limit`.
  virtual Result<std::vector<Record>> chain(std::int64_t list_dbid, std::int64_t chain_id, std::uint32_t limit) = 0;
  // Highest chain_n in the chain, nothing when there is no such chain.
  virtual Result<std::optional<std::int32_t>> last_in_chain(std::int64_t list_dbid, std::int64_t chain_id) = 0;
  // Every other row of the chain whose status is not terminal and not Retrieved gets `status`.
  virtual Result<> set_chain_status(std::int64_t list_dbid, std::int64_t chain_id, std::int64_t except_record_id,
                                    protocol::RecordStatus status) = 0;
  // By record_id, ascending.
  virtual Result<std::vector<Record>> records(std::int64_t list_dbid, const RecordFilter& filter) = 0;

  // Every window in which the list has Ready records of that queue. Index look-ups: as many as there are windows.
  virtual Result<std::vector<DialWindow>> windows(std::int64_t list_dbid, DialQueue queue,
                                                  std::string_view agent_id) = 0;
  // The Ready record of that window that is due (dial_sched_time <= now) and has waited longest. One index look-up.
  virtual Result<std::optional<Record>> first_due(std::int64_t list_dbid, DialQueue queue, std::string_view agent_id,
                                                  const DialWindow& window, std::int64_t now) = 0;

  virtual Result<> insert_handle(const Handle& handle) = 0;
  virtual Result<std::optional<Handle>> handle(std::int64_t handle) = 0;
  virtual Result<> close_handle(std::int64_t handle, std::string_view closed_by, std::int64_t closed_at) = 0;

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

// `url` is sqlite:///absolute/path or postgresql://...; Errc::invalid names what is valid.
Result<std::unique_ptr<RecordStore>> open_store(const std::string& url, OpenMode mode);
// The file of an embedded store; nothing for any other url.
std::optional<std::string> sqlite_file(const std::string& url);

}  // namespace outpost::supervisor
