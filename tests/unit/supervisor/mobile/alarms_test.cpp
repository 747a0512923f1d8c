#include "supervisor/mobile/alarms.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <sstream>

#include "common/json.h"
#include "supervisor/metrics/exposition.h"
#include "tests/support/open_log.h"
#include "tests/support/run_until.h"
#include "tests/support/temp_dir.h"

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

namespace outpost::test::alarms_test {

using namespace outpost::supervisor;
using namespace outpost::supervisor::mobile;
using Catch::Matchers::ContainsSubstring;

namespace {

constexpr int kDouble = Alarms::kDoubleResource;
constexpr int kNone = Alarms::kNoResource;

class Fixture {
 protected:
  Config with_script(const std::string& text) const {
    std::string path = dir_.file("command");
    std::ofstream(path) << "#!/bin/sh\n" << text << "\n";
    REQUIRE(chmod(path.c_str(), 0755) == 0);
    Config config;
    config.application.name = "left";
    config.alarms.command = path;
    return config;
  }
  static std::string read(const std::string& path) {
    std::stringstream text;
    text << std::ifstream(path).rdbuf();
    return text.str();
  }
  // What was logged; the log can be used no more.
  std::string logged() {
    std::string path = log_->link_path();
    log_.reset();
    return read(path);
  }
  void finish(Alarms& alarms) {
    run_until(loop_, [&] { return alarms.idle(); });
  }
  static std::size_t count(const std::string& text, const std::string& part) {
    std::size_t n = 0;
    for (std::size_t at = 0; (at = text.find(part, at)) != std::string::npos; at += part.size()) ++n;
    return n;
  }

