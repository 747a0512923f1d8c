#include "supervisor/store/job_thread.h"

#include <future>

#include "tests/component/supervisor/store/store_thread_bench.h"

namespace outpost::test::job_thread_test {

using namespace supervisor;

TEST_CASE("the reader runs jobs in order while the writer is busy", "[store][thread]") {
  Bench bench;
  bench.insert(1);
  bench.run_until_done(1);
  Gate gate;
  bench.thread->submit(gate.work());
  gate.wait_until_reached();
  ReaderThread reader(
      bench.loop, [&] { return open_store(bench.engine.url(), OpenMode::reader); }, 2);
  Ids order;
  std::promise<void> reached;
  std::promise<void> opened;
  REQUIRE(reader.submit(
      [&](Result<RecordStore*> s) {
        CHECK(value_of(value_of(s)->record(1, 1)));
        reached.set_value();
        opened.get_future().wait();
      },
      [&] { order.push_back(1); }));
  reached.get_future().wait();
  CHECK(reader.submit([](auto) {}, [&] { order.push_back(2); }));
  CHECK(reader.submit([](auto) {}, [&] { order.push_back(3); }));
  CHECK_FALSE(reader.submit([](auto) {}, [&] { order.push_back(4); }));
  opened.set_value();
  while (order.size() < 3) bench.loop.run_once(true);
  CHECK(order == Ids{1, 2, 3});
  gate.open();
  bench.thread->stop();
  reader.stop();
  CHECK_FALSE(reader.submit([](auto) {}, [] {}));
}

}  // namespace outpost::test::job_thread_test
