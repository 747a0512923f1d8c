// What scrapes ask of the store: on the reader's thread, one question at a time whoever waits for it, and no longer
// than a scrape can wait. Loop thread.
#pragma once

#include <chrono>
#include <functional>
#include <vector>

#include "common/io/loop.h"
#include "supervisor/engine/record_metrics.h"
#include "supervisor/engine/threads.h"

namespace outpost::supervisor {

class StoreScrape {
 public:
  static constexpr std::chrono::milliseconds kWaitMax{3'000};

  // `done` gets nullptr when the store has failed, or does not answer in time. It may be called before ask() returns.
  using Done = std::function<void(const RecordFigures* figures)>;

  StoreScrape(Loop& loop, EngineThreads& engine) : engine_(engine), timer_(loop, [this] { tell(nullptr); }) {}

  void ask(Done done);
  // Nobody answers any more.
  void end() { tell(nullptr); }

 private:
  void read();
  void tell(const RecordFigures* figures);

  EngineThreads& engine_;
  std::vector<Done> waiting_;
  bool under_way_ = false;
  Timer timer_;
};

}  // namespace outpost::supervisor
