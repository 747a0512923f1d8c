#include "supervisor/control/commands/record_edit.h"
#include "tests/support/commands_fixture.h"

namespace outpost::test::records_edit_test {

namespace {

constexpr std::int64_t kNow = 1'783'018'800;

class EditFixture : public CommandsFixture {
 public:
  EditFixture() {
    due_.now = kNow;
    REQUIRE(open(R"(["contact_info", "tz_name", "record_type", "record_status", "call_result", "attempt", "agent_id",
                     "dial_sched_time", "client-id", "STATE"])",
                 false, "Spring_2024", "client-id"));
    sent(2, {{"+1555001", "PST", "5", "Updated", "Busy", "3", "a1", "1000", "C1", "CA"},
             {"+1555002", "PST", "2", "ChainUpdated", "", "1", "", "", "C1", "CA"},
             {"+1555003", "PST", "2", "Ready", "", "0", "", "", "C2", "NV"},
             {"+1555004", "PST", "2", "Updated", "51", "2", "", "", "C3", "NV"}});
  }

  Result<std::string> ask(const std::string& command, const std::string& more = "") {
    JsonValue arguments = json(R"({"list": "Spring_2024", "command": ")" + command + "\"" + more + "}");
    return stores_.in_transaction([&](RecordStore& s) { return run_records_edit(s, arguments, due_); });
  }
  static std::string expect(std::int64_t id, const std::string& before, const std::string& after) {
    JsonWriter json;
    json.begin_object().key(std::to_string(id)).begin_object();
    json.member("before", before).member("after", after).end_object().end_object();
    return R"(, "expect": )" + json.take();
  }
  // "changed unchanged held do_not_call refused"
  std::string told(const std::string& command, const std::string& more = "") {
    auto reply = ask(command, more);
    return reply ? counts(json(*reply)) : reply.error().text;
  }
  JsonValue plan(const std::string& command, const std::string& more = "") {
    JsonValue arguments = json(R"({"list": "Spring_2024", "command": ")" + command + "\"" + more + "}");
    auto reply = run_records_plan(store(), arguments, due_);
    INFO((reply ? "" : reply.error().text));
    REQUIRE(reply);
    return json(*reply);
  }
  static std::string counts(const JsonValue& reply) {
    std::string text;
    for (const char* name : {"changed", "unchanged", "held", "do_not_call", "refused"}) {
      text += (text.empty() ? "" : " ") + std::to_string(number(reply, name));
    }
    return text;
  }
  Record record_of(std::string_view contact) {
    for (const Record& record : records()) {
      if (record.contact_info == contact) return record;
    }
    return {};
  }
  void hold(std::string_view contact) {
    Record before = record_of(contact);
    Record after = before;
    after.record_status = 2;
    after.handle = 77;
    REQUIRE(stores_.in_transaction([&](RecordStore& s) { return s.update_record(before, after); }));
  }
  void list(std::string_view phone) {
    DoNotCallEntry entry{1, ContactKind::phone, std::string(phone), kNow};
    REQUIRE(stores_.in_transaction([&](RecordStore& s) { return s.add_do_not_call(entry); }));
  }
  std::int64_t count(StatisticKind kind, std::int32_t value) {
    auto statistics = store().statistics();
    REQUIRE(statistics);
    for (const Statistic& row : *statistics) {
      if (row.scope == StatisticScope::list && row.kind == kind && row.value == value) return row.records;
    }
    return 0;
  }
};

}  // namespace

TEST_CASE_METHOD(EditFixture, "a recycled record is as if nobody had called it, in its chain", "[records-edit]") {
  Record before = record_of("+1555001");
  CHECK(told("recycle", R"(, "result": "Busy")") == "1 0 0 0 0");
  Record expected = before;
  expected.record_type = 2;
  expected.record_status = 1;
  expected.call_result = 28;
  expected.attempt = 0;
  expected.dial_sched_time = 0;
  CHECK(record_of("+1555001") == expected);
  CHECK(record_of("+1555002").record_status == 7);
  CHECK(told("recycle", R"(, "customer_id": "C2")") == "0 1 0 0 0");
}

