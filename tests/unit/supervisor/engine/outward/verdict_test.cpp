#include "supervisor/engine/outward/verdict.h"

#include <string>
#include <vector>

#include "protocol/outbound/vocabulary.h"

#include <catch2/catch_test_macros.hpp>

namespace outpost::test::verdict_test {

using namespace outpost::supervisor;
using protocol::ErrorNumber;
using protocol::FetchOutcome;
using protocol::FetchReply;
using Kind = Verdict::Kind;

namespace {

constexpr std::int64_t kHandle = 4711;

FetchReply answered(std::uint16_t status, std::string body = {}, std::string etag = {}) {
  FetchReply reply;
  reply.status = status;
  reply.body = std::move(body);
  if (!etag.empty()) reply.headers.push_back({"etag", std::move(etag)});
  return reply;
}

Verdict verdict_of(const FetchReply& reply) {
  Verdict verdict = read_verdict(reply, kHandle);
  INFO(verdict.reason);
  CHECK(verdict.reason.empty() == (verdict.kind == Kind::dial));
  // Beside it the client is told what becomes of the record.
  if (verdict.kind == Kind::fail) CHECK(verdict.reason.size() < protocol::kErrorTextBytesMax - 70);
  return verdict;
}

Verdict of_body(std::string body) { return verdict_of(answered(200, std::move(body))); }

}  // namespace

TEST_CASE("200 is the word to dial, with or without an update", "[validation]") {
  for (std::string body : {"", "OK", " ok\r\n", "{}", "{ }", R"({"GSW_PHONE":null})"}) {
    INFO(body);
    Verdict verdict = of_body(body);
    CHECK(verdict.kind == Kind::dial);
    CHECK(verdict.update.empty());
  }
  Verdict verdict =
      of_body(R"({"GSW_CALL_RESULT":"Busy","GSW_FROM":"3600","STATE":"ME","SEQ":7,"NAME":"M\u00fcller"})");
  REQUIRE(verdict.kind == Kind::dial);
  CHECK(verdict.update.integer("GSW_CALL_RESULT") == 6);
  CHECK(verdict.update.integer("GSW_FROM") == 3600);
  CHECK(*verdict.update.string("STATE") == "ME");
  CHECK(verdict.update.integer("SEQ") == 7);
  CHECK(*verdict.update.string("NAME") == "M\xC3\xBCller");
}

TEST_CASE("an update that no request could bring is none", "[validation]") {
  std::string many = "{";
  for (int i = 0; i < 600; ++i) many += (i > 0 ? ",\"K" : "\"K") + std::to_string(i) + "\":1";
  for (std::string body :
       {std::string("yes"), std::string("[]"), std::string("\"OK\""), std::string("{\"A\":1"), std::string("{} {}"),
        std::string(R"({"A":1,"A":2})"), std::string(R"({"A":1.5})"), std::string(R"({"A":true})"),
        std::string(R"({"A":{"B":1}})"), std::string(R"({"A":[1]})"), std::string(R"({"A":9007199254740993})"),
        std::string(R"({"A":"\u0000"})"), std::string("{\"A\":\"\xFF\"}"), std::string(R"({"GSW_CALL_RESULT":54})"),
        std::string(R"({"GSW_FROM":-1})"), std::string(R"({"GSW_PHONE":"")") + "x}", many + "}",
        "{\"" + std::string(300, 'k') + "\":1}"}) {
    INFO(body);
    CHECK(of_body(body).kind == Kind::fail);
  }
}

TEST_CASE("409 is the word not to dial, whatever else is said", "[validation]") {
  CHECK(verdict_of(answered(409, R"({"GSW_CALL_RESULT":35})")).call_result == 35);
  CHECK(verdict_of(answered(409, R"({"GSW_CALL_RESULT":"NoAnswer","NOTE":"x"})")).call_result == 7);
  for (std::string body : {"", "{}", "no", "<html>", R"({"GSW_CALL_RESULT":54})", R"({"GSW_CALL_RESULT":-1})",
                           R"({"GSW_CALL_RESULT":null})", R"({"GSW_CALL_RESULT":[]})"}) {
    INFO(body);
    Verdict verdict = verdict_of(answered(409, body));
    CHECK(verdict.kind == Kind::refuse);
    CHECK(!verdict.call_result);
  }
}

TEST_CASE("another status, or no answer, is no verdict", "[validation]") {
  for (int status : {201, 204, 302, 404, 500, 503}) {
    CHECK(verdict_of(answered(static_cast<std::uint16_t>(status))).kind == Kind::fail);
  }
  for (std::size_t i = 1; i < protocol::kFetchOutcomeWords.size(); ++i) {
    FetchReply reply;
    reply.outcome = static_cast<FetchOutcome>(i);
    Verdict verdict = verdict_of(reply);
    CHECK(verdict.kind == Kind::fail);
    CHECK(verdict.error ==
          (reply.outcome == FetchOutcome::timeout ? ErrorNumber::timeout : ErrorNumber::internal_error));
  }
}

TEST_CASE("an ETag is the record's handle, or the answer is another's", "[validation]") {
  for (std::string tag : {"4711", "\"4711\"", "W/\"4711\"", " \"4711\" "}) {
    INFO(tag);
    CHECK(verdict_of(answered(200, "OK", tag)).kind == Kind::dial);
    CHECK(verdict_of(answered(409, "", tag)).kind == Kind::refuse);
  }
  for (std::string tag : {"4712", "\"\"", "W/", "\"4711", "x4711"}) {
    INFO(tag);
    CHECK(verdict_of(answered(200, "OK", tag)).kind == Kind::fail);
    CHECK(verdict_of(answered(409, "", tag)).kind == Kind::fail);
  }
}

}  // namespace outpost::test::verdict_test
