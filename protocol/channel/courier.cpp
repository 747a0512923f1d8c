#include "protocol/channel/courier.h"

#include <algorithm>

#include "common/text.h"

namespace outpost::protocol {

namespace {

constexpr std::size_t kMethodBytesMax = 16;
// A tunnel is not for the asking, and an echo of what was sent is a way to see what is added to it.
constexpr std::array<std::string_view, 2> kForbiddenMethods{"CONNECT", "TRACE"};

// Of the transport, or of the connection alone: two of them, or a wrong one, and two servers see different requests.
constexpr std::array<std::string_view, 12> kForbiddenHeaders{
    "connection",          "content-length",   "expect", "host",    "http2-settings",    "keep-alive",
    "proxy-authorization", "proxy-connection", "te",     "trailer", "transfer-encoding", "upgrade"};

constexpr std::string_view kTokenMarks = "!#$%&'*+-.^_`|~";

// Source: RFC 9110 5.6.2.
bool is_token(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           kTokenMarks.find(c) != std::string_view::npos;
  });
}

}  // namespace

std::string_view meaning_of(FetchOutcome outcome) {
  switch (outcome) {
    case FetchOutcome::answered: return "the server answered";
    case FetchOutcome::resolve: return "the name of the server could not be resolved";
    case FetchOutcome::connect: return "the server could not be connected to";
    case FetchOutcome::tls: return "there was no TLS with the server";
    case FetchOutcome::timeout: return "the time ran out";
    case FetchOutcome::too_large: return "the answer was larger than is taken";
    case FetchOutcome::denied_target: return "the address of the server is not one that may be connected to";
    case FetchOutcome::proxy: return "the HTTP proxy did not let it through";
    case FetchOutcome::broken: return "the connection ended before the answer was complete";
    case FetchOutcome::cancelled: return "it was cancelled";
    case FetchOutcome::invalid: return "it is no request that can be sent";
    case FetchOutcome::unavailable: return "no courier was there to send it";
    case FetchOutcome::lost: return "the courier ended before it had an answer";
    case FetchOutcome::not_taken: return "the courier was about to end, and did not take it";
  }
  return "unknown";
}

bool may_have_arrived(FetchOutcome outcome) {
  switch (outcome) {
    case FetchOutcome::answered:
    case FetchOutcome::timeout:
    case FetchOutcome::too_large:
    case FetchOutcome::broken:
    case FetchOutcome::cancelled:
    case FetchOutcome::lost:
    // With TLS 1.3 a server refuses our certificate when the request has left.
    case FetchOutcome::tls:
    // Of a plain request the answer of a proxy cannot be told from the server's.
    case FetchOutcome::proxy: return true;
    case FetchOutcome::resolve:
    case FetchOutcome::connect:
    case FetchOutcome::denied_target:
    case FetchOutcome::invalid:
    case FetchOutcome::unavailable:
    case FetchOutcome::not_taken: return false;
  }
  return true;
}

std::size_t window_bytes(const Fetch& fetch) {
  std::size_t bytes = fetch.url.size() + fetch.body.size();
  for (const std::string& line : fetch.headers) bytes += line.size();
  return bytes;
}

std::string header_fault(std::string_view line) {
  std::size_t colon = line.find(':');
  if (colon == std::string_view::npos) return "has no colon; a header reads \"Name: value\"";
  std::string_view name = line.substr(0, colon);
  if (!is_token(name)) return "has a name that no header has";
  if (std::ranges::find(kForbiddenHeaders, to_lower(name)) != kForbiddenHeaders.end()) {
    return fmt::format("is {}, which is set by what is sent", name);
  }
  if (trim(line.substr(colon + 1)).empty()) return "has no value";
  // What could split a request never gets as far as one.
  auto is_control = [](char c) { return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7F; };
  if (std::ranges::any_of(line, is_control)) return "holds a control byte";
  if (line.size() > kFetchHeaderLineBytesMax) {
    return fmt::format("is longer than {}", human_bytes(kFetchHeaderLineBytesMax));
  }
  return "";
}

std::vector<std::string> header_lines(std::string_view option) {
  std::vector<std::string> lines;
  while (!option.empty()) {
    std::size_t end = std::min(option.find_first_of("|\n"), option.size());
    if (std::string_view item = trim(option.substr(0, end)); !item.empty()) lines.emplace_back(item);
    option.remove_prefix(std::min(end + 1, option.size()));
  }
  return lines;
}

std::string method_fault(std::string_view method) {
  bool letters = !method.empty() && std::ranges::all_of(method, [](char c) { return c >= 'A' && c <= 'Z'; });
  if (!letters || method.size() > kMethodBytesMax) return "is no method; valid: capital letters, as in POST";
  bool forbidden = std::ranges::find(kForbiddenMethods, method) != kForbiddenMethods.end();
  return forbidden ? "may not be sent; valid: another method, as GET or POST" : "";
}

}  // namespace outpost::protocol
