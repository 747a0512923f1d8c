// The schemas of the OpenAPI document, from the tables of the vocabulary and of the requests: attributes, enumerations,
// bodies, answers.
#pragma once

#include <string>
#include <string_view>

#include "common/json.h"
#include "protocol/outbound/requests.h"

namespace outpost::protocol {

// "call result" and "add_record" as CallResult and AddRecord.
std::string pascal_case(std::string_view words);
// The schema of a request's body.
std::string body_name(const RequestRow& row);

// A reference to a component as a whole object, and as a member of one that goes on.
void write_reference(JsonWriter& out, std::string_view kind, std::string_view name);
void write_reference_member(JsonWriter& out, std::string_view kind, std::string_view name);

// The component object of all schemas, with its brackets.
void write_schemas(JsonWriter& out);

}  // namespace outpost::protocol
