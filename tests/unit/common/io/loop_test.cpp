#include "common/io/loop.h"

#include <csignal>
#include <memory>
#include <optional>
#include <string>
#include <thread>

#include <catch2/catch_test_macros.hpp>

namespace outpost::test::loop_test {

using namespace std::chrono_literals;

TEST_CASE("what is planned for the end of a turn happens behind the events of the turn", "[loop]") {
  Loop loop;
  std::string order;
  Timer first(loop, [&] {
    order += 'a';
    loop.at_end_of_turn([&] { order += 'z'; });
  });
  Timer second(loop, [&] { order += 'b'; });
  first.start(0ms);
  second.start(0ms);
  loop.run();
  CHECK(order == "abz");
}

TEST_CASE("an action at the end of a turn may plan another for the same end", "[loop]") {
  Loop loop;
  std::string order;
  Timer timer(loop, [&] {
    loop.at_end_of_turn([&] {
      order += '1';
      loop.at_end_of_turn([&] { order += '3'; });
    });
    loop.at_end_of_turn([&] { order += '2'; });
  });
  timer.start(0ms);
  loop.run();
  CHECK(order == "123");
}

TEST_CASE("an object is called at the end of a turn once, in its turn, and never when it is gone", "[loop]") {
  struct Object final : TurnEnd {
    explicit Object(std::function<void()> f) : action(std::move(f)) {}
    void at_turn_end() override {
      auto now = action;  // it may destroy the object
      now();
    }
    std::function<void()> action;
  };
  Loop loop;
  std::string order;
  Object first([&] { order += '1'; });
  std::optional<Object> gone([&] { order += 'x'; });
  std::optional<Object> own;
  own.emplace([&] {
    order += '3';
    own.reset();
  });
  loop.at_end_of_turn(first);
  loop.at_end_of_turn(*gone);
  loop.at_end_of_turn([&] { order += '2'; });
  loop.at_end_of_turn(*own);
  loop.at_end_of_turn(first);
  gone.reset();
  loop.run_once(false);
  CHECK(order == "123");
  loop.at_end_of_turn(first);
  loop.run_once(false);
  CHECK(order == "1231");
}

TEST_CASE("what is planned before the loop runs happens even when there is nothing to wait for", "[loop]") {
  Loop loop;
  int calls = 0;
  loop.at_end_of_turn([&] { ++calls; });
  loop.run();
  CHECK(calls == 1);
  loop.at_end_of_turn([&] { ++calls; });
  loop.stop();
  loop.run();
  CHECK(calls == 2);
}

TEST_CASE("an action that was never run goes with the loop", "[loop]") {
  auto alive = std::make_shared<int>(0);
  std::weak_ptr<int> watched = alive;
  {
    Loop loop;
    loop.at_end_of_turn([alive = std::move(alive)] {});
  }
  CHECK(watched.expired());
}

TEST_CASE("a timer fires once, or until it is stopped", "[loop]") {
  Loop loop;
  int once = 0;
  int often = 0;
  std::optional<Timer> repeating;
  Timer single(loop, [&] { ++once; });
  repeating.emplace(loop, [&] {
    if (++often == 3) repeating->stop();
  });
  single.start(0ms);
  repeating->start_repeating(1ms);
  CHECK(single.active());
  loop.run();
  CHECK(once == 1);
  CHECK(often == 3);
  CHECK(!single.active());
  CHECK(!repeating->active());
}

TEST_CASE("starting a started timer moves it", "[loop]") {
  Loop loop;
  std::string order;
  Timer moved(loop, [&] { order += 'm'; });
  Timer other(loop, [&] { order += 'o'; });
  moved.start(0ms);
  other.start(1ms);
  moved.start(2ms);
  loop.run();
  CHECK(order == "om");
}

TEST_CASE("a timer's action keeps its own state from call to call", "[loop]") {
  Loop loop;
  int last = 0;
  std::optional<Timer> timer;
  timer.emplace(loop, [&, calls = 0]() mutable {
    last = ++calls;
    if (calls == 3) timer->stop();
  });
  timer->start_repeating(1ms);
  loop.run();
  CHECK(last == 3);
}

TEST_CASE("a timer may be destroyed by its own action", "[loop]") {
  Loop loop;
  std::unique_ptr<Timer> timer;
  std::string seen;
  timer = std::make_unique<Timer>(loop, [&, text = std::string(100, 'x')] {
    timer.reset();
    seen = text;  // what the action holds is still there
  });
  timer->start_repeating(1ms);
  loop.run();
  CHECK(seen == std::string(100, 'x'));
}

TEST_CASE("a destroyed timer does not fire, also when its time had come", "[loop]") {
  Loop loop;
  int calls = 0;
  std::unique_ptr<Timer> first;
  std::unique_ptr<Timer> second;
  first = std::make_unique<Timer>(loop, [&] {
    ++calls;
    second.reset();
  });
  second = std::make_unique<Timer>(loop, [&] {
    ++calls;
    first.reset();
  });
  first->start(0ms);
  second->start(0ms);
  loop.run();
  CHECK(calls == 1);
}

TEST_CASE("a signal is handled on the loop, and its object may be destroyed there", "[loop]") {
  Loop loop;
  std::unique_ptr<Signal> on_signal;
  std::string seen;
  Timer keeps_alive(loop, [] {});
  keeps_alive.start(1h);
  on_signal = std::make_unique<Signal>(loop, SIGUSR1, [&, text = std::string(100, 'x')] {
    on_signal.reset();
    keeps_alive.stop();
    seen = text;
  });
  raise(SIGUSR1);
  loop.run();
  CHECK(seen == std::string(100, 'x'));
}

TEST_CASE("waiting for a signal alone does not keep the loop running", "[loop]") {
  Loop loop;
  Signal on_signal(loop, SIGUSR2, [] {});
  loop.run();
  SUCCEED("the loop ended");
}

TEST_CASE("another thread wakes the loop, and no wake-up is missed", "[loop]") {
  Loop loop;
  std::unique_ptr<Wakeup> wakeup;
  std::atomic<int> produced{0};
  int seen = 0;
  wakeup = std::make_unique<Wakeup>(loop, [&] {
    seen = produced.load();
    if (seen == 1000) wakeup.reset();
  });
  std::thread producer([&] {
    for (int i = 0; i < 1000; ++i) {
      ++produced;
      if (i < 999) wakeup->notify();
    }
    wakeup->notify();
  });
  // The object must outlive the last notify(): the loop runs its action only from the run below.
  producer.join();
  loop.run();
  CHECK(seen == 1000);
}

TEST_CASE("a loop closes clean when objects die in any order just before it", "[loop]") {
  auto loop = std::make_unique<Loop>();
  auto timer = std::make_unique<Timer>(*loop, [] {});
  auto signal = std::make_unique<Signal>(*loop, SIGUSR1, [] {});
  auto wakeup = std::make_unique<Wakeup>(*loop, [] {});
  timer->start_repeating(1ms);
  wakeup->notify();
  signal.reset();
  timer.reset();
  wakeup.reset();
  loop.reset();
  SUCCEED("the loop closed");
}

}  // namespace outpost::test::loop_test
