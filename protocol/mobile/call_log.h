// How a Call and its answer look in the trace block of a log, of both processes: what was asked, names and sizes; at
// debug values too. All through common/log_filter.h. Pure. Source: gms.md 7.5, mobile.md 14.
#pragma once

#include <string>

#include "protocol/channel/messages.h"

namespace outpost::protocol {

// How many parameters are shown at most; what more there are is counted.
inline constexpr std::size_t kLoggedParametersMax = 100;

// Lines for Log::write_block (exchange_log.h). `debug`: the values as well.
std::string call_lines(const Call& call, bool debug);
std::string reply_lines(const CallReply& reply, bool debug);

}  // namespace outpost::protocol
