// What ORS answers to a start: its Set-Cookie (the first line) and its body, of a server that nobody trusts.
#include <algorithm>

#include "supervisor/mobile/ors/session.h"
#include "supervisor/mobile/services/service_ids.h"
#include "tests/fuzz/fuzz.h"

using namespace outpost;
using namespace outpost::supervisor::mobile;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view text = as_text(data, size);
  protocol::FetchReply answer;
  answer.status = 200;
  std::size_t end = std::min(text.find('\n'), text.size());
  if (end > 0) answer.headers.push_back({"set-cookie", std::string(text.substr(0, end))});
  answer.body = text.substr(std::min(end + 1, text.size()));

  std::string cookie = session_cookie(answer);
  ENSURE(cookie.empty() || cookie.starts_with("ORSSESSIONID="), "a cookie of another name goes back");
  ENSURE(cookie.size() <= kOrsCookieBytesMax, "a cookie is too long");
  for (char c : cookie) ENSURE(c > ' ' && c <= '~' && c != ';', "a cookie could break out of its header");
  auto session = read_session(answer);
  if (!session) return 0;
  ENSURE(may_be_service_id(session->id), "the id of a session is none");
  ENSURE(session->cookie == cookie && session->base.empty(), "a session is more than its answer says");
  session->base = "http://ors:7210";
  std::string url = session_url(*session, "request", text.substr(0, 255));
  bool plain = std::ranges::all_of(url, [](char c) { return c > ' ' && c <= '~' && c != '?' && c != '#'; });
  ENSURE(plain && std::ranges::count(url, '/') <= 7, "an id or a name changes the address");
  return 0;
}
