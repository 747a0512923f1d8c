// A store that fails where a test says so.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>

#include "supervisor/store/record_store.h"

namespace outpost::test {

using namespace supervisor;

// Passes all on to a real one.
class FailingStore : public RecordStore {
 public:
  explicit FailingStore(std::unique_ptr<RecordStore> real) : real_(std::move(real)) {}

  std::function<Result<>()> before_begin = [] { return Result<>{}; };
  std::function<Result<>()> before_commit = [] { return Result<>{}; };

  bool is_connected = true;

  bool connected() noexcept override { return is_connected; }
  Result<> begin() override {
    if (auto allowed = before_begin(); !allowed) return allowed;
    return real_->begin();
  }
  Result<> commit() override {
    if (auto allowed = before_commit(); !allowed) return allowed;
    return real_->commit();
  }
  void rollback() noexcept override { real_->rollback(); }
  std::uint64_t writes() const noexcept override { return real_->writes(); }
  void hold(std::int64_t epoch) override { real_->hold(epoch); }
  Result<> renew_lease(std::chrono::milliseconds time) override { return real_->renew_lease(time); }
  StoreInfo info() override { return real_->info(); }
  Result<std::int64_t> take_ids(IdKind kind, std::int64_t n) override { return real_->take_ids(kind, n); }
  Result<Catalogue> catalogue() override { return real_->catalogue(); }
  Result<> put(const Tenant& x) override { return real_->put(x); }
  Result<> put(const TimeZone& x) override { return real_->put(x); }
  Result<> put(const CallingList& x) override { return real_->put(x); }
  Result<> put(const Campaign& x) override { return real_->put(x); }
  Result<> put(const CampaignGroup& x) override { return real_->put(x); }
  Result<> insert_record(const Record& x) override { return real_->insert_record(x); }
  Result<> update_record(const Record& before, const Record& after) override {
    return real_->update_record(before, after);
  }
  Result<> delete_record(const Record& x) override { return real_->delete_record(x); }
  Result<std::optional<Record>> record(std::int64_t list, std::int64_t id) override { return real_->record(list, id); }
  Result<std::vector<Record>> chain(std::int64_t list, std::int64_t id, std::uint32_t limit) override {
    return real_->chain(list, id, limit);
  }
  Result<std::optional<std::int32_t>> last_in_chain(std::int64_t list, std::int64_t id) override {
    return real_->last_in_chain(list, id);
  }
  Result<std::int64_t> chain_holder(std::int64_t list, std::int64_t id) override {
    return real_->chain_holder(list, id);
  }
  Result<std::int64_t> chain_of_customer(std::int64_t list, std::string_view customer) override {
    return real_->chain_of_customer(list, customer);
  }
  Result<RecordPage> records(std::int64_t list, const RecordFilter& x) override { return real_->records(list, x); }
  Result<std::unordered_set<std::string>> known_contacts(std::int64_t list,
                                                         std::span<const std::string_view> contacts) override {
    return real_->known_contacts(list, contacts);
  }
  Result<std::vector<Record>> records_with(ContactKind kind, std::string_view value, std::int64_t list,
                                           std::int64_t record, std::uint32_t limit) override {
    return real_->records_with(kind, value, list, record, limit);
  }
  Result<std::int64_t> count_records_with(std::int64_t tenant, ContactKind kind, std::string_view value,
                                          std::uint32_t limit) override {
    return real_->count_records_with(tenant, kind, value, limit);
  }
  Result<std::vector<DialWindow>> windows(const DialKey& key, const DialWindow& after, std::uint32_t limit) override {
    return real_->windows(key, after, limit);
  }
  Result<std::optional<Record>> first_due(const DialKey& key, const DialWindow& window, std::int64_t now) override {
    return real_->first_due(key, window, now);
  }
  Result<std::vector<Record>> missed_callbacks(std::int64_t till, std::uint32_t limit) override {
    return real_->missed_callbacks(till, limit);
  }
  Result<> insert_handle(const Handle& x) override { return real_->insert_handle(x); }
  Result<std::optional<Handle>> handle(std::int64_t x) override { return real_->handle(x); }
  Result<> touch_handle(std::int64_t x, std::int64_t at, bool reported) override {
    return real_->touch_handle(x, at, reported);
  }
  Result<> close_handle(std::int64_t x, std::string_view by, std::int64_t at) override {
    return real_->close_handle(x, by, at);
  }
  Result<std::vector<Handle>> idle_handles(const Handle& after, std::int64_t till, std::uint32_t limit) override {
    return real_->idle_handles(after, till, limit);
  }
  Result<std::vector<Handle>> handles_of_agent(std::string_view agent, std::int64_t after,
                                               std::uint32_t limit) override {
    return real_->handles_of_agent(agent, after, limit);
  }
  Result<std::vector<HeldByAgent>> held_by_agents(std::uint32_t limit) override { return real_->held_by_agents(limit); }
  Result<> end_validation(std::int64_t x, std::int64_t at) override { return real_->end_validation(x, at); }
  Result<std::vector<Handle>> validating_handles(std::int64_t after, std::uint32_t limit) override {
    return real_->validating_handles(after, limit);
  }
  std::uint64_t outbox_writes() const noexcept override { return real_->outbox_writes(); }
  Result<> insert_outbox(const OutboxMessage& x) override { return real_->insert_outbox(x); }
  Result<std::vector<OutboxMessage>> outbox(std::string_view destination, std::int64_t after,
                                            std::uint32_t limit) override {
    return real_->outbox(destination, after, limit);
  }
  Result<std::optional<OutboxMessage>> outbox_message(std::int64_t x) override { return real_->outbox_message(x); }
  Result<bool> has_outbox(std::int64_t list, std::int64_t chain, OutboxKind kind) override {
    return real_->has_outbox(list, chain, kind);
  }
  Result<std::vector<std::string>> outbox_destinations() override { return real_->outbox_destinations(); }
  Result<std::int64_t> count_outbox(std::string_view destination) override { return real_->count_outbox(destination); }
  Result<> note_outbox(std::int64_t x, std::int32_t attempts, std::string_view problem) override {
    return real_->note_outbox(x, attempts, problem);
  }
  Result<> remove_outbox(std::int64_t x) override { return real_->remove_outbox(x); }
  Result<std::vector<OutboxPause>> outbox_pauses() override { return real_->outbox_pauses(); }
  Result<> pause_outbox(const OutboxPause& x) override { return real_->pause_outbox(x); }
  Result<> resume_outbox(std::string_view destination) override { return real_->resume_outbox(destination); }
  Result<bool> is_do_not_call(std::int64_t tenant, ContactKind kind, std::string_view value) override {
    return real_->is_do_not_call(tenant, kind, value);
  }
  Result<> add_do_not_call(const DoNotCallEntry& x) override { return real_->add_do_not_call(x); }
  Result<> remove_do_not_call(std::int64_t tenant, ContactKind kind, std::string_view value) override {
    return real_->remove_do_not_call(tenant, kind, value);
  }
  Result<std::vector<DoNotCallEntry>> do_not_call_like(std::int64_t tenant, ContactKind kind, std::string_view value,
                                                       std::uint32_t limit) override {
    return real_->do_not_call_like(tenant, kind, value, limit);
  }
  Result<std::vector<DoNotCallEntry>> do_not_call(std::int64_t tenant, ContactKind kind, std::string_view after,
                                                  std::uint32_t limit) override {
    return real_->do_not_call(tenant, kind, after, limit);
  }
  Result<std::vector<Token>> tokens() override { return real_->tokens(); }
  Result<> insert_token(const Token& x) override { return real_->insert_token(x); }
  Result<> remove_token(std::string_view name) override { return real_->remove_token(name); }
  Result<std::vector<Statistic>> statistics() override { return real_->statistics(); }
  Result<std::optional<KeptAnswer>> kept_answer(std::string_view key) override { return real_->kept_answer(key); }
  Result<> keep_answer(std::string_view key, const KeptAnswer& kept, std::int64_t now) override {
    return real_->keep_answer(key, kept, now);
  }
  Result<> forget_answers(std::int64_t before, std::int64_t limit) override {
    return real_->forget_answers(before, limit);
  }
  Result<std::optional<ImportState>> find_import(std::int64_t list, std::string_view source) override {
    return real_->find_import(list, source);
  }
  Result<std::optional<ImportState>> import(std::int64_t id) override { return real_->import(id); }
  Result<std::vector<ImportState>> imports(std::uint32_t limit) override { return real_->imports(limit); }
  Result<> put_import(const ImportState& x) override { return real_->put_import(x); }

 private:
  std::unique_ptr<RecordStore> real_;
};

}  // namespace outpost::test
