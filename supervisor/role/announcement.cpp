#include "supervisor/role/announcement.h"

#include <chrono>
#include <utility>

#include "supervisor/log_messages.h"

namespace outpost::supervisor {

namespace lm = log_messages;

namespace {

constexpr std::chrono::milliseconds kAnnounceInterval{1'000};

}  // namespace

void Announcement::send() {
  if (under_way_) return;
  at_ms_ = loop_.now_ms() + static_cast<std::uint64_t>(kAnnounceInterval.count());
  under_way_ = leases_.run([row = self_.row()](LeaseStore& store) { return store.announce(row); },
                           [this](const Result<>& outcome) {
                             under_way_ = false;
                             if (outcome) announced_ = true;
                           });
}

void Announcement::look_out_for_namesake(const Member* row) {
  bool namesake = announced_ && !under_way_ && row && row->instance != self_.row().instance;
  if (!namesake || std::exchange(namesake_logged_, true)) return;
  log_.write(lm::kNamesake,
             "another supervisor of this store is called {} too, on {}, pid {}: give each its own redundancy.name",
             self_.name(), row->host, row->pid);
}

}  // namespace outpost::supervisor
