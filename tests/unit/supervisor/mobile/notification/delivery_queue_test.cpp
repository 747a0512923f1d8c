#include "supervisor/mobile/notification/delivery_queue.h"

#include <catch2/catch_test_macros.hpp>

namespace outpost::supervisor::mobile::delivery_queue_test {

namespace {

using End = DeliveryQueue::End;

Delivery to(const std::string& device, std::size_t bytes = 10) {
  Delivery made;
  made.published =
      std::make_shared<const PublishedEvent>(PublishedEvent{"e", {"t", std::string(bytes, 'm'), MediaType::string}});
  made.device = device;
  return made;
}

void add(DeliveryQueue& queue, Delivery delivery) { REQUIRE(queue.add(delivery)); }

// Those that may begin at this time, in their order.
std::vector<std::uint64_t> begun(DeliveryQueue& queue, std::uint64_t now_ms) {
  std::vector<std::uint64_t> all;
  while (auto number = queue.begin(now_ms)) all.push_back(*number);
  return all;
}

std::string target(PushType type, const std::string& device, const std::string& base = {}) {
  Delivery made;
  made.type = type;
  made.device = device;
  made.session.base = base;
  return target_of(made);
}

}  // namespace

TEST_CASE("a delivery is tried at 0, 1, 3 and 7 seconds, and then given up", "[notification]") {
  DeliveryQueue queue(delivery_waits());
  add(queue, to("http://a/"));
  std::uint64_t now = 1'000'000;
  std::vector<std::uint64_t> tried;
  for (std::uint64_t at = now;; at = *queue.next_due_ms()) {
    if (at > now) CHECK(begun(queue, at - 1).empty());
    std::vector<std::uint64_t> all = begun(queue, at);
    REQUIRE(all.size() == 1);
    tried.push_back(at - now);
    CHECK(queue.tries(all[0]) == tried.size());
    if (queue.ended(all[0], End::failed, at)) break;
    CHECK(queue.size() == 1);
  }
  CHECK(tried == std::vector<std::uint64_t>{0, 1'000, 3'000, 7'000});
  CHECK(queue.size() == 0);
  CHECK_FALSE(queue.next_due_ms());
}

TEST_CASE("what is over is not tried again", "[notification]") {
  DeliveryQueue queue(delivery_waits());
  add(queue, to("http://a/"));
  CHECK(queue.size(PushType::httpcb) == 1);
  CHECK(queue.ended(*queue.begin(0), End::over, 0));
  CHECK(queue.size(PushType::httpcb) == 0);
  CHECK(begun(queue, 100'000).empty());
}

TEST_CASE("a target has so many at a time, and keeps no other from its own", "[notification]") {
  DeliveryQueue queue(delivery_waits());
  queue.set_room(2, 75);
  for (int i = 0; i < 5; ++i) add(queue, to("http://dead/" + std::to_string(i)));
  add(queue, to("http://lives/"));
  std::vector<std::uint64_t> first = begun(queue, 0);
  REQUIRE(first.size() == 3);
  std::size_t dead = 0;
  for (std::uint64_t number : first) dead += queue.at(number).device.starts_with("http://dead/");
  CHECK(dead == 2);
  // They take turns: the one that lives was begun before the second of the other.
  CHECK(queue.at(first[1]).device == "http://lives/");
  CHECK_FALSE(queue.ended(first[0], End::failed, 0));
  std::vector<std::uint64_t> next = begun(queue, 0);
  REQUIRE(next.size() == 1);
  CHECK(queue.at(next[0]).device == "http://dead/2");
}

TEST_CASE("all targets share what is under way, and none has so much that another gets nothing", "[notification]") {
  DeliveryQueue queue(delivery_waits());
  queue.set_room(20, 6);
  for (int i = 0; i < 20; ++i) add(queue, to("http://hung/"));
  CHECK(begun(queue, 0).size() == 3);
  for (int i = 0; i < 20; ++i) add(queue, to("http://hangs-too/"));
  std::vector<std::uint64_t> second = begun(queue, 0);
  REQUIRE(second.size() == 2);
  CHECK(queue.at(second[0]).device == "http://hangs-too/");
  add(queue, to("http://lives/"));
  std::vector<std::uint64_t> third = begun(queue, 0);
  REQUIRE(third.size() == 1);
  CHECK(queue.at(third[0]).device == "http://lives/");
  add(queue, to("http://late/"));
  CHECK(begun(queue, 0).empty());
  CHECK(queue.ended(third[0], End::over, 0));
  std::vector<std::uint64_t> fourth = begun(queue, 0);
  REQUIRE(fourth.size() == 1);
  CHECK(queue.at(fourth[0]).device == "http://late/");
  // Of less room nothing begins until there is some, and of more at once.
  queue.set_room(20, 1);
  CHECK(queue.ended(fourth[0], End::over, 0));
  CHECK(begun(queue, 0).empty());
  queue.set_room(20, 40);
  CHECK(begun(queue, 0).size() > 10);
}

TEST_CASE("with room for one, one at a time is under way", "[notification]") {
  DeliveryQueue queue(delivery_waits());
  queue.set_room(20, 1);
  add(queue, to("http://a/"));
  add(queue, to("http://a/"));
  std::vector<std::uint64_t> first = begun(queue, 0);
  REQUIRE(first.size() == 1);
  CHECK(queue.ended(first[0], End::over, 0));
  CHECK(begun(queue, 0).size() == 1);
}

TEST_CASE("of one target no more wait than there is room for others", "[notification]") {
  DeliveryQueue queue(delivery_waits());
  auto added = [&](const std::string& device) {
    Delivery one = to(device);
    std::size_t count = 0;
    for (; queue.add(one); one = to(device)) ++count;
    CHECK(one.device == device);
    return count;
  };
  std::size_t hung = added("http://hung/");
  CHECK(hung == DeliveryQueue::kWaitingMax / 2 + 1);
  CHECK_FALSE(queue.full());
  CHECK(added("http://hangs-too/") == DeliveryQueue::kWaitingMax / 4);
  add(queue, to("http://lives/"));
  // Those that wait for a further try count, and what is over does not.
  std::vector<std::uint64_t> some = begun(queue, 0);
  REQUIRE(some.size() > 1);
  REQUIRE(queue.at(some[0]).device == "http://hung/");
  CHECK_FALSE(queue.ended(some[0], End::failed, 0));
  CHECK(added("http://hung/") == 0);
  queue.clear();
  CHECK(added("http://hung/") == hung);
}

TEST_CASE("messages under way are bounded in bytes", "[notification]") {
  DeliveryQueue queue(delivery_waits());
  const std::size_t half = DeliveryQueue::kBytesUnderWayMax / 2;
  for (int i = 0; i < 3; ++i) add(queue, to("http://h" + std::to_string(i), half));
  std::vector<std::uint64_t> first = begun(queue, 0);
  REQUIRE(first.size() == 2);
  CHECK(queue.ended(first[0], End::over, 0));
  CHECK(begun(queue, 0).size() == 1);
}

TEST_CASE("a queue is full at its limit, and empty when it is cleared", "[notification]") {
  DeliveryQueue queue(delivery_waits());
  for (std::size_t i = 0; i < DeliveryQueue::kWaitingMax; ++i) {
    REQUIRE_FALSE(queue.full());
    add(queue, to("http://h" + std::to_string(i)));
  }
  CHECK(queue.full());
  std::size_t all = 0;
  while (queue.size() > 0) {
    std::vector<std::uint64_t> some = begun(queue, 0);
    REQUIRE_FALSE(some.empty());
    for (std::uint64_t number : some) CHECK(queue.ended(number, End::over, 0));
    all += some.size();
  }
  CHECK(all == DeliveryQueue::kWaitingMax);
  add(queue, to("http://a"));
  add(queue, to("http://b"));
  CHECK_FALSE(queue.ended(*queue.begin(0), End::failed, 0));
  queue.clear();
  CHECK(queue.size() == 0);
  CHECK(queue.size(PushType::httpcb) == 0);
  CHECK_FALSE(queue.next_due_ms());
  CHECK(begun(queue, 100'000).empty());
  add(queue, to("http://a"));
  CHECK(begun(queue, 0).size() == 1);
}

TEST_CASE("a target is the server of a URL, or that of a session", "[notification]") {
  CHECK(target(PushType::httpcb, "HTTP://u:p@Crm.Example:8080/x@y?z") == "http crm.example:8080");
  CHECK(target(PushType::httpcb, "http://a?b") == target(PushType::httpcb, "http://A/c"));
  CHECK(target(PushType::orscb, "S1", "http://ors:7210") == "ors http://ors:7210");
  CHECK(target(PushType::orscb, "S2", "http://ors:7210") == target(PushType::orscb, "S1", "http://ors:7210"));
  CHECK(target(PushType::comet, "ann") == "comet");
}

}  // namespace outpost::supervisor::mobile::delivery_queue_test
