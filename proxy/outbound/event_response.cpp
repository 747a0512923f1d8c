#include "proxy/outbound/event_response.h"

#include <fmt/core.h>

#include <algorithm>
#include <utility>

#include "common/text.h"
#include "protocol/http/json_body.h"

namespace outpost::proxy {

namespace {

constexpr int kOk = 200;

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

EventResponse failure(int status, protocol::ErrorNumber number, std::string_view text) {
  return {status, protocol::error_event(number, text), {}};
}

EventResponse http_failure(int status, std::string_view text) {
  return failure(status, static_cast<protocol::ErrorNumber>(status), text);
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

Response render(EventResponse response, const Presentation& presentation) {
  Response out{.status = response.status,
               .allow = response.allow,
               .retry_after_s = response.retry_after_s,
               .challenge = std::move(response.challenge)};
  if (response.status == kNoContent) return out;
  bool html = presentation.html_failures && response.status != kOk;
  out.body = html ? html_page(response.event) : protocol::event_to_json(response.event, response.records);
  if (html) {
    out.content_type = "text/html; charset=utf-8";
  } else if (presentation.plain_text) {
    out.content_type = "text/plain; charset=utf-8";
  }
  return out;
}

}  // namespace outpost::proxy
