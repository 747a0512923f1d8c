// outpostctl token: the bearer tokens of the HTTP interface.
#include "supervisor/ctl/commands/commands.h"

#include <unistd.h>

#include <cmath>
#include <cstdio>

#include "common/digest.h"
#include "common/integers.h"
#include "common/json.h"
#include "common/text.h"
#include "supervisor/ctl/commands/options.h"
#include "supervisor/ctl/commands/show.h"
#include "supervisor/ctl/files/file.h"
#include "supervisor/ctl/view/reply.h"
#include "supervisor/ctl/view/values.h"

namespace outpost::supervisor::ctl {

namespace {

// A prefix by which a person, or a scanner of files, knows what it is; then 256 random bits.
constexpr std::string_view kTokenPrefix = "outpost_";
constexpr std::size_t kTokenRandomBytes = 32;

std::string names_of(const JsonValue& token, std::string_view key) {
  std::string names;
  for (const JsonValue& name : array_of(token, key)) names += (names.empty() ? "" : ", ") + text_of(name);
  return names.empty() ? "all" : escape_control(names);
}

std::string expiry_of(const JsonValue& token, std::string_view key) {
  return integer_of(token, key) == 0 ? "never" : time_of(token, key);
}

std::string show_token_made(const JsonValue& token) {
  return fmt::format("Token {}: resource types {}; requests {}; expires {}.", escape_control(text_of(token, "name")),
                     names_of(token, "resources"), names_of(token, "requests"), expiry_of(token, "expires_at"));
}

std::string token_arguments(const Arguments& arguments, const std::string& token) {
  JsonWriter writer;
  write_sent(writer.begin_object(), arguments);
  writer.member("digest", to_hex(sha256(token)));
  if (arguments.expires_in_days > 0) {
    writer.member("expires_in", static_cast<std::int64_t>(std::ceil(arguments.expires_in_days * kDaySeconds)));
  }
  return writer.end_object().take();
}

// The token is made here and goes to standard output only: the supervisor gets to know its digest.
Result<Exit> run_token_add(Client& client, const Arguments& arguments) {
  // Nobody could read it.
  if (auto usable = check_stream(STDOUT_FILENO); !usable) return pass(usable);
  auto random = random_bytes(kTokenRandomBytes);
  if (!random) return pass(random);
  std::string token = std::string(kTokenPrefix) + base64url(*random);
  auto reply = read_reply(client.command(arguments.command->sends, token_arguments(arguments, token)));
  if (!reply) return pass(reply);
  if (arguments.json) {
    JsonWriter whole;
    whole.begin_object().member("token", token);
    for (const auto& [key, value] : std::get<JsonValue::Object>(reply->value)) whole.member(key, value);
    token = whole.end_object().take();
  }
  fmt::print("{}\n", token);
  if (std::fflush(stdout) != 0) {
    return fail(Errc::io,
                "cannot write to standard output: token {0} was made and nobody can read it; outpostctl token revoke "
                "{0} removes it",
                text_of(*reply, "name"));
  }
  if (arguments.json) return Exit::done;
  fmt::print(stderr, "This is the only time that the token is shown. {}\n", show_token_made(*reply));
  return Exit::done;
}

std::string show_revoked(const JsonValue& reply) {
  return fmt::format("token {} is revoked\n", escape_control(text_of(reply, "name")));
}

constexpr const char* kTokenFooter =
    "The token goes to standard output, everything else to standard error. It is asked for once the option\n"
    "application.authentication is token; on a listener that is not secure it can be read on its way.";

std::vector<Option> add_options() {
  return {
      json_option(),
      {"NAME", "By which it is listed, logged and revoked: A-Z a-z 0-9 . _ - @", &Arguments::token, "name", true},
      {.names = "--resources",
       .text =
           "Resource types it is for, such as records,lists (of a mobile node: storage,node), or admin; all but admin "
           "if none",
       .target = &Arguments::resources,
       .sent = "resources",
       .commas = true},
      {.names = "--requests",
       .text = "Requests it is for, such as AddRecord, or Read and Write of admin; all if none",
       .target = &Arguments::requests,
       .sent = "requests",
       .commas = true},
      {.names = "--expires-in",
       .text = "Days that it lasts, for ever if not given",
       .target = &Arguments::expires_in_days,
       .type = "DAYS",
       .range = {0.00001, 36'500.0}}};
}

}  // namespace

std::vector<Command> token_commands() {
  return {
      {.name = "token", .text = "The bearer tokens of the HTTP interface"},
      {.name = "token add",
       .text = "Make a token and print it, this once",
       .options = add_options(),
       .footer = kTokenFooter,
       .sends = "token-add",
       .run = run_token_add},
      {.name = "token list",
       .text = "Show names and limits",
       .options = {json_option(), watch_option()},
       .sends = "token-list",
       .listing = {"tokens",
                   {{"TOKEN", "name"},
                    {"RESOURCE TYPES", "resources", names_of},
                    {"REQUESTS", "requests", names_of},
                    {"CREATED", "created_at", time_of},
                    {"EXPIRES", "expires_at", expiry_of}}}},
      {.name = "token revoke",
       .text = "Make a token worthless; when this returns the proxy knows",
       .options = {json_option(), {"NAME", "Its name", &Arguments::token, "name", true}},
       .sends = "token-revoke",
       .view = show_revoked},
  };
}

}  // namespace outpost::supervisor::ctl
