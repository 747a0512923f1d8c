#include "supervisor/control/commands/arguments.h"

#include <string>
#include <vector>

#include "tests/support/commands_fixture.h"

namespace outpost::test::arguments_test {

using namespace outpost::supervisor;

// --- apply -----------------------------------------------------------------------------------------------------------

TEST_CASE("apply creates what a file names and says so", "[apply]") {
  test::StoreFixture stores;
  auto reply = stores.apply(kCatalogue);
  REQUIRE(reply);
  CHECK(texts(json(*reply), "changes") ==
        std::vector<std::string>{"created tenant \"Resources\"", "created time zone \"LHR\"",
                                 "created calling list \"Spring_2024\"", "created calling list \"Other\"",
                                 "created campaign \"Spring\"", "created campaign group \"Spring@Agents\""});
  auto all = *stores.store().catalogue();
  CallingList list = all.lists.at(0);
  CHECK(list.dbid == 301);
  CHECK(list.tenant_dbid == 1);
  CHECK(list.enabled);
  CHECK(list.daily_from == 0);
  CHECK(list.daily_till == 86400);
  CHECK(list.custom_fields == std::vector<std::string>{"STATE", "client-id"});
  CHECK(list.customer_id_field == "client-id");
  CHECK(all.lists.at(1).daily_from == 28800);
  CHECK(all.campaigns.at(0).lists == std::vector<CampaignList>{{301, 5}});
  CHECK(all.groups.at(0).state == protocol::GroupState::running);
  CHECK(all.groups.at(0).mode == protocol::DialMode::preview);
}

TEST_CASE_METHOD(CommandsFixture, "applying a file twice changes nothing the second time", "[apply]") {
  JsonValue reply = applied(kCatalogue);
  CHECK(texts(reply, "changes").empty());
  CHECK(number(reply, "unchanged") == 6);
}

TEST_CASE_METHOD(CommandsFixture, "apply tells a change field by field and leaves what is not named alone", "[apply]") {
  JsonValue reply = applied(R"({
    "calling-lists": [{"dbid": 301, "name": "Renamed", "enabled": false, "daily-till": 64800,
                       "custom-fields": ["STATE", "SEQ"]}],
    "campaigns": [{"dbid": 401, "name": "Spring", "lists": [{"list": "Renamed", "weight": 7}, {"list": "Other"}]}],
    "campaign-groups": [{"dbid": 501, "name": "Spring@Agents", "campaign": "Spring", "state": "Active"}]})");
  CHECK(
      texts(reply, "changes") ==
      std::vector<std::string>{
          "changed calling list \"Spring_2024\": name \"Spring_2024\" -> \"Renamed\", enabled true -> false, "
          "daily-from 0 -> 28800, daily-till 86400 -> 64800, "
          "custom-fields [\"STATE\",\"client-id\"] -> [\"STATE\",\"SEQ\"], customer-id-field \"client-id\" -> \"\"",
          "changed campaign \"Spring\": description \"d\" -> \"\", lists [{\"list\":\"Spring_2024\",\"weight\":5}] -> "
          "[{\"list\":\"Renamed\",\"weight\":7},{\"list\":\"Other\",\"weight\":10}]",
          "changed campaign group \"Spring@Agents\": state \"Running\" -> \"Active\""});
  auto all = *store().catalogue();
  CHECK(all.lists.size() == 2);
  CHECK(all.lists.at(0).name == "Renamed");
  CHECK(all.groups.at(0).state == protocol::GroupState::active);
}

TEST_CASE_METHOD(CommandsFixture, "a dry run tells what would change and changes nothing", "[apply]") {
  const std::string change = R"({"calling-lists": [{"dbid": 302, "name": "Other", "enabled": false}]})";
  CHECK(texts(applied(change, true), "changes").size() == 1);
  CHECK(store().catalogue()->lists.at(1).enabled);
  CHECK(texts(applied(change), "changes").size() == 1);
  CHECK(!store().catalogue()->lists.at(1).enabled);
}

