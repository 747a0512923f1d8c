// Reading the JSON of replies. What is absent or of another kind reads as nothing, so that an outpostctl can show what
// a newer or older supervisor says.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/error.h"
#include "common/json.h"

namespace outpost::supervisor::ctl {

// Errc::protocol when a reply's body is not a JSON object; other errors pass.
Result<JsonValue> read_reply(const Result<std::string>& body);

std::int64_t integer_of(const JsonValue& object, std::string_view key);
// Of an integer or a real number.
double number_of(const JsonValue& object, std::string_view key);
bool flag_of(const JsonValue& object, std::string_view key);
// Strings as they are, numbers and booleans as text, null and absence as nothing.
std::string text_of(const JsonValue& value);
std::string text_of(const JsonValue& object, std::string_view key);
const JsonValue::Array& array_of(const JsonValue& object, std::string_view key);
// What to ask "after" for the page behind this one; null at the end.
JsonValue next_of(const JsonValue& page);
const JsonValue::Object& object_of(const JsonValue& object, std::string_view key);
// The members' names of the object under `key`, or the texts of the list, with commas between them; "-" for none.
std::string names_in(const JsonValue& object, std::string_view key);

// The list of that name in the reply to `catalogue`, or nullptr.
const JsonValue* find_list(const JsonValue& catalogue, std::string_view name);
// The names of its custom fields.
std::vector<std::string> custom_fields(const JsonValue& list);

}  // namespace outpost::supervisor::ctl