TEST_CASE_METHOD(EditFixture, "nobody is made Ready who may not be called, or whose customer is being called",
                 "[records-edit]") {
  list("+1-555-004");
  hold("+1555002");
  CHECK(told("recycle") == "0 1 2 1 0");
  CHECK(told("set", R"(, "set": ["record_status=Ready", "dial_sched_time=0"])") == "0 1 2 1 0");
  CHECK(counts(plan("recycle", R"(, "judge": true)")) == "0 1 2 1 0");
  // What does not make them Ready may be set.
  CHECK(told("set", R"(, "set": ["attempt=9"], "customer_id": "C1")") == "1 0 1 0 0");
  CHECK(record_of("+1555001").attempt == 9);
  // A new number for somebody who waits.
  CHECK(told("set", R"(, "set": ["contact_info=+1555004"], "customer_id": "C2")") == "0 0 0 1 0");
}

TEST_CASE_METHOD(EditFixture, "attributes are set as an import reads them", "[records-edit]") {
  CHECK(told("set", R"(, "set": ["tz_name=EST", "call_result=Busy", "STATE=TX", "client-id=C9", "daily_from=3600"],
                       "customer_id": "C2")") == "1 0 0 0 0");
  Record after = record_of("+1555003");
  CHECK(after.call_result == 6);
  CHECK(after.custom == R"({"client-id":"C9","STATE":"TX"})");
  CHECK(after.customer_id == "C9");
  CHECK(after.daily_from == 3600);
  CHECK(after.tz_dbid != record_of("+1555001").tz_dbid);
  // Without a value it is what a new record has.
  CHECK(told("set", R"(, "set": ["STATE=", "daily_from=", "call_result="], "customer_id": "C9")") == "1 0 0 0 0");
  after = record_of("+1555003");
  CHECK(after.custom == R"({"client-id":"C9"})");
  CHECK(after.daily_from == 0);
  CHECK(after.call_result == 28);
}

TEST_CASE_METHOD(EditFixture, "what no record may have is refused at once, and names what is valid", "[records-edit]") {
  struct {
    std::string set;
    std::string said;
  } cases[] = {{"[]", "NAME=VALUE is needed"},
               {R"(["attempt"])", "must be NAME=VALUE"},
               {R"(["atempt=1"])", R"(is "attempt" meant?)"},
               {R"(["attempt=x"])", "attempt must be an integer"},
               {R"(["record_id=1"])", "given by the server"},
               {R"(["chain_id=1"])", "stays in its chain"},
               {R"(["customer_id=C"])", "client-id"},
               {R"(["tz_name=PTS"])", R"(there is no time zone "PTS")"},
               {R"(["record_status=Retrieved"])", "nobody would hold"},
               {R"(["attempt=1", "attempt=2"])", "set twice"}};
  auto before = records();
  for (const auto& c : cases) {
    INFO(c.set);
    auto reply = ask("set", R"(, "set": )" + c.set);
    REQUIRE(!reply);
    CHECK(reply.error().code == Errc::invalid);
    CHECK(reply.error().text.find(c.said) != std::string::npos);
  }
  CHECK(records() == before);
}

TEST_CASE_METHOD(EditFixture, "a record that would break a rule is left alone and named", "[records-edit]") {
  auto refused = [&](const std::string& set) {
    auto reply = ask("set", R"(, "set": [)" + set + "]");
    REQUIRE(reply);
    JsonValue told = json(*reply);
    CHECK(number(told, "refused") > 0);
    REQUIRE(!items(told, "reasons").empty());
    return text(items(told, "reasons")[0], "reason");
  };
  auto before = records();
  CHECK(refused(R"("daily_till=0")").find("daily_from must be less than daily_till") == 0);
  CHECK(refused(R"("contact_info=TRUE")").find("contact_info must be a phone number") == 0);
  CHECK(refused(R"("record_type=5", "agent_id=")").find("agent_id is needed") == 0);
  CHECK(refused(R"("record_type=6", "record_status=Ready", "dial_sched_time=1000")").find("dial_sched_time") == 0);
  CHECK(refused(R"("record_type=6", "record_status=Ready", "dial_sched_time=", "campaign_id=999")")
            .find("campaign_id must be") == 0);
  CHECK(records() == before);
}

TEST_CASE_METHOD(EditFixture, "a deleted record is gone from list and counters; its chain stays", "[records-edit]") {
  std::int64_t chain = record_of("+1555001").chain_id;
  hold("+1555003");
  CHECK(told("delete", R"(, "result": "Busy")") == "1 0 0 0 0");
  CHECK(told("delete", R"(, "status": "Retrieved")") == "0 0 1 0 0");
  CHECK(records().size() == 3);
  CHECK(count(StatisticKind::status, 3) == 1);
  CHECK(count(StatisticKind::result, 6) == 0);
  CHECK(record_of("+1555002").chain_id == chain);
  CHECK(*store().last_in_chain(301, chain) == 1);
}

TEST_CASE_METHOD(EditFixture, "only what is as it was planned is changed, page by page", "[records-edit]") {
  JsonValue first = plan("recycle", R"(, "status": "Updated", "limit": 1)");
  REQUIRE(items(first, "records").size() == 1);
  const JsonValue& planned = items(first, "records")[0];
  std::int64_t id = number(*planned.find("record"), "record_id");
  CHECK(text(planned, "before") == record_digest(record_of("+1555001")));
  auto edited = [&](const std::string& before, const std::string& after) {
    return json(*ask("recycle", R"(, "status": "Updated", "limit": 1)" + expect(id, before, after)));
  };
  std::string before = text(planned, "before");
  std::string after = text(planned, "after");
  // Neither what was something else before, nor what would become something else than an undo file says.
  for (const JsonValue& other : {edited("0123", after), edited(before, "0123")}) {
    CHECK(counts(other) == "0 0 0 0 0");
    CHECK(number(other, "meanwhile") == 1);
  }
  JsonValue done = edited(before, after);
  CHECK(number(done, "changed") == 1);
  CHECK(number(done, "meanwhile") == 0);
  CHECK(record_digest(record_of("+1555001")) == text(planned, "after"));
  JsonValue second = plan("recycle", R"(, "status": "Updated", "after": )" + std::to_string(id));
  CHECK(items(second, "records").size() == 1);
  CHECK(second.find("next")->kind() == JsonValue::Kind::null);
}

TEST_CASE_METHOD(EditFixture, "a page that has moved on since it was planned loses no record, and takes in none",
                 "[records-edit]") {
  // "+1555004" is planned. Then "+1555001" enters the page of one before it.
  REQUIRE(told("set", R"(, "set": ["record_status=ChainUpdated"], "result": "Busy")") == "1 0 0 0 0");
  const std::string page = R"(, "status": "Updated", "limit": 1)";
  JsonValue before = plan("set", page + R"(, "set": ["attempt=9"])");
  REQUIRE(items(before, "records").size() == 1);
  const JsonValue& planned = items(before, "records")[0];
  REQUIRE(text(*planned.find("record"), "contact_info") == "+1555004");
  REQUIRE(told("set", R"(, "set": ["record_status=Updated"], "result": "Busy")") == "1 0 0 0 0");
  Record late = record_of("+1555001");

  std::int64_t id = number(*planned.find("record"), "record_id");
  JsonValue done = json(
      *ask("set", page + R"(, "set": ["attempt=9"])" + expect(id, text(planned, "before"), text(planned, "after"))));
  CHECK(number(done, "chosen") == 1);
  CHECK(number(done, "changed") == 1);
  CHECK(number(done, "meanwhile") == 0);
  CHECK(record_of("+1555004").attempt == 9);
  CHECK(record_of("+1555001") == late);
}

TEST_CASE_METHOD(EditFixture, "what is expected of an edit is told in its form and is no more than a page",
                 "[records-edit]") {
  std::string many;
  for (int i = 1; i <= 201; ++i)
    many += fmt::format("{}\"{}\":{{\"before\":\"\",\"after\":\"\"}}", i == 1 ? "" : ",", i);
  const std::vector<std::string> forms = {"[]", R"({"1": "0123"})", R"({"x": {"before": "", "after": ""}})",
                                          "{" + many + "}"};
  for (const std::string& wrong : forms) {
    auto reply = ask("recycle", R"(, "expect": )" + wrong);
    REQUIRE(!reply);
    CHECK(reply.error().code == Errc::invalid);
    CHECK(reply.error().text.find("argument expect must") == 0);
  }
}

TEST_CASE_METHOD(EditFixture, "who holds a record does not make it another", "[records-edit]") {
  Record record = record_of("+1555001");
  std::string digest = record_digest(record);
  record.handle = 5;
  CHECK(record_digest(record) == digest);
  record.tz_dbid = 900;
  CHECK(record_digest(record) != digest);
}

// --- The way back ----------------------------------------------------------------------------------------------------

namespace {

class RestoreFixture : public EditFixture {
 public:
  // A row as it is now, for restore(); `after` of what becomes of it.
  std::string saved(std::string_view contact, const std::string& after) {
    Record r = record_of(contact);
    JsonWriter row;
    row.begin_array().value(std::to_string(r.record_id)).value(r.contact_info).value(std::to_string(r.record_type));
    row.value(std::to_string(r.record_status)).value(std::to_string(r.call_result)).value(std::to_string(r.attempt));
    row.value(std::to_string(r.dial_sched_time)).value("0").value("86400").value("PST").value(r.agent_id);
    row.value(std::to_string(r.chain_id)).value(std::to_string(r.chain_n)).value(r.customer_id).value(r.custom);
    return row.value(after).end_array().take();
  }
  static std::string with_zone(std::string row, const std::string& dbid) {
    row.pop_back();
    return row + ",\"" + dbid + "\"]";
  }
  std::string restore(const std::string& rows, bool zones = false) {
    JsonValue arguments = json(
        R"({"list": "Spring_2024", "columns": ["record_id", "contact_info", "record_type", "record_status",
            "call_result", "attempt", "dial_sched_time", "daily_from", "daily_till", "tz_name", "agent_id", "chain_id",
            "chain_n", "customer_id", "undo_custom", "undo_after")" +
        std::string(zones ? R"(, "undo_tz")" : "") + R"(], "rows": [)" + rows + "]}");
    auto reply = stores_.in_transaction([&](RecordStore& s) { return run_records_restore(s, arguments); });
    if (!reply) return reply.error().text;
    JsonValue told = json(*reply);
    std::string text;
    for (const char* name : {"restored", "unchanged", "held", "do_not_call", "meanwhile", "refused"}) {
      text += (text.empty() ? "" : " ") + std::to_string(number(told, name));
    }
    return text;
  }
};

}  // namespace

