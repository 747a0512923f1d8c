// What a device gets of an event: the bodies that APNs and FCM take, by the formatting options that hold for it
// (push_format()). Pure; nothing sends them yet. Source: gms.md 3.5, 3.6.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "supervisor/config/mobile_rows.h"

namespace outpost::supervisor::mobile {

// Bytes that either service takes.
inline constexpr std::size_t kPushBytesMax = 4096;

struct PushBody {
  std::string json;
  bool is_cut = false;  // the message was too long: a cut notice is better than none
};
// {"aps":{"alert":{...},"badge","sound"},"message":TEXT}. Formatting that fills the body alone leaves no text.
PushBody apns_body(const PushFormatOptions& format, std::string_view text);
// {"message":{"token","data":{"message":TEXT},"android":{...}}}; the limit is that of "data".
PushBody fcm_body(const PushFormatOptions& format, std::string_view token, std::string_view text);

}  // namespace outpost::supervisor::mobile
