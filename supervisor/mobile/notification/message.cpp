#include "supervisor/mobile/notification/message.h"

#include <utility>
#include <variant>

#include "common/json.h"

namespace outpost::supervisor::mobile {

MessageText message_text(const NotificationEvent& event, std::string_view language, const Localization& localization) {
  if (!event.message.starts_with('"')) return {event.message, true};
  auto parsed = parse_json(event.message);
  auto* text = parsed ? std::get_if<std::string>(&parsed->value) : nullptr;
  if (!text) return {event.message, true};
  if (event.media_type == MediaType::string) return {std::move(*text), false};
  return {std::string(localization.text(*text, language)), false};
}

}  // namespace outpost::supervisor::mobile
