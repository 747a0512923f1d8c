// A real store in a directory of its own, for tests of what is built on it.
#pragma once

#include <memory>
#include <string>

#include "common/json.h"
#include "supervisor/control/commands/arguments.h"
#include "supervisor/store/record_store.h"
#include "tests/support/lease.h"
#include "tests/support/temp_dir.h"

namespace outpost::test {

class StoreFixture {
 public:
  StoreFixture() {
    const std::string url = "sqlite://" + dir_.file("store.db");
    auto opened = supervisor::open_store(url, supervisor::OpenMode::writer);
    must(opened.has_value(), opened ? "" : opened.error().text);
    store_ = std::move(*opened);
    take_lease(*store_, url);
  }

  supervisor::RecordStore& store() { return *store_; }

  // Runs `work(store)` in a transaction: committed when it succeeds, rolled back when it fails.
  template <class Work>
  auto in_transaction(Work&& work) {
    must(store_->begin().has_value(), "a transaction begins");
    auto result = work(*store_);
    if (result) {
      must(store_->commit().has_value(), "a transaction commits");
    } else {
      store_->rollback();
    }
    return result;
  }

  // The catalogue of an apply file.
  Result<std::string> apply(const std::string& text, bool dry_run = false) {
    JsonWriter arguments;
    arguments.begin_object().member("text", text).member("dry_run", dry_run).end_object();
    auto parsed = parse_json(arguments.take());
    return in_transaction([&](supervisor::RecordStore& s) { return supervisor::run_apply(s, *parsed); });
  }

 private:
  TempDir dir_;
  std::unique_ptr<supervisor::RecordStore> store_;
};

}  // namespace outpost::test
