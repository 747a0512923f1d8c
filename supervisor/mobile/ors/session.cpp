#include "supervisor/mobile/ors/session.h"

#include <algorithm>
#include <variant>

#include "common/json.h"
#include "common/percent_encode.h"
#include "common/text.h"
#include "supervisor/mobile/services/service_ids.h"

namespace outpost::supervisor::mobile {

using protocol::FetchOutcome;
using protocol::FetchReply;

namespace {

constexpr std::string_view kSessionCookie = "ORSSESSIONID=";
constexpr std::string_view kIdMembers[] = {"_id", "sessionid", "session"};

std::string id_in_json(std::string_view body) {
  auto answer = parse_json(body, {.bytes_max = kStartAnswerBytesMax});
  if (!answer) return {};
  for (std::string_view name : kIdMembers) {
    const JsonValue* member = answer->find(name);
    const auto* id = member ? std::get_if<std::string>(&member->value) : nullptr;
    if (id && may_be_service_id(*id)) return *id;
  }
  return {};
}

std::string id_in_body(std::string_view body) {
  body = trim(body);
  if (may_be_service_id(body)) return std::string(body);
  return body.starts_with('{') ? id_in_json(body) : std::string();
}

// No id of a session has a dot, names of nodes may.
std::string id_in_cookie(std::string_view cookie) {
  if (cookie.empty()) return {};
  cookie.remove_prefix(kSessionCookie.size());
  std::string_view id = cookie.substr(0, cookie.find('.'));
  return may_be_service_id(id) ? std::string(id) : std::string();
}

// Source: RFC 6265 4.1.1.
bool is_cookie_character(char c) {
  return c > ' ' && c < '\x7f' && std::string_view("\",;\\").find(c) == std::string_view::npos;
}

}  // namespace

bool not_reached(const FetchReply& reply) {
  switch (reply.outcome) {
    case FetchOutcome::resolve:
    case FetchOutcome::connect:
    case FetchOutcome::tls:
    case FetchOutcome::denied_target:
    case FetchOutcome::proxy: return true;
    // A connection that was there before took no time to be made.
    case FetchOutcome::timeout: return reply.times.connected_us == 0 && !reply.reused;
    default: return false;
  }
}

bool is_success(const FetchReply& reply) {
  return reply.outcome == FetchOutcome::answered && reply.status >= 200 && reply.status < 300;
}

bool is_refusal(const FetchReply& reply) {
  constexpr std::uint16_t kTimeout = 408;
  constexpr std::uint16_t kTooMany = 429;
  if (reply.outcome == FetchOutcome::denied_target || reply.outcome == FetchOutcome::invalid) return true;
  return reply.status >= 400 && reply.status < 500 && reply.status != kTimeout && reply.status != kTooMany;
}

std::optional<OrsSession> read_session(const FetchReply& answer) {
  OrsSession session;
  session.cookie = session_cookie(answer);
  if (answer.body.size() <= kStartAnswerBytesMax) session.id = id_in_body(answer.body);
  if (session.id.empty()) session.id = id_in_cookie(session.cookie);
  if (session.id.empty()) return std::nullopt;
  return session;
}

std::string session_cookie(const FetchReply& answer) {
  for (const protocol::FetchHeader& header : answer.headers) {
    if (header.name != "set-cookie" || !header.value.starts_with(kSessionCookie)) continue;
    std::string_view cookie = trim(std::string_view(header.value).substr(0, header.value.find(';')));
    bool whole = cookie.size() > kSessionCookie.size() && cookie.size() <= kOrsCookieBytesMax;
    if (whole && std::ranges::all_of(cookie, is_cookie_character)) return std::string(cookie);
  }
  return {};
}

std::string session_url(const OrsSession& session, std::string_view what, std::string_view name) {
  std::string url = fmt::format("{}/scxml/session/{}/{}", session.base, session.id, what);
  if (name.empty()) return url;
  url += '/';
  append_percent_encoded(url, name);
  return url;
}

}  // namespace outpost::supervisor::mobile
