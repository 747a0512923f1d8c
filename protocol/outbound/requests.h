// The requests and answers of the outbound protocols, declared once as data: resource x request, the attributes of each
// and how they are used, the attributes of each answer. Translation, checks, answers and the manual follow these
// tables. Source: ocs.md 1.3, 1.4, 3.1, 3.3, 3.4. Rows tagged [design] there are our own choices; they live only here.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "protocol/outbound/vocabulary.h"

namespace outpost::protocol {

enum class Resource : std::uint8_t { records, phones, customer_ids, lists, campaign_groups };
std::string_view to_string(Resource resource) noexcept;
// Case-insensitive, with the alias "customerids".
std::optional<Resource> parse_resource(std::string_view segment);

// How a request uses an attribute. Those that no row names are carried through to the answer.
enum class Use : std::uint8_t {
  path,       // given by the URI
  mandatory,  // given by the body
  optional,   // has an effect when it is given
  target,     // names the target once more: contradicting is an error
};

struct RequestAttribute {
  std::string_view key;
  Use use;
};

// One cell of the resource x request matrix.
struct RequestRow {
  Resource resource;
  std::string_view request;  // canonical req, value of GSW_AGENT_REQ_TYPE
  std::string_view alias;    // another spelling that is accepted, or empty
  OutboundProtocol protocol;
  std::string_view answer;  // GSW_USER_EVENT of the acknowledgement; empty when the outcome decides
  bool safe;                // GET and HEAD are allowed too
  std::span<const RequestAttribute> attributes;
  bool custom;  // custom fields are stored

  [[nodiscard]] const RequestAttribute* find(std::string_view key) const;
};

std::span<const RequestRow> requests();
// Whether any resource knows this request (case-insensitive, aliases included).
bool is_known_request(std::string_view request);
const RequestRow* find_request(Resource resource, std::string_view request);

// What every request may carry besides: application, tenant, reference.
std::span<const RequestAttribute> common_attributes();

// What follows the attributes of an answer.
enum class Rest : std::uint8_t {
  none,
  request,  // what else the request carried
  record,   // the custom fields of the record
};

struct AnswerRow {
  std::string_view event;                        // GSW_USER_EVENT
  std::span<const std::string_view> attributes;  // in this order, each as far as there is a value for it
  Rest rest;
};

std::span<const AnswerRow> answers();
// The event is one of answers(): anything else is a fault of the program.
const AnswerRow& answer_row(std::string_view event);

// Header Idempotency-Key: printable ASCII without blanks.
inline constexpr std::size_t kIdempotencyKeyBytesMax = 255;
bool is_idempotency_key(std::string_view key) noexcept;

}  // namespace outpost::protocol
