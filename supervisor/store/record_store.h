// The durable store, as the engine sees it. Two engines stand behind it: SQLite, and the PostgreSQL protocol; one
// conformance suite (tests/component/supervisor/store) holds for both.
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
#include "supervisor/store/foresight.h"
#include "supervisor/store/rows.h"
#include "supervisor/store/token_store.h"

namespace outpost::supervisor {

struct StoreInfo {
  std::string engine;  // "SQLite 3.40.1"
  std::string url;
  int schema_version = 0;
  std::int64_t epoch = 0;
};

class RecordStore : public TokenStore {
 public:
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
  // As begin(), and reads ahead. A store that answered just now may leave it to the first read, or to commit(), to say
  // what begin() would have said.
  virtual Result<> begin_foreseeing(Foresight) { return begin(); }
  // Within a transaction, for what was not known at its begin.
  virtual Result<> read_ahead(const Foresight&) { return {}; }
  // False: nobody need foresee anything.
  [[nodiscard]] virtual bool reads_ahead() const noexcept { return false; }
  // What each answer of the store is waited for; nothing for one that is read in this process.
  [[nodiscard]] virtual std::chrono::microseconds round_trip() const noexcept { return {}; }
  // How often that was since it was opened.
  [[nodiscard]] virtual std::uint64_t round_trips() const noexcept { return 0; }
  // False after a failure: it is not the fault of what was asked, begin() has to reach the store anew.
  [[nodiscard]] virtual bool connected() noexcept { return true; }
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
  // `record` is the row as it is stored, and no handle holds it. Its handles stay: a late request on one is told that
  // the record is gone.
  virtual Result<> delete_record(const Record& record) = 0;
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
  // Its record was validated, and is handed out.
  virtual Result<> end_validation(std::int64_t handle, std::int64_t touched_at) = 0;
  // Open handles whose record is being validated, behind `after_handle`, ascending.
  virtual Result<std::vector<Handle>> validating_handles(std::int64_t after_handle, std::uint32_t limit) = 0;
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

  virtual Result<> insert_outbox(const OutboxMessage& message) = 0;
  // Rises with each insert_outbox().
  [[nodiscard]] virtual std::uint64_t outbox_writes() const noexcept = 0;
  // Of the destination, behind `after_id`, by message_id.
  virtual Result<std::vector<OutboxMessage>> outbox(std::string_view destination, std::int64_t after_id,
                                                    std::uint32_t limit) = 0;
  virtual Result<std::optional<OutboxMessage>> outbox_message(std::int64_t message_id) = 0;
  // Whether a message of this kind and chain is there.
  virtual Result<bool> has_outbox(std::int64_t list_dbid, std::int64_t chain_id, OutboxKind kind) = 0;
  // Those that have messages, by name. As many look-ups as there are.
  virtual Result<std::vector<std::string>> outbox_destinations() = 0;
  // How many a destination has. Looks at each.
  virtual Result<std::int64_t> count_outbox(std::string_view destination) = 0;
  // Nothing happens when it is not there, here and in the next.
  virtual Result<> note_outbox(std::int64_t message_id, std::int32_t attempts, std::string_view problem) = 0;
  virtual Result<> remove_outbox(std::int64_t message_id) = 0;
  // By destination.
  virtual Result<std::vector<OutboxPause>> outbox_pauses() = 0;
  virtual Result<> pause_outbox(const OutboxPause& pause) = 0;
  virtual Result<> resume_outbox(std::string_view destination) = 0;

  // All that are not 0, as of the last commit (within a transaction: as of its beginning).
  virtual Result<std::vector<Statistic>> statistics() = 0;

  virtual Result<std::optional<KeptAnswer>> kept_answer(std::string_view key) = 0;
  virtual Result<> keep_answer(std::string_view key, const KeptAnswer& kept, std::int64_t now) = 0;
  // Removes at most `limit` answers kept before `before`.
  virtual Result<> forget_answers(std::int64_t before, std::int64_t limit) = 0;

  virtual Result<std::optional<ImportState>> find_import(std::int64_t list_dbid, std::string_view source) = 0;
  virtual Result<std::optional<ImportState>> import(std::int64_t import_id) = 0;
  // The latest first.
  virtual Result<std::vector<ImportState>> imports(std::uint32_t limit) = 0;
  virtual Result<> put_import(const ImportState& state) = 0;
};

enum class OpenMode : std::uint8_t {
  writer,  // creates the store when it is absent and brings its schema up to date
  reader,  // never writes, never blocks a writer
};

// `url` is sqlite:///absolute/path or postgresql://...; Errc::invalid names what is valid; Errc::exists: there is half
// a store, which a migration has left.
Result<std::unique_ptr<RecordStore>> open_store(const std::string& url, OpenMode mode);

}  // namespace outpost::supervisor
