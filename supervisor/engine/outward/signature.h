// How a webhook's receiver knows that a message is ours. Source: Standard Webhooks, "Webhook Headers" and "Signature
// scheme".
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/error.h"

namespace outpost::supervisor {

// "v1," and the HMAC-SHA256 of "id.timestamp.body" in base64. `key` is that of signing_key().
std::string webhook_signature(std::string_view key, std::string_view id, std::int64_t timestamp, std::string_view body);

// The header lines of a message: webhook-id, webhook-timestamp (epoch seconds, of this attempt), and webhook-signature
// when there is a secret. The id stays the same however often a message is sent.
Result<std::vector<std::string>> webhook_headers(std::string_view secret, std::string_view id, std::int64_t timestamp,
                                                 std::string_view body);

}  // namespace outpost::supervisor
