#include "proxy/http/request_ids.h"

#include "proxy/log_messages.h"

namespace outpost::proxy {

namespace lm = log_messages;

protocol::RequestIds ids_of(const protocol::HttpRequest& request, Log& log, std::uint64_t connection,
                            std::uint32_t sequence) {
  protocol::RequestIds ids;
  if (request.further.empty() || !request.whole_head) return ids;
  for (const protocol::FurtherHeader& header : request.further) {
    bool is_id = header.name == kRequestIdHeader;
    if (!is_id && header.name != kTraceparentHeader) continue;
    if (is_id ? protocol::is_request_id(header.value) : protocol::is_traceparent(header.value)) {
      (is_id ? ids.request_id : ids.traceparent) = header.value;
    } else {
      log.write(lm::kRequestIdIgnored, "connection {} request {}: {} is malformed and ignored", connection, sequence,
                header.name);
    }
  }
  if (!ids.empty()) {
    log.write(lm::kRequestIds, "connection {} request {}: {}", connection, sequence, protocol::ids_text(ids));
  }
  return ids;
}

}  // namespace outpost::proxy
