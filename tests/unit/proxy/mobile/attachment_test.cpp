#include "proxy/mobile/attachment.h"

#include <algorithm>

#include <catch2/catch_test_macros.hpp>

namespace outpost::proxy::attachment_test {

TEST_CASE("a file has its name in the header", "[attachment]") {
  CHECK(attachment_line("") == "Content-Disposition: attachment\r\n");
  CHECK(attachment_line("me.jpg") == "Content-Disposition: attachment; filename=\"me.jpg\"\r\n");
  CHECK(attachment_line("my photo.jpg") == "Content-Disposition: attachment; filename=\"my photo.jpg\"\r\n");
}

TEST_CASE("what is not ASCII is given in both forms", "[attachment]") {
  CHECK(attachment_line("\xC3\xA9t\xC3\xA9 1.txt") ==
        "Content-Disposition: attachment; filename=\"_t_ 1.txt\"; filename*=UTF-8''%C3%A9t%C3%A9%201.txt\r\n");
  CHECK(attachment_line("50%41.txt") ==
        "Content-Disposition: attachment; filename=\"50%41.txt\"; filename*=UTF-8''50%2541.txt\r\n");
}

TEST_CASE("no name breaks out of its header", "[attachment]") {
  CHECK(attachment_line("a\"; filename=\"b") ==
        "Content-Disposition: attachment; filename=\"a\\\"; filename=\\\"b\"\r\n");
  CHECK(attachment_line("a\\") == "Content-Disposition: attachment; filename=\"a\\\\\"\r\n");
  std::string line = attachment_line("a\r\nX-Evil: 1\r\n\r\n\x7F\xFF");
  CHECK(line == "Content-Disposition: attachment; filename=\"aX-Evil: 1_\"\r\n");
  CHECK(std::ranges::count(line, '\n') == 1);
}

}  // namespace outpost::proxy::attachment_test
