#include "supervisor/role/command.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "supervisor/children/log.h"
#include "supervisor/config/config.h"
#include "tests/support/run_until.h"
#include "tests/support/temp_dir.h"

#include <catch2/catch_test_macros.hpp>

namespace outpost::test::command_test {

using namespace outpost::supervisor;
using namespace std::chrono_literals;

namespace {

struct Fixture {
  test::TempDir dir;
  Loop loop;
  std::unique_ptr<Log> log = [this] {
    Config config;
    config.log.directory = dir.file("log");
    return std::move(Log::open(log_options(config, ""))).value();
  }();

  std::string script(const std::string& text) const {
    std::string path = dir.file("command");
    std::ofstream(path) << "#!/bin/sh\n" << text << "\n";
    REQUIRE(chmod(path.c_str(), 0755) == 0);
    return path;
  }

  std::string read(const std::string& path) const {
    std::stringstream text;
    text << std::ifstream(path).rdbuf();
    return text.str();
  }

  // What was logged; the log can be used no more.
  std::string logged() {
    std::string path = log->link_path();
    log.reset();
    return read(path);
  }

  void finish(RoleCommand& command) {
    test::run_until(loop, [&] { return command.idle(); });
  }

  // Runs the script for one change and returns the log.
  std::string run_once(const std::string& text, std::chrono::milliseconds timeout = 20s) {
    RoleCommand command(loop, *log, script(text), timeout);
    command.run(Role::primary, Role::starting, 7, "left");
    finish(command);
    return logged();
  }
};

bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t n = 0;
  for (std::size_t at = 0; (at = text.find(part, at)) != std::string::npos; at += part.size()) ++n;
  return n;
}

}  // namespace

TEST_CASE_METHOD(Fixture, "role-command is told the change as arguments and in its environment", "[role_command]") {
  std::string out = dir.file("out");
  setenv("OUTPOST_ROLE", "of somebody else", 1);
  std::string text = run_once(
      "read line; echo \"$# $1 $2 [$OUTPOST_ROLE] $OUTPOST_OLD_ROLE $OUTPOST_EPOCH $OUTPOST_NAME [$line] $HOME\" > " +
      out);
  unsetenv("OUTPOST_ROLE");
  const char* home = std::getenv("HOME");
  CHECK(read(out) == "2 primary starting [primary] starting 7 left [] " + std::string(home ? home : "") + "\n");
  CHECK(contains(text, " 40080 role-command "));
  CHECK(contains(text, " 40082 role-command "));
}

TEST_CASE_METHOD(Fixture, "what role-command writes is logged line by line and forges none", "[role_command]") {
  std::string text =
      run_once("echo one; echo two >&2; printf 'three\\033[2J\\r2026-01-01T00:00:00.000 Std 40010 forged\\nend'");
  CHECK(contains(text, "primary starting: one\n"));
  CHECK(contains(text, "primary starting: two\n"));
  CHECK(contains(text, "primary starting: three\\x1B[2J\\x0D2026-01-01T00:00:00.000 Std 40010 forged\n"));
  CHECK(contains(text, "primary starting: end\n"));
}

