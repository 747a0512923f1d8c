#include <string>
#include <vector>

#include "supervisor/engine/engine.h"
#include "tests/support/commands_fixture.h"
#include "tests/support/manual_clock.h"

namespace outpost::test::commands_dnc_test {

using namespace outpost::supervisor;

namespace {

class DncFixture : public CommandsFixture {
 public:
  Result<std::string> add(const std::string& arguments) {
    return stores_.in_transaction([&](RecordStore& s) { return run_dnc_add(s, json(arguments), engine_); });
  }
  Result<std::string> remove(const std::string& arguments) {
    return stores_.in_transaction([&](RecordStore& s) { return run_dnc_remove(s, json(arguments)); });
  }
  // "phone x, customer_id y" of one page.
  std::string listed(const std::string& arguments = "{}") {
    auto reply = run_dnc_list(store(), json(arguments));
    INFO(arguments << (reply ? "" : reply.error().text));
    REQUIRE(reply);
    page_ = json(*reply);
    std::string all;
    for (const JsonValue& entry : items(page_, "entries")) {
      const auto& [name, value] = std::get<JsonValue::Object>(entry.value).front();
      all += (all.empty() ? "" : ", ") + name + " " + std::get<std::string>(value.value);
    }
    return all;
  }
  std::string next() { return JsonWriter().value(*page_.find("next")).take(); }

  JsonValue page_;
  ManualClock clock_{1700000000};
  Engine engine_{{}, clock_};
};

}  // namespace

TEST_CASE_METHOD(DncFixture, "entries are added once and removed once", "[dnc]") {
  const std::string entries = R"({"entries": [{"phone": "+1"}, {"customer_id": "C"}, {"phone": "+1"}]})";
  CHECK(*add(entries) ==
        R"({"tenant":"Resources","added":2,"known":1,"matching":0,"matching_or_more":false,"rejected":[]})");
  CHECK(*add(entries) ==
        R"({"tenant":"Resources","added":0,"known":3,"matching":0,"matching_or_more":false,"rejected":[]})");
  CHECK(*store().is_do_not_call(1, ContactKind::phone, "+1"));
  CHECK(*store().is_do_not_call(1, ContactKind::customer_id, "C"));
  CHECK(!*store().is_do_not_call(1, ContactKind::customer_id, "+1"));
  CHECK(*remove(R"({"entries": [{"phone": "+1"}, {"phone": "+9"}, {"customer_id": "+1"}]})") ==
        R"({"tenant":"Resources","removed":1,"missing":[{"phone":"+9"},{"customer_id":"+1"}]})");
  CHECK(listed() == "customer_id C");
}

TEST_CASE_METHOD(DncFixture, "the list comes in pages, phones first", "[dnc]") {
  REQUIRE(add(R"({"entries": [{"customer_id": "B"}, {"phone": "2"}, {"customer_id": "A"}, {"phone": "1"},
                              {"phone": "3"}]})"));
  CHECK(listed() == "phone 1, phone 2, phone 3, customer_id A, customer_id B");
  CHECK(number(items(page_, "entries")[0], "added_at") == 1700000000);
  CHECK(next() == "null");
  std::string all;
  std::string after = "null";
  int pages = 0;
  do {
    all += listed(R"({"limit": 2, "after": )" + after + "}") + "; ";
    after = next();
    REQUIRE(++pages < 10);
  } while (after != "null");
  CHECK(all == "phone 1, phone 2; phone 3, customer_id A; customer_id B; ");
  CHECK(listed(R"({"kind": "customer_id"})") == "customer_id A, customer_id B");
  CHECK(listed(R"({"kind": "phone", "limit": 3})") == "phone 1, phone 2, phone 3");
  CHECK(listed(R"({"kind": "phone", "after": {"phone": "3"}})").empty());
  CHECK(listed(R"({"phone": "2"})") == "phone 2");
  CHECK(listed(R"({"customer_id": "2"})").empty());
}

TEST_CASE_METHOD(DncFixture, "a tenant must be named when there are several", "[dnc]") {
  applied(R"({"tenants": [{"dbid": 2, "name": "Second"}]})");
  auto unnamed = add(R"({"entries": [{"phone": "+1"}]})");
  REQUIRE(!unnamed);
  CHECK(unnamed.error().text.find("--tenant must name one of Resources, Second") != std::string::npos);
  CHECK(!run_dnc_list(store(), json("{}")));
  REQUIRE(add(R"({"tenant": "Second", "entries": [{"phone": "+1"}]})"));
  CHECK(listed(R"({"tenant": "Second"})") == "phone +1");
  CHECK(listed(R"({"tenant": "Resources"})").empty());
  auto unknown = run_dnc_list(store(), json(R"({"tenant": "Secund"})"));
  REQUIRE(!unknown);
  CHECK(unknown.error().text.find("is \"Second\" meant?") != std::string::npos);
}

TEST_CASE("without a tenant there is no do-not-call list", "[dnc]") {
  test::StoreFixture stores;
  auto reply = run_dnc_list(stores.store(), json("{}"));
  REQUIRE(!reply);
  CHECK(reply.error().text.find("outpostctl apply") != std::string::npos);
}

