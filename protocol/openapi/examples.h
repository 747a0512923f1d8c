// Requests of the OpenAPI document that a reader can send as they are: a test sends each.
#pragma once

#include <span>
#include <string_view>

#include "protocol/outbound/requests.h"

namespace outpost::protocol {

struct RequestExample {
  RequestId id;
  std::string_view name;  // a word
  std::string_view text;
  std::string_view body;  // JSON
};

// At least one of each request, those of one request together.
std::span<const RequestExample> request_examples();

}  // namespace outpost::protocol