TEST_CASE_METHOD(CommandsFixture, "two objects can swap their names in one file", "[apply]") {
  applied(R"({"calling-lists": [{"dbid": 301, "name": "Other"}, {"dbid": 302, "name": "Spring_2024"}]})");
  CHECK(store().catalogue()->lists.at(0).name == "Other");
}

TEST_CASE_METHOD(CommandsFixture, "all mistakes of a file are told at once with their lines and nothing is done",
                 "[apply]") {
  std::string text = refused(
      "{\n"
      "\"calling-list\": [],\n"
      "\"tenants\": [{\"dbid\": 2, \"name\": \"Fine\"}],\n"
      "\"calling-lists\": [\n"
      "  {\"dbid\": 303, \"name\": \"Bad\", \"nmae\": \"x\",\n"
      "   \"daily-from\": -1,\n"
      "   \"tenant\": \"Resuorces\"}],\n"
      "\"campaign-groups\": [\n"
      "  {\"dbid\": 502, \"name\": \"G\", \"campaign\": \"Sprong\",\n"
      "   \"state\": \"Walking\"}]\n"
      "}\n");
  INFO(text);
  for (const char* part : {"line 2: \"calling-list\" is not known; is \"calling-lists\" meant?",
                           "line 5: calling list \"Bad\": \"nmae\" is not known; is \"name\" meant?",
                           "line 6: calling list \"Bad\": daily-from must be an integer from 0 to 86400",
                           "line 7: calling list \"Bad\": there is no tenant \"Resuorces\"; is \"Resources\" meant?",
                           "line 9: campaign group \"G\": there is no campaign \"Sprong\"; is \"Spring\" meant?",
                           "line 10: campaign group \"G\": state must be one of NotLoaded", "\"Walking\" is none"}) {
    INFO(part);
    CHECK(text.find(part) != std::string::npos);
  }
  CHECK(store().catalogue()->tenants.size() == 1);
}

TEST_CASE_METHOD(CommandsFixture, "a name is as long as an id in a path may be", "[apply]") {
  auto tenant = [](std::size_t bytes) {
    return R"({"tenants": [{"dbid": 7, "name": ")" + std::string(bytes, 'x') + "\"}]}";
  };
  CHECK(refused(tenant(257)).find("256") != std::string::npos);
  CHECK(texts(applied(tenant(256)), "changes").size() == 1);
}

