// What the OpenAPI document says of failures: the errors of vocabulary.h and what HTTP itself refuses.
#pragma once

#include "common/json.h"

namespace outpost::protocol {

// Members of the component object of schemas.
void write_error_schemas(JsonWriter& out);
// The component objects of responses and of headers, each with its brackets.
void write_failures(JsonWriter& out);
void write_failure_headers(JsonWriter& out);
// Members of the responses of an operation.
void write_failure_references(JsonWriter& out);

}  // namespace outpost::protocol
