#include "supervisor/control/arguments.h"

namespace outpost::supervisor {

Result<std::string> bounded_reply(std::string reply) {
  if (reply.size() <= kReplyBytesMax) return reply;
  return fail(Errc::limit, "the reply would be {}, more than {}; ask for less at once", human_bytes(reply.size()),
              human_bytes(kReplyBytesMax));
}

const std::string* text_argument(const JsonValue& arguments, std::string_view name) {
  const JsonValue* value = arguments.find(name);
  return value ? std::get_if<std::string>(&value->value) : nullptr;
}

bool flag_argument(const JsonValue& arguments, std::string_view name) {
  const JsonValue* value = arguments.find(name);
  const auto* flag = value ? std::get_if<bool>(&value->value) : nullptr;
  return flag && *flag;
}

Result<std::int64_t> integer_argument(const JsonValue& arguments, std::string_view name) {
  const JsonValue* value = arguments.find(name);
  const auto* number = value ? std::get_if<std::int64_t>(&value->value) : nullptr;
  if (!number) return fail(Errc::invalid, "argument {} must be an integer", name);
  return *number;
}

}  // namespace outpost::supervisor
