// The option http-custom-headers: header fields that are added to every response. Source: ocs.md 6.1.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace outpost::protocol {

// What is left of the option. An item that is not allowed or malformed is dropped and described; the rest is kept.
struct CustomHeaders {
  std::string lines;                  // ready for a header block, each ended with CRLF
  std::string secure_lines;           // the same, for responses over TLS only: browsers ignore them without it
  std::vector<std::string> problems;  // one sentence each, without control bytes
};
CustomHeaders parse_custom_headers(std::string_view option);

}  // namespace outpost::protocol
