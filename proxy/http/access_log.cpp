#include "proxy/http/access_log.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <iterator>
#include <utility>

#include "common/json.h"

namespace outpost::proxy {

namespace {

// Of one value of a client, before it is escaped: a line stays far below what a log takes.
constexpr std::size_t kShownBytesMax = 512;
constexpr std::string_view kCutMark = "...";
constexpr std::string_view kNothing = "-";

constexpr std::array<const char*, 12> kMonthNames{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                  "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

std::string cut(std::string_view text) {
  std::string out(text.substr(0, kShownBytesMax));
  if (text.size() > kShownBytesMax) out += kCutMark;
  return out;
}

// Printable ASCII that ends no field, in quotes or between blanks.
void append_field(std::string& out, std::string_view text, bool quoted) {
  if (text.empty()) text = kNothing;
  for (char c : text) {
    bool plain = c > (quoted ? '\x1F' : ' ') && c < 0x7F && c != '"' && c != '\\';
    if (plain) {
      out += c;
    } else {
      fmt::format_to(std::back_inserter(out), "\\x{:02x}", static_cast<unsigned char>(c));
    }
  }
}

void append_quoted_field(std::string& out, std::string_view text) {
  out += " \"";
  append_field(out, text, true);
  out += '"';
}

struct LocalTime {
  std::tm tm{};
  char sign = '+';
  long hours = 0;  // ahead of UTC, or behind
  long minutes = 0;
};

LocalTime local_time(std::time_t now) {
  constexpr long kMinute = 60;
  LocalTime time;
  localtime_r(&now, &time.tm);
  long offset = time.tm.tm_gmtoff / kMinute;
  time.sign = offset < 0 ? '-' : '+';
  time.hours = std::abs(offset) / kMinute;
  time.minutes = std::abs(offset) % kMinute;
  return time;
}

// "29/Nov/2026:15:04:48 +0000", in our own words and not in the locale's.
void append_clf_time(std::string& out, std::time_t now) {
  LocalTime time = local_time(now);
  const std::tm& tm = time.tm;
  fmt::format_to(std::back_inserter(out), "[{:02}/{}/{:04}:{:02}:{:02}:{:02} {}{:02}{:02}]", tm.tm_mday,
                 kMonthNames[static_cast<std::size_t>(tm.tm_mon)], tm.tm_year + 1900, tm.tm_hour, tm.tm_min, tm.tm_sec,
                 time.sign, time.hours, time.minutes);
}

std::string iso_time(std::time_t now) {
  LocalTime time = local_time(now);
  const std::tm& tm = time.tm;
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}{}{:02}:{:02}", tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday,
                     tm.tm_hour, tm.tm_min, tm.tm_sec, time.sign, time.hours, time.minutes);
}

std::string combined_line(const AccessEntry& entry) {
  const SeenRequest& request = entry.request;
  std::string out;
  append_field(out, request.client, false);
  out += " - ";
  append_field(out, request.user, false);
  out += ' ';
  append_clf_time(out, entry.now);
  append_quoted_field(out, request.method.empty() ? std::string()
                                                  : fmt::format("{} {} HTTP/1.{}", request.method,
                                                                request.target.empty() ? kNothing : request.target,
                                                                request.minor_version));
  fmt::format_to(std::back_inserter(out), " {} {}", entry.status, entry.body_bytes);
  append_quoted_field(out, request.referer);
  append_quoted_field(out, request.user_agent);
  fmt::format_to(std::back_inserter(out), " {} {}.{}", entry.took_ms, entry.connection, entry.sequence);
  append_quoted_field(out, entry.ids.request_id);
  append_quoted_field(out, entry.ids.traceparent);
  return out;
}

void write_text(JsonWriter& out, std::string_view name, std::string_view text) {
  out.key(name);
  if (text.empty()) {
    out.null();
    return;
  }
  std::string field;
  append_field(field, text, true);
  out.value(field);
}

std::string json_line(const AccessEntry& entry) {
  const SeenRequest& request = entry.request;
  JsonWriter out;
  out.begin_object().member("time", iso_time(entry.now));
  write_text(out, "client", request.client);
  write_text(out, "user", request.user);
  write_text(out, "method", request.method);
  write_text(out, "target", request.target);
  write_text(out, "protocol", request.method.empty() ? "" : request.minor_version == 0 ? "HTTP/1.0" : "HTTP/1.1");
  out.member("status", entry.status).member("bytes", entry.body_bytes);
  out.member("took_ms", entry.took_ms);
  write_text(out, "referer", request.referer);
  write_text(out, "user_agent", request.user_agent);
  out.member("exchange", fmt::format("{}.{}", entry.connection, entry.sequence));
  write_text(out, "request_id", entry.ids.request_id);
  write_text(out, "traceparent", entry.ids.traceparent);
  return out.end_object().take();
}

std::string_view header_of(const protocol::HttpRequest& request, std::string_view name) {
  auto found = std::ranges::find(request.further, name, &protocol::FurtherHeader::name);
  return found == request.further.end() ? std::string_view() : std::string_view(found->value);
}

// "https://shop.example" of "https://shop.example/customers/7?q=1"; nothing when it does not begin so.
std::string_view origin_of(std::string_view uri) {
  for (std::string_view scheme : {"https://", "http://"}) {
    if (!uri.starts_with(scheme)) continue;
    std::string_view origin = uri.substr(0, uri.find_first_of("/?#", scheme.size()));
    return origin.find('@') == std::string_view::npos ? origin : std::string_view();
  }
  return {};
}

}  // namespace

SeenRequest seen_request(const protocol::HttpRequest& request, std::string_view client, std::string target) {
  return {.client = std::string(client),
          .user = {},
          .method = cut(request.method_text),
          .target = cut(target),
          .minor_version = request.minor_version,
          .referer = cut(origin_of(header_of(request, kRefererHeader))),
          .user_agent = cut(header_of(request, kUserAgentHeader))};
}

std::string access_line(protocol::AccessLogForm form, const AccessEntry& entry) {
  return form == protocol::AccessLogForm::json ? json_line(entry) : combined_line(entry);
}

void AccessLog::configure(const protocol::LogSettings& settings) {
  settings_ = settings;
  if (log_) log_->reconfigure(settings.level, settings.segment_bytes, settings.segment_hours, 0);
}

Result<> AccessLog::take_segment(Descriptor segment) {
  if (log_) {
    log_->take_segment(segment.release());
    return {};
  }
  Log::Options options;
  options.bare = true;
  options.segment_bytes = settings_.segment_bytes;
  options.segment_hours = settings_.segment_hours;
  auto log = Log::adopt(std::move(options), segment.release(), want_segment_);
  if (!log) return pass(log);
  log_ = *std::move(log);
  return {};
}

}  // namespace outpost::proxy
