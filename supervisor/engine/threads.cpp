#include "supervisor/engine/threads.h"

#include "common/clock.h"
#include "common/json.h"
#include "supervisor/engine/unknown_fields.h"
#include "supervisor/log_messages.h"
#include "supervisor/metrics/exposition.h"
#include "supervisor/store/sql/schema.h"
#include "supervisor/store/store_update.h"
#include "supervisor/store/url.h"

namespace outpost::supervisor {

namespace lm = log_messages;

namespace {

// Requests and commands that wait for the store thread; more than the proxy's window, so that only a proxy that breaks
// its window, or many imports at once, ever sees it full.
constexpr std::size_t kWriterQueueMax = 8 * 1024;
constexpr std::size_t kBatchMax = 1024;
constexpr std::size_t kReaderQueueMax = 256;
constexpr std::chrono::seconds kSweepInterval{1};
// A sweep takes milliseconds, and waits for what is in front of it.
constexpr std::chrono::milliseconds kSweepTimeMax{5'000};

const Clock& system_clock() {
  static const SystemClock clock;
  return clock;
}

EngineSettings engine_settings(Log& log, const Config& all, std::shared_ptr<std::string> uri_base) {
  const ApplicationConfig& config = all.application;
  EngineSettings settings;
  settings.outward = Outward::of(all);
  settings.application_name = config.name;
  settings.application_dbid = config.dbid;
  settings.tenant = config.tenant;
  settings.record_uri_base = [uri_base = std::move(uri_base)] { return *uri_base; };
  settings.idempotency_retention = std::chrono::hours(config.idempotency_retention);
  settings.log = [&log](LogMessage message, const std::string& text) { log.write_line(message, text); };
  settings.session_timeout = std::chrono::seconds(config.session_timeout);
  settings.missed_callback_timeout = std::chrono::seconds(config.missed_callback_timeout);
  settings.unknown_fields = config.unknown_fields;
  return settings;
}

// Tells the engine what of the configuration takes effect at once. To be called on the store's thread.
std::function<void()> tuning(Engine& engine, const Config& config) {
  const ApplicationConfig& application = config.application;
  return [&engine, session = std::chrono::seconds(application.session_timeout),
          missed = std::chrono::seconds(application.missed_callback_timeout), unknown = application.unknown_fields,
          outward = Outward::of(config)] {
    engine.set_timeouts(session, missed);
    engine.set_unknown_fields(unknown);
    engine.set_outward(outward);
  };
}

// What a supervisor before this one was about to hand out. There is one for each preview that it had.
Result<std::vector<std::int64_t>> read_unvalidated(RecordStore& store) {
  constexpr std::uint32_t kPage = 1'000;
  std::vector<std::int64_t> all;
  for (;;) {
    auto page = store.validating_handles(all.empty() ? 0 : all.back(), kPage);
    if (!page) return pass(page);
    for (const Handle& handle : *page) all.push_back(handle.handle);
    if (page->size() < kPage) return all;
  }
}

}  // namespace

EngineThreads::EngineThreads(Loop& loop, Log& log, const Config& config, std::unique_ptr<RecordStore> store,
                             std::function<void(const Error&)> lost)
    : loop_(loop),
      log_(log),
      url_(config.store.url),
      lost_(std::move(lost)),
      engine_(engine_settings(log, config, record_uri_base_), system_clock()),
      writer_(loop, std::move(store), WriterThread::Limits{kWriterQueueMax, kBatchMax},
              [this] { engine_.forget_cache(); }),
      reader_(
          loop, [url = url_] { return open_store(url, OpenMode::reader); }, kReaderQueueMax),
      request_timeout_(config.application.limits.request_timeout_ms),
      missed_callback_timeout_(config.application.missed_callback_timeout),
      sweep_timer_(loop, [this] { sweep(); }) {
  info_.url = shown_url(url_);
}

// --- Life
// -------------------------------------------------------------------------------------------------------------

void EngineThreads::open(std::int64_t epoch, const Config& config, bool may_be_old,
                         std::function<void(Result<Opened>)> done) {
  request_timeout_ = std::chrono::milliseconds(config.application.limits.request_timeout_ms);
  missed_callback_timeout_ = std::chrono::seconds(config.application.missed_callback_timeout);
  auto opened = std::make_shared<Opened>();
  auto orphans = std::make_shared<std::vector<std::int64_t>>();
  bool taken = writer_.submit_alone(
      [this, opened, orphans, epoch, may_be_old,
       tell = tuning(engine_, config)](std::unique_ptr<RecordStore>& store) -> Result<> {
        if (!store) {
          auto open = [&] { return open_store(url_, OpenMode::writer); };
          // To look takes a connection, which a takeover has no time for.
          auto found = may_be_old ? open_telling(log_, url_, schema_version(), open) : open();
          if (!found) return pass(found);
          store = std::move(*found);
        }
        tell();  // a reload reached no engine while this supervisor was backup
        engine_.forget_cache();
        store->hold(epoch);
        auto tokens = store->tokens();
        if (!tokens) return pass(tokens);
        auto unvalidated = read_unvalidated(*store);
        if (!unvalidated) return pass(unvalidated);
        *orphans = std::move(*unvalidated);
        *opened = {store->info(), std::move(*tokens)};
        return {};
      },
      [this, opened, orphans, epoch, done = std::move(done)](const Result<>& outcome) {
        if (!outcome) return close([done, outcome] { done(fail(outcome.error())); });
        info_ = opened->store;
        log_.write(lm::kStoreOpened, "store {} open: {}, schema {}, epoch {}", info_.url, info_.engine,
                   info_.schema_version, epoch);
        orphans_ = std::move(*orphans);
        if (!orphans_.empty()) give_back_orphans();  // before any request
        done(std::move(*opened));
      });
  ENSURE(taken, "the store's thread runs until the role is given back");
}

void EngineThreads::close(std::function<void()> done) {
  bool taken = writer_.submit_alone(
      [](std::unique_ptr<RecordStore>& store) -> Result<> {
        store.reset();
        return {};
      },
      [this, done = std::move(done)](const Result<>&) {
        // What is closed fails no more; whoever opens it next begins anew.
        store_failed_ms_ = store_failures_ = 0;
        orphans_.clear();
        done();
      });
  ENSURE(taken, "the store's thread runs until the role is given back");
}

void EngineThreads::end() {
  writer_.stop();
  reader_.stop();
}

void EngineThreads::renew_lease(std::chrono::milliseconds lease_time, std::function<void(const Result<>&)> done) {
  bool taken = writer_.submit_urgent(
      {.apply = [lease_time](RecordStore& store) { return store.renew_lease(lease_time); }, .done = std::move(done)});
  ENSURE(taken, "the store's thread runs until the role is given back");
}

void EngineThreads::use(const Config& config) {
  request_timeout_ = std::chrono::milliseconds(config.application.limits.request_timeout_ms);
  missed_callback_timeout_ = std::chrono::seconds(config.application.missed_callback_timeout);
  bool taken = writer_.submit({
      .apply = [tell = tuning(engine_, config)](RecordStore&) -> Result<> {
        tell();
        return {};
      },
      .done = [](const Result<>&) {},
  });
  if (!taken) log_.write(lm::kQueueFull, "the queue to the store is full: what the engine goes by stays as it was");
}

void EngineThreads::set_proxy(std::string record_uri_base, std::string encoding) {
  // Through the queue, so that it holds for every request of this proxy and none of the one before.
  bool taken = writer_.submit({
      .apply =
          [this, base = std::move(record_uri_base), encoding = std::move(encoding)](RecordStore&) {
            *record_uri_base_ = base;
            return engine_.set_encoding(encoding);
          },
      .done =
          [this](const Result<>& outcome) {
            if (!outcome) log_.write(lm::kEncodingUnknown, "strings are not converted: {}", outcome.error().text);
          },
  });
  if (!taken) log_.write(lm::kQueueFull, "the queue to the store is full: GSW_RECORD_URI may name an old port");
}

// One line when the store begins to fail and one when it works again, however many requests there are.
void EngineThreads::note_store(const Result<>& outcome) {
  if (outcome) {
    if (store_failed_ms_ == 0) return;
    log_.write(lm::kStoreWorks, "the store works again, after {} ms; {} more requests had failed",
               loop_.now_ms() - std::exchange(store_failed_ms_, 0), std::exchange(store_failures_, 0));
    return;
  }
  Errc code = outcome.error().code;
  if (code != Errc::store && code != Errc::io && code != Errc::unavailable) return;
  if (store_failed_ms_ != 0) {
    ++store_failures_;
    return;
  }
  store_failed_ms_ = loop_.now_ms();
  log_.write(lm::kStoreFailed, "the store failed: {}", outcome.error().text);
}

// --- What is due
// ------------------------------------------------------------------------------------------------------

void EngineThreads::start_sweeping() { sweep_timer_.start_repeating(kSweepInterval); }

void EngineThreads::sweep() {
  if (!orphans_.empty()) give_back_orphans();
  if (sweeping_) return;
  struct Swept {
    bool more = false;
    bool told = false;
    bool unloaded = false;
  };
  auto result = std::make_shared<Swept>();
  sweep_began_ms_ = loop_.now_ms();
  sweeping_ = writer_.submit({
      .apply = [this, result](RecordStore& store) -> Result<> {
        std::uint64_t told = store.outbox_writes();
        std::uint64_t forgotten = engine_.catalogue_forgotten();
        auto swept = engine_.sweep(store);
        if (!swept) return pass(swept);
        *result = {*swept, store.outbox_writes() != told, engine_.catalogue_forgotten() != forgotten};
        return {};
      },
      .done =
          [this, result](const Result<>& outcome) {
            sweeping_ = false;
            note_store(outcome);
            if (!outcome) return lost_(outcome.error());
            note_outbox(result->told);
            note_groups(result->unloaded);
            if (result->more && sweep_timer_.active()) sweep();
          },
  });
}

// --- Commands
// ---------------------------------------------------------------------------------------------------------

void EngineThreads::write(StoreCommand run, Respond respond) {
  struct Run {
    Result<std::string> reply;
    bool told = false;
    bool groups = false;
  };
  auto ran = std::make_shared<Run>();
  auto shared_respond = std::make_shared<Respond>(std::move(respond));
  bool taken = writer_.submit({
      .apply = [this, ran, run = std::move(run)](RecordStore& store) -> Result<> {
        std::uint64_t told = store.outbox_writes();
        std::uint64_t forgotten = engine_.catalogue_forgotten();
        ran->reply = run(store);
        if (!ran->reply) return fail(ran->reply.error());
        ran->told = store.outbox_writes() != told;
        ran->groups = engine_.catalogue_forgotten() != forgotten;
        return {};
      },
      .done =
          [this, ran, shared_respond](const Result<>& outcome) {
            note_outbox(outcome && ran->told);
            note_groups(outcome && ran->groups);
            (*shared_respond)(outcome ? std::move(ran->reply) : fail(outcome.error()));
          },
  });
  if (!taken) (*shared_respond)(fail(Errc::limit, "the queue to the store is full; try again"));
}

DueRule EngineThreads::due_rule() const { return {system_clock().now(), missed_callback_timeout_}; }

void EngineThreads::read(StoreCommand run, Respond respond) {
  auto reply = std::make_shared<Result<std::string>>();
  auto shared_respond = std::make_shared<Respond>(std::move(respond));
  bool taken = reader_.submit(
      [reply, run = std::move(run)](Result<RecordStore*> store) {
        *reply = store ? run(**store) : Result<std::string>(fail(store.error()));
      },
      [reply, shared_respond] { (*shared_respond)(std::move(*reply)); });
  if (!taken) (*shared_respond)(fail(Errc::limit, "too many queries wait for the store; try again"));
}

std::string EngineThreads::problem() const {
  std::uint64_t now = loop_.now_ms();
  if (store_failed_ms_ != 0) return fmt::format("the record store fails, for {} ms now", now - store_failed_ms_);
  std::chrono::milliseconds sweeps(sweeping_ ? now - sweep_began_ms_ : 0);
  return sweeps > kSweepTimeMax ? fmt::format("the record store has not answered for {} ms", sweeps.count()) : "";
}

void EngineThreads::write_status(JsonWriter& out, bool writing) const {
  WriterThread::Counters counters = writer_.counters();
  out.key("store").begin_object();
  out.member("engine", info_.engine).member("url", info_.url);
  out.member("writing", writing);
  out.member("schema_version", info_.schema_version);
  out.member("batches", counters.batches).member("works", counters.works).member("syncs", counters.syncs);
  out.member("rows_per_sync",
             counters.syncs == 0 ? 0.0 : static_cast<double>(counters.works) / static_cast<double>(counters.syncs));
  out.member("largest_batch", counters.largest_batch).member("retried", counters.retried_batches);
  out.member("queue", writer_.queued()).end_object();
}

void EngineThreads::write_metrics(MetricsWriter& out) const {
  constexpr double kMicro = 1e-6;
  const WriterThread::Counters counters = writer_.counters();
  out.gauge("outpost_store_failing", "Whether the last request failed because of the store.")
      .add({}, store_failed_ms_ != 0);
  out.gauge("outpost_store_queue_length", "Requests and commands that wait for the store.")
      .add({}, std::uint64_t{writer_.queued()});
  out.histogram("outpost_store_batch_size", "Requests and commands in one transaction.")
      .add({}, BucketCounts{kBatchSizes, counters.batch_sizes.counts(), counters.batch_sizes.sum()});
  out.histogram("outpost_store_commit_duration_seconds", "Time that a commit took which wrote something.")
      .add({}, BucketCounts{kCommitTimes, counters.commit_us.counts(), counters.commit_us.sum(), kMicro});
  out.counter("outpost_store_works", "Requests and commands that the store has finished.").add({}, counters.works);
  out.counter("outpost_store_syncs", "Commits that wrote something.").add({}, counters.syncs);
  out.counter("outpost_store_batches_retried", "Transactions that were done again, item by item.")
      .add({}, counters.retried_batches);
  out.counter("outpost_store_busy_seconds", "Time that the store's thread has worked.")
      .add({}, std::chrono::duration<double>(counters.busy).count());
  MetricFamily& sessions = out.gauge("outpost_sessions", "Sessions that this supervisor knows.");
  sessions.add({{"protocol", "desktop"}}, engine_.open_sessions(protocol::OutboundProtocol::desktop));
  sessions.add({{"protocol", "third party"}}, engine_.open_sessions(protocol::OutboundProtocol::third_party));
  MetricFamily& validations = out.counter("outpost_validations", "Pre-dial validations, by how they ended.");
  for (std::size_t i = 0; i < kValidationEndWords.size(); ++i) {
    validations.add({{"verdict", kValidationEndWords[i]}}, engine_.validations().of(static_cast<ValidationEnd>(i)));
  }
  out.counter("outpost_unknown_fields", "Fields of requests that nobody declared.").add({}, engine_.unknown_fields());
}

}  // namespace outpost::supervisor
