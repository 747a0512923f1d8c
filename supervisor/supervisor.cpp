#include "supervisor/supervisor.h"

#include <unistd.h>

#include <fmt/ranges.h>

#include <csignal>
#include <filesystem>

#include "common/version.h"
#include "supervisor/child_kinds.h"
#include "supervisor/log_messages.h"
#include "supervisor/store/lease_store.h"
#include "supervisor/store_commands.h"

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
  std::filesystem::create_directories(std::filesystem::path(path).parent_path(), error);
  if (error) return fail(Errc::io, "cannot create the folder of {}: {}", path, error.message());
  return {};
}

Child::Settings child_settings(const Config& config) {
  Child::Settings settings;
  settings.restart_delay = config.reconnect_timeout();
  settings.silence_max = config.channel_timeout();
  settings.start_max = std::max<std::chrono::milliseconds>(settings.start_max, 2 * settings.silence_max);
  return settings;
}

}  // namespace

// --- Start ----------------------------------------------------------------------------------------------------------

Result<std::unique_ptr<Supervisor>> Supervisor::start(Loop& loop, Settings settings,
                                                      std::function<void(const std::string&)> started) {
  std::unique_ptr<Supervisor> self(new Supervisor(loop, std::move(settings), std::move(started)));
  for (auto step :
       {&Supervisor::take_locks, &Supervisor::open_log, &Supervisor::open_store_threads, &Supervisor::open_control}) {
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
  self->become_primary();
  return self;
}

Supervisor::Supervisor(Loop& loop, Settings settings, std::function<void(const std::string&)> started)
    : loop_(loop),
      config_path_(std::move(settings.config_path)),
      config_(std::move(settings.config.config)),
      warnings_(std::move(settings.config.warnings)),
      foreground_(settings.foreground),
      started_(std::move(started)),
      started_ms_(loop.now_ms()),
      sweep_timer_(loop, [this] { sweep(); }) {}

Supervisor::~Supervisor() = default;

Result<> Supervisor::take_locks() {
  std::vector<std::pair<std::string, std::string>> locks{{"control socket", config_.control.socket}};
  // Two supervisors of one host over one file would be fenced by the lease; the lock says so before anything happens.
  if (auto file = sqlite_file(config_.store.url)) locks.emplace_back("store", *file);
  for (const auto& [what, path] : locks) {
    if (auto made = make_folder_of(path); !made) return made;
    auto lock = LockFile::acquire(path + ".lock");
    if (!lock) {
      return fail(lock.error().code, "another outpostd uses the {} {}: {}", what, path, lock.error().text);
    }
    locks_.push_back(std::move(*lock));
  }
  return {};
}

Result<> Supervisor::open_log() {
  Log::Options options = log_options(config_, "");
  options.echo_to_stderr = foreground_;
  auto log = Log::open(std::move(options));
  if (!log) return fail(log.error());
  log_ = std::move(*log);
  log_->write(lm::kStarted, "outpostd {} starts, pid {}, configuration {}", kVersion, getpid(), config_path_);
  for (const auto& warning : warnings_) log_->write(lm::kConfigWarning, "{}", warning);
  return {};
}

Result<> Supervisor::open_store_threads() {
  auto store = open_store(config_.store.url, OpenMode::writer);
  if (!store) return fail(store.error());
  auto leases = open_lease_store(config_.store.url, std::chrono::seconds(2));
  if (!leases) return fail(leases.error());
  auto seen = (*leases)->look();
  if (!seen) return fail(seen.error());
  Member self;
  self.name = config_.server_info.host;
  self.pid = getpid();
  auto epoch = (*leases)->take(seen->lease, self, std::chrono::seconds(3));
  if (!epoch) return fail(epoch.error());
  if (!*epoch) return fail(Errc::fenced, "another supervisor takes the role of writer at this moment");
  (*store)->hold(**epoch);
  store_info_ = (*store)->info();
  log_->write(lm::kStoreOpened, "store {} open: {}, schema {}, epoch {}", store_info_.url, store_info_.engine,
              store_info_.schema_version, **epoch);
  auto tokens = (*store)->tokens();
  if (!tokens) return fail(tokens.error());
  tokens_at_start_ = std::move(*tokens);
  auto reading = open_store(config_.store.url, OpenMode::reader);
  if (!reading) return fail(reading.error());

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
  engine_ = std::make_unique<Engine>(std::move(settings), clock);
  writer_ = std::make_unique<StoreThread>(loop_, std::move(*store), StoreThread::Limits{kWriterQueueMax, kBatchMax},
                                          [engine = engine_.get()] { engine->forget_cache(); });
  reader_ = std::make_unique<ReaderThread>(loop_, std::move(*reading), kReaderQueueMax);
  return {};
}

Result<> Supervisor::open_control() {
  auto control = ControlServer::open(loop_, *log_, config_.control.socket, *this);
  if (!control) return fail(control.error());
  control_ = std::move(*control);
  return {};
}

void Supervisor::become_primary() {
  // Without redundancy configured nobody else can be primary (design.md section 6).
  role_ = Role::primary;
  log_->write(lm::kRole, "role: {}, epoch {}", to_string(role_), store_info_.epoch);
  RequestSink& sink = *this;
  link_ = std::make_unique<ProxyLink>(loop_, *log_, sink, [this] { proxy_bound(); });
  link_->set_config(config_);
  link_->set_tokens(std::move(tokens_at_start_));
  child_ = std::make_unique<Child>(
      loop_, *log_, http_proxy_kind(), fmt::format("{}/{}", program_folder(), http_proxy_kind().program),
      child_settings(config_), *link_, [this](const std::string& problem) { child_settled(problem); });
  link_->set_child(*child_);
  sweep_timer_.start_repeating(kSweepInterval);
  if (http_proxy_kind().wanted(config_)) {
    child_->start();
  } else {
    log_->write(lm::kChildNotWanted, "no listener is configured: no {} is started", http_proxy_kind().name);
    report_started("");
  }
}

void Supervisor::child_settled(const std::string& problem) {
  if (!problem.empty()) {
    notify_service_manager(fmt::format("STATUS={} not running: {}", http_proxy_kind().name, problem));
    report_started(fmt::format("{} is not running yet: {}; it is tried again every {} s", http_proxy_kind().name,
                               problem, config_.server_info.reconnect_timeout));
    return;
  }
  std::string where;
  for (const auto& listener : link_->bound()) {
    where += fmt::format("{} {}:{}", where.empty() ? "" : ",", listener.address, listener.port);
  }
  notify_service_manager(fmt::format("STATUS={} running, pid {},{}", http_proxy_kind().name, child_->pid(), where));
  report_started("");
}

void Supervisor::report_started(const std::string& remark) {
  auto report = std::exchange(started_, nullptr);
  if (!report) return;
  notify_service_manager("READY=1");
  report(remark);
}

void Supervisor::proxy_bound() {
  const auto& bound = link_->bound();
  std::string base = bound.empty() ? ""
                                   : fmt::format("{}://{}:{}", bound[0].secure ? "https" : "http",
                                                 config_.server_info.advertised_host, bound[0].port);
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
            if (!outcome) item->answer = failure_answer(outcome.error(), item->request);
            item->answered(std::move(item->answer));
          },
  });
}

