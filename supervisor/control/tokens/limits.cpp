#include "supervisor/control/tokens/limits.h"

#include <fmt/core.h>

#include <algorithm>
#include <set>

#include "common/text.h"

namespace outpost::supervisor {

namespace {

using Names = std::set<std::string_view>;

Failure unknown(std::string_view kind, std::string_view word, const TokenScopes& scopes,
                std::string_view TokenScope::*name) {
  Names names;
  for (const TokenScope& scope : scopes) names.insert(scope.*name);
  std::vector<std::string_view> valid(names.begin(), names.end());
  std::string_view near = nearest(word, valid);
  return fail(Errc::invalid, "there is no {} \"{}\"{}; valid are {}", kind, word,
              near.empty() ? std::string() : fmt::format("; is {} meant?", near), join(valid, ", "));
}

// The name as the table has it, in whatever spelling it was given; empty when there is none.
std::string_view canonical(const TokenScopes& scopes, std::string_view word, std::string_view TokenScope::*name,
                           std::string_view TokenScope::*alias) {
  if (word.empty()) return {};
  auto found = std::ranges::find_if(scopes, [&](const TokenScope& scope) {
    return equal_ignoring_case(scope.*name, word) || equal_ignoring_case(scope.*alias, word);
  });
  return found == scopes.end() ? std::string_view() : (*found).*name;
}

Result<Names> canonical_resources(const TokenScopes& scopes, const std::vector<std::string>& words) {
  Names found;
  for (const std::string& word : words) {
    std::string_view name = canonical(scopes, word, &TokenScope::resource, &TokenScope::resource_alias);
    if (name.empty()) return unknown("resource type", word, scopes, &TokenScope::resource);
    found.insert(name);
  }
  return found;
}

bool is_of(const TokenScope& scope, const Names& resources) {
  return resources.empty() ? !scope.by_name : resources.contains(scope.resource);
}

Result<Names> canonical_requests(const TokenScopes& scopes, const std::vector<std::string>& words,
                                 const Names& resources) {
  Names found;
  for (const std::string& word : words) {
    std::string_view name = canonical(scopes, word, &TokenScope::request, &TokenScope::request_alias);
    if (name.empty()) return unknown("request", word, scopes, &TokenScope::request);
    bool is_reached = std::ranges::any_of(
        scopes, [&](const TokenScope& scope) { return scope.request == name && is_of(scope, resources); });
    if (!is_reached && resources.empty()) {
      return fail(Errc::invalid, "{} is a request of the resource type {}, which a token must name", name,
                  std::ranges::find(scopes, name, &TokenScope::request)->resource);
    }
    if (!is_reached) {
      return fail(Errc::invalid, "{} is no request of the resource types {}", name, join(resources, ", "));
    }
    found.insert(name);
  }
  return found;
}

}  // namespace

bool is_token_name(std::string_view name) {
  return !name.empty() && name.size() <= kTokenNameBytesMax && std::ranges::all_of(name, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' ||
           c == '-' || c == '@';
  });
}

Result<TokenLimits> token_limits(const TokenScopes& scopes, const std::vector<std::string>& resources,
                                 const std::vector<std::string>& requests) {
  auto resource_set = canonical_resources(scopes, resources);
  if (!resource_set) return pass(resource_set);
  auto request_set = canonical_requests(scopes, requests, *resource_set);
  if (!request_set) return pass(request_set);
  return TokenLimits{join(*resource_set, ","), join(*request_set, ",")};
}

}  // namespace outpost::supervisor
