// What the tests of the PostgreSQL engine do with its databases.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "supervisor/store/lease_store.h"
#include "supervisor/store/record_store.h"
#include "tests/component/supervisor/store/engines.h"

namespace outpost::test {

inline std::unique_ptr<RecordStore> open(const std::string& url, OpenMode mode = OpenMode::writer) {
  auto store = supervisor::open_store(url, mode);
  if (!store) FAIL(store.error().text);
  return std::move(*store);
}

inline Error error_of_opening(const std::string& url, OpenMode mode = OpenMode::writer) {
  auto store = supervisor::open_store(url, mode);
  REQUIRE_FALSE(store);
  INFO(store.error().text);
  CHECK(store.error().text.find("secret") == std::string::npos);
  return store.error();
}

inline Result<> insert(RecordStore& store, std::int64_t id) {
  Result<> done = store.begin();
  if (!done) return done;
  done = store.insert_record(some_record(id));
  if (done) done = store.commit();
  if (!done) store.rollback();
  return done;
}

inline Ids stored(const std::string& url) { return ids_of(all_records(*open(url, OpenMode::reader), kList)); }

inline Result<std::optional<std::int64_t>> take(const std::string& url, const std::string& name,
                                                std::chrono::milliseconds limit = std::chrono::seconds(5)) {
  auto leases = supervisor::open_lease_store(url, limit);
  if (!leases) return fail(std::move(leases.error()));
  auto seen = (*leases)->look();
  if (!seen) return fail(std::move(seen.error()));
  supervisor::Member self;
  self.name = self.instance = name;
  return (*leases)->take(seen->lease, self, std::chrono::seconds(3));
}

inline bool says(const Error& error, const std::string& words) {
  INFO(error.text);
  bool found = error.text.find(words) != std::string::npos;
  CHECK(found);
  return found;
}

}  // namespace outpost::test
