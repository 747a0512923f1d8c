#include "supervisor/mobile/ors/form.h"

#include <algorithm>

#include "common/excerpt.h"
#include "common/log_filter.h"
#include "common/percent_encode.h"
#include "supervisor/config/outward_texts.h"

namespace outpost::supervisor::mobile {

namespace {

constexpr std::string_view kSource = "src";
constexpr std::string_view kDataId = "_data_id";
constexpr std::string_view kServiceId = "_service_id";
constexpr std::size_t kShownFieldsMax = 100;

std::string shown_field_value(const std::string& name, const std::string& value) {
  if (log_view(name) == LogView::masked) return std::string(kMaskedValue);
  if (name == kSource) return shown_http_url(value);
  // It may have names in it that nobody may see.
  return excerpt(may_be_json(value) ? filtered_json(value) : value);
}

}  // namespace

std::string form_body(const FormFields& fields) {
  std::string body;
  for (const auto& [name, value] : fields) {
    if (!body.empty()) body += '&';
    append_percent_encoded(body, name);
    body += '=';
    append_percent_encoded(body, value);
  }
  return body;
}

FormFields start_fields(const ServiceSection& section, const Parameters& effective, const std::string& data_id) {
  FormFields fields{{std::string(kSource), section.scxml}, {std::string(kDataId), data_id}};
  for (const auto& [name, value] : effective) {
    if (name != kDataId && name != kServiceId) fields.emplace_back(name, value);
  }
  return fields;
}

std::string shown_fields(const FormFields& fields) {
  std::string shown;
  std::size_t left = kShownFieldsMax;
  for (const auto& [name, value] : fields) {
    if (log_view(name) == LogView::hidden) continue;
    if (left-- == 0) return shown + ", ...";
    shown += fmt::format("{}{}={}", shown.empty() ? "" : ", ", excerpt(name), shown_field_value(name, value));
  }
  return shown;
}

}  // namespace outpost::supervisor::mobile
