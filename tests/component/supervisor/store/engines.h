// The engines that the conformance suite holds for. An engine under test is one fresh store that can be opened often.
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <iterator>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "supervisor/store/record_store.h"
#include "tests/support/lease.h"
#include "tests/support/postgres_server.h"
#include "tests/support/temp_dir.h"

#include <catch2/catch_get_random_seed.hpp>
#include <catch2/catch_test_macros.hpp>

namespace outpost::test {

using supervisor::OpenMode;
using supervisor::RecordStore;
using Ids = std::vector<std::int64_t>;

// The calling list of some_record().
inline constexpr std::int64_t kList = 1;

class EngineUnderTest {
 public:
  explicit EngineUnderTest(const std::string& name) : name_(name) {
    REQUIRE((name == "sqlite" || name == "postgresql"));
    url_ = name == "sqlite" ? "sqlite://" + directory_.file("records.db") : PostgresServer::shared().database();
  }

  [[nodiscard]] const std::string& url() const { return url_; }
  // Writes are on their way when a call returns, and what they did is known at the next read or at the commit.
  [[nodiscard]] bool pipelined() const { return name_ != "sqlite"; }
  [[nodiscard]] std::unique_ptr<RecordStore> open(OpenMode mode) const {
    auto store = supervisor::open_store(url(), mode);
    if (!store) FAIL(store.error().text);
    return std::move(*store);
  }
  // A writer that holds the lease.
  std::unique_ptr<RecordStore> writer(std::string_view holder = "test") const {
    auto store = open(OpenMode::writer);
    take_lease(*store, url(), std::string(holder));
    return store;
  }

 private:
  std::string name_;
  TempDir directory_;
  std::string url_;
};

inline std::vector<std::string> engine_names() { return {"sqlite", "postgresql"}; }

// REQUIRE without a value, so that the error's sentence shows.
template <class T>
void require_ok(const Result<T>& result) {
  if (!result) FAIL(result.error().text);
}

template <class T>
T value_of(Result<T> result) {
  if (!result) FAIL(result.error().text);
  return std::move(*result);
}

// The error of a write. A pipelined engine tells it at the commit at the latest.
inline Errc error_of(const EngineUnderTest& engine, RecordStore& store, Result<> written) {
  if (engine.pipelined() && written) written = store.commit();
  REQUIRE_FALSE(written);
  return written.error().code;
}

inline void in_transaction(RecordStore& store, const std::function<void()>& action) {
  require_ok(store.begin());
  action();
  require_ok(store.commit());
}

// A Ready General record, alone in its chain.
inline supervisor::Record some_record(std::int64_t record_id, std::int64_t list_dbid = kList) {
  supervisor::Record record;
  record.record_id = record_id;
  record.list_dbid = list_dbid;
  record.contact_info = "+1555" + std::to_string(1000000 + record_id);
  record.chain_id = record_id;
  record.tz_dbid = 106;
  return record;
}

// Page by page, as a list of any length has to be read.
inline std::vector<supervisor::Record> all_records(RecordStore& store, std::int64_t list_dbid,
                                                   supervisor::RecordFilter filter = {}) {
  std::vector<supervisor::Record> all;
  do {
    supervisor::RecordPage page = value_of(store.records(list_dbid, filter));
    REQUIRE(page.records.size() <= filter.limit);
    if (page.next != 0) REQUIRE(page.next > filter.after_record_id);
    std::ranges::move(page.records, std::back_inserter(all));
    filter.after_record_id = page.next;
  } while (filter.after_record_id != 0);
  return all;
}

inline Ids ids_of(const std::vector<supervisor::Record>& records) {
  Ids ids;
  for (const auto& record : records) ids.push_back(record.record_id);
  return ids;
}

}  // namespace outpost::test
