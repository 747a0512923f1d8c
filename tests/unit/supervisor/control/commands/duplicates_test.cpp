#include "protocol/outbound/vocabulary.h"
#include "supervisor/control/commands/arguments.h"
#include "tests/support/commands_fixture.h"

namespace outpost::test::duplicates_test {

using namespace outpost::supervisor;

namespace {

const std::string kColumns = R"(["contact_info", "tz_name"])";

class DuplicatesFixture : public test::CommandsFixture {
 public:
  // The list has +1 already.
  DuplicatesFixture() {
    REQUIRE(CommandsFixture::open(kColumns));
    sent(2, {{"+1", "PST"}});
    REQUIRE(finish());
  }
  Result<OpenedImport> open(const std::string& duplicates, bool restart = true) {
    return CommandsFixture::open(kColumns, restart, "Spring_2024", "", R"("duplicates": ")" + duplicates + "\"");
  }
  Result<OpenedImport> open_dry(const std::string& duplicates, const std::string& columns = kColumns,
                                const std::string& chain_by = "") {
    return CommandsFixture::open(columns, false, "Spring_2024", chain_by,
                                 R"("dry_run": true, "duplicates": ")" + duplicates + "\"");
  }
  std::vector<std::string> contacts() {
    std::vector<std::string> all;
    for (const Record& record : records()) all.push_back(record.contact_info);
    return all;
  }
  static std::vector<std::int64_t> lines(const JsonValue& reply) {
    std::vector<std::int64_t> all;
    for (const JsonValue& reject : items(reply, "rejected")) all.push_back(number(reject, "line"));
    return all;
  }
  // Two that the list or the file has already, two that are new.
  JsonValue send_rows() { return sent(2, {{"+1", "PST"}, {"+2", "PST"}, {"+2", "PST"}, {"+3", "PST"}}); }
};

using Lines = std::vector<std::int64_t>;
using Contacts = std::vector<std::string>;

}  // namespace

TEST_CASE_METHOD(DuplicatesFixture, "duplicates are kept and counted when nothing else is asked for", "[import]") {
  REQUIRE(CommandsFixture::open(kColumns, true));
  JsonValue reply = send_rows();
  CHECK(number(reply, "imported") == 4);
  CHECK(number(reply, "duplicates") == 2);
  CHECK(lines(reply).empty());
  CHECK(contacts() == Contacts{"+1", "+1", "+2", "+2", "+3"});
}

TEST_CASE_METHOD(DuplicatesFixture, "duplicates that are skipped are counted, also those within the file", "[import]") {
  REQUIRE(open("skip"));
  JsonValue reply = send_rows();
  CHECK(number(reply, "imported") == 2);
  CHECK(number(reply, "duplicates") == 2);
  CHECK(lines(reply).empty());
  CHECK(number(sent(6, {{"+3", "PST"}, {"+4", "PST"}}), "duplicates") == 1);
  CHECK(contacts() == Contacts{"+1", "+2", "+3", "+4"});
  CHECK(number(json(*finish()), "rows") == 3);
}

TEST_CASE_METHOD(DuplicatesFixture, "duplicates that are refused are told by line and column", "[import]") {
  REQUIRE(open("refuse"));
  JsonValue reply = send_rows();
  CHECK(number(reply, "imported") == 2);
  CHECK(number(reply, "duplicates") == 0);
  CHECK(lines(reply) == Lines{2, 4});
  CHECK(text(items(reply, "rejected")[0], "column") == "contact_info");
  CHECK(text(items(reply, "rejected")[0], "reason").find("in the calling list already") != std::string::npos);
  CHECK(contacts() == Contacts{"+1", "+2", "+3"});
}

TEST_CASE_METHOD(DuplicatesFixture, "a row compares with those further up in its piece by what a person reads",
                 "[import][contact_key]") {
  for (const char* duplicates : {"skip", "refuse"}) {
    INFO(duplicates);
    REQUIRE(open(duplicates));
    std::size_t before = records().size();
    std::string digit = duplicates == std::string("skip") ? "2" : "3";
    JsonValue reply = sent(2, {{"+1-555-200" + digit, "PST"}, {"+1 (555) 200" + digit, "PST"}, {" + 1", "PST"}});
    CHECK(number(reply, "imported") == 1);
    CHECK(records().size() == before + 1);
  }
}

