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

// "MissingAttribute" as a title: "Missing attribute".
std::string title_of(std::string_view name) {
  std::string title;
  for (char c : name) {
    bool begins_word = c >= 'A' && c <= 'Z' && !title.empty();
    if (begins_word) title += ' ';
    title += begins_word ? static_cast<char>(c - 'A' + 'a') : c;
  }
  return title;
}

// RFC 9457. The members of the usual body follow its own, so that a client may go by either. A failure of HTTP itself
// has no type beyond its status.
std::string problem_body(const EventResponse& response, const ExchangeName& name) {
  std::int64_t number = response.event.integer("GSW_ERROR_NUMBER").value_or(0);
  const protocol::ErrorRow* error = protocol::find_error(number);
  const std::string* text = response.event.string("GSW_ERROR");
  protocol::Event problem;
  problem.add("type", error ? fmt::format("urn:outpost:error:{}", error->name) : std::string("about:blank"));
  problem.add("title", error ? title_of(error->name) : std::string(reason_phrase(response.status)));
  problem.add("status", std::int64_t{response.status});
  if (text) problem.add("detail", *text);
  problem.add("instance", fmt::format("urn:outpost:exchange:{}.{}", name.connection, name.sequence));
  for (const protocol::Event::Attribute& attribute : response.event) problem.add(attribute.key, attribute.value);
  return protocol::event_to_json(problem);
}

// Whether a media range of Accept says that it is not wanted.
bool is_refused(std::string_view range) {
  std::string_view weight = range.substr(std::min(range.find(';'), range.size()));
  std::size_t q = weight.find("q=0");
  return q != std::string_view::npos && weight.substr(q + 3).find_first_not_of("0. \t") == std::string_view::npos;
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
  bool problems = false;
  while (!accept.empty()) {
    std::string_view range = accept.substr(0, accept.find(','));
    accept.remove_prefix(std::min(range.size() + 1, accept.size()));
    std::string_view type = trim(range.substr(0, range.find(';')));
    html = html || equal_ignoring_case(type, "text/html");
    plain = plain || equal_ignoring_case(type, "text/plain");
    problems = problems || (equal_ignoring_case(type, "application/problem+json") && !is_refused(range));
    json = json || equal_ignoring_case(type, "application/json") || type == "*/*";
  }
  return {plain && !json, html && !json, problems};
}

Response render(EventResponse response, const Presentation& presentation, const ExchangeName& name) {
  Response out{.status = response.status,
               .allow = response.allow,
               .retry_after_s = response.retry_after_s,
               .challenge = std::move(response.challenge),
               .replayed = response.replayed};
  if (response.status == kNoContent) return out;
  if (presentation.problems && response.status != kOk) {
    out.body = problem_body(response, name);
    out.content_type = "application/problem+json";
    return out;
  }
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
