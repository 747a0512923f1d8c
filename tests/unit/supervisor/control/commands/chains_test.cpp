#include <string>
#include <vector>

#include "tests/support/commands_fixture.h"

namespace outpost::test::chains_test {

using namespace outpost::supervisor;

namespace {

const std::string kColumns = R"(["contact_info", "tz_name", "client-id"])";

class ChainsFixture : public CommandsFixture {
 public:
  Result<OpenedImport> chained(const std::string& columns = kColumns, bool restart = false,
                               const std::string& by = "client-id") {
    return open(columns, restart, "Spring_2024", by);
  }
  // "contact chain/n" of each record; chains are lettered in the order in which they appear.
  std::string shape() {
    std::string all;
    std::vector<std::int64_t> chains;
    for (const Record& record : records()) {
      auto chain = std::ranges::find(chains, record.chain_id) - chains.begin();
      if (static_cast<std::size_t>(chain) == chains.size()) chains.push_back(record.chain_id);
      all += record.contact_info + " " + static_cast<char>('A' + chain) + std::to_string(record.chain_n) + ", ";
    }
    return all;
  }
  // The customer's chain with as many rows as there can be.
  void fill_chain() {
    std::uint64_t line = 2;
    sent(line, std::vector<std::vector<std::string>>(999, {"x", "PST", "C1"}));
  }
};

}  // namespace

TEST_CASE_METHOD(ChainsFixture, "rows of one customer form a chain, over pieces and over interruptions", "[import]") {
  REQUIRE(chained());
  sent(2, {{"a", "PST", "C1"}, {"b", "PST", "C2"}, {"c", "PST", "C1"}, {"d", "PST", ""}});
  REQUIRE(chained());  // goes on
  sent(6, {{"e", "PST", ""}, {"f", "PST", "C2"}, {"g", "PST", "C1"}});
  CHECK(shape() == "a A0, b B0, c A1, d C0, e D0, f B1, g A2, ");
}

TEST_CASE_METHOD(ChainsFixture, "rows join the chain that the customer has in the list already", "[import]") {
  REQUIRE(open(R"(["contact_info", "tz_name", "STATE", "client-id"])"));
  sent(2, {{"old", "PST", "CA", "C1"}, {"other", "PST", "CA", "C9"}});
  REQUIRE(finish());
  REQUIRE(chained(R"(["contact_info", "tz_name", "client-id"])", true));
  sent(2, {{"new", "PST", "C1"}});
  CHECK(shape() == "old A0, other B0, new A1, ");
}

TEST_CASE_METHOD(ChainsFixture, "without --chain-by each row begins a chain", "[import]") {
  REQUIRE(open(kColumns));
  sent(2, {{"a", "PST", "C1"}, {"b", "PST", "C1"}});
  CHECK(shape() == "a A0, b B0, ");
}

TEST_CASE_METHOD(ChainsFixture, "the column of --chain-by must hold the customer id and be in the file", "[import]") {
  struct Case {
    const char* columns;
    const char* by;
    const char* part;
  };
  for (const Case& c :
       std::vector<Case>{{R"(["contact_info", "tz_name", "STATE"])", "STATE", "customer_id or client-id"},
                         {R"(["contact_info", "tz_name", "STATE"])", "client-id", "the file has no such column"},
                         {R"(["contact_info", "tz_name", "client-id"])", "customer_id", "client-id is there"},
                         {R"(["contact_info", "tz_name", "client-id", "chain_id"])", "client-id", "--skip chain_id"}}) {
    auto opened = chained(c.columns, false, c.by);
    REQUIRE(!opened);
    INFO(opened.error().text);
    CHECK(opened.error().code == Errc::invalid);
    CHECK(opened.error().text.find(c.part) != std::string::npos);
  }
  auto other = open(R"(["contact_info", "tz_name"])", false, "Other", "client-id");
  REQUIRE(!other);
  CHECK(other.error().text.find("in calling list \"Other\" customer_id") != std::string::npos);
  CHECK(open(R"(["contact_info", "tz_name", "customer_id"])", false, "Other", "customer_id"));
}

TEST_CASE_METHOD(ChainsFixture, "an import goes on only as it began, with --chain-by or without", "[import]") {
  REQUIRE(chained());
  std::int64_t id = opened_.import_id;
  sent(2, {{"a", "PST", "C1"}});
  auto plain = open(kColumns);
  REQUIRE(!plain);
  CHECK(plain.error().code == Errc::exists);
  CHECK(plain.error().text.find("with --chain-by") != std::string::npos);
  REQUIRE(chained());
  CHECK(opened_.import_id == id);

  REQUIRE(open(kColumns, true));
  std::int64_t second = opened_.import_id;
  CHECK(second != id);
  auto late = chained();
  REQUIRE(!late);
  CHECK(late.error().text.find("without --chain-by") != std::string::npos);
  REQUIRE(open(kColumns));
  CHECK(opened_.import_id == second);
  REQUIRE(finish());
  // What was imported once is not imported again in another form by mistake.
  auto again = chained();
  REQUIRE(!again);
  CHECK(again.error().text.find("--restart") != std::string::npos);
}

TEST_CASE_METHOD(ChainsFixture, "a chain has at most a thousand rows", "[import]") {
  REQUIRE(chained());
  fill_chain();
  JsonValue reply = sent(1001, {{"last", "PST", "C1"}, {"late", "PST", "C1"}, {"other", "PST", "C2"}});
  CHECK(number(reply, "imported") == 2);
  REQUIRE(items(reply, "rejected").size() == 1);
  const JsonValue& rejected = items(reply, "rejected")[0];
  CHECK(number(rejected, "line") == 1002);
  CHECK(text(rejected, "column") == "client-id");
  CHECK(text(rejected, "reason").find("1000") != std::string::npos);
  // Whoever missed this reply asks again and hears the same.
  JsonValue again = sent(1001, {{"last", "PST", "C1"}, {"late", "PST", "C1"}, {"other", "PST", "C2"}});
  REQUIRE(items(again, "rejected").size() == 1);
  CHECK(number(items(again, "rejected")[0], "line") == 1002);
  CHECK(records().size() == 1001);
  CHECK(records().at(999).chain_n == 999);
}

TEST_CASE_METHOD(ChainsFixture, "a Ready row that joins a chain in work is held with it", "[import]") {
  REQUIRE(open(R"(["contact_info", "tz_name", "client-id", "record_status"])", false, "Spring_2024", "client-id"));
  sent(2, {{"a", "PST", "C1", ""}});
  Record before = records().at(0);
  Record held = before;
  REQUIRE(stores_.in_transaction([&](RecordStore& s) {
    Handle handle;
    handle.handle = held.handle = *s.take_ids(IdKind::handle, 1);
    handle.record_id = held.record_id;
    handle.list_dbid = 301;
    held.record_status = static_cast<std::int32_t>(protocol::RecordStatus::retrieved);
    static_cast<void>(s.insert_handle(handle));
    return s.update_record(before, held);
  }));
  sent(3, {{"b", "PST", "C1", "Ready"}, {"c", "PST", "C1", "Updated"}, {"d", "PST", "C2", "Ready"}});
  CHECK(records().at(1).handle == held.handle);
  CHECK(records().at(2).handle == 0);
  CHECK(records().at(3).handle == 0);
}

TEST_CASE_METHOD(ChainsFixture, "campaign callbacks get the only campaign of the list or are refused", "[import]") {
  const std::string columns = R"(["contact_info", "tz_name", "record_type", "campaign_id"])";
  REQUIRE(open(columns));
  JsonValue reply =
      sent(2, {{"a", "PST", "6", ""}, {"b", "PST", "3", ""}, {"c", "PST", "6", "401"}, {"d", "PST", "2", ""}});
  CHECK(number(reply, "imported") == 4);
  auto all = records();
  CHECK(all.at(0).campaign_dbid == 401);
  CHECK(all.at(1).campaign_dbid == 401);
  CHECK(all.at(2).campaign_dbid == 401);
  CHECK(all.at(3).campaign_dbid == 0);

  REQUIRE(open(columns, false, "Other"));
  JsonValue none = sent(2, {{"a", "PST", "6", ""}});
  REQUIRE(items(none, "rejected").size() == 1);
  CHECK(text(items(none, "rejected")[0], "column") == "campaign_id");
  CHECK(text(items(none, "rejected")[0], "reason").find("no campaigns use") != std::string::npos);
  applied(R"({"campaigns": [{"dbid": 402, "name": "X", "lists": [{"list": "Other"}]},
                            {"dbid": 403, "name": "Y", "lists": [{"list": "Other"}]}]})");
  JsonValue several = sent(3, {{"a", "PST", "6", ""}});
  CHECK(text(items(several, "rejected").at(0), "reason").find("several campaigns") != std::string::npos);
}

