// The target of a request to a mobile node, with each method; what a log and a header may have of it.
#include "proxy/mobile/target.h"

#include <algorithm>

#include "common/log_filter.h"
#include "common/text.h"
#include "proxy/mobile/attachment.h"
#include "tests/fuzz/fuzz.h"

using namespace outpost;
using namespace outpost::proxy;

namespace {

void check_target(std::string_view method, std::string_view target) {
  auto found = find_mobile_route(method, target);
  if (!found) {
    check_error_text(found.error().text);
    int status = found.error().status;
    ENSURE(status == 400 || status == 404 || status == 405, "a target has another status");
    ENSURE((status == 405) == !found.error().allow.empty(), "methods are named at 405 and only there");
    return;
  }
  auto captures = static_cast<std::ptrdiff_t>(found->captures.size());
  ENSURE(captures == std::ranges::count(found->row->pattern, '{'), "a pattern is not captured as it is");
  for (const std::string& capture : found->captures) ENSURE(is_plain_text(capture), "a capture is no text");
  std::string_view shown = shown_mobile_target(method, target);
  ENSURE(shown.ends_with(found->row->pattern), "another pattern is shown than was found");
}

void check_attachment(std::string_view name) {
  std::string line = attachment_line(name);
  ENSURE(std::ranges::count(line, '\n') == 1 && line.ends_with("\r\n"), "a file name breaks out of its header");
  std::string_view inner = std::string_view(line).substr(0, line.size() - 2);
  for (char c : inner) ENSURE(c >= ' ' && c <= '~', "a header has other bytes than ASCII");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view text = as_text(data, size);
  for (std::string_view method : {"GET", "HEAD", "POST", "DELETE", "OPTIONS", "PUT"}) check_target(method, text);
  check_attachment(text);
  ENSURE(is_utf8(filtered_json(text)), "a filtered text is none");
  return 0;
}
