#include "protocol/http/http1_head.h"

#include "common/text.h"
#include "protocol/http/authority.h"
#include "protocol/http/field_list.h"
#include "protocol/http/http1_errors.h"

namespace outpost::protocol {

namespace {

std::optional<HttpError> check_transfer_encoding(std::string_view list) {
  bool empty = false;
  std::size_t items = 0;
  std::size_t chunked = 0;
  for_each_item(list, [&](std::string_view item) {
    ++items;
    if (item.empty()) empty = true;
    if (equal_ignoring_case(item, "chunked")) ++chunked;
  });
  if (empty || chunked > 1) return HttpError{400, "Transfer-Encoding must be chunked, once."};
  if (items != chunked) return HttpError{501, "The only transfer coding served is chunked."};
  return std::nullopt;
}

// Whether all readers would look for the resource on the same host.
std::optional<HttpError> check_authority(const HttpRequest& request, bool has_host) {
  if (has_host && !is_authority(request.host)) return HttpError{400, "Host must be a host and, if need be, a port."};
  auto authority = authority_of(request.target);
  if (!authority) return std::nullopt;
  if (!is_authority(*authority)) return HttpError{400, "The host of the request target is malformed."};
  if (has_host && !same_authority(request.target, *authority, request.host)) {
    return HttpError{400, "Host and the host of the request target must be the same."};
  }
  return std::nullopt;
}

// Whether the length of the body is beyond doubt, and within its limit.
std::optional<HttpError> check_framing(const HttpRequest& request, const HttpFields& fields,
                                       std::uint64_t content_length, const HttpLimits& limits) {
  if (fields.has(HttpField::transfer_encoding)) {
    if (request.minor_version == 0) return HttpError{400, "HTTP/1.0 has no Transfer-Encoding."};
    return check_transfer_encoding(fields.transfer_encoding());
  }
  if (content_length > limits.body_bytes_max) return kBodyTooLong;
  return std::nullopt;
}

}  // namespace

std::optional<HttpError> check_head(const HttpRequest& request, const HttpFields& fields, std::uint64_t content_length,
                                    const HttpLimits& limits) {
  bool has_host = fields.has(HttpField::host);
  if (request.minor_version == 1 && !has_host) return HttpError{400, "Host is missing."};
  if (auto wrong = check_authority(request, has_host)) return wrong;
  return check_framing(request, fields, content_length, limits);
}

}  // namespace outpost::protocol
