// Bodies of multipart/form-data: the first line is the Content-Type, the rest the body.
#include "protocol/http/multipart.h"

#include <algorithm>

#include "common/text.h"
#include "common/unicode.h"
#include "protocol/http/media_type.h"
#include "tests/fuzz/fuzz.h"

using namespace outpost;
using namespace outpost::protocol;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr FormLimits kLimits{.fields_max = 16, .name_bytes_max = 32, .files_max = 4, .part_header_bytes_max = 256};
  static const PartCharsets kCharsets = PartCharsets::open();
  std::string_view text = as_text(data, size);
  std::size_t end = std::min(text.find('\n'), text.size());
  std::vector<FormField> fields;
  auto error =
      read_multipart(text.substr(std::min(end + 1, text.size())), text.substr(0, end), kCharsets, kLimits, fields);
  if (error) return check_error_text(error->text), 0;
  ENSURE(fields.size() <= kLimits.fields_max, "more fields than are allowed");
  ENSURE(std::ranges::count_if(fields, &FormField::is_file) <= 4, "more files than are allowed");
  for (const FormField& field : fields) {
    ENSURE(!field.name.empty() && field.name.size() <= kLimits.name_bytes_max, "a name is too long or empty");
    ENSURE(is_plain_text(field.name), "a name is no text");
    ENSURE(field.is_file || is_plain_text(field.value), "a text is none");
    ENSURE(field.content_type.empty() || is_media_type(field.content_type), "a type is none");
    ENSURE(is_utf8(field.file_name) && !has_control(field.file_name), "a file name could break out of a header");
    ENSURE(field.file_name.find('/') == std::string::npos, "a file name has folders");
  }
  return 0;
}
