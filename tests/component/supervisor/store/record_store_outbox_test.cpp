// The conformance suite: what is to be told to other servers, and handles whose record is being validated.
#include <algorithm>

#include "tests/component/supervisor/store/conformance.h"

namespace outpost::test::record_store_outbox_test {

namespace {

OutboxMessage message(std::int64_t id, std::string destination, std::int64_t chain) {
  return {id, OutboxKind::history, std::move(destination), kList, chain, 1700, 0, "", R"({"GSW_CHAIN_ID":1})"};
}

std::vector<std::int64_t> ids_of(const std::vector<OutboxMessage>& messages) {
  std::vector<std::int64_t> ids;
  for (const OutboxMessage& one : messages) ids.push_back(one.message_id);
  return ids;
}

using Ids = std::vector<std::int64_t>;

}  // namespace

TEST_CASE("messages of the outbox come back whole, by destination and in order", "[store][outbox]") {
  EVERY_ENGINE(engine);
  auto store = engine.writer();
  std::vector<OutboxMessage> messages{message(1, "history", 5), message(2, "webhook:crm", 5), message(3, "history", 6),
                                      message(4, "history", 5)};
  messages[1].kind = OutboxKind::webhook;
  messages[1].body = "{\"t\":\"\xC3\xA4\"}";
  in_transaction(*store, [&] {
    for (const OutboxMessage& one : messages) require_ok(store->insert_outbox(one));
  });

  CHECK(value_of(store->outbox_destinations()) == std::vector<std::string>{"history", "webhook:crm"});
  CHECK(ids_of(value_of(store->outbox("history", 0, 10))) == Ids{1, 3, 4});
  CHECK(ids_of(value_of(store->outbox("history", 1, 1))) == Ids{3});
  CHECK(ids_of(value_of(store->outbox("hist", 0, 10))).empty());
  CHECK(value_of(store->outbox_message(2)) == messages[1]);
  CHECK_FALSE(value_of(store->outbox_message(9)));
  CHECK(value_of(store->count_outbox("history")) == 3);
  CHECK(value_of(store->has_outbox(kList, 6, OutboxKind::history)));
  CHECK_FALSE(value_of(store->has_outbox(kList, 6, OutboxKind::webhook)));
  CHECK_FALSE(value_of(store->has_outbox(kList + 1, 6, OutboxKind::history)));
}

TEST_CASE("a message of the outbox keeps what came of it until it is removed", "[store][outbox]") {
  EVERY_ENGINE(engine);
  auto store = engine.writer();
  in_transaction(*store, [&] {
    require_ok(store->insert_outbox(message(1, "history", 5)));
    require_ok(store->note_outbox(1, 3, "status 500"));
    require_ok(store->note_outbox(8, 3, "of none"));
  });
  OutboxMessage noted = message(1, "history", 5);
  noted.attempts = 3, noted.problem = "status 500";
  CHECK(value_of(store->outbox_message(1)) == noted);
  in_transaction(*store, [&] {
    require_ok(store->remove_outbox(1));
    require_ok(store->remove_outbox(1));
  });
  CHECK_FALSE(value_of(store->outbox_message(1)));
  CHECK(value_of(store->outbox_destinations()).empty());
  CHECK(value_of(store->count_outbox("history")) == 0);
}

TEST_CASE("what was written to the outbox goes with its transaction", "[store][outbox]") {
  EVERY_ENGINE(engine);
  auto store = engine.writer();
  require_ok(store->begin());
  auto id = value_of(store->take_ids(IdKind::outbox, 1));
  require_ok(store->insert_outbox(message(id, "history", 5)));
  store->rollback();
  CHECK(value_of(store->outbox("history", 0, 10)).empty());
  in_transaction(*store, [&] { CHECK(value_of(store->take_ids(IdKind::outbox, 1)) > id); });
}

TEST_CASE("a destination is paused until that is taken back", "[store][outbox]") {
  EVERY_ENGINE(engine);
  auto store = engine.writer();
  in_transaction(*store, [&] {
    require_ok(store->pause_outbox({"webhook:crm", 1700}));
    require_ok(store->pause_outbox({"history", 1701}));
    require_ok(store->pause_outbox({"history", 1702}));
  });
  CHECK(value_of(store->outbox_pauses()) == std::vector<OutboxPause>{{"history", 1702}, {"webhook:crm", 1700}});
  in_transaction(*store, [&] {
    require_ok(store->resume_outbox("history"));
    require_ok(store->resume_outbox("nobody"));
  });
  CHECK(value_of(store->outbox_pauses()) == std::vector<OutboxPause>{{"webhook:crm", 1700}});
}

TEST_CASE("handles whose record is being validated are found until they are handed out or ended", "[store][outbox]") {
  EVERY_ENGINE(engine);
  auto store = engine.writer();
  std::vector<Handle> handles;
  in_transaction(*store, [&] {
    for (std::int64_t number = 1; number <= 4; ++number) {
      Handle handle{number, number, kList, 11, 13, "ann", "", 1700, 1700, false, "", 0};
      handle.validating = number != 2;
      handles.push_back(handle);
      require_ok(store->insert_handle(handle));
    }
    require_ok(store->close_handle(3, "LogOut", 1701));
    CHECK(value_of(store->handle(4))->validating);
  });
  CHECK(value_of(store->validating_handles(0, 10)) == std::vector<Handle>{handles[0], handles[3]});
  CHECK(value_of(store->validating_handles(1, 10)) == std::vector<Handle>{handles[3]});
  CHECK(value_of(store->validating_handles(0, 1)) == std::vector<Handle>{handles[0]});
  in_transaction(*store, [&] {
    require_ok(store->end_validation(1, 1750));
    Handle handed_out = handles[0];
    handed_out.validating = false, handed_out.touched_at = 1750;
    CHECK(value_of(store->handle(1)) == handed_out);
  });
  CHECK(value_of(store->validating_handles(0, 10)) == std::vector<Handle>{handles[3]});
}

}  // namespace outpost::test::record_store_outbox_test