  TempDir dir_;
  Loop loop_;
  std::unique_ptr<Log> log_ = open_log(dir_, LogLevel::debug);
};

JsonValue shown(const Alarms& alarms) {
  JsonWriter out;
  alarms.write(out);
  return parse_json(out.take()).value();
}

std::string text_at(const JsonValue& object, std::string_view key) {
  return std::get<std::string>(object.find(key)->value);
}

}  // namespace

TEST_CASE_METHOD(Fixture, "an alarm is told once when it is raised and once when it is cleared", "[alarms]") {
  Alarms alarms(loop_, *log_, {});
  for (int i = 0; i < 3; ++i) alarms.raise(kNone, "Ulm", "group Ulm has nothing free");
  alarms.raise(kNone, "Bonn", "group Bonn has nothing free");
  CHECK(alarms.is_raised(kNone, "Ulm"));
  CHECK_FALSE(alarms.is_raised(kDouble, "Ulm"));
  auto items = std::get<JsonValue::Array>(shown(alarms).value);
  REQUIRE(items.size() == 2);
  CHECK(text_at(items[0], "subject") == "Bonn");
  CHECK(text_at(items[1], "text") == "group Ulm has nothing free");
  CHECK(std::get<std::int64_t>(items[1].find("event")->value) == kNone);
  CHECK(std::get<std::int64_t>(items[1].find("raised_at")->value) > 0);
  for (int i = 0; i < 3; ++i) alarms.clear(kNone, "Ulm");
  alarms.clear(kDouble, "Bonn");
  CHECK_FALSE(alarms.is_raised(kNone, "Ulm"));
  CHECK(alarms.is_raised(kNone, "Bonn"));
  alarms.raise(kNone, "Ulm", "group Ulm has nothing free");
  std::string text = logged();
  CHECK(count(text, " Std 02001 alarm 2001 is raised, Ulm: group Ulm has nothing free\n") == 2);
  CHECK(count(text, " Std 40240 alarm 2001 is cleared, Ulm\n") == 1);
  CHECK(count(text, " 02000 ") == 0);
}

TEST_CASE_METHOD(Fixture, "an alarm whose subject is gone can be cleared", "[alarms]") {
  Alarms alarms(loop_, *log_, {});
  for (const char* group : {"A", "B", "C"}) alarms.raise(kNone, group, "nothing is free");
  alarms.raise(kDouble, "A", "twice");
  alarms.clear_where(kNone, [](std::string_view subject) { return subject != "B"; });
  CHECK_FALSE(alarms.is_raised(kNone, "A"));
  CHECK(alarms.is_raised(kNone, "B"));
  CHECK_FALSE(alarms.is_raised(kNone, "C"));
  CHECK(alarms.is_raised(kDouble, "A"));
}

TEST_CASE_METHOD(Fixture, "alarms are measured by their event", "[alarms]") {
  Alarms alarms(loop_, *log_, {});
  alarms.raise(kNone, "A", "nothing is free");
  alarms.clear(kNone, "A");
  alarms.raise(kNone, "A", "nothing is free");
  alarms.raise(kNone, "B", "nothing is free");
  MetricsWriter out(MetricsFormat::prometheus);
  alarms.write_metrics(out);
  std::string text = out.text();
  CHECK_THAT(text, ContainsSubstring("outpost_mobile_alarms{event=\"2000\"} 0\n"));
  CHECK_THAT(text, ContainsSubstring("outpost_mobile_alarms{event=\"2001\"} 2\n"));
  CHECK_THAT(text, ContainsSubstring("outpost_mobile_alarms_raised_total{event=\"2001\"} 3\n"));
}

TEST_CASE_METHOD(Fixture, "alarms.command is told the change as arguments and in its environment", "[alarms]") {
  std::string out = dir_.file("out");
  Alarms alarms(loop_, *log_,
                with_script("echo \"$# $1 $2 $3 [$OUTPOST_ALARM $OUTPOST_ALARM_STATE $OUTPOST_ALARM_SUBJECT "
                            "$OUTPOST_NAME]\" >> " +
                            out + "; echo heard"));
  bool idle = false;
  alarms.raise(kNone, "Ulm", "nothing\nis free");
  alarms.clear(kNone, "Ulm");
  alarms.when_idle([&] { idle = true; });
  CHECK_FALSE(idle);
  run_until(loop_, [&] { return idle; });
  CHECK(read(out) ==
        "3 2001 raised nothing\\x0Ais free [2001 raised Ulm left]\n"
        "3 2001 cleared nothing\\x0Ais free [2001 cleared Ulm left]\n");
  std::string text = logged();
  CHECK(count(text, " 40242 alarms.command " + dir_.file("command") + " 2001 raised: heard\n") == 1);
  CHECK(count(text, " 40243 ") == 2);
}

TEST_CASE_METHOD(Fixture, "an alarms.command that cannot be started or fails keeps no other from its turn",
                 "[alarms]") {
  Config config;
  config.alarms.command = "/nowhere/program";
  Alarms alarms(loop_, *log_, config);
  alarms.raise(kNone, "A", "nothing is free");
  CHECK(alarms.idle());
  alarms.use(with_script("exit 3"));
  alarms.raise(kNone, "B", "nothing is free");
  alarms.raise(kNone, "C", "nothing is free");
  finish(alarms);
  std::string text = logged();
  CHECK_THAT(text, ContainsSubstring("40244 alarms.command /nowhere/program 2001 raised: cannot start"));
  CHECK(count(text, "failed with exit status 3\n") == 2);
}

TEST_CASE_METHOD(Fixture, "runs of alarms.command wait in their order, and of too many the oldest are dropped",
                 "[alarms]") {
  std::string out = dir_.file("out");
  std::string gate = dir_.file("gate");
  REQUIRE(mkfifo(gate.c_str(), 0600) == 0);
  std::string begun = dir_.file("begun");
  Alarms alarms(loop_, *log_,
                with_script("echo $OUTPOST_ALARM_SUBJECT >> " + begun + "; read line < " + gate +
                            "; echo $OUTPOST_ALARM_SUBJECT >> " + out));
  alarms.raise(kNone, "first", "nothing is free");
  for (std::size_t i = 0; i < Alarms::kWaitingMax + 2; ++i) {
    alarms.raise(kNone, fmt::format("{}", i), "nothing is free");
  }
  int writer = ::open(gate.c_str(), O_RDWR | O_CLOEXEC);
  REQUIRE(writer >= 0);
  for (const char* expected : {"first\n", "first\n2\n"}) {
    REQUIRE(::write(writer, "\n", 1) == 1);
    run_until(loop_, [&] { return read(out) == expected; });
  }
  run_until(loop_, [&] { return read(begun) == "first\n2\n3\n"; });
  alarms.use({});  // what waits is given up
  REQUIRE(::write(writer, "\n", 1) == 1);
  finish(alarms);
  ::close(writer);
  CHECK(read(out) == "first\n2\n3\n");
  std::string text = logged();
  CHECK(count(text, " 40245 alarms.command is not run for alarm 2001 that was raised, ") == 2);
  CHECK_THAT(text, ContainsSubstring("was raised, 0: 100 others wait"));
  CHECK_THAT(text, ContainsSubstring("was raised, 1: 100 others wait"));
}

TEST_CASE_METHOD(Fixture, "without a command alarms are told all the same", "[alarms]") {
  Alarms alarms(loop_, *log_, {});
  alarms.raise(kDouble, "", "+15550100 stands in A and in B");
  CHECK(alarms.idle());
  bool idle = false;
  alarms.when_idle([&] { idle = true; });
  CHECK(idle);
  CHECK_THAT(logged(), ContainsSubstring(" 02000 alarm 2000 is raised: +15550100 stands in A and in B\n"));
}

}  // namespace outpost::test::alarms_test
