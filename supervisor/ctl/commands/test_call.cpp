// outpostctl test-call: one request to another server, of whatever kind or a sample of what is configured.
#include "supervisor/ctl/commands/commands.h"

#include "common/json.h"
#include "common/text.h"
#include "supervisor/ctl/client.h"
#include "supervisor/ctl/commands/options.h"
#include "supervisor/ctl/commands/show.h"
#include "supervisor/ctl/files/file.h"
#include "supervisor/ctl/view/reply.h"

namespace outpost::supervisor::ctl {

namespace {

// Leaves room in a frame for the escapes that JSON needs.
constexpr std::size_t kDataBytesMax = protocol::kPayloadBytesMax / 8;

std::string show_times(const JsonValue& reply) {
  const JsonValue* times = reply.find("times_us");
  if (!times) return "";
  constexpr double kUsPerMs = 1'000;
  std::string text;
  for (auto [key, what] :
       {std::pair{"resolved", "name"}, std::pair{"connected", "connection"}, std::pair{"secured", "TLS"},
        std::pair{"first_byte", "answer begins"}, std::pair{"total", "all"}}) {
    std::int64_t us = integer_of(*times, key);
    if (us > 0) text += fmt::format("{}{} {:.1f}", text.empty() ? "" : ", ", what, static_cast<double>(us) / kUsPerMs);
  }
  return text.empty() ? "" : fmt::format("ms       {}\n", text);
}

std::string show_way(const JsonValue& reply) {
  std::string address = text_of(reply, "address");
  if (address.empty()) return "";
  return fmt::format("server   {}{}\n", printable(address), flag_of(reply, "reused") ? ", over a kept connection" : "");
}

std::string show_answer(const JsonValue& reply) {
  if (text_of(reply, "outcome") != "answered") {
    return fmt::format("{}: {}\n         {}\n{}{}", printable(text_of(reply, "outcome")),
                       printable(text_of(reply, "meaning")), printable(text_of(reply, "text")), show_way(reply),
                       show_times(reply));
  }
  std::int64_t version = integer_of(reply, "http_version");
  std::string text = fmt::format("answer   {} over HTTP/{}.{}, {} bytes\n", integer_of(reply, "status"), version / 10,
                                 version % 10, integer_of(reply, "body_bytes"));
  text += show_way(reply) + show_times(reply);
  for (const JsonValue& header : array_of(reply, "headers")) {
    text += fmt::format("header   {}: {}\n", printable(text_of(header, "name")), printable(text_of(header, "value")));
  }
  if (!reply.find("body")) return text + "(the body is no text)\n";
  std::string body = printable(text_of(reply, "body"));
  return body.empty() ? text : fmt::format("{}\n{}{}", text, body, body.ends_with('\n') ? "" : "\n");
}

// Of a sample, which nobody has written himself.
std::string show_request(const JsonValue& request) {
  std::string client = text_of(request, "client");
  std::string text = fmt::format("request  {} {}{}\n", text_of(request, "method"), printable(text_of(request, "url")),
                                 client.empty() ? "" : fmt::format(", by http-client {}", printable(client)));
  for (const JsonValue& header : array_of(request, "headers")) {
    if (const auto* line = std::get_if<std::string>(&header.value))
      text += fmt::format("header   {}\n", printable(*line));
  }
  return text + fmt::format("\n{}\n\n", printable(text_of(request, "body")));
}

std::string show_call(const JsonValue& reply) {
  const JsonValue* request = reply.find("request");
  if (!request) return show_answer(reply);
  std::string text = show_request(*request) + show_answer(reply);
  text += fmt::format("\nmeaning  {}\n", printable(text_of(reply, "verdict")));
  if (!flag_of(reply, "switched_on"))
    text += "         but it is not switched on: so far nothing of this kind is sent\n";
  return text;
}

// Everything else is a name.
bool is_url(std::string_view target) { return target.find("://") != std::string_view::npos; }

std::string object_to_mixture(const Arguments& arguments) {
  if (is_url(arguments.url)) return arguments.group.empty() ? "" : "--group goes with NAME, not with a URL";
  bool of_url =
      !arguments.method.empty() || !arguments.data.empty() || !arguments.headers.empty() || !arguments.client.empty();
  return of_url ? "--method, --data, --header and --client go with a URL; what has a NAME is sent as it is configured"
                : "";
}

Exit judge_call(const JsonValue& reply, const Arguments&) {
  return text_of(reply, "outcome") == "answered" ? Exit::done : Exit::refused;
}

Result<Exit> run_sample_call(Client& client, const Arguments& arguments) {
  JsonWriter writer;
  writer.begin_object().member("name", arguments.url);
  if (!arguments.group.empty()) writer.member("group", arguments.group);
  return show_reply(client, arguments, writer.end_object().take(), "sample-call");
}

Result<Exit> run_test_call(Client& client, const Arguments& arguments) {
  if (!is_url(arguments.url)) return run_sample_call(client, arguments);
  std::string data;
  if (!arguments.data.empty()) {
    auto read = read_file(arguments.data, kDataBytesMax);
    if (!read) return pass(read);
    if (!is_utf8(*read)) return fail(Errc::io, "{} is not UTF-8", shown_source(arguments.data));
    data = *std::move(read);
  }
  JsonWriter writer;
  write_sent(writer.begin_object(), arguments);
  if (!data.empty()) writer.member("body", data);
  return show_reply(client, arguments, writer.end_object().take());
}

}  // namespace

std::vector<Command> courier_commands() {
  return {
      {.name = "test-call",
       .text = "Send one request to another server, as the courier sends them, and show what comes of it",
       .options = {json_option(),
                   {.names = "TARGET",
                    .text = "A URL (http or https), or the name of what is to be tried: validation, history, "
                            "contact-processed, campaigngroup-states or a webhook",
                    .target = &Arguments::url,
                    .sent = "url",
                    .required = true},
                   {"--group", "With a name: as for this campaign group, by its name or DBID", &Arguments::group},
                   {"--method", "With a URL: the method; GET by default, POST with --data", &Arguments::method,
                    "method"},
                   {"--data", "With a URL: file with the body, UTF-8; - for standard input", &Arguments::data},
                   {"--header", "With a URL: a header field, \"Name: value\"; again for each", &Arguments::headers,
                    "headers"},
                   {"--client", "With a URL: name of the http-client; the first one by default. A mobile node has one",
                    &Arguments::client, "client"}},
       .footer = "Of what has a name a sample is sent, as the real thing would be, about somebody who does not "
                 "exist, and with the header field X-Outpost-Test: 1. "
                 "Exit status 1 when there is no answer; an answer of whatever status is one.",
       .sends = "test-call",
       .view = show_call,
       .verdict = judge_call,
       .run = run_test_call,
       .objection = object_to_mixture}};
}

}  // namespace outpost::supervisor::ctl
