#include "proxy/courier/url.h"

#include <catch2/catch_test_macros.hpp>

namespace outpost::test::courier_url_test {

using courier::Url;

TEST_CASE("a URL is shown without what is secret", "[courier]") {
  auto url = Url::parse("https://anna:pa55word@Host.Example/a/b?key=secret#part");
  REQUIRE(url);
  CHECK(url->shown() == "https://host.example:443/a/b");
  CHECK(url->server() == "https://host.example:443");
  CHECK(url->secure());
  CHECK_FALSE(url->address());
  CHECK(Url::parse("http://host")->shown() == "http://host:80/");
}

TEST_CASE("an address is found in whatever notation it is written", "[courier]") {
  for (const char* host : {"127.0.0.1", "2130706433", "0x7f.1", "127.1", "0177.0.0.1"}) {
    INFO(host);
    auto url = Url::parse(std::string("http://") + host + ":8080/");
    REQUIRE(url);
    REQUIRE(url->address());
    CHECK(url->address()->text() == "127.0.0.1");
  }
  CHECK(Url::parse("http://[::1]/")->address()->text() == "::1");
  CHECK(Url::parse("http://[::ffff:10.0.0.1]/")->address()->text() == "10.0.0.1");
}

TEST_CASE("what is no URL of a web server is refused, and the sentence quotes nothing of it", "[courier]") {
  for (const char* text : {"", "http", "http://", "ftp://secret/", "file:///secret", "gopher://secret:70/", "//secret/",
                           "secret/path", "http://se cret/", "http://secret\r\nX: y/",
                           "http://s\xc3\xa9"
                           "cret/",
                           "http://secret:0/", "http://secret:99999/", "http://[::secret]/", "http://secret:port/",
                           "javascript:secret", "http://[::1/secret"}) {
    INFO(text);
    auto url = Url::parse(text);
    REQUIRE_FALSE(url);
    CHECK(url.error().code == Errc::invalid);
    CHECK(url.error().text.find("secret") == std::string::npos);
  }
  CHECK_FALSE(Url::parse("http://x/" + std::string(9'000, 'a')));
  CHECK_FALSE(Url::parse(std::string("http://x/\0y", 11)));
}

}  // namespace outpost::test::courier_url_test
