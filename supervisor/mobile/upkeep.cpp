#include "supervisor/mobile/upkeep.h"

#include <chrono>
#include <memory>

namespace outpost::supervisor::mobile {

namespace {

constexpr std::chrono::seconds kUpkeepInterval{1};

}  // namespace

Upkeep::Upkeep(Loop& loop, StateThreads& threads, StoreWatch& watch)
    : threads_(threads), watch_(watch), timer_(loop, [this] {
        sweep();
        count();
      }) {}

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
  auto counted = std::make_shared<std::int64_t>(0);
  auto apply = [counted](StateStore& store) -> Result<> {
    auto areas = store.count_areas(kCountedMax);
    if (!areas) return pass(areas);
    *counted = *areas;
    return {};
  };
  auto done = [this, counted](const Result<>& outcome) {
    counting_ = false;
    watch_.note(outcome);
    if (outcome) areas_ = *counted;
  };
  counting_ = threads_.read("count", std::move(apply), std::move(done));
}

}  // namespace outpost::supervisor::mobile
