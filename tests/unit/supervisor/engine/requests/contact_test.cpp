#include <map>
#include <string>

#include "tests/support/engine_fixture.h"

namespace outpost::test::contact_test {

using namespace outpost::supervisor;

namespace {

class ContactFixture : public EngineFixture {
 public:
  // The catalogue has two tenants, so one is named unless the test says otherwise.
  Event on_phone(std::string name, std::string phone, Attributes more = {}, std::string tenant = "Resources") {
    more.insert(more.begin(), {"GSW_PHONE", std::move(phone)});
    if (!tenant.empty()) more.push_back({"GSW_TENANT_NAME", std::move(tenant)});
    return ask(request("phones", std::move(name), std::move(more)));
  }
  Event on_customer(std::string name, std::string customer, Attributes more = {}) {
    more.insert(more.begin(), {"GSW_CUSTOMER_ID", std::move(customer)});
    more.push_back({"GSW_TENANT_NAME", "Resources"});
    return ask(request("customer_ids", std::move(name), std::move(more)));
  }
  // A chain of two phones of one customer: one Ready, one already cancelled; returns the chain.
  std::int64_t add_chain(const std::string& prefix, const std::string& customer = "C1") {
    std::int64_t chain = *add({{"GSW_PHONE", prefix + "1"}, {"client-id", customer}}).integer("GSW_CHAIN_ID");
    add({{"GSW_PHONE", prefix + "2"}, {"client-id", customer}, {"GSW_CHAIN_ID", chain}});
    add({{"GSW_PHONE", prefix + "3"}, {"GSW_CHAIN_ID", chain}, {"GSW_RECORD_STATUS", n(6)}});
    return chain;
  }
  // type/status/result by contact
  std::map<std::string, std::string> states(std::int64_t list = 301) {
    std::map<std::string, std::string> all;
    for (const Record& r : records(list)) {
      all[r.contact_info] = fmt::format("{}/{}/{}", r.record_type, r.record_status, r.call_result);
    }
    return all;
  }
};

using States = std::map<std::string, std::string>;

}  // namespace

TEST_CASE_METHOD(ContactFixture, "cancelling by handle takes the chain with it unless told otherwise",
                 "[engine][cancel]") {
  add_chain("a");
  std::int64_t handle = *preview().integer("GSW_RECORD_HANDLE");
  CHECK(on_record("RequestRecordCancel", handle) == event({{"GSW_USER_EVENT", "RecordCancelAcknowledge"},
                                                           {"GSW_APPLICATION_ID", n(134)},
                                                           {"GSW_CAMPAIGN_NAME", "Spring"},
                                                           {"GSW_CALLING_LIST", "Spring_2024"},
                                                           {"GSW_RECORD_HANDLE", handle},
                                                           {"GSW_PHONE", "a1"},
                                                           {"GSW_CHAIN_ATTR", "AllChain"},
                                                           {"GSW_MESSAGE", "2 records were cancelled"}}));
  CHECK(states() == States{{"a1", "2/5/52"}, {"a2", "2/5/52"}, {"a3", "2/6/28"}});
  for (const Record& record : records()) CHECK(record.handle == 0);
  CHECK(error_of(on_record("RecordProcessed", handle)) == 120);

  add_chain("b");
  handle = *preview().integer("GSW_RECORD_HANDLE");
  Event only_one = on_record("RecordCancel", handle, {{"GSW_CHAIN_ATTR", n(1)}});
  CHECK(*only_one.string("GSW_CHAIN_ATTR") == "RecordOnly");
  CHECK(*only_one.string("GSW_MESSAGE") == "1 record was cancelled");
  CHECK(states()["b1"] == "2/5/52");
  CHECK(states()["b2"] == "2/1/28");
  CHECK(*preview().string("GSW_PHONE") == "b2");
}

TEST_CASE_METHOD(ContactFixture, "do-not-call by handle blocks the phone, or every phone of the chain, or the customer",
                 "[engine][dnc]") {
  add_chain("a");
  std::int64_t handle = *preview().integer("GSW_RECORD_HANDLE");
  CHECK(on_record("DoNotCall", handle) == event({{"GSW_USER_EVENT", "DoNotCallAcknowledge"},
                                                 {"GSW_APPLICATION_ID", n(134)},
                                                 {"GSW_CAMPAIGN_NAME", "Spring"},
                                                 {"GSW_CALLING_LIST", "Spring_2024"},
                                                 {"GSW_RECORD_HANDLE", handle},
                                                 {"GSW_PHONE", "a1"},
                                                 {"GSW_CHAIN_ATTR", "RecordOnly"},
                                                 {"GSW_MESSAGE", "1 record matches"}}));
  CHECK(states() == States{{"a1", "7/3/51"}, {"a2", "2/1/28"}, {"a3", "2/6/28"}});
  CHECK(is_listed(ContactKind::phone, "a1"));
  CHECK(!is_listed(ContactKind::phone, "a2"));
  CHECK(error_of(on_record("DoNotCall", handle)) == 120);

  handle = *preview().integer("GSW_RECORD_HANDLE");
  on_record("DoNotCall", handle, {{"GSW_CHAIN_ATTR", "AllChain"}});
  CHECK(states() == States{{"a1", "7/3/51"}, {"a2", "7/3/51"}, {"a3", "7/3/51"}});
  for (const char* phone : {"a1", "a2", "a3"}) CHECK(is_listed(ContactKind::phone, phone));
  CHECK(!is_listed(ContactKind::customer_id, "C1"));

  add_chain("b", "C2");
  handle = *preview().integer("GSW_RECORD_HANDLE");
  on_record("DoNotCall", handle, {{"GSW_CUSTOMER_ID", "C2"}});
  CHECK(is_listed(ContactKind::customer_id, "C2"));
  CHECK(!is_listed(ContactKind::phone, "b1"));
  // The other phone is the same customer's.
  CHECK(!preview().has("GSW_PHONE"));
  CHECK(states()["b2"] == "7/3/51");
}

TEST_CASE_METHOD(ContactFixture, "cancelling by phone reaches every list of the tenant, and what is held",
                 "[engine][cancel]") {
  add({{"GSW_PHONE", "x"}});
  add({{"GSW_PHONE", "x"}, {"GSW_CAMPAIGN_NAME", "Spring"}}, "Shared");
  std::int64_t handle = *preview().integer("GSW_RECORD_HANDLE");
  CHECK(on_phone("RequestRecordCancel", "x") == event({{"GSW_USER_EVENT", "RecordCancelAcknowledge"},
                                                       {"GSW_APPLICATION_ID", n(134)},
                                                       {"GSW_PHONE", "x"},
                                                       {"GSW_CHAIN_ATTR", "AllChain"},
                                                       {"GSW_MESSAGE", "2 records were cancelled"},
                                                       {"GSW_TENANT_NAME", "Resources"}}));
  CHECK(states()["x"] == "2/5/52");
  CHECK(states(303)["x"] == "2/5/52");
  CHECK(error_of(on_record("RecordProcessed", handle)) == 120);
  CHECK(*on_phone("RequestRecordCancel", "x").string("GSW_MESSAGE") == "0 records were cancelled");
  CHECK(error_of(on_phone("RequestRecordCancel", "nobody")) == 115);
  CHECK(error_of(on_phone("RequestRecordCancel", "x", {}, "Other")) == 115);
}

TEST_CASE_METHOD(ContactFixture, "list, campaign and chain attribute narrow a request by contact", "[engine][cancel]") {
  add_chain("a");
  add({{"GSW_PHONE", "a1"}, {"GSW_CAMPAIGN_NAME", "Spring"}}, "Shared");
  CHECK(error_of(on_phone("RequestRecordCancel", "a1", {{"GSW_CALLING_LIST", "Idle"}})) == 115);
  CHECK(error_of(on_phone("RequestRecordCancel", "a1", {{"GSW_CALLING_LIST", "Foreign"}})) == 111);
  CHECK(error_of(on_phone("RequestRecordCancel", "a1", {{"GSW_CALLING_LIST", "None"}})) == 111);
  CHECK(error_of(on_phone("RequestRecordCancel", "a1", {{"GSW_CAMPAIGN_NAME", "None"}})) == 114);
  on_phone("RequestRecordCancel", "a1", {{"GSW_CAMPAIGN_NAME", "Autumn"}});
  CHECK(states(303)["a1"] == "2/5/52");
  CHECK(states()["a1"] == "2/1/28");
  on_phone("RequestRecordCancel", "a1", {{"GSW_CHAIN_ATTR", "RecordOnly"}});
  CHECK(states() == States{{"a1", "2/5/52"}, {"a2", "2/1/28"}, {"a3", "2/6/28"}});
  CHECK(*on_customer("RecordCancel", "C1").string("GSW_MESSAGE") == "1 record was cancelled");
  CHECK(states()["a2"] == "2/5/52");
}

TEST_CASE_METHOD(ContactFixture, "do-not-call by contact is a success also for an unknown one", "[engine][dnc]") {
  CHECK(*on_phone("DoNotCall", "new").string("GSW_USER_EVENT") == "DoNotCallAcknowledge");
  CHECK(is_listed(ContactKind::phone, "new"));
  CHECK(!is_listed(ContactKind::phone, "new", 2));
  add({{"GSW_PHONE", "new"}});
  CHECK(!preview().has("GSW_PHONE"));
  CHECK(states()["new"] == "7/3/51");

  add_chain("a");
  on_customer("DoNotCall", "C1");
  CHECK(is_listed(ContactKind::customer_id, "C1"));
  CHECK(!is_listed(ContactKind::phone, "a1"));
  CHECK(states()["a1"] == "7/3/51");
  CHECK(states()["a3"] == "2/6/28");

  add_chain("b", "C2");
  on_phone("DoNotCall", "b2", {{"GSW_CHAIN_ATTR", "AllChain"}});
  for (const char* phone : {"b1", "b2", "b3"}) {
    CHECK(is_listed(ContactKind::phone, phone));
    CHECK(states()[phone] == "7/3/51");
  }
}

TEST_CASE_METHOD(ContactFixture, "a body that names another target than the path acts on nothing", "[engine][target]") {
  add_chain("a", "C1");
  add({{"GSW_PHONE", "a1"}, {"client-id", "C9"}});
  auto before = records();
  CHECK(error_of(on_phone("DoNotCall", "a1", {{"GSW_CUSTOMER_ID", "C5"}})) == 106);
  CHECK(error_of(on_phone("DoNotCall", "a1", {{"GSW_RECORD_HANDLE", n(77)}})) == 106);
  CHECK(error_of(on_customer("RequestRecordCancel", "C1", {{"GSW_PHONE", "zz"}})) == 106);
  CHECK(records() == before);
  CHECK(!is_listed(ContactKind::phone, "a1"));
  // Named twice and in agreement: that customer's record only.
  CHECK(*on_phone("RecordCancel", "a1", {{"GSW_CUSTOMER_ID", "C9"}}).string("GSW_MESSAGE") == "1 record was cancelled");
}

TEST_CASE_METHOD(ContactFixture, "where there are several tenants one must be named", "[engine][tenant]") {
  add({{"GSW_PHONE", "x"}});
  Event answer = on_phone("DoNotCall", "x", {}, "");
  CHECK(error_of(answer) == 103);
  CHECK(text_of(answer).find("tenant") != std::string::npos);
  CHECK(error_of(on_phone("DoNotCall", "x", {}, "Nobody")) == 113);
  CHECK(error_of(on_phone("DoNotCall", "")) == 104);
  CHECK(states()["x"] == "2/1/28");
}

TEST_CASE_METHOD(ContactFixture, "a cancel that would change too many records changes none, a do-not-call blocks all",
                 "[engine][cancel][dnc]") {
  for (int i = 0; i <= 1000; ++i) add({{"GSW_PHONE", "same"}});
  CHECK(error_of(on_phone("RequestRecordCancel", "same")) == 131);
  for (const Record& record : records()) REQUIRE(record.record_status == 1);
  CHECK(*on_phone("DoNotCall", "same").string("GSW_MESSAGE") == "1000 or more records match");
  CHECK(!preview().has("GSW_PHONE"));
}

TEST_CASE_METHOD(ContactFixture, "previews pass over listed contacts and take them out of the queue", "[engine][dnc]") {
  for (int i = 0; i < 1500; ++i) add({{"GSW_PHONE", "blocked"}});
  add({{"GSW_PHONE", "good"}});
  REQUIRE(stores_.in_transaction([](RecordStore& s) {
    return s.add_do_not_call({1, ContactKind::phone, "blocked", kNoon});
  }));
  // So many at a time, so that one request does not hold up the others.
  CHECK(!preview().has("GSW_PHONE"));
  CHECK(*preview().string("GSW_PHONE") == "good");
  std::size_t left = 0;
  for (std::int64_t after = 0;;) {
    RecordFilter filter;
    filter.status = 1;
    filter.after_record_id = after;
    auto page = store().records(301, filter);
    REQUIRE(page);
    left += page->records.size();
    if (page->next == 0) break;
    after = page->next;
  }
  CHECK(left == 0);
}

namespace {

// Each as a client may send it, and what a person would type for it.
struct Spelling {
  const char* sent;
  const char* typed;
};
constexpr Spelling kSpellings[] = {{"+15552001\xc2\xa0", "+15552001"},
                                   {"\xe2\x80\xaa+15552002\xe2\x80\xac", "+15552002"},
                                   {" +15552003", "+15552003"},
                                   {"+1-555-2004", "+15552004"},
                                   {"(555) 555-2006", "5555552006"}};

}  // namespace

TEST_CASE_METHOD(ContactFixture, "do-not-call holds for a number however it is written", "[engine][dnc][contact_key]") {
  for (const Spelling& spelling : kSpellings) {
    INFO(spelling.typed);
    add({{"GSW_PHONE", spelling.sent}});
    CHECK(*on_phone("DoNotCall", spelling.typed).string("GSW_MESSAGE") == "1 record matches");
    CHECK(states()[spelling.sent] == "7/3/51");
    // And the other way round: the entry is there before the record.
    add({{"GSW_PHONE", spelling.sent}, {"GSW_CAMPAIGN_NAME", "Spring"}}, "Shared");
    CHECK(!preview().has("GSW_PHONE"));
    CHECK(states(303)[spelling.sent] == "7/3/51");
  }
  add({{"GSW_PHONE", "15552001"}});
  CHECK(*preview().string("GSW_PHONE") == "15552001");
}

TEST_CASE_METHOD(ContactFixture, "a number is cancelled however it is written", "[engine][cancel][contact_key]") {
  for (const Spelling& spelling : kSpellings) {
    INFO(spelling.typed);
    add({{"GSW_PHONE", spelling.typed}});
    CHECK(*on_phone("RequestRecordCancel", spelling.sent).string("GSW_MESSAGE") == "1 record was cancelled");
    CHECK(states()[spelling.typed] == "2/5/52");
  }
}

TEST_CASE_METHOD(ContactFixture, "the phone and customer that a body names besides compare by what a person reads",
                 "[engine][target][contact_key]") {
  std::int64_t handle = held({{"GSW_PHONE", "+1-555-2004"}, {"client-id", "C1"}});
  CHECK(!on_record("RecordProcessed", handle, {{"GSW_PHONE", "+15552004 "}, {"GSW_CUSTOMER_ID", "C1 "}})
             .has("GSW_ERROR"));
  handle = held({{"GSW_PHONE", "+1-555-2005"}, {"client-id", "C1"}});
  CHECK(error_of(on_record("RecordProcessed", handle, {{"GSW_PHONE", "15552005"}})) == 106);
  CHECK(!on_phone("DoNotCall", "+15552005", {{"GSW_CUSTOMER_ID", " C1"}}).has("GSW_ERROR"));
  CHECK(error_of(on_phone("DoNotCall", "+15552005", {{"GSW_CUSTOMER_ID", "C-1"}})) == 106);
}

TEST_CASE_METHOD(ContactFixture, "a chain of two spellings of a number becomes one do-not-call entry",
                 "[engine][dnc][contact_key]") {
  std::int64_t chain = *add({{"GSW_PHONE", "+1-555-2004"}}).integer("GSW_CHAIN_ID");
  add({{"GSW_PHONE", "+15552004"}, {"GSW_CHAIN_ID", chain}});
  Event answer = on_record("DoNotCall", *preview().integer("GSW_RECORD_HANDLE"), {{"GSW_CHAIN_ATTR", "AllChain"}});
  CHECK(*answer.string("GSW_MESSAGE") == "2 records match");
  CHECK(store().do_not_call(1, ContactKind::phone, "", 10)->size() == 1);
}

TEST_CASE_METHOD(ContactFixture, "a do-not-call answer counts the records of the tenant that match", "[engine][dnc]") {
  CHECK(*on_phone("DoNotCall", "+1777").string("GSW_MESSAGE") == "0 records match");
  for (int i = 0; i < 3; ++i) add({{"GSW_PHONE", "+1-888"}, {"client-id", "C8"}});
  add({{"GSW_PHONE", "+1888"}, {"GSW_CAMPAIGN_NAME", "Spring"}}, "Shared");
  CHECK(*on_phone("DoNotCall", "+1888").string("GSW_MESSAGE") == "4 records match");
  CHECK(*on_phone("DoNotCall", "+1888", {}, "Other").string("GSW_MESSAGE") == "0 records match");
  CHECK(*on_customer("DoNotCall", "C8").string("GSW_MESSAGE") == "3 records match");
}

TEST_CASE_METHOD(ContactFixture, "a target that shows nothing is refused, and nothing is blocked", "[engine][target]") {
  for (const char* blank : {" ", "\xe2\x80\x8b", "\xc2\xa0\xe2\x80\xaa"}) {
    for (const char* name : {"DoNotCall", "RequestRecordCancel"}) {
      CHECK(error_of(on_phone(name, blank)) == 104);
      Event refused = on_customer(name, blank);
      CHECK(error_of(refused) == 104);
      CHECK(text_of(refused).find("GSW_CUSTOMER_ID must not be blank") == 0);
    }
  }
  CHECK(store().do_not_call(1, ContactKind::phone, "", 10)->empty());
  CHECK(store().do_not_call(1, ContactKind::customer_id, "", 10)->empty());
  CHECK(text_of(on_phone("DoNotCall", "1.55502E+10")).find("spreadsheet") != std::string::npos);
  CHECK(error_of(on_phone("DoNotCall", "+1555\t0100")) == 104);
  // What was stored before there was such a rule can be cancelled.
  CHECK(error_of(on_phone("RequestRecordCancel", "1.55502E+10")) == 115);
}

TEST_CASE_METHOD(ContactFixture, "customers that show nothing are nobody in common", "[engine][dnc]") {
  CHECK(error_of(add({{"GSW_CUSTOMER_ID", "\xe2\x80\x8b"}})) == 104);
  CHECK(error_of(add({{"GSW_AGENT_ID", " "}})) == 104);
  CHECK(error_of(preview(501, {{"GSW_AGENT_ID", "\xc2\xa0"}})) == 104);
  add({{"GSW_PHONE", "a1"}, {"client-id", " "}});
  CHECK(only().customer_id.empty());
  CHECK(only().custom == R"({"client-id":" "})");
}

TEST_CASE_METHOD(ContactFixture, "every request that may change GSW_PHONE refuses what is none", "[engine][contact]") {
  for (const char* bad : {"   ", "\xe2\x80\x8b", "+1555\n0100", "+1555\t0100", "1.55502E+10", "15550213.0", "#N/A"}) {
    Event refused = add({{"GSW_PHONE", bad}});
    CHECK(error_of(refused) == 104);
    CHECK(text_of(refused).find("GSW_PHONE must") == 0);
  }
  CHECK(records().empty());
  std::int64_t handle = held();
  for (const char* name : {"UpdateCallCompletionStats", "RecordReschedule"}) {
    Attributes more = {{"GSW_PHONE", "#REF!"}, {"GSW_DATE_TIME", "07/03/2026 10:00"}};
    Event refused = on_record(name, handle, more);
    CHECK(error_of(refused) == 104);
    CHECK(text_of(refused).find("error value of a spreadsheet") != std::string::npos);
  }
  // An address is free text, until it is called a phone.
  const char* update = "UpdateCallCompletionStats";
  CHECK(!on_record(update, handle, {{"GSW_PHONE", "#N/A"}, {"GSW_PHONE_TYPE", n(10)}}).has("GSW_ERROR"));
  CHECK(error_of(on_record(update, handle, {{"GSW_PHONE", "a\tb@c"}, {"GSW_PHONE_TYPE", n(10)}})) == 104);
  CHECK(error_of(on_record(update, handle, {{"GSW_PHONE_TYPE", n(4)}})) == 104);
  CHECK(only().contact_info == "#N/A");
}

TEST_CASE_METHOD(ContactFixture, "a contact that is older than the rules may be sent back as it is",
                 "[engine][contact]") {
  std::int64_t handle = held();
  Record before = only();
  Record after = before;
  after.contact_info = "1.55502E+10";
  REQUIRE(stores_.in_transaction([&](RecordStore& s) { return s.update_record(before, after); }));
  Attributes same = {{"GSW_PHONE", "1.55502E+10"}, {"GSW_PHONE_TYPE", n(4)}};
  CHECK(!on_record("UpdateCallCompletionStats", handle, same).has("GSW_ERROR"));
  CHECK(!on_record("RecordProcessed", handle, {{"GSW_PHONE", "1.55502E+10"}}).has("GSW_ERROR"));
}

}  // namespace outpost::test::contact_test
