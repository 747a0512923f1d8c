#include "supervisor/control/audit.h"

#include <fstream>
#include <iterator>

#include "tests/support/open_log.h"
#include "tests/support/temp_dir.h"

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

namespace outpost::test::audit_test {

using namespace outpost::supervisor;
using Catch::Matchers::ContainsSubstring;

namespace {

JsonValue json(const std::string& text) { return parse_json(text).value(); }
std::string told(const std::string& text) { return audited_arguments(json(text)); }

// What the log says of one command and its outcome.
std::string logged(const std::string& arguments, const Result<std::string>& outcome) {
  TempDir dir;
  auto log = open_log(dir, LogLevel::standard);
  bool answered = false;
  audited(*log, "uid 0, pid 4711", "token-add", json(arguments),
          [&](const Result<std::string>& passed) { answered = passed.has_value() == outcome.has_value(); })(outcome);
  CHECK(answered);
  std::string link = log->link_path();
  log.reset();
  std::ifstream in(link);
  return {std::istreambuf_iterator<char>(in), {}};
}

}  // namespace

TEST_CASE("arguments tell what is changed, and neither secrets nor people", "[audit]") {
  CHECK(told("{}").empty());
  CHECK(told(R"({"name":"shop","resources":["lists","records"],"expires_in":60,"digest":"abcd","force":true})") ==
        R"(name="shop" resources=["lists" "records"] expires_in=60 digest=(4 bytes) force=true)");
  CHECK(told(R"({"tenant":"T","entries":[{"phone":"+15550100"}],"text":"{}","customer_id":"C7","after":{"x":1}})") ==
        R"(tenant="T" entries=(1 items) text=(2 bytes) customer_id=(2 bytes) after=(not told))");
}

TEST_CASE("no argument is endless or passes for another", "[audit]") {
  CHECK(told(R"({"name":"x\" to=\"b"})") == R"(name="x' to='b")");
  CHECK(told(R"({"name":")" + std::string(5'000, 'x') + "\"}").size() < 150);
  std::string names;
  for (int i = 0; i < 1'000; ++i) names += (i == 0 ? "\"" : ",\"") + std::string(30, 'n') + '"';
  CHECK(told(R"({"names":[)" + names + "]}").size() < 200);
  CHECK(told(R"({"x: refused: no such list":1})") == "?=1");
  std::string many;
  for (int i = 0; i < 1'000; ++i) many += fmt::format("{}\"k{}\":1", i == 0 ? "" : ",", i);
  CHECK(told("{" + many + "}").size() < 1'100);
}

TEST_CASE("who changed what is one line with its outcome", "[audit]") {
  CHECK_THAT(logged(R"({"name":"shop"})", std::string("{}")),
             ContainsSubstring(" Std 40053 audit: uid 0, pid 4711: token-add name=\"shop\": done\n"));
  CHECK_THAT(logged(R"({"name":"shop"})", fail(Errc::exists, "there is one\nof this name")),
             ContainsSubstring(fmt::format(" token-add name=\"shop\": refused: {}\n", to_string(Errc::exists))));
  CHECK_THAT(logged("{}", std::string("{}")), ContainsSubstring(": token-add: done\n"));
  // Not every command knows the argument: whoever asks for a dry run may have changed something.
  CHECK_THAT(logged(R"({"name":"shop","dry_run":true})", std::string("{}")),
             ContainsSubstring("token-add name=\"shop\" dry_run=true: done\n"));
}

}  // namespace outpost::test::audit_test
