#include "common/log.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <latch>
#include <sstream>
#include <thread>
#include <vector>

#include "common/log_queue.h"
#include "common/text.h"
#include "tests/support/temp_dir.h"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

namespace outpost::test::common_log_test {

namespace fs = std::filesystem;

namespace {

constexpr LogMessage kStandard{5060, LogLevel::standard};
constexpr LogMessage kDebug{123, LogLevel::debug};

Log::Options options_in(const std::string& directory) {
  Log::Options options;
  options.directory = directory;
  options.name = "outpost";
  options.application_name = "test";
  options.application_type = "OCServer (75)";
  options.host_name = "test.example";
  return options;
}

std::unique_ptr<Log> open_log(const Log::Options& options) {
  auto log = Log::open(options);
  REQUIRE(log.has_value());
  return *std::move(log);
}

// The lines of all segments behind their headers, in the order of the segments' names.
std::vector<std::string> lines_in(const std::string& directory) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(directory)) {
    if (!entry.is_symlink()) files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  std::vector<std::string> lines;
  for (const auto& file : files) {
    std::ifstream in(file);
    std::string line;
    while (std::getline(in, line) && !line.empty()) {
    }
    while (std::getline(in, line)) lines.push_back(line);
  }
  return lines;
}

// Waits for the log's thread: lines appear without the log being closed.
void wait_for_lines(const std::string& directory, std::size_t count) {
  while (lines_in(directory).size() < count) std::this_thread::yield();
}

// What follows the stamp and one blank.
std::string after_stamp(const std::string& line) {
  const std::string form = "dddd-dd-ddTdd:dd:dd.ddd ";
  bool stamped =
      line.size() > form.size() && std::equal(form.begin(), form.end(), line.begin(), [](char expected, char c) {
        return expected == 'd' ? c >= '0' && c <= '9' : c == expected;
      });
  return stamped ? line.substr(form.size()) : "(no stamp) " + line;
}

}  // namespace

TEST_CASE("a standard message has a stamp, a level word, five digits and its text", "[log]") {
  test::TempDir dir;
  Log::Options options = options_in(dir.path());
  options.level = LogLevel::debug;
  {
    auto log = open_log(options);
    log->write(kStandard, "application {} started", 7);
    log->write({1, LogLevel::interaction}, "i");
    log->write({22, LogLevel::trace}, "t");
    log->write(kDebug, "d");
  }
  auto lines = lines_in(dir.path());
  REQUIRE(lines.size() == 4);
  CHECK(after_stamp(lines[0]) == "Std 05060 application 7 started");
  CHECK(after_stamp(lines[1]) == "Int 00001 i");
  CHECK(after_stamp(lines[2]) == "Trc 00022 t");
  CHECK(after_stamp(lines[3]) == "Dbg 00123 d");
}

TEST_CASE("each level includes those before it, and a change counts at once", "[log]") {
  test::TempDir dir;
  {
    auto log = open_log(options_in(dir.path()));
    CHECK(log->wants(LogLevel::standard));
    CHECK(log->wants(LogLevel::interaction));
    CHECK(!log->wants(LogLevel::trace));
    log->write(kDebug, "unwanted");
    log->write_block(LogLevel::trace, "unwanted", "\t'A'\t1\n");
    log->reconfigure(LogLevel::debug, 0, 0, 0);
    log->write(kDebug, "wanted");
    log->reconfigure(LogLevel::standard, 0, 0, 0);
    CHECK(!log->wants(LogLevel::interaction));
  }
  auto lines = lines_in(dir.path());
  REQUIRE(lines.size() == 1);
  CHECK(lines[0].ends_with("wanted"));
}

TEST_CASE("no text forges a line", "[log]") {
  test::TempDir dir;
  {
    auto log = open_log(options_in(dir.path()));
    log->write(kStandard, "{}", "a\n2026-01-01T00:00:00.000 Std 05060 forged\r\x1b[2J\\x0A");
    log->write_block(LogLevel::standard, "first\nforged", "\t'A'\t1\n");
  }
  auto lines = lines_in(dir.path());
  REQUIRE(lines.size() == 3);
  CHECK(after_stamp(lines[0]) == "Std 05060 a\\x0A2026-01-01T00:00:00.000 Std 05060 forged\\x0D\\x1B[2J\\\\x0A");
  CHECK(after_stamp(lines[1]) == "first\\x0Aforged");
  CHECK(lines[2] == "\t'A'\t1");
}

