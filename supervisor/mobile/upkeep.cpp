#include "supervisor/mobile/upkeep.h"

#include <chrono>
#include <memory>

namespace outpost::supervisor::mobile {

namespace {

constexpr std::chrono::seconds kUpkeepInterval{1};

}  // namespace

Upkeep::Upkeep(Loop& loop, StateThreads& threads, StoreWatch& watch, int node_id)
    : threads_(threads),
      watch_(watch),
      timer_(loop,
             [this] {
               sweep();
               count();
             }),
      node_id_(node_id) {}

void Upkeep::start() {
  timer_.start_repeating(kUpkeepInterval);
  sweep();
  count();
}

void Upkeep::sweep() {
  if (sweeping_) return;
  auto swept = std::make_shared<Swept>();
  auto apply = [swept](StateStore& store) -> Result<> {
    auto removed = store.sweep({});
    if (!removed) return pass(removed);
    *swept = *removed;
    return {};
  };
  auto done = [this, swept](const Result<>& outcome) {
    sweeping_ = false;
    watch_.note(outcome);
    if (!outcome) return;
    expired_ += static_cast<std::uint64_t>(swept->areas);
    // At once, for else the tables might grow for ever; as a work of its own, so that others come in between.
    if (swept->more && timer_.active()) sweep();
  };
  sweeping_ = threads_.write_aside(std::move(apply), std::move(done));
}

void Upkeep::count() {
  if (counting_) return;
  auto counted = std::make_shared<Counted>();
  auto apply = [counted, scope = std::to_string(node_id_)](StateStore& store) -> Result<> {
    auto areas = store.count_areas(kCountedMax);
    if (!areas) return pass(areas);
    auto services = store.count_services(kCountedMax);
    if (!services) return pass(services);
    auto groups = store.count_resources(scope);
    if (!groups) return pass(groups);
    *counted = {*areas, *std::move(services), *std::move(groups)};
    return {};
  };
  auto done = [this, counted](const Result<>& outcome) {
    counting_ = false;
    watch_.note(outcome);
    if (outcome) counted_ = std::move(*counted);
  };
  counting_ = threads_.read("count", std::move(apply), std::move(done));
}

}  // namespace outpost::supervisor::mobile
