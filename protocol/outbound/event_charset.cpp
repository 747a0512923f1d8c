#include "protocol/outbound/event_charset.h"

#include <utility>
#include <variant>

#include "common/text.h"

namespace outpost::protocol {

Result<std::unique_ptr<EventCharset>> EventCharset::make(const std::string& name) {
  if (name.empty() || equal_ignoring_case(name, "utf-8") || equal_ignoring_case(name, "utf8")) {
    return std::unique_ptr<EventCharset>();
  }
  auto from_utf8 = CharsetConverter::make("UTF-8", name);
  if (!from_utf8) return pass(from_utf8);
  auto to_utf8 = CharsetConverter::make(name, "UTF-8");
  if (!to_utf8) return pass(to_utf8);
  return std::make_unique<EventCharset>(EventCharset{*std::move(from_utf8), *std::move(to_utf8)});
}

Result<Event> convert(const Event& event, const CharsetConverter& converter) {
  Event converted;
  converted.reserve(event.size());
  for (const Event::Attribute& attribute : event) {
    auto key = converter.convert(attribute.key);
    if (!key) return pass(key);
    if (const auto* text = std::get_if<std::string>(&attribute.value)) {
      auto value = converter.convert(*text);
      if (!value) return pass(value);
      converted.add(*key, std::move(*value));
    } else {
      converted.add(*key, attribute.value);
    }
  }
  return converted;
}

void convert_lossy(Event& event, const CharsetConverter& converter) {
  for (Event::Attribute& attribute : event.attributes()) {
    attribute.key = converter.convert_lossy(attribute.key);
    if (auto* text = std::get_if<std::string>(&attribute.value)) *text = converter.convert_lossy(*text);
  }
}

}  // namespace outpost::protocol
