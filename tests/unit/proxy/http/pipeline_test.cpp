#include "proxy/http/pipeline.h"

#include <catch2/catch_test_macros.hpp>

namespace outpost::proxy::pipeline_test {

namespace {

TEST_CASE("a response waits in the pipeline for those before it", "[pipeline]") {
  Bodies bodies;
  Pipeline pipeline(bodies);
  CHECK(pipeline.last_sequence() == 0);
  for (std::uint64_t now_us : {10, 20, 30}) pipeline.add(now_us);
  CHECK(pipeline.last_sequence() == 3);
  CHECK(pipeline.unanswered() == 3);
  pipeline.find_unanswered(2)->response = Response();
  CHECK(pipeline.unanswered() == 2);
  CHECK_FALSE(pipeline.ready());
  pipeline.find_unanswered(1)->response = Response();
  for (std::uint32_t sequence : {1U, 2U}) {
    REQUIRE(pipeline.ready());
    CHECK(pipeline.ready()->sequence == sequence);
    CHECK(pipeline.ready()->started_us == 10 * sequence);
    pipeline.pop();
  }
  CHECK_FALSE(pipeline.ready());
  CHECK(pipeline.size() == 1);
}

TEST_CASE("a request is found by its number until it is answered", "[pipeline]") {
  Bodies bodies;
  Pipeline pipeline(bodies);
  CHECK_FALSE(pipeline.find_unanswered(0));
  CHECK_FALSE(pipeline.find_unanswered(1));
  pipeline.add(0).response = Response();
  pipeline.pop();
  pipeline.add(0);
  CHECK_FALSE(pipeline.find_unanswered(1));  // gone
  CHECK_FALSE(pipeline.find_unanswered(3));  // not here yet
  REQUIRE(pipeline.find_unanswered(2));
  pipeline.find_unanswered(2)->response = Response();
  CHECK_FALSE(pipeline.find_unanswered(2));
}

TEST_CASE("a pipeline is held until its last request is answered, if that may be late", "[pipeline]") {
  Bodies bodies;
  Pipeline pipeline(bodies);
  CHECK_FALSE(pipeline.is_held());
  pipeline.add(0);
  CHECK_FALSE(pipeline.is_held());
  pipeline.add(0).held = true;
  CHECK(pipeline.is_held());
  pipeline.find_unanswered(2)->response = Response();
  CHECK_FALSE(pipeline.is_held());
}

TEST_CASE("the pipeline is stuck while its last request waits to be sent", "[pipeline]") {
  Bodies bodies;
  Pipeline pipeline(bodies);
  CHECK_FALSE(pipeline.is_stuck());
  pipeline.add(0).waiting = true;
  CHECK(pipeline.is_stuck());
  pipeline.last().waiting = false;
  CHECK_FALSE(pipeline.is_stuck());
  pipeline.clear();
  CHECK(pipeline.empty());
  CHECK(pipeline.last_sequence() == 1);
}

}  // namespace

}  // namespace outpost::proxy::pipeline_test
