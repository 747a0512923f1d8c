// Rules of a record's values that requests and imports share. Each says what is wrong and what would be valid, as the
// rest of a sentence that begins with the value's name ("must not be blank ..."); empty when the value is good. None
// repeats the value.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace outpost::supervisor {

// Whether a contact of this type is dialled. Without a type (0) it counts as a phone. Source: ocs.md 4.5.
bool is_phone_type(std::int32_t contact_type);

// Of a value that names a person or an agent.
std::string identifier_problem(std::string_view value);
// Of contact_info: what cannot be seen, what breaks a line, and for phones what a spreadsheet makes of a number.
std::string contact_problem(std::int32_t contact_type, std::string_view contact);

}  // namespace outpost::supervisor