TEST_CASE_METHOD(ChainsFixture, "a callback that waits for a campaign without the list is refused", "[import]") {
  REQUIRE(open(R"(["contact_info", "tz_name", "record_type", "record_status", "campaign_id"])"));
  JsonValue reply =
      sent(2, {{"a", "PST", "6", "Ready", "7"}, {"b", "PST", "6", "Updated", "7"}, {"c", "PST", "2", "", "7"}});
  CHECK(number(reply, "imported") == 2);
  REQUIRE(items(reply, "rejected").size() == 1);
  const JsonValue& refused = items(reply, "rejected")[0];
  CHECK(number(refused, "line") == 2);
  CHECK(text(refused, "column") == "campaign_id");
  CHECK(text(refused, "reason") == "campaign_id must be a campaign that uses this calling list");
}

TEST_CASE_METHOD(ChainsFixture, "a customer id that shows nothing joins nobody", "[import]") {
  REQUIRE(chained());
  sent(2,
       {{"a", "PST", " "}, {"b", "PST", " "}, {"c", "PST", "\xe2\x80\x8b"}, {"d", "PST", "C1"}, {"e", "PST", "C1 "}});
  CHECK(shape() == "a A0, b B0, c C0, d D0, e D1, ");
  CHECK(records()[0].customer_id.empty());
  CHECK(records()[0].custom == R"({"client-id":" "})");
}

