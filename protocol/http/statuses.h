// The HTTP statuses of responses: reason phrase, and why HTTP itself is answered so, whatever the request is about;
// empty where only errors of vocabulary.h are. For the responses and the OpenAPI document. Source: ocs.md 5.1, 6.2.
#pragma once

#include <span>
#include <string_view>

namespace outpost::protocol {

struct HttpStatus {
  int status;
  std::string_view phrase;
  std::string_view cause;
  std::string_view header = {};  // that such a response has
};

inline constexpr HttpStatus kHttpStatuses[] = {
    {200, "OK", ""},
    {204, "No Content", ""},
    {308, "Permanent Redirect", ""},
    {400, "Bad Request", "the bytes are no HTTP request, or a header is malformed or given twice"},
    {401, "Unauthorized", "a bearer token is needed, or it is malformed, unknown, revoked or expired",
     "WWW-Authenticate"},
    {403, "Forbidden", "the token is not for this resource type or this request", "WWW-Authenticate"},
    {404, "Not Found", ""},
    {405, "Method Not Allowed", "this request has other methods", "Allow"},
    {408, "Request Timeout", "the request was not complete in time"},
    {409, "Conflict", ""},
    {413, "Content Too Large", "the body is too long"},
    {414, "URI Too Long", "the request line is too long"},
    {415, "Unsupported Media Type", "the body has a content coding"},
    {417, "Expectation Failed", "the expectation is another than 100-continue"},
    {421, "Misdirected Request", "the target begins with https:// and the connection is without TLS"},
    {429, "Too Many Requests", "too many requests came from this address; this one had no effect", "Retry-After"},
    {431, "Request Header Fields Too Large", "the header fields are too long or too many"},
    {500, "Internal Server Error", ""},
    {501, "Not Implemented", "the method or the transfer coding is not known"},
    {502, "Bad Gateway", "the supervisor's answer was not understood"},
    {503, "Service Unavailable", "", "Retry-After"},
    {504, "Gateway Timeout", ""},
    {505, "HTTP Version Not Supported", "the version is neither HTTP/1.1 nor HTTP/1.0"},
};

}  // namespace outpost::protocol
