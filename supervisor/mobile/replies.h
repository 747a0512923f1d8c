// Replies as the handlers make them.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "common/error.h"
#include "protocol/channel/messages.h"
#include "protocol/mobile/errors.h"

namespace outpost::supervisor::mobile {

// Called once, on the loop thread; the call may be gone by then.
using Respond = std::function<void(protocol::CallReply reply)>;

protocol::CallReply json_reply(std::string body);
protocol::CallReply text_reply(std::uint16_t status, std::string body, std::string_view content_type);
// {"exception", "message"}; the exception is the status's own unless it is named.
protocol::CallReply error_reply(std::uint16_t status, std::string_view message, std::string_view exception = {});
// 503 with Retry-After.
protocol::CallReply busy_reply(std::string_view message);
// 500 of what ORS did not do; without a text: none was reached. Source: gms.md 0.4 (G8), 1.7.2.
protocol::CallReply ors_error_reply(std::string_view message = protocol::kOrsUnreached);
// 503 of what never came to a thread of the store.
protocol::CallReply queue_full_reply();
// Of what the store did not do. The store's own text is for the log alone.
protocol::CallReply store_error_reply(const Error& error);

}  // namespace outpost::supervisor::mobile