TEST_CASE_METHOD(CommandsFixture, "each mistake of an apply file is a sentence that names it", "[apply]") {
  struct Case {
    const char* file;
    const char* part;
  };
  const std::vector<Case> cases = {
      {"[]", "must be an object"},
      {"{", "line 1"},
      {R"({"tenants": {}})", "must be a list"},
      {R"({"tenants": [7]})", "must be an object, not"},
      {R"({"tenants": [{"name": "X"}]})", "dbid is needed"},
      {R"({"tenants": [{"dbid": 0, "name": "X"}]})", "dbid must be"},
      {R"({"tenants": [{"dbid": "7", "name": "X"}]})", "dbid must be"},
      {R"({"tenants": [{"dbid": 7}]})", "name is needed"},
      {R"({"tenants": [{"dbid": 7, "name": ""}]})", "name must be"},
      {R"({"tenants": [{"dbid": 7, "name": " X"}]})", "name must be"},
      {R"({"tenants": [{"dbid": 7, "name": "a\nb"}]})", "name must be"},
      {R"({"tenants": [{"dbid": 7, "name": "X"}, {"dbid": 7, "name": "Y"}]})", "dbid 7 is there twice"},
      {R"({"tenants": [{"dbid": 7, "name": "Resources"}]})", "has this name already"},
      {R"({"time-zones": [{"dbid": 7, "name": "M", "zone": "Mars/Olympus"}]})", "Mars/Olympus"},
      {R"({"time-zones": [{"dbid": 7, "name": "M"}]})", "zone is needed"},
      {R"({"tenants": [{"dbid": 7, "name": "X"}], "calling-lists": [{"dbid": 7, "name": "L"}]})", "tenant is needed"},
      {R"({"calling-lists": [{"dbid": 7, "name": "L", "daily-from": 5, "daily-till": 5}]})", "less than daily-till"},
      {R"({"calling-lists": [{"dbid": 7, "name": "L", "enabled": 1}]})", "enabled must be true or false"},
      {R"({"calling-lists": [{"dbid": 7, "name": "L", "custom-fields": "STATE"}]})", "must be a list"},
      {R"({"calling-lists": [{"dbid": 7, "name": "L", "custom-fields": [""]}]})", "custom-fields must hold names"},
      {R"({"calling-lists": [{"dbid": 7, "name": "L", "custom-fields": ["GSW_X"]}]})", "begins with GSW_"},
      {R"({"calling-lists": [{"dbid": 7, "name": "L", "custom-fields": ["chain_id"]}]})", "record column"},
      {R"({"calling-lists": [{"dbid": 7, "name": "L", "custom-fields": ["A", "A"]}]})", "twice"},
      {R"({"calling-lists": [{"dbid": 7, "name": "L", "customer-id-field": "A"}]})", "one of custom-fields"},
      {R"({"campaigns": [{"dbid": 7, "name": "C", "lists": [{"list": "Othr"}]}]})", "is \"Other\" meant?"},
      {R"({"campaigns": [{"dbid": 7, "name": "C", "lists": [{"list": "Other", "weight": 0}]}]})", "weight must be"},
      {R"({"campaigns": [{"dbid": 7, "name": "C", "lists": [{"list": "Other"}, {"list": "Other"}]}]})", "twice"},
      {R"({"campaigns": [{"dbid": 7, "name": "C", "lists": ["Other"]}]})", "must be an object, not a string"},
      {R"({"campaigns": [{"dbid": 7, "name": "C", "lists": [{"lst": "Other"}]}]})", "list is needed"},
      {R"({"tenants": [{"dbid": 2, "name": "T"}],
           "campaigns": [{"dbid": 7, "name": "C", "tenant": "T", "lists": [{"list": "Other"}]}]})",
       "another tenant"},
      {R"({"campaign-groups": [{"dbid": 7, "name": "G"}]})", "campaign is needed"},
      {R"({"campaign-groups": [{"dbid": 7, "name": "G", "campaign": "Spring", "mode": 12}]})", "mode must be one of"},
      {R"({"campaign-groups": [{"dbid": 7, "name": "G", "campaign": "Spring", "state": true}]})",
       "state must be one of"},
  };
  for (const Case& c : cases) {
    std::string text = refused(c.file);
    INFO(c.file << "\n" << text);
    CHECK(text.find(c.part) != std::string::npos);
    CHECK(text.find("line ") == 0);
  }
}

TEST_CASE_METHOD(CommandsFixture, "a file full of mistakes is told in a bounded text", "[apply]") {
  std::string file = "{\"tenants\": [";
  for (int i = 0; i < 20000; ++i) file += "{\"dbid\": \"x\"},";
  file += "{}]}";
  std::string text = refused(file);
  CHECK(text.size() < 20000);
  CHECK(text.find("more") != std::string::npos);
  std::string long_word(100000, 'x');
  CHECK(refused("{\"" + long_word + "\": [], \"tenants\": [{\"name\": \"" + long_word + "\"}]}").size() < 3000);
}

TEST_CASE_METHOD(CommandsFixture, "catalogue tells back what was applied, in the words of the file", "[catalogue]") {
  auto reply = run_catalogue(store(), JsonValue());
  REQUIRE(reply);
  JsonValue all = json(*reply);
  JsonWriter list;
  list.value(items(all, "calling-lists").at(0));
  CHECK(list.take() ==
        R"({"dbid":301,"name":"Spring_2024","tenant":"Resources","enabled":true,"daily-from":0,"daily-till":86400,)"
        R"("custom-fields":["STATE","client-id"],"customer-id-field":"client-id","unknown-fields":"application"})");
  JsonWriter group;
  group.value(items(all, "campaign-groups").at(0));
  CHECK(group.take() == R"({"dbid":501,"name":"Spring@Agents","description":"","campaign":"Spring",)"
                        R"("state":"Running","mode":"Preview","options":{}})");
  CHECK(items(all, "tenants").size() == 1);
  CHECK(items(all, "campaigns").size() == 1);
  CHECK(!items(all, "time-zones").empty());
}