TEST_CASE("a long text is cut with a mark and never inside an escape or a character", "[log]") {
  constexpr std::size_t kTextMax = 16 * 1024;
  const std::string piece = GENERATE(as<std::string>(), "x", "\xC3\xA4", "\xF0\x9F\x98\x80", "\n", "\\",
                                     "a\\\n\xE2\x82\xAC", "\x80\x80\x80\x80\x80\x80\x80");
  test::TempDir dir;
  std::string text;
  while (text.size() < 70'000) text += piece;
  {
    auto log = open_log(options_in(dir.path()));
    log->write_line(kStandard, text);
    log->write_line(kStandard, std::string(kTextMax, 'x'));
  }
  auto lines = lines_in(dir.path());
  REQUIRE(lines.size() == 2);
  std::string shown = after_stamp(lines[0]).substr(std::string_view("Std 05060 ").size());
  CHECK(shown.size() <= kTextMax);
  CHECK(shown.size() > kTextMax - 32);
  REQUIRE(shown.ends_with("... (cut)"));
  shown.resize(shown.size() - 9);
  // What is left is the front of the escaped text, and its end is the end of an escape or a character.
  std::string whole = escape_control(text);
  REQUIRE(whole.starts_with(shown));
  std::string piece_shown = escape_control(piece);
  std::string tail = shown.substr(shown.size() / piece_shown.size() * piece_shown.size());
  CHECK((tail.empty() || tail == "a" || tail == "a\\\\" || tail == "a\\\\\\x0A" || piece[0] == '\x80'));
  CHECK(lines[1].ends_with('x'));
}

TEST_CASE("a long block is cut between lines and its mark does not end the block", "[log]") {
  test::TempDir dir;
  std::string attributes;
  for (int i = 0; i < 3000; ++i) attributes += "\t'KEY'\t'0123456789'\n";
  {
    auto log = open_log(options_in(dir.path()));
    log->write_block(LogLevel::standard, "HTTPProxyClient[1.1]::mesage received", attributes);
    log->write_block(LogLevel::standard, "HTTPProxyClient[1.2]::mesage received",
                     "\t'" + std::string(20'000, 'x') + "'\t1\n");
  }
  auto lines = lines_in(dir.path());
  std::size_t bytes = 0;
  std::size_t i = 0;
  for (; i < lines.size() && lines[i] != "\t'...'\t'cut'"; ++i) {
    bytes += lines[i].size() + 1;
    if (i > 0) CHECK(lines[i] == "\t'KEY'\t'0123456789'");
  }
  CHECK(bytes <= 16 * 1024 + 32);
  CHECK(bytes > 16 * 1024 - 64);
  REQUIRE(lines.size() == i + 3);
  CHECK(lines[i + 1].ends_with("HTTPProxyClient[1.2]::mesage received"));
  CHECK(lines[i + 2] == "\t'...'\t'cut'");
}

TEST_CASE("every line can be read while the log is open and idle", "[log]") {
  test::TempDir dir;
  auto log = open_log(options_in(dir.path()));
  log->write(kStandard, "one");
  wait_for_lines(dir.path(), 1);
  log->write(kStandard, "two");
  wait_for_lines(dir.path(), 2);
  CHECK(log->link_path() == dir.file("outpost.log"));
  for (int i = 0; i < 3000; ++i) log->write(kStandard, "of many");
  wait_for_lines(dir.path(), 3002);
}

TEST_CASE("reopen begins a new segment even when nothing is logged", "[log]") {
  test::TempDir dir;
  auto log = open_log(options_in(dir.path()));
  fs::path first = fs::read_symlink(log->link_path());
  log->write(kStandard, "old");
  log->reopen();
  while (fs::read_symlink(log->link_path()) == first) std::this_thread::yield();
  log->write(kStandard, "new");
  log.reset();
  auto lines = lines_in(dir.path());
  REQUIRE(lines.size() == 2);
  CHECK(lines[1].ends_with("new"));
}

TEST_CASE("two logs in one directory leave each other's segments alone", "[log]") {
  test::TempDir dir;
  Log::Options options = options_in(dir.path());
  options.keep_files = 1;
  options.segment_bytes = 1;
  {
    auto log = open_log(options);
    options.name = "outpost_HTTPPRX";
    auto other = open_log(options);
    for (int i = 0; i < 20; ++i) {
      log->write(kStandard, "supervisor");
      other->write(kStandard, "proxy");
    }
  }
  auto lines = lines_in(dir.path());
  REQUIRE(lines.size() == 2);
  CHECK(lines[0].ends_with("supervisor"));
  CHECK(lines[1].ends_with("proxy"));
}

TEST_CASE("every line is written whole or counted, from any number of threads", "[log]") {
  constexpr int kThreads = 4;
  constexpr int kLines = 20'000;
  test::TempDir dir;
  Log::Options options = options_in(dir.path());
  options.segment_bytes = 200'000;
  {
    auto log = open_log(options);
    std::vector<std::thread> threads;
    for (int t = 0; t < kThreads; ++t) {
      threads.emplace_back([&log, t] {
        for (int i = 0; i < kLines; ++i) log->write(kStandard, "thread {} line {} end", t, i);
      });
    }
    for (int i = 0; i < 20; ++i) {
      log->reconfigure(LogLevel::interaction, 100'000 + static_cast<std::uint64_t>(i), 1, 0);
      log->reopen();
      std::this_thread::yield();
    }
    for (auto& thread : threads) thread.join();
    CHECK(log->lines_lost() <= kThreads * kLines);
  }
  std::vector<int> last(kThreads, -1);
  int written = 0;
  int lost = 0;
  for (const auto& line : lines_in(dir.path())) {
    int thread = 0;
    int number = 0;
    int end = 0;
    std::string text = after_stamp(line);
    if (std::sscanf(text.c_str(), "Std 05060 thread %d line %d end%n", &thread, &number, &end) == 2 && end > 0) {
      CHECK(number > last.at(static_cast<std::size_t>(thread)));
      last.at(static_cast<std::size_t>(thread)) = number;
      ++written;
    } else if (std::sscanf(text.c_str(), "Std 00001 %d log lines were lost: the disk was too slow%n", &number, &end) ==
               1) {
      lost += number;
    } else {
      FAIL("a torn line: " << line);
    }
    CHECK(static_cast<std::size_t>(end) == text.size());
  }
  CHECK(written + lost == kThreads * kLines);
}

TEST_CASE("the lines of several threads all arrive, each thread's in its order", "[log]") {
  constexpr int kThreads = 4;
  constexpr int kLines = 1500;  // fewer than may wait, however slow the disk is
  test::TempDir dir;
  {
    auto log = open_log(options_in(dir.path()));
    std::vector<std::thread> threads;
    for (int t = 0; t < kThreads; ++t) {
      threads.emplace_back([&log, t] {
        for (int i = 0; i < kLines; ++i) log->write(kStandard, "thread {} line {}", t, i);
      });
    }
    for (auto& thread : threads) thread.join();
    wait_for_lines(dir.path(), kThreads * kLines);
    CHECK(log->lines_lost() == 0);
  }
  std::vector<int> next(kThreads, 0);
  for (const auto& line : lines_in(dir.path())) {
    int thread = 0;
    int number = 0;
    REQUIRE(std::sscanf(after_stamp(line).c_str(), "Std 05060 thread %d line %d", &thread, &number) == 2);
    CHECK(number == next.at(static_cast<std::size_t>(thread))++);
  }
  CHECK(next == std::vector<int>(kThreads, kLines));
}

TEST_CASE("when the disk is too slow the oldest lines go, and the log says how many", "[log]") {
  constexpr std::size_t kTooMany = 1000;
  test::TempDir dir;
  Log::Options options = options_in(dir.path());
  options.segment_bytes = 1;
  std::latch stalled(1);
  std::latch released(1);
  int segment = ::open(dir.file("segment").c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  {
    // The log's thread waits as for a disk where it asks for the segment of its second line.
    auto log = Log::adopt(options, segment, [&] {
      if (!stalled.try_wait()) stalled.count_down();
      released.wait();
    });
    REQUIRE(log.has_value());
    (*log)->write(kStandard, "first");
    (*log)->write(kStandard, "second");
    stalled.wait();
    for (std::size_t i = 0; i < kLogRecordsMax + kTooMany; ++i) (*log)->write(kStandard, "line {}", i);
    CHECK((*log)->lines_lost() == kTooMany);
    released.count_down();
  }
  std::ifstream in(dir.file("segment"));
  std::vector<std::string> lines;
  for (std::string line; std::getline(in, line);) lines.push_back(after_stamp(line));
  REQUIRE(lines.size() == 3 + kLogRecordsMax);
  CHECK(lines[0] == "Std 05060 first");
  CHECK(lines[1] == "Std 05060 second");
  CHECK(lines[2] == "Std 00001 1000 log lines were lost: the disk was too slow");
  CHECK(lines[3] == "Std 05060 line 1000");
  CHECK(lines.back() == fmt::format("Std 05060 line {}", kLogRecordsMax + kTooMany - 1));
}

TEST_CASE("a log that is closed writes the rest", "[log]") {
  test::TempDir dir;
  for (std::size_t count = 1; count <= 1000; count *= 10) {
    {
      auto log = open_log(options_in(dir.file(std::to_string(count))));
      for (std::size_t i = 0; i < count; ++i) log->write(kStandard, "line {}", i);
    }
    auto lines = lines_in(dir.file(std::to_string(count)));
    REQUIRE(lines.size() == count);
    CHECK(lines.back().ends_with(fmt::format("line {}", count - 1)));
  }
}

TEST_CASE("standard messages of a program in the foreground appear on stderr too", "[log]") {
  test::TempDir dir;
  int file = ::open(dir.file("stderr").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  int before = ::dup(STDERR_FILENO);
  ::dup2(file, STDERR_FILENO);
  {
    Log::Options options = options_in(dir.file("logs"));
    options.echo_to_stderr = true;
    auto log = open_log(options);
    log->write(kStandard, "for the person");
    log->write({1, LogLevel::interaction}, "for the file");
  }
  ::dup2(before, STDERR_FILENO);
  ::close(before);
  ::close(file);
  std::ifstream in(dir.file("stderr"));
  std::ostringstream shown;
  shown << in.rdbuf();
  CHECK(after_stamp(shown.str()) == "Std 05060 for the person\n");
  CHECK(lines_in(dir.file("logs")).size() == 2);
}

TEST_CASE("the journal gets each message with its severity, and stamps it itself", "[log]") {
  test::TempDir dir;
  int file = ::open(dir.file("stderr").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  struct stat info {};
  REQUIRE(::fstat(file, &info) == 0);
  ::setenv("JOURNAL_STREAM", fmt::format("{}:{}", info.st_dev, info.st_ino).c_str(), 1);
  int before = ::dup(STDERR_FILENO);
  ::dup2(file, STDERR_FILENO);
  {
    Log::Options options = options_in(dir.file("logs"));
    options.echo_to_stderr = true;
    auto log = open_log(options);
    log->write(kStandard, "as usual");
    log->write({5061, LogLevel::standard, Severity::error}, "it failed");
  }
  ::dup2(before, STDERR_FILENO);
  ::close(before);
  ::close(file);
  ::unsetenv("JOURNAL_STREAM");
  std::ostringstream shown;
  shown << std::ifstream(dir.file("stderr")).rdbuf();
  CHECK(shown.str() == "<6>Std 05060 as usual\n<3>Std 05061 it failed\n");
  CHECK(after_stamp(lines_in(dir.file("logs")).back()) == "Std 05061 it failed");
}

TEST_CASE("a stderr that nobody reads, or that is closed, does not stop the log", "[log]") {
  bool closed = GENERATE(false, true);
  test::TempDir dir;
  int fds[2];
  REQUIRE(::pipe(fds) == 0);
  int before = ::dup(STDERR_FILENO);
  ::dup2(fds[1], STDERR_FILENO);
  ::close(fds[1]);
  if (closed) ::close(fds[0]);
  {
    Log::Options options = options_in(dir.path());
    options.echo_to_stderr = true;
    auto log = open_log(options);
    for (int i = 0; i < 2000; ++i) log->write(kStandard, "{:0100}", i);  // more than a pipe holds
  }
  ::dup2(before, STDERR_FILENO);
  ::close(before);
  if (!closed) ::close(fds[0]);
  CHECK(lines_in(dir.path()).size() == 2000);
}

TEST_CASE("a log that cannot be opened says why", "[log]") {
  test::TempDir dir;
  std::ofstream(dir.file("file")) << "x";
  auto log = Log::open(options_in(dir.file("file/logs")));
  REQUIRE(!log);
  CHECK(log.error().text.find("cannot make the log directory") == 0);
}

}  // namespace outpost::test::common_log_test
