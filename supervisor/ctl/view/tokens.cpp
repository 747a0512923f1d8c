#include "supervisor/ctl/view/tokens.h"

#include <fmt/core.h>

#include <cstdint>

#include "common/text.h"
#include "supervisor/ctl/view/reply.h"
#include "supervisor/ctl/view/table.h"
#include "supervisor/ctl/view/values.h"

namespace outpost::supervisor::ctl {

namespace {

std::string names_of(const JsonValue& token, const char* key) {
  std::string names;
  for (const JsonValue& name : array_of(token, key)) names += (names.empty() ? "" : ", ") + text_of(name);
  return names.empty() ? "all" : escape_control(names);
}

std::string expiry_of(const JsonValue& token) {
  std::int64_t at = integer_of(token, "expires_at");
  return at == 0 ? "never" : show_time(at);
}

}  // namespace

std::string show_token_made(const JsonValue& token) {
  return fmt::format("Token {}: resource types {}; requests {}; expires {}.", escape_control(text_of(token, "name")),
                     names_of(token, "resources"), names_of(token, "requests"), expiry_of(token));
}

std::string show_tokens(const JsonValue& reply) {
  Table table({{"TOKEN"}, {"RESOURCE TYPES"}, {"REQUESTS"}, {"CREATED"}, {"EXPIRES"}});
  for (const JsonValue& token : array_of(reply, "tokens")) {
    table.add({text_of(token, "name"), names_of(token, "resources"), names_of(token, "requests"),
               show_time(integer_of(token, "created_at")), expiry_of(token)});
  }
  return table.take();
}

}  // namespace outpost::supervisor::ctl