protocol::Answer Supervisor::failure_answer(const Error& error, const protocol::Request& request) {
  protocol::Answer answer;
  if (error.code == Errc::fenced) {
    answer.event = protocol::error_event(protocol::ErrorNumber::not_primary,
                                         "This server is no longer the primary; nothing was changed, try again.");
    lose_role(error);
  } else {
    log_->write(lm::kStoreFailed, "a request failed in the store: {}", error.text);
    answer.event = protocol::error_event(
        protocol::ErrorNumber::database_error,
        "The record store failed and nothing was changed; try again later, the server's log has the reason.");
  }
  if (const auto* reference = request.event.find("GSW_REFERENCE_ID")) answer.event.add("GSW_REFERENCE_ID", *reference);
  return answer;
}

void Supervisor::lose_role(const Error& error) {
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
            if (!outcome && outcome.error().code == Errc::fenced) return lose_role(outcome.error());
            if (!outcome && !std::exchange(sweep_failed_, true)) {
              log_->write(lm::kStoreFailed, "records that are due cannot be given back: {}", outcome.error().text);
            }
            if (!outcome) return;
            sweep_failed_ = false;
            if (*more && role_ == Role::primary) sweep();
          },
  });
}

// --- Reload and stop ------------------------------------------------------------------------------------------------

