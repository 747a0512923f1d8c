#include "supervisor/mobile/replies.h"

#include <utility>

namespace outpost::supervisor::mobile {

using protocol::CallReply;

CallReply json_reply(std::string body) { return text_reply(200, std::move(body), "application/json"); }

CallReply text_reply(std::uint16_t status, std::string body, std::string_view content_type) {
  CallReply reply;
  reply.status = status;
  reply.content_type = content_type;
  reply.body = std::move(body);
  return reply;
}

CallReply error_reply(std::uint16_t status, std::string_view message, std::string_view exception) {
  return text_reply(status, protocol::error_body(status, message, exception), "application/json");
}

CallReply busy_reply(std::string_view message) {
  CallReply busy = error_reply(503, message);
  busy.retry_after_s = 1;
  return busy;
}

CallReply ors_error_reply(std::string_view message) { return error_reply(500, message, protocol::kOrsFailed); }

CallReply queue_full_reply() { return busy_reply("Too many requests wait for the store; nothing was changed."); }

CallReply store_error_reply(const Error& error) {
  switch (error.code) {
    case Errc::io:
      return busy_reply("The store cannot be reached, and whether this was done is not known; send it again.");
    case Errc::busy:
    case Errc::conflict: return busy_reply("Another request was in the way; nothing was changed, send it again.");
    case Errc::unavailable:
    case Errc::timeout:
    case Errc::closed: return busy_reply("The store cannot be reached now; nothing was changed, send it again later.");
    default: return error_reply(500, "The store failed; nothing was changed.", protocol::kStorageFailed);
  }
}

}  // namespace outpost::supervisor::mobile
