// The body parser; what it accepts comes back the same from our own JSON.
#include "protocol/http/json_body.h"

#include "protocol/http/plain_body.h"
#include "tests/fuzz/fuzz.h"

using namespace outpost;
using namespace outpost::protocol;

namespace {

// The short cut means what the reader of all bodies makes of the same, which an escape brings in.
void check_plain(std::string_view body, const BodyLimits& limits) {
  auto plain = parse_plain_body(body, limits);
  if (!plain) return;
  auto whole = parse_body(R"({"\u00e9":null,)" + std::string(body.substr(body.find('{') + 1)));
  ENSURE(whole && *whole == *plain, "a plain body means something else when it is read whole");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr BodyLimits kLimits{.keys_max = 16, .key_bytes_max = 32};
  check_plain(as_text(data, size), kLimits);
  auto event = parse_body(as_text(data, size), kLimits);
  if (!event) {
    check_error_text(event.error().text);
    return 0;
  }
  auto again = parse_body(event_to_json(*event));
  ENSURE(again && *again == *event, "an event changes on its way through JSON");
  return 0;
}
