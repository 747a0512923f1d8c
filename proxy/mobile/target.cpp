#include "proxy/mobile/target.h"

#include <algorithm>
#include <array>
#include <functional>
#include <optional>
#include <utility>

#include "protocol/http/authority.h"
#include "protocol/http/percent.h"

namespace outpost::proxy {

using protocol::MobileRow;

namespace {

// No path of the table is nearly as long.
constexpr std::size_t kSegmentsMax = 16;

constexpr std::string_view kNoSuchPath = "there is nothing at this path; what there is begins with /genesys/1/";
constexpr std::string_view kOtherVersion = "there is no such version of the interface; the only one is 1";
constexpr std::string_view kOtherMethod = "this method is not allowed here; the header Allow names those that are";

using Segments = std::vector<std::string_view>;

// --- The table, split once -------------------------------------------------------------------------------------------

struct Pattern {
  const MobileRow* row;
  Segments segments;  // a capture begins with "{"
  bool last_may_lack = false;
  std::size_t literals = 0;
};

bool is_capture(std::string_view segment) { return segment.starts_with('{'); }

Segments split(std::string_view path) {
  Segments segments;
  while (!path.empty() && segments.size() <= kSegmentsMax) {
    std::size_t end = std::min(path.find('/'), path.size());
    if (end > 0) segments.push_back(path.substr(0, end));
    path.remove_prefix(std::min(end + 1, path.size()));
  }
  return segments;
}

Pattern pattern_of(const MobileRow& row) {
  constexpr std::string_view kMayLack = "[/";
  Pattern pattern{&row, {}};
  std::size_t optional = row.pattern.find(kMayLack);
  pattern.segments = split(row.pattern.substr(0, optional));
  pattern.literals = static_cast<std::size_t>(std::ranges::count_if(pattern.segments, std::not_fn(is_capture)));
  if (optional == std::string_view::npos) return pattern;
  std::string_view last = row.pattern.substr(optional + kMayLack.size());
  pattern.segments.push_back(last.substr(0, last.size() - 1));
  pattern.last_may_lack = true;
  return pattern;
}

const std::vector<Pattern>& patterns() {
  static const std::vector<Pattern> kPatterns = [] {
    std::vector<Pattern> made;
    for (const MobileRow& row : protocol::mobile_rows()) made.push_back(pattern_of(row));
    return made;
  }();
  return kPatterns;
}

bool fits(const Pattern& pattern, const std::vector<std::string>& segments) {
  std::size_t most = pattern.segments.size();
  if (segments.size() != most && !(pattern.last_may_lack && segments.size() + 1 == most)) return false;
  for (std::size_t i = 0; i < segments.size(); ++i) {
    if (!is_capture(pattern.segments[i]) && pattern.segments[i] != segments[i]) return false;
  }
  return true;
}

// Those that fit with the most constants: what is at storage/custom/x is no area with the id "custom".
std::vector<const Pattern*> fitting(const std::vector<std::string>& segments) {
  std::vector<const Pattern*> best;
  for (const Pattern& pattern : patterns()) {
    if (!fits(pattern, segments)) continue;
    if (!best.empty() && best.front()->literals > pattern.literals) continue;
    if (!best.empty() && best.front()->literals < pattern.literals) best.clear();
    best.push_back(&pattern);
  }
  return best;
}

// --- Methods ---------------------------------------------------------------------------------------------------------

constexpr std::string_view kAllMethods = "GET, HEAD, POST, DELETE, OPTIONS";

std::string_view methods_of(const std::vector<const Pattern*>& found) {
  constexpr std::array<std::string_view, 8> kAllowed = {
      "OPTIONS",         "GET, HEAD, OPTIONS",         "POST, OPTIONS",         "GET, HEAD, POST, OPTIONS",
      "DELETE, OPTIONS", "GET, HEAD, DELETE, OPTIONS", "POST, DELETE, OPTIONS", kAllMethods};
  constexpr std::array<std::string_view, 3> kMethods = {"GET", "POST", "DELETE"};
  std::size_t set = 0;
  for (std::size_t i = 0; i < kMethods.size(); ++i) {
    auto has = [&](const Pattern* one) { return one->row->method == kMethods[i]; };
    if (std::ranges::any_of(found, has)) set |= std::size_t{1} << i;
  }
  return kAllowed[set];
}

// Null: none of them is for it.
const Pattern* for_method(const std::vector<const Pattern*>& found, std::string_view method) {
  std::string_view wanted = method == "HEAD" ? "GET" : method;
  auto one = std::ranges::find_if(found, [&](const Pattern* pattern) { return pattern->row->method == wanted; });
  return one == found.end() ? nullptr : *one;
}

// --- The path --------------------------------------------------------------------------------------------------------

tl::unexpected<MobileTargetError> refuse_path(int status, std::string_view text) {
  return tl::unexpected(MobileTargetError{status, std::string(text), {}});
}

struct Split {
  std::string_view path;
  std::string_view query;
};

Split split_target(std::string_view target) {
  if (auto authority = protocol::authority_of(target)) {
    target.remove_prefix(static_cast<std::size_t>(authority->data() + authority->size() - target.data()));
  }
  std::size_t question = std::min(target.find('?'), target.size());
  return {target.substr(0, question), target.substr(std::min(question + 1, target.size()))};
}

// A session id in the URL (";jsessionid=...") is for the balancer before us.
std::string_view without_parameters(std::string_view path) {
  path = path.substr(0, path.find_last_not_of('/') + 1);
  std::size_t last = path.rfind('/');
  std::size_t semicolon = path.find(';', last == std::string_view::npos ? 0 : last);
  return path.substr(0, semicolon);
}

// Decoded, behind "/genesys/1".
tl::expected<std::vector<std::string>, MobileTargetError> decoded_segments(std::string_view path) {
  std::vector<std::string> decoded;
  for (std::string_view raw : split(without_parameters(path))) {
    auto segment = protocol::decode_percent(raw, protocol::UriPart::path);
    if (!segment) {
      return refuse_path(
          400, "the path must be percent-encoded UTF-8 without %00: each % is followed by two hexadecimal digits");
    }
    if (*segment == "." || *segment == "..")
      return refuse_path(400, "a path must not have the segments \".\" and \"..\"");
    decoded.push_back(*std::move(segment));
  }
  if (decoded.empty() || decoded.front() != "genesys") return refuse_path(404, kNoSuchPath);
  if (decoded.size() < 2) return refuse_path(404, kNoSuchPath);
  if (decoded[1] != "1") return refuse_path(404, kOtherVersion);
  decoded.erase(decoded.begin(), decoded.begin() + 2);
  return decoded;
}

std::vector<std::string> captures_of(const Pattern& pattern, std::vector<std::string> segments) {
  std::vector<std::string> captures;
  for (std::size_t i = 0; i < pattern.segments.size(); ++i) {
    if (!is_capture(pattern.segments[i])) continue;
    captures.push_back(i < segments.size() ? std::move(segments[i]) : std::string());
  }
  return captures;
}

}  // namespace

tl::expected<MobileTarget, MobileTargetError> find_mobile_route(std::string_view method, std::string_view target) {
  if (target == "*") return tl::unexpected(MobileTargetError{405, std::string(kOtherMethod), kAllMethods});
  auto [path, query] = split_target(target);
  auto segments = decoded_segments(path);
  if (!segments) return tl::unexpected(std::move(segments.error()));
  auto found = fitting(*segments);
  if (found.empty()) return refuse_path(404, kNoSuchPath);
  const Pattern* pattern = for_method(found, method);
  if (!pattern) {
    return tl::unexpected(MobileTargetError{405, std::string(kOtherMethod), methods_of(found), found.front()->row});
  }
  return MobileTarget{pattern->row, captures_of(*pattern, *std::move(segments)), query};
}

std::string_view shown_mobile_target(std::string_view method, std::string_view target) {
  static const std::vector<std::string> kShown = [] {
    std::vector<std::string> made;
    for (const MobileRow& row : protocol::mobile_rows()) {
      made.push_back(std::string(protocol::kMobilePrefix) + std::string(row.pattern));
    }
    return made;
  }();
  auto segments = decoded_segments(split_target(target).path);
  if (!segments) return "***";
  auto found = fitting(*segments);
  if (found.empty()) return "***";
  const Pattern* pattern = for_method(found, method);
  return kShown[(pattern ? pattern : found.front())->row->place()];
}

}  // namespace outpost::proxy
