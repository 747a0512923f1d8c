#include "supervisor/mobile/cluster.h"

#include <algorithm>
#include <fstream>
#include <memory>
#include <utility>

#include "common/digest.h"
#include "common/json.h"
#include "common/text.h"
#include "common/version.h"
#include "supervisor/log_messages.h"
#include "supervisor/mobile/shared_options.h"

namespace outpost::supervisor::mobile {

namespace lm = log_messages;

namespace {

constexpr std::chrono::seconds kLookInterval{1};
// A store that answers takes milliseconds; what waits in front of it, a second at most.
constexpr std::chrono::seconds kSilentMax{3};
constexpr std::int64_t kSecondMs = 1'000;

// Hosts may be named alike. The id is not for others, so a part of its digest stands for it; "" where there is none.
std::string machine() {
  constexpr std::size_t kDigits = 8;
  std::ifstream in("/etc/machine-id");
  std::string id;
  if (!std::getline(in, id) || id.empty()) return "";
  return "#" + to_hex(sha256("outpost node " + id)).substr(0, kDigits);
}

StateNode node_of(const Config& config, const std::string& life) {
  StateNode self;
  self.node_id = config.node.node_id;
  self.name = config.application.name;
  self.url = fmt::format("http://{}:{}/{}", config.node.web_host, config.node.web_port, config.node.app_name);
  self.instance = fmt::format("{}{} {}", config.server_info.host, machine(), config.control.socket);
  self.life = life;
  self.program = fmt::format("outpostd {}", kVersion);
  self.digests = shared_digests(config);
  return self;
}

// Why the claim was refused.
Result<> taken_by(StateStore& store, std::int64_t node_id) {
  auto nodes = store.nodes();
  if (!nodes) return pass(nodes);
  auto now = store.now();
  if (!now) return pass(now);
  auto found = std::ranges::find(*nodes, node_id, &StateNode::node_id);
  if (found == nodes->end()) return fail(Errc::busy, "node_id {} is another node's", node_id);
  return fail(Errc::busy, "node_id {} is that of node {} ({}), seen {} s ago; give this node another server.node_id",
              node_id, found->name, found->instance, (*now - found->seen_at) / kSecondMs);
}

}  // namespace

Result<> claim_node_id(StateStore& store, const Config& config, const std::string& life, std::string_view status) {
  if (auto begun = store.begin(); !begun) return begun;
  StateNode self = node_of(config, life);
  self.status = status;
  // Who has the lock of a store for one knows that no other lives.
  std::chrono::milliseconds stale(store.shared() ? kNodeStaleMs : 0);
  auto claimed = store.claim_node(self, stale, NodeClaim::at_start);
  Result<> outcome;
  if (!claimed) outcome = pass(claimed);
  if (claimed && !*claimed) outcome = taken_by(store, self.node_id);
  if (outcome) return store.commit();
  store.rollback();
  return outcome;
}

void release_node_id(StateStore& store, const Config& config, const std::string& life) {
  Result<> done = store.begin();
  if (done) done = store.release_node(node_of(config, life));
  if (done) done = store.commit();
  if (!done) store.rollback();
}

struct Cluster::Look {
  bool ours = true;
  std::vector<StateNode> nodes;
  std::int64_t now_ms = 0;
};

Cluster::Cluster(Loop& loop, Log& log, StateThreads& threads, StoreWatch& watch, const Node& node, const Config& config,
                 std::string life, std::function<void(const std::string& why)> lost)
    : loop_(loop),
      log_(log),
      threads_(threads),
      watch_(watch),
      node_(node),
      life_(std::move(life)),
      self_(node_of(config, life_)),
      lost_(std::move(lost)),
      timer_(loop, [this] { look(); }) {}

void Cluster::start() {
  log_.write(lm::kNodeClaimed, "this is node {} ({}), {}", self_.node_id, self_.name, self_.url);
  timer_.start_repeating(kLookInterval);
  look();
}

StateNode Cluster::self() const {
  StateNode self = self_;
  self.status = node_.status();
  return self;
}

void Cluster::use(const Config& config) {
  StateNode before = std::exchange(self_, node_of(config, life_));
  if (before.node_id != self_.node_id) {
    auto give_back = [before](StateStore& store) { return store.release_node(before); };
    threads_.write_urgent(give_back, [this](const Result<>& outcome) { watch_.note(outcome); });
    log_.write(lm::kNodeClaimed, "this is node {} now, and was node {}", self_.node_id, before.node_id);
  }
  look();
}

void Cluster::release(std::function<void()> done) {
  released_ = true;
  timer_.stop();
  auto give_back = [self = self_](StateStore& store) { return store.release_node(self); };
  auto told = [this, done](const Result<>& outcome) {
    if (!outcome) {
      log_.write(lm::kNodeNotReleased, "node_id {} is not given back, others take it for this node's for {} s: {}",
                 self_.node_id, kNodeStaleMs / kSecondMs,
                 outcome.error().code == Errc::closed ? "the store did not answer in time" : outcome.error().text);
    }
    done();
  };
  if (!threads_.write_urgent(std::move(give_back), told)) told(fail(Errc::closed, "the store is closed"));
}

// --- Each second -----------------------------------------------------------------------------------------------------

void Cluster::look() {
  if (released_) return;
  again_ = looking_;
  if (looking_) return mind_silence();
  looking_since_ms_ = loop_.now_ms();
  auto seen = std::make_shared<Look>();
  auto apply = [seen, self = self()](StateStore& store) -> Result<> {
    *seen = {};
    auto ours = store.renew_node(self);
    // Nobody may have it at all.
    if (ours && !*ours) ours = store.claim_node(self, std::chrono::milliseconds(kNodeStaleMs), NodeClaim::again);
    if (!ours) return pass(ours);
    seen->ours = *ours;
    auto nodes = store.nodes();
    if (!nodes) return pass(nodes);
    seen->nodes = std::move(*nodes);
    auto now = store.now();
    if (!now) return pass(now);
    seen->now_ms = *now;
    return {};
  };
  looking_ = threads_.write_urgent(std::move(apply), [this, seen](const Result<>& outcome) { looked(outcome, *seen); });
}

// A store that hangs says nothing at all, and is away as well.
void Cluster::mind_silence() {
  auto silent_s = static_cast<std::int64_t>(loop_.now_ms() - looking_since_ms_) / kSecondMs;
  if (silent_s < kSilentMax.count()) return;
  watch_.note(fail(Errc::timeout, "it has said nothing for {} s", silent_s));
}

void Cluster::looked(const Result<>& outcome, const Look& look) {
  looking_ = false;
  watch_.note(outcome);
  if (released_) return;
  if (outcome) {
    nodes_ = look.nodes;
    now_ms_ = look.now_ms;
    if (!look.ours) return lose();
    note_others();
    note_warnings();
  }
  if (std::exchange(again_, false)) this->look();
}

void Cluster::lose() {
  released_ = true;
  timer_.stop();
  auto other = std::ranges::find(nodes_, self_.node_id, &StateNode::node_id);
  std::string whose = other == nodes_.end() ? "" : fmt::format(" {} ({})", other->name, other->instance);
  std::string why = fmt::format("node_id {} is that of another node{} by now: this one was not seen for {} s",
                                self_.node_id, whose, kNodeStaleMs / kSecondMs);
  if (other != nodes_.end() && other->instance == self_.instance) {
    why = fmt::format(
        "node_id {} is that of another outpostd by now that calls itself the same ({}); give one of them another"
        " server-info.host or control.socket, and another server.node_id",
        self_.node_id, self_.instance);
  }
  log_.write(lm::kNodeLost, "{}", why);
  lost_(why);
}

bool Cluster::is_live(const StateNode& node) const { return now_ms_ - node.seen_at <= kNodeStaleMs; }

void Cluster::note_others() {
  std::map<std::int64_t, std::string> before = std::exchange(others_, {});
  for (const StateNode& node : nodes_) {
    if (node.node_id == self_.node_id) continue;
    std::string told = fmt::format("node {} ({}), {}", node.node_id, node.name, node.instance);
    auto old = before.extract(node.node_id);
    if (!is_live(node)) {
      if (old) log_.write(lm::kNodeGone, "{} is not seen any more", told);
      continue;
    }
    told += " is " + node.status;
    if (!old || old.mapped() != told) log_.write(lm::kNodeSeen, "{}", told);
    others_.emplace(node.node_id, std::move(told));
  }
  for (const auto& one : before) log_.write(lm::kNodeSeen, "node {} has ended", one.first);
}

void Cluster::note_warnings() {
  std::vector<std::string> before = std::exchange(warnings_, option_warnings(self(), nodes_, now_ms_));
  auto has = [](const std::vector<std::string>& all, const std::string& one) {
    return std::ranges::find(all, one) != all.end();
  };
  for (const std::string& warning : warnings_) {
    if (!has(before, warning)) log_.write(lm::kOptionsDiffer, "{}", warning);
  }
  for (const std::string& warning : before) {
    if (!has(warnings_, warning)) log_.write(lm::kOptionsAgree, "no longer so: {}", warning);
  }
}

// --- Shown -----------------------------------------------------------------------------------------------------------

void Cluster::write_self(JsonWriter& out) const {
  out.begin_object().member("id", self_.node_id).member("name", self_.name).member("url", self_.url);
  out.member("status", node_.status()).key("reasons").begin_array();
  for (const std::string& reason : node_.reasons()) out.value(reason);
  out.end_array().end_object();
}

void Cluster::write_nodes(JsonWriter& out) const {
  out.begin_array();
  for (const StateNode& node : nodes_) {
    bool self = node.node_id == self_.node_id;
    out.begin_object().member("node_id", node.node_id).member("name", node.name).member("url", node.url);
    out.member("instance", node.instance).member("program", node.program).member("status", node.status);
    out.member("started_at", node.started_at / kSecondMs);
    out.member("seen_ms_ago", std::max<std::int64_t>(0, now_ms_ - node.seen_at));
    out.member("live", is_live(node)).member("self", self).key("differs").begin_array();
    for (const std::string& section : differing_sections(self_.digests, node.digests)) out.value(section);
    out.end_array().end_object();
  }
  out.end_array();
}

std::uint64_t Cluster::live_nodes() const {
  return static_cast<std::uint64_t>(std::ranges::count_if(nodes_, [this](const auto& one) { return is_live(one); }));
}

}  // namespace outpost::supervisor::mobile
