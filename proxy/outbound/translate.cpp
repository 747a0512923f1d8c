#include "proxy/outbound/translate.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <span>
#include <utility>

#include "common/text.h"

namespace outpost::proxy {

using protocol::ErrorNumber;
using protocol::Event;
using protocol::HttpMethod;
using protocol::HttpRequest;

namespace {

constexpr std::string_view kRequestType = "GSW_AGENT_REQ_TYPE";
constexpr std::string_view kReference = "GSW_REFERENCE_ID";
constexpr std::size_t kRecordsMax = protocol::kChainRecordsMax;

tl::unexpected<EventResponse> refuse(int status, ErrorNumber number, std::string_view text) {
  return tl::unexpected(failure(status, number, text));
}

EventResponse wrong_method(bool is_safe) {
  EventResponse response = http_failure(405, "this method is not allowed here; the header Allow names those that are");
  response.allow = is_safe ? "POST, PUT, GET, HEAD" : "POST, PUT";
  return response;
}

// What comes from the head stands in front of the event; a body may repeat it but not contradict it.
class Given {
 public:
  void add(std::string_view key, Event::Value value) {
    attributes_[size_] = {key, std::move(value)};
    ++size_;
  }
  tl::expected<void, EventResponse> add_checked(std::string_view key, std::string_view text) {
    auto value = protocol::canonical_value(*protocol::find_attribute(key), Event::Value(std::string(text)));
    if (!value) return refuse(400, ErrorNumber::invalid_attribute, value.error().text);
    add(key, *std::move(value));
    return {};
  }
  [[nodiscard]] std::span<Event::Attribute> attributes() { return {attributes_.data(), size_}; }

