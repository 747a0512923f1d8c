#include "supervisor/control/commands/token_limits.h"

#include <fmt/core.h>

#include <algorithm>
#include <iterator>
#include <set>

#include "common/text.h"
#include "protocol/admin/resources.h"
#include "protocol/outbound/requests.h"

namespace outpost::supervisor {

namespace {

using Names = std::set<std::string_view>;
using protocol::kAdminResource;

constexpr std::string_view kAdminRequests[] = {protocol::kAdminRead, protocol::kAdminWrite};

Names resource_names() {
  Names names{kAdminResource};
  for (const auto& row : protocol::requests()) names.insert(protocol::to_string(row.resource));
  return names;
}

Names request_names() {
  Names names(std::begin(kAdminRequests), std::end(kAdminRequests));
  for (const auto& row : protocol::requests()) names.insert(row.request);
  return names;
}

Failure unknown(std::string_view kind, std::string_view word, const Names& names) {
  std::vector<std::string_view> valid(names.begin(), names.end());
  std::string_view near = nearest(word, valid);
  return fail(Errc::invalid, "there is no {} \"{}\"{}; valid are {}", kind, word,
              near.empty() ? std::string() : fmt::format("; is {} meant?", near), join(valid, ", "));
}

Result<Names> canonical_resources(const std::vector<std::string>& words) {
  Names found;
  for (const std::string& word : words) {
    if (equal_ignoring_case(word, kAdminResource)) {
      found.insert(kAdminResource);
      continue;
    }
    auto resource = protocol::parse_resource(word);
    if (!resource) return unknown("resource type", word, resource_names());
    found.insert(protocol::to_string(*resource));
  }
  return found;
}

// The request's own name, in whatever spelling it was given; empty when there is none.
std::string_view canonical_request(std::string_view word) {
  for (const auto& row : protocol::requests()) {
    if (protocol::find_request(row.resource, word) == &row) return row.request;
  }
  for (std::string_view name : kAdminRequests) {
    if (equal_ignoring_case(word, name)) return name;
  }
  return {};
}

bool is_of(std::string_view request, const Names& resources) {
  if (std::ranges::find(kAdminRequests, request) != std::end(kAdminRequests)) return resources.contains(kAdminResource);
  return std::ranges::any_of(protocol::requests(), [&](const protocol::RequestRow& row) {
    return row.request == request && (resources.empty() || resources.contains(protocol::to_string(row.resource)));
  });
}

Result<Names> canonical_requests(const std::vector<std::string>& words, const Names& resources) {
  Names found;
  for (const std::string& word : words) {
    std::string_view name = canonical_request(word);
    if (name.empty()) return unknown("request", word, request_names());
    if (!is_of(name, resources) && resources.empty()) {
      return fail(Errc::invalid, "{} is a request of the resource type {}, which a token must name", name,
                  kAdminResource);
    }
    if (!is_of(name, resources)) {
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

Result<TokenLimits> token_limits(const std::vector<std::string>& resources, const std::vector<std::string>& requests) {
  auto resource_set = canonical_resources(resources);
  if (!resource_set) return pass(resource_set);
  auto request_set = canonical_requests(requests, *resource_set);
  if (!request_set) return pass(request_set);
  return TokenLimits{join(*resource_set, ","), join(*request_set, ",")};
}

}  // namespace outpost::supervisor