TEST_CASE_METHOD(CommandsFixture, "a group's options of its own are kept, told and taken away again", "[apply]") {
  OutwardRules rules{{}, {"default"}};
  rules.application.history_uri = "http://all/";
  auto run = [&](const std::string& options) {
    std::string text =
        R"({"campaign-groups": [{"dbid": 501, "name": "Spring@Agents", "campaign": "Spring")" + options + "}]}";
    JsonValue arguments = json(JsonWriter().begin_object().member("text", text).end_object().take());
    return stores_.in_transaction([&](RecordStore& s) { return run_apply(s, arguments, rules); });
  };
  auto changes = [&](const std::string& options) { return texts(json(*run(options)), "changes"); };
  constexpr std::string_view kOwn = R"({"send-history":true,"validation-uri":"http://own/"})";
  run(R"(, "state": "Running")").value();
  CHECK(changes(R"(, "state": "Running", "options": {"validation-uri": "http://own/", "send-history": true})") ==
        std::vector<std::string>{fmt::format("changed campaign group \"Spring@Agents\": options {{}} -> {}", kOwn)});
  CHECK(store().catalogue()->groups.at(0).options == kOwn);
  CHECK(changes(fmt::format(R"(, "state": "Running", "options": {})", kOwn)).empty());
  JsonValue told = json(run_catalogue(store(), JsonValue()).value());
  CHECK(JsonWriter().value(*items(told, "campaign-groups").at(0).find("options")).take() == kOwn);
  auto wrong = run(", \"state\": \"Running\",\n\"options\": {\n\"send-histroy\": true, \"outbox-retention\": 1}");
  REQUIRE_FALSE(wrong);
  CHECK(wrong.error().text ==
        "line 3: campaign group \"Spring@Agents\": options.outbox-retention: is not for a campaign group; valid: in "
        "section application of the configuration\n"
        "line 3: campaign group \"Spring@Agents\": options.send-histroy: there is no such option; did you mean "
        "send-history?");
  rules.application.history_uri.clear();
  wrong = run(fmt::format(R"(, "options": {})", kOwn));
  REQUIRE_FALSE(wrong);
  CHECK(wrong.error().text ==
        "line 1: campaign group \"Spring@Agents\": options.send-history: is true, and history-uri is empty; valid: "
        "false, or an address in it, here or in section application");
  CHECK(store().catalogue()->groups.at(0).options == kOwn);
  CHECK(changes(R"(, "state": "Running", "options": {})") ==
        std::vector<std::string>{fmt::format("changed campaign group \"Spring@Agents\": options {} -> {{}}", kOwn)});
  CHECK(store().catalogue()->groups.at(0).options == "");
  auto ignored = run(R"(, "state": "Running", "options": {"history-wait-recovery-timeout": 5})");
  CHECK(texts(json(*ignored), "warnings") ==
        std::vector<std::string>{"line 1: campaign group \"Spring@Agents\": options.history-wait-recovery-timeout: the "
                                 "option is accepted and has no effect"});
}

TEST_CASE_METHOD(CommandsFixture, "what catalogue tells can be applied, and changes nothing", "[catalogue]") {
  auto told = run_catalogue(store(), JsonValue());
  REQUIRE(told);
  auto reply = run_apply(store(), json(JsonWriter().begin_object().member("text", *told).end_object().take()));
  REQUIRE(reply);
  CHECK(items(json(*reply), "changes").empty());
  CHECK(number(json(*reply), "unchanged") > 15);
}

// --- records, record -------------------------------------------------------------------------------------------------

TEST_CASE_METHOD(CommandsFixture, "records are shown column by column with their custom fields", "[records]") {
  REQUIRE(open(R"(["contact_info", "tz_name", "STATE"])"));
  sent(2, {{"+15550100", "PST", "CA"}});
  std::string id = std::to_string(records().at(0).record_id);
  auto reply = run_records(store(), json(R"({"list": "Spring_2024"})"));
  REQUIRE(reply);
  std::string record =
      R"({"record_id":)" + id +
      R"(,"contact_info":"+15550100","contact_info_type":0,"record_type":2,"record_status":1,"call_result":28,)"
      R"("attempt":0,"dial_sched_time":0,"call_time":0,"daily_from":0,"daily_till":86400,"tz_name":"PST",)"
      R"("campaign_id":0,"agent_id":"","chain_id":)" +
      id +
      R"(,"chain_n":0,"group_id":0,"app_id":0,"treatments":"","media_ref":0,"email_subject":"","email_template_id":0,)"
      R"("switch_id":0,"customer_id":"","handle":0,"custom":{"STATE":"CA"}})";
  CHECK(*reply == R"({"list":"Spring_2024","records":[)" + record + R"(],"next":null})");
  auto one = run_record(store(), json(R"({"list": "Spring_2024", "record_id": )" + id + "}"));
  REQUIRE(one);
  CHECK(*one == R"({"record":)" + record + R"(,"handle":null})");
}

TEST_CASE_METHOD(CommandsFixture, "a record that is held is shown with its handle", "[records]") {
  REQUIRE(open(R"(["contact_info", "tz_name"])"));
  sent(2, {{"+15550100", "PST"}});
  Record record = records().at(0);
  REQUIRE(stores_.in_transaction([&](RecordStore& s) {
    Handle handle;
    handle.handle = record.handle = *s.take_ids(IdKind::handle, 1);
    handle.record_id = record.record_id;
    handle.list_dbid = 301;
    handle.agent_id = "a7";
    static_cast<void>(s.insert_handle(handle));
    return s.update_record(records().at(0), record);
  }));
  auto reply =
      run_record(store(), json(R"({"list": "Spring_2024", "record_id": )" + std::to_string(record.record_id) + "}"));
  REQUIRE(reply);
  JsonValue shown = json(*reply);
  CHECK(number(*shown.find("handle"), "handle") == record.handle);
  CHECK(std::get<std::string>(shown.find("handle")->find("agent_id")->value) == "a7");
}

TEST_CASE_METHOD(CommandsFixture, "records come in pages and by filter", "[records]") {
  REQUIRE(open(R"(["contact_info", "tz_name", "record_status", "record_type", "call_result", "agent_id"])"));
  for (int i = 0; i < 25; ++i) {
    sent(static_cast<std::uint64_t>(i + 2),
         {{"c" + std::to_string(i), "PST", i % 2 ? "1" : "3", i < 5 ? "5" : "2", i == 7 ? "Busy" : "", "a"}});
  }
  auto count = [&](const std::string& filter) {
    auto reply = run_records(store(), json(R"({"list": "Spring_2024", )" + filter + "}"));
    INFO(filter << (reply ? "" : reply.error().text));
    REQUIRE(reply);
    return items(json(*reply), "records").size();
  };
  CHECK(count(R"("status": "Ready")") == 12);
  CHECK(count(R"("status": 3)") == 13);
  CHECK(count(R"("type": "PersonalCallBack", "status": "ready")") == 2);
  CHECK(count(R"("result": "6")") == 1);
  CHECK(count(R"("contact": "c9")") == 1);
  CHECK(count(R"("contact": "none", "status": null)") == 0);
  CHECK(count(R"("chain": )" + std::to_string(records().at(3).chain_id)) == 1);

  std::size_t seen = 0;
  std::string after = "0";
  for (int page = 0; after != "null"; ++page) {
    REQUIRE(page < 10);
    JsonValue reply =
        json(*run_records(store(), json(R"({"list": "Spring_2024", "limit": 10, "after": )" + after + "}")));
    CHECK(items(reply, "records").size() <= 10);
    seen += items(reply, "records").size();
    after = JsonWriter().value(*reply.find("next")).take();
  }
  CHECK(seen == 25);
}

TEST_CASE_METHOD(CommandsFixture, "records are found by agent, customer and due time", "[records]") {
  REQUIRE(open(R"(["contact_info", "tz_name", "record_type", "agent_id", "dial_sched_time", "client-id"])"));
  sent(2, {{"a", "PST", "5", "a1", "1000", "C1"},
           {"b", "PST", "4", "a2", "2000", "C2"},
           {"c", "PST", "2", "", "0", "C1"},
           {"d", "PST", "5", "a1", "3000", ""}});
  auto found = [&](const std::string& filter) {
    auto reply = run_records(store(), json(R"({"list": "Spring_2024", )" + filter + "}"));
    INFO(filter << (reply ? "" : reply.error().text));
    REQUIRE(reply);
    JsonValue page = json(*reply);
    std::string contacts;
    for (const JsonValue& record : items(page, "records")) contacts += text(record, "contact_info");
    return contacts;
  };
  CHECK(found(R"("agent": "a1")") == "ad");
  CHECK(found(R"("agent": "a1", "due_till": 2999)") == "a");
  CHECK(found(R"("customer_id": "C1")") == "ac");
  CHECK(found(R"("due_from": 1000, "due_till": 2000)") == "ab");
  CHECK(found(R"("due_from": 2001)") == "d");
  CHECK(found(R"("due_till": 999, "type": 5)").empty());
}

TEST_CASE_METHOD(CommandsFixture, "a page of large records ends before the reply is too large", "[records]") {
  REQUIRE(open(R"(["contact_info", "tz_name", "STATE"])"));
  for (std::uint64_t i = 0; i < 6; ++i)
    sent(2 + i * 10, std::vector<std::vector<std::string>>(10, {"a", "PST", std::string(60000, 'x')}));
  std::size_t seen = 0;
  std::int64_t after = 0;
  for (;;) {
    auto reply =
        run_records(store(), json(R"({"list": "Spring_2024", "limit": 1000, "after": )" + std::to_string(after) + "}"));
    REQUIRE(reply);
    CHECK(reply->size() <= kReplyBytesMax);
    JsonValue page = json(*reply);
    seen += items(page, "records").size();
    if (page.find("next")->kind() == JsonValue::Kind::null) break;
    after = number(page, "next");
  }
  CHECK(seen == 60);
}

TEST_CASE_METHOD(CommandsFixture, "questions about records that make no sense are told so", "[records]") {
  struct Case {
    const char* arguments;
    const char* part;
  };
  for (const Case& c : std::vector<Case>{{R"({})", "list"},
                                         {R"({"list": "Sprng_2024"})", "is \"Spring_2024\" meant?"},
                                         {R"({"list": "Spring_2024", "status": "Redy"})", "Ready"},
                                         {R"({"list": "Spring_2024", "type": true})", "type must be"},
                                         {R"({"list": "Spring_2024", "limit": 0})", "limit"},
                                         {R"({"list": "Spring_2024", "limit": 1001})", "1000"},
                                         {R"({"list": "Spring_2024", "due_from": "x"})", "due_from"},
                                         {R"({"list": "Spring_2024", "chain": "x"})", "chain"}}) {
    auto reply = run_records(store(), json(c.arguments));
    INFO(c.arguments);
    REQUIRE(!reply);
    CHECK(reply.error().text.find(c.part) != std::string::npos);
  }
  auto missing = run_record(store(), json(R"({"list": "Spring_2024", "record_id": 999999})"));
  REQUIRE(!missing);
  CHECK(missing.error().code == Errc::not_found);
  CHECK(missing.error().text.find("999999") != std::string::npos);
}

}  // namespace outpost::test::arguments_test
