#include "supervisor/engine/outward/signature.h"

#include <fmt/core.h>

#include "common/digest.h"
#include "supervisor/config/outward.h"

namespace outpost::supervisor {

std::string webhook_signature(std::string_view key, std::string_view id, std::int64_t timestamp,
                              std::string_view body) {
  return "v1," + base64(hmac_sha256(key, fmt::format("{}.{}.{}", id, timestamp, body)));
}

Result<std::vector<std::string>> webhook_headers(std::string_view secret, std::string_view id, std::int64_t timestamp,
                                                 std::string_view body) {
  std::vector<std::string> lines{fmt::format("webhook-id: {}", id), fmt::format("webhook-timestamp: {}", timestamp)};
  auto key = signing_key(secret);
  if (!key) return pass(key);
  if (!key->empty()) lines.push_back("webhook-signature: " + webhook_signature(*key, id, timestamp, body));
  return lines;
}

}  // namespace outpost::supervisor
