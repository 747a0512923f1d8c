// A store that holds the lease and a catalogue.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "common/json.h"
#include "supervisor/control/commands/arguments.h"
#include "supervisor/store/record_store.h"
#include "tests/support/lease.h"

#include <catch2/catch_test_macros.hpp>

namespace outpost::test {

inline std::unique_ptr<supervisor::RecordStore> filled_store(const std::string& url, std::string_view catalogue) {
  auto store = supervisor::open_store(url, supervisor::OpenMode::writer);
  REQUIRE(store);
  take_lease(**store, url);
  JsonWriter arguments;
  arguments.begin_object().member("text", catalogue).member("dry_run", false).end_object();
  REQUIRE((*store)->begin());
  REQUIRE(run_apply(**store, *parse_json(arguments.take())));
  REQUIRE((*store)->commit());
  return std::move(*store);
}

}  // namespace outpost::test
