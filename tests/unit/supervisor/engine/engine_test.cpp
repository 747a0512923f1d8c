#include "supervisor/engine/engine.h"

#include <string>

#include "tests/support/engine_fixture.h"

namespace outpost::test::engine_test {

using namespace outpost::supervisor;

TEST_CASE_METHOD(EngineFixture, "a request without a mandatory attribute is told which one", "[engine]") {
  for (const char* missing : {"GSW_CALLING_LIST", "GSW_PHONE", "GSW_TZ_NAME"}) {
    Request asked = request("lists", "AddRecord",
                            {{"GSW_CALLING_LIST", "Spring_2024"}, {"GSW_PHONE", "1"}, {"GSW_TZ_NAME", "PST"}});
    asked.event.remove(missing);
    asked.event.add("GSW_REFERENCE_ID", "mine");
    Event answer = ask(asked);
    CHECK(error_of(answer) == 103);
    CHECK(text_of(answer).find(missing) != std::string::npos);
    CHECK(*answer.string("GSW_REFERENCE_ID") == "mine");
  }
  CHECK(error_of(ask(request("records", "RecordProcessed", {}))) == 103);
  CHECK(error_of(ask(request("campaigngroups", "PreviewRecordRequest", {}))) == 103);
}

TEST_CASE_METHOD(EngineFixture, "a mandatory attribute must not be empty", "[engine]") {
  for (const char* empty : {"GSW_PHONE", "GSW_TZ_NAME"}) {
    Request asked = request("lists", "AddRecord",
                            {{"GSW_CALLING_LIST", "Spring_2024"}, {"GSW_PHONE", "1"}, {"GSW_TZ_NAME", "PST"}});
    asked.event.set(empty, std::string());
    Event answer = ask(asked);
    CHECK(error_of(answer) == 104);
    CHECK(text_of(answer) == std::string(empty) + " must not be empty");
  }
}

TEST_CASE_METHOD(EngineFixture, "requests that are not known or on the wrong resource are told apart", "[engine]") {
  for (const auto& row : protocol::requests()) {
    Request asked = request(std::string(protocol::to_string(row.resource)), std::string(row.request), {});
    INFO(row.request);
    CHECK(error_of(ask(asked)) == 103);
  }
  CHECK(error_of(ask(request("lists", "FlyToTheMoon", {}))) == 101);
  CHECK(error_of(ask(request("lists", "RecordProcessed", {}))) == 102);
  CHECK(error_of(ask(request("nowhere", "RecordProcessed", {}))) == 102);
  Request nameless = request("lists", "AddRecord", {});
  nameless.event.remove("GSW_AGENT_REQ_TYPE");
  CHECK(error_of(ask(nameless)) == 103);
  nameless.event.add("GSW_AGENT_REQ_TYPE", n(3));
  CHECK(error_of(ask(nameless)) == 103);
}

TEST_CASE_METHOD(EngineFixture, "what no honest proxy sends is refused", "[engine]") {
  Request twice = request("lists", "AddRecord",
                          {{"GSW_CALLING_LIST", "Spring_2024"},
                           {"GSW_PHONE", "1"},
                           {"GSW_TZ_NAME", "PST"},
                           {"STATE", "a"},
                           {"STATE", "b"}});
  CHECK(error_of(ask(twice)) == 105);
  Request many =
      request("lists", "AddRecord", {{"GSW_CALLING_LIST", "Spring_2024"}, {"GSW_PHONE", "1"}, {"GSW_TZ_NAME", "PST"}});
  for (int i = 0; i < 1000; ++i) many.event.add("k" + std::to_string(i), n(i));
  CHECK(error_of(ask(many)) == 105);
  Request large = many;
  large.event.attributes().resize(4);
  large.event.add("GSW_X", std::string(2 * 1024 * 1024, 'x'));
  CHECK(error_of(ask(large)) == 105);
  CHECK(records().empty());
}

// --- Idempotency -----------------------------------------------------------------------------------------------------

TEST_CASE_METHOD(EngineFixture, "the same request under the same key has the same answer and one effect",
                 "[engine][idempotency]") {
  Event first = add({{"STATE", "CA"}}, "Spring_2024", "key-1");
  Event again = add({{"STATE", "CA"}}, "Spring_2024", "key-1");
  CHECK(first == again);
  CHECK(records().size() == 1);
  CHECK(!(add({{"STATE", "CA"}}, "Spring_2024", "key-2") == first));
  CHECK(records().size() == 2);
}

TEST_CASE_METHOD(EngineFixture, "an answer that was kept says so, and is kept as earlier versions read it",
                 "[engine][idempotency]") {
  Request asked = request("lists", "AddRecord",
                          {{"GSW_CALLING_LIST", "Spring_2024"}, {"GSW_PHONE", "1"}, {"GSW_TZ_NAME", "PST"}}, "key-1");
  auto answer = [&] {
    return stores_.in_transaction([&](RecordStore& store) { return engine_->handle(store, asked); }).value();
  };
  protocol::Answer first = answer();
  CHECK_FALSE(first.replayed);
  CHECK(answer().replayed);
  std::string kept;
  ByteWriter out(kept);
  first.event.encode(out);
  out.integer(std::uint32_t{0});  // records
  CHECK((*store().kept_answer("key-1"))->answer == kept);
}

TEST_CASE_METHOD(EngineFixture,
                 "a repeated request is recognised by what the client sent, not by the proxy's reference",
                 "[engine][idempotency]") {
  Event first = add({{"GSW_REFERENCE_ID", n(1)}}, "Spring_2024", "key-1");
  Event again = add({{"GSW_REFERENCE_ID", n(2)}}, "Spring_2024", "key-1");
  CHECK(records().size() == 1);
  CHECK(again.integer("GSW_REFERENCE_ID") == 2);
  first.set("GSW_REFERENCE_ID", n(2));
  CHECK(first == again);
}

TEST_CASE_METHOD(EngineFixture, "another request under a used key is refused", "[engine][idempotency]") {
  add({}, "Spring_2024", "key-1");
  Event answer = add({{"GSW_PHONE", "+15550199"}}, "Spring_2024", "key-1");
  CHECK(error_of(answer) == 104);
  CHECK(text_of(answer).find("Idempotency-Key") != std::string::npos);
  CHECK(records().size() == 1);
}

TEST_CASE_METHOD(EngineFixture, "errors and empty previews are not kept: the next attempt may do better",
                 "[engine][idempotency]") {
  CHECK(error_of(add({{"GSW_TZ_NAME", "Mars"}}, "Spring_2024", "key-1")) == 104);
  CHECK(add({}, "Spring_2024", "key-1").has("GSW_CHAIN_ID"));
  on_record("RecordProcessed", *preview().integer("GSW_RECORD_HANDLE"));
  Request empty = request("campaigngroups", "PreviewRecordRequest", {{"GSW_CAMPAIGN_GROUP_DBID", n(501)}}, "key-2");
  CHECK(!ask(empty).has("GSW_PHONE"));
  add();
  Event found = ask(empty);
  CHECK(found.has("GSW_PHONE"));
  CHECK(ask(empty) == found);
}

TEST_CASE_METHOD(EngineFixture, "a final request that is repeated under its key is acknowledged again",
                 "[engine][idempotency]") {
  std::int64_t handle = held();
  Request processed = request("records", "RecordProcessed", {{"GSW_RECORD_HANDLE", handle}}, "key-1");
  Event first = ask(processed);
  CHECK(*first.string("GSW_USER_EVENT") == "RecordProcessedAcknowledge");
  CHECK(ask(processed) == first);
  CHECK(only().attempt == 1);
}

TEST_CASE_METHOD(EngineFixture, "a key that is no key is refused", "[engine][idempotency]") {
  CHECK(error_of(add({}, "Spring_2024", std::string(256, 'k'))) == 104);
  CHECK(error_of(add({}, "Spring_2024", "a\nb")) == 104);
  CHECK(error_of(add({}, "Spring_2024", "caf\xc3\xa9")) == 104);
  CHECK(records().empty());
}

TEST_CASE_METHOD(EngineFixture, "a rollback takes record and kept answer away together", "[engine][idempotency]") {
  REQUIRE(store().begin());
  Request asked = request("lists", "AddRecord",
                          {{"GSW_CALLING_LIST", "Spring_2024"}, {"GSW_PHONE", "1"}, {"GSW_TZ_NAME", "PST"}}, "key-1");
  REQUIRE(engine_->handle(store(), asked));
  store().rollback();
  engine_->forget_cache();
  CHECK(records().empty());
  CHECK(ask(asked).has("GSW_CHAIN_ID"));
  CHECK(records().size() == 1);
}

TEST_CASE_METHOD(EngineFixture, "a request that is done once more after a rollback is answered as it was at first",
                 "[engine]") {
  const std::string longer(protocol::kAgentBytesMax, 'x');
  for (const std::string key : {"", "key-1"}) {
    Request asked = request("lists", "AddRecord",
                            {{"GSW_CALLING_LIST", "Spring_2024"},
                             {"GSW_PHONE", "+15550100"},
                             {"GSW_TZ_NAME", "PST"},
                             {"GSW_PHONE_TYPE", "4"},
                             {"GSW_AGENT_ID", longer},
                             {"STATE", longer},
                             {"Unknown", longer},
                             {"GSW_UNKNOWN_FIELDS", longer},
                             {"GSW_REFERENCE_ID", longer}},
                            key);
    const Request as_it_came = asked;
    REQUIRE(store().begin());
    auto first = engine_->handle(store(), asked);
    store().rollback();
    engine_->forget_cache();
    REQUIRE(first);
    CHECK(asked.event == as_it_came.event);
    CHECK(*first->event.string("GSW_UNKNOWN_FIELDS") == "Unknown");
    CHECK(*first->event.string("GSW_AGENT_ID") == longer);
    CHECK(*first->event.string("STATE") == longer);
    Event again = ask(asked);
    again.set("GSW_CHAIN_ID", *first->event.find("GSW_CHAIN_ID"));  // numbers are not given out twice
    CHECK(again == first->event);
  }
}

TEST_CASE_METHOD(EngineFixture, "old answers are forgotten after the retention, new ones are not",
                 "[engine][idempotency]") {
  for (int i = 0; i < 100; ++i) add({}, "Spring_2024", "old-" + std::to_string(i));
  clock_.advance(24 * 3600 + 1);
  for (int i = 0; i < 64; ++i) add({}, "Spring_2024", "new-" + std::to_string(i));
  CHECK(!store().kept_answer("old-0")->has_value());
  CHECK(!store().kept_answer("old-99")->has_value());
  CHECK(store().kept_answer("new-0")->has_value());
}

// --- Store and catalogue ---------------------------------------------------------------------------------------------

TEST_CASE_METHOD(EngineFixture, "a store that fails is no answer but an error that passes up", "[engine]") {
  // Outside a transaction the store takes no writes.
  Request asked =
      request("lists", "AddRecord", {{"GSW_CALLING_LIST", "Spring_2024"}, {"GSW_PHONE", "1"}, {"GSW_TZ_NAME", "PST"}});
  auto answer = engine_->handle(store(), asked);
  REQUIRE(!answer);
  CHECK(answer.error().code == Errc::store);
}

TEST_CASE_METHOD(EngineFixture, "the catalogue is read again when the cache is forgotten", "[engine]") {
  add();
  REQUIRE(stores_.apply(R"({"calling-lists": [{"dbid": 301, "name": "Renamed", "tenant": "Resources"}]})"));
  CHECK(add().has("GSW_CHAIN_ID"));
  engine_->forget_cache();
  CHECK(error_of(add()) == 111);
  CHECK(add({}, "Renamed").has("GSW_CHAIN_ID"));
}

TEST_CASE_METHOD(EngineFixture, "attributes are converted from the channel's encoding and back", "[engine]") {
  REQUIRE(engine_->set_encoding("ISO-8859-1"));
  Event answer = add({{"STATE", "caf\xe9"}, {"GSW_REFERENCE_ID", "\xe9"}});
  CHECK(*answer.string("STATE") == "caf\xe9");
  CHECK(*answer.string("GSW_REFERENCE_ID") == "\xe9");
  CHECK(only().custom == "{\"STATE\":\"caf\xc3\xa9\"}");
  CHECK(*preview().string("STATE") == "caf\xe9");
  REQUIRE(!engine_->set_encoding("no-such-set"));
  CHECK(add({{"STATE", "caf\xc3\xa9"}}).has("GSW_CHAIN_ID"));
  REQUIRE(engine_->set_encoding("UTF-8"));
  CHECK(error_of(add({{"STATE", "caf\xe9"}})) == 105);
}

TEST_CASE_METHOD(EngineFixture, "the largest chain that is answered fits a frame in the widest encoding too",
                 "[engine]") {
  auto wide = [](std::string_view text) {
    std::string out;
    for (char c : text) out.append(1, c).append(3, '\0');
    return out;
  };
  std::int64_t handle = held();
  std::int64_t chain = only().chain_id;
  for (int i = 0; i < 17; ++i) add({{"GSW_CHAIN_ID", chain}, {"STATE", std::string(60'000, 's')}});
  REQUIRE(on_record("ChainedRecordRequest", handle).has("GSW_RECORD_HANDLE"));
  REQUIRE(chained_.size() == 17);

  REQUIRE(engine_->set_encoding("UTF-32LE"));
  Request asked = request("records", "ChainedRecordRequest", {{"GSW_RECORD_HANDLE", handle}});
  for (auto& attribute : asked.event.attributes()) {
    attribute.key = wide(attribute.key);
    if (auto* text = std::get_if<std::string>(&attribute.value)) *text = wide(*text);
  }
  auto answer = stores_.in_transaction([&](RecordStore& store) { return engine_->handle(store, asked); });
  REQUIRE(answer);
  REQUIRE(answer->event.string(wide("GSW_USER_EVENT")));
  CHECK(*answer->event.string(wide("GSW_USER_EVENT")) == wide("ChainedRecordsDataEnd"));
  CHECK(answer->records.size() == 17);

  REQUIRE(engine_->set_encoding(""));
  add({{"GSW_CHAIN_ID", chain}, {"STATE", std::string(60'000, 's')}});
  CHECK(error_of(on_record("ChainedRecordRequest", handle)) == 131);
  CHECK(chained_.empty());
}

TEST_CASE("a request that names no tenant means the configured one", "[engine]") {
  EngineFixture other("Other");
  CHECK(other.add({}, "Spring_2024").integer("GSW_ERROR_NUMBER") == 111);
  CHECK(other.add({}, "Foreign").integer("GSW_ERROR_NUMBER") == 103);  // no campaign has it
  CHECK(other.add({{"GSW_TENANT_NAME", "Resources"}}, "Spring_2024").has("GSW_CHAIN_ID"));
  EngineFixture nobody("Nobody");
  CHECK(nobody.add({}, "Spring_2024").integer("GSW_ERROR_NUMBER") == 113);
}

}  // namespace outpost::test::engine_test
