#include "supervisor/supervisor.h"

#include <unistd.h>

#include <fmt/core.h>

#include <csignal>

#include "common/clock.h"
#include "common/json.h"
#include "common/text.h"
#include "common/version.h"
#include "supervisor/children/kinds.h"
#include "supervisor/config/tls_files.h"
#include "supervisor/control/status.h"
#include "supervisor/locks.h"
#include "supervisor/log_messages.h"
#include "supervisor/role/opening.h"
#include "supervisor/store/lease_store.h"
#include "supervisor/store/sql/schema.h"
#include "supervisor/store/store_update.h"

namespace outpost::supervisor {

namespace lm = log_messages;

namespace {

// A look at the lease that takes longer is given up: a takeover must not wait for it.
constexpr std::chrono::milliseconds kLookTimeMax{1'000};
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
          .prefers_backup = config.redundancy.preferred_role == PreferredRole::backup};
}

}  // namespace

// --- Start ----------------------------------------------------------------------------------------------------------

Result<std::unique_ptr<Supervisor>> Supervisor::start(Loop& loop, Settings settings, Started started) {
  std::unique_ptr<Supervisor> self(new Supervisor(loop, std::move(settings), std::move(started)));
  auto locks = take_locks(self->config_);
  if (!locks) return fail(locks.error());
  self->locks_ = std::move(*locks);
  for (auto step : {&Supervisor::open_log, &Supervisor::open_role, &Supervisor::open_service}) {
    if (auto done = (self.get()->*step)(); !done) return fail(done.error());
  }
  HttpProxy::Events& events = *self;
  self->proxy_ = std::make_unique<HttpProxy>(loop, *self->log_, *self->service_, self->config_, events);
  if (auto opened = self->open_control(); !opened) return fail(opened.error());
  auto on_signal = [&](int number, std::function<void()> action) {
    self->signals_.push_back(std::make_unique<Signal>(loop, number, std::move(action)));
  };
  Supervisor* that = self.get();
  on_signal(SIGTERM, [that] { that->stop("signal TERM"); });
  on_signal(SIGINT, [that] { that->stop("signal INT"); });
  on_signal(SIGHUP, [that] { (void)that->reload(); });
  on_signal(SIGUSR1, [that] { that->reopen_logs(); });
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
      watchdog_(loop) {}

Supervisor::~Supervisor() = default;

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
  auto limit = std::min(kLookTimeMax, std::chrono::milliseconds(config_.redundancy.lease_time) / 4);
  const std::string& url = config_.store.url;
  auto leases = open_telling(*log_, url, kFirstWithLease, [&] { return open_lease_store(url, limit); });
  if (!leases) return fail(leases.error());
  store_is_old_ = config_.redundancy.enabled && stored_schema(url).value_or(0) < schema_version();
  auto seen = (*leases)->look();
  if (!seen) return fail(seen.error());
  // The keeper's thread uses this one first, and opens another when it has to.
  auto first = std::make_shared<std::unique_ptr<LeaseStore>>(std::move(*leases));
  RoleDuties& duties = *this;
  static const SystemClock clock;
  keeper_ = std::make_unique<RoleKeeper>(
      loop_, *log_, clock, duties, std::make_unique<StoppedPrimaryOfHost>(*log_, config_.server_info.host),
      role_settings(config_, stay_primary_), role_preferences(config_),
      [first, url = config_.store.url, limit]() -> Result<std::unique_ptr<LeaseStore>> {
        if (*first) return std::move(*first);
        return open_lease_store(url, limit);
      });
  if (config_.redundancy.enabled) {
    return refuse_namesake(*log_, **first, std::move(*seen), config_.redundancy.name, url);
  }
  auto epoch = take_from_whoever(**first, seen->lease, keeper_->self(),
                                 std::chrono::milliseconds(config_.redundancy.lease_time), url);
  if (!epoch) return fail(epoch.error());
  epoch_at_start_ = *epoch;
  return {};
}

Result<> Supervisor::open_service() {
  std::unique_ptr<RecordStore> store;
  if (!config_.redundancy.enabled) {
    const std::string& url = config_.store.url;
    auto opened = open_telling(*log_, url, schema_version(), [&] { return open_store(url, OpenMode::writer); });
    if (!opened) return fail(opened.error());
    store = std::move(*opened);
  }
  service_ = std::make_unique<OutboundService>(loop_, *log_, config_, std::move(store),
                                               [this](const Error& error) { lose_role(error); });
  return {};
}

