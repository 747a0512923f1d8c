// Every numbered message of outpost-proxy's log (41000 to 41999). A number is never given to another message.
#pragma once

#include "common/log.h"

namespace outpost::proxy::log_messages {

inline constexpr LogMessage kStarted{41001, LogLevel::standard};
inline constexpr LogMessage kBound{41002, LogLevel::standard};
inline constexpr LogMessage kAccepting{41003, LogLevel::standard};
inline constexpr LogMessage kReconfigured{41004, LogLevel::standard};
inline constexpr LogMessage kListenersKept{41005, LogLevel::standard};
inline constexpr LogMessage kDraining{41006, LogLevel::standard};
inline constexpr LogMessage kStopped{41007, LogLevel::standard};
inline constexpr LogMessage kCannotBind{41010, LogLevel::standard};
inline constexpr LogMessage kAcceptRests{41011, LogLevel::standard};
inline constexpr LogMessage kConfigurationAlarm{41012, LogLevel::standard};
inline constexpr LogMessage kConnectionsFull{41020, LogLevel::trace};
inline constexpr LogMessage kAdoptFailed{41021, LogLevel::trace};
inline constexpr LogMessage kMalformedRequest{41022, LogLevel::trace};
inline constexpr LogMessage kRequestTooSlow{41023, LogLevel::trace};
inline constexpr LogMessage kClientGone{41024, LogLevel::trace};
inline constexpr LogMessage kAnswerLate{41025, LogLevel::trace};
inline constexpr LogMessage kSourceDenied{41060, LogLevel::trace};
inline constexpr LogMessage kEvicted{41061, LogLevel::trace};
inline constexpr LogMessage kResponseUntaken{41062, LogLevel::trace};
inline constexpr LogMessage kConnectionOpened{41030, LogLevel::debug};
inline constexpr LogMessage kConnectionClosed{41031, LogLevel::debug};
inline constexpr LogMessage kParameterIgnored{41032, LogLevel::debug};
inline constexpr LogMessage kRequestIds{41033, LogLevel::interaction};
inline constexpr LogMessage kRequestIdIgnored{41034, LogLevel::debug};
inline constexpr LogMessage kHandshakeFailed{41040, LogLevel::interaction};
inline constexpr LogMessage kHandshakeDone{41041, LogLevel::debug};
inline constexpr LogMessage kTlsRenewed{41042, LogLevel::standard};
inline constexpr LogMessage kTlsKept{41043, LogLevel::standard};
inline constexpr LogMessage kTlsBroken{41044, LogLevel::interaction};
inline constexpr LogMessage kSandboxed{41050, LogLevel::standard};
inline constexpr LogMessage kSandboxOff{41051, LogLevel::standard};
inline constexpr LogMessage kNoSandbox{41052, LogLevel::standard};
inline constexpr LogMessage kAuthorized{41070, LogLevel::interaction};
inline constexpr LogMessage kUnauthorized{41071, LogLevel::interaction};
inline constexpr LogMessage kBodiesFull{41100, LogLevel::trace};

}  // namespace outpost::proxy::log_messages