TEST_CASE_METHOD(CommandsFixture, "rows whose contact or agent shows nothing, or is no phone, are rejected",
                 "[import]") {
  REQUIRE(open(R"(["contact_info", "tz_name", "contact_info_type", "record_type", "agent_id", "customer_id"])", false,
               "Other"));
  JsonValue reply = sent(2, {{"\xe2\x80\x8b", "PST", "", "", "", ""},
                             {"+1555\t0100", "PST", "", "", "", ""},
                             {"1.55502E+10", "PST", "Mobile", "", "", ""},
                             {"#N/A", "PST", "", "", "", ""},
                             {"+15550100", "PST", "", "5", " ", ""},
                             {"#N/A", "PST", "EmailAddress", "", "", " "},
                             {"+15550101", "PST", "", "", "\xc2\xa0", "\xe2\x80\x8b"}});
  CHECK(number(reply, "imported") == 2);
  const JsonValue::Array& rejected = items(reply, "rejected");
  REQUIRE(rejected.size() == 5);
  for (std::size_t i = 0; i < 4; ++i) {
    CHECK(number(rejected[i], "line") == static_cast<std::int64_t>(2 + i));
    CHECK(text(rejected[i], "column") == "contact_info");
    CHECK(text(rejected[i], "reason").find("contact_info must") == 0);
  }
  CHECK(text(rejected[4], "column") == "agent_id");
  for (const Record& record : records(302)) {
    CHECK(record.agent_id.empty());
    CHECK(record.customer_id.empty());
  }
}

}  // namespace outpost::test::chains_test
