#include "proxy/http/bodies.h"

#include <catch2/catch_test_macros.hpp>
#include <utility>
#include <vector>

namespace outpost::proxy::bodies_test {

TEST_CASE("bodies take no more than there is, and what one gives back another may have", "[bodies]") {
  Bodies bodies;
  bodies.set_max(100);
  Bodies::Part one(bodies);
  CHECK(one.grow_to(60));
  CHECK(one.grow_to(60));
  {
    Bodies::Part other(bodies);
    CHECK_FALSE(other.grow_to(41));
    CHECK(other.bytes() == 0);
    CHECK(other.grow_to(40));
    CHECK_FALSE(one.grow_to(61));
    CHECK(bodies.bytes() == 100);
  }
  CHECK(bodies.bytes() == 60);
  CHECK(one.grow_to(100));
  one.shrink_to(10);
  one.shrink_to(20);
  CHECK(bodies.bytes() == 10);
}

TEST_CASE("a lower limit takes nothing away, and lets nobody have more", "[bodies]") {
  Bodies bodies;
  bodies.set_max(100);
  Bodies::Part one(bodies);
  Bodies::Part other(bodies);
  CHECK(one.grow_to(60));
  CHECK(other.grow_to(20));
  bodies.set_max(50);
  CHECK_FALSE(one.grow_to(61));
  CHECK_FALSE(other.grow_to(21));
  CHECK(one.grow_to(60));
  CHECK(bodies.bytes() == 80);
  CHECK(one.grow_to(10));
  CHECK(other.grow_to(40));
}

TEST_CASE("a part that is handed on is booked once", "[bodies]") {
  Bodies bodies;
  bodies.set_max(100);
  {
    std::vector<Bodies::Part> parts;
    for (std::size_t bytes : {10U, 20U, 30U}) {
      Bodies::Part part(bodies);
      CHECK(part.grow_to(bytes));
      parts.push_back(std::move(part));
    }
    CHECK(bodies.bytes() == 60);
    parts.erase(parts.begin());
    CHECK(bodies.bytes() == 50);
    Bodies::Part joined(bodies);
    joined.join(parts[0]);
    CHECK(joined.bytes() == 20);
    CHECK(parts[0].bytes() == 0);
    CHECK(bodies.bytes() == 50);
  }
  CHECK(bodies.bytes() == 0);
}

}  // namespace outpost::proxy::bodies_test
