#include "protocol/http/chunk_extensions.h"

#include <catch2/catch_test_macros.hpp>
#include <string>

#include "tests/support/http1_streams.h"

namespace outpost::test::chunk_extensions_test {

using namespace outpost::protocol;
using outpost::test::kChunked;
using outpost::test::parse;
using outpost::test::post;
using outpost::test::Seen;

TEST_CASE("http1 ignores chunk extensions that are well-formed", "[http1]") {
  for (std::string extension : {";a", ";a=b", ";a;b=c;a=b", ";a=\"\"", ";a=\"b\"", ";a=\"; b=\\\"c\\\\\"",
                                ";a=\"\t\xc3\xa9\"", ";chunk-signature=0123456789abcdef"}) {
    CAPTURE(extension);
    std::string body = "2" + extension + "\r\nab\r\n1" + extension + "\r\nc\r\n0" + extension + "\r\nX: y\r\n\r\n";
    for (std::size_t piece : {1, 2, 5, 1000}) {
      Seen seen = parse(post(kChunked, body) + post("Content-Length: 1\r\n", "d"), piece);
      CHECK(seen.status == 0);
      REQUIRE(seen.requests.size() == 2);
      CHECK(seen.requests[0].body == "abc");
      CHECK(seen.requests[1].body == "d");
    }
  }
}

TEST_CASE("http1 bounds the chunk extensions of a body in number and bytes", "[http1]") {
  auto with = [](const std::string& each, std::size_t chunks) {
    std::string body;
    for (std::size_t i = 0; i < chunks; ++i) body += "1;" + each + "\r\nx\r\n";
    return parse(post(kChunked, body + "0\r\n\r\n"), 100);
  };
  CHECK(with("a=b", 64).requests.size() == 1);
  CHECK(with("a=b", 65).text == "There are too many chunk extensions.");
  CHECK(with("a=" + std::string(1023, 'b'), 4).requests.size() == 1);
  CHECK(with("a=" + std::string(1023, 'b'), 5).text == "The chunk extensions are too long.");
  CHECK(with("a=\"" + std::string(5000, ' ') + "\"", 1).text == "The chunk extensions are too long.");
}

}  // namespace outpost::test::chunk_extensions_test
