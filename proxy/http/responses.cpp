#include "proxy/http/responses.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <iterator>

#include "common/percent_encode.h"
#include "protocol/http/statuses.h"

namespace outpost::proxy {

namespace {

constexpr std::string_view kJson = "application/json";

}  // namespace

std::string_view reason_phrase(int status) {
  const auto* row = std::ranges::find(protocol::kHttpStatuses, status, &protocol::HttpStatus::status);
  return row == std::end(protocol::kHttpStatuses) ? "Unknown" : row->phrase;
}

namespace {

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

bool has_body(int status) { return status != kNoContent && status != kNotModified; }

void append_line(std::string& out, std::string_view name, std::string_view value) {
  out += name;
  out += value;
  out += "\r\n";
}

void append_location(std::string& out, const Location& location) {
  out += "Location: ";
  out += location.folder;
  append_percent_encoded(out, location.id);
  if (!location.tenant.empty()) {
    out += "?tenant=";
    append_percent_encoded(out, location.tenant);
  }
  out += "\r\n";
}

void append_ids(std::string& out, const protocol::RequestIds& ids) {
  if (!ids.request_id.empty()) append_line(out, "X-Request-Id: ", ids.request_id);
  if (!ids.traceparent.empty()) append_line(out, "traceparent: ", ids.traceparent);
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
  if (has_body(response.status)) {  // RFC 9110 8.6: it has no Content-Length either
    append_line(out, "Content-Type: ", response.content_type.empty() ? kJson : response.content_type);
    if (response.more) {
      if (framing.chunked) out += "Transfer-Encoding: chunked\r\n";
    } else {
      out += "Content-Length: ";
      append_number(out, response.body.size());
      out += "\r\n";
    }
  }
  append_line(out, "Cache-Control: ", response.cache.empty() ? "no-store" : response.cache);
  if (!response.etag.empty()) out += fmt::format("ETag: \"{}\"\r\n", response.etag);
  out += response.headers;
  out += response.own_lines;
  if (!response.allow.empty()) append_line(out, "Allow: ", response.allow);
  if (response.retry_after_s > 0) append_line(out, "Retry-After: ", std::to_string(response.retry_after_s));
  if (!response.challenge.empty()) append_line(out, "WWW-Authenticate: ", response.challenge);
  if (!response.location.folder.empty()) append_location(out, response.location);
  if (response.replayed) out += "Idempotency-Replayed: true\r\n";
  if (framing.ids) append_ids(out, *framing.ids);
  if (framing.close) out += "Connection: close\r\n";
  out += custom_lines_;
  if (framing.secure) out += secure_lines_;
  out += "\r\n";
  if (framing.head || !has_body(response.status)) return;
  response.more ? append_piece(out, response.body, framing, false) : void(out += response.body);
}

void append_piece(std::string& out, std::string_view piece, const ResponseWriter::Framing& framing, bool last) {
  if (!framing.chunked) {
    out += piece;
    return;
  }
  if (!piece.empty()) {  // an empty chunk would be the end
    out += fmt::format("{:x}\r\n", piece.size());
    out += piece;
    out += "\r\n";
  }
  if (last) out += "0\r\n\r\n";
}

}  // namespace outpost::proxy
