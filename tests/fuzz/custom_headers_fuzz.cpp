// The option http-custom-headers: whatever it holds, what is left of it is header lines and nothing else.
#include "protocol/custom_headers.h"

#include "tests/fuzz/fuzz.h"

using namespace outpost;

namespace {

void check_lines(std::string_view lines) {
  while (!lines.empty()) {
    std::size_t end = lines.find("\r\n");
    ENSURE(end != std::string_view::npos, "a line has no end");
    std::string_view line = lines.substr(0, end);
    lines.remove_prefix(end + 2);
    ENSURE(line.starts_with("X-") || line.starts_with("Content-Security-Policy: ") ||
               line.starts_with("Strict-Transport-Security: "),
           "a line has another name than those allowed");
    for (char c : line) ENSURE(static_cast<unsigned char>(c) >= 0x20 && c != 0x7F, "a line holds a control byte");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  protocol::CustomHeaders headers = protocol::parse_custom_headers(as_text(data, size));
  check_lines(headers.lines);
  for (const std::string& problem : headers.problems) {
    for (char c : problem) ENSURE(static_cast<unsigned char>(c) >= 0x20 && c != 0x7F, "a problem is not one line");
  }
  return 0;
}
