#include "supervisor/supervisor.h"

#include <unistd.h>

#include <fmt/core.h>

#include <algorithm>
#include <csignal>

#include "common/clock.h"
#include "common/json.h"
#include "common/text.h"
#include "common/version.h"
#include "supervisor/children/http_proxy/link.h"
#include "supervisor/children/http_proxy/status.h"
#include "supervisor/children/log.h"
#include "supervisor/config/tls_files.h"
#include "supervisor/control/test_call.h"
#include "supervisor/locks.h"
#include "supervisor/log_messages.h"

namespace outpost::supervisor {

namespace lm = log_messages;

// --- Start ----------------------------------------------------------------------------------------------------------

Result<std::unique_ptr<Supervisor>> Supervisor::start(Loop& loop, Settings settings, Started started) {
  MakeService make_service = std::move(settings.make_service);
  std::span<const ChildKind> kinds = settings.kinds;
  std::unique_ptr<Supervisor> self(new Supervisor(loop, std::move(settings), std::move(started)));
  auto locks = take_locks(self->config_);
  if (!locks) return pass(locks);
  self->locks_ = std::move(*locks);
  if (auto opened = self->open_log(); !opened) return pass(opened);
  Service::Host& host = *self;
  self->service_ = make_service(loop, *self->log_, self->config_, host);
  if (auto opened = self->service_->open(); !opened) return pass(opened);
  // It may have waited for a database: what begins now would else have begun before that, and be late already.
  uv_update_time(loop.raw());
  AdminTraffic::Host& administered = *self;
  self->admin_ = std::make_unique<AdminTraffic>(loop, *self->log_, administered);
  Children::Events& events = *self;
  Children::Traffic traffic{self->service_->traffic(), *self->admin_};
  self->children_ = std::make_unique<Children>(kinds, loop, *self->log_, self->config_, traffic, events);
  if (auto opened = self->open_control(); !opened) return pass(opened);
  self->mind_signals();
  self->children_->begin(self->config_);
  self->service_->begin();
  return self;
}

void Supervisor::mind_signals() {
  auto on_signal = [this](int number, std::function<void()> action) {
    signals_.push_back(std::make_unique<Signal>(loop_, number, std::move(action)));
  };
  on_signal(SIGTERM, [this] { stop("signal TERM"); });
  on_signal(SIGINT, [this] { stop("signal INT"); });
  on_signal(SIGHUP, [this] { (void)reload(); });
  on_signal(SIGUSR1, [this] { reopen_logs(); });
}

Supervisor::Supervisor(Loop& loop, Settings settings, Started started)
    : loop_(loop),
      config_path_(std::move(settings.config_path)),
      config_(std::move(settings.config.config)),
      latest_(config_),
      settings_(std::move(settings.config.settings)),
      warnings_(std::move(settings.config.warnings)),
      foreground_(settings.foreground),
      started_(std::move(started)),
      started_ms_(loop.now_ms()),
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

Result<> Supervisor::open_control() {
  ControlledSupervisor& supervisor = *this;
  std::vector<ControlCommand> commands = service_->commands();
  commands.push_back(test_call_command(children_->courier()));
  table_ = std::make_unique<ControlTable>(*log_, supervisor, std::move(commands), config_.application.type);
  admin_->set_table(*table_);
  auto control = ControlServer::open(loop_, *log_, config_.control.socket, config_.control.group, *table_);
  if (!control && control.error().code == Errc::not_found) {
    return fail(control.error().code, "control.group: {}", control.error().text);
  }
  if (!control) return fail(control.error().code, "control.socket: {}", control.error().text);
  control_ = std::move(*control);
  return {};
}

// --- Children --------------------------------------------------------------------------------------------------------

std::string Supervisor::config_problem() {
  next_.reset();
  auto loaded = load_config(config_path_);
  if (!loaded) return fmt::format("its configuration is not valid: {}", loaded.error().front());
  next_ = std::move(*loaded);
  return "";
}

Result<> Supervisor::refresh_config() {
  std::string problem = next_ ? "" : config_problem();
  if (!problem.empty()) return fail(Errc::invalid, "{}", problem);
  use(*std::exchange(next_, std::nullopt));
  return {};
}

void Supervisor::start_children() { children_->start_serving(config_, config_.redundancy.enabled || must_serve()); }

void Supervisor::stop_children(std::chrono::milliseconds deadline, std::function<void()> stopped) {
  children_->stop_serving(deadline, std::move(stopped));
}

void Supervisor::hurry_children(std::chrono::milliseconds deadline) { children_->hurry(deadline); }

void Supervisor::set_tokens(const std::vector<Token>& tokens, std::function<void()> then) {
  bool changed = std::exchange(tokens_, tokens) != tokens;
  children_->set_tokens(tokens);
  children_->when_in_force(then);
  // Those that follow it come again, if they may, once the proxies know: what is revoked is so on open connections too.
  if (changed) children_->when_in_force([this] { admin_->end_events(); });
}

void Supervisor::children_serve() {
  service_->children_serve();
  report_started("");
}

void Supervisor::child_failed(const ChildKind& kind, const std::string& problem, bool waits) {
  if (!waits) service_->children_fail(problem);
  if (must_serve()) {
    if (!waits) fail_start(fmt::format("{} does not run: {}", kind.name, problem));
    return;
  }
  report_started(fmt::format("{} is not running yet: {}; it is tried again every {} s", kind.name, problem,
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

// --- Status ---------------------------------------------------------------------------------------------------------

std::string Supervisor::status() const {
  constexpr std::uint64_t kMsPerSecond = 1000;
  JsonWriter out;
  out.begin_object();
  out.member("program", fmt::format("outpostd {}", kVersion)).member("pid", static_cast<std::int64_t>(getpid()));
  out.member("uptime_s", (loop_.now_ms() - started_ms_) / kMsPerSecond);
  write_health(out.key("health"), health());
  service_->write_status(out);
  out.key("application").begin_object();
  out.member("name", config_.application.name).member("type", word_of(config_.application.type));
  if (config_.application.type == ApplicationType::outbound) out.member("dbid", config_.application.dbid);
  out.member("authentication", word_of(config_.application.authentication)).end_object();
  children_->write_status(out, loop_.now_ms());
  write_limits_status(out, config_);
  out.key("waiting").begin_array();
  for (const auto& change : config_waiting(config_, latest_, children_->running())) out.value(change);
  out.end_array();
  out.key("logs").begin_object().member("supervisor", log_->link_path());
  children_->write_logs(out, config_);
  out.member("lines_lost", log_->lines_lost()).end_object();
  out.member("control", config_.control.socket);
  return out.end_object().take();
}

Health Supervisor::health() const {
  Health health = service_->health();
  if (stopping_) health.reasons = {"it is stopping"};
  for (std::string& problem : children_->problems()) health.reasons.push_back(std::move(problem));
  return health;
}

bool Supervisor::may_write(const std::string& listener) const {
  return std::ranges::any_of(config_.listeners, [&](const ListenerConfig& one) {
    return one.protocol == ListenerProtocol::admin && one.name == listener && one.admin_write;
  });
}

void Supervisor::metrics(MetricsFormat format, std::function<void(std::string)> respond) {
  auto out = std::make_shared<MetricsWriter>(format);
  out->info("outpost_build", "What runs here.").add({{"version", kVersion}}, std::uint64_t{1});
  process_metrics_.write(*out, "outpostd", getpid());
  out->counter("outpost_log_lines_lost", "Log lines dropped because the disk was too slow.")
      .add({{"log", "supervisor"}}, log_->lines_lost());
  children_->write_metrics(*out);
  service_->write_metrics(out, [out, respond = std::move(respond)] { respond(out->text()); });
}

std::string Supervisor::configuration() const {
  return JsonWriter().begin_object().member("text", print_config({latest_, settings_, {}})).end_object().take();
}

std::string Supervisor::log_path(std::string_view log) const {
  return log == "supervisor" ? log_->link_path() : children_->log_path(log, config_);
}

// --- Reload and stop ------------------------------------------------------------------------------------------------

Result<std::vector<std::string>> Supervisor::reload() {
  // Who waits for the start is not told of a reload, and READY=1 would be too early.
  bool told = !started_ && !stopping_;
  if (told) notify_reloading();
  auto changes = read_config();
  if (!told) return changes;
  when_in_force([this] {
    if (!stopping_) notify_service_manager("READY=1");
  });
  return changes;
}

void Supervisor::when_in_force(std::function<void()> then) { children_->when_in_force(then); }

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
  if (auto may = service_->may_use(config_in_force(config_, loaded->config)); !may) {
    log_->write(lm::kReloadFailed, "the configuration is not reloaded, the old one stays: {}", may.error().text);
    return fail(may.error().code, "the configuration is not reloaded, the old one stays: {}", may.error().text);
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
  settings_ = std::move(loaded.settings);
  config_ = config_in_force(config_, latest_);
  apply_config();
}

void Supervisor::apply_config() {
  log_->reconfigure(config_.log.level, config_.log.segment_size, config_.log.segment_hours, config_.log.keep_files);
  service_->use(config_);
  children_->use(config_);
  children_->when_in_force([this] { admin_->end_events(); });
}

void Supervisor::reopen_logs() {
  log_->reopen();
  children_->reopen_logs();
}

void Supervisor::stop(const std::string& why) {
  if (std::exchange(stopping_, true)) {
    children_->kill_now();
    if (!service_stopped_) service_->lose_patience();
    return;
  }
  log_->write(lm::kStopping, "stopping: {}", why);
  notify_service_manager("STOPPING=1");
  if (auto report = std::exchange(started_, nullptr)) {
    report(fail(Errc::closed, "stopped before it served: {}", why));
  }
  service_->stop([this] {
    service_stopped_ = true;
    children_->end(config_.stop_timeout(), [this] { stopped(); });
  });
}

void Supervisor::give_up(const std::string& why) {
  if (outcome_) outcome_ = fail(Errc::closed, "{}", why);
  if (!stopping_) stop(why);
}

void Supervisor::stopped() {
  log_->write(lm::kStopped, "stopped after {} requests", children_->proxy().requests());
  loop_.stop();
}

}  // namespace outpost::supervisor
