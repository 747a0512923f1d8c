#include "protocol/openapi/failures.h"

#include <fmt/core.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "protocol/http/statuses.h"
#include "protocol/openapi/schemas.h"
#include "protocol/outbound/vocabulary.h"

namespace outpost::protocol {

namespace {

struct ResponseHeader {
  std::string_view name;
  std::string_view type;
  std::string_view text;
};
constexpr ResponseHeader kHeaders[] = {
    {"Retry-After", "integer", "seconds after which the request is worth sending again"},
    {"WWW-Authenticate", "string", "the scheme Bearer, and what is wrong with the token"},
};

struct Number {
  std::int32_t number;
  std::string name;
};

// The values of GSW_ERROR_NUMBER of a status.
std::vector<Number> numbers_of(const HttpStatus& status) {
  std::vector<Number> numbers;
  for (const ErrorRow& row : errors()) {
    if (row.http_status == status.status) {
      numbers.push_back({static_cast<std::int32_t>(row.number), std::string(row.name)});
    }
  }
  if (!status.cause.empty()) numbers.push_back({status.status, fmt::format("({})", status.cause)});
  return numbers;
}

// A client that asks for what the document names meets these; the others are told under "default".
bool is_told_apart(const HttpStatus& status) {
  bool has_error = std::ranges::any_of(errors(), [&](const ErrorRow& row) { return row.http_status == status.status; });
  bool has_header = std::ranges::find(kHeaders, status.header, &ResponseHeader::name) != std::end(kHeaders);
  constexpr int kNotImplemented = 501;  // what no operation of the document is
  return (has_error || has_header) && status.status != kNotImplemented;
}

bool is_failure(const HttpStatus& status) { return !numbers_of(status).empty(); }

std::string list_of(const HttpStatus& status) {
  std::string list;
  for (const Number& number : numbers_of(status)) {
    list += fmt::format("{}{} {}", list.empty() ? "" : ", ", number.number, number.name);
  }
  return list;
}

std::string schema_name(const HttpStatus& status) { return fmt::format("Error{}", status.status); }
std::string response_name(const HttpStatus& status) { return fmt::format("Status{}", status.status); }

// As JSON, and as the problem that a client may ask for (RFC 9457).
void write_content(JsonWriter& out, std::string_view schema) {
  out.key("content").begin_object().key("application/json").begin_object().key("schema");
  write_reference(out, "schemas", schema);
  out.end_object().key("application/problem+json").begin_object().key("schema");
  write_reference(out, "schemas", "Problem");
  out.end_object().end_object();
}

void write_problem_schema(JsonWriter& out) {
  out.key("Problem").begin_object().member("type", "object");
  out.member("description", "The same as a problem of RFC 9457, whose members stand beside those of Error.");
  out.key("required").begin_array();
  for (const char* key : {"type", "title", "status", "instance", "GSW_ERROR_NUMBER"}) out.value(key);
  out.end_array().key("properties").begin_object();
  for (const char* key : {"type", "title", "detail", "instance"}) {
    out.key(key).begin_object().member("type", "string").end_object();
  }
  for (const char* key : {"status", "GSW_ERROR_NUMBER"}) {
    out.key(key).begin_object().member("type", "integer").end_object();
  }
  out.end_object().end_object();
}

void write_failure(JsonWriter& out, const HttpStatus& status) {
  out.key(response_name(status)).begin_object();
  out.member("description", fmt::format("{}. GSW_ERROR_NUMBER: {}", status.phrase, list_of(status)));
  if (!status.header.empty()) {
    out.key("headers").begin_object().key(status.header);
    write_reference(out, "headers", status.header);
    out.end_object();
  }
  write_content(out, schema_name(status));
  out.end_object();
}

}  // namespace

void write_error_schemas(JsonWriter& out) {
  write_problem_schema(out);
  out.key("Error").begin_object().member("type", "object");
  out.member("description",
             "Why a request was refused. It changed nothing, but for 132 Timeout: that is not known then.");
  out.key("required").begin_array();
  for (const char* key : {"GSW_USER_EVENT", "GSW_ERROR_NUMBER", "GSW_ERROR"}) out.value(key);
  out.end_array().key("properties").begin_object();
  out.key("GSW_USER_EVENT").begin_object().member("type", "string");
  out.key("enum").begin_array().value("Error").end_array().end_object();
  out.key("GSW_ERROR_NUMBER").begin_object().member("type", "integer").end_object();
  for (const char* key : {"GSW_ERROR", "GSW_REFERENCE_ID"}) {
    out.key(key);
    write_reference(out, "schemas", key);
  }
  out.end_object().end_object();
  for (const HttpStatus& status : kHttpStatuses) {
    if (!is_told_apart(status)) continue;
    out.key(schema_name(status)).begin_object().key("allOf").begin_array();
    write_reference(out, "schemas", "Error");
    out.begin_object().key("properties").begin_object().key("GSW_ERROR_NUMBER").begin_object();
    out.member("type", "integer").key("enum").begin_array();
    for (const Number& number : numbers_of(status)) out.value(number.number);
    out.end_array().end_object().end_object().end_object().end_array().end_object();
  }
}

void write_failures(JsonWriter& out) {
  std::string others;
  out.begin_object();
  for (const HttpStatus& status : kHttpStatuses) {
    if (is_told_apart(status)) {
      write_failure(out, status);
    } else if (is_failure(status)) {
      others += fmt::format("{}{} {}", others.empty() ? "" : "; ", status.status, status.phrase);
      if (!status.cause.empty()) others += fmt::format(": {}", status.cause);
    }
  }
  out.key("Failure").begin_object();
  out.member("description", fmt::format("What HTTP itself refuses; GSW_ERROR_NUMBER is the status. {}", others));
  write_content(out, "Error");
  out.end_object().end_object();
}

void write_failure_headers(JsonWriter& out) {
  for (const ResponseHeader& header : kHeaders) {
    out.key(header.name).begin_object().member("description", header.text).member("required", true);
    out.key("schema").begin_object().member("type", header.type).end_object().end_object();
  }
}

void write_failure_references(JsonWriter& out) {
  for (const HttpStatus& status : kHttpStatuses) {
    if (!is_told_apart(status)) continue;
    out.key(std::to_string(status.status));
    write_reference(out, "responses", response_name(status));
  }
  out.key("default");
  write_reference(out, "responses", "Failure");
}

}  // namespace outpost::protocol
