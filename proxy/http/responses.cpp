#include "proxy/http/responses.h"

#include <fmt/core.h>

#include <array>
#include <iterator>

namespace outpost::proxy {

namespace {

std::string_view reason_phrase(int status) {
  switch (status) {
    case 200: return "OK";
    case 204: return "No Content";
    case 400: return "Bad Request";
    case 401: return "Unauthorized";
    case 403: return "Forbidden";
    case 404: return "Not Found";
    case 405: return "Method Not Allowed";
    case 408: return "Request Timeout";
    case 409: return "Conflict";
    case 413: return "Content Too Large";
    case 414: return "URI Too Long";
    case 415: return "Unsupported Media Type";
    case 417: return "Expectation Failed";
    case 421: return "Misdirected Request";
    case 429: return "Too Many Requests";
    case 431: return "Request Header Fields Too Large";
    case 500: return "Internal Server Error";
    case 501: return "Not Implemented";
    case 502: return "Bad Gateway";
    case 503: return "Service Unavailable";
    case 504: return "Gateway Timeout";
    case 505: return "HTTP Version Not Supported";
    default: return "Unknown";
  }
}

// In our own words and not by strftime(), which would follow the locale.
std::string date_header(std::time_t now) {
  constexpr std::array<const char*, 7> kDays{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  constexpr std::array<const char*, 12> kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  std::tm utc{};
  gmtime_r(&now, &utc);
  return fmt::format("Date: {}, {:02} {} {:04} {:02}:{:02}:{:02} GMT\r\n", kDays[static_cast<std::size_t>(utc.tm_wday)],
                     utc.tm_mday, kMonths[static_cast<std::size_t>(utc.tm_mon)], utc.tm_year + 1900, utc.tm_hour,
                     utc.tm_min, utc.tm_sec);
}

}  // namespace

void ResponseWriter::append(std::string& out, const Response& response, const Framing& framing, std::time_t now) {
  if (now != date_) {
    date_ = now;
    date_line_ = date_header(now);
  }
  fmt::format_to(std::back_inserter(out), "HTTP/1.1 {} {}\r\n", response.status, reason_phrase(response.status));
  out += date_line_;
  if (response.status != kNoContent) {  // RFC 9110 8.6: it has no Content-Length either
    fmt::format_to(std::back_inserter(out), "Content-Type: {}\r\nContent-Length: {}\r\n", response.content_type,
                   response.body.size());
  }
  out += "Cache-Control: no-store\r\n";
  if (!response.allow.empty()) fmt::format_to(std::back_inserter(out), "Allow: {}\r\n", response.allow);
  if (response.retry_after_s > 0) {
    fmt::format_to(std::back_inserter(out), "Retry-After: {}\r\n", response.retry_after_s);
  }
  if (!response.challenge.empty()) {
    fmt::format_to(std::back_inserter(out), "WWW-Authenticate: {}\r\n", response.challenge);
  }
  if (framing.close) out += "Connection: close\r\n";
  out += custom_lines_;
  if (framing.secure) out += secure_lines_;
  out += "\r\n";
  if (!framing.head && response.status != kNoContent) out += response.body;
}

}  // namespace outpost::proxy
