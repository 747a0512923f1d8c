#include "protocol/http/uri.h"

#include <catch2/catch_test_macros.hpp>

namespace outpost::test::uri_test {

using namespace outpost::protocol;

namespace {

Target good(std::string_view target) {
  CAPTURE(target);
  auto parsed = parse_target(target);
  REQUIRE(parsed.has_value());
  return *parsed;
}

struct Bad {
  std::string target;
  int status;
};

}  // namespace

TEST_CASE("a request target gives resource, id, request and tenant", "[uri]") {
  Target target = good("/lists/AH_TEST_ONLINE?req=AddRecord&tenant=Environment");
  CHECK(target.resource == Resource::lists);
  CHECK(target.id == "AH_TEST_ONLINE");
  CHECK(target.request == "AddRecord");
  CHECK(target.tenant == "Environment");
  CHECK(target.ignored.empty());
}

TEST_CASE("a request target names every resource type in any case", "[uri]") {
  CHECK(good("/records/15").resource == Resource::records);
  CHECK(good("/PHONES/1").resource == Resource::phones);
  CHECK(good("/Customer_IDs/1").resource == Resource::customer_ids);
  CHECK(good("/customerids/1").resource == Resource::customer_ids);
  CHECK(good("/Lists/1").resource == Resource::lists);
  CHECK(good("/campaignGroups/1").resource == Resource::campaign_groups);
  CHECK(good("/%6Cists/1").resource == Resource::lists);
}

TEST_CASE("an id is percent-decoded once, and a plus in it is a plus", "[uri]") {
  CHECK(good("/phones/+3364700").id == "+3364700");
  CHECK(good("/lists/Spring%20%c3%A9t%C3%A9").id == "Spring \xc3\xa9t\xc3\xa9");
  CHECK(good("/lists/\xc3\xa9").id == "\xc3\xa9");
  CHECK(good("/lists/a%2Fb%3Fc%23d").id == "a/b?c#d");
  CHECK(good("/lists/%2525").id == "%25");
  CHECK(good("/lists/a/").id == "a");
  CHECK(good("/lists/a/?req=x").id == "a");
  CHECK(good("/lists/..").id == "..");
  CHECK(good("/lists/" + std::string(256, 'a')).id.size() == 256);
}

TEST_CASE("a plus in the query is a blank, and names are exact", "[uri]") {
  Target target = good("/lists/a?&x&tenant=A+B%2BC&req=add%52ecord&&REQ=1&y=%3d=2&");
  CHECK(target.tenant == "A B+C");
  CHECK(target.request == "addRecord");
  CHECK(target.ignored == std::vector<std::string>{"x", "REQ", "y"});
  CHECK(good("/lists/a?r%65q=AddRecord").request == "AddRecord");
  CHECK(good("/lists/a?req=a?b/c").request == "a?b/c");
}

TEST_CASE("the path may name the request, for clients that cannot tell requests by the query", "[uri]") {
  Target target = good("/lists/a%2Fb/Add%52ecord?tenant=Environment");
  CHECK(target.id == "a/b");
  CHECK(target.request == "AddRecord");
  CHECK(target.tenant == "Environment");
  CHECK(good("/records/15/recordprocessed/").request == "recordprocessed");
  CHECK(good("http://h/phones/+1/DoNotCall").request == "DoNotCall");
  CHECK(*find_row(good("/phones/+1/RecordCancel")) == *find_row(good("/phones/+1?req=RequestRecordCancel")));
}

TEST_CASE("a request that path and query name both is refused, even when they agree", "[uri]") {
  for (const char* target : {"/lists/a/AddRecord?req=AddRecord", "/lists/a/b?tenant=x&req=AddRecord"}) {
    CAPTURE(target);
    auto parsed = parse_target(target);
    REQUIRE_FALSE(parsed.has_value());
    CHECK(parsed.error().number == ErrorNumber::invalid_attribute);
    CHECK(parsed.error().text.find("must be named once") != std::string::npos);
  }
}

TEST_CASE("the host of an absolute target is ignored", "[uri]") {
  for (const char* target :
       {"http://h/lists/a?req=x", "HTTPS://u@h:80/lists/a?req=x", "http://[::1]:8/lists/a?req=x"}) {
    CHECK(good(target).id == "a");
    CHECK(good(target).request == "x");
  }
}

TEST_CASE("a target of the scheme https is known as that, one of another form is not", "[uri]") {
  CHECK(good("https://h/lists/a").https);
  CHECK(good("HttpS://h:1/lists/a").https);
  CHECK_FALSE(good("http://h/lists/a").https);
  CHECK_FALSE(good("/lists/https:%2F%2Fh?req=https://h/").https);
}

TEST_CASE("a request target that is wrong is refused with the status that says how", "[uri]") {
  const Bad table[] = {
      {"", 400},
      {"*", 400},
      {"h:80", 400},
      {"lists/a", 400},
      {"?req=x", 400},
      {"ftp://h/lists/a", 400},
      {"http:/lists/a", 400},
      {"http:///lists/a", 400},
      {"http://h/lists/a#b", 400},
      {"/lists/a#b", 400},
      {"/lists/a?req=x#b", 400},
      {"/", 404},
      {"//lists/a", 404},
      {"http://h", 404},
      {"http://h?req=x", 404},
      {"/list/a", 404},
      {"/nmaplowercheck1700000000", 404},
      {"/../lists/a", 404},
      {"/lists", 400},
      {"/lists/", 400},
      {"/lists//", 400},
      {"/lists//a", 400},
      {"/lists/a//", 400},
      {"/lists/a/b/c", 400},
      {"/lists/a//b", 400},
      {"/lists/a/%zz", 400},
      {"/lists/a/AddRecord//", 400},
      {"/lists/a/AddRecord?req=AddRecord", 400},
      {"/lists/a/AddRecord?req=", 400},
      {"/lists/a/b?req=AddRecord", 400},
      {"/lists/" + std::string(257, 'a'), 400},
      {"/lists/%00", 400},
      {"/lists/a%0", 400},
      {"/lists/a%", 400},
      {"/lists/%zz", 400},
      {"/lists/%+1", 400},
      {"/lists/%ff", 400},
      {"/lists/%c0%80", 400},
      {"/lists/%ed%a0%80", 400},
      {"/lists/a b", 400},
      {"/lists/a\x01", 400},
      {"/lists/a\x7f", 400},
      {"/%zz/a", 400},
      {"/lists/a?req=x&req=x", 400},
      {"/lists/a?req=&req=x", 400},
      {"/lists/a?tenant=x&tenant=x", 400},
      {"/lists/a?tenant=" + std::string(257, 'a'), 400},
      {"/lists/a?req=%00", 400},
      {"/lists/a?other=%zz", 400},
      {"/lists/a?%ff=1", 400},
  };
  for (const Bad& bad : table) {
    CAPTURE(bad.target);
    auto parsed = parse_target(bad.target);
    REQUIRE_FALSE(parsed.has_value());
    CHECK(parsed.error().http_status == bad.status);
    CHECK_FALSE(parsed.error().text.empty());
    CHECK(parsed.error().text.size() <= kErrorTextBytesMax);
  }
}

TEST_CASE("the request of a target finds its row in the matrix", "[uri]") {
  auto row = find_row(good("/lists/a?req=addrecord"));
  REQUIRE(row.has_value());
  CHECK((*row)->request == "AddRecord");

  auto refused = [](std::string_view target) {
    auto found = find_row(good(target));
    REQUIRE_FALSE(found.has_value());
    CHECK(found.error().text.size() <= kErrorTextBytesMax);
    return std::pair(found.error().http_status, found.error().number);
  };
  CHECK(refused("/lists/a") == std::pair(400, ErrorNumber::missing_attribute));
  CHECK(refused("/lists/a?req=") == std::pair(400, ErrorNumber::missing_attribute));
  CHECK(refused("/lists/a?req=Fly") == std::pair(501, ErrorNumber::unknown_request));
  CHECK(refused("/lists/a/b") == std::pair(501, ErrorNumber::unknown_request));
  CHECK(refused("/lists/a/RecordProcessed") == std::pair(400, ErrorNumber::wrong_resource));
  for (std::string_view resource : {"records", "phones", "customer_ids", "campaigngroups"}) {
    CHECK(refused("/" + std::string(resource) + "/1?req=AddRecord") == std::pair(400, ErrorNumber::wrong_resource));
  }
  CHECK(find_row(good("/lists/a?req=RecordCancel")).error().text ==
        "RequestRecordCancel is a request to records or phones or customer_ids, not to lists.");
  CHECK(refused("/lists/a?req=DoNotCall") == std::pair(400, ErrorNumber::wrong_resource));
}

TEST_CASE("an access log shows a target without whose contact it is", "[uri]") {
  struct Row {
    const char* target;
    const char* shown;
  };
  for (const Row& row : {
           Row{"/lists/Spring%202024?req=AddRecord&tenant=Resources",
               "/lists/Spring%202024?req=AddRecord&tenant=Resources"},
           Row{"/Records/15?req=recordprocessed", "/Records/15?req=recordprocessed"},
           Row{"/campaigngroups/201", "/campaigngroups/201"},
           Row{"/lists/a/", "/lists/a/"},
           Row{"/lists/a/AddRecord", "/lists/a/AddRecord"},
           Row{"/phones/+15550100?req=DoNotCall", "/phones/***?req=DoNotCall"},
           Row{"/phones/+15550100/DoNotCall", "/phones/***/DoNotCall"},
           Row{"/phones/+15550100/extra", "/phones/***/***"},
           Row{"/customer_ids/C7", "/customer_ids/***"},
           Row{"/customerids/C7", "/customerids/***"},
           Row{"/%70hones/+15550100", "/%70hones/***"},
           Row{"/%6Cists/Spring", "/%6Cists/***"},
           Row{"/phone/+15550100", "/phone/***"},
           Row{"//phones/+15550100", "//***/***"},
           Row{"/lists/a?req=+15550100&phone=+15550100&x&y=", "/lists/a?req=***&***=***&***&***="},
           Row{"/lists/a?+15550100&req=AddRecord", "/lists/a?***&req=AddRecord"},
           Row{"/lists/a?req=AddRecord?phone=1", "/lists/a?req=***"},
           Row{"/lists/a?", "/lists/a?"},
           Row{"http://user@host:1/phones/+1?req=DoNotCall", "/phones/***?req=DoNotCall"},
           Row{"phones/+15550100", "***"},
           Row{"host:443", "***"},
           Row{"*", "*"},
           Row{"/", "/"},
           Row{"", ""},
       }) {
    CAPTURE(row.target);
    CHECK(shown_target(row.target) == row.shown);
  }
}

}  // namespace outpost::test::uri_test
