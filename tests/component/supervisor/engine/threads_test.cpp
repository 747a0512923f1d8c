// Requests on their way through the store's thread, over a real store.
#include "supervisor/engine/threads.h"

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "supervisor/metrics/exposition.h"
#include "tests/component/supervisor/store/failing_store.h"
#include "tests/support/engine_fixture.h"
#include "tests/support/filled_store.h"
#include "tests/support/open_log.h"
#include "tests/support/run_until.h"

namespace outpost::test::threads_test {

namespace {

struct Threads {
  TempDir folder;
  Loop loop;
  std::unique_ptr<Log> log = open_log(folder);
  Config config = [this] {
    Config made;
    made.store.url = "sqlite://" + folder.file("records.db");
    made.application.dbid = 134;
    return made;
  }();
  std::vector<Event> answers;
  std::atomic<bool> failing = false;  // every commit
  std::optional<EngineThreads> threads;

  Threads() {
    auto store = std::make_unique<FailingStore>(filled_store(config.store.url, kCatalogue));
    store->before_commit = [this]() -> Result<> {
      if (failing) return fail(Errc::store, "the disk is full");
      return {};
    };
    threads.emplace(loop, *log, config, std::move(store), [](const Error&) {});
  }
  // Whether the metrics and the health say that the store fails.
  bool is_failing() {
    MetricsWriter out(MetricsFormat::prometheus);
    threads->write_metrics(out);
    bool told = out.text().find("\noutpost_store_failing 1\n") != std::string::npos;
    CHECK(told == (threads->problem().find("the record store fails") == 0));
    return told;
  }

  bool submit(std::string phone) {
    return threads->submit(request("lists", "AddRecord",
                                   {{"GSW_CALLING_LIST", "Spring_2024"},
                                    {"GSW_PHONE", phone},
                                    {"GSW_TZ_NAME", "PST"},
                                    {"STATE", "a value that is longer than a string keeps within itself"}}),
                           [this](Answer answer) { answers.push_back(std::move(answer.event)); });
  }
  std::size_t stored() {
    auto store = open_store(config.store.url, OpenMode::reader);
    REQUIRE(store);
    RecordFilter filter;
    filter.limit = 1000;
    return (*store)->records(301, filter)->records.size();
  }
};

}  // namespace

TEST_CASE_METHOD(Threads, "answers come in the order of the requests, each its own", "[engine]") {
  constexpr std::size_t kRequests = 100;
  for (std::size_t round = 0; round < 2; ++round) {
    answers.clear();
    for (std::size_t i = 0; i < kRequests; ++i) REQUIRE(submit(std::to_string(5550000 + i)));
    run_until(loop, [&] { return answers.size() == kRequests; });
    for (std::size_t i = 0; i < kRequests; ++i) {
      CHECK(*answers[i].string("GSW_PHONE") == std::to_string(5550000 + i));
    }
  }
  threads->end();
  CHECK(stored() == 2 * kRequests);
}

TEST_CASE_METHOD(Threads, "requests are done and let go when nobody is left to be told", "[engine]") {
  for (std::size_t i = 0; i < 100; ++i) REQUIRE(submit(std::to_string(5550000 + i)));
  threads.reset();  // without end()
  CHECK(answers.empty());
  CHECK(stored() == 100);
}

TEST_CASE_METHOD(Threads, "a request that comes after the end is refused and let go", "[engine]") {
  threads->end();
  CHECK(!submit("5550000"));
  CHECK(answers.empty());
}

TEST_CASE_METHOD(Threads, "a store that is closed fails no more, and who opens it begins anew", "[engine]") {
  CHECK(!is_failing());
  failing = true;
  REQUIRE(submit("5550000"));
  run_until(loop, [&] { return answers.size() == 1; });
  CHECK(is_failing());

  bool closed = false;
  threads->close([&] { closed = true; });
  run_until(loop, [&] { return closed; });
  CHECK(!is_failing());

  failing = false;
  std::optional<bool> opened;
  threads->open(1, config, false, [&](const auto& outcome) { opened = outcome.has_value(); });
  run_until(loop, [&] { return opened.has_value(); });
  CHECK(opened == true);
  CHECK(!is_failing());
  threads->end();
}

}  // namespace outpost::test::threads_test
