#include "supervisor/mobile/notification/formatting.h"

#include <algorithm>
#include <array>
#include <utility>

#include "common/json.h"
#include "common/text.h"

namespace outpost::supervisor::mobile {

namespace {

std::size_t json_bytes(std::string_view text) { return JsonWriter().value(text).take().size(); }

// The front of `text`, in whole characters, that takes `room` bytes as JSON.
std::string_view fitting_front(std::string_view text, std::size_t room) {
  // A byte is one of JSON at least.
  std::size_t low = 0;
  std::size_t high = std::min(text.size(), room);
  while (low < high) {
    std::size_t middle = low + (high - low + 1) / 2;
    std::string_view front = text.substr(0, utf8_prefix(text.substr(0, middle)));
    json_bytes(front) <= room ? low = middle : high = middle - 1;
  }
  return text.substr(0, utf8_prefix(text.substr(0, low)));
}

void add_given(JsonWriter& out, std::string_view name, const std::string& value) {
  if (!value.empty()) out.member(name, value);
}

void add_alert(JsonWriter& out, const PushFormatOptions& format) {
  const std::array<std::pair<std::string_view, const std::string*>, 4> texts{{
      {"body", &format.apple_body},
      {"action-loc-key", &format.apple_action_loc_key},
      {"loc-key", &format.apple_loc_key},
      {"launch-image", &format.apple_launch_image},
  }};
  bool any = !format.apple_loc_arg_names.empty() ||
             std::ranges::any_of(texts, [](const auto& one) { return !one.second->empty(); });
  if (!any) return;
  out.key("alert").begin_object();
  for (const auto& [name, value] : texts) add_given(out, name, *value);
  if (!format.apple_loc_arg_names.empty()) {
    out.key("loc-args").begin_array();
    for (const std::string& name : split_names(format.apple_loc_arg_names)) out.value(trim(name));
    out.end_array();
  }
  out.end_object();
}

std::string apns_json(const PushFormatOptions& format, std::string_view text) {
  JsonWriter out;
  out.begin_object().key("aps").begin_object();
  add_alert(out, format);
  if (auto badge = parse_integer(format.apple_badge)) {
    out.member("badge", *badge);
  } else {
    add_given(out, "badge", format.apple_badge);
  }
  add_given(out, "sound", format.apple_sound);
  return out.end_object().member("message", text).end_object().take();
}

}  // namespace

PushBody apns_body(const PushFormatOptions& format, std::string_view text) {
  std::string whole = apns_json(format, text);
  if (whole.size() <= kPushBytesMax) return {std::move(whole), false};
  constexpr std::size_t kQuotes = 2;
  std::size_t bare = apns_json(format, "").size();
  std::size_t room = bare < kPushBytesMax ? kPushBytesMax - bare + kQuotes : 0;
  return {apns_json(format, fitting_front(text, room)), true};
}

PushBody fcm_body(const PushFormatOptions& format, std::string_view token, std::string_view text) {
  constexpr std::size_t kNameAndBraces = std::string_view("{\"message\":}").size();
  std::string_view front = fitting_front(text, kPushBytesMax - kNameAndBraces);
  JsonWriter out;
  out.begin_object().key("message").begin_object().member("token", token);
  out.key("data").begin_object().member("message", front).end_object();
  out.key("android").begin_object();
  add_given(out, "collapse_key", format.android_collapse_key);
  out.member("priority", equal_ignoring_case(format.android_delay_while_idle, "true") ? "normal" : "high");
  out.end_object().end_object().end_object();
  return {out.take(), front.size() < text.size()};
}

}  // namespace outpost::supervisor::mobile