TEST_CASE_METHOD(DuplicatesFixture, "a row that was rejected makes no duplicate of those below it", "[import]") {
  REQUIRE(open("refuse"));
  JsonValue reply = sent(2, {{"+2", "Mars"},
                             {"+2"},
                             {std::string("+2\0", 3), "PST"},
                             {"+2\xff", "PST"},
                             {"", "PST"},
                             {"+2", "PST"},
                             {"+2", "PST"}});
  CHECK(lines(reply) == Lines{2, 3, 4, 5, 6, 8});
  CHECK(contacts() == Contacts{"+1", "+2"});
}

TEST_CASE_METHOD(DuplicatesFixture, "whoever missed the reply to a piece is told the same of its duplicates again",
                 "[import]") {
  for (const char* duplicates : {"keep", "skip", "refuse"}) {
    INFO(duplicates);
    REQUIRE(open(duplicates));
    JsonValue first = send_rows();
    std::size_t stored = records().size();
    JsonValue again = send_rows();
    CHECK(number(again, "imported") == 0);
    CHECK(number(again, "duplicates") == number(first, "duplicates"));
    CHECK(lines(again) == lines(first));
    CHECK(records().size() == stored);
  }
}

TEST_CASE_METHOD(DuplicatesFixture, "an import goes on only with the duplicates option it began with", "[import]") {
  REQUIRE(open("skip"));
  std::int64_t id = opened_.import_id;
  sent(2, {{"+2", "PST"}});
  for (const char* other : {"keep", "refuse"}) {
    auto refused = open(other, false);
    REQUIRE(!refused);
    CHECK(refused.error().code == Errc::exists);
    CHECK(refused.error().text.find("began with --duplicates skip") != std::string::npos);
  }
  REQUIRE(open("skip", false));
  CHECK(opened_.import_id == id);
  REQUIRE(finish());
  CHECK(open("keep", false).error().text.find("--restart") != std::string::npos);
  CHECK(open("nonsense").error().text.find("keep, skip or refuse") != std::string::npos);
}

TEST_CASE_METHOD(DuplicatesFixture, "a dry run judges as an import does, over pieces, and writes nothing", "[import]") {
  REQUIRE(open_dry("refuse"));
  std::uint64_t writes = store().writes();
  JsonValue first = send_rows();
  CHECK(number(first, "imported") == 2);
  CHECK(lines(first) == Lines{2, 4});
  CHECK(lines(sent(6, {{"+3", "PST"}, {"+4", "Mars"}, {"", "PST"}, {"+5", "PST"}})) == Lines{6, 7, 8});
  CHECK(store().writes() == writes);
  CHECK(contacts() == Contacts{"+1"});
  // It is not taken for an import that can go on.
  CHECK(open("refuse", false).error().text.find("--restart") != std::string::npos);
}

TEST_CASE_METHOD(DuplicatesFixture, "a dry run sees a chain become full by rows that it did not store", "[import]") {
  REQUIRE(open_dry("keep", R"(["contact_info", "tz_name", "client-id"])", "client-id"));
  std::uint64_t line = 2;
  for (int piece = 0; piece < 2; ++piece) {
    std::vector<std::vector<std::string>> rows;
    for (int i = 0; i < protocol::kChainRecordsMax / 2; ++i) {
      rows.push_back({std::to_string(line + static_cast<std::uint64_t>(i)), "PST", "C1"});
    }
    std::size_t sent_rows = rows.size();
    CHECK(lines(sent(line, std::move(rows))).empty());
    line += sent_rows;
  }
  JsonValue over = sent(line, {{"x", "PST", "C1"}, {"y", "PST", "C2"}});
  CHECK(lines(over) == Lines{static_cast<std::int64_t>(line)});
  CHECK(text(items(over, "rejected")[0], "column") == "client-id");
}

