// What the OpenAPI document says of failures: the errors of vocabulary.h and what HTTP itself refuses.
#pragma once

#include "common/json.h"

namespace outpost::protocol {

// Members of the component objects of schemas and of headers.
void write_error_schemas(JsonWriter& out);
void write_failure_headers(JsonWriter& out);
// The component object of responses, with its brackets.
void write_failures(JsonWriter& out);
// Members of the responses of an operation.
void write_failure_references(JsonWriter& out);

}  // namespace outpost::protocol
