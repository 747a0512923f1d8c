// HTTP requests to outbound events and back: pure functions, the heart of the dialect. Source: ocs.md 1, 2, 5.1
// and 6.2.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <tl/expected.hpp>

#include "protocol/channel/messages.h"
#include "protocol/http/http1.h"
#include "protocol/http/json_body.h"
#include "protocol/http/uri.h"
#include "protocol/outbound/event_charset.h"
#include "proxy/http/dialect.h"
#include "proxy/outbound/event_response.h"

namespace outpost::proxy {

struct Route {
  protocol::Target target;
  const protocol::RequestRow* row;
};
using Transport = Dialect::Transport;
// What the head alone decides: target, request name, method, Expect, content coding, idempotency key. The refusal is
// what the client gets, before its body when it waits for "100 Continue".
tl::expected<Route, EventResponse> check_head(const protocol::HttpRequest& request,
                                              Transport transport = Transport::clear);

using protocol::EventCharset;
using ClientReference = std::optional<protocol::Event::Value>;

// One request for the supervisor; connection, sequence and the correlation id that travels as GSW_REFERENCE_ID are the
// caller's to fill in. A reference id of the client's own is kept aside and comes back in the response.
struct Outbound {
  protocol::Request message;
  ClientReference client_reference;
};

// `charset` may be null: event strings are UTF-8 then.
tl::expected<Outbound, EventResponse> translate(const protocol::HttpRequest& request, const Route& route,
                                                const protocol::BodyLimits& limits, EventCharset* charset);

// The response to an answer; 502 when the answer is none.
EventResponse to_response(protocol::Answer answer, const ClientReference& client_reference, EventCharset* charset);
// Where the record is that AddRecord has made. It has no handle, and so no /records/<handle>, before a preview hands it
// out; until then requests reach it by its contact (README.md). Nothing for another request, and for a failure.
Location location_of(const Route& route, const EventResponse& response);
// Puts the client's reference id back, or takes out the one that was ours.
void restore_reference(protocol::Event& event, const ClientReference& client_reference);

}  // namespace outpost::proxy
