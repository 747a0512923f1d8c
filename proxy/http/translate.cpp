#include "proxy/http/translate.h"

#include <algorithm>

#include "common/text.h"

namespace outpost::proxy {

using protocol::ErrorNumber;
using protocol::Event;
using protocol::HttpMethod;
using protocol::HttpRequest;
using protocol::Resource;

namespace {

constexpr std::string_view kRequestType = "GSW_AGENT_REQ_TYPE";
constexpr std::string_view kReference = "GSW_REFERENCE_ID";
constexpr std::size_t kRecordsMax = 1000;  // ocs.md 5.2

tl::unexpected<Response> refuse(int status, ErrorNumber number, std::string_view text) {
  return tl::unexpected(failure(status, number, text));
}

Response wrong_method(bool is_safe) {
  Response response = http_failure(405, "this method is not allowed here; the header Allow names those that are");
  response.allow = is_safe ? "POST, PUT, GET, HEAD" : "POST, PUT";
  return response;
}

std::string_view path_attribute(Resource resource) {
  switch (resource) {
    case Resource::records: return "GSW_RECORD_HANDLE";
    case Resource::phones: return "GSW_PHONE";
    case Resource::customer_ids: return "GSW_CUSTOMER_ID";
    case Resource::lists: return "GSW_CALLING_LIST";
    case Resource::campaign_groups: return "GSW_CAMPAIGN_GROUP_DBID";
  }
  return {};
}

// What comes from the head stands in front of the event; a body may repeat it but not contradict it.
struct Given {
  Event event;

