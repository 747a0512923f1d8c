#include <map>
#include <string>

#include "tests/support/engine_fixture.h"

using namespace outpost;
using namespace outpost::supervisor;
using namespace outpost::test;

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
                                                 {"GSW_CHAIN_ATTR", "RecordOnly"}}));
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
  CHECK(!on_phone("DoNotCall", "same").has("GSW_ERROR"));
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
