// Why a request is answered by the proxy itself and not by the supervisor. The dialect puts it into a response.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace outpost::proxy {

struct Refusal {
  enum class Reason : std::uint8_t {
    http,      // of HTTP itself: 400, 405, 408, 413 ...
    timeout,   // the supervisor has not answered in time
    overload,  // there is no room
    leaving,   // the service ends here
  };

  int status = 400;
  Reason reason = Reason::http;
  std::string text;                 // one sentence
  std::uint32_t retry_after_s = 0;  // 0: not said
  std::string challenge = {};       // WWW-Authenticate, for 401 and 403
};

// A failure of HTTP itself.
inline Refusal http_refusal(int status, std::string_view text) {
  return {status, Refusal::Reason::http, std::string(text)};
}
// 503 Service Unavailable, or 504 Gateway Timeout.
inline Refusal unavailable(Refusal::Reason reason, std::string_view text) {
  constexpr std::uint32_t kWait = 5;  // seconds; ocs.md 5.1
  if (reason == Refusal::Reason::timeout) return {504, reason, std::string(text)};
  return {503, reason, std::string(text), kWait};
}
// 429; `wait_s` is the time until another request would be served.
inline Refusal too_many_requests(std::uint32_t wait_s) {
  return {429, Refusal::Reason::http, "too many requests came from this address; this one had no effect", wait_s};
}

}  // namespace outpost::proxy
