// The request target and its row in the matrix.
#include "protocol/http/uri.h"

#include "common/text.h"
#include "tests/fuzz/fuzz.h"

using namespace outpost;
using namespace outpost::protocol;

namespace {

void check_text(std::string_view text) {
  ENSURE(is_utf8(text) && text.find('\0') == std::string_view::npos, "a decoded text is not clean");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string shown = shown_target(as_text(data, size));
  auto target = parse_target(as_text(data, size));
  if (!target) {
    ENSURE(target.error().http_status == 400 || target.error().http_status == 404, "a target has an odd status");
    check_error_text(target.error().text);
    return 0;
  }
  ENSURE(!target->id.empty() && target->id.size() <= kNameBytesMax, "an id is over its limits");
  bool is_contact = target->resource == Resource::phones || target->resource == Resource::customer_ids;
  ENSURE(!is_contact || shown.find("/***") != std::string::npos, "an access log shows a contact");
  check_text(target->id);
  check_text(target->request);
  if (target->tenant) check_text(*target->tenant);
  for (const std::string& name : target->ignored) check_text(name);
  auto row = find_row(*target);
  if (!row) return check_error_text(row.error().text), 0;
  ENSURE((*row)->resource == target->resource, "a row is of another resource");
  return 0;
}
