// The arguments of a command, one by one, and what every reply has to keep to.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/error.h"
#include "common/json.h"
#include "common/text.h"

namespace outpost::supervisor {

// Largest reply, well below what a frame holds.
inline constexpr std::size_t kReplyBytesMax = 2 * 1024 * 1024;

// Errc::limit for what is larger.
Result<std::string> bounded_reply(std::string reply);
// nullptr when it is absent or of another type.
const std::string* text_argument(const JsonValue& arguments, std::string_view name);
// False when it is absent or of another type.
bool flag_argument(const JsonValue& arguments, std::string_view name);
Result<std::int64_t> integer_argument(const JsonValue& arguments, std::string_view name);

// "there is no KIND "WORD"; is "X" meant?"
template <class Object>
Failure no_such(std::string_view kind, std::string_view word, const std::vector<Object>& objects) {
  std::vector<std::string_view> names;
  for (const Object& object : objects) names.push_back(object.name);
  std::string_view near = nearest(word, names);
  return fail(Errc::not_found, "there is no {} \"{}\"{}", kind, word,
              near.empty() ? std::string() : fmt::format("; is \"{}\" meant?", near));
}

}  // namespace outpost::supervisor
