#include "supervisor/control/test_call.h"

#include <algorithm>
#include <utility>

#include "common/text.h"
#include "supervisor/children/courier/courier.h"
#include "supervisor/children/courier/shown_reply.h"

namespace outpost::supervisor {

namespace {

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
  request.answer_bytes_max = kShownAnswerBytesMax;
  return request;
}

std::string reply_of(const std::string& method, const protocol::FetchReply& reply) {
  JsonWriter out;
  write_fetch_reply(out.begin_object().member("method", method), reply);
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