TEST_CASE_METHOD(DncFixture, "values have the limits of records", "[dnc]") {
  auto entry = [](const char* kind, std::string value, const char* line = "") {
    JsonWriter json;
    json.value(value);
    return std::string("{\"") + kind + "\": " + json.take() + line + "}";
  };
  for (const std::string& bad :
       {entry("phone", std::string(129, '1')), entry("customer_id", std::string(257, '1')), entry("phone", ""),
        entry("phone", std::string("a\0b", 3)), entry("phone", " "), entry("customer_id", "\xe2\x80\x8b"),
        entry("phone", "1.55502E+10"), entry("phone", "+1\n"), std::string("{}"), std::string(R"({"phone": 7})"),
        std::string(R"({"phone": "1", "customer_id": "2"})")}) {
    INFO(bad);
    auto refused = add(R"({"entries": [{"phone": "good"}, )" + bad + "]}");
    REQUIRE(!refused);
    CHECK(refused.error().code == Errc::invalid);
  }
  CHECK(listed().empty());
  CHECK(add(R"({"entries": [)" + entry("phone", std::string(128, '1')) + "," +
            entry("customer_id", std::string(256, '1')) + "]}"));

  // From a file, the good ones are taken and the others told.
  auto some = add(R"({"entries": [)" + entry("phone", "good", ", \"line\": 2") + "," +
                  entry("customer_id", std::string(257, 'x'), ", \"line\": 3") + "]}");
  REQUIRE(some);
  JsonValue reply = json(*some);
  CHECK(number(reply, "added") == 1);
  REQUIRE(items(reply, "rejected").size() == 1);
  CHECK(number(items(reply, "rejected")[0], "line") == 3);
  CHECK(text(items(reply, "rejected")[0], "column") == "customer_id");
  CHECK(text(items(reply, "rejected")[0], "reason").find("256") != std::string::npos);
}

TEST_CASE_METHOD(DncFixture, "do-not-call commands that make no sense are told so", "[dnc]") {
  CHECK(add("{}").error().code == Errc::invalid);
  CHECK(add(R"({"entries": []})").error().code == Errc::invalid);
  std::string many = R"({"entries": [{"phone": "1"})";
  for (std::size_t i = 0; i < kDncEntriesMax; ++i) many += R"(, {"phone": "1"})";
  CHECK(add(many + "]}").error().text.find("1000") != std::string::npos);
  for (const char* arguments : {R"({"kind": "email"})", R"({"limit": 0})", R"({"limit": 1001})", R"({"phone": 7})"}) {
    INFO(arguments);
    CHECK(run_dnc_list(store(), json(arguments)).error().code == Errc::invalid);
  }
}

TEST_CASE_METHOD(DncFixture, "an entry says how many records of the tenant match, however they are written", "[dnc]") {
  REQUIRE(open(R"(["contact_info", "tz_name", "client-id"])"));
  sent(2, {{"+1-555-2004", "PST", "C7"}, {"+15552004\xc2\xa0", "PST", "C7 "}, {"+15552005", "PST", ""}});
  JsonValue reply = json(*add(R"({"entries": [{"phone": "+1 555 2004"}, {"phone": "+15559999"}]})"));
  CHECK(number(reply, "matching") == 2);
  CHECK(number(json(*add(R"({"entries": [{"customer_id": "C7"}]})")), "matching") == 2);
  // What is known already is counted as well.
  reply = json(*add(R"({"entries": [{"phone": "+15552004"}]})"));
  CHECK(number(reply, "known") == 1);
  CHECK(number(reply, "matching") == 2);
}

TEST_CASE_METHOD(DncFixture, "an entry is found and removed however it is written", "[dnc]") {
  REQUIRE(add(R"({"entries": [{"phone": "+1-555-2004"}, {"phone": "(555) 555-2006"}, {"customer_id": "C7 "}]})"));
  CHECK(listed(R"({"phone": "+15552004"})") == "phone +1-555-2004");
  CHECK(listed(R"({"customer_id": "C7"})") == "customer_id C7 ");
  CHECK(*remove(R"({"entries": [{"phone": "5555552006"}, {"phone": " +15552004"}, {"customer_id": "C7"}]})") ==
        R"({"tenant":"Resources","removed":3,"missing":[]})");
  CHECK(listed().empty());
}

TEST_CASE_METHOD(DncFixture, "an entry that is older than the rules can be removed", "[dnc]") {
  REQUIRE(stores_.in_transaction([](RecordStore& s) {
    auto done = s.add_do_not_call({1, ContactKind::phone, "1.55502E+10", 1});
    return done ? s.add_do_not_call({1, ContactKind::customer_id, " ", 1}) : done;
  }));
  CHECK(*remove(R"({"entries": [{"phone": "1.55502E+10"}, {"customer_id": " "}]})") ==
        R"({"tenant":"Resources","removed":2,"missing":[]})");
}

}  // namespace outpost::test::commands_dnc_test
