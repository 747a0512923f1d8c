#include "supervisor/control/audit.h"

#include <fstream>
#include <iterator>
#include <set>
#include <vector>

#include "supervisor/control/commands/arguments.h"
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
std::string logged(const std::string& arguments, const Result<std::string>& outcome,
                   std::string_view command = "token-add") {
  TempDir dir;
  auto log = open_log(dir, LogLevel::standard);
  bool answered = false;
  audited(*log, "uid 0, pid 4711", command, json(arguments),
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
        R"(tenant="T" entries=(1 items) text=(2 bytes) customer_id=(2 bytes) after=(1 members))");
}

TEST_CASE("no argument is endless or passes for another", "[audit]") {
  CHECK(told(R"({"name":"x\" to=\"b"})") == R"(name="x' to='b")");
  CHECK(told(R"({"name":")" + std::string(5'000, 'x') + "\"}").size() < 150);
  std::string names;
  for (int i = 0; i < 1'000; ++i) names += (i == 0 ? "\"" : ",\"") + std::string(30, 'n') + '"';
  CHECK(told(R"({"names":[)" + names + "]}").size() < 600);
  CHECK(told(R"({"x: refused: no such list":1})") == "?=1");
  std::string many;
  for (int i = 0; i < 1'000; ++i) many += fmt::format("{}\"k{}\":1", i == 0 ? "" : ",", i);
  CHECK(told("{" + many + "}").size() < 1'100);
}

// Each command that writes, as outpostctl sends it, and the reply: what was changed, and how much, is to be read in one
// line, and nobody's number, name or key.
TEST_CASE("the line of each command says what it changed", "[audit]") {
  struct Row {
    std::string command;
    std::string arguments;
    std::string reply;
    std::string line;
  };
  const std::vector<Row> rows = {
      {"records-edit",
       R"({"command":"set","list":"Spring","set":["attempt=0","contact_info=+15550100"],"customer_id":"C7",
           "result":"Busy","expect":{"1":{"before":"ab","after":"cd"}}})",
       R"({"list":"Spring","chosen":1,"changed":1,"reasons":[]})",
       R"(command="set" list="Spring" set=["attempt" "contact_info"] customer_id=(2 bytes) result="Busy" )"
       "expect=(1 members): done changed=1"},
      {"records-restore", R"({"list":"Spring","columns":["record_id"],"rows":[["1"]]})",
       R"({"list":"Spring","restored":1})", R"(list="Spring" columns=(1 items) rows=(1 items): done restored=1)"},
      {"recall", R"({"list":"Spring","agent":"a1","due":5})", R"({"list":"Spring","records":2,"due":5,"next":null})",
       R"(list="Spring" agent="a1" due=5: done records=2)"},
      {"dnc-add", R"({"tenant":"T","entries":[{"phone":"+15550100"}]})", R"({"tenant":"T","added":1,"known":0})",
       R"(tenant="T" entries=(1 items): done added=1)"},
      {"dnc-remove", R"({"tenant":"T","entries":[{"phone":"+15550100"}]})",
       R"({"tenant":"T","removed":0,"missing":[{"phone":"+15550100"}]})",
       R"(tenant="T" entries=(1 items): done removed=0)"},
      {"token-add", R"({"name":"shop","digest":"abcd","resources":["lists"]})", R"({"name":"shop","created_at":7})",
       R"(name="shop" digest=(4 bytes) resources=["lists"]: done)"},
      {"token-revoke", R"({"name":"shop"})", R"({"name":"shop"})", R"(name="shop": done)"},
      {"apply", R"({"text":"{}","dry_run":false})", R"({"changes":["added calling list \"S\""],"unchanged":3})",
       R"(text=(2 bytes) dry_run=false: done changes=1 ["added calling list 'S'"])"},
      {"import-open", R"({"list":"Spring","source":"9f","columns":["+15550100"],"restart":false})",
       R"({"import_id":3,"next_offset":0,"rows":0})",
       R"(list="Spring" source="9f" columns=(1 items) restart=false: done import_id=3 rows=0)"},
      {"import-finish", R"({"import_id":3})", R"({"rows":10})", "import_id=3: done rows=10"},
      {"group", R"({"command":"unload","group":"G","force":true})", R"({"group":"G","before":"Loaded","given_back":4})",
       R"(command="unload" group="G" force=true: done given_back=4)"},
      {"sample-call", R"({"name":"history","group":"G"})", R"({"name":"history","status":200})",
       R"(name="history" group="G": done)"},
      {"outbox-drop", R"({"destination":"webhook:crm","message_id":7})",
       R"({"destination":"webhook:crm","chosen":1,"removed":1,"next":null})",
       R"(destination="webhook:crm" message_id=7: done removed=1)"},
      {"outbox-retry", R"({"destination":"history"})", R"({"sooner":4})", R"(destination="history": done)"},
      {"outbox-pause", R"({"destination":"history"})", R"({"destination":"history","paused":true,"before":false})",
       R"(destination="history": done)"},
      {"outbox-resume", R"({"destination":"history"})", R"({"destination":"history","paused":false,"before":true})",
       R"(destination="history": done)"},
      {"switch", R"({"to":"b","timeout_ms":100})", "{}", R"(to="b" timeout_ms=100: done)"},
      {"role", R"({"role":"backup"})", "{}", R"(role="backup": done)"},
      {"node-change", R"({"command":"offline"})", R"({"id":1,"status":"OFFLINE"})", R"(command="offline": done)"},
      {"publish", R"({"tag":"shop.open","message":"Ann may come","parsed":true})", R"({"id":"00ff"})",
       R"(tag=(9 bytes) message=(12 bytes) parsed=true: done)"},
      {"reload", "{}", R"({"changes":["http.port: 1 -> 2"],"warnings":[]})", R"(done changes=1 ["http.port: 1 -> 2"])"},
      {"reopen-logs", "{}", "{}", "done"},
      {"stop", "{}", R"({"pid":7})", "done"},
  };
  std::set<std::string_view> writing = {"group",        "sample-call",   "switch",       "role",        "import-open",
                                        "reload",       "stop",          "outbox-retry", "outbox-drop", "reopen-logs",
                                        "outbox-pause", "outbox-resume", "node-change",  "publish"};
#define X(name, where, effect, ...) \
  if (Effect::effect == Effect::writes) writing.insert(name);
  OUTPOST_STORE_COMMANDS(X)
#undef X
  for (const Row& row : rows) {
    INFO(row.command);
    writing.erase(row.command);
    CHECK_THAT(logged(row.arguments, row.reply, row.command),
               ContainsSubstring(": " + row.command + (row.line.starts_with("done") ? ": " : " ") + row.line + "\n"));
  }
  CHECK(writing == std::set<std::string_view>{});
}

TEST_CASE("attributes that are set are told by name, and within bounds", "[audit]") {
  CHECK(told(R"({"set":["STATE=CA","+15550100",7,"a\"b=1"]})") == R"(set=["STATE" "?" ? "a'b"])");
  std::string many;
  for (int i = 0; i < 1'000; ++i) many += fmt::format("{}\"name{}=secret\"", i == 0 ? "" : ",", i);
  std::string line = told(R"({"set":[)" + many + "]}");
  CHECK(line.size() < 600);
  CHECK(line.find("secret") == std::string::npos);
  std::string changes = logged("{}", R"({"changes":[)" + many + "]}", "apply");
  CHECK_THAT(changes, ContainsSubstring("done changes=1000 [\"name0"));
  CHECK(changes.size() < 2'000);
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
