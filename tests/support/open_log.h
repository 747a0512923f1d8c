// The supervisor's log in a test's own folder.
#pragma once

#include <catch2/catch_test_macros.hpp>
#include <memory>

#include "common/log.h"
#include "tests/support/temp_dir.h"

namespace outpost::test {

inline std::unique_ptr<Log> open_log(const TempDir& folder, LogLevel level = LogLevel::interaction) {
  Log::Options options;
  options.directory = folder.path();
  options.name = "outpost";
  options.level = level;
  auto log = Log::open(options);
  REQUIRE(log);
  return *std::move(log);
}

}  // namespace outpost::test
