// Query and body of a request as the parameters of a Call: each name once, what the body says before what the query
// says, the last of several. Pure. Source: gms.md 0.4 (G3 to G5), mobile.md 5.2.
#pragma once

#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "protocol/channel/messages.h"
#include "protocol/http/form.h"
#include "protocol/http/part_charsets.h"
#include "protocol/mobile/routes.h"

namespace outpost::proxy {

struct ParameterSource {
  std::string_view query;
  std::string_view content_type;
  std::string_view body;
};

// Errors: 400 and 413 of protocol/http/form.h, 413 when a Call cannot take as much, 415 for a body of another type.
tl::expected<std::vector<protocol::CallParameter>, protocol::FormError> call_parameters(
    protocol::RouteBody body, const ParameterSource& source, const protocol::PartCharsets& charsets,
    const protocol::FormLimits& limits);

// The body of a route that takes JSON, checked and compact. Errors: 400 and 413 of protocol/http/json_text.h, 415 for a
// body of another type; one whose type is not said is read as JSON.
tl::expected<std::string, protocol::FormError> call_json(const ParameterSource& source);

}  // namespace outpost::proxy
