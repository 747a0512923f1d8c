// The event decoder, the canonical forms of what it brings, and its way out as JSON.
#include "protocol/outbound/event.h"

#include <string>

#include "common/text.h"
#include "protocol/http/json_body.h"
#include "tests/fuzz/fuzz.h"

using namespace outpost;
using namespace outpost::protocol;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view bytes = as_text(data, size);
  ByteReader in(bytes);
  Event event;
  event.decode(in);
  if (!in.ok() || !in.at_end()) return 0;
  std::string back;
  ByteWriter out(back);
  event.encode(out);
  ENSURE(back == bytes, "an event has two forms");
  ENSURE(is_utf8(event_to_json(event)), "a response is not UTF-8");
  for (const auto& [key, value] : event) {
    const protocol::Attribute* attribute = find_attribute(key);
    if (!attribute) continue;
    auto canonical = canonical_value(*attribute, value);
    if (!canonical) {
      check_error_text(canonical.error().text);
      continue;
    }
    auto again = canonical_value(*attribute, *canonical);
    ENSURE(again && *again == *canonical, "a canonical value is not canonical");
  }
  return 0;
}
