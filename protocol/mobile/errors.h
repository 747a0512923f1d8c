// What a mobile node answers when it is no success: JSON with two strings, "exception", a name that looks like a class,
// and "message", one sentence. Proxy and engine have the same table. Source: gms.md 0.4 (G7 to G9).
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace outpost::protocol {

struct MobileError {
  int status;
  std::string_view exception;
  std::string_view text;  // when, for the manual
};

// By status.
std::span<const MobileError> mobile_errors();

// The names of what is told apart beside its status.
inline constexpr std::string_view kNoResource = "gms.NoResourceException";  // 500
inline constexpr std::string_view kStorageFailed = "gms.StorageException";  // 500

// Names and texts that clients of the original know, all of them 500. Source: gms.md 0.4 (G8).
inline constexpr std::string_view kOrsFailed = "com.genesyslab.gsg.services.ors.OrsServiceException";
inline constexpr std::string_view kOrsUnreached = "ORS request failed: cannot connect to ORS. IO issue.";
inline constexpr std::string_view kIllegalArgument = "java.lang.IllegalArgumentException";
inline constexpr std::string_view kNumberFormat = "java.lang.NumberFormatException";

// The name of a status that is an error.
std::string_view exception_of(int status);

// The body. `exception` is another name than the status has; empty: the status's own.
std::string error_body(int status, std::string_view message, std::string_view exception = {});

}  // namespace outpost::protocol
