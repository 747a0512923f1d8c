#include "proxy/http/responses.h"

#include <fmt/core.h>

#include <array>
#include <charconv>

namespace outpost::proxy {

namespace {

constexpr std::string_view kJson = "application/json";

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

// Without fmt, and no text of its own in between: this is done for each response.
template <class Number>
void append_number(std::string& out, Number number) {
  std::array<char, 20> digits;
  auto written = std::to_chars(digits.data(), digits.data() + digits.size(), number);
  out.append(digits.data(), written.ptr);
}

void append_line(std::string& out, std::string_view name, std::string_view value) {
  out += name;
  out += value;
  out += "\r\n";
}

}  // namespace

void ResponseWriter::append(std::string& out, const Response& response, const Framing& framing, std::time_t now) {
  if (now != date_) {
    date_ = now;
    date_line_ = date_header(now);
  }
  out += "HTTP/1.1 ";
  append_number(out, response.status);
  out += ' ';
  out += reason_phrase(response.status);
  out += "\r\n";
  out += date_line_;
  if (response.status != kNoContent) {  // RFC 9110 8.6: it has no Content-Length either
    append_line(out, "Content-Type: ", response.content_type.empty() ? kJson : response.content_type);
    if (!response.more) {
      out += "Content-Length: ";
      append_number(out, response.body.size());
      out += "\r\n";
    }
  }
  out += "Cache-Control: no-store\r\n";
  if (!response.allow.empty()) append_line(out, "Allow: ", response.allow);
  if (response.retry_after_s > 0) append_line(out, "Retry-After: ", std::to_string(response.retry_after_s));
  if (!response.challenge.empty()) append_line(out, "WWW-Authenticate: ", response.challenge);
  if (framing.close) out += "Connection: close\r\n";
  out += custom_lines_;
  if (framing.secure) out += secure_lines_;
  out += "\r\n";
  if (!framing.head && response.status != kNoContent) out += response.body;
}

}  // namespace outpost::proxy
