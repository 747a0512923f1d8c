// JSON bodies: a request's body to an event, an answer's event to a body. Pure, no recursion.
// Source: ocs.md 2.1 and 5.2.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

#include "protocol/outbound/vocabulary.h"

namespace outpost::protocol {

struct BodyLimits {
  std::size_t keys_max = 512;
  std::size_t key_bytes_max = 255;
};

// One flat JSON object of strings and integers, in any layout; no bytes, or nothing but white space, is {}. A key whose
// value is null is absent. Order is kept; types and names are as sent: canonical_value() comes later.
// Errors: malformed_body (not such an object, not UTF-8, duplicate or over-long key, too many keys), invalid_attribute
// (a value that is no string and no integer within kIntegerMax). The text gives line and column, from 1, in characters;
// it names a key only when the key is one of attributes(), so that no request byte comes back.
tl::expected<Event, RequestError> parse_body(std::string_view bytes, const BodyLimits& limits = {});

// One flat JSON object, keys in the event's order, integers as numbers. Bytes that are not UTF-8 become U+FFFD.
// `records` follow as the array "records"; it is written, even empty, for the answer ChainedRecordsDataEnd.
std::string event_to_json(const Event& event, std::span<const Event> records = {});

}  // namespace outpost::protocol
