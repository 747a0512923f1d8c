#include "protocol/outbound/transitions.h"

#include <catch2/catch_test_macros.hpp>

namespace outpost::protocol::transitions_test {

TEST_CASE("a change takes what the request gives, else its value, else leaves the column alone", "[transitions]") {
  Change kept;
  CHECK(kept.apply(9, 5) == 9);
  CHECK(kept.apply(9, std::nullopt) == 9);
  Change given{.given = true};
  CHECK(given.apply(9, 5) == 5);
  CHECK(given.apply(9, std::nullopt) == 9);
  Change fixed{.value = 3};
  CHECK(fixed.apply(9, 5) == 3);
  Change either{.given = true, .value = 3};
  CHECK(either.apply(9, 5) == 5);
  CHECK(either.apply(9, std::nullopt) == 3);
}

TEST_CASE("an unknown result becomes Answer when a record is processed, any other stays", "[transitions]") {
  const Change& result = transition(TransitionId::processed).result;
  CHECK(result.apply(call_result::kUnknown, std::nullopt) == call_result::kAnswer);
  CHECK(result.apply(6, std::nullopt) == 6);
  CHECK(result.apply(6, 7) == 7);
}

TEST_CASE("a callback that is set due again forgets that it was missed, and no other result", "[transitions]") {
  const Transition& recalled = transition(TransitionId::recalled);
  CHECK(recalled.status.apply(8, std::nullopt) == 1);
  CHECK(recalled.result.apply(call_result::kAgentCallBackError, std::nullopt) == call_result::kUnknown);
  CHECK(recalled.result.apply(6, std::nullopt) == 6);
}

TEST_CASE("a record that is recycled has no result, whatever it had", "[transitions]") {
  const Transition& recycled = transition(TransitionId::recycled);
  CHECK(recycled.type.apply(5, std::nullopt) == 2);
  CHECK(recycled.status.apply(3, std::nullopt) == 1);
  CHECK(recycled.result.apply(6, std::nullopt) == call_result::kUnknown);
  CHECK_FALSE(recycled.attempt);
}

TEST_CASE("every cause has its own row", "[transitions]") {
  CHECK(transitions().size() == static_cast<std::size_t>(TransitionId::validation_failed) + 1);
  for (const Transition& row : transitions()) CHECK(&transition(row.id) == &row);
}

}  // namespace outpost::protocol::transitions_test
