#include <string>

#include "tests/support/commands_fixture.h"

namespace outpost::test::stats_test {

using namespace outpost::supervisor;

TEST_CASE_METHOD(CommandsFixture, "statistics counts the records of lists and groups", "[stats]") {
  REQUIRE(open(R"(["contact_info", "tz_name", "record_status", "call_result", "group_id"])"));
  sent(2, {{"a", "PST", "1", "", ""}, {"b", "PST", "3", "6", "501"}, {"c", "PST", "3", "33", "501"}});
  auto reply = run_statistics(store(), json("{}"));
  REQUIRE(reply);
  CHECK(*reply ==
        R"({"lists":[{"dbid":301,"name":"Spring_2024","records":3,)"
        R"("status":[{"value":1,"name":"Ready","records":1},{"value":3,"name":"Updated","records":2}],)"
        R"("type":[{"value":2,"name":"General","records":3}],)"
        R"("result":[{"value":6,"name":"Busy","records":1},{"value":28,"name":"Unknown","records":1},)"
        R"({"value":33,"name":"Answer","records":1}]},)"
        R"({"dbid":302,"name":"Other","records":0,"status":[],"type":[],"result":[]}],)"
        R"("groups":[{"dbid":501,"name":"Spring@Agents","records":2,)"
        R"("status":[{"value":3,"name":"Updated","records":2}],"type":[{"value":2,"name":"General","records":2}],)"
        R"("result":[{"value":6,"name":"Busy","records":1},{"value":33,"name":"Answer","records":1}]}]})");
}

TEST_CASE_METHOD(CommandsFixture, "statistics of named lists and groups only", "[stats]") {
  auto names = [&](const std::string& arguments) {
    auto reply = run_statistics(store(), json(arguments));
    INFO(arguments << (reply ? "" : reply.error().text));
    REQUIRE(reply);
    JsonValue all = json(*reply);
    std::string found;
    for (const char* kind : {"lists", "groups"}) {
      for (const JsonValue& object : items(all, kind)) found += std::string(kind) + " " + text(object, "name") + "; ";
    }
    return found;
  };
  CHECK(names("{}") == "lists Spring_2024; lists Other; groups Spring@Agents; ");
  CHECK(names(R"({"names": [], "lists": [], "groups": []})") == names("{}"));
  CHECK(names(R"({"names": ["Other", "Spring@Agents"]})") == "lists Other; groups Spring@Agents; ");
  CHECK(names(R"({"lists": ["Other"]})") == "lists Other; ");
  CHECK(names(R"({"groups": ["Spring@Agents"]})") == "groups Spring@Agents; ");
  applied(R"({"campaign-groups": [{"dbid": 502, "name": "Other", "campaign": "Spring"}]})");
  CHECK(names(R"({"names": ["Other"]})") == "lists Other; groups Other; ");
  CHECK(names(R"({"groups": ["Other"]})") == "groups Other; ");
}

TEST_CASE_METHOD(CommandsFixture, "statistics of what is not there names the nearest", "[stats]") {
  auto refused = [&](const std::string& arguments) {
    auto reply = run_statistics(store(), json(arguments));
    REQUIRE(!reply);
    return reply.error().text;
  };
  CHECK(refused(R"({"names": ["Spring@Agent"]})").find("is \"Spring@Agents\" meant?") != std::string::npos);
  CHECK(refused(R"({"lists": ["Othre"]})").find("no calling list \"Othre\"; is \"Other\" meant?") != std::string::npos);
  CHECK(refused(R"({"groups": ["Other"]})").find("no campaign group") != std::string::npos);
  CHECK(refused(R"({"lists": "Other"})").find("list of names") != std::string::npos);
  CHECK(refused(R"({"lists": [7]})").find("list of names") != std::string::npos);
}

}  // namespace outpost::test::stats_test