TEST_CASE_METHOD(RestoreFixture, "what was set or deleted is as it was before", "[records-edit]") {
  auto before = records();
  std::string row = saved("+1555001", "");
  std::string other = saved("+1555004", "");
  REQUIRE(told("delete", R"(, "status": "Updated")") == "2 0 0 0 0");
  CHECK(restore(row + "," + other) == "2 0 0 0 0 0");
  CHECK(records() == before);
  CHECK(restore(row + "," + other) == "0 2 0 0 0 0");
  CHECK(count(StatisticKind::status, 3) == 2);

  JsonValue planned = plan("recycle", R"(, "result": "Busy")");
  row = saved("+1555001", text(items(planned, "records")[0], "after"));
  REQUIRE(told("recycle", R"(, "result": "Busy")") == "1 0 0 0 0");
  CHECK(restore(row) == "1 0 0 0 0 0");
  CHECK(records() == before);
}

TEST_CASE_METHOD(RestoreFixture, "what somebody has changed since is not undone", "[records-edit]") {
  JsonValue planned = plan("recycle", R"(, "result": "Busy")");
  std::string row = saved("+1555001", text(items(planned, "records")[0], "after"));
  REQUIRE(told("recycle", R"(, "result": "Busy")") == "1 0 0 0 0");
  REQUIRE(told("set", R"(, "set": ["attempt=7"], "customer_id": "C1", "status": "Ready")") == "1 0 0 0 0");
  CHECK(restore(row) == "0 0 0 0 1 0");
  hold("+1555001");
  CHECK(restore(row) == "0 0 1 0 0 0");
  REQUIRE(told("delete", R"(, "status": "Retrieved")") == "0 0 1 0 0");
}

