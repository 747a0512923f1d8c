// What is asked of the lease before a supervisor begins. Both block, and nothing else goes on yet.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "common/log.h"
#include "supervisor/store/lease_store.h"

namespace outpost::supervisor {

// Errc::exists when another supervisor of this name is alive; to tell may take a few seconds. `view` is what was seen
// last, `url` is for the text.
Result<> refuse_namesake(Log& log, LeaseStore& leases, LeaseView view, const std::string& name, const std::string& url);

// Without redundancy nobody else can be primary: the lease is taken from whoever has it (design.md section 6). The new
// epoch; Errc::fenced when somebody takes it again and again.
Result<std::int64_t> take_from_whoever(LeaseStore& leases, Lease seen, const Member& self,
                                       std::chrono::milliseconds lease_time, const std::string& url);

}  // namespace outpost::supervisor
