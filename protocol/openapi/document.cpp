#include "protocol/openapi/document.h"

#include <fmt/core.h>
#include <rapidjson/memorystream.h>
#include <rapidjson/prettywriter.h>
#include <rapidjson/reader.h>
#include <rapidjson/stringbuffer.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "common/error.h"
#include "common/json.h"
#include "common/version.h"
#include "protocol/channel/request_ids.h"
#include "protocol/openapi/examples.h"
#include "protocol/openapi/failures.h"
#include "protocol/openapi/schemas.h"
#include "protocol/outbound/requests.h"

namespace outpost::protocol {

namespace {

constexpr std::array kInOrder{Resource::lists, Resource::campaign_groups, Resource::records, Resource::phones,
                              Resource::customer_ids};

struct RequestHeader {
  std::string_view component;
  std::string_view name;
  std::string_view text;
  std::string_view pattern;
  std::size_t bytes_max;
  bool of_changes;  // only of requests that change something
};
constexpr RequestHeader kRequestHeaders[] = {
    {"IdempotencyKey", "Idempotency-Key",
     "a text of the client's own for this one request: sent again with the same key and content it is not done again, "
     "and "
     "the answer is the first one's",
     "^[!-~]+$", kIdempotencyKeyBytesMax, true},
    {"RequestId", "X-Request-Id",
     "what the client calls the request in the logs; it comes back, one that is malformed does not",
     "^[!#-&(-\\[\\]-~]+$", kRequestIdBytesMax, false},
    {"TraceParent", "traceparent", "of W3C Trace Context; it comes back, one that is malformed does not",
     "^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}", kRequestIdBytesMax, false},
};

struct AnswerHeader {
  std::string_view name;
  std::string_view text;
  bool always;  // where an operation names it
};
constexpr AnswerHeader kLocation{"Location", "where requests find the new record, by its contact, until it is taken",
                                 true};
constexpr AnswerHeader kReplayed{"Idempotency-Replayed", "true: the answer of the first time, nothing was done again",
                                 false};
constexpr AnswerHeader kAnswerHeaders[] = {kLocation, kReplayed};

// Whose id a path of this resource has; each has a request.
const Attribute& id_attribute(Resource resource) {
  auto row = std::ranges::find(requests(), resource, &RequestRow::resource);
  ENSURE(row != requests().end(), "a resource has no request");
  return *find_attribute(path_attribute(*row).key);
}

std::string id_parameter(Resource resource) { return pascal_case(to_string(resource)) + "Id"; }

// --- What the document is about --------------------------------------------------------------------------------------

std::string introduction() {
  return fmt::format(
      "Clients add records to calling lists, take them one by one and report what became of them. An acknowledged "
      "request is durable.\n\n"
      "A request is `POST /<resource>/<id>/<request>`, or, as it always was, `POST /<resource>/<id>?req=<request>`; a "
      "target that names the request both ways is refused. PUT may stand for POST, HEAD for GET.\n\n"
      "A body is one flat JSON object of strings and integers with at most {} keys; none is the same as `{{}}`. A key "
      "whose value is null is absent, an integer may be sent as a string of its digits, a name of an enumeration in "
      "any "
      "case. Keys that do not begin with `GSW_` are custom fields. Later versions may add keys to an answer.\n\n"
      "Every answer may have the headers of the option `http-custom-headers`. With `Accept: text/plain` the JSON is "
      "labelled text/plain; with `Accept: text/html` and without application/json a failure is a small page.",
      kBodyKeysMax);
}

void write_info(JsonWriter& out) {
  out.key("info").begin_object().member("title", "Outpost").member("version", kVersion);
  out.member("summary", "An open outbound-contact HTTP server");
  out.member("description", introduction()).end_object();
}

void write_server_variable(JsonWriter& out, std::string_view name, std::string_view otherwise) {
  out.key(name).begin_object().member("default", otherwise).end_object();
}

void write_servers(JsonWriter& out) {
  out.key("servers").begin_array().begin_object().member("url", "{scheme}://{host}:{port}");
  out.member("description", "a listener of the configuration");
  out.key("variables").begin_object().key("scheme").begin_object();
  out.key("enum").begin_array().value("http").value("https").end_array().member("default", "http").end_object();
  write_server_variable(out, "host", "127.0.0.1");
  write_server_variable(out, "port", "8080");
  out.end_object().end_object().end_array();
}

// Whether a token is needed is the server's configuration.
void write_security(JsonWriter& out) {
  out.key("security").begin_array().begin_object().end_object();
  out.begin_object().key("bearer").begin_array().end_array().end_object().end_array();
}

void write_tags(JsonWriter& out) {
  out.key("tags").begin_array();
  for (Resource resource : kInOrder) {
    const Attribute& id = id_attribute(resource);
    out.begin_object().member("name", to_string(resource));
    out.member("description", fmt::format("The id is {}: {}.", id.key, id.text)).end_object();
  }
  out.end_array();
}

// --- Operations ------------------------------------------------------------------------------------------------------

enum class Form : bool { body, query_only };

std::string operation_id(const RequestRow& row, Form form) {
  std::string id = pascal_case(row.name);
  id[0] = row.name[0];
  return form == Form::body ? id : id + "ByGet";
}

std::string description_of(const RequestRow& row) {
  std::string_view resource = to_string(row.resource);
  std::string text = fmt::format("{}\n\nAlso `/{}/{{id}}?req={}`", row.details, resource, row.request);
  if (!row.alias.empty()) text += fmt::format("; {} is the same request", row.alias);
  return text + ".";
}

void write_parameters(JsonWriter& out, const RequestRow& row) {
  out.key("parameters").begin_array();
  write_reference(out, "parameters", id_parameter(row.resource));
  write_reference(out, "parameters", "Tenant");
  for (const RequestHeader& header : kRequestHeaders) {
    if (!header.of_changes || !row.safe) write_reference(out, "parameters", header.component);
  }
  out.end_array();
}

void write_request_body(JsonWriter& out, const RequestRow& row) {
  bool needed = std::ranges::count(row.attributes, Use::mandatory, &RequestAttribute::use) > 0;
  out.key("requestBody").begin_object().member("required", needed);
  out.key("content").begin_object().key("application/json").begin_object().key("schema");
  write_reference(out, "schemas", body_name(row));
  out.key("examples").begin_object();
  for (const RequestExample& example : request_examples()) {
    if (example.id != row.id) continue;
    out.key(example.name).begin_object().member("summary", example.text).key("value").raw(example.body).end_object();
  }
  out.end_object().end_object().end_object().end_object();
}

void write_answer_headers(JsonWriter& out, const RequestRow& row) {
  if (row.safe) return;
  out.key("headers").begin_object();
  out.key(kReplayed.name);
  write_reference(out, "headers", kReplayed.name);
  if (row.id == RequestId::add_record) {
    out.key(kLocation.name);
    write_reference(out, "headers", kLocation.name);
  }
  out.end_object();
}

void write_answers(JsonWriter& out, const RequestRow& row) {
  std::string events(answer_row(row.answer).event);
  for (AnswerId other : row.besides) events += fmt::format(" or {}", answer_row(other).event);
  out.key("200").begin_object().member("description", events);
  write_answer_headers(out, row);
  out.key("content").begin_object().key("application/json").begin_object().key("schema");
  if (row.besides.empty()) {
    write_reference(out, "schemas", answer_row(row.answer).event);
  } else {
    out.begin_object().key("oneOf").begin_array();
    write_reference(out, "schemas", answer_row(row.answer).event);
    for (AnswerId other : row.besides) write_reference(out, "schemas", answer_row(other).event);
    out.end_array().key("discriminator").begin_object().member("propertyName", "GSW_USER_EVENT").end_object();
    out.end_object();
  }
  out.end_object().end_object().end_object();
}

void write_operation(JsonWriter& out, const RequestRow& row, Form form) {
  out.key(form == Form::body ? "post" : "get").begin_object();
  out.member("operationId", operation_id(row, form));
  out.key("tags").begin_array().value(to_string(row.resource)).end_array();
  out.member("summary", row.text.substr(0, row.text.find('.'))).member("description", description_of(row));
  write_parameters(out, row);
  if (form == Form::body) write_request_body(out, row);
  out.key("responses").begin_object();
  write_answers(out, row);
  write_failure_references(out);
  out.end_object().end_object();
}

void write_paths(JsonWriter& out) {
  out.key("paths").begin_object();
  for (Resource resource : kInOrder) {
    for (const RequestRow& row : requests()) {
      if (row.resource != resource) continue;
      out.key(fmt::format("/{}/{{id}}/{}", to_string(resource), row.request)).begin_object();
      write_operation(out, row, Form::body);
      if (row.safe) write_operation(out, row, Form::query_only);
      out.end_object();
    }
  }
  out.end_object();
}

// --- Components ------------------------------------------------------------------------------------------------------

void begin_parameter(JsonWriter& out, std::string_view component, std::string_view name, std::string_view in) {
  out.key(component).begin_object().member("name", name).member("in", in);
}

void write_id_parameter(JsonWriter& out, Resource resource) {
  const Attribute& id = id_attribute(resource);
  begin_parameter(out, id_parameter(resource), "id", "path");
  out.member("required", true).member("description", id.text).key("schema").begin_object();
  write_reference_member(out, "schemas", id.key);
  if (id.type == ValueType::text) out.member("minLength", 1);
  out.end_object().end_object();
}

void write_parameter_components(JsonWriter& out) {
  out.begin_object();
  for (Resource resource : kInOrder) write_id_parameter(out, resource);
  begin_parameter(out, "Tenant", "tenant", "query");
  out.member("description", "name or DBID of the tenant; to another tenant the target does not exist");
  out.key("schema").begin_object().member("type", "string").member("maxLength", std::uint64_t{kNameBytesMax});
  out.end_object().end_object();
  for (const RequestHeader& header : kRequestHeaders) {
    begin_parameter(out, header.component, header.name, "header");
    out.member("description", header.text).key("schema").begin_object().member("type", "string");
    out.member("pattern", header.pattern).member("maxLength", std::uint64_t{header.bytes_max});
    out.end_object().end_object();
  }
  out.end_object();
}

void write_components(JsonWriter& out) {
  out.key("components").begin_object();
  out.key("securitySchemes").begin_object().key("bearer").begin_object();
  out.member("type", "http").member("scheme", "bearer");
  out.member("description", "a token of outpostctl token add, where the server is configured to ask for one");
  out.end_object().end_object();
  out.key("parameters");
  write_parameter_components(out);
  out.key("headers").begin_object();
  for (const AnswerHeader& header : kAnswerHeaders) {
    out.key(header.name).begin_object().member("description", header.text).member("required", header.always);
    out.key("schema").begin_object().member("type", "string").end_object().end_object();
  }
  write_failure_headers(out);
  out.end_object();
  out.key("responses");
  write_failures(out);
  out.key("schemas");
  write_schemas(out);
  out.end_object();
}

std::string laid_out(const std::string& json) {
  rapidjson::StringBuffer text;
  rapidjson::PrettyWriter<rapidjson::StringBuffer> writer(text);
  writer.SetIndent(' ', 1);
  rapidjson::MemoryStream stream(json.data(), json.size());
  rapidjson::Reader reader;
  ENSURE(!reader.Parse<rapidjson::kParseIterativeFlag>(stream, writer).IsError(), "the document is no JSON");
  return std::string(text.GetString(), text.GetSize()) + "\n";
}

}  // namespace

std::string openapi_document() {
  JsonWriter out;
  out.begin_object().member("openapi", "3.1.0");
  write_info(out);
  write_servers(out);
  write_security(out);
  write_tags(out);
  write_paths(out);
  write_components(out);
  out.end_object();
  return laid_out(out.take());
}

}  // namespace outpost::protocol
