// The OpenAPI 3.1 document of the requests, made from the tables of protocol/outbound: etc/openapi.json, and what an
// admin port serves.
#pragma once

#include <string>

namespace outpost::protocol {

// JSON, laid out for people; the same text for the same sources. Takes some milliseconds: who serves it keeps it.
std::string openapi_document();

}  // namespace outpost::protocol
