#include "supervisor/mobile/service.h"

#include <chrono>
#include <utility>

#include "common/digest.h"
#include "common/json.h"
#include "supervisor/children/http_proxy/link.h"
#include "supervisor/children/http_proxy/status.h"
#include "supervisor/metrics/exposition.h"
#include "supervisor/mobile/commands.h"

namespace outpost::supervisor::mobile {

namespace {

constexpr std::uint64_t kMsPerSecond = 1'000;
constexpr std::size_t kLifeBytes = 8;
// At the end a store that does not answer is waited for no longer.
constexpr std::chrono::seconds kReleaseTimeMax{3};

StateDurability durability_of(const Config& config) {
  return config.store.synchronous == Synchronous::power ? StateDurability::power : StateDurability::process;
}

}  // namespace

// --- Start -----------------------------------------------------------------------------------------------------------

MobileService::MobileService(Loop& loop, Log& log, const Config& config, Host& host)
    : loop_(loop),
      log_(log),
      host_(host),
      config_(config),
      started_ms_(loop.now_ms()),
      node_(log,
            [this] {
              if (cluster_) cluster_->tell();
            }),
      watch_([this](const std::string& problem) { node_.note_store(problem); }),
      alarms_(loop, log, config),
      courier_(host),
      delay_(loop, [this] { drain(); }),
      patience_(loop, [this] { threads_->abandon(); }),
      ending_(loop, [this] { end(); }) {}

// A start that fails after the claim gives it back, so that nobody need wait until it is stale.
MobileService::~MobileService() {
  if (claimed_) release_node_id(*claimed_, config_, life_);
}

Result<> MobileService::open() {
  if (auto opened = open_store(); !opened) return opened;
  auto threads = open_state_threads(loop_, log_, config_.store.url, durability_of(config_));
  if (!threads) return pass(threads);
  threads_ = std::move(*threads);
  cluster_ = std::make_unique<Cluster>(loop_, log_, *threads_, watch_, node_, config_, life_,
                                       [this](const std::string& why) { host_.give_up(why); });
  tokens_ = std::make_unique<MobileTokens>(loop_, log_, *threads_, watch_,
                                           [this](const std::vector<Token>& tokens, std::function<void()> then) {
                                             host_.set_tokens(tokens, std::move(then));
                                           });
  upkeep_ = std::make_unique<Upkeep>(loop_, *threads_, watch_, config_.node.node_id);
  storage_ = std::make_unique<StorageApi>(log_, *threads_, watch_, config_);
  ors_ = std::make_unique<OrsClient>(log_, courier_, config_);
  notifications_ = std::make_unique<Notifications>(loop_, log_, *threads_, watch_, courier_, *ors_, config_);
  services_ = std::make_unique<ServiceApi>(
      ServiceApi::Parts{log_, *threads_, watch_, *storage_, *ors_, *notifications_, alarms_}, config_);
  MobileParts parts{*storage_, *services_, *notifications_, node_, [this] { return counters(); }};
  traffic_ = std::make_unique<MobileTraffic>(loop_, log_, std::move(parts), config_);
  return {};
}

// The claim comes before anything else: two nodes with one id would give out equal codes.
Result<> MobileService::open_store() {
  auto random = random_bytes(kLifeBytes);
  if (!random) return pass(random);
  life_ = to_hex(*random);
  auto store = open_state_store(config_.store.url, StateMode::writer, durability_of(config_));
  if (!store) return pass(store);
  store_info_ = (*store)->info();
  if (auto claimed = claim_node_id(**store, config_, life_, node_.status()); !claimed) return claimed;
  claimed_ = std::move(*store);
  auto tokens = claimed_->tokens();
  if (!tokens) return pass(tokens);
  tokens_at_start_ = std::move(*tokens);
  return {};
}

void MobileService::begin() {
  claimed_.reset();
  tokens_->start(std::exchange(tokens_at_start_, {}));
  cluster_->start();
  upkeep_->start();
  host_.start_children();
}

// Another node_id is claimed before it is used; the reload waits for that.
Result<> MobileService::may_use(const Config& config) {
  if (config.node.node_id == config_.node.node_id) return {};
  auto cannot = [](std::string_view why) {
    return fail(Errc::unavailable, "another node_id cannot be claimed now, try again: {}", why);
  };
  if (watch_.away()) return cannot("the store does not answer");
  auto store = open_state_store(config_.store.url, StateMode::writer, durability_of(config_), StateUse::brief);
  if (!store) return cannot(store.error().text);
  auto claimed = claim_node_id(**store, config, life_, node_.status());
  return claimed || claimed.error().code == Errc::busy ? claimed : cannot(claimed.error().text);
}

void MobileService::use(const Config& config) {
  config_ = config;
  alarms_.use(config_);
  cluster_->use(config_);
  storage_->use(config_);
  ors_->use(config_);
  notifications_->use(config_);
  services_->use(config_);
  upkeep_->use(config_.node.node_id);
  traffic_->use(config_);
}

std::vector<ControlCommand> MobileService::commands() {
  return mobile_commands({.node = node_,
                          .cluster = *cluster_,
                          .tokens = *tokens_,
                          .threads = *threads_,
                          .alarms = alarms_,
                          .config = config_,
                          .resources = [this]() -> const Resources& { return services_->resources(); },
                          .publish =
                              [this](std::string tag, std::string message, std::string_view media_type) {
                                return notifications_->publish_event(std::move(tag), std::move(message), media_type);
                              }});
}

// --- Shown -----------------------------------------------------------------------------------------------------------

NodeFigures MobileService::figures() const {
  const ProxyLink& proxy = host_.proxy();
  return {.node_id = config_.node.node_id,
          .uptime_s = (loop_.now_ms() - started_ms_) / kMsPerSecond,
          .status = node_.status(),
          .areas = upkeep_->counted().areas,
          .expired = upkeep_->expired(),
          .requests = proxy.requests(),
          .refused = traffic_->refused(),
          .in_flight = proxy.in_flight(),
          .bytes_in_work = traffic_->bytes_in_work(),
          .proxy = proxy.total(),
          .store = threads_->counters()};
}

std::string MobileService::counters() const {
  JsonWriter out;
  out.begin_object();
  write_counters(out, figures());
  services_->write_counters(out, upkeep_->counted().services, upkeep_->counted().groups);
  notifications_->write_counters(out.key("notification"));
  cluster_->write_nodes(out.key("nodes"));
  out.key("warnings").begin_array();
  for (const std::string& warning : cluster_->warnings()) out.value(warning);
  alarms_.write(out.end_array().key("alarms"));
  return out.end_object().take();
}

void MobileService::write_status(JsonWriter& out) const {
  const NodeFigures now = figures();
  out.member("role", "node");
  cluster_->write_self(out.key("node"));
  cluster_->write_nodes(out.key("nodes"));
  out.key("warnings").begin_array();
  for (const std::string& warning : cluster_->warnings()) out.value(warning);
  alarms_.write(out.end_array().key("alarms"));
  out.key("storage").begin_object().member("areas", now.areas).member("expired", now.expired).end_object();
  services_->write_counters(out, upkeep_->counted().services, upkeep_->counted().groups);
  out.key("store").begin_object().member("engine", store_info_.engine).member("url", store_info_.address);
  out.member("schema_version", std::int64_t{store_info_.schema_version});
  out.member("synchronous", word_of(config_.store.synchronous)).member("works", now.store.works);
  out.member("queue", now.store.queued).member("busy_us", now.store.busy_us).end_object();
  out.key("requests").begin_object().member("received", now.requests).member("refused", now.refused);
  out.member("orphaned", host_.proxy().orphaned());
  write_duration_status(out, host_.proxy());
  out.end_object();
}

Health MobileService::health() const { return {"node", node_.reasons()}; }

void MobileService::write_metrics(std::shared_ptr<MetricsWriter> out, std::function<void()> done) {
  const NodeFigures now = figures();
  constexpr double kSecondsPerUs = 1e-6;
  out->gauge("outpost_mobile_online", "Whether this node is ONLINE.").add({}, node_.online());
  out->gauge("outpost_mobile_nodes", "Nodes of this store that were seen of late.").add({}, cluster_->live_nodes());
  out->gauge("outpost_mobile_option_differences", "Sections of the configuration that are not alike on all nodes.")
      .add({}, std::uint64_t{cluster_->warnings().size()});
  out->gauge("outpost_mobile_areas", "Areas of storage that live, up to 100,000.").add({}, now.areas);
  out->counter("outpost_mobile_areas_expired", "Areas that this node has removed because their time was over.")
      .add({}, now.expired);
  out->counter("outpost_mobile_store_works", "Works on the store.").add({}, now.store.works);
  out->gauge("outpost_mobile_store_queue", "Works that wait for the store.").add({}, now.store.queued);
  out->counter("outpost_mobile_store_busy_seconds", "Time of the store's threads in transactions.")
      .add({}, static_cast<double>(now.store.busy_us) * kSecondsPerUs);
  out->counter("outpost_mobile_calls_refused", "Calls refused because too many large ones were being done.")
      .add({}, now.refused);
  services_->write_metrics(*out, upkeep_->counted().services, upkeep_->counted().groups);
  notifications_->write_metrics(*out);
  alarms_.write_metrics(*out);
  done();
}

// --- Stop ------------------------------------------------------------------------------------------------------------

void MobileService::stop(std::function<void()> stopped) {
  stopped_ = std::move(stopped);
  node_.stop();
  tokens_->stop();
  delay_.start(std::chrono::seconds(config_.node.shutdown_delay));
}

void MobileService::lose_patience() {
  hurried_ = true;
  if (finished_) return loop_.at_end_of_turn([this] { end(); });
  threads_->abandon();
  if (!delay_.active()) return;
  delay_.stop();
  drain();
}

// What is still to be told is told by nobody: a delivery is in memory, and ends with its process.
void MobileService::drain() {
  notifications_->stop();
  host_.stop_children(config_.stop_timeout(), [this] { release(); });
}

void MobileService::release() {
  upkeep_->stop();
  patience_.start(hurried_ ? std::chrono::seconds(0) : kReleaseTimeMax);
  cluster_->release([this] { loop_.at_end_of_turn([this] { finish(); }); });
}

void MobileService::finish() {
  patience_.stop();
  // Nothing new can come: the children are gone, and what they had asked for is committed before the threads end.
  threads_->stop();
  finished_ = true;
  if (hurried_) return end();
  ending_.start(std::chrono::seconds(config_.alarms.command_timeout));
  alarms_.when_idle([this] { end(); });
}

void MobileService::end() {
  ending_.stop();
  courier_.end();
  if (auto stopped = std::exchange(stopped_, nullptr)) stopped();
}

}  // namespace outpost::supervisor::mobile
