// The custom fields of a record: one JSON object of texts and integers, as it is stored.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "common/error.h"
#include "common/json.h"
#include "protocol/outbound/vocabulary.h"
#include "supervisor/store/record_store.h"

namespace outpost::supervisor {

// Text of a record's custom fields: a record must fit into an answer.
inline constexpr std::size_t kCustomBytesMax = 64 * 1024;
// As many as a body may bring, so that they fit into an answer beside the record's attributes.
inline constexpr std::size_t kCustomFieldsMax = protocol::kBodyKeysMax;

// Errc::store when what is stored is no object.
Result<JsonValue::Object> custom_fields_of(const Record& record);

class CustomFieldWriter {
 public:
  template <class Value>
  void add(std::string_view key, const Value& value) {
    if (fields_++ == 0) json_.begin_object();
    json_.key(key).value(value);
  }
  // Gives the record what was added since the last time, unless that is nothing. Returns what is wrong with it as a
  // sentence; the record is left alone then.
  std::string put_into(Record& record);

 private:
  std::size_t fields_ = 0;
  JsonWriter json_;
};

}  // namespace outpost::supervisor