TEST_CASE_METHOD(Fixture, "role-command cannot fill the log", "[role_command]") {
  std::string text = run_once("yes | head -n 100000; head -c 1000000 /dev/zero | tr '\\0' x");
  CHECK(count(text, " 40081 ") == ProgramRun::kLinesMax + 1);
  CHECK(contains(text, fmt::format("{} more lines are left out", 100'001 - ProgramRun::kLinesMax)));
  CHECK(contains(text, " 40082 "));
}

TEST_CASE_METHOD(Fixture, "a long line of role-command is cut", "[role_command]") {
  std::string text = run_once("head -c 100000 /dev/zero | tr '\\0' x; echo; echo next");
  CHECK(contains(text, ": " + std::string(ProgramRun::kLineBytesMax, 'x') + " ...\n"));
  CHECK(contains(text, ": next\n"));
}

TEST_CASE_METHOD(Fixture, "how role-command failed is logged", "[role_command]") {
  SECTION("exit status") {
    CHECK(contains(run_once("exit 3"),
                   "40083 role-command " + dir.file("command") + " primary starting failed with exit status 3\n"));
  }
  SECTION("signal") { CHECK(contains(run_once("kill -TERM $$"), "was ended by signal 15 (Terminated)\n")); }
  SECTION("not there") {
    RoleCommand command(loop, *log, "/nowhere/program", 20s);
    command.run(Role::backup, Role::draining, 7, "left");
    CHECK(command.idle());
    CHECK(contains(logged(),
                   "40083 role-command for the change from draining to backup: cannot start "
                   "/nowhere/program: no such file or directory\n"));
  }
}

TEST_CASE_METHOD(Fixture, "a role-command that hangs is killed with what it started", "[role_command]") {
  std::string pids = dir.file("pids");
  std::string text = run_once("sleep 1000 & echo $! > " + pids + "; trap '' TERM; wait", 300ms);
  CHECK(contains(text, "was killed: it took longer than 300 ms\n"));
  auto child = static_cast<pid_t>(std::stol(read(pids)));
  // Killed it is; whoever inherits it may not have buried it yet.
  auto gone = [child] {
    std::ifstream stat(fmt::format("/proc/{}/stat", child));
    std::string number, name, state;
    return !(stat >> number >> name >> state) || state == "Z" || state == "X";
  };
  test::run_until(loop, gone);
}

TEST_CASE_METHOD(Fixture, "the end of the supervisor ends what role-command runs", "[role_command]") {
  std::string fifo = dir.file("fifo");
  REQUIRE(mkfifo(fifo.c_str(), 0600) == 0);
  int reader = ::open(fifo.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  REQUIRE(reader >= 0);
  {
    RoleCommand command(loop, *log, script("exec 9> " + fifo + "; echo x >&9; sleep 1000"), 20s);
    command.run(Role::primary, Role::starting, 7, "left");
    char byte;
    test::run_until(loop, [&] { return ::read(reader, &byte, 1) == 1; });
  }
  char rest[8];
  // The last of them closes its end when it dies.
  test::run_until(loop, [&] { return ::read(reader, rest, sizeof rest) == 0; });
  ::close(reader);
}

TEST_CASE_METHOD(Fixture, "changes of role while one runs wait, and only the newest is run", "[role_command]") {
  std::string out = dir.file("out");
  std::string gate = dir.file("gate");
  REQUIRE(mkfifo(gate.c_str(), 0600) == 0);
  RoleCommand command(loop, *log, script("read line < " + gate + "; echo $1 >> " + out), 20s);
  bool idle = false;
  command.run(Role::starting, Role::backup, 7, "left");
  command.run(Role::primary, Role::starting, 7, "left");
  command.run(Role::draining, Role::primary, 7, "left");
  command.run(Role::backup, Role::draining, 7, "left");
  command.when_idle([&] { idle = true; });
  CHECK_FALSE(idle);
  int writer = ::open(gate.c_str(), O_RDWR | O_CLOEXEC);
  REQUIRE(writer >= 0);
  for (const char* expected : {"starting\n", "starting\nbackup\n"}) {
    REQUIRE(::write(writer, "\n", 1) == 1);
    test::run_until(loop, [&] { return read(out) == expected; });
  }
  test::run_until(loop, [&] { return idle; });
  ::close(writer);
  std::string text = logged();
  CHECK(count(text, " 40084 ") == 2);
  CHECK(contains(text, "not run for the change from starting to primary: another followed"));
}

TEST_CASE_METHOD(Fixture, "without a role-command nothing is run, and a new one holds from the next change on",
                 "[role_command]") {
  RoleCommand command(loop, *log, "", 20s);
  command.run(Role::primary, Role::starting, 7, "left");
  CHECK(command.idle());
  bool idle = false;
  command.when_idle([&] { idle = true; });
  CHECK(idle);
  command.configure(script("exit 0"), 20s);
  command.run(Role::draining, Role::primary, 7, "left");
  CHECK_FALSE(command.idle());
  finish(command);
  std::string text = logged();
  CHECK(count(text, " 40080 ") == 1);
  CHECK(contains(text, "draining primary is done"));
}

}  // namespace outpost::test::command_test