TEST_CASE_METHOD(RestoreFixture, "a record does not come back to be called by those who may not", "[records-edit]") {
  std::string row = saved("+1555003", "");
  REQUIRE(told("delete", R"(, "customer_id": "C2")") == "1 0 0 0 0");
  list("+1555003");
  CHECK(restore(row) == "0 0 0 1 0 0");
  CHECK(records().size() == 3);
}

TEST_CASE_METHOD(RestoreFixture, "a number that was replaced does not come back to be called when it may not",
                 "[records-edit]") {
  const std::string change = R"(, "set": ["contact_info=+1555777"], "customer_id": "C2")";
  JsonValue planned = plan("set", change);
  std::string row = saved("+1555003", text(items(planned, "records")[0], "after"));
  REQUIRE(told("set", change) == "1 0 0 0 0");
  list("+1555003");
  CHECK(restore(row) == "0 0 0 1 0 0");
}

TEST_CASE_METHOD(RestoreFixture, "a record stays in its chain, whatever the file says", "[records-edit]") {
  JsonValue planned = plan("recycle", R"(, "result": "Busy")");
  Record moved = record_of("+1555001");
  std::string row = saved("+1555001", text(items(planned, "records")[0], "after"));
  std::string chain = "\"" + std::to_string(moved.chain_id) + "\"";
  std::size_t at = row.rfind(chain);
  REQUIRE(at != std::string::npos);
  row.replace(at, chain.size(), "\"999\"");
  REQUIRE(told("recycle", R"(, "result": "Busy")") == "1 0 0 0 0");
  CHECK(restore(row) == "0 0 0 0 0 1");
}

