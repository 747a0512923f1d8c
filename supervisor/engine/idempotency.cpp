#include "supervisor/engine/idempotency.h"

#include <utility>

#include "protocol/outbound/requests.h"
#include "supervisor/engine/engine.h"

namespace outpost::supervisor {

using protocol::ErrorNumber;
using protocol::Event;

namespace {

// Old answers go in small bites: twice as fast as new ones come, and never many at once.
constexpr std::uint32_t kKeptPerCleaning = 64;
constexpr std::int64_t kForgottenPerCleaning = 128;
// What an encoded answer has besides its events.
constexpr std::size_t kAnswerExtraBytes = sizeof(std::uint32_t);
// More than ever wait; what a rollback has left there goes with the rest.
constexpr std::size_t kValidatingKeysMax = 64 * 1024;

}  // namespace

std::string fingerprint(std::string_view resource, const Event& event) {
  std::string bytes;
  bytes.reserve(sizeof(std::uint32_t) + resource.size() + event.wire_bytes());
  ByteWriter out(bytes);
  out.string(resource);
  event.encode_without(kReferenceKey, out);  // the proxy's own, another each time
  std::uint64_t hash = 0xcbf29ce484222325;
  for (char c : bytes) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  return fmt::format("{:016x}-{}", hash, bytes.size());
}

Step<> check_idempotency_key(std::string_view key) {
  if (protocol::is_idempotency_key(key)) return {};
  return refuse(ErrorNumber::invalid_attribute, "Idempotency-Key must be printable ASCII of at most {} bytes",
                protocol::kIdempotencyKeyBytesMax);
}

Step<RequestReply> kept_reply(const KeptAnswer& kept, const std::string& fingerprint) {
  if (kept.fingerprint != fingerprint) {
    return refuse(ErrorNumber::invalid_attribute,
                  "Idempotency-Key was used for another request before; every request needs a key of its own");
  }
  auto decoded = protocol::decode_message<KeptForm>(kept.answer);
  if (!decoded) {
    return refuse(ErrorNumber::internal_error,
                  "the request was done before, but its answer was kept by another version and cannot be read");
  }
  return RequestReply{std::move(decoded->event), std::move(decoded->records), false, true};
}

// --- In the engine ---------------------------------------------------------------------------------------------------

Step<RequestReply> Engine::perform_once(RecordStore& store, const protocol::RequestRow& row, const std::string& key,
                                        std::string fingerprint, Event& event, const Validated* validated) {
  auto kept = store.kept_answer(key);
  if (!kept) return pass(kept);
  if (*kept) return kept_reply(**kept, fingerprint);
  auto waits = validated ? Result<bool>(false) : is_validating(store, key);
  if (!waits) return pass(waits);
  if (*waits) {
    return refuse(
        ErrorNumber::overload,
        "the request under this Idempotency-Key is not done yet: its record is being validated; send it again "
        "for its answer");
  }
  if (validated) validating_keys_.erase(key);

  auto reply = perform(store, row, event, validated);
  if (!reply || row.safe || !reply->changed) return reply;
  if (reply->validation) {
    if (validating_keys_.size() >= kValidatingKeysMax) validating_keys_.clear();
    validating_keys_[key] = reply->validation->handle;
    return reply;
  }
  if (auto done = keep(store, key, std::move(fingerprint), *reply); !done) return pass(done);
  return reply;
}

// What is remembered may have been rolled back: the store knows.
Result<bool> Engine::is_validating(RecordStore& store, const std::string& key) {
  auto known = validating_keys_.find(key);
  if (known == validating_keys_.end()) return false;
  auto handle = store.handle(known->second);
  if (!handle) return pass(handle);
  if (*handle && (*handle)->validating && (*handle)->closed_by.empty()) return true;
  validating_keys_.erase(known);
  return false;
}

Result<> Engine::keep(RecordStore& store, const std::string& key, std::string fingerprint, RequestReply& reply) {
  KeptAnswer answer{std::move(fingerprint), {}};
  KeptForm whole{std::move(reply.event), std::move(reply.records)};
  std::size_t bytes = whole.event.wire_bytes();
  for (const Event& record : whole.records) bytes += record.wire_bytes();
  answer.answer.reserve(bytes + kAnswerExtraBytes);
  protocol::encode(whole, answer.answer);
  reply.event = std::move(whole.event);
  reply.records = std::move(whole.records);
  std::int64_t now = clock_.now();
  if (auto done = store.keep_answer(key, answer, now); !done) return done;
  if (++kept_since_cleaning_ < kKeptPerCleaning) return {};
  kept_since_cleaning_ = 0;
  return store.forget_answers(now - settings_.idempotency_retention.count(), kForgottenPerCleaning);
}

}  // namespace outpost::supervisor
