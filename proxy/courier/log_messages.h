// Every numbered message of outpost-courier's log (42000 to 42999). A number is never given to another message.
#pragma once

#include "common/log.h"

namespace outpost::courier::log_messages {

inline constexpr LogMessage kStarted{42001, LogLevel::standard};
inline constexpr LogMessage kReconfigured{42002, LogLevel::standard};
inline constexpr LogMessage kDraining{42003, LogLevel::standard};
inline constexpr LogMessage kStopped{42004, LogLevel::standard};
inline constexpr LogMessage kSandboxed{42010, LogLevel::standard};
inline constexpr LogMessage kSandboxOff{42011, LogLevel::standard};
inline constexpr LogMessage kNoSandbox{42012, LogLevel::standard};
inline constexpr LogMessage kResolverStale{42013, LogLevel::standard};
inline constexpr LogMessage kClientBroken{42014, LogLevel::standard};
inline constexpr LogMessage kAnswered{42020, LogLevel::trace};
inline constexpr LogMessage kNotAnswered{42021, LogLevel::interaction};
inline constexpr LogMessage kTargetDenied{42022, LogLevel::interaction};
inline constexpr LogMessage kAnswerLate{42023, LogLevel::debug};

}  // namespace outpost::courier::log_messages
