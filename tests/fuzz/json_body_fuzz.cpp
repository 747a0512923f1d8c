// The body parser; what it accepts comes back the same from our own JSON.
#include "protocol/http/json_body.h"

#include "tests/fuzz/fuzz.h"

using namespace outpost;
using namespace outpost::protocol;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  auto event = parse_body(as_text(data, size), {.keys_max = 16, .key_bytes_max = 32});
  if (!event) {
    check_error_text(event.error().text);
    return 0;
  }
  auto again = parse_body(event_to_json(*event));
  CHECK(again && *again == *event, "an event changes on its way through JSON");
  return 0;
}
