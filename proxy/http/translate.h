// HTTP requests to outbound events and back: pure functions, the heart of the proxy. Source: ocs.md 1, 2, 5.1 and 6.2.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <tl/expected.hpp>

#include "common/charset.h"
#include "protocol/channel/messages.h"
#include "protocol/http/http1.h"
#include "protocol/http/json_body.h"
#include "protocol/http/uri.h"
#include "proxy/http/responses.h"

namespace outpost::proxy {

struct Route {
  protocol::Target target;
  const protocol::RequestRow* row;
};
// What a request came over.
enum class Transport : std::uint8_t { clear, tls };
// What the head alone decides: target, request name, method, Expect, content coding, idempotency key. The refusal is
// what the client gets, before its body when it waits for "100 Continue".
tl::expected<Route, Response> check_head(const protocol::HttpRequest& request, Transport transport = Transport::clear);

// Both directions between UTF-8, which HTTP speaks, and the character set of event strings. Source: ocs.md 6.2.
struct EventCharset {
  CharsetConverter from_utf8;
  CharsetConverter to_utf8;

  // Null for no conversion: an empty name, or a name of UTF-8. An error names an unknown character set.
  static Result<std::unique_ptr<EventCharset>> make(const std::string& name);
};

using ClientReference = std::optional<protocol::Event::Value>;

// One request for the supervisor; connection and sequence are the caller's to fill in, the correlation id that travels
// as GSW_REFERENCE_ID is the upstream's. A reference id of the client's own is kept aside and comes back in the
// response.
struct Outbound {
  protocol::Request message;
  ClientReference client_reference;
};

// `charset` may be null: event strings are UTF-8 then.
tl::expected<Outbound, Response> translate(const protocol::HttpRequest& request, const protocol::BodyLimits& limits,
                                           EventCharset* charset, Transport transport = Transport::clear);

// The response to an answer; 502 when the answer is none.
Response to_response(protocol::Answer answer, const ClientReference& client_reference, EventCharset* charset);
// Puts the client's reference id back, or takes out the one that was ours.
void restore_reference(protocol::Event& event, const ClientReference& client_reference);

}  // namespace outpost::proxy
