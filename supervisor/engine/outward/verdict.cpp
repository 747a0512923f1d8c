#include "supervisor/engine/outward/verdict.h"

#include <algorithm>
#include <utility>
#include <variant>

#include "common/integers.h"
#include "common/json.h"
#include "common/text.h"

namespace outpost::supervisor {

using protocol::ErrorNumber;
using protocol::Event;
using protocol::FetchOutcome;
using protocol::FetchReply;

namespace {

constexpr int kDial = 200;
constexpr int kDoNotDial = 409;
constexpr std::string_view kCallResult = "GSW_CALL_RESULT";
// As of a request's body (ocs.md 2.1): an update that could not be requested is none.
constexpr std::size_t kKeyBytesMax = 255;

// Some servers echo the record handle there; one that names another speaks of another record.
bool is_of_another(const FetchReply& reply, std::int64_t handle) {
  auto header = std::ranges::find(reply.headers, "etag", &protocol::FetchHeader::name);
  if (header == reply.headers.end()) return false;
  std::string_view tag = trim(header->value);
  if (tag.starts_with("W/")) tag.remove_prefix(2);
  if (tag.size() >= 2 && tag.starts_with('"') && tag.ends_with('"')) tag = tag.substr(1, tag.size() - 2);
  return tag != std::to_string(handle);
}

using Given = std::optional<Event::Value>;

// A string or an integer; null means that the key is absent.
Result<Given> value_of(const JsonValue& json) {
  if (const auto* number = std::get_if<std::int64_t>(&json.value)) {
    if (*number >= -kIntegerMax && *number <= kIntegerMax) return Given(*number);
    return fail(Errc::invalid, "a value is a number beyond {}", kIntegerMax);
  }
  if (json.kind() == JsonValue::Kind::null) return Given();
  const auto* text = std::get_if<std::string>(&json.value);
  if (!text) return fail(Errc::invalid, "a value is {}, where only strings and integers are valid", json.kind_name());
  if (!is_plain_text(*text)) return fail(Errc::invalid, "a value is no UTF-8 text without NUL characters");
  return Given(*text);
}

Result<> add(const std::string& key, const JsonValue& json, Event& update) {
  if (key.size() > kKeyBytesMax || !is_plain_text(key)) {
    return fail(Errc::invalid, "a key must be UTF-8 text without NUL characters of at most {} bytes", kKeyBytesMax);
  }
  auto value = value_of(json);
  if (!value) return pass(value);
  if (!*value) return {};
  protocol::EventKey name{key};
  const protocol::Attribute* row = name.known();
  auto canonical = row ? protocol::canonical_value(*row, **std::move(value)) : Result<Event::Value>(**std::move(value));
  if (!canonical) return pass(canonical);
  update.add(std::move(name), *std::move(canonical));
  return {};
}

Result<Event> read_object(std::string_view body) {
  auto json = parse_json(body, {.bytes_max = kVerdictBytesMax, .depth_max = 4});
  if (!json) return fail(Errc::invalid, "its body is neither OK nor a JSON object");
  const auto* members = std::get_if<JsonValue::Object>(&json->value);
  if (!members) return fail(Errc::invalid, "its body is {}, where OK or a JSON object is valid", json->kind_name());
  if (members->size() > protocol::kBodyKeysMax) {
    return fail(Errc::invalid, "its body has more than {} keys", protocol::kBodyKeysMax);
  }
  Event update;
  for (const auto& [key, value] : *members) {
    if (auto added = add(key, value, update); !added) return pass(added);
  }
  return update;
}

Verdict read_dial(const FetchReply& reply) {
  std::string_view body = trim(reply.body);
  Verdict verdict{.kind = Verdict::Kind::dial};
  if (body.empty() || equal_ignoring_case(body, "OK")) return verdict;
  auto update = read_object(body);
  if (!update) return failed_verdict(std::move(update.error().text));
  verdict.update = *std::move(update);
  return verdict;
}

// It refuses whatever its body says.
Verdict read_refusal(const FetchReply& reply) {
  Verdict verdict{.kind = Verdict::Kind::refuse, .reason = "its validator says 409"};
  auto body = parse_json(reply.body, {.bytes_max = kVerdictBytesMax, .depth_max = 4});
  const JsonValue* given = body ? body->find(kCallResult) : nullptr;
  if (!given) return verdict;
  Event result;
  auto added = add(std::string(kCallResult), *given, result);
  if (auto number = result.integer(kCallResult); added && number) {
    verdict.call_result = static_cast<std::int32_t>(*number);
  } else if (!added) {
    verdict.reason += ", with a GSW_CALL_RESULT that there is not";
  }
  return verdict;
}

}  // namespace

Verdict failed_verdict(std::string reason, ErrorNumber error) {
  return {.kind = Verdict::Kind::fail, .error = error, .reason = std::move(reason)};
}

Verdict giving_back(std::string reason, ErrorNumber error) {
  return {.kind = Verdict::Kind::give_back, .error = error, .reason = std::move(reason)};
}

Verdict read_verdict(const FetchReply& reply, std::int64_t handle) {
  if (reply.outcome == FetchOutcome::timeout) {
    return failed_verdict("its server did not answer in time", ErrorNumber::timeout);
  }
  if (reply.outcome != FetchOutcome::answered) return failed_verdict(std::string(meaning_of(reply.outcome)));
  if (reply.status != kDial && reply.status != kDoNotDial) {
    return failed_verdict(
        fmt::format("its server answered {}, where {} and {} are valid", reply.status, kDial, kDoNotDial));
  }
  if (is_of_another(reply, handle)) return failed_verdict("the ETag of its answer is another record's");
  return reply.status == kDial ? read_dial(reply) : read_refusal(reply);
}

}  // namespace outpost::supervisor
