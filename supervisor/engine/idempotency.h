// A request under a key that was done before gets the answer of that time.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "protocol/channel/describe.h"
#include "supervisor/engine/requests/request.h"

namespace outpost::supervisor {

// The proxy's own name for a request, another each time; an answer repeats it.
inline constexpr std::string_view kReferenceKey = "GSW_REFERENCE_ID";

// Tells one request from another that came under the same key by mistake: FNV-1a over what the client sent, and its
// length. No defence against somebody who wants to be mistaken: the harm would be his own.
std::string fingerprint(std::string_view resource, const protocol::Event& event);

Step<> check_idempotency_key(std::string_view key);

// An answer as the store keeps it. Stores of earlier versions have it in this form, so it does not grow with Answer.
struct KeptForm {
  protocol::Event event;
  std::vector<protocol::Event> records;

  static constexpr std::string_view kName = "kept answer";
  static constexpr auto fields() {
    return std::tuple(protocol::field("event", &KeptForm::event, "the event"),
                      protocol::field("records", &KeptForm::records, "the records of a chained-record answer"));
  }
};

// Refused when the answer was another request's, or cannot be read any more.
Step<RequestReply> kept_reply(const KeptAnswer& kept, const std::string& fingerprint);

}  // namespace outpost::supervisor
