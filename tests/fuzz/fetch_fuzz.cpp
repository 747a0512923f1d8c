// What is asked of the courier: a URL, header lines, a method. Whatever they hold, what is taken is one request.
#include <string>

#include "common/text.h"
#include "protocol/channel/courier.h"
#include "proxy/courier/url.h"
#include "tests/fuzz/fuzz.h"

using namespace outpost;

namespace {

bool has_control_byte(std::string_view text) {
  for (char c : text) {
    if ((static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7F) return true;
  }
  return false;
}

void check_url(std::string_view text) {
  auto url = courier::Url::parse(text);
  if (!url) {
    ENSURE(!url.error().text.empty() && !has_control_byte(url.error().text), "a refusal is no sentence");
    return;
  }
  std::string shown = url->shown();
  ENSURE(shown.starts_with(url->secure() ? "https://" : "http://"), "a URL of another scheme is taken");
  ENSURE(shown.find('?') == std::string::npos && shown.find('#') == std::string::npos, "a query is shown");
  ENSURE(url->server().find('@') == std::string::npos, "a user is shown");
  ENSURE(!has_control_byte(shown), "a control byte is taken");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view text = as_text(data, size);
  check_url(text);
  for (const std::string& line : protocol::header_lines(text)) {
    if (!protocol::header_fault(line).empty()) continue;
    ENSURE(!has_control_byte(line), "a header line holds a control byte");
    ENSURE(to_lower(line).find("content-length:") != 0 && to_lower(line).find("host:") != 0,
           "a header of the transport");
  }
  if (protocol::method_fault(text).empty()) ENSURE(text != "CONNECT" && text.size() <= 16, "a method is taken");
  return 0;
}
