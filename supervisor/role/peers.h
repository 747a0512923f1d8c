// Who is primary and who could be, as far as the last look tells, and the sentences about it. Changes nothing.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "common/error.h"
#include "supervisor/role/lookout.h"
#include "supervisor/role/self.h"

namespace outpost::supervisor {

class Peers {
 public:
  // References outlive this.
  Peers(const Self& self, const Lookout& lookout, std::chrono::milliseconds lease_time)
      : self_(self), lookout_(lookout), lease_time_(lease_time) {}

  // Null: there is none of that name. Valid until the next look, here and below.
  [[nodiscard]] const Member* member(std::string_view name) const;
  // Null: nobody, or another life of whoever took the lease.
  [[nodiscard]] const Member* holder_of(const Lease& lease) const;
  // Nobody has the lease, or it has run out.
  [[nodiscard]] bool is_vacant() const;
  [[nodiscard]] bool is_in_office(std::string_view name) const;
  // For a sentence: "b on host2 is primary".
  [[nodiscard]] std::string who_is_primary() const;

  // Why `to` cannot take over; empty when it can.
  [[nodiscard]] std::string fault_of(std::string_view to) const;
  // What to type when `to` cannot take a role that nobody has; empty when there is no such way.
  [[nodiscard]] std::string way_out(std::string_view to) const;
  // Whom a primary switches to that was not told to whom.
  [[nodiscard]] Result<std::string> only_other() const;

 private:
  const Self& self_;
  const Lookout& lookout_;
  const std::chrono::milliseconds lease_time_;
};

}  // namespace outpost::supervisor