// --- Words that help -------------------------------------------------------------------------------------------------

TEST_CASE_METHOD(DuplicatesFixture, "a time zone that is not known is told by its value and the nearest one",
                 "[import]") {
  REQUIRE(CommandsFixture::open(kColumns, true));
  JsonValue reply = sent(2, {{"+2", "LHRR"}, {"+2", "america/los_angeles"}, {"+2", "Antarctica/Troll\x01"}});
  auto reason = [&](std::size_t i) { return text(items(reply, "rejected")[i], "reason"); };
  CHECK(reason(0).find("\"LHRR\" is none; is \"LHR\" meant?") != std::string::npos);
  CHECK(reason(1).find("\"america/los_angeles\" is none; is \"PST\" meant?") != std::string::npos);
  CHECK(reason(2).find("\"Antarctica/Troll\\x01\" is none") != std::string::npos);
}

TEST_CASE_METHOD(DuplicatesFixture, "a due time and a window in another form are told which form is wanted",
                 "[import]") {
  REQUIRE(CommandsFixture::open(R"(["contact_info", "tz_name", "dial_sched_time", "daily_from"])", true));
  JsonValue reply = sent(2, {{"+2", "PST", "2030-01-01 10:00", ""}, {"+3", "PST", "", "8:00"}});
  auto reason = [&](std::size_t i) { return text(items(reply, "rejected")[i], "reason"); };
  CHECK(reason(0).find("seconds since 1970 in UTC, such as") != std::string::npos);
  CHECK(reason(1).find("seconds since midnight, such as 28800 for 8:00") != std::string::npos);
}

TEST_CASE_METHOD(DuplicatesFixture, "rows whose window is probably hours are counted and kept", "[import]") {
  REQUIRE(CommandsFixture::open(R"(["contact_info", "tz_name", "daily_from", "daily_till"])", true));
  JsonValue reply = sent(2, {{"+2", "PST", "8", "18"}, {"+3", "PST", "28800", "64800"}, {"+4", "PST", "480", "1080"}});
  CHECK(number(reply, "imported") == 3);
  CHECK(number(reply, "odd_windows") == 2);
}

TEST_CASE_METHOD(DuplicatesFixture, "a file without a line of names is told that it needs one", "[import]") {
  auto refused = CommandsFixture::open(R"(["+15550100", "PST"])", true);
  REQUIRE(!refused);
  CHECK(refused.error().text.find("the first line of the file must name the columns") != std::string::npos);
}

TEST_CASE_METHOD(DuplicatesFixture, "a list whose window is probably hours is applied with a warning", "[apply]") {
  JsonValue reply = applied(R"({"calling-lists": [
      {"dbid": 303, "name": "Hours", "daily-from": 8, "daily-till": 18},
      {"dbid": 304, "name": "Seconds", "daily-from": 28800, "daily-till": 64800}]})");
  REQUIRE(texts(reply, "warnings").size() == 1);
  CHECK(texts(reply, "warnings")[0].find("line 2: calling list \"Hours\": daily-from 8 and daily-till 18 are probably "
                                         "hours") == 0);
  CHECK(texts(reply, "changes").size() == 2);
}

TEST_CASE_METHOD(DuplicatesFixture, "a zone that the tz database has not is told with the nearest that it has",
                 "[apply]") {
  auto zone = [&](const std::string& name) {
    return refused(R"({"time-zones": [{"dbid": 950, "name": "Z", "zone": ")" + name + "\"}]}");
  };
  CHECK(zone("Europe/Lodnon").find("no zone \"Europe/Lodnon\"; is \"Europe/London\" meant?") != std::string::npos);
  CHECK(zone("Los Angeles").find("is \"America/Los_Angeles\" meant?") != std::string::npos);
  CHECK(zone("PXT").find("no zone \"PXT\"") != std::string::npos);
  CHECK(zone("PXT").find("meant") == std::string::npos);
}

}  // namespace outpost::test::duplicates_test
