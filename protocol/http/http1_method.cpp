#include "protocol/http/http1_method.h"

#include <llhttp.h>

#include <algorithm>
#include <iterator>
#include <optional>

#include "protocol/http/http1_errors.h"

namespace outpost::protocol {

namespace {

constexpr std::size_t kBlankLineBytesMax = 8;  // four empty lines before a request line
// The binary form of a PROXY protocol header begins with two empty lines and a NUL, the other with this word.
constexpr std::size_t kProxyHeaderBlankBytes = 4;
constexpr std::string_view kProxyHeaderWord = "PROXY";
constexpr std::size_t kMethodBytesMax = 32;

// RFC 9110 has no status for it: it is a misconfigured sender, not a client.
constexpr HttpError kProxyHeader{400,
                                 "This looks like a PROXY protocol header, which is not served here; the load balancer "
                                 "must send plain HTTP/1.1."};
constexpr HttpError kUnknownMethod{501, "The method is not known."};

// RFC 9110 5.6.2
bool is_token_byte(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         (c != '\0' && std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos);
}

bool is_known_method(std::string_view method) {
  constexpr std::string_view kMethods[] = {
#define X(number, id, text) #text,
      HTTP_METHOD_MAP(X)
#undef X
  };
  return std::ranges::find(kMethods, method) != std::end(kMethods);
}

std::optional<HttpError> check_method(std::string_view method) {
  // RFC 9113 3.4: reserved for the preface, "PRI * HTTP/2.0".
  if (method == "PRI") return kWrongVersion;
  if (method == kProxyHeaderWord) return kProxyHeader;
  if (!is_known_method(method)) return kUnknownMethod;
  return std::nullopt;
}

}  // namespace

tl::expected<bool, HttpError> MethodReader::read(std::string_view& bytes, std::string& method) {
  while (!bytes.empty()) {
    char c = bytes.front();
    bool in_blank_line = blank_bytes_ % 2 != 0;
    if (method.empty() && (c == '\r' || c == '\n')) {
      bool is_due = c == (in_blank_line ? '\n' : '\r');
      if (!is_due || ++blank_bytes_ > kBlankLineBytesMax) return tl::unexpected(kNoRequest);
    } else if (method.empty() && c == '\0' && blank_bytes_ == kProxyHeaderBlankBytes) {
      return tl::unexpected(kProxyHeader);
    } else if (c == ' ' && !method.empty()) {
      if (auto wrong = check_method(method)) return tl::unexpected(*wrong);
      return true;
    } else if (!is_token_byte(c) || in_blank_line) {
      return tl::unexpected(kNoRequest);
    } else {
      method += c;
      if (method.size() > kMethodBytesMax) return tl::unexpected(kUnknownMethod);
    }
    bytes.remove_prefix(1);
  }
  return false;
}

HttpMethod method_called(std::string_view method) {
  if (method == "GET") return HttpMethod::get;
  if (method == "HEAD") return HttpMethod::head;
  if (method == "POST") return HttpMethod::post;
  if (method == "PUT") return HttpMethod::put;
  if (method == "DELETE") return HttpMethod::delete_;
  if (method == "OPTIONS") return HttpMethod::options;
  return HttpMethod::other;
}

}  // namespace outpost::protocol
