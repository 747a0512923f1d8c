#include "supervisor/store/store_thread.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace outpost::supervisor {

namespace {

// How often a batch is tried that another transaction is in the way of.
constexpr int kAttemptsMax = 4;

// A store in which so many works in a row fail alone, and take longer than this, is itself at fault.
constexpr std::chrono::milliseconds kRetryTime{1000};
constexpr int kFailuresInARow = 2;

bool is_store_failure(const Error& error) {
  return error.code == Errc::store || error.code == Errc::io || error.code == Errc::conflict;
}

}  // namespace

StoreThread::StoreThread(Loop& loop, std::unique_ptr<RecordStore> store, Limits limits,
                         std::function<void()> on_rollback)
    : store_(std::move(store)),
      batch_time_max_(limits.batch_time_max),
      on_rollback_(std::move(on_rollback)),
      urgent_wakeup_(loop, [this] { finish_urgent(); }),
      thread_(
          loop, limits.queue_max, limits.batch_max, [this](std::vector<Item>& items) { run(items); },
          [](Item& item) {
            if (item.work.done) item.work.done(item.result);
          }) {}

bool StoreThread::submit(Work work) { return thread_.push({std::move(work), {}, {}}); }

bool StoreThread::submit_alone(Handling handling, std::function<void(const Result<>&)> done) {
  auto boundary = [this, handling = std::move(handling)](std::unique_ptr<RecordStore>& store) {
    abandoned_ = false;
    return handling(store);
  };
  return thread_.push_beyond({{{}, std::move(done)}, std::move(boundary), {}});
}

bool StoreThread::submit_urgent(Work work) {
  {
    std::lock_guard lock(urgent_mutex_);
    urgent_.push_back({std::move(work), {}, {}});
  }
  // It wakes a thread that is at rest; one that works looks between two transactions.
  return thread_.push_beyond({{}, [](std::unique_ptr<RecordStore>&) { return Result<>(); }, {}});
}

StoreThread::Counters StoreThread::counters() const {
  std::lock_guard lock(counters_mutex_);
  return counters_;
}

void StoreThread::run(std::span<Item> items) {
  while (!items.empty()) {
    run_urgent();
    auto alone = std::ranges::find_if(items, [](const Item& item) { return item.handling != nullptr; });
    auto works = static_cast<std::size_t>(alone - items.begin());
    if (works > 0) {
      run_works(items.first(works));
    } else {
      items.front().result = items.front().handling(store_);
    }
    items = items.subspan(std::max<std::size_t>(works, 1));
  }
}

void StoreThread::run_works(std::span<Item> items) {
  while (!items.empty() && store_ && !abandoned_) {
    std::span<Item> batch = items;
    run_batch(batch);
    items = items.subspan(batch.size());
    if (!items.empty()) run_urgent();
  }
  for (Item& item : items) item.result = fail(Errc::closed, "this supervisor is not primary");
}

void StoreThread::run_urgent() {
  std::vector<Item> items;
  {
    std::lock_guard lock(urgent_mutex_);
    items.swap(urgent_);
  }
  if (items.empty()) return;
  run_works(items);
  {
    std::lock_guard lock(urgent_mutex_);
    std::ranges::move(items, std::back_inserter(urgent_finished_));
  }
  urgent_wakeup_.notify();
}

void StoreThread::finish_urgent() {
  std::vector<Item> finished;
  {
    std::lock_guard lock(urgent_mutex_);
    finished.swap(urgent_finished_);
  }
  for (Item& item : finished) item.work.done(item.result);
}

void StoreThread::run_batch(std::span<Item>& items) {
  auto start = std::chrono::steady_clock::now();
  transact(items);
  running_.busy += std::chrono::steady_clock::now() - start;
  running_.works += items.size();
  running_.batches += 1;
  running_.largest_batch = std::max<std::uint64_t>(running_.largest_batch, items.size());
  std::lock_guard lock(counters_mutex_);
  counters_ = running_;
}

StoreThread::Outcome StoreThread::transact(std::span<Item>& items, int attempt) {
  auto tell_all = [&](const Result<>& result) {
    for (Item& item : items) item.result = result;
  };
  std::uint64_t writes = store_->writes();
  if (Result<> begun = store_->begin(); !begun) {
    if (begun.error().code == Errc::store) begun = fail(Errc::unavailable, "{}", begun.error().text);
    tell_all(begun);
    return Outcome::store_unavailable;
  }
  bool committing = false;
  Result<> done = apply_all(items);
  if (done) {
    committing = true;
    done = store_->commit();
  }
  if (done) {
    if (store_->writes() != writes) running_.syncs += 1;
    return Outcome::settled;
  }
  roll_back();
  if (done.error().code == Errc::conflict && attempt < kAttemptsMax) return transact(items, attempt + 1);
  bool outcome_unknown = committing && done.error().code == Errc::io;
  if (items.size() == 1 || outcome_unknown || done.error().code == Errc::fenced) {
    tell_all(done);
    return Outcome::settled;
  }
  running_.retried_batches += 1;
  retry_one_by_one(items);
  return Outcome::settled;
}

void StoreThread::retry_one_by_one(std::span<Item> items) {
  auto enough = std::chrono::steady_clock::now() + kRetryTime;
  int failed = 0;  // in a row
  for (std::size_t i = 0; i < items.size(); ++i) {
    auto one = items.subspan(i, 1);
    Outcome outcome = transact(one);
    const Result<>& result = items[i].result;
    failed = !result && is_store_failure(result.error()) ? failed + 1 : 0;
    bool slow = failed >= kFailuresInARow && std::chrono::steady_clock::now() > enough;
    if (outcome == Outcome::settled && !slow && !abandoned_) continue;
    // Each further one might wait its whole time limit for the same answer.
    for (Item& rest : items.subspan(i + 1)) {
      rest.result = abandoned_ ? fail(Errc::closed, "this supervisor is not primary")
                               : fail(Errc::unavailable, "{}", result.error().text);
    }
    return;
  }
}

// An error is one that the whole transaction has to be rolled back for; an item's own failure is in its result.
Result<> StoreThread::apply_all(std::span<Item>& items) {
  auto end = std::chrono::steady_clock::now() + batch_time_max_;
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (i > 0 && std::chrono::steady_clock::now() >= end) {
      items = items.first(i);
      break;
    }
    Item& item = items[i];
    std::uint64_t writes = store_->writes();
    item.result = item.work.apply(*store_);
    if (item.result) continue;
    const Error& error = item.result.error();
    if (is_store_failure(error) || error.code == Errc::fenced || store_->writes() != writes) return item.result;
  }
  return {};
}

void StoreThread::roll_back() {
  store_->rollback();
  if (on_rollback_) on_rollback_();
}

}  // namespace outpost::supervisor
