// The engine: what a request does to the records. Source: ocs.md sections 3 and 4.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "common/clock.h"
#include "common/error.h"
#include "common/log.h"
#include "protocol/channel/messages.h"
#include "protocol/outbound/event_charset.h"
#include "supervisor/engine/catalogue.h"
#include "supervisor/engine/daily_window.h"
#include "supervisor/engine/record_rules.h"
#include "supervisor/engine/requests/request.h"
#include "supervisor/engine/sessions.h"
#include "supervisor/engine/unknown_fields.h"
#include "supervisor/store/record_store.h"

namespace outpost::supervisor {

// Runs on the store thread, between begin() and commit() of the store it is given. Every request stands by itself: it
// is checked completely before it writes anything, so one that is refused leaves no trace in the transaction.
class Engine {
 public:
  // `clock` outlives the engine.
  Engine(EngineSettings settings, const Clock& clock);

  // Everything that a client can cause is an Error event inside the answer. An error of the result is the store's
  // (Errc::store, io, fenced): the transaction is to be rolled back and forget_cache() to be called.
  //
  // A request with an idempotency key that was answered with success before gets that answer again, and nothing else
  // happens. Answers are kept when the request changed something: an error or an empty preview may turn out better the
  // next time, and repeating it does no harm.
  struct Reply : protocol::Answer {
    // There is no answer yet: who is to be asked before. The answer, or the next to ask, is end_validation()'s.
    std::optional<Validation> validation = {};
  };
  Result<Reply> handle(RecordStore& store, const protocol::Request& request);
  // The same request goes on with what the validator of its record says. Whatever that is, the record is handed out or
  // free when there is an answer.
  Result<Reply> end_validation(RecordStore& store, const protocol::Request& request, Validated validated);
  // Those of these handles that are still being validated end; nobody waits for it.
  Result<> give_back_unvalidated(RecordStore& store, std::span<const std::int64_t> handles);

  // What handle() will most likely read for this request, for a store that reads ahead; or end_validation().
  void foresee(const protocol::Request& request, Foresight& foresight) const;
  void foresee(const protocol::Request& request, const Validated& validated, Foresight& foresight) const;

  // The character set of event strings on the channel; "" is UTF-8. The store holds UTF-8, so strings are converted on
  // their way in and out. Errc::unsupported for a name that iconv does not know: strings then are UTF-8, which is what
  // the proxy does in that case. Source: ocs.md 6.2.
  Result<> set_encoding(const std::string& encoding);

  // What is due without a request: handles that nobody asked about for the session timeout are given back, personal
  // callbacks that are overdue are marked missed, groups that waited for their records are unloaded. A bounded amount
  // at a time; true when there may be more. Index look-ups, and nothing is written when nothing is due.
  Result<bool> sweep(RecordStore& store);
  // Gives back every record that handles of this group hold, for a forced unloading; returns how many.
  Result<std::int64_t> give_back_group(RecordStore& store, std::int64_t group_dbid);
  // Tells whoever asks for it, too.
  Result<> add_do_not_call(RecordStore& store, const DoNotCallEntry& entry);
  [[nodiscard]] std::vector<Session> sessions() const { return sessions_.all(); }

  void set_timeouts(std::chrono::seconds session, std::chrono::seconds missed_callback);
  void set_unknown_fields(UnknownFields what) { settings_.unknown_fields = what; }
  void set_outward(Outward outward) { settings_.outward = std::move(outward); }
  // What options of groups are judged by.
  [[nodiscard]] const OutwardRules& outward_rules() const { return settings_.outward.rules(); }
  // What a due time is judged by now.
  [[nodiscard]] DueRule due_rule() const { return {clock_.now(), settings_.missed_callback_timeout}; }
  // How many sessions there are. Any thread.
  [[nodiscard]] std::uint64_t open_sessions(protocol::OutboundProtocol protocol) const noexcept {
    return sessions_.open(protocol);
  }
  // How many unknown fields were reported or refused. Any thread.
  [[nodiscard]] std::uint64_t unknown_fields() const noexcept { return unknown_watch_.met(); }
  // How validations ended. Any thread.
  [[nodiscard]] const ValidationCounts& validations() const noexcept { return validations_; }

  // The catalogue is read again at the next request. To be called after a rollback and after `apply`.
  void forget_cache() {
    catalogue_.reset();
    ++catalogue_forgotten_;
  }
  // Rises with each forget_cache(): whoever compares knows whether a campaign group may be another than before.
  [[nodiscard]] std::uint64_t catalogue_forgotten() const { return catalogue_forgotten_; }

 private:
  void foresee_utf8(const protocol::Request& request, const protocol::Event& event, Foresight& foresight) const;
  // `validated` is null for a request that begins. `given` is the event of the request as UTF-8.
  Result<Reply> handle(RecordStore& store, const protocol::Request& request, const Validated* validated);
  Result<Reply> handle_utf8(RecordStore& store, const protocol::Request& request, const protocol::Event& given,
                            const Validated* validated);
  Step<RequestReply> answer(RecordStore& store, const protocol::Request& request, const protocol::Event& given,
                            const Validated* validated);
  Step<RequestReply> perform(RecordStore& store, const protocol::RequestRow& row, protocol::Event& event,
                             const Validated* validated);
  Step<RequestReply> perform_once(RecordStore& store, const protocol::RequestRow& row, const std::string& key,
                                  std::string fingerprint, protocol::Event& event, const Validated* validated);
  Result<bool> is_validating(RecordStore& store, const std::string& key);
  Result<> keep(RecordStore& store, const std::string& key, std::string fingerprint, RequestReply& reply);
  void doubt_window(const protocol::Event& request, const protocol::Event& answer);
  Result<bool> give_back_idle(RecordStore& store);
  Result<bool> mark_missed(RecordStore& store);
  Result<> unload_waiting(RecordStore& store);
  void log(LogMessage message, std::string text) const;
  Result<> load_catalogue(RecordStore& store);
  [[nodiscard]] Scene scene() const { return {*catalogue_, settings_, clock_.now()}; }

  EngineSettings settings_;
  const Clock& clock_;
  std::unique_ptr<protocol::EventCharset> charset_;
  std::shared_ptr<const CatalogueIndex> catalogue_;  // shared with what was foreseen by it
  std::uint64_t catalogue_forgotten_ = 0;
  Sessions sessions_;
  PreviewTurns turns_;
  UnknownFieldWatch unknown_watch_;
  WindowWatch window_watch_;
  ValidationCounts validations_;
  // Of requests under a key that wait for a validation: its handle, which the store knows better.
  std::unordered_map<std::string, std::int64_t> validating_keys_;
  std::uint32_t kept_since_cleaning_ = 0;
  // The event of the request at hand as handlers see it, who may change it: the request itself stays as it came, for
  // the transaction may have to be done once more.
  protocol::Event canonical_;
};

}  // namespace outpost::supervisor
