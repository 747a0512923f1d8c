#include "protocol/channel/courier.h"

#include <catch2/catch_test_macros.hpp>

namespace outpost::test::courier_messages_test {

using namespace outpost::protocol;

TEST_CASE("a header line that could be taken for something else is refused", "[courier]") {
  for (const char* line :
       {"X-Key: 1", "content-type: text/plain", "A:b", "X: tab\tinside", "Authorization: Bearer x"}) {
    INFO(line);
    CHECK(header_fault(line).empty());
  }
  for (const char* line : {"",
                           "X",
                           ": x",
                           "X :y",
                           "X y: z",
                           "X:",
                           "X: ",
                           "X: a\r\nY: b",
                           "X: a\nb",
                           "X: a\x7f",
                           "Host: h",
                           "HOST: h",
                           "Content-Length: 1",
                           "Transfer-Encoding: chunked",
                           "Connection: close",
                           "Upgrade: h2c",
                           "Expect: 100-continue",
                           "Proxy-Authorization: x",
                           "TE: trailers",
                           "X\xc3\xa9: y"}) {
    INFO(line);
    CHECK_FALSE(header_fault(line).empty());
  }
  CHECK_FALSE(header_fault(std::string_view("X: a\0b", 6)).empty());
  CHECK_FALSE(header_fault("X: " + std::string(kFetchHeaderLineBytesMax, 'a')).empty());
}

TEST_CASE("an option of headers is cut at bars and line ends", "[courier]") {
  CHECK(header_lines("A: 1 | B: 2; c\n\n C: 3 |") == std::vector<std::string>{"A: 1", "B: 2; c", "C: 3"});
  CHECK(header_lines(" | \n").empty());
}

TEST_CASE("a method is capital letters, and not one that makes tunnels or echoes", "[courier]") {
  for (const char* method : {"GET", "POST", "PATCH", "PROPFIND"}) CHECK(method_fault(method).empty());
  for (const char* method : {"", "get", "GET ", "CONNECT", "TRACE", "G\r\n", "AAAAAAAAAAAAAAAAA"}) {
    INFO(method);
    CHECK_FALSE(method_fault(method).empty());
  }
}

TEST_CASE("every outcome has a meaning, and a fetch that never left has not arrived", "[courier]") {
  for (std::size_t i = 0; i < kFetchOutcomeWords.size(); ++i) {
    CHECK(meaning_of(static_cast<FetchOutcome>(i)) != "unknown");
  }
  CHECK(may_have_arrived(FetchOutcome::broken));
  CHECK(may_have_arrived(FetchOutcome::timeout));
  CHECK(may_have_arrived(FetchOutcome::lost));
  CHECK_FALSE(may_have_arrived(FetchOutcome::not_taken));
  CHECK_FALSE(may_have_arrived(FetchOutcome::unavailable));
  CHECK_FALSE(may_have_arrived(FetchOutcome::connect));
  CHECK_FALSE(may_have_arrived(FetchOutcome::denied_target));
}

TEST_CASE("a reply with all that is reported fits its frame", "[courier]") {
  FetchReply reply;
  reply.text = std::string(kFetchTextBytesMax, 't');
  reply.address = std::string(64, 'a');
  reply.headers.assign(kReportedHeaderLinesMax, {"content-type", std::string(kReportedHeaderBytesMax, 'v')});
  reply.body = std::string(kAnswerBytesMax, 'b');
  std::string bytes;
  encode(reply, bytes);
  CHECK(bytes.size() <= kAnswerBytesMax + kFetchReplyExtraBytes);
}

TEST_CASE("what is secret in a fetch is in no description of it", "[courier]") {
  Fetch fetch;
  fetch.url = "http://topsecret/";
  fetch.headers = {"X: topsecret"};
  fetch.body = "topsecret";
  CHECK(describe(fetch).find("topsecret") == std::string::npos);
  FetchReply reply;
  reply.body = "topsecret";
  reply.headers = {{"set-cookie", "topsecret"}};
  CHECK(describe(reply).find("topsecret") == std::string::npos);
}

}  // namespace outpost::test::courier_messages_test
