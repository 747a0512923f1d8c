#include "supervisor/engine/engine.h"

#include <algorithm>
#include <utility>
#include <variant>
#include <vector>

#include "common/text.h"
#include "protocol/channel/frame.h"
#include "supervisor/engine/give_back.h"
#include "supervisor/engine/idempotency.h"
#include "supervisor/engine/outward/reports.h"
#include "supervisor/engine/record_rules.h"
#include "supervisor/log_messages.h"

namespace outpost::supervisor {

using protocol::ErrorNumber;
using protocol::Event;
using protocol::Request;
using protocol::RequestError;
using protocol::RequestRow;

namespace {

// The limits of a body (ocs.md 2.1) and what the path, the query and we add to it; so that an answer that echoes all of
// it stays below what a decoder accepts.
constexpr std::size_t kAttributesMax = protocol::kBodyKeysMax + 64;
static_assert(Event::kAttributesMax >= 2 * protocol::kBodyKeysMax);
// Room for the largest body that can be configured; the answer echoes it and must fit into a frame.
constexpr std::size_t kRequestBytesMax = 3 * 1024 * 1024 / 2;
static_assert(kRequestBytesMax < protocol::kPayloadBytesMax / 2);
// Beyond it a frame could not hold the answer, and that would be a bug.
constexpr std::size_t kAnswerBytesMax = protocol::kPayloadBytesMax - 64 * 1024;

bool has_key_twice(const Event& event) {
  constexpr std::size_t kComparedMax = 24;  // each with each; of more it is cheaper to sort them
  if (event.size() <= kComparedMax) {
    for (auto one = event.begin(); one != event.end(); ++one) {
      if (std::any_of(event.begin(), one, [&](const auto& other) { return other.key == one->key; })) return true;
    }
    return false;
  }
  std::vector<std::string_view> keys;
  keys.reserve(event.size());
  for (const Event::Attribute& attribute : event) keys.push_back(attribute.key);
  std::ranges::sort(keys);
  return std::ranges::adjacent_find(keys) != keys.end();
}

// Nothing that comes from the proxy is taken on trust: the process that reads untrusted bytes may have been taken over.
Step<> check_shape(const Event& event) {
  if (event.size() > kAttributesMax) {
    return refuse(ErrorNumber::malformed_body, "a request must have at most {} attributes", kAttributesMax);
  }
  for (const Event::Attribute& attribute : event) {
    const auto* text = std::get_if<std::string>(&attribute.value);
    bool plain = (attribute.key.known() || is_plain_text(attribute.key)) && (!text || is_plain_text(*text));
    if (plain) continue;
    return refuse(ErrorNumber::malformed_body, "keys and values must be UTF-8 text without NUL characters");
  }
  if (has_key_twice(event)) return refuse(ErrorNumber::malformed_body, "a key must not occur twice");
  return {};
}

// `canonical` keeps its memory from one request to the next.
Step<> make_canonical(const Event& event, Event& canonical) {
  canonical.attributes().clear();
  canonical.reserve(event.size());
  for (const Event::Attribute& attribute : event) {
    const protocol::Attribute* row = attribute.key.known();
    if (!row) {
      canonical.attributes().push_back(attribute);
      continue;
    }
    auto value = protocol::canonical_value(*row, attribute.value);
    if (!value) return refuse(ErrorNumber::invalid_attribute, "{}", value.error().text);
    canonical.attributes().push_back({attribute.key, std::move(*value)});
  }
  return {};
}

Step<const RequestRow*> find_row(std::string_view resource_type, const Event& event) {
  const std::string* name = event.string("GSW_AGENT_REQ_TYPE");
  if (!name) return refuse(ErrorNumber::missing_attribute, "GSW_AGENT_REQ_TYPE is needed: it names the request");
  auto resource = protocol::parse_resource(resource_type);
  const RequestRow* row = resource ? protocol::find_request(*resource, *name) : nullptr;
  if (row) return row;
  if (!protocol::is_known_request(*name)) return refuse(ErrorNumber::unknown_request, "there is no such request");
  return refuse(ErrorNumber::wrong_resource, "this request does not exist for this type of resource");
}

// What a path supplies is asked for as well: a request without it did not come from our proxy.
Step<> check_mandatory(const RequestRow& row, const Event& event) {
  for (const protocol::RequestAttribute& attribute : row.attributes) {
    bool needed = attribute.use == protocol::Use::path || attribute.use == protocol::Use::mandatory;
    if (!needed) continue;
    const Event::Value* value = event.find(attribute.key);
    if (!value) return refuse(ErrorNumber::missing_attribute, "{} is needed for {}", attribute.key, row.request);
    const auto* text = std::get_if<std::string>(value);
    if (text && text->empty()) return refuse(ErrorNumber::invalid_attribute, "{} must not be empty", attribute.key);
  }
  return {};
}

// What only names the target once more is compared, and may be as old as its record.
Step<> check_identifiers(const RequestRow& row, const Event& event) {
  for (std::string_view key : {"GSW_AGENT_ID", "GSW_CUSTOMER_ID"}) {
    const std::string* value = event.string(key);
    if (!value || value->empty()) continue;
    const protocol::RequestAttribute* attribute = row.find(key);
    if (!attribute || attribute->use == protocol::Use::target) continue;
    std::string problem = identifier_problem(*value);
    if (!problem.empty()) return refuse(ErrorNumber::invalid_attribute, "{} {}", key, problem);
  }
  return {};
}

std::size_t bytes_of(const Event& event) {
  std::size_t bytes = 0;
  for (const Event::Attribute& attribute : event) {
    const auto* text = std::get_if<std::string>(&attribute.value);
    bytes += attribute.key.size() + (text ? text->size() : 0);
  }
  return bytes;
}

std::size_t wire_bytes(const Event& event, const std::vector<Event>& records) {
  std::size_t bytes = event.wire_bytes();
  for (const Event& record : records) bytes += record.wire_bytes();
  return bytes;
}

}  // namespace

// --- The engine ------------------------------------------------------------------------------------------------------

Engine::Engine(EngineSettings settings, const Clock& clock)
    : settings_(std::move(settings)), clock_(clock), sessions_(settings_.application_dbid) {}

void Engine::set_timeouts(std::chrono::seconds session, std::chrono::seconds missed_callback) {
  settings_.session_timeout = session;
  settings_.missed_callback_timeout = missed_callback;
}

Result<> Engine::set_encoding(const std::string& encoding) {
  charset_.reset();
  auto made = protocol::EventCharset::make(encoding);
  if (!made) return pass(made);
  charset_ = *std::move(made);
  return {};
}

Result<Engine::Reply> Engine::handle(RecordStore& store, const Request& request) {
  return handle(store, request, nullptr);
}

Result<Engine::Reply> Engine::handle(RecordStore& store, const Request& request, const Validated* validated) {
  if (bytes_of(request.event) > kRequestBytesMax) {
    return Reply{{protocol::error_event(ErrorNumber::malformed_body, "the request is too large for an answer"), {}}};
  }
  if (!charset_) return handle_utf8(store, request, request.event, validated);
  auto given = convert(request.event, charset_->to_utf8);
  if (!given) {
    return Reply{{protocol::error_event(ErrorNumber::malformed_body, "a key or value is no text in the encoding"), {}}};
  }
  auto answer = handle_utf8(store, request, *given, validated);
  if (!answer) return pass(answer);
  convert_lossy(answer->event, charset_->from_utf8);
  for (Event& record : answer->records) convert_lossy(record, charset_->from_utf8);
  if (wire_bytes(answer->event, answer->records) <= kAnswerBytesMax) return answer;
  // It fitted as UTF-8: some encodings take four bytes for each character.
  Reply refusal{{protocol::error_event(ErrorNumber::internal_error, "the answer is too large in this encoding"), {}}};
  convert_lossy(refusal.event, charset_->from_utf8);
  return refusal;
}

Result<Engine::Reply> Engine::end_validation(RecordStore& store, const Request& request, Validated validated) {
  if (charset_ && !convert(validated.verdict.update, charset_->from_utf8)) {
    validated.verdict = failed_verdict("its update has a character that the option encoding has not");
  }
  auto reply = handle(store, request, &validated);
  if (!reply || !reply->event.has("GSW_ERROR_NUMBER")) return reply;
  // It ended before it came to the record: the proxy began anew with another character set, say.
  auto done = give_back_unvalidated(store, std::span(&validated.handle, 1));
  if (!done) return pass(done);
  return reply;
}

Result<Engine::Reply> Engine::handle_utf8(RecordStore& store, const Request& request, const Event& given,
                                          const Validated* validated) {
  auto reply = answer(store, request, given, validated);
  canonical_.attributes().clear();  // what clients send is kept no longer than it is needed
  Reply result;
  if (reply) {
    result.event = std::move(reply->event);
    result.records = std::move(reply->records);
    result.replayed = reply->replayed;
    result.validation = std::move(reply->validation);
  } else if (auto* failure = std::get_if<Error>(&reply.error().why)) {
    return fail(std::move(*failure));
  } else {
    const auto& refusal = std::get<RequestError>(reply.error().why);
    result.event = protocol::error_event(refusal.number, refusal.text);
  }
  if (const Event::Value* reference = given.find(kReferenceKey)) result.event.set(kReferenceKey, *reference);
  return result;
}

Step<RequestReply> Engine::answer(RecordStore& store, const Request& request, const Event& given,
                                  const Validated* validated) {
  if (auto checked = check_shape(given); !checked) return pass(checked);
  auto row = find_row(request.resource, given);
  if (!row) return pass(row);
  if (auto made = make_canonical(given, canonical_); !made) return pass(made);
  if (auto checked = check_mandatory(**row, canonical_); !checked) return pass(checked);
  if (auto checked = check_identifiers(**row, canonical_); !checked) return pass(checked);
  if (request.idempotency_key.empty()) return perform(store, **row, canonical_, validated);
  if (auto checked = check_idempotency_key(request.idempotency_key); !checked) return pass(checked);
  return perform_once(store, **row, request.idempotency_key, fingerprint(request.resource, given), canonical_,
                      validated);
}

Step<RequestReply> Engine::perform(RecordStore& store, const RequestRow& row, Event& event,
                                   const Validated* validated) {
  if (auto application = event.integer("GSW_APPLICATION_ID");
      application && *application != settings_.application_dbid) {
    return refuse(ErrorNumber::wrong_application,
                  "GSW_APPLICATION_ID must be {}, the DBID of this application, or absent", settings_.application_dbid);
  }
  if (auto loaded = load_catalogue(store); !loaded) return pass(loaded);
  RequestContext context{scene(), store, turns_, sessions_, row, event, unknown_watch_, validations_};
  auto reply = validated ? supervisor::end_validation(context, *validated) : handler_of(row.id)(context);
  if (reply && !context.unknown_fields.empty()) {
    reply->event.set(kUnknownFieldsKey, std::move(context.unknown_fields));
  }
  if (reply) doubt_window(event, reply->event);
  if (reply && !row.ends_session) sessions_.touch(row.protocol, context.agent, context.now);
  return reply;
}

// The client is not told, since its window is valid; whoever runs the server is.
void Engine::doubt_window(const Event& request, const Event& answer) {
  auto from = request.integer("GSW_FROM");
  auto till = request.integer("GSW_UNTIL");
  if (!from && !till) return;
  std::string doubt =
      window_doubt(static_cast<std::int32_t>(from.value_or(0)), static_cast<std::int32_t>(till.value_or(kDaySeconds)));
  const std::string* list = answer.string("GSW_CALLING_LIST");
  if (doubt.empty() || !window_watch_.is_due(list ? *list : "", clock_.now())) return;
  log(log_messages::kWindowDoubt,
      fmt::format(
          "GSW_FROM and GSW_UNTIL of a request for calling list \"{}\" are {} (said once an hour for each list)",
          list ? *list : "", doubt));
}

Result<> Engine::load_catalogue(RecordStore& store) {
  if (catalogue_) return {};
  auto read = store.catalogue();
  if (!read) return pass(read);
  catalogue_ = std::make_unique<const CatalogueIndex>(std::move(*read));
  for (const std::string& problem : catalogue_->problems()) log(log_messages::kZoneMissing, problem);
  return {};
}

void Engine::log(LogMessage message, std::string text) const {
  if (settings_.log) settings_.log(message, std::move(text));
}

}  // namespace outpost::supervisor
