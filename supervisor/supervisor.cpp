#include "supervisor/supervisor.h"

#include <unistd.h>

#include <fmt/ranges.h>

#include <csignal>
#include <filesystem>
#include <thread>

#include "common/io/access.h"
#include "common/version.h"
#include "supervisor/child_kinds.h"
#include "supervisor/log_messages.h"
#include "supervisor/namesake.h"
#include "supervisor/store/lease_store.h"
#include "supervisor/store_commands.h"
#include "supervisor/store_update.h"
#include "supervisor/tls_files.h"

namespace outpost::supervisor {

namespace lm = log_messages;

namespace {

// Requests and commands that wait for the store thread; more than the proxy's window, so that only a proxy that breaks
// its window, or many imports at once, ever sees it full.
constexpr std::size_t kWriterQueueMax = 8 * 1024;
constexpr std::size_t kBatchMax = 1024;
constexpr std::size_t kReaderQueueMax = 256;
constexpr std::chrono::seconds kSweepInterval{1};

Result<> make_folder_of(const std::string& path) {
  std::error_code error;
  std::string folder = std::filesystem::path(path).parent_path();
  std::filesystem::create_directories(folder, error);
  if (!error) return {};
  auto failure = fail_access(error.value(), fmt::format("cannot make its folder {}", folder), folder);
  failure.value().text += "; make it for the user of outpostd, or name another place";
  return failure;
}

// `option` names the place that is locked.
Result<LockFile> lock_place(std::string_view option, const std::string& path, LockFile::Mode mode,
                            std::string_view hint) {
  if (auto made = make_folder_of(path); !made) {
    return fail(made.error().code, "{}: {} cannot be used: {}", option, path, made.error().text);
  }
  auto lock = LockFile::acquire(path + ".lock", mode);
  if (lock) return lock;
  const Error& why = lock.error();
  if (why.code == Errc::busy) {
    return fail(why.code, "{}: another process uses {}: {}; {}", option, path, why.text, hint);
  }
  return fail(why.code, "{}: {} cannot be used: {}", option, path, why.text);
}

// A look at the lease that takes longer is given up: a takeover must not wait for it.
constexpr std::chrono::milliseconds kLeaseTimeMax{1'000};
// While another primary's proxy may still be leaving the ports that ours is to have.
constexpr std::chrono::milliseconds kPortRetry{100};
constexpr int kTakeAttempts = 5;
// Of a start. The proxy of a supervisor that was killed leaves its ports within one.
constexpr std::uint64_t kPortWaitMs = 5'000;
constexpr std::chrono::milliseconds kNamesakeLook{100};

std::uint64_t steady_ms() {
  auto now = std::chrono::steady_clock::now().time_since_epoch();
  return static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::milliseconds>(now).count());
}

// Tells the engine what of the configuration takes effect at once. To be called on the store's thread.
std::function<void()> tuning(Engine& engine, const ApplicationConfig& config) {
  return [&engine, session = std::chrono::seconds(config.session_timeout),
          missed = std::chrono::seconds(config.missed_callback_timeout),
          unknown = unknown_fields_of(config.unknown_fields)] {
    engine.set_timeouts(session, missed);
    engine.set_unknown_fields(unknown);
  };
}

Child::Settings child_settings(const Config& config, bool waits_for_ports) {
  Child::Settings settings;
  settings.restart_delay = config.reconnect_timeout();
  if (waits_for_ports) settings.restart_delay = std::min(settings.restart_delay, kPortRetry);
  settings.silence_max = config.channel_timeout();
  settings.start_max = std::max<std::chrono::milliseconds>(settings.start_max, 2 * settings.silence_max);
  return settings;
}

RoleKeeper::Settings role_settings(const Config& config, bool stay_primary) {
  const RedundancyConfig& redundancy = config.redundancy;
  return {.redundant = redundancy.enabled,
          .name = redundancy.name,
          .host = config.server_info.host,
          .lease_time = std::chrono::milliseconds(redundancy.lease_time),
          .renewal_interval = std::chrono::milliseconds(redundancy.renewal_interval),
          .stay_primary = stay_primary};
}

RoleKeeper::Preferences role_preferences(const Config& config) {
  return {.automatic_failover = config.redundancy.automatic_failover,
          .prefers_backup = config.redundancy.preferred_role == "backup"};
}

}  // namespace

// --- Start ----------------------------------------------------------------------------------------------------------

Result<std::unique_ptr<Supervisor>> Supervisor::start(Loop& loop, Settings settings, Started started) {
  std::unique_ptr<Supervisor> self(new Supervisor(loop, std::move(settings), std::move(started)));
  for (auto step : {&Supervisor::take_locks, &Supervisor::open_log, &Supervisor::open_role, &Supervisor::open_threads,
                    &Supervisor::open_control}) {
    if (auto done = (self.get()->*step)(); !done) return fail(done.error());
  }
  auto on_signal = [&](int number, std::function<void()> action) {
    self->signals_.push_back(std::make_unique<Signal>(loop, number, std::move(action)));
  };
  Supervisor* that = self.get();
  on_signal(SIGTERM, [that] { that->stop("signal TERM"); });
  on_signal(SIGINT, [that] { that->stop("signal INT"); });
  on_signal(SIGHUP, [that] { (void)that->reload(); });
  on_signal(SIGUSR1, [that] { that->reopen_logs(); });
  self->make_proxy();
  self->begin();
  return self;
}

Supervisor::Supervisor(Loop& loop, Settings settings, Started started)
    : loop_(loop),
      config_path_(std::move(settings.config_path)),
      config_(std::move(settings.config.config)),
      latest_(config_),
      warnings_(std::move(settings.config.warnings)),
      foreground_(settings.foreground),
      started_(std::move(started)),
      started_ms_(loop.now_ms()),
      stay_primary_(settings.stay_primary),
      watchdog_(loop),
      sweep_timer_(loop, [this] { sweep(); }),
      hurry_timer_(loop, [this] { child_->kill_now(); }) {}

Supervisor::~Supervisor() = default;

Result<> Supervisor::take_locks() {
  auto control = lock_place("control.socket", config_.control.socket, LockFile::Mode::exclusive,
                            "each outpostd needs a socket of its own");
  if (!control) return fail(std::move(control.error()));
  locks_.push_back(std::move(*control));
  // Two supervisors of one host over one file would be fenced by the lease; the lock says so before anything happens.
  if (auto file = sqlite_file(config_.store.url)) {
    auto mode = config_.redundancy.enabled ? LockFile::Mode::shared : LockFile::Mode::exclusive;
    auto store = lock_place("store.url", *file, mode, "two may share it when both have redundancy.enabled");
    if (!store) return fail(std::move(store.error()));
    locks_.push_back(std::move(*store));
  }
  return {};
}

Result<> Supervisor::open_log() {
  Log::Options options = log_options(config_, "");
  options.echo_to_stderr = foreground_;
  auto log = Log::open(std::move(options));
  if (!log) return fail(log.error().code, "log.directory: {}", log.error().text);
  log_ = std::move(*log);
  log_->write(lm::kStarted, "outpostd {} starts, pid {}, configuration {}", kVersion, getpid(), config_path_);
  for (const auto& warning : warnings_) log_->write(lm::kConfigWarning, "{}", warning);
  return {};
}

Result<> Supervisor::open_role() {
  auto limit = std::min(kLeaseTimeMax, std::chrono::milliseconds(config_.redundancy.lease_time) / 4);
  const std::string& url = config_.store.url;
  auto leases = open_telling(*log_, url, kFirstWithLease, [&] { return open_lease_store(url, limit); });
  if (!leases) return fail(leases.error());
  store_is_old_ = config_.redundancy.enabled && stored_schema(url).value_or(0) < schema_version();
  auto seen = (*leases)->look();
  if (!seen) return fail(seen.error());
  // The keeper's thread uses this one first, and opens another when it has to.
  auto first = std::make_shared<std::unique_ptr<LeaseStore>>(std::move(*leases));
  RoleDuties& duties = *this;
  keeper_ = std::make_unique<RoleKeeper>(
      loop_, *log_, duties, role_settings(config_, stay_primary_), role_preferences(config_),
      [first, url = config_.store.url, limit]() -> Result<std::unique_ptr<LeaseStore>> {
        if (*first) return std::move(*first);
        return open_lease_store(url, limit);
      });
  if (config_.redundancy.enabled) return refuse_namesake(**first, std::move(*seen));
  return take_lease(**first, seen->lease);
}

// Blocks for as long as it takes to tell, a few seconds at most; nothing else goes on yet.
Result<> Supervisor::refuse_namesake(LeaseStore& leases, LeaseView view) {
  NamesakeWatch watch(config_.redundancy.name);
  bool said = false;
  for (;;) {
    auto verdict = watch.saw(view, steady_ms());
    if (verdict == NamesakeWatch::Verdict::gone) return {};
    const Member& other = watch.namesake();
    if (verdict == NamesakeWatch::Verdict::alive) {
      return fail(Errc::exists,
                  "another outpostd over the store {} is called {} as well, on {}, pid {}: give each its own "
                  "redundancy.name",
                  shown_url(config_.store.url), other.name, other.host, other.pid);
    }
    if (!std::exchange(said, true)) {
      log_->write(lm::kNamesake,
                  "an outpostd called {} was heard of {} ms ago, on {}, pid {}: waiting whether it lives", other.name,
                  view.now - other.seen_at, other.host, other.pid);
    }
    std::this_thread::sleep_for(kNamesakeLook);
    auto again = leases.look();
    if (!again) return fail(again.error());
    view = std::move(*again);
  }
}

// Without redundancy nobody else can be primary: the lease is taken from whoever has it (design.md section 6).
Result<> Supervisor::take_lease(LeaseStore& leases, const Lease& seen) {
  Lease last = seen;
  for (int attempt = 0; attempt < kTakeAttempts; ++attempt) {
    auto epoch = leases.take(last, keeper_->self(), std::chrono::milliseconds(config_.redundancy.lease_time));
    if (!epoch) return fail(epoch.error());
    if (*epoch) {
      epoch_at_start_ = **epoch;
      return {};
    }
    auto again = leases.look();
    if (!again) return fail(again.error());
    last = again->lease;
  }
  return fail(Errc::fenced, "another supervisor writes to the store {}: switch on redundancy.enabled on both",
              shown_url(config_.store.url));
}

Result<> Supervisor::open_threads() {
  std::unique_ptr<RecordStore> store;
  if (!config_.redundancy.enabled) {
    const std::string& url = config_.store.url;
    auto opened = open_telling(*log_, url, schema_version(), [&] { return open_store(url, OpenMode::writer); });
    if (!opened) return fail(opened.error());
    store = std::move(*opened);
  }
  static const SystemClock clock;
  EngineSettings settings;
  settings.application_name = config_.application.name;
  settings.application_dbid = config_.application.dbid;
  settings.tenant = config_.application.tenant;
  settings.record_uri_base = [base = record_uri_base_] { return *base; };
  settings.idempotency_retention = std::chrono::hours(config_.application.idempotency_retention);
  settings.log = [log = log_.get()](LogMessage message, std::string text) {
    log->write_line(message, std::move(text));
  };
  settings.session_timeout = std::chrono::seconds(config_.application.session_timeout);
  settings.missed_callback_timeout = std::chrono::seconds(config_.application.missed_callback_timeout);
  settings.unknown_fields = unknown_fields_of(config_.application.unknown_fields);
  store_info_.url = shown_url(config_.store.url);
  engine_ = std::make_unique<Engine>(std::move(settings), clock);
  writer_ = std::make_unique<StoreThread>(loop_, std::move(store), StoreThread::Limits{kWriterQueueMax, kBatchMax},
                                          [engine = engine_.get()] { engine->forget_cache(); });
  reader_ = std::make_unique<ReaderThread>(
      loop_, [url = config_.store.url] { return open_store(url, OpenMode::reader); }, kReaderQueueMax);
  return {};
}

Result<> Supervisor::open_control() {
  auto control = ControlServer::open(loop_, *log_, config_.control.socket, *this);
  if (!control) return fail(control.error().code, "control.socket: {}", control.error().text);
  control_ = std::move(*control);
  return {};
}

void Supervisor::make_proxy() {
  RequestSink& sink = *this;
  link_ = std::make_unique<ProxyLink>(loop_, *log_, sink, [this] { proxy_bound(); });
  link_->set_config(config_);
  child_ = std::make_unique<Child>(
      loop_, *log_, http_proxy_kind(), fmt::format("{}/{}", program_folder(), http_proxy_kind().program),
      child_settings(config_, false), *link_, [this](const std::string& problem) { child_settled(problem); });
  link_->set_child(*child_);
}

void Supervisor::begin() {
  role_command_ = std::make_unique<RoleCommand>(loop_, *log_, config_.redundancy.role_command,
                                                std::chrono::seconds(config_.redundancy.role_command_timeout));
  if (!config_.redundancy.enabled) return keeper_->start_as_primary(epoch_at_start_);
  keeper_->start_as_backup();
}

// --- Role -----------------------------------------------------------------------------------------------------------

std::string Supervisor::obstacle() {
  auto loaded = load_config(config_path_);
  return loaded ? "" : fmt::format("its configuration is not valid: {}", loaded.error().front());
}

void Supervisor::start_serving(std::int64_t epoch, std::function<void(const Result<>&)> done) {
  // A supervisor that has just read its configuration to start need not do so again.
  if (config_.redundancy.enabled) {
    auto loaded = load_config(config_path_);
    if (!loaded)
      return loop_.at_end_of_turn([done, text = loaded.error().front()] { done(fail(Errc::invalid, "{}", text)); });
    use(std::move(*loaded));
  }
  auto tokens = std::make_shared<std::vector<Token>>();
  auto info = std::make_shared<StoreInfo>();
  bool taken = writer_->submit_alone(
      [tokens, info, epoch, url = config_.store.url, engine = engine_.get(), old = store_is_old_, log = log_.get(),
       tell = tuning(*engine_, config_.application)](std::unique_ptr<RecordStore>& store) -> Result<> {
        if (!store) {
          auto open = [&] { return open_store(url, OpenMode::writer); };
          // To look takes a connection, which a takeover has no time for.
          auto opened = old ? open_telling(*log, url, schema_version(), open) : open();
          if (!opened) return fail(std::move(opened.error()));
          store = std::move(*opened);
        }
        tell();  // a reload reached no engine while this supervisor was backup
        engine->forget_cache();
        store->hold(epoch);
        auto all = store->tokens();
        if (!all) return fail(std::move(all.error()));
        *tokens = std::move(*all);
        *info = store->info();
        return {};
      },
      [this, tokens, info, epoch, done](const Result<>& opened) {
        if (!opened) return close_writer([done, opened] { done(opened); });
        store_info_ = *info;
        store_is_old_ = false;
        log_->write(lm::kStoreOpened, "store {} open: {}, schema {}, epoch {}", store_info_.url, store_info_.engine,
                    store_info_.schema_version, epoch);
        link_->set_tokens(std::move(*tokens));
        done({});
        start_proxy();
      });
  CHECK(taken, "the store's thread runs until the role is given back");
}

void Supervisor::start_proxy() {
  if (keeper_->role() != Role::primary) return;
  sweep_timer_.start_repeating(kSweepInterval);
  hurry_timer_.stop();
  primary_since_ms_ = loop_.now_ms();
  if (http_proxy_kind().wanted(config_)) {
    waits_for_ports_ = config_.redundancy.enabled || must_serve();
    child_->set(child_settings(config_, waits_for_ports_));
    child_->start();
  } else {
    log_->write(lm::kChildNotWanted, "no listener is configured: no {} is started", http_proxy_kind().name);
    serve_without_proxy();
  }
}

// There is nothing that a start, or the taking of the role, would have to wait for.
void Supervisor::serve_without_proxy() {
  waits_for_ports_ = false;
  keeper_->note_serving();
  report_started("");
}

bool Supervisor::serves() { return keeper_->role() == Role::primary && sweep_timer_.active(); }

void Supervisor::stop_serving(Haste haste, std::function<void()> done) {
  sweep_timer_.stop();
  auto drain_time = config_.stop_timeout();
  if (haste == Haste::hurried) {
    protocol::Answer answer;
    answer.event = protocol::error_event(
        protocol::ErrorNumber::not_primary,
        "This server is no longer the primary, and whether the request was done is not known; send it again, AddRecord "
        "under the same Idempotency-Key.");
    link_->answer_waiting(answer);
    writer_->abandon();
    drain_time = std::chrono::milliseconds(config_.redundancy.lease_time) / 6;
    if (child_->state() != Child::State::stopped && !hurry_timer_.active()) hurry_timer_.start(drain_time);
  }
  if (!done) return;  // it only has to go faster
  child_->stop(drain_time, [this, haste, done = std::move(done)] {
    // At the end of the turn: this may have been called from what the store thread finished.
    loop_.at_end_of_turn([this, haste, done] {
      hurry_timer_.stop();
      if (haste == Haste::planned) return close_writer(done);
      // What the store still does may take long, and cannot be acknowledged any more.
      close_writer([] {});
      done();
    });
  });
}

void Supervisor::close_writer(std::function<void()> done) {
  // Without redundancy nothing follows but the end, and that closes it.
  bool taken = writer_->submit_alone(
      [](std::unique_ptr<RecordStore>& store) -> Result<> {
        store.reset();
        return {};
      },
      [done](const Result<>&) { done(); });
  CHECK(taken, "the store's thread runs until the role is given back");
}

void Supervisor::renew_lease(std::chrono::milliseconds lease_time, std::function<void(const Result<>&)> done) {
  bool taken = writer_->submit_urgent(
      {.apply = [lease_time](RecordStore& store) { return store.renew_lease(lease_time); }, .done = std::move(done)});
  CHECK(taken, "the store's thread runs until the role is given back");
}

void Supervisor::role_changed(Role now, Role before) {
  notify_service_manager(fmt::format("STATUS=role {}", to_string(now)));
  role_command_->run(now, before, keeper_->epoch(), config_.redundancy.name);
  if (now == Role::backup) report_started("");
}

void Supervisor::child_settled(const std::string& problem) {
  if (!problem.empty()) return proxy_failed(problem);
  if (std::exchange(waits_for_ports_, false)) child_->set(child_settings(config_, false));
  keeper_->note_serving();
  std::string where;
  for (const auto& listener : link_->bound()) {
    where += fmt::format("{} {}:{}", where.empty() ? "" : ",", listener.address, listener.port);
  }
  notify_service_manager(fmt::format("STATUS={} running, pid {},{}", http_proxy_kind().name, child_->pid(), where));
  report_started("");
}

void Supervisor::proxy_failed(const std::string& problem) {
  if (waits_for_ports_ && config_.redundancy.enabled) keeper_->ports_taken();
  if (ports_lacked_since_ms_ == 0) ports_lacked_since_ms_ = loop_.now_ms();
  if (waits_for_ports_ && !ports_may_come()) {
    waits_for_ports_ = false;
    child_->set(child_settings(config_, false));
  }
  if (!waits_for_ports_) keeper_->note_not_serving(problem);
  notify_service_manager(fmt::format("STATUS={} not running: {}", http_proxy_kind().name, problem));
  if (must_serve()) {
    if (!waits_for_ports_) fail_start(fmt::format("{} does not run: {}", http_proxy_kind().name, problem));
    return;
  }
  report_started(fmt::format("{} is not running yet: {}; it is tried again every {} s", http_proxy_kind().name, problem,
                             config_.server_info.reconnect_timeout));
}

bool Supervisor::must_serve() const {
  return started_ && config_.application.start_requires_http && !config_.redundancy.enabled;
}

bool Supervisor::ports_may_come() const {
  if (config_.redundancy.enabled) return loop_.now_ms() - primary_since_ms_ <= config_.redundancy.lease_time;
  return link_->lacks_ports() && loop_.now_ms() - ports_lacked_since_ms_ < kPortWaitMs;
}

void Supervisor::report_started(const std::string& remark) {
  auto report = std::exchange(started_, nullptr);
  if (!report) return;
  notify_service_manager("READY=1");
  report(remark);
}

void Supervisor::fail_start(const std::string& reason) {
  notify_service_manager(fmt::format("STATUS=the start has failed: {}", reason));
  auto report = std::exchange(started_, nullptr);
  report(fail(Errc::unavailable, "{}; with application.start-requires-http off it is tried again and again", reason));
  // Not at once: a child is telling this.
  loop_.at_end_of_turn([this] {
    if (!stopping_) stop("the start has failed");
  });
}

void Supervisor::proxy_bound() {
  const auto& bound = link_->bound();
  std::string base = bound.empty() ? ""
                                   : fmt::format("{}://{}:{}", bound[0].secure ? "https" : "http",
                                                 config_.advertised_host(), bound[0].port);
  // Through the queue, so that it holds for every request of this proxy and none of the one before.
  bool taken = writer_->submit({
      .apply =
          [engine = engine_.get(), current = record_uri_base_, base, encoding = link_->encoding()](RecordStore&) {
            *current = base;
            return engine->set_encoding(encoding);
          },
      .done =
          [this](const Result<>& outcome) {
            if (!outcome) log_->write(lm::kEncodingUnknown, "strings are not converted: {}", outcome.error().text);
          },
  });
  if (!taken) log_->write(lm::kQueueFull, "the queue to the store is full: GSW_RECORD_URI may name an old port");
}

// --- Requests -------------------------------------------------------------------------------------------------------

bool Supervisor::submit(protocol::Request request, Answered answered) {
  struct Item {
    protocol::Request request;
    protocol::Answer answer;
    Answered answered;
  };
  auto item = std::make_shared<Item>(Item{std::move(request), {}, std::move(answered)});
  return writer_->submit({
      .apply = [item, engine = engine_.get()](RecordStore& store) -> Result<> {
        auto answer = engine->handle(store, item->request);
        if (!answer) return fail(answer.error());
        item->answer = std::move(*answer);
        return {};
      },
      .done =
          [this, item](const Result<>& outcome) {
            note_store(outcome);
            if (!outcome) item->answer = failure_answer(outcome.error(), item->request);
            item->answered(std::move(item->answer));
          },
  });
}

protocol::Answer Supervisor::failure_answer(const Error& error, const protocol::Request& request) {
  using protocol::ErrorNumber;
  auto event = [&]() -> protocol::Event {
    switch (error.code) {
      case Errc::fenced:
      case Errc::closed:
        lose_role(error);
        return protocol::error_event(ErrorNumber::not_primary,
                                     "This server is no longer the primary; nothing was changed, try again.");
      case Errc::unavailable:
        return protocol::error_event(ErrorNumber::store_unavailable,
                                     "The record store cannot be reached; nothing was changed, try again later. The "
                                     "server's log has the reason.");
      case Errc::io:
        return protocol::error_event(ErrorNumber::timeout,
                                     "The record store did not say whether the request was done; send it again, "
                                     "AddRecord under the same Idempotency-Key.");
      default:
        return protocol::error_event(
            ErrorNumber::database_error,
            "The record store failed and nothing was changed; try again later, the server's log has the reason.");
    }
  };
  protocol::Answer answer{event(), {}};
  if (const auto* reference = request.event.find("GSW_REFERENCE_ID")) answer.event.add("GSW_REFERENCE_ID", *reference);
  return answer;
}

// One line when the store begins to fail and one when it works again, however many requests there are.
void Supervisor::note_store(const Result<>& outcome) {
  if (outcome) {
    if (store_failed_ms_ == 0) return;
    log_->write(lm::kStoreWorks, "the store works again, after {} ms; {} more requests had failed",
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
  log_->write(lm::kStoreFailed, "the store failed: {}", outcome.error().text);
}

void Supervisor::lose_role(const Error& error) {
  if (error.code != Errc::fenced) return;
  if (config_.redundancy.enabled) return keeper_->fenced(error);
  if (stopping_) return;
  log_->write(lm::kFenced, "{}", error.text);
  stop("another supervisor took the role of writer");
}

void Supervisor::sweep() {
  if (sweeping_) return;
  auto more = std::make_shared<bool>(false);
  sweeping_ = writer_->submit({
      .apply = [more, engine = engine_.get()](RecordStore& store) -> Result<> {
        auto swept = engine->sweep(store);
        if (!swept) return fail(swept.error());
        *more = *swept;
        return {};
      },
      .done =
          [this, more](const Result<>& outcome) {
            sweeping_ = false;
            note_store(outcome);
            if (!outcome) return lose_role(outcome.error());
            if (*more && keeper_->role() == Role::primary) sweep();
          },
  });
}

// --- Reload and stop ------------------------------------------------------------------------------------------------

Result<std::vector<std::string>> Supervisor::reload() {
  // Who waits for the start is not told of a reload, and READY=1 would be too early.
  bool told = !started_ && !stopping_;
  if (told) notify_reloading();
  auto changes = read_config();
  if (!told) return changes;
  link_->when_in_force([this] {
    if (!stopping_) notify_service_manager("READY=1");
  });
  return changes;
}

Result<std::vector<std::string>> Supervisor::read_config() {
  auto loaded = load_config(config_path_);
  // At a start there is nothing better than an expired certificate; here there is.
  if (loaded) {
    auto untimely = untimely_certificates(config_, loaded->config, SystemClock().now());
    if (!untimely.empty()) loaded = tl::unexpected(std::move(untimely));
  }
  if (!loaded) {
    std::string errors = fmt::format("{}", fmt::join(loaded.error(), "\n"));
    log_->write(lm::kReloadFailed, "the configuration is not reloaded, the old one stays: {}", errors);
    return fail(Errc::invalid, "the configuration is not reloaded, the old one stays:\n{}", errors);
  }
  std::vector<std::string> changes = config_changes(latest_, loaded->config, config_);
  if (changes.empty()) log_->write(lm::kReloaded, "reload: nothing has changed");
  use(std::move(*loaded));
  return changes;
}

void Supervisor::use(LoadedConfig loaded) {
  warnings_ = std::move(loaded.warnings);
  for (const auto& warning : warnings_) log_->write(lm::kConfigWarning, "{}", warning);
  for (const auto& change : config_changes(latest_, loaded.config, config_))
    log_->write(lm::kReloaded, "reload: {}", change);
  latest_ = std::move(loaded.config);
  config_ = config_in_force(config_, latest_);
  apply_config();
}

void Supervisor::apply_config() {
  log_->reconfigure(parse_log_level(config_.log.level).value_or(LogLevel::interaction), config_.log.segment_size,
                    config_.log.segment_hours, config_.log.keep_files);
  child_->set(child_settings(config_, waits_for_ports_));
  keeper_->set(role_preferences(config_));
  role_command_->configure(config_.redundancy.role_command,
                           std::chrono::seconds(config_.redundancy.role_command_timeout));
  link_->set_config(config_);
  bool taken = writer_->submit({
      .apply = [tell = tuning(*engine_, config_.application)](RecordStore&) -> Result<> {
        tell();
        return {};
      },
      .done = [](const Result<>&) {},
  });
  if (!taken) log_->write(lm::kQueueFull, "the queue to the store is full: what the engine goes by stays as it was");
  if (!serves()) return;
  bool wanted = http_proxy_kind().wanted(config_);
  if (wanted && child_->state() == Child::State::stopped) child_->start();
  if (!wanted && child_->state() != Child::State::stopped) {
    log_->write(lm::kChildNotWanted, "no listener is configured any more: the {} ends", http_proxy_kind().name);
    child_->stop(config_.stop_timeout(), [this] {
      notify_service_manager(fmt::format("STATUS={} stopped", http_proxy_kind().name));
      if (!serves()) return;
      // A listener may have come back while the old proxy was leaving.
      if (http_proxy_kind().wanted(config_)) return child_->start();
      serve_without_proxy();
    });
  }
}

void Supervisor::reopen_logs() {
  log_->reopen();
  link_->reopen_logs();
}

void Supervisor::stop(const std::string& why) {
  if (std::exchange(stopping_, true)) {
    child_->kill_now();
    writer_->abandon();
    if (drained_) finish();
    return;
  }
  log_->write(lm::kStopping, "stopping: {}", why);
  notify_service_manager("STOPPING=1");
  if (auto report = std::exchange(started_, nullptr)) {
    report(fail(Errc::closed, "stopped before it served: {}", why));
  }
  keeper_->stop([this] { loop_.at_end_of_turn([this] { drained(); }); });
}

void Supervisor::drained() {
  // The program that is told of this role may have an address to take away.
  drained_ = true;
  role_command_->when_idle([this] { loop_.at_end_of_turn([this] { finish(); }); });
}

void Supervisor::finish() {
  if (!std::exchange(drained_, false)) return;  // an impatient second stop was here
  // Nothing new can come: the proxy is gone, and what it had asked for is committed before the store thread ends.
  writer_->stop();
  reader_->stop();
  keeper_->end();
  log_->write(lm::kStopped, "stopped after {} requests", link_->counters().requests);
  loop_.stop();
}

}  // namespace outpost::supervisor
