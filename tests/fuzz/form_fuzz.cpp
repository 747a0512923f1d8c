// Forms and JSON objects as parameters, and a query before them; the same bytes as a JSON text.
#include "protocol/http/form.h"

#include <algorithm>

#include "common/text.h"
#include "protocol/http/json_text.h"
#include "proxy/mobile/parameters.h"
#include "tests/fuzz/fuzz.h"

using namespace outpost;
using namespace outpost::protocol;

namespace {

constexpr FormLimits kLimits{.fields_max = 16, .name_bytes_max = 32};

void check_fields(const std::optional<FormError>& error, const std::vector<FormField>& fields) {
  if (error) return check_error_text(error->text);
  ENSURE(fields.size() <= kLimits.fields_max, "more fields than are allowed");
  for (const FormField& field : fields) {
    ENSURE(!field.name.empty() && field.name.size() <= kLimits.name_bytes_max, "a name is too long or empty");
    ENSURE(is_plain_text(field.name) && is_plain_text(field.value), "a field is no text");
    ENSURE(!field.is_file, "a form without files has one");
  }
}

void check_unique(std::string_view text, std::string_view type) {
  static const PartCharsets kCharsets;
  std::size_t end = std::min(text.find('\n'), text.size());
  auto parameters =
      proxy::call_parameters(RouteBody::parameters, {text.substr(0, end), type, text.substr(end)}, kCharsets, kLimits);
  if (!parameters) return check_error_text(parameters.error().text);
  for (std::size_t i = 0; i < parameters->size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) ENSURE((*parameters)[i].name != (*parameters)[j].name, "a name comes twice");
  }
}

void check_json(std::string_view text) {
  auto compact = compact_json(text);
  if (!compact) return check_error_text(compact.error().text);
  ENSURE(is_plain_text(*compact), "compact JSON is no text");
  auto again = compact_json(*compact);
  ENSURE(again && *again == *compact, "compact JSON is not compact");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view text = as_text(data, size);
  for (FormOrigin origin : {FormOrigin::query, FormOrigin::body}) {
    std::vector<FormField> fields;
    auto error = read_urlencoded(text, origin, kLimits, fields);
    check_fields(error, fields);
  }
  std::vector<FormField> fields;
  auto error = read_json_object(text, kLimits, fields);
  check_fields(error, fields);
  check_unique(text, "");
  check_unique(text, "application/json");
  check_json(text);
  return 0;
}
