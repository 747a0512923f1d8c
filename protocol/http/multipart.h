// Bodies of multipart/form-data: what a browser's form, curl -F and mobile clients send. Pure. Source: RFC 7578,
// RFC 2046 5.1.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "protocol/http/form.h"
#include "protocol/http/part_charsets.h"

namespace outpost::protocol {

// Appends the parts of `body` to `fields`, as the readers of form.h do. `content_type` is that of the request, with its
// boundary. A part with a file name is a file; that of a form's empty file field, with neither name nor bytes, is left
// out. filename* is ignored, as RFC 7578 4.2 demands. A text may have a charset of its own and is made UTF-8.
std::optional<FormError> read_multipart(std::string_view body, std::string_view content_type,
                                        const PartCharsets& charsets, const FormLimits& limits,
                                        std::vector<FormField>& fields);

}  // namespace outpost::protocol
