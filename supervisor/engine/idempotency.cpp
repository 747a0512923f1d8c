#include "supervisor/engine/idempotency.h"

#include <utility>

#include "protocol/outbound/requests.h"

namespace outpost::supervisor {

using protocol::ErrorNumber;
using protocol::Event;

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

}  // namespace outpost::supervisor
