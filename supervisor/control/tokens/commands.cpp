#include "supervisor/control/tokens/commands.h"

#include <algorithm>

#include "common/digest.h"
#include "common/integers.h"
#include "common/text.h"
#include "supervisor/control/arguments.h"

namespace outpost::supervisor {

namespace {

constexpr std::int64_t kExpiresInMax = std::int64_t{100} * 366 * kDaySeconds;  // a hundred years, in seconds

Result<std::string> name_argument(const JsonValue& arguments) {
  const std::string* name = text_argument(arguments, "name");
  if (name && is_token_name(*name)) return *name;
  return fail(Errc::invalid, "the name of a token must be 1 to {} characters of A-Z a-z 0-9 . _ - @",
              kTokenNameBytesMax);
}

Result<std::vector<std::string>> words_argument(const JsonValue& arguments, std::string_view name) {
  std::vector<std::string> words;
  const JsonValue* value = arguments.find(name);
  if (!value) return words;
  const auto* items = std::get_if<JsonValue::Array>(&value->value);
  if (!items) return fail(Errc::invalid, "argument {} must be a list of names", name);
  for (const JsonValue& item : *items) {
    const auto* word = std::get_if<std::string>(&item.value);
    if (!word) return fail(Errc::invalid, "argument {} must be a list of names", name);
    words.push_back(*word);
  }
  return words;
}

Result<Token> new_token(const TokenScopes& scopes, const JsonValue& arguments, std::int64_t now) {
  Token token;
  auto name = name_argument(arguments);
  if (!name) return pass(name);
  token.name = std::move(*name);
  const std::string* digest = text_argument(arguments, "digest");
  token.digest = digest ? of_hex(*digest) : std::string();
  if (token.digest.size() != kSha256Bytes) {
    return fail(Errc::invalid, "argument digest must be a SHA-256 in hexadecimal digits");
  }
  auto resources = words_argument(arguments, "resources");
  if (!resources) return pass(resources);
  auto requests = words_argument(arguments, "requests");
  if (!requests) return pass(requests);
  auto limits = token_limits(scopes, *resources, *requests);
  if (!limits) return pass(limits);
  token.resources = std::move(limits->resources);
  token.requests = std::move(limits->requests);
  token.created_at = now;
  if (!arguments.find("expires_in")) return token;
  auto expires_in = integer_argument(arguments, "expires_in");
  if (!expires_in) return pass(expires_in);
  if (*expires_in < 1 || *expires_in > kExpiresInMax) {
    return fail(Errc::invalid, "a token must last from a second to a hundred years");
  }
  token.expires_at = now + *expires_in;
  return token;
}

void write_token(JsonWriter& out, const Token& token) {
  out.begin_object().member("name", token.name);
  for (auto [key, names] : {std::pair{"resources", &token.resources}, {"requests", &token.requests}}) {
    out.key(key).begin_array();
    for (const std::string& name : split_names(*names)) out.value(name);
    out.end_array();
  }
  out.member("created_at", token.created_at).member("expires_at", token.expires_at).end_object();
}

}  // namespace

// The token itself is outpostctl's secret: only its digest comes here.
Result<std::string> add_token(TokenStore& store, const TokenScopes& scopes, const JsonValue& arguments,
                              std::int64_t now) {
  auto token = new_token(scopes, arguments, now);
  if (!token) return pass(token);
  auto tokens = store.tokens();
  if (!tokens) return pass(tokens);
  if (std::ranges::find(*tokens, token->name, &Token::name) != tokens->end()) {
    return fail(Errc::exists, "there is a token \"{}\" already; revoke it first, or take another name", token->name);
  }
  if (std::ranges::find(*tokens, token->digest, &Token::digest) != tokens->end()) {
    return fail(Errc::exists, "there is this very token already, under another name");
  }
  if (tokens->size() >= kTokensMax) {
    return fail(Errc::invalid, "there are {} tokens, which is the most; revoke some", kTokensMax);
  }
  if (auto done = store.insert_token(*token); !done) return pass(done);
  JsonWriter reply;
  write_token(reply, *token);
  return reply.take();
}

Result<std::string> list_tokens(TokenStore& store) {
  auto tokens = store.tokens();
  if (!tokens) return pass(tokens);
  JsonWriter reply;
  reply.begin_object().key("tokens").begin_array();
  for (const Token& token : *tokens) write_token(reply, token);
  return bounded_reply(reply.end_array().end_object().take());
}

Result<std::string> revoke_token(TokenStore& store, const JsonValue& arguments) {
  auto name = name_argument(arguments);
  if (!name) return pass(name);
  auto tokens = store.tokens();
  if (!tokens) return pass(tokens);
  if (std::ranges::find(*tokens, *name, &Token::name) == tokens->end()) return no_such("token", *name, *tokens);
  if (auto done = store.remove_token(*name); !done) return pass(done);
  return JsonWriter().begin_object().member("name", *name).end_object().take();
}

}  // namespace outpost::supervisor
