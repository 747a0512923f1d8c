#include "proxy/courier/resolver.h"

#include <condition_variable>
#include <map>
#include <mutex>

#include "tests/support/run_until.h"

#include <catch2/catch_test_macros.hpp>

namespace outpost::test::courier_resolver_test {

using courier::Lookup;
using courier::Resolver;

namespace {

// Name servers that are silent until the test lets them speak. Threads may have it for longer than the test.
struct Servers {
  std::mutex mutex;
  std::condition_variable changed;
  bool speak = false;
  std::map<std::string, int> asked;

  Lookup answer(const std::string& name) {
    std::unique_lock lock(mutex);
    ++asked[name];
    changed.wait(lock, [&] { return speak || !name.starts_with("silent"); });
    if (name == "nobody") return {{}, "name or service not known"};
    return {{"192.0.2.1", "2001:db8::1"}, ""};
  }
  void let_speak() {
    std::lock_guard lock(mutex);
    speak = true;
    changed.notify_all();
  }
};

class Fixture {
 public:
  ~Fixture() { servers_->let_speak(); }

 protected:
  void until(std::size_t found) {
    run_until(loop_, [&] { return found_.size() >= found; });
    REQUIRE(found_.size() == found);
  }

  Loop loop_;
  std::shared_ptr<Servers> servers_ = std::make_shared<Servers>();
  std::map<std::uint64_t, Lookup> found_;
  std::unique_ptr<Resolver> resolver_ = std::make_unique<Resolver>(
      loop_, [this](std::uint64_t id, const Lookup& lookup) { found_[id] = lookup; },
      [servers = servers_](const std::string& name) { return servers->answer(name); });
};

}  // namespace

TEST_CASE_METHOD(Fixture, "a name is looked up once for all that ask meanwhile", "[courier]") {
  for (std::uint64_t id : {1, 2, 3}) resolver_->ask(id, "silent");
  resolver_->ask(4, "nobody");
  CHECK(found_.empty());
  until(1);
  CHECK(found_.at(4).addresses.empty());
  CHECK(found_.at(4).problem == "name or service not known");
  resolver_->forget(2);
  servers_->let_speak();
  until(3);
  CHECK(found_.contains(1));
  CHECK(found_.at(3).addresses == std::vector<std::string>{"192.0.2.1", "2001:db8::1"});
  CHECK(servers_->asked["silent"] == 1);
  resolver_->ask(5, "silent");
  until(4);
  CHECK(servers_->asked["silent"] == 2);
}

TEST_CASE_METHOD(Fixture, "so many names are looked up at a time, and those behind them wait", "[courier]") {
  constexpr std::size_t kBehind = 10;
  std::uint64_t id = 0;
  for (std::size_t i = 0; i < Resolver::kLookupsMax + kBehind; ++i) resolver_->ask(++id, fmt::format("silent{}", i));
  run_until(loop_, [&] { return resolver_->running() == Resolver::kLookupsMax; });
  CHECK(resolver_->waiting() == kBehind);
  // One that waits and that nobody asks for any more takes no place.
  resolver_->forget(id);
  CHECK(resolver_->waiting() == kBehind - 1);
  // One that is looked up keeps its thread.
  resolver_->forget(1);
  CHECK(resolver_->running() == Resolver::kLookupsMax);
  resolver_->ask(++id, "silent0");
  CHECK(resolver_->waiting() == kBehind - 1);
  servers_->let_speak();
  until(Resolver::kLookupsMax + kBehind - 1);
  CHECK(resolver_->running() == 0);
  CHECK(servers_->asked["silent0"] == 1);
}

TEST_CASE_METHOD(Fixture, "a resolver may go while name servers are silent", "[courier]") {
  resolver_->ask(1, "silent");
  run_until(loop_, [&] { return resolver_->running() == 1; });
  resolver_.reset();
  servers_->let_speak();
  CHECK(found_.empty());
}

TEST_CASE("the C library finds what is a number, and says why it finds nothing", "[courier]") {
  CHECK(courier::look_up("192.0.2.7").addresses == std::vector<std::string>{"192.0.2.7"});
  CHECK(courier::look_up("2001:db8::7").addresses == std::vector<std::string>{"2001:db8::7"});
  Lookup none = courier::look_up(std::string(300, 'a'));
  CHECK(none.addresses.empty());
  CHECK_FALSE(none.problem.empty());
}

}  // namespace outpost::test::courier_resolver_test
