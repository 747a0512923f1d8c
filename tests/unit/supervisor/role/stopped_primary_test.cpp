#include "supervisor/role/stopped_primary.h"

#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <memory>
#include <string>
#include <utility>

#include "supervisor/role/process_state.h"
#include "tests/support/temp_dir.h"

#include <catch2/catch_test_macros.hpp>

namespace outpost::supervisor::stopped_primary_test {

namespace {

// A process that does nothing, and what it says of itself as the holder of a lease.
class Process {
 public:
  Process() : pid_(fork()) {
    if (pid_ == 0) {
      for (;;) pause();
    }
    member.name = "a";
    member.host = "here";
    member.pid = pid_;
    member.process_start = process_start(pid_);
  }
  ~Process() {
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  void stop() const {
    kill(pid_, SIGSTOP);
    REQUIRE(waitpid(pid_, nullptr, WUNTRACED) == pid_);
  }
  // Whether it has been killed; waits for that.
  [[nodiscard]] bool ended() const {
    siginfo_t info{};
    return waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WNOWAIT) == 0 && info.si_status == SIGKILL;
  }
  [[nodiscard]] bool stopped() const { return is_stopped(pid_); }

  Member member;

 private:
  pid_t pid_;
};

struct Bench {
  test::TempDir dir;
  std::unique_ptr<Log> log = [this] {
    Log::Options options;
    options.directory = dir.file("log");
    options.name = "outpost";
    return std::move(Log::open(std::move(options))).value();
  }();
  StoppedPrimaryOfHost primary{*log, "here"};
  Process process;
};

}  // namespace

TEST_CASE_METHOD(Bench, "a primary of this host that is stopped is killed", "[role][process]") {
  process.stop();
  CHECK(primary.end(process.member));
  CHECK(process.ended());
}

TEST_CASE_METHOD(Bench, "a primary that runs, of another host, or that has ended is left alone", "[role][process]") {
  SECTION("it runs") { CHECK_FALSE(primary.end(process.member)); }
  SECTION("it is of another host") {
    process.stop();
    process.member.host = "there";
    CHECK_FALSE(primary.end(process.member));
    CHECK(process.stopped());
  }
  SECTION("its pid has become that of another") {
    process.stop();
    process.member.process_start += "0";
    CHECK_FALSE(primary.end(process.member));
    CHECK(process.stopped());
  }
  SECTION("it never said what its pid is") {
    process.member.pid = 0;
    CHECK_FALSE(primary.end(process.member));
  }
}

TEST_CASE_METHOD(Bench, "the stopped children of a primary lose their ports", "[role][process]") {
  // The process is a child of this test: so this is the primary.
  Member self = process.member;
  self.pid = getpid();
  self.process_start = process_start(getpid());
  process.stop();
  SECTION("on this host") {
    primary.free_ports(self);
    CHECK(process.ended());
  }
  SECTION("not on another host") {
    self.host = "there";
    primary.free_ports(self);
    CHECK(process.stopped());
  }
  SECTION("not of a process that got its pid later") {
    self.process_start += "0";
    primary.free_ports(self);
    CHECK(process.stopped());
  }
}

}  // namespace outpost::supervisor::stopped_primary_test
