// outpostctl test-call: one request to another server.
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

std::string show_call(const JsonValue& reply) {
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

Exit judge_call(const JsonValue& reply, const Arguments&) {
  return text_of(reply, "outcome") == "answered" ? Exit::done : Exit::refused;
}

Result<Exit> run_test_call(Client& client, const Arguments& arguments) {
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
  return {{.name = "test-call",
           .text = "Send one request to another server, as the courier sends them, and show what comes of it",
           .options =
               {json_option(),
                {.names = "URL", .text = "http or https", .target = &Arguments::url, .sent = "url", .required = true},
                {"--method", "The method; GET by default, POST with --data", &Arguments::method, "method"},
                {"--data", "File with the body, UTF-8; - for standard input", &Arguments::data},
                {"--header", "A header field, \"Name: value\"; again for each", &Arguments::headers, "headers"},
                {"--client", "Name of the http-client; the first one by default", &Arguments::client, "client"}},
           .footer = "Exit status 1 when there is no answer; an answer of whatever status is one.",
           .sends = "test-call",
           .view = show_call,
           .verdict = judge_call,
           .run = run_test_call}};
}

}  // namespace outpost::supervisor::ctl
