#include "common/log_segments.h"

#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "tests/support/temp_dir.h"
#include "tests/unit/common/log_fixture.h"

#include <catch2/catch_test_macros.hpp>

namespace outpost::test::log_segments_test {

using namespace std::chrono_literals;

TEST_CASE("a segment begins with the header that the parser expects and one empty line", "[log]") {
  LocalTime zone{"EST5"};  // five hours behind
  TempDir dir;
  auto files = open_files(options_in(dir.path()));
  files->append("first\n", kStart);
  files->flush(kStart);
  CHECK(content(dir.file("outpost.20240101_070000_123.log")) ==
        "Application name: test application\n"
        "Application type: OCServer (75)\n"
        "Version: 1.2.3\n"
        "Host name: test.example\n"
        "Time zone: 18000, EST, EST\n"
        "Start time (UTC): 2024-01-01T12:00:00.123\n"
        "Local time: 2024-01-01T07:00:00.123\n"
        "File: (1) outpost.20240101_070000_123.log\n"
        "\n"
        "first\n");
}

TEST_CASE("a configured name cannot forge header lines", "[log]") {
  TempDir dir;
  Log::Options options = options_in(dir.path());
  options.application_name = "evil\n\n2024-01-01T07:00:00.123 Std 00001 forged";
  auto files = open_files(options);
  CHECK(content(files->link_path()).starts_with("Application name: evil\\x0A\\x0A2024-01-01T07:00:00.123 Std"));
}

TEST_CASE("the stable link is relative and leads to the newest segment", "[log]") {
  TempDir dir;
  auto files = open_files(options_in(dir.path()));
  fs::path first = fs::read_symlink(files->link_path());
  CHECK(first.is_relative());
  files->begin_segment(kStart + 1s);
  fs::path second = fs::read_symlink(files->link_path());
  CHECK(second != first);
  files->append("x\n", kStart + 1s);
  files->flush(kStart + 1s);
  CHECK(body(files->link_path()) == "x\n");
  CHECK(segments(dir.path()).size() == 2);
}

TEST_CASE("a file in the place of the stable link is not replaced", "[log]") {
  TempDir dir;
  std::ofstream(dir.file("outpost.log")) << "mine";
  auto files = LogFiles::open(options_in(dir.path()), kStart);
  REQUIRE(!files);
  CHECK(files.error().text.find("outpost.log is no link") != std::string::npos);
  CHECK(content(dir.file("outpost.log")) == "mine");
}

TEST_CASE("directory and segments are closed to others", "[log]") {
  TempDir dir;
  mode_t before = umask(022);
  auto files = open_files(options_in(dir.file("a/b")));
  umask(before);
  struct stat info {};
  REQUIRE(stat(dir.file("a/b").c_str(), &info) == 0);
  CHECK((info.st_mode & 0777) == 0750);
  REQUIRE(stat(files->link_path().c_str(), &info) == 0);
  CHECK((info.st_mode & 0777) == 0640);
}

TEST_CASE("a directory that cannot be made is an error that names it", "[log]") {
  TempDir dir;
  std::ofstream(dir.file("file")) << "x";
  auto files = LogFiles::open(options_in(dir.file("file/logs")), kStart);
  REQUIRE(!files);
  CHECK(files.error().text.find(dir.file("file/logs")) != std::string::npos);
}

TEST_CASE("only older segments of exactly this name are removed", "[log]") {
  TempDir dir;
  const std::vector<std::string> others = {"outpost_HTTPPRX.20200101_000000_000.log",
                                           "outpost.20200101_000000_000.log.gz",
                                           "outpost.2020_000000_000.log",
                                           "outpost.20200101-000000-000.log",
                                           "outpost.2020010a_000000_000.log",
                                           "my outpost.20200101_000000_000.log",
                                           "outpost.x.20200101_000000_000.log"};
  for (const auto& name : others) std::ofstream(dir.file(name)) << "keep";
  std::ofstream(dir.file("outpost.20200101_000000_000.log")) << "old";
  std::ofstream(dir.file("outpost.20200102_000000_000.log")) << "old";
  std::ofstream(dir.file("outpost.20200103_000000_000.log")) << "old";
  Log::Options options = options_in(dir.path());
  options.keep_files = 2;
  auto files = open_files(options);
  for (const auto& name : others) CHECK(fs::exists(dir.file(name)));
  CHECK(!fs::exists(dir.file("outpost.20200101_000000_000.log")));
  CHECK(!fs::exists(dir.file("outpost.20200102_000000_000.log")));
  CHECK(fs::exists(dir.file("outpost.20200103_000000_000.log")));
  files->begin_segment(kStart + 1s);
  files->begin_segment(kStart + 2s);
  CHECK(segments(dir.path()).size() == others.size() + 2);
}

TEST_CASE("the segment in use is kept even when the clock was set back", "[log]") {
  TempDir dir;
  Log::Options options = options_in(dir.path());
  options.keep_files = 1;
  std::ofstream(dir.file("outpost.20990101_000000_000.log")) << "from the future";
  auto files = open_files(options);
  files->append("x\n", kStart);
  files->flush(kStart);
  CHECK(body(files->link_path()) == "x\n");
}

TEST_CASE("segments begun in the same millisecond do not meet", "[log]") {
  TempDir dir;
  auto files = open_files(options_in(dir.path()));
  auto second = open_files(options_in(dir.path()));
  files->append("a\n", kStart);
  second->append("b\n", kStart);
  files->flush(kStart);
  second->flush(kStart);
  auto names = segments(dir.path());
  REQUIRE(names.size() == 2);
  CHECK(body(dir.file(names[0])) == "a\n");
  CHECK(body(dir.file(names[1])) == "b\n");
}

TEST_CASE("a directory that vanished is made again", "[log]") {
  TempDir dir;
  auto files = open_files(options_in(dir.file("logs")));
  files->append("gone\n", kStart);
  files->flush(kStart);
  fs::remove_all(dir.file("logs"));
  files->append("here again\n", kStart + 1s);
  files->flush(kStart + 1s);
  CHECK(body(files->link_path()) == "here again\n");
  CHECK(files->lost() == 0);
}

TEST_CASE("a relative directory stays where it was when the program changes its own", "[log]") {
  TempDir dir;
  fs::path before = fs::current_path();
  fs::current_path(dir.path());
  auto files = open_files(options_in("logs"));
  fs::current_path(before);
  files->begin_segment(kStart + 1s);
  CHECK(segments(dir.file("logs")).size() == 2);
}

TEST_CASE("a name with a slash is refused", "[log]") {
  TempDir dir;
  Log::Options options = options_in(dir.path());
  options.name = "../outpost";
  CHECK(!LogFiles::open(options, kStart));
  options.name = "";
  CHECK(!LogFiles::open(options, kStart));
}

}  // namespace outpost::test::log_segments_test
