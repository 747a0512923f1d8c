#include "proxy/http/access_log.h"

#include <fcntl.h>

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <fstream>
#include <iterator>

#include "common/json.h"
#include "tests/support/local_time.h"
#include "tests/support/temp_dir.h"

namespace outpost::proxy::access_log_test {

namespace {

using Catch::Matchers::ContainsSubstring;
using protocol::AccessLogForm;

struct Fixture {
  // A place west of Greenwich which is not a whole number of hours behind.
  test::LocalTime zone{"NST3:30"};
  SeenRequest seen{.client = "192.0.2.7",
                   .user = "shop",
                   .method = "POST",
                   .target = "/lists/Spring?req=AddRecord",
                   .referer = {},
                   .user_agent = "curl/8.5 (x)"};
  protocol::RequestIds ids{"7f3c", ""};

  std::string line(AccessLogForm form = AccessLogForm::combined) const {
    return access_line(form, {.request = seen,
                              .ids = ids,
                              .connection = 17,
                              .sequence = 3,
                              .status = 200,
                              .body_bytes = 161,
                              .took_ms = 12,
                              .now = 784111777});
  }
};

std::string text_of(const JsonValue& line, std::string_view name) {
  const JsonValue* value = line.find(name);
  REQUIRE(value);
  const auto* text = std::get_if<std::string>(&value->value);
  return text ? *text : std::string("(no text)");
}

protocol::HttpRequest request() {
  protocol::HttpRequest request;
  request.method_text = "GET";
  request.target = "/phones/+1";
  request.further = {{kUserAgentHeader, "agent"}, {kRefererHeader, "https://shop.example:8443/customers/C7?q=+1"}};
  return request;
}

std::string referer_shown(const std::string& referer) {
  protocol::HttpRequest r = request();
  r.further[1].value = referer;
  return seen_request(r, "192.0.2.7", "/").referer;
}

}  // namespace

TEST_CASE_METHOD(Fixture, "a line of the combined format ends with what we add", "[access_log]") {
  CHECK(line() ==
        "192.0.2.7 - shop [06/Nov/1994:05:19:37 -0330] \"POST /lists/Spring?req=AddRecord HTTP/1.1\" 200 161 \"-\" "
        "\"curl/8.5 (x)\" 12 17.3 \"7f3c\" \"-\"");
  seen = {.client = "2001:db8::7", .minor_version = 0};
  ids = {};
  CHECK(line() == "2001:db8::7 - - [06/Nov/1994:05:19:37 -0330] \"-\" 200 161 \"-\" \"-\" 12 17.3 \"-\" \"-\"");
}

TEST_CASE_METHOD(Fixture, "a line of JSON says the same by name", "[access_log]") {
  auto parsed = parse_json(line(AccessLogForm::json));
  REQUIRE(parsed);
  CHECK(text_of(*parsed, "time") == "1994-11-06T05:19:37-03:30");
  CHECK(text_of(*parsed, "client") == "192.0.2.7");
  CHECK(text_of(*parsed, "user") == "shop");
  CHECK(text_of(*parsed, "method") == "POST");
  CHECK(text_of(*parsed, "target") == "/lists/Spring?req=AddRecord");
  CHECK(text_of(*parsed, "protocol") == "HTTP/1.1");
  CHECK(text_of(*parsed, "exchange") == "17.3");
  CHECK(text_of(*parsed, "request_id") == "7f3c");
  CHECK(parsed->find("traceparent")->kind() == JsonValue::Kind::null);
  CHECK(std::get<std::int64_t>(parsed->find("status")->value) == 200);
  CHECK(std::get<std::int64_t>(parsed->find("bytes")->value) == 161);
  CHECK(std::get<std::int64_t>(parsed->find("took_ms")->value) == 12);
}

TEST_CASE_METHOD(Fixture, "no client forges a line or a field", "[access_log]") {
  const std::string evil = "a\" 200 1\n192.0.2.1 - - \\\x1b[2J\x7f\xe2\x80\xa8\xff\r";
  for (std::string SeenRequest::*field : {&SeenRequest::user, &SeenRequest::method, &SeenRequest::target,
                                          &SeenRequest::referer, &SeenRequest::user_agent}) {
    Fixture other;
    other.seen.*field = evil;
    std::string combined = other.line();
    CHECK(combined.find_first_of("\n\r\x1b\x7f\xe2\xff") == std::string::npos);
    CHECK(std::count(combined.begin(), combined.end(), '"') == 10);
    CHECK_THAT(combined, ContainsSubstring("\\x0a"));
    std::string json = other.line(AccessLogForm::json);
    CHECK(json.find_first_of("\n\r\x1b\x7f\xe2\xff") == std::string::npos);
    CHECK(parse_json(json).has_value());
  }
  seen.user = "a b";
  CHECK_THAT(line(), ContainsSubstring(" - a\\x20b ["));
}

TEST_CASE("a request is seen by its address, its headers cut, of the referer its origin alone", "[access_log]") {
  SeenRequest seen = seen_request(request(), "2001:db8::7", "/phones/***");
  CHECK(seen.client == "2001:db8::7");
  CHECK(seen.target == "/phones/***");
  CHECK(seen.referer == "https://shop.example:8443");
  CHECK(seen.user_agent == "agent");
  CHECK(seen_request(request(), "192.0.2.7", std::string(5000, 'x')).target.size() < 600);
  CHECK(referer_shown("http://a?x=+1") == "http://a");
  CHECK(referer_shown("https://me:secret@a/").empty());
  CHECK(referer_shown("+15550100://x").empty());
}

TEST_CASE("the access log is on when it has a file and a form, and its files hold nothing but lines", "[access_log]") {
  test::TempDir folder;
  std::string path = folder.file("access.log");
  Descriptor file(::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
  {
    AccessLog log([] {});
    CHECK_FALSE(log.is_on());
    REQUIRE(log.take_segment(std::move(file)));
    CHECK_FALSE(log.is_on());
    log.configure({.access = AccessLogForm::combined});
    CHECK(log.is_on());
    Fixture fixture;
    log.write({.request = fixture.seen, .ids = fixture.ids});
    log.configure({});
    CHECK_FALSE(log.is_on());
  }
  std::ifstream in(path);
  std::string text{std::istreambuf_iterator<char>(in), {}};
  CHECK(text.starts_with("192.0.2.7 - shop ["));
  CHECK(text.find('\n') == text.size() - 1);
}

}  // namespace outpost::proxy::access_log_test
