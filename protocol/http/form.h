// What a request says as names with values, wherever it says it: in its query, in a form, in a JSON object. Pure.
// Source: gms.md 0.4 (G3), WHATWG URL 5.1 (application/x-www-form-urlencoded).
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace outpost::protocol {

struct FormField {
  std::string name;   // UTF-8 without NUL, not empty
  std::string value;  // the same, or empty; of a file any bytes
  bool is_file = false;
  std::string file_name = {};     // of a file: without folders, UTF-8 without control bytes; may be empty
  std::string content_type = {};  // of a file: a valid media type, or empty

  bool operator==(const FormField&) const = default;
};

struct FormLimits {
  std::size_t fields_max = 1000;  // files among them
  std::size_t name_bytes_max = 255;
  std::size_t files_max = 100;
  std::size_t part_header_bytes_max = 8 * 1024;
};

// Why a form is refused. The text is one sentence that names the limit or what was expected, and holds no byte of the
// request.
struct FormError {
  int status;  // 400: malformed, too many, or a name too long; 413: too many bytes
  std::string text;
};

// Each appends what it reads to `fields`, in order, names that come again included. Behind an error `fields` has
// anything.

enum class FormOrigin : unsigned char { query, body };
std::optional<FormError> read_urlencoded(std::string_view text, FormOrigin origin, const FormLimits& limits,
                                         std::vector<FormField>& fields);

// One JSON object: strings as they are, numbers and true and false as their text, null is no field at all, what is
// nested as compact text.
std::optional<FormError> read_json_object(std::string_view text, const FormLimits& limits,
                                          std::vector<FormField>& fields);

// What all readers hold a field to, before it is appended; for the readers of this folder.
std::optional<FormError> check_field(const FormField& field, const FormLimits& limits,
                                     const std::vector<FormField>& before);

}  // namespace outpost::protocol
