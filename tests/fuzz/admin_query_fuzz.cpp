// The target of an admin request, and its query as the arguments of a command.
#include "common/json.h"
#include "proxy/admin/translate.h"
#include "tests/fuzz/fuzz.h"

using namespace outpost;
using namespace outpost::proxy;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  protocol::HttpRequest request;
  request.method = protocol::HttpMethod::get;
  request.method_text = "GET";
  request.target = as_text(data, size);
  auto route = find_admin_route(request, Dialect::Transport::clear);
  if (!route) return check_error_text(route.error().refusal.text), 0;
  auto arguments = admin_arguments(*route, "");
  if (!arguments) return check_error_text(arguments.error().refusal.text), 0;
  if (arguments->empty()) return 0;
  auto parsed = parse_json(*arguments);
  ENSURE(parsed && parsed->kind() == JsonValue::Kind::object, "arguments are no JSON object");
  // Three bytes of a target become at most one character, which JSON may write with six.
  ENSURE(arguments->size() <= 4 * size + 64, "arguments are longer than a message may be");
  return 0;
}
