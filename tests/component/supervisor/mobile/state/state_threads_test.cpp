#include "supervisor/mobile/state/state_threads.h"

#include <algorithm>
#include <fstream>
#include <future>

#include "supervisor/mobile/state/statements.h"
#include "supervisor/store/postgres/session.h"
#include "tests/component/supervisor/mobile/state/state_engines.h"
#include "tests/support/open_log.h"
#include "tests/support/run_until.h"
#include "tests/support/tcp_relay.h"

namespace outpost::test::state_threads_test {

using namespace supervisor;
using namespace std::chrono_literals;

namespace {

struct Threads {
  Loop loop;
  TempDir logs;
  std::unique_ptr<Log> log = open_log(logs);
  std::unique_ptr<StateThreads> threads;
  std::vector<std::string> done;  // the name of each that is, with its error's code

  explicit Threads(const std::string& url)
      : threads(value_of(open_state_threads(loop, *log, url, StateDurability::process))) {}

  StateThreads::Done note(const std::string& name) {
    return [this, name](const Result<>& result) {
      done.push_back(result ? name : name + ": " + std::string(to_string(result.error().code)));
    };
  }
  bool write(const std::string& name, StateThreads::Apply apply) {
    return threads->write(name, std::move(apply), note(name));
  }
  bool put(const std::string& id) {
    return write(id, [id](StateStore& store) { return store.put_area(some_area(id), 60s); });
  }
  void wait(std::size_t n) {
    run_until(loop, [&] { return done.size() >= n; });
  }
  std::string read(const std::string& id) {
    std::string texts = "not asked";
    std::size_t before = done.size();
    REQUIRE(threads->read(
        id,
        [&](StateStore& store) -> Result<> {
          auto found = store.area(id);
          if (!found) return pass(found);
          texts = *found ? (*found)->texts : "none";
          return {};
        },
        note("read")));
    wait(before + 1);
    return done.back() == "read" ? texts : done.back();
  }
};

}  // namespace

TEST_CASE("what is written is there for who reads after", "[mobile][state][thread]") {
  EVERY_STATE(engine);
  Threads at(engine.url());
  for (int i = 0; i < 50; ++i) REQUIRE(at.put(fmt::format("{}", i)));
  at.wait(50);
  CHECK(std::ranges::count(at.done, "17") == 1);
  for (auto id : {"0", "17", "49"}) CHECK(at.read(id) == some_area(id).texts);
  CHECK(at.read("50") == "none");
  auto counters = at.threads->counters();
  CHECK(counters.queued == 0);
  CHECK(counters.busy_us > 0);
  at.threads->stop();
  CHECK(at.threads->counters().works == 54);
  CHECK_FALSE(at.put("a"));
  CHECK_FALSE(at.threads->read(
      "a", [](StateStore&) { return Result<>(); }, [](const Result<>&) {}));
}

TEST_CASE("one work that fails harms no other, and is told why", "[mobile][state][thread]") {
  EVERY_STATE(engine);
  Threads at(engine.url());
  at.put("a");
  at.write("absent", [](StateStore&) -> Result<> { return fail(Errc::not_found, "no such area"); });
  at.write("bad", [](StateStore& store) -> Result<> {
    if (Result<> done = store.put_area(some_area("half"), 60s); !done) return done;
    return store.put_area({"x", "\xff", "{}", 0}, 60s);
  });
  at.put("b");
  at.wait(4);
  at.threads->stop();
  std::ranges::sort(at.done);
  CHECK(at.done == std::vector<std::string>{"a", "absent: not found", "b", "bad: invalid input"});
  auto store = engine.open();
  CHECK(texts_of(*store, "half") == "none");
  CHECK(texts_of(*store, "b") == some_area("b").texts);
}

TEST_CASE("works of one key keep their order", "[mobile][state][thread]") {
  EVERY_STATE(engine);
  Threads at(engine.url());
  at.put("a");
  for (int i = 1; i <= 40; ++i) {
    REQUIRE(at.write("a", [i](StateStore& store) -> Result<> {
      auto found = store.lock_area("a");
      if (!found) return pass(found);
      std::string expected = i == 1 ? some_area("a").texts : fmt::format(R"({{"n":"{}"}})", i - 1);
      if ((*found)->texts != expected) return fail(Errc::invalid, "out of order");
      return store.set_texts("a", fmt::format(R"({{"n":"{}"}})", i));
    }));
    at.put(fmt::format("other {}", i));
  }
  at.wait(81);
  CHECK(std::ranges::count(at.done, "a") == 41);
  CHECK(at.read("a") == R"({"n":"40"})");
}

TEST_CASE("what is abandoned fails at once, and what waits beyond the bound is refused", "[mobile][state][thread]") {
  EVERY_STATE(engine);
  Threads at(engine.url());
  std::promise<void> reached;
  std::promise<void> opened;
  REQUIRE(at.write("key", [&](StateStore&) {
    reached.set_value();
    opened.get_future().wait();
    return Result<>();
  }));
  reached.get_future().wait();
  std::size_t waiting = 0;
  while (at.write("key", [](StateStore&) { return Result<>(); })) ++waiting;
  CHECK(waiting >= 1000);
  CHECK(at.threads->counters().queued == waiting);
  at.threads->abandon();
  opened.set_value();
  at.threads->stop();
  CHECK(std::ranges::count(at.done, "key: closed") == static_cast<std::ptrdiff_t>(waiting));
  CHECK(at.done.size() == waiting + 1);
}

TEST_CASE("what is urgent is done ahead of all that waits", "[mobile][state][thread]") {
  EVERY_STATE(engine);
  Threads at(engine.url());
  std::promise<void> reached;
  std::promise<void> opened;
  REQUIRE(at.threads->write_aside(
      [&](StateStore&) {
        reached.set_value();
        opened.get_future().wait();
        return Result<>();
      },
      at.note("first")));
  reached.get_future().wait();
  std::vector<std::string> order;  // on the one thread that does them
  auto apply = [&](const char* name) {
    return [&order, name](StateStore&) {
      order.emplace_back(name);
      return Result<>();
    };
  };
  while (at.threads->write_aside(apply("waited"), at.note("waited"))) continue;
  REQUIRE(at.threads->write_urgent(apply("urgent"), at.note("urgent")));
  opened.set_value();
  at.threads->stop();
  CHECK(order.front() == "urgent");
  CHECK(std::ranges::count(at.done, "urgent") == 1);
  CHECK_FALSE(at.threads->write_urgent(apply("late"), at.note("late")));
}

TEST_CASE("no client's work waits for one of the node's own", "[mobile][state][thread][postgresql]") {
  StateUnderTest engine("postgresql");
  Threads at(engine.url());
  std::promise<void> opened;
  REQUIRE(at.threads->write_aside(
      [&](StateStore&) {
        opened.get_future().wait();
        return Result<>();
      },
      at.note("aside")));
  for (int i = 0; i < 20; ++i) REQUIRE(at.put(fmt::format("{}", i)));
  at.wait(20);
  CHECK(std::ranges::count(at.done, "aside") == 0);
  opened.set_value();
  at.wait(21);
}

TEST_CASE("a read after the end of patience fails, too", "[mobile][state][thread]") {
  EVERY_STATE(engine);
  Threads at(engine.url());
  at.threads->abandon();
  CHECK(at.read("a") == "read: closed");
}

TEST_CASE("all that a read sees is of one moment where that is asked for", "[mobile][state][thread]") {
  EVERY_STATE(engine);
  Threads at(engine.url());
  put(*engine.open(), "a");
  std::vector<std::string> seen;
  REQUIRE(at.threads->read(
      "a",
      [&](StateStore& store) -> Result<> {
        require_ok(store.see_one_moment());
        seen.push_back(texts_of(store, "a"));
        auto other = engine.open();
        in_transaction(*other, [&] { require_ok(other->set_texts("a", "{}")); });
        seen.push_back(texts_of(store, "a"));
        return {};
      },
      at.note("read")));
  at.wait(1);
  CHECK(seen == std::vector<std::string>(2, some_area("a").texts));
  CHECK(at.read("a") == "{}");
}

TEST_CASE("a work whose connection broke is done again, and a database that is away is told once",
          "[mobile][state][thread][postgresql]") {
  PostgresServer& server = PostgresServer::shared();
  server.database();
  TcpRelay relay{server.port()};
  Threads at(server.tcp_url(server.last_database(), relay.place(), "sslmode=disable&gssencmode=disable"));
  auto update = [](StateStore& store) -> Result<> {
    auto found = store.lock_area("a");
    if (!found) return pass(found);
    return *found ? store.set_texts("a", "{}") : fail(Errc::not_found, "no area");
  };
  at.put("a");
  at.wait(1);
  const std::string lock = std::string(1, '\0') + fmt::format("s{}", static_cast<int>(StateSql::lock_area)) + '\0';
  relay.cut(TcpRelay::Cut::before, lock);
  at.write("a", update);
  at.wait(2);
  CHECK(relay.was_cut());
  CHECK(at.done.back() == "a");

  relay.refuse(true);
  relay.cut(TcpRelay::Cut::before, lock);
  at.write("a", update);
  at.write("a", update);
  at.wait(4);
  CHECK(at.done[2] == "a: the store cannot be reached now");
  CHECK(at.done[3] == at.done[2]);
  relay.refuse(false);
  std::size_t works = 4;
  do {
    at.write("a", update);
    at.wait(++works);
  } while (at.done.back() != "a");
  at.threads->stop();
  at.log.reset();
  std::ifstream in(at.logs.file("outpost.log"));
  std::string text(std::istreambuf_iterator<char>(in), {});
  INFO(text);
  auto lines_with = [&](std::string_view words) {
    std::size_t n = 0;
    for (std::size_t i = text.find(words); i != text.npos; i = text.find(words, i + 1)) ++n;
    return n;
  };
  CHECK(lines_with("the store failed: ") == 1);
  CHECK(lines_with("the store works again") == 1);
  CHECK(lines_with("secret") == 0);
}

}  // namespace outpost::test::state_threads_test
