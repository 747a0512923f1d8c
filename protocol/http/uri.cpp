#include "protocol/http/uri.h"

#include <fmt/core.h>

#include <utility>

#include "common/text.h"
#include "protocol/http/authority.h"
#include "protocol/http/percent.h"

namespace outpost::protocol {

namespace {

using Refusal = tl::unexpected<TargetError>;

Refusal malformed(std::string_view text) {
  return Refusal(TargetError{400, ErrorNumber::invalid_attribute, std::string(text)});
}

constexpr std::string_view kBadEncoding =
    "The request target must be percent-encoded UTF-8 without %00: each % is followed by two hexadecimal digits.";

constexpr std::string_view kNamedTwice =
    "The request must be named once: by the path, as in /lists/<id>/AddRecord, or by the query parameter req; a / in "
    "an "
    "id is %2F.";

// Cuts scheme and authority off; the path that is left may be empty.
bool strip_authority(std::string_view& target) {
  auto authority = authority_of(target);
  if (!authority || authority->empty()) return false;
  target.remove_prefix(static_cast<std::size_t>(authority->data() + authority->size() - target.data()));
  return true;
}

// Cuts the first segment off, with the slash behind it.
std::optional<std::string> take_segment(std::string_view& path) {
  std::size_t slash = std::min(path.find('/'), path.size());
  auto segment = decode_percent(path.substr(0, slash), UriPart::path);
  path.remove_prefix(std::min(slash + 1, path.size()));
  return segment;
}

tl::expected<void, TargetError> parse_path(std::string_view path, Target& out) {
  if (!path.empty()) path.remove_prefix(1);
  auto type = take_segment(path);
  if (!type) return malformed(kBadEncoding);
  auto resource = parse_resource(*type);
  if (!resource) {
    return Refusal(TargetError{404, ErrorNumber::wrong_resource,
                               "The resource type is not known; it must be records, phones, customer_ids, lists or "
                               "campaigngroups."});
  }
  auto id = take_segment(path);
  if (!id) return malformed(kBadEncoding);
  if (id->empty()) return malformed("The path names no resource: it must be /<resource type>/<id>.");
  if (id->size() > kNameBytesMax) return malformed(fmt::format("The id must have at most {} bytes.", kNameBytesMax));
  bool ends = path.empty();
  auto request = take_segment(path);
  if (!request) return malformed(kBadEncoding);
  if (!path.empty() || (!ends && request->empty())) {
    return malformed("The path must be /<resource type>/<id> or /<resource type>/<id>/<request>; a / in an id is %2F.");
  }
  out.resource = *resource;
  out.id = std::move(*id);
  out.request = std::move(*request);
  return {};
}

tl::expected<void, TargetError> parse_query(std::string_view query, Target& out) {
  bool request_seen = false;
  while (!query.empty()) {
    std::size_t end = std::min(query.find('&'), query.size());
    std::string_view item = query.substr(0, end);
    query.remove_prefix(std::min(end + 1, query.size()));
    if (item.empty()) continue;
    std::size_t equals = std::min(item.find('='), item.size());
    auto name = decode_percent(item.substr(0, equals), UriPart::query);
    auto value = decode_percent(item.substr(std::min(equals + 1, item.size())), UriPart::query);
    if (!name || !value) return malformed(kBadEncoding);
    if (*name == "req") {
      if (std::exchange(request_seen, true)) return malformed("The query parameter req must be given once.");
      if (!out.request.empty()) return malformed(kNamedTwice);
      out.request = std::move(*value);
    } else if (*name == "tenant") {
      if (out.tenant) return malformed("The query parameter tenant must be given once.");
      if (value->size() > kNameBytesMax) {
        return malformed(fmt::format("The query parameter tenant must have at most {} bytes.", kNameBytesMax));
      }
      out.tenant = std::move(*value);
    } else {
      out.ignored.push_back(std::move(*name));
    }
  }
  return {};
}

}  // namespace

tl::expected<Target, TargetError> parse_target(std::string_view target) {
  if (target.find('#') != std::string_view::npos) return malformed("The request target must have no fragment.");
  bool is_origin_form = !target.empty() && target.front() == '/';
  Target out;
  out.https = is_https(target);
  if (!is_origin_form && !strip_authority(target)) {
    return malformed("The request target must be a path, or a URI that begins with http:// or https:// and a host.");
  }
  std::size_t question = std::min(target.find('?'), target.size());
  auto path = parse_path(target.substr(0, question), out);
  if (!path) return Refusal(std::move(path.error()));
  auto query = parse_query(target.substr(std::min(question + 1, target.size())), out);
  if (!query) return Refusal(std::move(query.error()));
  return out;
}

namespace {

constexpr std::string_view kHidden = "***";

// As sent: who writes a type in percents gets its id hidden.
bool has_open_ids(std::string_view type) {
  auto resource = parse_resource(type);
  return resource == Resource::records || resource == Resource::lists || resource == Resource::campaign_groups;
}

// "/lists/Spring", "/phones/***", "/lists/Spring/AddRecord".
void append_shown_path(std::string& out, std::string_view path) {
  bool open_ids = false;
  for (std::size_t place = 0; !path.empty(); ++place) {
    path.remove_prefix(1);  // its slash
    std::string_view part = path.substr(0, path.find('/'));
    path.remove_prefix(part.size());
    if (place == 0) open_ids = has_open_ids(part);
    bool shown = place == 0 || part.empty() || (place == 1 ? open_ids : is_known_request(part));
    out += '/';
    out += shown ? part : kHidden;
  }
}

void append_shown_query(std::string& out, std::string_view query) {
  for (char before = '?';; before = '&') {
    std::string_view item = query.substr(0, query.find('&'));
    std::size_t equals = std::min(item.find('='), item.size());
    std::string_view name = item.substr(0, equals);
    std::string_view value = item.substr(std::min(equals + 1, item.size()));
    bool known = name == "tenant" || name == "req";
    bool shown = value.empty() || name == "tenant" || (name == "req" && is_known_request(value));
    out += before;
    out += item.empty() || known ? name : kHidden;
    if (equals < item.size()) out += '=';
    out += shown ? value : kHidden;
    if (item.size() == query.size()) return;
    query.remove_prefix(item.size() + 1);
  }
}

}  // namespace

std::string shown_target(std::string_view target) {
  if (target == "*") return "*";
  bool is_path = target.starts_with('/') || strip_authority(target);
  if (!is_path) return target.empty() ? std::string() : std::string(kHidden);
  std::string out;
  std::size_t question = std::min(target.find('?'), target.size());
  append_shown_path(out, target.substr(0, question));
  if (question < target.size()) append_shown_query(out, target.substr(question + 1));
  return out;
}

tl::expected<const RequestRow*, TargetError> find_row(const Target& target) {
  auto refuse = [](ErrorNumber number, std::string text) {
    return Refusal(TargetError{find_error(static_cast<std::int32_t>(number))->http_status, number, std::move(text)});
  };
  if (target.request.empty()) {
    return refuse(ErrorNumber::missing_attribute,
                  "The request is not named: req of the query must say it, or the path behind the id.");
  }
  if (const RequestRow* row = find_request(target.resource, target.request)) return row;
  if (!is_known_request(target.request)) {
    return refuse(ErrorNumber::unknown_request,
                  "What req of the query, or the path behind the id, names is no known request.");
  }
  std::string_view name;
  std::string places;
  for (const RequestRow& row : requests()) {
    if (find_request(row.resource, target.request) != &row) continue;
    name = row.request;
    places += (places.empty() ? "" : " or ") + std::string(to_string(row.resource));
  }
  return refuse(ErrorNumber::wrong_resource,
                fmt::format("{} is a request to {}, not to {}.", name, places, to_string(target.resource)));
}

}  // namespace outpost::protocol
