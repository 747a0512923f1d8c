// When a child counts as hung: real processes, and a driver that asks nothing of them.
#include "supervisor/children/child.h"

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <cstdlib>
#include <fstream>
#include <thread>

#include "protocol/channel/messages.h"
#include "supervisor/children/kinds.h"
#include "tests/support/open_log.h"
#include "tests/support/run_until.h"
#include "tests/support/temp_dir.h"

namespace outpost::test::child_test {

namespace {

using namespace supervisor;
using Catch::Matchers::ContainsSubstring;
using std::chrono::milliseconds;

constexpr milliseconds kSilenceMax{2'000};
constexpr milliseconds kShort{30};
constexpr milliseconds kPatient{600'000};

class Fixture : private ChildDriver {
 public:
  explicit Fixture(const char* kind) {
    std::ofstream(plan_) << "1 0\n" << kind << '\n';
    setenv("MALICIOUS_PLAN", plan_.c_str(), 1);
    ChildDriver& driver = *this;
    child_ =
        std::make_unique<Child>(loop_, *log_, child_kinds().front(), MALICIOUS_CHILD,
                                Child::Settings{kPatient, kSilenceMax, kPatient}, driver, [](const std::string&) {});
    child_->start();
  }
  virtual ~Fixture() { child_.reset(); }

 protected:
  Child& child() { return *child_; }
  Loop& loop() { return loop_; }
  // More waits to be read by the child after each call.
  void send_more() {
    if (!channel_) return;
    waiting_ += 1;
    while (channel_->queued_bytes() < waiting_) channel_->send(answer_);
    child_->mind_backlog();
  }

  std::size_t answers = 0;

 private:
  Result<> on_starting() override { return {}; }
  void on_spawned(protocol::Channel& channel, std::uint32_t /*generation*/) override { channel_ = &channel; }
  Result<> on_frame(const protocol::Frame& /*frame*/) override {
    ++answers;
    return {};
  }
  void ask_to_drain(milliseconds /*deadline*/) override { channel_->send(protocol::Drain{}); }
  void on_gone() override { channel_ = nullptr; }
  [[nodiscard]] bool filters_itself() const override { return true; }

  TempDir folder_;
  const std::string plan_ = folder_.file("plan");
  Loop loop_;
  std::unique_ptr<Log> log_ = open_log(folder_);
  protocol::Answer answer_ = [] {
    protocol::Answer large;
    large.event.add("ECHO", std::string(64 * 1024, 'e'));
    return large;
  }();
  protocol::Channel* channel_ = nullptr;
  std::size_t waiting_ = std::size_t{20} * 1024 * 1024;
  std::unique_ptr<Child> child_;
};

}  // namespace

TEST_CASE("a child that takes what it is sent is no hung one, however much more comes", "[child]") {
  struct Taking : Fixture {
    Taking() : Fixture("only take") {
      run_until(loop(), [&] {
        send_more();
        return child().state() == Child::State::waiting;
      });
      CHECK_THAT(child().last_exit(), ContainsSubstring("exited with status 0"));
    }
  } taking;
}

TEST_CASE("while the supervisor itself stood still, its child was not silent", "[child]") {
  struct Stopped : Fixture {
    Stopped() : Fixture("only serve") {
      run_until(loop(), [&] { return answers > 0; });
      // A short time for the child, all of which passes while nobody turns the loop; then it may take its time again.
      child().set({kPatient, kShort, kPatient});
      const auto until = std::chrono::steady_clock::now() + kShort * 2;
      while (std::chrono::steady_clock::now() < until) std::this_thread::yield();
      loop().run_once(true);
      child().set({kPatient, kSilenceMax, kPatient});
      answers = 0;
      run_until(loop(), [&] { return answers > 1 || child().state() == Child::State::waiting; });
      CHECK(child().state() == Child::State::starting);
      CHECK(child().last_exit().empty());
    }
  } stopped;
}

}  // namespace outpost::test::child_test
