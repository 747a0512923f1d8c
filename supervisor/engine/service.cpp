#include "supervisor/engine/service.h"

#include <algorithm>
#include <utility>

#include "common/clock.h"
#include "common/io/service_manager.h"
#include "common/json.h"
#include "supervisor/children/http_proxy/link.h"
#include "supervisor/children/http_proxy/status.h"
#include "supervisor/control/commands/table.h"
#include "supervisor/engine/outward/reports.h"
#include "supervisor/log_messages.h"
#include "supervisor/role/opening.h"
#include "supervisor/store/lease_store.h"
#include "supervisor/store/sql/schema.h"
#include "supervisor/store/store_update.h"

namespace outpost::supervisor {

namespace lm = log_messages;
using std::chrono::milliseconds;

namespace {

// What the primary has added or revoked, a backup's admin proxy knows after this long.
constexpr milliseconds kTokensInterval{2'000};
// A look at the lease that takes longer is given up: a takeover must not wait for it.
constexpr milliseconds kLookTimeMax{1'000};
// At the start nobody waits for an answer: a store that is slow at this moment is no reason not to start.
constexpr milliseconds kOpeningTime{10'000};
// What goes to other servers may be answered for so long when the role is given back; it is sent again otherwise.
constexpr milliseconds kOutboxGrace{2'000};

RoleKeeper::Settings role_settings(const Config& config, bool stay_primary) {
  const RedundancyConfig& redundancy = config.redundancy;
  return {.redundant = redundancy.enabled,
          .name = redundancy.name,
          .host = config.server_info.host,
          .lease_time = milliseconds(redundancy.lease_time),
          .renewal_interval = milliseconds(redundancy.renewal_interval),
          .stay_primary = stay_primary};
}

RoleKeeper::Preferences role_preferences(const Config& config) {
  return {.automatic_failover = config.redundancy.automatic_failover,
          .prefers_backup = config.redundancy.preferred_role == PreferredRole::backup};
}

// Whether a proxy that a backup has asks for any.
bool asks_for_tokens(const Config& config) {
  return std::ranges::any_of(config.listeners, [&](const ListenerConfig& listener) {
    return listener.protocol == ListenerProtocol::admin &&
           (listener.admin_write || config.application.authentication == Authentication::token);
  });
}

std::chrono::seconds role_command_timeout(const Config& config) {
  return std::chrono::seconds(config.redundancy.role_command_timeout);
}

}  // namespace

// --- Start -----------------------------------------------------------------------------------------------------------

OutboundService::OutboundService(Loop& loop, Log& log, const Config& config, Host& host, bool stay_primary)
    : loop_(loop),
      log_(log),
      host_(host),
      config_(config),
      stay_primary_(stay_primary),
      role_command_(loop, log, config.redundancy.role_command, role_command_timeout(config)),
      tokens_timer_(loop, [this] { read_tokens(); }) {}

Result<> OutboundService::open() {
  auto role = open_role();
  return role ? open_engine() : role;
}

Result<> OutboundService::open_role() {
  auto limit = std::min(kLookTimeMax, milliseconds(config_.redundancy.lease_time) / 4);
  const std::string& url = config_.store.url;
  auto leases = open_telling(log_, url, kFirstWithLease, [&] { return open_lease_store(url, kOpeningTime); });
  if (!leases) return pass(leases);
  store_is_old_ = config_.redundancy.enabled && stored_schema(url).value_or(0) < schema_version();
  auto seen = (*leases)->look();
  if (!seen) return pass(seen);
  RoleDuties& duties = *this;
  static const SystemClock clock;
  keeper_ = std::make_unique<RoleKeeper>(loop_, log_, clock, duties,
                                         std::make_unique<StoppedPrimaryOfHost>(log_, config_.server_info.host),
                                         role_settings(config_, stay_primary_), role_preferences(config_),
                                         [url, limit] { return open_lease_store(url, limit); });
  if (config_.redundancy.enabled) {
    return refuse_namesake(log_, **leases, std::move(*seen), config_.redundancy.name, url);
  }
  auto epoch =
      take_from_whoever(**leases, seen->lease, keeper_->self(), milliseconds(config_.redundancy.lease_time), url);
  if (!epoch) return pass(epoch);
  epoch_at_start_ = *epoch;
  return {};
}

Result<> OutboundService::open_engine() {
  std::unique_ptr<RecordStore> store;
  if (!config_.redundancy.enabled) {
    const std::string& url = config_.store.url;
    auto opened = open_telling(log_, url, schema_version(), [&] { return open_store(url, OpenMode::writer); });
    if (!opened) return pass(opened);
    store = std::move(*opened);
  }
  engine_ = std::make_unique<EngineThreads>(loop_, log_, config_, std::move(store),
                                            [this](const Error& error) { lose_role(error); });
  traffic_ = std::make_unique<OutboundTraffic>(loop_, log_, *engine_);
  scrape_ = std::make_unique<StoreScrape>(loop_, *engine_);
  samples_ = std::make_unique<SampleCalls>(
      *engine_, [this]() -> Courier& { return host_.courier(); }, config_);
  static const SystemClock clock;
  auto courier = [this]() -> Courier& { return host_.courier(); };
  outbox_ = std::make_unique<Outbox>(loop_, log_, *engine_, std::move(courier), clock, config_);
  return {};
}

void OutboundService::begin() {
  group_states_ = std::make_unique<GroupStates>(loop_, log_, *engine_, host_.courier(), config_);
  engine_->on_groups([this] { group_states_->look(); });
  validations_ = std::make_unique<Validations>(loop_, log_, host_.courier());
  engine_->set_validator(*validations_);
  if (!config_.redundancy.enabled) return keeper_->start_as_primary(epoch_at_start_);
  tokens_timer_.start_repeating(kTokensInterval);
  read_tokens();
  keeper_->start_as_backup();
}

void OutboundService::use(const Config& config) {
  config_ = config;
  keeper_->set(role_preferences(config_));
  role_command_.configure(config_.redundancy.role_command, role_command_timeout(config_));
  engine_->use(config_);
  samples_->use(config_);
  group_states_->use(config_);
  outbox_->use(config_);
}

std::vector<ControlCommand> OutboundService::commands() {
  return outbound_commands({log_, *keeper_, *engine_, *samples_, *outbox_,
                            [this](const auto& tokens, auto then) { host_.set_tokens(tokens, std::move(then)); }});
}

// --- Role ------------------------------------------------------------------------------------------------------------

void OutboundService::start_serving(std::int64_t epoch, std::function<void(const Result<>&)> done) {
  // A supervisor that has just read its configuration to start need not do so again.
  if (config_.redundancy.enabled) {
    auto fresh = host_.refresh_config();
    if (!fresh) return loop_.at_end_of_turn([done, fresh] { done(fresh); });
  }
  engine_->open(epoch, config_, store_is_old_, [this, done](Result<EngineThreads::Opened> opened) {
    if (!opened) return done(fail(opened.error()));
    store_is_old_ = false;
    host_.set_tokens(opened->tokens, [] {});
    done({});
    serve();
  });
}

void OutboundService::serve() {
  if (keeper_->role() != Role::primary) return;
  engine_->start_sweeping();
  validations_->serve();
  host_.start_children();
  group_states_->start();
  outbox_->start();
  tell_role();
}

// Of a supervisor without redundancy there is nothing to tell: it is primary whenever it runs.
void OutboundService::tell_role() {
  if (!config_.redundancy.enabled || config_.webhooks.empty()) return;
  auto tell = [outward = Outward::of(config_), name = config_.redundancy.name,
               epoch = keeper_->epoch()](RecordStore& store) -> Result<std::string> {
    auto told = supervisor::tell_role(store, outward, name, epoch, SystemClock().now());
    if (!told) return pass(told);
    return std::string();
  };
  engine_->write(std::move(tell), [this](const Result<std::string>& outcome) {
    if (!outcome) log_.write(lm::kNotTold, "webhooks are not told of the role: {}", outcome.error().text);
  });
}

void OutboundService::stop_serving(Haste haste, std::function<void()> done) {
  engine_->stop_sweeping();
  group_states_->stop();
  outbox_->stop(haste == Haste::hurried ? milliseconds(0) : kOutboxGrace);
  validations_->leave();
  auto drain_time = config_.stop_timeout();
  if (haste == Haste::hurried) {
    refuse_waiting();
    drain_time = milliseconds(config_.redundancy.lease_time) / 6;
    host_.hurry_children(drain_time);
  }
  if (!done) return;  // it only has to go faster
  host_.stop_children(drain_time, [this, haste, done = std::move(done)] {
    if (haste == Haste::planned) {
      outbox_->end();
      return engine_->close(done);
    }
    // What the store still does may take long, and cannot be acknowledged any more.
    outbox_->abandon();
    engine_->close([] {});
    done();
  });
}

void OutboundService::refuse_waiting() {
  protocol::Answer answer;
  answer.event = protocol::error_event(
      protocol::ErrorNumber::not_primary,
      "This server is no longer the primary, and whether the request was done is not known; send it again, AddRecord "
      "under the same Idempotency-Key.");
  host_.proxy().answer_waiting(answer);
  engine_->abandon();
}

void OutboundService::renew_lease(milliseconds lease_time, std::function<void(const Result<>&)> done) {
  engine_->renew_lease(lease_time, std::move(done));
}

void OutboundService::role_changed(Role now, Role before) {
  notify_service_manager(fmt::format("STATUS=role {}", to_string(now)));
  role_command_.run(now, before, keeper_->epoch(), config_.redundancy.name);
  if (now == Role::backup) host_.standing_by();
}

void OutboundService::lose_role(const Error& error) {
  if (error.code != Errc::fenced) return;
  if (config_.redundancy.enabled) return keeper_->fenced(error);
  if (stopped_) return;
  log_.write(lm::kFenced, "{}", error.text);
  host_.stop("another supervisor took the role of writer");
}

void OutboundService::proxy_bound() {
  const auto& bound = host_.proxy().bound();
  std::string base = bound.empty() ? ""
                                   : fmt::format("{}://{}:{}", bound[0].secure ? "https" : "http",
                                                 config_.advertised_host(), bound[0].port);
  engine_->set_proxy(std::move(base), host_.proxy().encoding());
}

// A primary has them from its store, and changes them itself.
void OutboundService::read_tokens() {
  if (keeper_->role() != Role::backup || reading_tokens_ || stopped_ || !asks_for_tokens(config_)) return;
  reading_tokens_ = true;
  auto tokens = std::make_shared<std::vector<Token>>();
  auto read = [tokens](RecordStore& store) -> Result<std::string> {
    auto all = store.tokens();
    if (!all) return pass(all);
    *tokens = std::move(*all);
    return std::string();
  };
  engine_->read(std::move(read), [this, tokens](const Result<std::string>& outcome) {
    reading_tokens_ = false;
    // What was read before this one became primary may be older than what it knows by now.
    if (outcome && keeper_->role() == Role::backup) host_.set_tokens(*tokens, [] {});
  });
}

// --- Status ----------------------------------------------------------------------------------------------------------

void OutboundService::write_status(JsonWriter& out) const {
  keeper_->write_status(out);
  engine_->write_status(out, keeper_->role() == Role::primary);
  outbox_->write_status(out);
  out.member("validating", validations_->waiting());
  const OutboundTraffic::Counters counters = traffic_->counters();
  const ProxyLink& proxy = host_.proxy();
  out.key("requests").begin_object();
  out.member("received", proxy.requests()).member("refused", counters.refused).member("orphaned", proxy.orphaned());
  out.member("unknown_fields", engine_->unknown_fields());
  write_duration_status(out, proxy);
  out.key("by_outcome").begin_object();
  for (const auto& [outcome, count] : counters.by_outcome) out.member(outcome, count);
  out.end_object().end_object();
}

Health OutboundService::health() const {
  Health health{std::string(to_string(keeper_->role())), {}};
  std::string problem;
  switch (keeper_->role()) {
    case Role::starting: problem = "it is becoming primary"; break;
    case Role::draining: problem = "it gives the role of primary back"; break;
    case Role::primary: problem = engine_->problem(); break;
    case Role::backup: problem = keeper_->problem(); break;
  }
  if (!problem.empty()) health.reasons.push_back(std::move(problem));
  return health;
}

void OutboundService::write_metrics(std::shared_ptr<MetricsWriter> out, std::function<void()> done) {
  keeper_->write_metrics(*out);
  traffic_->write_metrics(*out);
  engine_->write_metrics(*out);
  group_states_->write_metrics(*out);
  outbox_->write_metrics(*out);
  validations_->write_metrics(*out);
  scrape_->ask([out = std::move(out), done = std::move(done)](const RecordFigures* figures) {
    write_record_metrics(*out, figures);
    done();
  });
}

// --- Stop ------------------------------------------------------------------------------------------------------------

void OutboundService::stop(std::function<void()> stopped) {
  stopped_ = std::move(stopped);
  keeper_->stop([this] { loop_.at_end_of_turn([this] { drained(); }); });
}

void OutboundService::lose_patience() {
  engine_->abandon();
  if (drained_) finish();
}

void OutboundService::drained() {
  // The program that is told of this role may have an address to take away.
  drained_ = true;
  role_command_.when_idle([this] { loop_.at_end_of_turn([this] { finish(); }); });
}

void OutboundService::finish() {
  if (!std::exchange(drained_, false)) return;  // whoever waited had no patience
  // Nothing new can come: the children are gone, and what they had asked for is committed before the threads end.
  engine_->end();
  scrape_->end();
  keeper_->end();
  stopped_();
}

}  // namespace outpost::supervisor
