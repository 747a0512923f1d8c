// The engine with the threads of its store, as the loop sees them: requests in, answers out, outpostctl's commands in a
// transaction or on the reader's thread, and what is due without a request. Knows nothing of roles and children. Loop
// thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "common/io/loop.h"
#include "common/log.h"
#include "supervisor/config/config.h"
#include "supervisor/engine/engine.h"
#include "supervisor/engine/pool.h"
#include "supervisor/engine/request_sink.h"
#include "supervisor/engine/validator.h"
#include "supervisor/store/job_thread.h"
#include "supervisor/store/store_thread.h"

namespace outpost {
class JsonWriter;
}

namespace outpost::supervisor {

class MetricsWriter;

class EngineThreads final : public RequestSink {
 public:
  // What a store held when it was opened for writing.
  struct Opened {
    StoreInfo store;
    std::vector<Token> tokens;
  };
  using StoreCommand = std::function<Result<std::string>(RecordStore&)>;
  using Respond = std::function<void(Result<std::string>)>;

  // References outlive this. `store` may be absent until open(). `lost` is called when the store refuses a write
  // because another supervisor has its role, or because it is not open.
  EngineThreads(Loop& loop, Log& log, const Config& config, std::unique_ptr<RecordStore> store,
                std::function<void(const Error&)> lost);

  // Writes under `epoch` from now on, and goes by `config`. `may_be_old`: an older program may have written the store
  // last. An error: the store is closed.
  void open(std::int64_t epoch, const Config& config, bool may_be_old, std::function<void(Result<Opened>)> done);
  // Nothing can be written any more once `done` is called.
  void close(std::function<void()> done);
  // What waits is refused: nobody could be told how it ended.
  void abandon() { writer_.abandon(); }
  // Applies what waits and ends the threads. Blocks for that long.
  void end();
  void renew_lease(std::chrono::milliseconds lease_time, std::function<void(const Result<>&)> done);

  // What of the configuration takes effect at once.
  void use(const Config& config);
  // `written` is called after each commit in which something was written to the outbox. Nobody may have asked before.
  void on_outbox(std::function<void()> written) { on_outbox_ = std::move(written); }
  // `changed` is called after each commit in which a campaign group may have become another.
  void on_groups(std::function<void()> changed) { on_groups_ = std::move(changed); }
  // From the next request on: where clients reach the records, and in which character set events come.
  void set_proxy(std::string record_uri_base, std::string encoding);
  // Requests that nobody sends: what is due by the clock.
  void start_sweeping();
  void stop_sweeping() { sweep_timer_.stop(); }

  std::uint64_t submit(protocol::Request request, Answered answered) override;
  void withdraw(std::uint64_t number) override;
  // Who validates records before they are handed out; without one they are given back. Outlives the requests.
  void set_validator(Validator& validator) { validator_ = &validator; }

  // In a transaction on the store's thread; the reply is given once it is durable.
  void write(StoreCommand run, Respond respond);
  // On the reader's thread, on a store that is only read.
  void read(StoreCommand run, Respond respond);
  // To be used by a StoreCommand of write() only.
  [[nodiscard]] Engine& engine() { return engine_; }
  // What a due time is judged by now, as the engine does; for those that run elsewhere.
  [[nodiscard]] DueRule due_rule() const;
  // How many unknown fields were reported or refused.
  [[nodiscard]] std::uint64_t unknown_fields() const { return engine_.unknown_fields(); }
  // Why the store does not do its work; empty when it does, as far as is known by the sweep of each second.
  [[nodiscard]] std::string problem() const;
  // The member "store" of the open object.
  void write_status(JsonWriter& out, bool writing) const;
  void write_metrics(MetricsWriter& out) const;

 private:
  // A request on its way through the store's thread, which alone uses it from submit() to `done`; a preview may go
  // there again, each time that a record of its was validated.
  struct Asked {
    std::uint64_t number = 0;
    std::uint64_t started_ms = 0;
    protocol::Request request;
    Engine::Reply reply;
    Answered answered;
    bool told = false;  // the outbox has more than before
    Validated validated;

    // A record was validated for it.
    [[nodiscard]] bool goes_on() const { return validated.handle != 0; }
  };

  void sweep();
  bool submit(Asked* asked);
  void finish(Asked* asked, const Result<>& outcome);
  void answer(Asked* asked, protocol::Answer answer);
  void validate(Asked* asked);
  void conclude(Asked* asked, Verdict verdict);
  void give_back_orphans();
  protocol::Answer failure(const Error& error, const protocol::Request& request);
  void note_store(const Result<>& outcome);
  void note_outbox(bool told) {
    if (told && on_outbox_) on_outbox_();
  }
  void note_groups(bool changed) {
    if (changed && on_groups_) on_groups_();
  }

  Loop& loop_;
  Log& log_;
  const std::string url_;
  std::function<void(const Error&)> lost_;
  std::function<void()> on_outbox_;
  std::function<void()> on_groups_;
  StoreInfo info_;
  std::shared_ptr<std::string> record_uri_base_ = std::make_shared<std::string>();  // on the store's thread only
  Engine engine_;  // on the store's thread only, which ends first
  Pool<Asked> asked_;
  std::uint64_t last_number_ = 0;
  Validator* validator_ = nullptr;
  std::unordered_map<std::uint64_t, std::uint64_t> validating_;  // requests, and their number there
  std::unordered_set<std::uint64_t> withdrawn_;                  // requests that are on the store's thread
  // Handles whose validation nobody waits for: of a supervisor before this one, or of one whose end the store refused.
  std::vector<std::int64_t> orphans_;
  bool giving_back_ = false;
  WriterThread writer_;
  ReaderThread reader_;
  std::chrono::milliseconds request_timeout_;     // as the proxy has it
  std::chrono::seconds missed_callback_timeout_;  // as the engine was told last
  Timer sweep_timer_;
  bool sweeping_ = false;
  std::uint64_t sweep_began_ms_ = 0;
  std::uint64_t store_failed_ms_ = 0;  // since when the store fails, 0: it works
  std::uint64_t store_failures_ = 0;   // since then
};

}  // namespace outpost::supervisor
