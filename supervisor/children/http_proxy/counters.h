// What the proxies of a link have counted, one after the other: the sums never fall, whatever becomes of a proxy and
// whatever it says.
#pragma once

#include "protocol/channel/messages.h"

namespace outpost::supervisor {

class ProxyCounters {
 public:
  // The latest of the running proxy. A counter that it says has fallen stays as it was.
  void take(const protocol::Statistics& latest);
  void proxy_gone();

  // Of the running proxy; zeros when none runs.
  [[nodiscard]] const protocol::Statistics& running() const { return running_; }
  // Counters since this supervisor started. What is no counter, such as connections, is of the running proxy.
  [[nodiscard]] protocol::Statistics total() const;

 private:
  protocol::Statistics running_;
  protocol::Statistics gone_;
};

}  // namespace outpost::supervisor