  tl::expected<void, Response> add(std::string_view key, std::string_view text) {
    auto value = protocol::canonical_value(*protocol::find_attribute(key), Event::Value(std::string(text)));
    if (!value) return refuse(400, ErrorNumber::invalid_attribute, value.error().text);
    event.add(std::string(key), *std::move(value));
    return {};
  }
};

tl::expected<void, Response> add_tenant(Given& given, const std::string& tenant) {
  return given.add(parse_integer(tenant) ? "GSW_TENANT_DBID" : "GSW_TENANT_NAME", tenant);
}

// Methods whose targets are no resources.
std::optional<Response> answer_to_server_method(const HttpRequest& request) {
  if (request.method_text == "OPTIONS" && request.target == "*") {
    return Response{204, {}, {}, "GET, HEAD, POST, PUT, OPTIONS", 0};
  }
  if (request.method_text == "CONNECT") return wrong_method(true);
  return std::nullopt;
}

bool is_allowed(HttpMethod method, const protocol::RequestRow& row) {
  switch (method) {
    case HttpMethod::post:
    case HttpMethod::put: return true;
    case HttpMethod::get:
    case HttpMethod::head: return row.safe;
    case HttpMethod::other: return false;
  }
  return false;
}

// A key of the body that the head has set already: equal is silently one, anything else is refused.
tl::expected<void, Response> compare_with_head(const Event::Value& from_head, const Event::Attribute& attribute,
                                               const protocol::RequestRow& row) {
  if (attribute.key == kRequestType) {
    const auto* name = std::get_if<std::string>(&attribute.value);
    if (name && protocol::find_request(row.resource, *name) == &row) return {};
    return refuse(400, ErrorNumber::invalid_attribute, "GSW_AGENT_REQ_TYPE must be absent or equal to req of the URI");
  }
  if (attribute.value == from_head) return {};
  return refuse(
      400, ErrorNumber::contradicting_target,
      fmt::format("{} must be absent or equal to what the URI says", protocol::find_attribute(attribute.key)->key));
}

// Gives the body's attributes their types and puts them behind what the head gave.
tl::expected<void, Response> merge_body(Event& event, Event& body, const protocol::RequestRow& row) {
  const std::size_t from_head = event.size();
  for (Event::Attribute& attribute : body.attributes()) {
    if (attribute.key == kReference) continue;
    if (const auto* known = protocol::find_attribute(attribute.key)) {
      auto value = protocol::canonical_value(*known, attribute.value);
      if (!value) return refuse(400, ErrorNumber::invalid_attribute, value.error().text);
      attribute.value = *std::move(value);
    }
    auto head_end = event.begin() + static_cast<std::ptrdiff_t>(from_head);
    auto same = std::find_if(event.begin(), head_end, [&](const auto& a) { return a.key == attribute.key; });
    if (same != head_end) {
      if (auto equal = compare_with_head(same->value, attribute, row); !equal) return equal;
      continue;
    }
    event.add(std::move(attribute.key), std::move(attribute.value));
  }
  return {};
}

tl::expected<void, Response> to_charset(Event& event, EventCharset& charset) {
  auto convert = [&](std::string& text) {
    auto converted = charset.from_utf8.convert(text);
    if (!converted) return false;
    text = *std::move(converted);
    return true;
  };
  for (Event::Attribute& attribute : event.attributes()) {
    auto* text = std::get_if<std::string>(&attribute.value);
    if (!convert(attribute.key) || (text && !convert(*text))) {
      return refuse(400, ErrorNumber::invalid_attribute,
                    "a key or value holds a character that the configured encoding does not have");
    }
  }
  return {};
}

void to_utf8(Event& event, EventCharset& charset) {
  for (Event::Attribute& attribute : event.attributes()) {
    attribute.key = charset.to_utf8.convert_lossy(attribute.key);
    if (auto* text = std::get_if<std::string>(&attribute.value)) *text = charset.to_utf8.convert_lossy(*text);
  }
}

tl::expected<Event, Response> event_for(const Route& route, Event& body, EventCharset* charset) {
  Given given;
  given.event.attributes().reserve(body.size() + 4);
  given.event.add(std::string(kRequestType), route.row->request);
  if (auto added = given.add(path_attribute(route.row->resource), route.target.id); !added) {
    return tl::unexpected(added.error());
  }
  if (route.target.tenant) {
    if (auto added = add_tenant(given, *route.target.tenant); !added) return tl::unexpected(added.error());
  }
  if (auto merged = merge_body(given.event, body, *route.row); !merged) return tl::unexpected(merged.error());
  if (charset) {
    if (auto converted = to_charset(given.event, *charset); !converted) return tl::unexpected(converted.error());
  }
  return std::move(given.event);
}

}  // namespace

Result<std::unique_ptr<EventCharset>> EventCharset::make(const std::string& name) {
  if (name.empty() || equal_ignoring_case(name, "utf-8") || equal_ignoring_case(name, "utf8")) {
    return std::unique_ptr<EventCharset>();
  }
  auto from_utf8 = CharsetConverter::make("UTF-8", name);
  if (!from_utf8) return fail(from_utf8.error());
  auto to_utf8 = CharsetConverter::make(name, "UTF-8");
  if (!to_utf8) return fail(to_utf8.error());
  return std::make_unique<EventCharset>(EventCharset{*std::move(from_utf8), *std::move(to_utf8)});
}

tl::expected<Route, Response> check_head(const HttpRequest& request, Transport transport) {
  if (auto answer = answer_to_server_method(request)) return tl::unexpected(*std::move(answer));
  auto target = protocol::parse_target(request.target);
  if (!target) return refuse(target.error().http_status, target.error().number, target.error().text);
  // RFC 9110 7.4: who names https believes that nobody could listen. The other way round nothing is wrong: the scheme
  // http asks for no protection, and has it.
  if (target->https && transport != Transport::tls) {
    return tl::unexpected(http_failure(
        421, "a target that begins with https:// is served over TLS alone; this connection is without it"));
  }
  auto row = protocol::find_row(*target);
  // Nothing here has these methods, so there is no need to know which request it would have been.
  if (!row && request.method == HttpMethod::other) return tl::unexpected(wrong_method(false));
  if (!row) return refuse(row.error().http_status, row.error().number, row.error().text);
  if (!is_allowed(request.method, **row)) {
    return tl::unexpected(wrong_method((*row)->safe));
  }
  if (request.expectation == protocol::Expectation::unknown) {
    return tl::unexpected(http_failure(417, "the only expectation that is met here is 100-continue"));
  }
  if (!request.content_encoding.empty() && !equal_ignoring_case(request.content_encoding, "identity")) {
    return tl::unexpected(http_failure(415, "a body must be sent without content coding"));
  }
  if (!protocol::is_idempotency_key(request.idempotency_key)) {
    return tl::unexpected(http_failure(400, fmt::format("Idempotency-Key must be 1 to {} visible ASCII characters",
                                                        protocol::kIdempotencyKeyBytesMax)));
  }
  return Route{*std::move(target), *row};
}

tl::expected<Outbound, Response> translate(const HttpRequest& request, const protocol::BodyLimits& limits,
                                           EventCharset* charset, Transport transport) {
  auto route = check_head(request, transport);
  if (!route) return tl::unexpected(std::move(route.error()));
  auto body = protocol::parse_body(request.body, limits);
  if (!body) return refuse(400, body.error().number, body.error().text);

  Outbound outbound;
  if (const Event::Value* reference = body->find(kReference)) outbound.client_reference = *reference;
  auto event = event_for(*route, *body, charset);
  if (!event) {
    restore_reference(event.error().event, outbound.client_reference);
    return tl::unexpected(std::move(event.error()));
  }
  outbound.message.resource = protocol::to_string(route->row->resource);
  outbound.message.idempotency_key = request.idempotency_key;
  outbound.message.event = *std::move(event);
  return outbound;
}

void restore_reference(Event& event, const ClientReference& client_reference) {
  if (client_reference) {
    event.set(kReference, *client_reference);
  } else {
    event.remove(kReference);
  }
}

Response to_response(protocol::Answer answer, const ClientReference& client_reference, EventCharset* charset) {
  Response response{200, std::move(answer.event), std::move(answer.records), {}, 0};
  const std::string* name = response.event.string("GSW_USER_EVENT");
  if (!name || name->empty()) {
    response = http_failure(502, "the supervisor's answer was not understood");
  } else if (*name == "Error") {
    const auto* error = protocol::find_error(response.event.integer("GSW_ERROR_NUMBER").value_or(0));
    response.records.clear();
    if (error) {
      response.status = error->http_status;
    } else {
      response = http_failure(502, "the supervisor's answer is an error of an unknown number");
    }
  } else if (response.records.size() > kRecordsMax) {
    response =
        failure(500, ErrorNumber::internal_error, fmt::format("the chain has more than {} records", kRecordsMax));
  }
  if (charset) {
    to_utf8(response.event, *charset);
    for (Event& record : response.records) to_utf8(record, *charset);
  }
  // Behind the conversion: the client's own text never left UTF-8.
  restore_reference(response.event, client_reference);
  for (Event& record : response.records) record.remove(kReference);
  return response;
}

}  // namespace outpost::proxy