Result<> Supervisor::open_control() {
  ControlledSupervisor& supervisor = *this;
  table_ = std::make_unique<ControlTable>(ControlTable::Parts{*log_, supervisor, *keeper_, *service_, proxy_->link()});
  auto control = ControlServer::open(loop_, *log_, config_.control.socket, *table_);
  if (!control) return fail(control.error().code, "control.socket: {}", control.error().text);
  control_ = std::move(*control);
  return {};
}

void Supervisor::begin() {
  role_command_ = std::make_unique<RoleCommand>(loop_, *log_, config_.redundancy.role_command,
                                                std::chrono::seconds(config_.redundancy.role_command_timeout));
  if (!config_.redundancy.enabled) return keeper_->start_as_primary(epoch_at_start_);
  keeper_->start_as_backup();
}

// --- Role -----------------------------------------------------------------------------------------------------------

std::string Supervisor::obstacle() {
  next_.reset();
  auto loaded = load_config(config_path_);
  if (!loaded) return fmt::format("its configuration is not valid: {}", loaded.error().front());
  next_ = std::move(*loaded);
  return "";
}

void Supervisor::start_serving(std::int64_t epoch, std::function<void(const Result<>&)> done) {
  // A supervisor that has just read its configuration to start need not do so again.
  if (config_.redundancy.enabled) {
    std::string problem = next_ ? "" : obstacle();
    if (!problem.empty()) return loop_.at_end_of_turn([done, problem] { done(fail(Errc::invalid, "{}", problem)); });
    use(*std::exchange(next_, std::nullopt));
  }
  service_->open(epoch, config_, store_is_old_, [this, done](Result<OutboundService::Opened> opened) {
    if (!opened) return done(fail(opened.error()));
    store_is_old_ = false;
    proxy_->link().set_tokens(std::move(opened->tokens));
    done({});
    start_proxy();
  });
}

void Supervisor::start_proxy() {
  if (keeper_->role() != Role::primary) return;
  service_->start_sweeping();
  proxy_->start(config_, config_.redundancy.enabled || must_serve());
}

bool Supervisor::serves() { return keeper_->role() == Role::primary && service_->sweeps(); }

void Supervisor::stop_serving(Haste haste, std::function<void()> done) {
  service_->stop_sweeping();
  auto drain_time = config_.stop_timeout();
  if (haste == Haste::hurried) {
    protocol::Answer answer;
    answer.event = protocol::error_event(
        protocol::ErrorNumber::not_primary,
        "This server is no longer the primary, and whether the request was done is not known; send it again, AddRecord "
        "under the same Idempotency-Key.");
    proxy_->link().answer_waiting(answer);
    service_->abandon();
    drain_time = std::chrono::milliseconds(config_.redundancy.lease_time) / 6;
    proxy_->hurry(drain_time);
  }
  if (!done) return;  // it only has to go faster
  proxy_->stop(drain_time, [this, haste, done = std::move(done)] {
    if (haste == Haste::planned) return service_->close(done);
    // What the store still does may take long, and cannot be acknowledged any more.
    service_->close([] {});
    done();
  });
}

void Supervisor::renew_lease(std::chrono::milliseconds lease_time, std::function<void(const Result<>&)> done) {
  service_->renew_lease(lease_time, std::move(done));
}

void Supervisor::role_changed(Role now, Role before) {
  notify_service_manager(fmt::format("STATUS=role {}", to_string(now)));
  role_command_->run(now, before, keeper_->epoch(), config_.redundancy.name);
  if (now == Role::backup) report_started("");
}

void Supervisor::proxy_settled() {
  keeper_->note_serving();
  report_started("");
}

void Supervisor::ports_taken() { keeper_->ports_taken(); }

void Supervisor::proxy_failed(const std::string& problem, bool waits) {
  if (!waits) keeper_->note_not_serving(problem);
  std::string_view name = http_proxy_kind().name;
  if (must_serve()) {
    if (!waits) fail_start(fmt::format("{} does not run: {}", name, problem));
    return;
  }
  report_started(fmt::format("{} is not running yet: {}; it is tried again every {} s", name, problem,
                             config_.server_info.reconnect_timeout));
}

