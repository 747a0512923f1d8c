#include "proxy/http/responses.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>

#include "common/text.h"
#include "protocol/http/json_body.h"

namespace outpost::proxy {

namespace {

constexpr int kNoContent = 204;
constexpr std::uint32_t kOverloadWait = 5;  // seconds; ocs.md 5.1

std::string_view reason(int status) {
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

std::string escape_html(std::string_view text) {
  std::string out;
  for (char c : text) {
    switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      default: out += c;
    }
  }
  return out;
}

std::string html_page(const protocol::Event& event) {
  const std::string* text = event.string("GSW_ERROR");
  return fmt::format("<html><body>{} {}</body></html>", event.integer("GSW_ERROR_NUMBER").value_or(0),
                     escape_html(text ? *text : std::string()));
}

}  // namespace

Response failure(int status, protocol::ErrorNumber number, std::string_view text) {
  return {status, protocol::error_event(number, text), {}, {}, status == 503 ? kOverloadWait : 0};
}

Response http_failure(int status, std::string_view text) {
  return failure(status, static_cast<protocol::ErrorNumber>(status), text);
}

Response too_many_requests(std::uint32_t wait_s) {
  Response response = http_failure(429, "too many requests came from this address; this one had no effect");
  response.retry_after_s = wait_s;
  return response;
}

Presentation presentation_for(std::string_view accept) {
  bool html = false;
  bool plain = false;
  bool json = false;
  while (!accept.empty()) {
    std::string_view range = accept.substr(0, accept.find(','));
    accept.remove_prefix(std::min(range.size() + 1, accept.size()));
    std::string_view type = trim(range.substr(0, range.find(';')));
    html = html || equal_ignoring_case(type, "text/html");
    plain = plain || equal_ignoring_case(type, "text/plain");
    json = json || equal_ignoring_case(type, "application/json") || type == "*/*";
  }
  return {plain && !json, html && !json};
}

void ResponseWriter::append(std::string& out, const Response& response, const Framing& framing, std::time_t now) {
  if (now != date_) {
    date_ = now;
    date_line_ = date_header(now);
  }
  fmt::format_to(std::back_inserter(out), "HTTP/1.1 {} {}\r\n", response.status, reason(response.status));
  out += date_line_;
  std::string body;
  if (response.status != kNoContent) {  // RFC 9110 8.6: it has no Content-Length either
    bool html = framing.presentation.html_failures && response.status != 200;
    body = html ? html_page(response.event) : protocol::event_to_json(response.event, response.records);
    std::string_view type = html                              ? "text/html; charset=utf-8"
                            : framing.presentation.plain_text ? "text/plain; charset=utf-8"
                                                              : "application/json";
    fmt::format_to(std::back_inserter(out), "Content-Type: {}\r\nContent-Length: {}\r\n", type, body.size());
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
  if (!framing.head) out += body;
}

}  // namespace outpost::proxy