TEST_CASE_METHOD(RestoreFixture, "a place in the chain that was taken is not shared", "[records-edit]") {
  std::string row = saved("+1555002", "");
  REQUIRE(told("delete", R"(, "status": "ChainUpdated")") == "1 0 0 0 0");
  sent(6, {{"+1555009", "PST", "2", "Updated", "", "0", "", "", "C1", "CA"}});
  REQUIRE(record_of("+1555009").chain_n == 1);
  CHECK(restore(row) == "1 0 0 0 0 0");
  CHECK(record_of("+1555002").chain_n == 2);
  // The same file again: it is back already, if at another place.
  CHECK(restore(row) == "0 1 0 0 0 0");
  REQUIRE(told("set", R"(, "set": ["attempt=7"], "status": "ChainUpdated")") == "1 0 0 0 0");
  CHECK(restore(row) == "0 0 0 0 1 0");
}

TEST_CASE_METHOD(RestoreFixture, "a time zone is known by its DBID where the file has it, else by its name",
                 "[records-edit]") {
  JsonValue planned = plan("delete", R"(, "customer_id": "C2")");
  Record before = record_of("+1555003");
  CHECK(number(items(planned, "records")[0], "tz_dbid") == before.tz_dbid);
  std::string row = saved("+1555003", "");
  REQUIRE(told("delete", R"(, "customer_id": "C2")") == "1 0 0 0 0");
  // Two zones swap their names.
  REQUIRE(stores_.in_transaction([&](RecordStore& s) { return s.put(TimeZone{before.tz_dbid, "EST", "Etc/GMT"}); }));
  REQUIRE(stores_.in_transaction([&](RecordStore& s) { return s.put(TimeZone{103, "PST", "Etc/GMT"}); }));

  CHECK(restore(with_zone(row, "999"), true) == "0 0 0 0 0 1");
  CHECK(restore(with_zone(row, "x"), true) == "0 0 0 0 0 1");
  CHECK(restore(with_zone(row, std::to_string(before.tz_dbid)), true) == "1 0 0 0 0 0");
  CHECK(record_of("+1555003") == before);

  REQUIRE(told("delete", R"(, "customer_id": "C2")") == "1 0 0 0 0");
  CHECK(restore(with_zone(row, ""), true) == "1 0 0 0 0 0");
  CHECK(record_of("+1555003").tz_dbid == 103);
  REQUIRE(told("delete", R"(, "customer_id": "C2")") == "1 0 0 0 0");
  CHECK(restore(row) == "1 0 0 0 0 0");
}

TEST_CASE_METHOD(RestoreFixture, "a row that no undo file has is refused", "[records-edit]") {
  auto before = records();
  std::string row = saved("+1555003", "");
  std::string id = "[\"" + std::to_string(record_of("+1555003").record_id) + "\"";
  CHECK(restore("[\"999999\"" + row.substr(id.size())) == "0 0 0 0 0 1");
  CHECK(restore("[\"x\"" + row.substr(id.size())) == "0 0 0 0 0 1");
  CHECK(restore("[]") == "0 0 0 0 0 1");
  CHECK(records() == before);
}

}  // namespace outpost::test::records_edit_test
