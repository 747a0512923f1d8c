#include "supervisor/children/children.h"

#include <fmt/core.h>

#include <algorithm>
#include <utility>

#include "common/error.h"
#include "common/io/loop.h"
#include "common/json.h"
#include "supervisor/config/config.h"

namespace outpost::supervisor {

namespace {

// Calls `then` at the last of its own calls, of which there are `n`.
std::function<void()> at_last(std::size_t n, std::function<void()> then) {
  return [left = std::make_shared<std::size_t>(n), then = std::move(then)] {
    if (--*left == 0) then();
  };
}

}  // namespace

Children::Children(std::span<const ChildKind> kinds, Loop& loop, Log& log, const Config& config, const Traffic& traffic,
                   Events& events)
    : loop_(loop), events_(events) {
  ManagedChild::Events& heard = *this;
  for (const ChildKind& kind : kinds) {
    ProxyTraffic& its_own = kind.listeners == ListenerProtocol::admin ? traffic.admin : traffic.service;
    all_.push_back({kind.make(kind, {loop, log, config, its_own, heard})});
    if (!proxy_) proxy_ = all_.back().child->proxy();
    if (!courier_) courier_ = all_.back().child->courier();
  }
  ENSURE(proxy_, "the table of child kinds has a proxy");
}

std::size_t Children::count(Runs runs) const {
  return static_cast<std::size_t>(
      std::ranges::count_if(all_, [runs](const One& one) { return one.child->kind().runs == runs; }));
}

void Children::start(Runs runs, const Config& config, bool awaited) {
  for (One& one : all_) {
    if (one.child->kind().runs == runs) one.child->start(config, awaited);
  }
}

void Children::start_serving(const Config& config, bool awaited) {
  for (One& one : all_) one.settled = one.child->kind().runs == Runs::always;
  start(Runs::while_serving, config, awaited);
  if (count(Runs::while_serving) == 0) events_.children_serve();
}

void Children::stop(Runs runs, std::chrono::milliseconds deadline, std::function<void()> stopped) {
  std::size_t n = count(runs);
  if (n == 0) return loop_.at_end_of_turn(std::move(stopped));
  auto one_less = at_last(n, std::move(stopped));
  for (One& one : all_) {
    if (one.child->kind().runs == runs) one.child->stop(deadline, one_less);
  }
}

void Children::hurry(std::chrono::milliseconds deadline) {
  for (One& one : all_) {
    if (one.child->kind().runs == Runs::while_serving) one.child->hurry(deadline);
  }
}

void Children::kill_now() {
  for (One& one : all_) one.child->kill_now();
}

void Children::use(const Config& config) {
  for (One& one : all_) one.child->use(config);
}

void Children::when_in_force(const std::function<void()>& then) {
  auto one_less = at_last(all_.size(), then);
  for (One& one : all_) one.child->when_in_force(one_less);
}

void Children::reopen_logs() {
  for (One& one : all_) one.child->reopen_logs();
}

void Children::set_tokens(const std::vector<Token>& tokens) {
  for (One& one : all_) one.child->set_tokens(tokens);
}

std::vector<std::string> Children::problems() const {
  std::vector<std::string> problems;
  for (const One& one : all_) {
    if (one.child->kind().runs != Runs::while_serving) continue;
    if (std::string problem = one.child->problem(); !problem.empty()) problems.push_back(std::move(problem));
  }
  return problems;
}

std::vector<RunningProxy> Children::running() const {
  std::vector<RunningProxy> running;
  for (const One& one : all_) {
    if (const Config* begun_with = one.child->begun_with())
      running.push_back({one.child->kind().listeners, begun_with});
  }
  return running;
}

void Children::write_status(JsonWriter& out, std::uint64_t now_ms) const {
  for (const One& one : all_) one.child->write_status(out, now_ms);
}

void Children::write_metrics(MetricsWriter& out) {
  for (One& one : all_) one.child->write_metrics(out);
}

std::string Children::log_path(std::string_view key, const Config& config) const {
  for (const One& one : all_) {
    const ChildKind& kind = one.child->kind();
    bool always_there = kind.listeners == ListenerProtocol::http;
    if (kind.key != key || (!always_there && !kind.wanted(config))) continue;
    return fmt::format("{}/outpost{}.log", config.log.directory, kind.log_suffix);
  }
  return {};
}

void Children::write_logs(JsonWriter& out, const Config& config) const {
  for (const One& one : all_) {
    const ChildKind& kind = one.child->kind();
    if (std::string path = log_path(kind.key, config); !path.empty()) out.member(kind.key, path);
    if (kind.access_suffix.empty() || config.log.access == protocol::AccessLogForm::off) continue;
    out.member("access", fmt::format("{}/outpost{}.log", config.log.directory, kind.access_suffix));
  }
}

// --- How they fare ---------------------------------------------------------------------------------------------------

bool Children::all_serve() const { return std::ranges::all_of(all_, &One::settled); }

void Children::note(const ManagedChild& child, bool settled) {
  std::ranges::find_if(all_, [&](const One& one) { return one.child.get() == &child; })->settled = settled;
}

void Children::bound(ManagedChild& child) {
  if (child.kind().listeners == ListenerProtocol::http) events_.proxy_bound();
}

// Those of a child that always runs are no primary's.
void Children::ports_taken(ManagedChild& child) {
  if (child.kind().runs != Runs::always) events_.ports_taken();
}

void Children::settled(ManagedChild& child) {
  if (child.kind().runs == Runs::always) return;
  note(child, true);
  if (all_serve()) events_.children_serve();
}

void Children::failed(ManagedChild& child, const std::string& problem, bool waits) {
  if (child.kind().runs == Runs::always) return;
  note(child, false);
  events_.child_failed(child.kind(), problem, waits);
}

}  // namespace outpost::supervisor
