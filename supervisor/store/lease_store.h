// The lease of the role of writer, and who may take it: where the records live, so that no other service is needed to
// agree on it. Source: design.md section 6; the columns are our own [design].
//
// One row is the lease. Taking it raises the epoch, and a RecordStore proves its epoch inside every transaction that
// writes, so whoever held the lease before is fenced off. Renewing is a write of the holder's RecordStore (the path
// that the updates take); all else goes over a connection of its own, so that it waits for no batch.
//
// One instance belongs to one thread. Every call is a transaction of its own and never waits longer than its time limit
// (see open_lease_store). Errors are Errc::store: nothing happened, or Errc::io: whether it happened is not known.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/error.h"

namespace outpost::supervisor {

// Times are milliseconds by the store's clock: that of the database server, or of the host for an embedded store.
struct Lease {
  std::string holder;    // name of a supervisor; empty: nobody has it
  std::string instance;  // which life of that supervisor
  std::int64_t epoch = 0;
  std::int64_t renewals = 0;    // rises with each renewal: whoever watches sees that the holder lives
  std::int64_t lease_ms = 0;    // how long a renewal lasts
  std::int64_t expires_at = 0;  // meaningless while nobody has it
  std::string wanted_by;        // a supervisor that is to have it next, by a switch; empty for none
  std::int64_t closed_at = 0;   // when the holder before had closed its last port; 0: it did not say
  std::int64_t serving_at = 0;  // when the holder's ports opened; 0: not yet
  bool operator==(const Lease&) const = default;
};

// A supervisor that uses this store, as it last said itself.
struct Member {
  std::string name;      // unique among those of a store
  std::string instance;  // random, another in each life
  std::string host;
  std::int64_t pid = 0;
  std::string process_start;        // tells a process from another that got its pid later; opaque
  std::string program;              // "outpostd 0.4.0"
  std::int64_t schema_version = 0;  // that the program knows
  std::string role;
  std::string reason;          // of its last change of role
  std::int64_t since = 0;      // epoch seconds by its own clock, of that change
  std::int64_t ready_for = 0;  // epoch of the lease that it is ready to take over from, by a switch; 0 for none
  std::string problem;         // why it could not be primary; empty: it could
  std::int64_t seen_at = 0;    // ms by the store's clock; announce() fills it in
  bool operator==(const Member&) const = default;
};

struct LeaseView {
  Lease lease;
  std::vector<Member> members;  // by name
  std::int64_t now = 0;         // ms by the store's clock
  int schema_version = 0;       // of the store
};

class LeaseStore {
 public:
  virtual ~LeaseStore() = default;

  virtual Result<LeaseView> look() = 0;
  // Inserts or replaces the row of this name.
  virtual Result<> announce(const Member& self) = 0;
  // Takes the lease when it is still what was seen (epoch, renewals and holder), whoever has it: the caller knows that
  // it is free, or has expired, or is to be taken by force. Returns the new epoch; nothing when somebody was faster.
  virtual Result<std::optional<std::int64_t>> take(const Lease& seen, const Member& self,
                                                   std::chrono::milliseconds lease_time) = 0;
  // Gives the lease back, to `successor` first when it names one. Nothing happens when `epoch` is not in force any
  // more. `closed_ago`: since the last port was closed.
  virtual Result<> release(std::int64_t epoch, std::string_view successor, std::chrono::milliseconds closed_ago) = 0;
  // Asks the holder of `epoch` to hand over to `name`; an empty name takes the wish back.
  virtual Result<> want(std::int64_t epoch, std::string_view name) = 0;
  // The holder of `epoch` has had its ports open for that long.
  virtual Result<> note_serving(std::int64_t epoch, std::chrono::milliseconds serving_for) = 0;
};

// As open_store() as a writer. Brings the schema up to date only when it is so old that it has no such lease.
// No call takes longer than about `time_limit`, which is also how long another writer's lock is waited for.
Result<std::unique_ptr<LeaseStore>> open_lease_store(const std::string& url, std::chrono::milliseconds time_limit);

}  // namespace outpost::supervisor
