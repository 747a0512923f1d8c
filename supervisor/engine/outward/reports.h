// Writes what is to be told to other servers into the outbox, in the transaction of what it tells of: nothing is
// reported that did not happen, and nothing happens unreported. Source: ocs.md 6.5, 6.6; webhooks are ours.
#pragma once

#include <span>
#include <string>

#include "supervisor/engine/answers.h"
#include "supervisor/engine/chain_edit.h"
#include "supervisor/engine/requests/request.h"

namespace outpost::supervisor {

// On the store's thread, within a transaction, and good for it. Where nothing is configured nothing is read or written.
class Reports {
 public:
  Reports(RecordStore& store, const Scene& scene) : store_(store), scene_(scene) {}

  // A record was handed out, and is about to be called.
  Result<> attempt_started(const Handle& handle, const Record& record);
  // The handle was closed, and its record is `record` now. Nothing of one whose attempt has not started.
  Result<> attempt_ended(Handle handle, const Record& record);
  // Rows of one chain were changed by what was not their retrieval; when none of them can be called any more, and one
  // could before, its contact is processed. `handle` is the one that ended with it, null for none.
  Result<> chain_changed(std::span<const ChainEdit::Row> rows, const Handle* handle);

  Result<> record_added(const Record& record);
  // Of one that belongs to no chain_changed().
  Result<> record_changed(const Record& before, const Record& after);
  // The same of one that is not to be called any more, which may have been the last of its chain. Before it is written.
  Result<> record_ending(const Record& before, const Record& after);
  // Before it is added: nothing is told of one that is there already.
  Result<> do_not_call_added(const DoNotCallEntry& entry);

 private:
  [[nodiscard]] Subject subject_of(const Record& record, const Handle* handle) const;
  Result<> contact_processed(std::span<const ChainEdit::Row> rows, const Handle* handle);
  Result<> history(const Handle& handle, const Record& record, std::int64_t sequence);
  Result<> tell_webhooks(WebhookEvent event, const Record& record, const Handle* handle);
  Result<> write(OutboxKind kind, std::string destination, const Record& record, Result<std::string> body);

  RecordStore& store_;
  const Scene& scene_;
};

// This supervisor has become primary. Within a transaction.
Result<> tell_role(RecordStore& store, const Outward& outward, const std::string& name, std::int64_t epoch,
                   std::int64_t now);

}  // namespace outpost::supervisor
