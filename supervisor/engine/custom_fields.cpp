#include "supervisor/engine/custom_fields.h"

#include <utility>

namespace outpost::supervisor {

Result<JsonValue::Object> custom_fields_of(const Record& record) {
  if (record.custom.empty()) return JsonValue::Object{};
  auto parsed = parse_json(record.custom);
  auto* object = parsed ? std::get_if<JsonValue::Object>(&parsed->value) : nullptr;
  if (!object) return fail(Errc::store, "the custom fields of record {} are not a JSON object", record.record_id);
  return std::move(*object);
}

std::string CustomFieldWriter::put_into(Record& record) {
  std::size_t fields = std::exchange(fields_, 0);
  if (fields == 0) return {};
  std::string custom = json_.end_object().take();
  if (fields > kCustomFieldsMax) return fmt::format("a record must have at most {} custom fields", kCustomFieldsMax);
  if (custom.size() > kCustomBytesMax) {
    return fmt::format("the custom fields of one record must fit into {} bytes of JSON", kCustomBytesMax);
  }
  record.custom = std::move(custom);
  return {};
}

}  // namespace outpost::supervisor
