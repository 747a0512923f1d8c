// A session of ORS: how it is found again, and what an answer says of it. ORS is another server, and its answers are
// strangers' bytes. Pure. Source: gms.md 1.2, 1.7.1.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "protocol/channel/courier.h"

namespace outpost::supervisor::mobile {

struct OrsSession {
  std::string id;      // the id of the service too: may_be_service_id()
  std::string base;    // "http://host:port" of the server that has it
  std::string cookie;  // "ORSSESSIONID=...", which goes back to it; empty: it gave none

  bool operator==(const OrsSession&) const = default;
};

// Of the answer to a start; a longer one has no id in it.
inline constexpr std::size_t kStartAnswerBytesMax = 64 * 1024;
inline constexpr std::size_t kOrsCookieBytesMax = 512;  // with its name

// Whether nothing came to the server: another one may be asked. Whatever else went wrong may have started a session.
bool not_reached(const protocol::FetchReply& reply);
bool is_success(const protocol::FetchReply& reply);
// Whether the same would be refused again: the server says so of this very request (4xx, but for 408 and 429, which say
// that it was too slow or too busy), or it may not be connected to, or there is no such address.
bool is_refusal(const protocol::FetchReply& reply);

// What the body says, which is the bare id or a JSON object with _id, sessionid or session; else the cookie's
// ORSSESSIONID=ID.NODE. Nothing when none of them is an id. The session has no base.
std::optional<OrsSession> read_session(const protocol::FetchReply& answer);
// "ORSSESSIONID=..." as it goes back; empty for none, and for one that could not go back.
std::string session_cookie(const protocol::FetchReply& answer);

// The address of what is done with the session: "request", "event", with a name, or "terminate". The id must be one.
std::string session_url(const OrsSession& session, std::string_view what, std::string_view name = {});

}  // namespace outpost::supervisor::mobile
