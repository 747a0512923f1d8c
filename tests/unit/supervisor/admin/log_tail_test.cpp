#include "supervisor/admin/log_tail.h"

#include <filesystem>
#include <fstream>
#include <string>

#include "tests/support/temp_dir.h"

#include <catch2/catch_test_macros.hpp>

namespace outpost::test::log_tail_test {

namespace {

using supervisor::LogTail;

// A log with segments and the link to the newest, as log_segments.h makes them.
struct Fixture {
  void begin_segment(const std::string& name) {
    segment = folder.file(name);
    append("");
    std::filesystem::remove(link);
    std::filesystem::create_symlink(segment, link);
  }
  void append(const std::string& text) { std::ofstream(segment, std::ios::app | std::ios::binary) << text; }

  TempDir folder;
  std::string link = folder.file("x.log");
  std::string segment;
};

}  // namespace

TEST_CASE_METHOD(Fixture, "a log is shown from its end on, line by line", "[admin]") {
  begin_segment("1");
  append("first\nsecond\nthi");
  LogTail tail(link);
  CHECK(tail.read().lines == "first\nsecond\n");
  CHECK(tail.read().lines.empty());
  append("rd\n");
  CHECK(tail.read().lines == "third\n");
}

TEST_CASE_METHOD(Fixture, "the next segment is found when the old one has no more", "[admin]") {
  begin_segment("1");
  append("a\n");
  LogTail tail(link);
  CHECK(tail.read().lines == "a\n");
  append("b\n");
  begin_segment("2");
  append("c\n");
  CHECK(tail.read().lines == "b\n");
  CHECK(tail.read().lines == "c\n");
}

TEST_CASE_METHOD(Fixture, "what is too much is passed over, and counted once somebody looks", "[admin]") {
  begin_segment("1");
  std::string line(999, 'x');
  for (int i = 0; i < 200; ++i) append(line + "\n");
  LogTail tail(link);
  LogTail::Piece first = tail.read();
  CHECK(first.lines.size() <= LogTail::kBytesMax);
  CHECK(first.lines.size() % 1000 == 0);
  CHECK(first.passed_over == 0);  // the end of the file is what was asked for
  for (int i = 0; i < 200; ++i) append(line + "\n");
  LogTail::Piece next = tail.read();
  CHECK(next.lines.size() % 1000 == 0);
  CHECK(next.passed_over == 200'000 - LogTail::kBytesMax);
  CHECK(tail.read().lines.empty());
}

TEST_CASE_METHOD(Fixture, "a line without an end is shown when it fills a piece", "[admin]") {
  begin_segment("1");
  append("a\n");
  LogTail tail(link);
  CHECK(tail.read().lines == "a\n");
  append(std::string(LogTail::kBytesMax, 'y'));
  CHECK(tail.read().lines.size() == LogTail::kBytesMax);
  append("z\n");
  CHECK(tail.read().lines == "z\n");
}

TEST_CASE_METHOD(Fixture, "a log that is not there yet has no lines", "[admin]") {
  LogTail tail(link);
  CHECK(tail.read().lines.empty());
  begin_segment("1");
  append("here\n");
  CHECK(tail.read().lines == "here\n");
}

}  // namespace outpost::test::log_tail_test
