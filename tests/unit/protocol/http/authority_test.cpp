#include "protocol/http/authority.h"

#include <catch2/catch_test_macros.hpp>
#include <string>

namespace outpost::test::authority_test {

using namespace outpost::protocol;

TEST_CASE("an authority is a host and, if need be, a port", "[authority]") {
  for (std::string_view good : {"h", "localhost:8080", "a-b.example", "127.0.0.1", "127.0.0.1:80", "[::1]", "[::1]:443",
                                "[2001:db8::192.0.2.1]:1", "h:", "h:0", "h:65535", "xn--a_b~c", "a%20b", "a;b=c"}) {
    CAPTURE(good);
    CHECK(is_authority(good));
  }
}

TEST_CASE("an authority with a user, a list, a path or a broken part is none", "[authority]") {
  using namespace std::string_view_literals;
  for (std::string_view bad : {""sv,
                               ":80"sv,
                               "u@h"sv,
                               "u:p@h"sv,
                               "h/"sv,
                               "h/a"sv,
                               "h?"sv,
                               "h#"sv,
                               "h\\"sv,
                               "h, i"sv,
                               "h i"sv,
                               " h"sv,
                               "h:80:80"sv,
                               "h:-1"sv,
                               "h:+1"sv,
                               "h:65536"sv,
                               "h:8o"sv,
                               "h:0x50"sv,
                               "h:99999999999999999999"sv,
                               "[::1"sv,
                               "::1"sv,
                               "[]"sv,
                               "[]:80"sv,
                               "[::1]80"sv,
                               "[::1]]"sv,
                               "[[::1]]"sv,
                               "[h]"sv,
                               "[127.0.0.1]"sv,
                               "x[::1]"sv,
                               "[fe80::1%25lo]"sv,
                               "[v1.x]"sv,
                               "a%2"sv,
                               "a%zz"sv,
                               "\xc3\xa9"sv,
                               "h\0"sv,
                               "[::1\0]"sv,
                               "h\t"sv,
                               "\"h\""sv}) {
    CAPTURE(bad);
    CHECK_FALSE(is_authority(bad));
  }
}

TEST_CASE("the authority of a target is that of its absolute form", "[authority]") {
  CHECK(authority_of("http://h:80/a") == "h:80");
  CHECK(authority_of("HTTPS://u@h?x") == "u@h");
  CHECK(authority_of("http://h") == "h");
  CHECK(authority_of("http:///a") == "");
  CHECK_FALSE(authority_of("/http://h/"));
  CHECK_FALSE(authority_of("h:80"));
  CHECK_FALSE(authority_of("*"));
  CHECK_FALSE(authority_of("http:/h"));
}

TEST_CASE("two authorities are the same when they name one origin", "[authority]") {
  CHECK(same_authority("http://h/", "h", "H:80"));
  CHECK(same_authority("https://h/", "h:", "h:443"));
  CHECK(same_authority("http://[::1]/", "[::1]", "[::1]:80"));
  CHECK_FALSE(same_authority("http://h/", "h", "h:443"));
  CHECK_FALSE(same_authority("https://h/", "h", "h:80"));
  CHECK_FALSE(same_authority("http://h/", "h", "i"));
  CHECK_FALSE(same_authority("http://h/", "[::1]", "[::2]"));
}

}  // namespace outpost::test::authority_test
