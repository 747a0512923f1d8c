// Responses that are events: JSON of an outbound event, as text or as a page where the client wants that. Source:
// ocs.md 5.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/outbound/vocabulary.h"
#include "proxy/http/responses.h"

namespace outpost::proxy {

// One response before it is bytes: a Response but for its event.
struct EventResponse {
  int status = 200;
  protocol::Event event;
  std::vector<protocol::Event> records;  // of a chained-record answer
  std::string_view allow = {};
  std::uint32_t retry_after_s = 0;
  std::string challenge = {};
  bool replayed = false;
};

// A failure with a number of ocs.md 3.6.
EventResponse failure(int status, protocol::ErrorNumber number, std::string_view text);
// A failure of HTTP itself (405, 415, 417 ...).
// Assumption: ocs.md 3.6 has no number for these, so they carry their status as GSW_ERROR_NUMBER.
EventResponse http_failure(int status, std::string_view text);

// How the client wants to be answered, from its Accept header. Never a reason to refuse. Source: ocs.md 5.2.
struct Presentation {
  bool plain_text = false;     // JSON labelled text/plain
  bool html_failures = false;  // failures as a small HTML page
  bool problems = false;       // failures as application/problem+json; goes before the others
};
Presentation presentation_for(std::string_view accept);

// A request as both logs name it, to be looked for there: "urn:outpost:exchange:17.3".
struct ExchangeName {
  std::uint64_t connection = 0;
  std::uint32_t sequence = 0;
};

// All but the location and the lines for the log.
Response render(EventResponse response, const Presentation& presentation, const ExchangeName& name = {});

}  // namespace outpost::proxy
