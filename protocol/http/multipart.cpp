#include "protocol/http/multipart.h"

#include <fmt/core.h>

#include <algorithm>
#include <string>
#include <utility>

#include "common/text.h"
#include "common/unicode.h"
#include "protocol/http/media_type.h"

namespace outpost::protocol {

namespace {

constexpr std::string_view kLineEnd = "\r\n";
constexpr std::size_t kBoundaryBytesMax = 70;  // RFC 2046 5.1.1
constexpr std::size_t kFileNameBytesMax = 255;

FormError bad_multipart(std::string text) { return {400, std::move(text)}; }

bool is_boundary(std::string_view text) {
  auto is_allowed = [](char c) {
    constexpr std::string_view kOthers = "'()+_,-./:=? ";
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           kOthers.find(c) != std::string_view::npos;
  };
  return !text.empty() && text.size() <= kBoundaryBytesMax && text.back() != ' ' &&
         std::ranges::all_of(text, is_allowed);
}

// One part: its header lines, its bytes.
struct Part {
  std::string_view header;
  std::string_view content;
};

// Cuts a body into its parts.
class PartCutter {
 public:
  // Behind the first delimiter line; what stands before it means nothing. The body as it came.
  PartCutter(std::string_view body, const std::string& boundary, const FormLimits& limits)
      : rest_(body), delimiter_("\r\n--" + boundary), limits_(limits) {}

  std::optional<FormError> begin() {
    std::string_view first = std::string_view(delimiter_).substr(kLineEnd.size());
    if (rest_.starts_with(first)) {
      rest_.remove_prefix(first.size());
      return end_line();
    }
    std::size_t at = rest_.find(delimiter_);
    if (at == std::string_view::npos)
      return bad_multipart("a multipart body must begin with the boundary that its Content-Type names");
    rest_.remove_prefix(at + delimiter_.size());
    return end_line();
  }
  [[nodiscard]] bool at_end() const { return at_end_; }

  // The next part, up to and behind the delimiter that ends it.
  std::optional<FormError> take(Part& part) {
    constexpr std::string_view kHeaderEnd = "\r\n\r\n";
    if (rest_.starts_with(kLineEnd)) {  // a part without header
      return bad_multipart("each part must have a Content-Disposition of form-data with a name");
    }
    std::size_t end = rest_.substr(0, limits_.part_header_bytes_max + kHeaderEnd.size()).find(kHeaderEnd);
    if (end == std::string_view::npos) {
      if (rest_.size() <= limits_.part_header_bytes_max) return no_end();
      std::size_t most = limits_.part_header_bytes_max;
      return FormError{413, fmt::format("the header of a part must have at most {} bytes", most)};
    }
    part.header = rest_.substr(0, end);
    // The line end of the header's last line may be that of the delimiter too: a part may be empty.
    std::size_t begin = end + kHeaderEnd.size();
    std::size_t delimiter = rest_.find(delimiter_, begin - kLineEnd.size());
    if (delimiter == std::string_view::npos) return no_end();
    part.content = rest_.substr(begin, std::max(delimiter, begin) - begin);
    rest_.remove_prefix(delimiter + delimiter_.size());
    return end_line();
  }

 private:
  static FormError no_end() {
    return bad_multipart("a multipart body must end with its boundary between two pairs of hyphens");
  }

  // Behind a delimiter: "--" at the end of all, or the end of its line. What follows the end means nothing.
  std::optional<FormError> end_line() {
    if (rest_.starts_with("--")) {
      at_end_ = true;
      return std::nullopt;
    }
    rest_.remove_prefix(std::min(rest_.find_first_not_of(" \t"), rest_.size()));
    if (rest_.empty()) return no_end();
    if (!rest_.starts_with(kLineEnd)) return bad_multipart("a boundary must be a line of its own, ended with CR LF");
    rest_.remove_prefix(kLineEnd.size());
    return std::nullopt;
  }

