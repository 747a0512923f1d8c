#include "common/log_queue.h"

#include <string>
#include <thread>
#include <vector>

#include <catch2/catch_test_macros.hpp>

namespace outpost::test::log_queue_test {

namespace {

const LogTime kTime{std::chrono::milliseconds(1704110400123)};

std::vector<std::string> texts_in(LogBatch& batch) {
  std::vector<std::string> texts;
  while (auto record = batch.next()) texts.emplace_back(record->text.begin(), record->text.end());
  return texts;
}

std::vector<std::string> take_texts(LogQueue& queue) {
  LogBatch batch;
  REQUIRE(queue.take(batch));
  return texts_in(batch);
}

}  // namespace

TEST_CASE("records are taken together, in their order, each with what was said of it", "[log]") {
  LogQueue queue;
  queue.put(kTime, Severity::info, "one\n");
  queue.put(kTime + std::chrono::milliseconds(1), std::nullopt, "two\n\t'A'\t1\n");
  queue.put(kTime, std::nullopt, "");
  LogBatch batch;
  REQUIRE(queue.take(batch));
  auto first = batch.next();
  REQUIRE(first);
  CHECK(std::string_view(first->text.data(), first->text.size()) == "one\n");
  CHECK(first->time == kTime);
  CHECK(first->echoed);
  auto second = batch.next();
  REQUIRE(second);
  CHECK(std::string_view(second->text.data(), second->text.size()) == "two\n\t'A'\t1\n");
  CHECK(second->time == kTime + std::chrono::milliseconds(1));
  CHECK(!second->echoed);
  auto third = batch.next();
  REQUIRE(third);
  CHECK(third->text.empty());
  CHECK(!batch.next());
  CHECK(batch.dropped() == 0);
}

TEST_CASE("a full queue drops the oldest records and counts them", "[log]") {
  LogQueue queue;
  for (std::size_t i = 0; i < kLogRecordsMax + 10; ++i) queue.put(kTime, std::nullopt, std::to_string(i));
  CHECK(queue.dropped() == 10);
  LogBatch batch;
  REQUIRE(queue.take(batch));
  CHECK(batch.dropped() == 10);
  auto texts = texts_in(batch);
  REQUIRE(texts.size() == kLogRecordsMax);
  CHECK(texts.front() == "10");
  CHECK(texts.back() == std::to_string(kLogRecordsMax + 9));

  queue.put(kTime, std::nullopt, "later");
  REQUIRE(queue.take(batch));
  CHECK(batch.dropped() == 0);
  CHECK(texts_in(batch) == std::vector<std::string>{"later"});
  CHECK(queue.dropped() == 10);
}

TEST_CASE("large records are bounded by their bytes", "[log]") {
  constexpr std::size_t kRecords = 4096;  // eight times what may wait: the place of the dropped is used many times
  LogQueue queue;
  for (std::size_t i = 0; i < kRecords; ++i) {
    queue.put(kTime, std::nullopt, std::to_string(i) + "\n" + std::string(16 * 1024, 'x'));
  }
  LogBatch batch;
  REQUIRE(queue.take(batch));
  auto texts = texts_in(batch);
  CHECK(texts.size() * 16 * 1024 <= kLogBytesMax);
  CHECK(texts.size() * 17 * 1024 > kLogBytesMax);
  CHECK(batch.dropped() + texts.size() == kRecords);
  for (std::size_t i = 0; i < texts.size(); ++i) {
    CHECK(texts[i].starts_with(std::to_string(kRecords - texts.size() + i) + "\n"));
  }
}

TEST_CASE("a queue that ended hands out what it has, and then no more", "[log]") {
  LogQueue queue;
  queue.put(kTime, std::nullopt, "last");
  queue.end();
  CHECK(take_texts(queue) == std::vector<std::string>{"last"});
  LogBatch batch;
  CHECK(!queue.take(batch));
  CHECK(!batch.next());
}

TEST_CASE("who waits for records is woken by a record, by a call and by the end", "[log]") {
  LogQueue queue;
  std::vector<std::string> taken;
  std::thread taker([&] {
    LogBatch batch;
    while (queue.take(batch)) {
      auto texts = texts_in(batch);
      taken.insert(taken.end(), texts.begin(), texts.end());
      if (texts.empty()) queue.put(kTime, std::nullopt, "was woken");
      if (!texts.empty() && texts.back() == "record") queue.wake();
      if (!texts.empty() && texts.back() == "was woken") queue.end();
    }
  });
  queue.put(kTime, std::nullopt, "record");
  taker.join();
  CHECK(taken == std::vector<std::string>{"record", "was woken"});
}

}  // namespace outpost::test::log_queue_test
