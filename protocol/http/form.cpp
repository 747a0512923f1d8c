#include "protocol/http/form.h"

#include <fmt/core.h>

#include <algorithm>
#include <utility>

#include "common/text.h"
#include "protocol/http/percent.h"

namespace outpost::protocol {

namespace {

constexpr int kBadForm = 400;

FormError not_decoded(FormOrigin origin) {
  std::string_view what = origin == FormOrigin::query ? "the query" : "a form";
  return {kBadForm, fmt::format("{} must be percent-encoded UTF-8 without %00: each % is followed by two hexadecimal "
                                "digits",
                                what)};
}

}  // namespace

std::optional<FormError> check_field(const FormField& field, const FormLimits& limits,
                                     const std::vector<FormField>& before) {
  if (field.name.empty()) return FormError{kBadForm, "a parameter must have a name"};
  if (field.name.size() > limits.name_bytes_max) {
    return FormError{kBadForm,
                     fmt::format("the name of a parameter must have at most {} bytes", limits.name_bytes_max)};
  }
  if (!is_plain_text(field.name)) return FormError{kBadForm, "the name of a parameter must be UTF-8 without NUL"};
  if (!field.is_file && !is_plain_text(field.value)) {
    return FormError{kBadForm, "the value of a parameter must be UTF-8 without NUL"};
  }
  if (before.size() >= limits.fields_max) {
    return FormError{kBadForm, fmt::format("there must be at most {} parameters", limits.fields_max)};
  }
  return std::nullopt;
}

std::optional<FormError> read_urlencoded(std::string_view text, FormOrigin origin, const FormLimits& limits,
                                         std::vector<FormField>& fields) {
  UriPart part = origin == FormOrigin::query ? UriPart::query : UriPart::form;
  while (!text.empty()) {
    std::size_t end = std::min(text.find('&'), text.size());
    std::string_view item = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (item.empty()) continue;
    std::size_t equals = std::min(item.find('='), item.size());
    auto name = decode_percent(item.substr(0, equals), part);
    auto value = decode_percent(item.substr(std::min(equals + 1, item.size())), part);
    if (!name || !value) return not_decoded(origin);
    FormField field{*std::move(name), *std::move(value)};
    if (auto error = check_field(field, limits, fields)) return error;
    fields.push_back(std::move(field));
  }
  return std::nullopt;
}

}  // namespace outpost::protocol
