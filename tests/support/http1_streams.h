// Streams of HTTP/1.x bytes, and what the parser makes of them.
#pragma once

#include <catch2/catch_test_macros.hpp>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/http/http1.h"

namespace outpost::test {

// What a connection would see of one stream of bytes.
struct Seen {
  std::vector<protocol::HttpRequest> requests;
  int status = 0;  // of the error that ended it, 0 for none
  std::string_view text;
  int headers_done = 0;
  std::string rest;  // bytes behind a request that asks to close
};

// Gives the stream in pieces of `piece_bytes`, each in memory of its own so that a sanitizer sees a late look at it.
inline Seen parse(std::string_view stream, std::size_t piece_bytes = std::string_view::npos,
                  const protocol::HttpLimits& limits = {}, std::span<const protocol::WantedHeader> wanted = {}) {
  protocol::HttpParser parser(limits, wanted);
  Seen seen;
  while (!stream.empty()) {
    std::string piece(stream.substr(0, piece_bytes));
    stream.remove_prefix(piece.size());
    std::string_view bytes = piece;
    for (;;) {
      using Step = protocol::HttpParser::Step;
      Step step = parser.next(bytes);
      if (step == Step::need_more) break;
      if (step == Step::headers_done) {
        ++seen.headers_done;
      } else if (step == Step::error) {
        seen.status = parser.error().status;
        seen.text = parser.error().text;
        return seen;
      } else {
        seen.requests.push_back(parser.take_request());
        if (!seen.requests.back().keep_alive) {
          seen.rest = std::string(bytes) + std::string(stream);
          return seen;
        }
      }
    }
    REQUIRE(bytes.empty());
  }
  return seen;
}

inline std::string post(std::string_view headers, std::string_view body = "") {
  return "POST /lists/a?req=AddRecord HTTP/1.1\r\nHost: h\r\n" + std::string(headers) + "\r\n" + std::string(body);
}

inline constexpr std::string_view kChunked = "Transfer-Encoding: chunked\r\n";

}  // namespace outpost::test