 private:
  std::array<Event::Attribute, 3> attributes_;  // request type, what the path names, tenant
  std::size_t size_ = 0;
};

tl::expected<void, EventResponse> add_tenant(Given& given, const std::string& tenant) {
  return given.add_checked(parse_integer(tenant) ? "GSW_TENANT_DBID" : "GSW_TENANT_NAME", tenant);
}

// Methods whose targets are no resources.
std::optional<EventResponse> answer_to_server_method(const HttpRequest& request) {
  if (request.method_text == "OPTIONS" && request.target == "*") {
    return EventResponse{204, {}, {}, "GET, HEAD, POST, PUT, OPTIONS"};
  }
  if (request.method_text == "CONNECT") return wrong_method(true);
  return std::nullopt;
}

// Nothing has the others, so there is no need to know which request it would have been.
bool is_ever_allowed(HttpMethod method) {
  return method != HttpMethod::delete_ && method != HttpMethod::options && method != HttpMethod::other;
}

bool is_allowed(HttpMethod method, const protocol::RequestRow& row) {
  bool only_reads = method == HttpMethod::get || method == HttpMethod::head;
  return is_ever_allowed(method) && (row.safe || !only_reads);
}

// A key of the body that the head has set already: equal is silently one, anything else is refused.
tl::expected<void, EventResponse> compare_with_head(const Event::Value& from_head, const Event::Attribute& attribute,
                                                    const protocol::RequestRow& row) {
  if (attribute.key == kRequestType) {
    const auto* name = std::get_if<std::string>(&attribute.value);
    if (name && protocol::find_request(row.resource, *name) == &row) return {};
    return refuse(400, ErrorNumber::invalid_attribute,
                  "GSW_AGENT_REQ_TYPE must be absent or equal to the request of the URI");
  }
  if (attribute.value == from_head) return {};
  return refuse(
      400, ErrorNumber::contradicting_target,
      fmt::format("{} must be absent or equal to what the URI says", protocol::find_attribute(attribute.key)->key));
}

// Gives the body's attributes their types, and puts what the head gave in front of them.
tl::expected<void, EventResponse> merge(Given& given, Event& body, const protocol::RequestRow& row) {
  auto& attributes = body.attributes();
  auto kept = attributes.begin();
  for (Event::Attribute& attribute : attributes) {
    if (attribute.key == kReference) continue;
    if (const auto* known = attribute.key.known()) {
      auto value = protocol::canonical_value(*known, std::move(attribute.value));
      if (!value) return refuse(400, ErrorNumber::invalid_attribute, value.error().text);
      attribute.value = *std::move(value);
    }
    auto same = std::ranges::find(given.attributes(), attribute.key, &Event::Attribute::key);
    if (same != given.attributes().end()) {
      if (auto equal = compare_with_head(same->value, attribute, row); !equal) return equal;
      continue;
    }
    if (&*kept != &attribute) *kept = std::move(attribute);
    ++kept;
  }
  attributes.erase(kept, attributes.end());
  std::span<Event::Attribute> head = given.attributes();
  attributes.insert(attributes.begin(), std::make_move_iterator(head.begin()), std::make_move_iterator(head.end()));
  return {};
}

// From the head and the body, which is moved from.
tl::expected<Event, EventResponse> event_for(const Route& route, Event& body, const EventCharset* charset) {
  Given given;
  given.add(kRequestType, std::string(route.row->request));
  if (auto added = given.add_checked(protocol::path_attribute(*route.row).key, route.target.id); !added) {
    return pass(added);
  }
  if (route.target.tenant) {
    if (auto added = add_tenant(given, *route.target.tenant); !added) return pass(added);
  }
  if (auto merged = merge(given, body, *route.row); !merged) return pass(merged);
  if (!charset) return std::move(body);
  auto converted = convert(body, charset->from_utf8);
  if (converted) return *std::move(converted);
  return refuse(400, ErrorNumber::invalid_attribute,
                "a key or value holds a character that the configured encoding does not have");
}

}  // namespace

tl::expected<Route, EventResponse> check_head(const HttpRequest& request, Transport transport) {
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
  if (!row && !is_ever_allowed(request.method)) return tl::unexpected(wrong_method(false));
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

tl::expected<Outbound, EventResponse> translate(const HttpRequest& request, const Route& route,
                                                const protocol::BodyLimits& limits, EventCharset* charset) {
  auto body = protocol::parse_body(request.body, limits);
  if (!body) return refuse(400, body.error().number, body.error().text);

  Outbound outbound;
  if (const Event::Value* reference = body->find(kReference)) outbound.client_reference = *reference;
  auto event = event_for(route, *body, charset);
  if (!event) {
    restore_reference(event.error().event, outbound.client_reference);
    return pass(event);
  }
  outbound.message.resource = protocol::to_string(route.row->resource);
  outbound.message.idempotency_key = request.idempotency_key;
  outbound.message.event = *std::move(event);
  return outbound;
}

Location location_of(const Route& route, const EventResponse& response) {
  if (route.row->id != protocol::RequestId::add_record || response.status != 200) return {};
  const std::string* phone = response.event.string("GSW_PHONE");
  if (!phone) return {};
  return {"/phones/", *phone, route.target.tenant.value_or("")};
}

void restore_reference(Event& event, const ClientReference& client_reference) {
  if (client_reference) {
    event.set(kReference, *client_reference);
  } else {
    event.remove(kReference);
  }
}

EventResponse to_response(protocol::Answer answer, const ClientReference& client_reference, EventCharset* charset) {
  EventResponse response{200, std::move(answer.event), std::move(answer.records)};
  response.replayed = answer.replayed;
  const auto [status, error] = protocol::classify(response.event);
  if (error) {
    response.status = status;
    response.records.clear();
  } else if (status != response.status) {
    response = http_failure(status, "the supervisor's answer was not understood");
  } else if (response.records.size() > kRecordsMax) {
    response =
        failure(500, ErrorNumber::internal_error, fmt::format("the chain has more than {} records", kRecordsMax));
  }
  if (charset) {
    convert_lossy(response.event, charset->to_utf8);
    for (Event& record : response.records) convert_lossy(record, charset->to_utf8);
  }
  // Behind the conversion: the client's own text never left UTF-8.
  restore_reference(response.event, client_reference);
  for (Event& record : response.records) record.remove(kReference);
  return response;
}

}  // namespace outpost::proxy
