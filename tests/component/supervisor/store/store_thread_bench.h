// A thread over a store that fails when it is told to, for tests of what runs beside it.
#pragma once

#include <cstdint>
#include <functional>
#include <future>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "common/io/loop.h"
#include "supervisor/store/store_thread.h"
#include "tests/component/supervisor/store/engines.h"
#include "tests/component/supervisor/store/failing_store.h"

namespace outpost::test {

// Keeps the store's thread within an `apply` until it is opened, so that a test says what makes one batch.
class Gate {
 public:
  template <class Store = RecordStore>
  typename StoreThread<Store>::Work work() {
    return {[this](Store&) {
              reached_.set_value();
              opened_.wait();
              return Result<>{};
            },
            [](const Result<>&) {}};
  }
  void wait_until_reached() { reached_.get_future().wait(); }
  void open() { open_.set_value(); }

 private:
  std::promise<void> reached_;
  std::promise<void> open_;
  std::shared_future<void> opened_ = open_.get_future().share();
};

struct Bench {
  EngineUnderTest engine{"sqlite"};
  Loop loop;
  FailingStore* store = nullptr;  // owned by the thread; set up before it has work
  int rollbacks = 0;              // the store's thread's, read after stop()
  std::unique_ptr<WriterThread> thread;
  std::vector<std::pair<std::int64_t, std::string>> done;  // record and error's code, in the order they came

  explicit Bench(WriterThread::Limits limits = {1000, 1000}) {
    auto failing = std::make_unique<FailingStore>(engine.writer());
    store = failing.get();
    thread = std::make_unique<WriterThread>(loop, std::move(failing), limits, [this] { ++rollbacks; });
  }
  bool submit(std::int64_t id, std::function<Result<>(RecordStore&)> apply) {
    return thread->submit({std::move(apply), [this, id](const Result<>& result) {
                             done.emplace_back(id, result ? "" : std::string(to_string(result.error().code)));
                           }});
  }
  bool insert(std::int64_t id) {
    return submit(id, [id](RecordStore& s) { return s.insert_record(some_record(id)); });
  }
  void run_until_done(std::size_t n) {
    while (done.size() < n) loop.run_once(true);
  }
  [[nodiscard]] std::vector<std::int64_t> stored() const {
    return ids_of(all_records(*engine.open(OpenMode::reader), 1));
  }
  [[nodiscard]] std::string outcome(std::int64_t id) const {
    for (const auto& [which, error] : done) {
      if (which == id) return error;
    }
    return "none";
  }
};

}  // namespace outpost::test
