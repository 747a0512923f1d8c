// Takes the role of writer, as the tests need it: from whoever has it.
#pragma once

#include <string>

#include "supervisor/store/lease_store.h"
#include "supervisor/store/record_store.h"
#include "tests/support/temp_dir.h"

namespace outpost::test {

inline std::int64_t take_lease(supervisor::RecordStore& store, const std::string& url,
                               const std::string& holder = "test") {
  using namespace std::chrono_literals;
  auto leases = supervisor::open_lease_store(url, 10s);
  must(leases.has_value(), leases ? "" : leases.error().text);
  auto seen = (*leases)->look();
  must(seen.has_value(), seen ? "" : seen.error().text);
  supervisor::Member self;
  self.name = self.instance = holder;
  auto epoch = (*leases)->take(seen->lease, self, 3s);
  must(epoch.has_value() && epoch->has_value(), "the lease is taken");
  store.hold(**epoch);
  return **epoch;
}

}  // namespace outpost::test
