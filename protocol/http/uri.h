// The request target of an HTTP request: which resource, which action. Pure functions of the target's bytes.
// Source: ocs.md 1.1 and 1.3.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "protocol/outbound/requests.h"

namespace outpost::protocol {

// /<resource type>/<resource id>?req=<request>&tenant=<tenant>, or /<resource type>/<resource id>/<request>, which is
// for clients that cannot tell requests by the query. All texts are percent-decoded once and valid UTF-8 without NUL;
// they may hold other control bytes, so a log line escapes them.
struct Target {
  Resource resource = Resource::records;
  std::string id;       // 1..kNameBytesMax bytes; not checked further: a record handle may still be no number
  std::string request;  // as given by `req` or the path; empty when absent or empty
  std::optional<std::string> tenant;
  std::vector<std::string> ignored;  // names of the other parameters, in order, for the log
  bool https = false;                // in absolute form, and of this scheme
};

// Why a target is refused. The status may differ from the one that the error table gives to the number: an unknown
// resource type is 404 with WrongResource. The text follows the rules of RequestError::text.
struct TargetError {
  int http_status;
  ErrorNumber number;
  std::string text;
};

// Takes origin-form and absolute-form (whose host is ignored); refuses "*", authority-form and a fragment. The caller
// limits the length. Errors: 404 unknown resource type; 400 everything else (bad percent triplet, %00, invalid UTF-8,
// second `req` or `tenant`, both `req` and a request in the path, no id, id too long, further path segments).
tl::expected<Target, TargetError> parse_target(std::string_view target);

// What an access log may show of a target, however malformed: its path and query without whose contact it is. Ids of
// records, lists and campaign groups are shown as they were sent, any other as "***", and so are parts of the path that
// name no request, values of the query but those of `req` that name one and of `tenant`, and what is no path. The host
// is left out. Custom fields and contacts are people's data in the other logs too (exchange_log.h).
std::string shown_target(std::string_view target);

// The matrix row of a target's resource and request; never null. Errors: 400/103 no request, 501/101 a request that no
// resource knows, 400/102 a request of another resource.
tl::expected<const RequestRow*, TargetError> find_row(const Target& target);

}  // namespace outpost::protocol
