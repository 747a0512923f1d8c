#include "proxy/mobile/parameters.h"

#include <fmt/core.h>

#include <algorithm>
#include <numeric>
#include <optional>
#include <unordered_set>
#include <utility>

#include "common/text.h"
#include "protocol/http/json_text.h"
#include "protocol/http/media_type.h"
#include "protocol/http/multipart.h"
#include "protocol/mobile/limits.h"

namespace outpost::proxy {

using protocol::CallParameter;
using protocol::FormError;
using protocol::FormField;
using protocol::FormLimits;
using protocol::FormOrigin;
using Fields = std::vector<FormField>;

namespace {

constexpr std::string_view kFormType = "application/x-www-form-urlencoded";
constexpr std::string_view kMultipartType = "multipart/form-data";
constexpr std::string_view kJsonType = "application/json";
// What the rest of a Call takes at most: a whole request line and its headers.
constexpr std::size_t kRestOfCallBytesMax = 256 * 1024;

// Some clients send JSON and call it a form.
bool looks_like_object(std::string_view body) {
  std::size_t first = body.find_first_not_of(" \t\r\n");
  return first != std::string_view::npos && body[first] == '{';
}

std::optional<FormError> read_form(std::string_view body, const FormLimits& limits, Fields& fields) {
  if (looks_like_object(body)) {
    std::size_t before = fields.size();
    if (!protocol::read_json_object(body, limits, fields)) return std::nullopt;
    fields.resize(before);
  }
  return protocol::read_urlencoded(body, FormOrigin::body, limits, fields);
}

std::optional<FormError> read_body(const ParameterSource& source, const protocol::PartCharsets& charsets,
                                   const FormLimits& limits, Fields& fields) {
  if (source.body.empty()) return std::nullopt;
  std::string_view type = protocol::main_value(source.content_type);
  if (type.empty() || equal_ignoring_case(type, kFormType)) return read_form(source.body, limits, fields);
  if (equal_ignoring_case(type, kJsonType)) return protocol::read_json_object(source.body, limits, fields);
  if (equal_ignoring_case(type, kMultipartType)) {
    return protocol::read_multipart(source.body, source.content_type, charsets, limits, fields);
  }
  return FormError{415, fmt::format("the body must be {}, {} or {}", kFormType, kMultipartType, kJsonType)};
}

std::size_t bytes_of(const FormField& field) {
  constexpr std::size_t kCountsAndFlag = 4 * sizeof(std::uint32_t) + 1;
  return field.name.size() + field.value.size() + field.file_name.size() + field.content_type.size() + kCountsAndFlag;
}

// Of each name the last.
std::vector<CallParameter> made_unique(Fields fields) {
  std::unordered_set<std::string_view> seen;
  std::vector<bool> counts(fields.size());
  for (std::size_t i = fields.size(); i-- > 0;) counts[i] = seen.insert(fields[i].name).second;
  std::vector<CallParameter> parameters;
  parameters.reserve(seen.size());
  for (std::size_t i = 0; i < fields.size(); ++i) {
    if (!counts[i]) continue;
    FormField& field = fields[i];
    parameters.push_back({std::move(field.name), std::move(field.value), field.is_file, std::move(field.file_name),
                          std::move(field.content_type)});
  }
  return parameters;
}

}  // namespace

tl::expected<std::vector<CallParameter>, FormError> call_parameters(protocol::RouteBody body,
                                                                    const ParameterSource& source,
                                                                    const protocol::PartCharsets& charsets,
                                                                    const FormLimits& limits) {
  Fields fields;
  auto error = protocol::read_urlencoded(source.query, FormOrigin::query, limits, fields);
  if (!error && body == protocol::RouteBody::parameters) error = read_body(source, charsets, limits, fields);
  if (error) return tl::unexpected(*std::move(error));
  // A text may be longer in UTF-8 than it was sent.
  auto add = [](std::size_t sum, const FormField& field) { return sum + bytes_of(field); };
  if (std::accumulate(fields.begin(), fields.end(), kRestOfCallBytesMax, add) > protocol::kProxyPayloadBytesMax) {
    return tl::unexpected(
        FormError{413, fmt::format("all parameters together must have at most {}",
                                   human_bytes(protocol::kProxyPayloadBytesMax - kRestOfCallBytesMax))});
  }
  return made_unique(std::move(fields));
}

tl::expected<std::string, FormError> call_json(const ParameterSource& source) {
  std::string_view type = protocol::main_value(source.content_type);
  if (!type.empty() && !equal_ignoring_case(type, kJsonType)) {
    return tl::unexpected(FormError{415, fmt::format("the body must be {}", kJsonType)});
  }
  return protocol::compact_json(source.body, {protocol::kMobileJsonBytesMax, protocol::kMobileJsonDepthMax});
}

}  // namespace outpost::proxy
