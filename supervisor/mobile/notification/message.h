// What a subscriber is told of an event: its message as text, in the language of the subscription. Pure.
// Source: gms.md 3.3, 3.4, 3.7.
#pragma once

#include <string>
#include <string_view>

#include "supervisor/mobile/notification/localization.h"
#include "supervisor/mobile/notification/rules.h"

namespace outpost::supervisor::mobile {

struct MessageText {
  std::string text;      // a string without its quotes; anything else as JSON
  bool is_json = false;  // it was no string

  // Of a body that has it.
  [[nodiscard]] std::string_view content_type() const {
    return is_json ? "application/json" : "text/plain;charset=UTF-8";
  }
};
MessageText message_text(const NotificationEvent& event, std::string_view language, const Localization& localization);

}  // namespace outpost::supervisor::mobile
