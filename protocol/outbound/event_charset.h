// Events between UTF-8, which HTTP and the store speak, and the character set of event strings. Source: ocs.md 6.2.
#pragma once

#include <memory>
#include <string>

#include "common/charset.h"
#include "protocol/outbound/event.h"

namespace outpost::protocol {

struct EventCharset {
  CharsetConverter from_utf8;
  CharsetConverter to_utf8;

  // Null for no conversion: an empty name, or a name of UTF-8. An error names an unknown character set.
  static Result<std::unique_ptr<EventCharset>> make(const std::string& name);
};

// The event with every key and text converted; an error when one holds what the other character set has not.
Result<Event> convert(const Event& event, const CharsetConverter& converter);
// What the other character set has not is replaced: see CharsetConverter.
void convert_lossy(Event& event, const CharsetConverter& converter);

}  // namespace outpost::protocol
