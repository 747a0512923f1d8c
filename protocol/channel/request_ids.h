// What a client calls its request, so that it is found again in the logs of both sides: X-Request-Id, and traceparent
// of W3C Trace Context. Neither changes what a request does. None is made where a client sends none: the logs name each
// exchange by connection and number anyway.
#pragma once

#include <string>
#include <string_view>

#include "protocol/channel/describe.h"

namespace outpost::protocol {

// Each is empty or valid: it needs no escape in a log line, a header or JSON.
struct RequestIds {
  std::string request_id;
  std::string traceparent;

  static constexpr auto fields() {
    return std::tuple(field("request_id", &RequestIds::request_id, "X-Request-Id header; empty for none"),
                      field("traceparent", &RequestIds::traceparent, "traceparent header; empty for none"));
  }
  [[nodiscard]] bool empty() const { return request_id.empty() && traceparent.empty(); }
  bool operator==(const RequestIds&) const = default;
};

// Of either of them.
inline constexpr std::size_t kRequestIdBytesMax = 128;

// Visible ASCII without quotes and backslash.
bool is_request_id(std::string_view text) noexcept;
// "00-<32 hexadecimal digits>-<16>-<2>" in lower case, neither of the first two all zeros. What a later version has
// behind that is any text of a request id. Source: W3C Trace Context 3.2.
bool is_traceparent(std::string_view text) noexcept;

// "request id \"a\", traceparent \"00-..\"", of those that are there.
std::string ids_text(const RequestIds& ids);

}  // namespace outpost::protocol