bool Supervisor::must_serve() const {
  return started_ && config_.application.start_requires_http && !config_.redundancy.enabled;
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
  const auto& bound = proxy_->link().bound();
  std::string base = bound.empty() ? ""
                                   : fmt::format("{}://{}:{}", bound[0].secure ? "https" : "http",
                                                 config_.advertised_host(), bound[0].port);
  service_->set_proxy(std::move(base), proxy_->link().encoding());
}

void Supervisor::lose_role(const Error& error) {
  if (error.code != Errc::fenced) return;
  if (config_.redundancy.enabled) return keeper_->fenced(error);
  if (stopping_) return;
  log_->write(lm::kFenced, "{}", error.text);
  stop("another supervisor took the role of writer");
}

// --- Status ---------------------------------------------------------------------------------------------------------

std::string Supervisor::status() const {
  constexpr std::uint64_t kMsPerSecond = 1000;
  JsonWriter out;
  out.begin_object();
  out.member("program", fmt::format("outpostd {}", kVersion)).member("pid", static_cast<std::int64_t>(getpid()));
  out.member("uptime_s", (loop_.now_ms() - started_ms_) / kMsPerSecond);
  keeper_->write_status(out);
  out.key("application").begin_object();
  out.member("name", config_.application.name).member("dbid", config_.application.dbid);
  out.member("authentication", word_of(config_.application.authentication)).end_object();
  service_->write_status(out, keeper_->role() == Role::primary);
  write_proxy_status(out, proxy_->child(), proxy_->link(), config_, loop_.now_ms());
  write_limits_status(out, config_);
  write_request_status(out, proxy_->link().counters(), service_->unknown_fields());
  out.key("waiting").begin_array();
  for (const auto& change : config_waiting(config_, latest_, proxy_->link().begun_with())) out.value(change);
  out.end_array();
  out.key("logs").begin_object().member("supervisor", log_->link_path());
  out.member("proxy", fmt::format("{}/outpost{}.log", config_.log.directory, http_proxy_kind().log_suffix));
  out.member("lines_lost", log_->lines_lost()).end_object();
  out.member("control", config_.control.socket);
  return out.end_object().take();
}

// --- Reload and stop ------------------------------------------------------------------------------------------------

Result<std::vector<std::string>> Supervisor::reload() {
  // Who waits for the start is not told of a reload, and READY=1 would be too early.
  bool told = !started_ && !stopping_;
  if (told) notify_reloading();
  auto changes = read_config();
  if (!told) return changes;
  proxy_->link().when_in_force([this] {
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
    std::string errors = join(loaded.error(), "\n");
    log_->write(lm::kReloadFailed, "the configuration is not reloaded, the old one stays: {}", errors);
    return fail(Errc::invalid, "the configuration is not reloaded, the old one stays:\n{}", errors);
  }
  std::vector<std::string> changes = config_changes(latest_, loaded->config, config_);
  if (changes.empty()) log_->write(lm::kReloaded, "reload: nothing has changed");
  use(std::move(*loaded));
  return changes;
}

void Supervisor::use(LoadedConfig loaded) {
  next_.reset();  // it is older
  warnings_ = std::move(loaded.warnings);
  for (const auto& warning : warnings_) log_->write(lm::kConfigWarning, "{}", warning);
  for (const auto& change : config_changes(latest_, loaded.config, config_))
    log_->write(lm::kReloaded, "reload: {}", change);
  latest_ = std::move(loaded.config);
  config_ = config_in_force(config_, latest_);
  apply_config();
}

void Supervisor::apply_config() {
  log_->reconfigure(config_.log.level, config_.log.segment_size, config_.log.segment_hours, config_.log.keep_files);
  keeper_->set(role_preferences(config_));
  role_command_->configure(config_.redundancy.role_command,
                           std::chrono::seconds(config_.redundancy.role_command_timeout));
  service_->use(config_);
  proxy_->use(config_, serves());
}

void Supervisor::reopen_logs() {
  log_->reopen();
  proxy_->link().reopen_logs();
}

void Supervisor::stop(const std::string& why) {
  if (std::exchange(stopping_, true)) {
    proxy_->kill_now();
    service_->abandon();
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
  service_->end();
  keeper_->end();
  log_->write(lm::kStopped, "stopped after {} requests", proxy_->link().counters().requests);
  loop_.stop();
}

}  // namespace outpost::supervisor