Result<std::vector<std::string>> Supervisor::reload() {
  auto loaded = load_config(config_path_);
  if (!loaded) {
    std::string errors = fmt::format("{}", fmt::join(loaded.error(), "\n"));
    log_->write(lm::kReloadFailed, "the configuration is not reloaded, the old one stays: {}", errors);
    return fail(Errc::invalid, "the configuration is not reloaded, the old one stays:\n{}", errors);
  }
  std::vector<std::string> changes = config_changes(config_, loaded->config);
  for (const auto& warning : loaded->warnings) log_->write(lm::kConfigWarning, "{}", warning);
  for (const auto& change : changes) log_->write(lm::kReloaded, "reload: {}", change);
  if (changes.empty()) log_->write(lm::kReloaded, "reload: nothing has changed");
  config_ = std::move(loaded->config);
  apply_config();
  return changes;
}

void Supervisor::apply_config() {
  log_->reconfigure(parse_log_level(config_.log.level).value_or(LogLevel::interaction), config_.log.segment_size,
                    config_.log.segment_hours, config_.log.keep_files);
  child_->set(child_settings(config_));
  link_->set_config(config_);
  bool taken = writer_->submit({
      .apply = [engine = engine_.get(), session = std::chrono::seconds(config_.application.session_timeout),
                missed = std::chrono::seconds(config_.application.missed_callback_timeout)](RecordStore&) -> Result<> {
        engine->set_timeouts(session, missed);
        return {};
      },
      .done = [](const Result<>&) {},
  });
  if (!taken) log_->write(lm::kQueueFull, "the queue to the store is full: the time-outs stay as they were");
  if (role_ != Role::primary) return;
  bool wanted = http_proxy_kind().wanted(config_);
  if (wanted && child_->state() == Child::State::stopped) child_->start();
  if (!wanted && child_->state() != Child::State::stopped) {
    log_->write(lm::kChildNotWanted, "no listener is configured any more: the {} ends", http_proxy_kind().name);
    child_->stop(config_.stop_timeout(), [this] {
      notify_service_manager(fmt::format("STATUS={} stopped", http_proxy_kind().name));
      // A listener may have come back while the old proxy was leaving.
      if (role_ == Role::primary && http_proxy_kind().wanted(config_)) child_->start();
    });
  }
}

void Supervisor::reopen_logs() {
  log_->reopen();
  link_->reopen_logs();
}

void Supervisor::stop(const std::string& why) {
  if (role_ == Role::draining) {
    child_->kill_now();
    return;
  }
  role_ = Role::draining;
  sweep_timer_.stop();
  log_->write(lm::kStopping, "stopping: {}", why);
  notify_service_manager("STOPPING=1");
  // At the end of the turn: stop() may have been called from what the store thread finished.
  child_->stop(config_.stop_timeout(), [this] { loop_.at_end_of_turn([this] { drained(); }); });
}

void Supervisor::drained() {
  // Nothing new can come: the proxy is gone, and what it had asked for is committed before the store thread ends.
  writer_->stop();
  reader_->stop();
  log_->write(lm::kStopped, "stopped after {} requests", link_->counters().requests);
  loop_.stop();
}

}  // namespace outpost::supervisor
