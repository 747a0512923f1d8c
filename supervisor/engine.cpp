#include "supervisor/engine.h"

#include <algorithm>
#include <utility>
#include <variant>
#include <vector>

#include "common/text.h"
#include "protocol/frame.h"
#include "supervisor/log_messages.h"

namespace outpost::supervisor {

using protocol::Answer;
using protocol::ErrorNumber;
using protocol::Event;
using protocol::Request;
using protocol::RequestError;

namespace {

constexpr std::string_view kReference = "GSW_REFERENCE_ID";

// The limits of a body (ocs.md 2.1) and what the path, the query and we add to it; so that an answer that echoes all of
// it stays below what a decoder accepts.
constexpr std::size_t kAttributesMax = Event::kAttributesMax / 2 + 64;
// Room for the largest body that can be configured; the answer echoes it and must fit into a frame.
constexpr std::size_t kRequestBytesMax = 3 * 1024 * 1024 / 2;
static_assert(kRequestBytesMax < protocol::kPayloadBytesMax / 2);
constexpr std::size_t kIdempotencyKeyBytesMax = 255;
// Old answers go in small bites: twice as fast as new ones come, and never many at once.
constexpr std::uint32_t kKeptPerCleaning = 64;
constexpr std::int64_t kForgottenPerCleaning = 128;

bool is_plain_text(std::string_view text) { return is_utf8(text) && text.find('\0') == std::string_view::npos; }

// Nothing that comes from the proxy is taken on trust: the process that reads untrusted bytes may have been taken over.
Step<> check_shape(const Event& event) {
  if (event.size() > kAttributesMax) {
    return refuse(ErrorNumber::malformed_body, "a request must have at most {} attributes", kAttributesMax);
  }
  std::vector<std::string_view> keys;
  for (const Event::Attribute& attribute : event) {
    keys.push_back(attribute.key);
    const auto* text = std::get_if<std::string>(&attribute.value);
    if (!is_plain_text(attribute.key) || (text && !is_plain_text(*text))) {
      return refuse(ErrorNumber::malformed_body, "keys and values must be UTF-8 text without NUL characters");
    }
  }
  std::ranges::sort(keys);
  if (std::ranges::adjacent_find(keys) != keys.end()) {
    return refuse(ErrorNumber::malformed_body, "a key must not occur twice");
  }
  return {};
}

Step<Event> canonical_event(const Event& event) {
  Event canonical;
  for (const Event::Attribute& attribute : event) {
    const protocol::Attribute* known = protocol::find_attribute(attribute.key);
    if (!known) {
      canonical.add(attribute.key, attribute.value);
      continue;
    }
    auto value = protocol::canonical_value(*known, attribute.value);
    if (!value) return refuse(ErrorNumber::invalid_attribute, "{}", value.error().text);
    canonical.add(attribute.key, std::move(*value));
  }
  return canonical;
}

Step<const RequestType*> find_type(const Request& request) {
  const std::string* name = request.event.string("GSW_AGENT_REQ_TYPE");
  if (!name) return refuse(ErrorNumber::missing_attribute, "GSW_AGENT_REQ_TYPE is needed: it names the request");
  auto resource = protocol::parse_resource(request.resource);
  const protocol::RequestRow* row = resource ? protocol::find_request(*resource, *name) : nullptr;
  if (!row) {
    if (!protocol::is_known_request(*name)) return refuse(ErrorNumber::unknown_request, "there is no such request");
    return refuse(ErrorNumber::wrong_resource, "this request does not exist for this type of resource");
  }
  const RequestType* type = find_request_type(row->resource, row->request);
  if (!type) return refuse(ErrorNumber::unknown_request, "{} is not served by this version", row->request);
  return type;
}

Step<> check_mandatory(const RequestType& type, const Event& event) {
  for (std::string_view key : type.mandatory) {
    if (!event.has(key)) return refuse(ErrorNumber::missing_attribute, "{} is needed for {}", key, type.request);
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

// Applies `to` to every key and text; false when it failed for one.
template <class To>
bool convert(Event& event, To&& to) {
  for (Event::Attribute& attribute : event.attributes()) {
    auto key = to(attribute.key);
    if (!key) return false;
    attribute.key = std::move(*key);
    auto* text = std::get_if<std::string>(&attribute.value);
    if (!text) continue;
    auto value = to(*text);
    if (!value) return false;
    *text = std::move(*value);
  }
  return true;
}

// --- Idempotency -----------------------------------------------------------------------------------------------------

// Tells one request from another that came under the same key by mistake: FNV-1a over what the client sent, and its
// length. No defence against somebody who wants to be mistaken: the harm would be his own.
std::string fingerprint(const Request& request) {
  std::string bytes;
  ByteWriter out(bytes);
  out.string(request.resource);
  Event event = request.event;
  event.remove(kReference);  // the proxy's own, another each time
  event.encode(out);
  std::uint64_t hash = 0xcbf29ce484222325;
  for (char c : bytes) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  return fmt::format("{:016x}-{}", hash, bytes.size());
}

Step<> check_key(std::string_view key) {
  bool printable = std::ranges::all_of(key, [](char c) { return c >= 0x20 && c < 0x7F; });
  if (printable && key.size() <= kIdempotencyKeyBytesMax) return {};
  return refuse(ErrorNumber::invalid_attribute, "Idempotency-Key must be printable ASCII of at most {} bytes",
                kIdempotencyKeyBytesMax);
}

Step<RequestReply> kept_reply(const KeptAnswer& kept, const std::string& fingerprint) {
  if (kept.fingerprint != fingerprint) {
    return refuse(ErrorNumber::invalid_attribute,
                  "Idempotency-Key was used for another request before; every request needs a key of its own");
  }
  auto decoded = protocol::decode<std::variant<Answer>>(Answer::kId, kept.answer);
  if (!decoded) {
    return refuse(ErrorNumber::internal_error,
                  "the request was done before, but its answer was kept by another version and cannot be read");
  }
  return RequestReply{std::move(std::get<Answer>(*decoded).event), false};
}

}  // namespace

// --- The engine ------------------------------------------------------------------------------------------------------

Engine::Engine(EngineSettings settings, const Clock& clock) : settings_(std::move(settings)), clock_(clock) {}

Result<> Engine::set_encoding(const std::string& encoding) {
  charset_.reset();
  if (encoding.empty() || equal_ignoring_case(encoding, "utf-8") || equal_ignoring_case(encoding, "utf8")) return {};
  auto to_utf8 = CharsetConverter::make(encoding, "UTF-8");
  if (!to_utf8) return fail(std::move(to_utf8.error()));
  auto from_utf8 = CharsetConverter::make("UTF-8", encoding);
  if (!from_utf8) return fail(std::move(from_utf8.error()));
  charset_.emplace(Charset{std::move(*to_utf8), std::move(*from_utf8)});
  return {};
}

Result<Answer> Engine::handle(RecordStore& store, const Request& request) {
  if (bytes_of(request.event) > kRequestBytesMax) {
    return Answer{protocol::error_event(ErrorNumber::malformed_body, "the request is too large for an answer"), {}};
  }
  if (!charset_) return handle_utf8(store, request);
  Request converted = request;
  if (!convert(converted.event, [&](const std::string& text) { return charset_->to_utf8.convert(text); })) {
    return Answer{protocol::error_event(ErrorNumber::malformed_body, "a key or value is no text in the encoding"), {}};
  }
  auto answer = handle_utf8(store, converted);
  if (!answer) return answer;
  // Not every character of the store need exist in the encoding.
  static_cast<void>(convert(answer->event, [&](const std::string& text) {
    return Result<std::string>(charset_->from_utf8.convert_lossy(text));
  }));
  return answer;
}

Result<Answer> Engine::handle_utf8(RecordStore& store, const Request& request) {
  auto reply = answer(store, request);
  Answer result;
  if (reply) {
    result.event = std::move(reply->event);
  } else if (auto* failure = std::get_if<Error>(&reply.error().why)) {
    return fail(std::move(*failure));
  } else {
    const auto& refusal = std::get<RequestError>(reply.error().why);
    result.event = protocol::error_event(refusal.number, refusal.text);
  }
  if (const Event::Value* reference = request.event.find(kReference)) result.event.set(kReference, *reference);
  return result;
}

Step<RequestReply> Engine::answer(RecordStore& store, const Request& request) {
  if (auto checked = check_shape(request.event); !checked) return pass(checked);
  auto type = find_type(request);
  if (!type) return pass(type);
  auto event = canonical_event(request.event);
  if (!event) return pass(event);
  if (auto checked = check_mandatory(**type, *event); !checked) return pass(checked);
  if (request.idempotency_key.empty()) return perform(store, **type, *event);
  return perform_once(store, **type, request, *event);
}

Step<RequestReply> Engine::perform_once(RecordStore& store, const RequestType& type, const Request& request,
                                        const Event& event) {
  const std::string& key = request.idempotency_key;
  if (auto checked = check_key(key); !checked) return pass(checked);
  std::string print = fingerprint(request);
  auto kept = store.kept_answer(key);
  if (!kept) return pass(kept);
  if (*kept) return kept_reply(**kept, print);

  auto reply = perform(store, type, event);
  if (!reply || !reply->changed) return reply;
  KeptAnswer answer{std::move(print), {}};
  protocol::encode(Answer{reply->event, {}}, answer.answer);
  std::int64_t now = clock_.now();
  if (auto done = store.keep_answer(key, answer, now); !done) return pass(done);
  if (++kept_since_cleaning_ >= kKeptPerCleaning) {
    kept_since_cleaning_ = 0;
    auto forgotten = store.forget_answers(now - settings_.idempotency_retention.count(), kForgottenPerCleaning);
    if (!forgotten) return pass(forgotten);
  }
  return reply;
}

Step<RequestReply> Engine::perform(RecordStore& store, const RequestType& type, const Event& event) {
  if (auto application = event.integer("GSW_APPLICATION_ID");
      application && *application != settings_.application_dbid) {
    return refuse(ErrorNumber::wrong_application,
                  "GSW_APPLICATION_ID must be {}, the DBID of this application, or absent", settings_.application_dbid);
  }
  if (auto loaded = load_catalogue(store); !loaded) return pass(loaded);
  RequestContext context{store, *catalogue_, settings_, turns_, clock_.now(), event};
  return type.handler(context);
}

Result<> Engine::load_catalogue(RecordStore& store) {
  if (catalogue_) return {};
  auto read = store.catalogue();
  if (!read) return fail(std::move(read.error()));
  catalogue_ = std::make_unique<const CatalogueIndex>(std::move(*read));
  for (const std::string& problem : catalogue_->problems()) {
    if (settings_.log) settings_.log(log_messages::kZoneMissing, problem);
  }
  return {};
}

}  // namespace outpost::supervisor
