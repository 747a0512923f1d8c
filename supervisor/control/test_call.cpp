#include "supervisor/control/test_call.h"

#include <algorithm>
#include <utility>

#include "common/text.h"
#include "supervisor/children/courier/courier.h"

namespace outpost::supervisor {

namespace {

// As JSON, where a byte may become six, it has to fit a frame.
constexpr std::size_t kShownBytesMax = 256 * 1024;

Result<std::string> string_argument(const JsonValue& arguments, std::string_view name) {
  const JsonValue* given = arguments.find(name);
  if (!given) return std::string();
  const auto* text = std::get_if<std::string>(&given->value);
  if (!text) return fail(Errc::invalid, "argument {} must be a string, not {}", name, given->kind_name());
  return *text;
}

Result<std::vector<std::string>> lines_argument(const JsonValue& arguments, std::string_view name) {
  std::vector<std::string> lines;
  const JsonValue* given = arguments.find(name);
  if (!given) return lines;
  const auto* items = std::get_if<JsonValue::Array>(&given->value);
  if (!items) return fail(Errc::invalid, "argument {} must be an array, not {}", name, given->kind_name());
  for (const JsonValue& item : *items) {
    const auto* line = std::get_if<std::string>(&item.value);
    std::string fault = line ? protocol::header_fault(*line) : "is no string";
    if (!fault.empty()) return fail(Errc::invalid, "a header {}", fault);
    lines.push_back(*line);
  }
  if (lines.size() > protocol::kFetchHeaderLinesMax) {
    return fail(Errc::invalid, "there are {} headers; valid: up to {}", lines.size(), protocol::kFetchHeaderLinesMax);
  }
  return lines;
}

Result<FetchRequest> request_of(const JsonValue& arguments) {
  FetchRequest request;
  auto headers = lines_argument(arguments, "headers");
  if (!headers) return pass(headers);
  request.headers = *std::move(headers);
  for (auto [name, member] : {std::pair{"url", &FetchRequest::url}, std::pair{"method", &FetchRequest::method},
                              std::pair{"body", &FetchRequest::body}, std::pair{"client", &FetchRequest::client}}) {
    auto text = string_argument(arguments, name);
    if (!text) return pass(text);
    request.*member = *std::move(text);
  }
  if (request.url.empty())
    return fail(Errc::invalid, "argument url is missing; valid: as in https://host.example/path");
  if (request.method.empty()) request.method = request.body.empty() ? "GET" : "POST";
  if (std::string fault = protocol::method_fault(request.method); !fault.empty()) {
    return fail(Errc::invalid, "the method {}", fault);
  }
  if (request.body.size() > protocol::kFetchBodyBytesMax) {
    return fail(Errc::invalid, "the body has {}; valid: up to {}", human_bytes(request.body.size()),
                human_bytes(protocol::kFetchBodyBytesMax));
  }
  request.answer_bytes_max = kShownBytesMax;
  return request;
}

void write_times(JsonWriter& out, const protocol::FetchTimes& times) {
  out.key("times_us").begin_object();
  out.member("resolved", times.resolved_us).member("connected", times.connected_us);
  out.member("secured", times.secured_us).member("first_byte", times.first_byte_us);
  out.member("total", times.total_us).end_object();
}

std::string reply_of(const std::string& method, const protocol::FetchReply& reply) {
  JsonWriter out;
  out.begin_object().member("method", method).member("outcome", word_of(reply.outcome));
  if (reply.outcome == protocol::FetchOutcome::answered) {
    out.member("status", unsigned{reply.status}).member("http_version", unsigned{reply.http_version});
    out.key("headers").begin_array();
    for (const auto& header : reply.headers) {
      out.begin_object().member("name", header.name).member("value", header.value).end_object();
    }
    out.end_array().member("body_bytes", std::uint64_t{reply.body.size()});
    if (is_plain_text(reply.body)) out.member("body", reply.body);
  } else {
    out.member("meaning", protocol::meaning_of(reply.outcome)).member("text", reply.text);
    out.member("may_have_arrived", protocol::may_have_arrived(reply.outcome));
  }
  if (!reply.address.empty()) out.member("address", reply.address).member("reused", reply.reused);
  write_times(out, reply.times);
  return out.end_object().take();
}

}  // namespace

ControlCommand test_call_command(Courier* courier) {
  return {kTestCall, Effect::writes, [courier](const auto&, const auto& arguments, const auto& respond) {
            auto request = request_of(*arguments);
            if (!request) return respond(fail(request.error()));
            if (!courier) return respond(fail(Errc::unsupported, "this outpostd has no courier"));
            std::string method = request->method;
            courier->fetch(*std::move(request),
                           [method, respond](const protocol::FetchReply& reply) { respond(reply_of(method, reply)); });
          }};
}

}  // namespace outpost::supervisor