  std::string_view rest_;
  std::string delimiter_;
  const FormLimits& limits_;
  bool at_end_ = false;
};

// What is read of a part's header; values as they came.
struct PartHeader {
  std::string_view disposition;
  std::string_view type;
  std::string_view encoding;
};

PartHeader header_of(std::string_view lines) {
  PartHeader header;
  while (!lines.empty()) {
    std::size_t end = std::min(lines.find(kLineEnd), lines.size());
    std::string_view line = lines.substr(0, end);
    lines.remove_prefix(std::min(end + kLineEnd.size(), lines.size()));
    std::size_t colon = std::min(line.find(':'), line.size());
    std::string_view name = trim(line.substr(0, colon));
    std::string_view value = trim(line.substr(std::min(colon + 1, line.size())));
    if (equal_ignoring_case(name, "Content-Disposition")) header.disposition = value;
    if (equal_ignoring_case(name, "Content-Type")) header.type = value;
    if (equal_ignoring_case(name, "Content-Transfer-Encoding")) header.encoding = value;
  }
  return header;
}

std::optional<FormError> check_encoding(std::string_view encoding) {
  for (std::string_view plain : {"", "7bit", "8bit", "binary"}) {
    if (equal_ignoring_case(encoding, plain)) return std::nullopt;
  }
  return bad_multipart("a part must be sent without transfer encoding: as 7bit, 8bit or binary");
}

std::optional<FormError> make_file(const Part& part, const PartHeader& header, std::string_view name,
                                   FormField& field) {
  field.is_file = true;
  std::size_t folder = name.find_last_of("/\\");
  field.file_name = name.substr(folder == std::string_view::npos ? 0 : folder + 1);
  if (field.file_name.size() > kFileNameBytesMax) {
    return bad_multipart(fmt::format("a file name must have at most {} bytes", kFileNameBytesMax));
  }
  if (!is_utf8(field.file_name) || has_control(field.file_name)) {
    return bad_multipart("a file name must be UTF-8 without control characters");
  }
  if (is_media_type(header.type)) field.content_type = header.type;
  field.value = part.content;
  return std::nullopt;
}

std::optional<FormError> make_text(const Part& part, const PartHeader& header, const PartCharsets& charsets,
                                   FormField& field) {
  auto charset = parameter_of(header.type, "charset");
  if (!charset || PartCharsets::is_utf8_name(*charset)) {
    field.value = part.content;
    return std::nullopt;
  }
  const CharsetConverter* converter = charsets.find(*charset);
  if (!converter) return bad_multipart(fmt::format("the charset of a text part must be one of {}", charsets.names()));
  auto text = converter->convert(part.content);
  if (!text) return bad_multipart("a text part must be text in the charset that it names");
  field.value = *std::move(text);
  return std::nullopt;
}

// Nothing in `field` for what is to be left out.
std::optional<FormError> read_part(const Part& part, const PartCharsets& charsets, std::optional<FormField>& field) {
  PartHeader header = header_of(part.header);
  auto name = parameter_of(header.disposition, "name");
  if (!equal_ignoring_case(main_value(header.disposition), "form-data") || !name) {
    return bad_multipart("each part must have a Content-Disposition of form-data with a name");
  }
  if (auto error = check_encoding(header.encoding)) return error;
  auto file_name = parameter_of(header.disposition, "filename");
  if (file_name && file_name->empty() && part.content.empty()) return std::nullopt;
  field = FormField{*std::move(name), {}};
  return file_name ? make_file(part, header, *file_name, *field) : make_text(part, header, charsets, *field);
}

}  // namespace

std::optional<FormError> read_multipart(std::string_view body, std::string_view content_type,
                                        const PartCharsets& charsets, const FormLimits& limits,
                                        std::vector<FormField>& fields) {
  auto boundary = parameter_of(content_type, "boundary");
  if (!boundary || !is_boundary(*boundary)) {
    return bad_multipart(
        fmt::format("multipart/form-data must have a boundary of 1 to {} characters", kBoundaryBytesMax));
  }
  PartCutter cutter(body, *boundary, limits);
  if (auto error = cutter.begin()) return error;
  std::size_t files = 0;
  while (!cutter.at_end()) {
    Part part;
    if (auto error = cutter.take(part)) return error;
    std::optional<FormField> field;
    if (auto error = read_part(part, charsets, field)) return error;
    if (!field) continue;
    if (auto error = check_field(*field, limits, fields)) return error;
    if (field->is_file && ++files > limits.files_max) {
      return bad_multipart(fmt::format("there must be at most {} files", limits.files_max));
    }
    fields.push_back(*std::move(field));
  }
  return std::nullopt;
}

}  // namespace outpost::protocol
