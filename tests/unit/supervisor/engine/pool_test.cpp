#include "supervisor/engine/pool.h"

#include <memory>

#include <catch2/catch_test_macros.hpp>

namespace outpost::test::pool_test {

using namespace outpost::supervisor;

TEST_CASE("a pool gives the object again that was given back, as good as new", "[pool]") {
  struct Object {
    std::shared_ptr<int> holds;
  };
  auto held = std::make_shared<int>(1);
  std::weak_ptr<int> watched = held;
  Pool<Object> pool;
  Object* one = pool.take();
  Object* two = pool.take();
  REQUIRE(one != two);
  one->holds = std::move(held);
  CHECK(pool.in_use() == 2);
  pool.give_back(one);
  CHECK(watched.expired());
  CHECK(pool.in_use() == 1);
  CHECK(pool.take() == one);
  CHECK(!one->holds);
}

TEST_CASE("a pool owns what nobody gave back", "[pool]") {
  auto held = std::make_shared<int>(1);
  std::weak_ptr<int> watched = held;
  {
    Pool<std::shared_ptr<int>> pool;
    *pool.take() = std::move(held);
    CHECK(!watched.expired());
  }
  CHECK(watched.expired());
}

}  // namespace outpost::test::pool_test
