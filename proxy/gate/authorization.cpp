#include "proxy/gate/authorization.h"

#include <algorithm>
#include <optional>

#include "common/digest.h"
#include "common/text.h"

namespace outpost::proxy {

using protocol::AccessToken;

namespace {

constexpr std::string_view kScheme = "Bearer";
constexpr std::string_view kBasicScheme = "Basic";
constexpr std::string_view kChallenge = "Bearer realm=\"outpost\"";

tl::unexpected<Authorization::Denial> refuse(int status, std::string_view error, std::string_view text,
                                             std::string reason) {
  Refusal refusal = http_refusal(status, text);
  refusal.challenge = kChallenge;
  if (!error.empty()) {
    refusal.challenge += fmt::format(", error=\"{}\", error_description=\"{}\"", error, text);
  }
  return tl::unexpected(Authorization::Denial{std::move(refusal), std::move(reason)});
}

// RFC 9110 11.2
bool is_token68(std::string_view text) {
  std::size_t end = text.find('=');
  std::string_view body = text.substr(0, end);
  std::string_view padding = end == std::string_view::npos ? std::string_view() : text.substr(end);
  return !body.empty() && padding.find_first_not_of('=') == std::string_view::npos &&
         std::ranges::all_of(body, [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  (c != '\0' && std::string_view("-._~+/").find(c) != std::string_view::npos);
         });
}

struct Credentials {
  std::string_view scheme;
  std::string_view value;
};
Credentials credentials_of(std::string_view header) {
  std::string_view scheme = header.substr(0, header.find_first_of(" \t"));
  return {scheme, trim(header.substr(scheme.size()))};
}

// The place, counted from 1, of the row that has the digest; 0 for none. Looks at every digest and chooses without a
// branch: the time tells nothing of which one it was, or how near.
template <class Row>
std::uint32_t place_of(const std::vector<Row>& rows, const std::string& digest) {
  std::uint32_t found = 0;
  for (std::uint32_t i = 0; i < rows.size(); ++i) {
    std::uint32_t mask = equal_mask(rows[i].digest, digest);
    found = (found & ~mask) | ((i + 1) & mask);
  }
  return found;
}

bool has(const std::vector<std::string>& names, std::string_view name) {
  return names.empty() || std::ranges::find(names, name) != names.end();
}

}  // namespace

Result<> Authorization::set(protocol::Tokens tokens) {
  auto has_digest = [](const auto& row) { return row.digest.size() == kSha256Bytes; };
  if (!std::ranges::all_of(tokens.tokens, has_digest)) {
    return fail(Errc::protocol, "the digest of a token is no SHA-256");
  }
  if (!std::ranges::all_of(tokens.credentials, has_digest)) {
    return fail(Errc::protocol, "the digest of a user and password is no SHA-256");
  }
  required_ = tokens.required;
  pairs_ = std::move(tokens.credentials);
  tokens_ = std::move(tokens.tokens);
  return {};
}

const AccessToken* Authorization::find(std::string_view credentials) const {
  std::uint32_t found = place_of(tokens_, sha256(credentials));
  return found == 0 ? nullptr : &tokens_[found - 1];
}

bool Authorization::is_basic(std::string_view header) {
  return equal_ignoring_case(credentials_of(header).scheme, kBasicScheme);
}

std::string_view Authorization::check_basic(std::string_view header) const {
  std::string_view value = credentials_of(header).value;
  if (pairs_.empty() || !is_basic(header) || value.size() > kBasicBytesMax) return {};
  auto pair = of_base64(value);
  std::uint32_t found = pair ? place_of(pairs_, sha256(*pair)) : 0;
  return found == 0 ? std::string_view() : std::string_view(pairs_[found - 1].name);
}

tl::expected<std::string_view, Authorization::Denial> Authorization::check(std::string_view header,
                                                                           std::string_view resource,
                                                                           std::string_view request, std::int64_t now,
                                                                           bool by_name) const {
  auto [scheme, credentials] = credentials_of(header);
  if (!equal_ignoring_case(scheme, kScheme)) {
    return refuse(401, {}, "A bearer token is needed: Authorization: Bearer TOKEN.",
                  header.empty() ? "no token" : "another scheme than Bearer");
  }
  // One sentence for all three, so that nobody learns which tokens were ever valid.
  constexpr std::string_view kInvalid = "The token is malformed, unknown, revoked or expired.";
  if (credentials.size() > kCredentialsBytesMax || !is_token68(credentials)) {
    return refuse(401, "invalid_token", kInvalid, "malformed credentials");
  }
  const AccessToken* token = find(credentials);
  if (!token) return refuse(401, "invalid_token", kInvalid, "unknown token");
  if (token->expires != 0 && now >= token->expires) {
    return refuse(401, "invalid_token", kInvalid, fmt::format("token \"{}\" has expired", token->name));
  }
  if (!has(token->resources, resource) || (by_name && token->resources.empty())) {
    return refuse(403, "insufficient_scope", fmt::format("The token is not for the resource type {}.", resource),
                  fmt::format("token \"{}\" is not for the resource type {}", token->name, resource));
  }
  if (!has(token->requests, request)) {
    return refuse(403, "insufficient_scope", fmt::format("The token is not for the request {}.", request),
                  fmt::format("token \"{}\" is not for the request {}", token->name, request));
  }
  return std::string_view(token->name);
}

}  // namespace outpost::proxy
