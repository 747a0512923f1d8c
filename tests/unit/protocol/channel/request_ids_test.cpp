#include "protocol/channel/request_ids.h"

#include <catch2/catch_test_macros.hpp>

namespace outpost::test::request_ids_test {

using namespace outpost::protocol;

namespace {

const std::string kTrace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

std::string later(const std::string& version, const std::string& rest = {}) {
  return version + kTrace.substr(2) + rest;
}

}  // namespace

TEST_CASE("a request id is visible ASCII without quotes and backslash, of at most 128 bytes", "[request_ids]") {
  for (const char* good : {"a", "7f3c-9", "!#$%&()*+,-./:;<=>?@[]^_`{|}~"}) {
    CAPTURE(good);
    CHECK(is_request_id(good));
  }
  CHECK(is_request_id(std::string(kRequestIdBytesMax, 'x')));
  CHECK_FALSE(is_request_id(std::string(kRequestIdBytesMax + 1, 'x')));
  for (const char* bad : {"", "a b", "a\tb", "a\nb", "a\"b", "a'b", "a\\b", "a\x7f", "\xc3\xa9", "a, a"}) {
    CAPTURE(bad);
    CHECK_FALSE(is_request_id(bad));
  }
  CHECK_FALSE(is_request_id(std::string_view("a\0b", 3)));
}

TEST_CASE("a traceparent has the form of its version", "[request_ids]") {
  CHECK(is_traceparent(kTrace));
  CHECK(is_traceparent(later("cc")));
  CHECK(is_traceparent(later("01", "-what-will-be")));
  const std::string bad[] = {
      "",
      kTrace.substr(0, kTrace.size() - 1),
      kTrace + "-01",                                             // version 00 ends there
      later("01", "x"),                                           // and a later one goes on with a dash
      later("01", "-a b"),                                        //
      later("01", "-" + std::string(100, 'x')),                   // too long
      later("ff"),                                                // no version
      "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",  // upper case
      "00-00000000000000000000000000000000-00f067aa0ba902b7-01",  //
      "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",  //
      "00_4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",  //
      "00-4bf92f3577b34da6a3ce929d0e0e473g-00f067aa0ba902b7-01",  //
  };
  for (const std::string& text : bad) {
    CAPTURE(text);
    CHECK_FALSE(is_traceparent(text));
  }
}

TEST_CASE("a log line names what is there", "[request_ids]") {
  CHECK(ids_text({}).empty());
  CHECK(ids_text({"a", ""}) == "request id \"a\"");
  CHECK(ids_text({"", kTrace}) == "traceparent \"" + kTrace + "\"");
  CHECK(ids_text({"a", kTrace}) == "request id \"a\", traceparent \"" + kTrace + "\"");
}

}  // namespace outpost::test::request_ids_test
