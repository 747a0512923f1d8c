// outpostctl token: the bearer tokens of the HTTP interface.
#include "supervisor/ctl/commands/commands.h"

#include <cmath>
#include <cstdio>
#include <utility>

#include "common/digest.h"
#include "common/integers.h"
#include "common/json.h"
#include "common/text.h"
#include "supervisor/ctl/commands/show.h"
#include "supervisor/ctl/view/reply.h"
#include "supervisor/ctl/view/tokens.h"

namespace outpost::supervisor::ctl {

namespace {

// A prefix by which a person, or a scanner of files, knows what it is; then 256 random bits.
constexpr std::string_view kTokenPrefix = "outpost_";
constexpr std::size_t kTokenRandomBytes = 32;

std::string token_arguments(const Arguments& arguments, const std::string& token) {
  JsonWriter writer;
  writer.begin_object().member("name", arguments.token).member("digest", to_hex(sha256(token)));
  for (auto [key, names] : {std::pair{"resources", &arguments.resources}, {"requests", &arguments.requests}}) {
    writer.key(key).begin_array();
    for (const std::string& name : *names) writer.value(name);
    writer.end_array();
  }
  if (arguments.expires_in_days > 0) {
    writer.member("expires_in", static_cast<std::int64_t>(std::ceil(arguments.expires_in_days * kDaySeconds)));
  }
  return writer.end_object().take();
}

}  // namespace

// The token is made here and goes to standard output only: the supervisor gets to know its digest.
Result<Exit> run_token_add(Client& client, const Arguments& arguments) {
  auto random = random_bytes(kTokenRandomBytes);
  if (!random) return fail(random.error());
  std::string token = std::string(kTokenPrefix) + base64url(*random);
  auto reply = read_reply(client.command("token-add", token_arguments(arguments, token)));
  if (!reply) return fail(reply.error());
  if (arguments.json) {
    JsonWriter whole;
    whole.begin_object().member("token", token);
    for (const auto& [key, value] : std::get<JsonValue::Object>(reply->value)) whole.member(key, value);
    fmt::print("{}\n", whole.end_object().take());
    return Exit::done;
  }
  fmt::print("{}\n", token);
  std::fflush(stdout);
  fmt::print(stderr, "This is the only time that the token is shown. {}\n", show_token_made(*reply));
  return Exit::done;
}

Result<Exit> run_token_list(Client& client, const Arguments& arguments) {
  return show_reply(client, "token-list", "{}", arguments.json, show_tokens);
}

Result<Exit> run_token_revoke(Client& client, const Arguments& arguments) {
  std::string sent = JsonWriter().begin_object().member("name", arguments.token).end_object().take();
  return show_reply(client, "token-revoke", sent, arguments.json, [](const JsonValue& reply) {
    return fmt::format("token {} is revoked\n", escape_control(text_of(reply, "name")));
  });
}

}  // namespace outpost::supervisor::ctl
