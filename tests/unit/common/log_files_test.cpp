#include "common/log_files.h"

#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "tests/support/temp_dir.h"
#include "tests/unit/common/log_fixture.h"

#include <catch2/catch_test_macros.hpp>

namespace outpost::test::log_files_test {

using namespace std::chrono_literals;

TEST_CASE("the stamp is local time with milliseconds", "[log]") {
  LocalTime zone{"EST5"};  // five hours behind
  TempDir dir;
  auto files = open_files(options_in(dir.path()));
  CHECK(files->stamp(kStart) == "2024-01-01T07:00:00.123");
  CHECK(files->stamp(kStart + 876ms) == "2024-01-01T07:00:00.999");
  CHECK(files->stamp(kStart + 877ms) == "2024-01-01T07:00:01.000");
  CHECK(files->stamp(kStart + 5ms) == "2024-01-01T07:00:00.128");
  CHECK(files->stamp(kStart + 24h) == "2024-01-02T07:00:00.123");
}

TEST_CASE("a segment never grows beyond its limit, and no record is split", "[log]") {
  TempDir dir;
  Log::Options options = options_in(dir.path());
  options.segment_bytes = 1024;
  auto files = open_files(options);
  const std::string record = std::string(99, 'x') + "\n";
  for (int i = 0; i < 100; ++i) files->append(record, kStart);
  files->flush(kStart);
  std::size_t records = 0;
  for (const auto& name : segments(dir.path())) {
    CHECK(fs::file_size(dir.file(name)) <= 1024);
    std::string lines = body(dir.file(name));
    CHECK(lines.size() % record.size() == 0);
    CHECK(!lines.empty());
    records += lines.size() / record.size();
  }
  CHECK(records == 100);
}

TEST_CASE("a record that is larger than a segment has one of its own", "[log]") {
  TempDir dir;
  Log::Options options = options_in(dir.path());
  options.segment_bytes = 10;
  auto files = open_files(options);
  for (int i = 0; i < 3; ++i) files->append("a line of more than ten bytes\n", kStart);
  files->flush(kStart);
  REQUIRE(segments(dir.path()).size() == 3);
  for (const auto& name : segments(dir.path())) CHECK(body(dir.file(name)) == "a line of more than ten bytes\n");
}

TEST_CASE("a segment ends at its age with the next record, however long nothing was logged", "[log]") {
  TempDir dir;
  Log::Options options = options_in(dir.path());
  options.segment_hours = 2;
  auto files = open_files(options);
  files->append("old\n", kStart);
  files->append("still old\n", kStart + 2h - 1ms);
  files->append("new\n", kStart + 100h);
  files->flush(kStart + 100h);
  auto names = segments(dir.path());
  REQUIRE(names.size() == 2);
  CHECK(body(dir.file(names[0])) == "old\nstill old\n");
  CHECK(body(dir.file(names[1])) == "new\n");
}

TEST_CASE("limits change while the log is open", "[log]") {
  TempDir dir;
  auto files = open_files(options_in(dir.path()));
  files->append("a\n", kStart);
  files->set_limits({1, 0, 0});
  files->append("b\n", kStart);
  files->set_limits({});
  files->append("c\n", kStart);
  files->flush(kStart);
  CHECK(body(files->link_path()) == "b\nc\n");
}

TEST_CASE("a full disk costs counted lines, tears none, and the log goes on when there is room", "[log]") {
  TempDir dir;
  auto files = open_files(options_in(dir.path()));
  files->append("before\n", kStart);
  files->flush(kStart);
  {
    FileSizeLimit full(fs::file_size(files->link_path()) + 4);  // room for half a record
    files->append("lost 1\n", kStart);
    files->append("lost 2\n", kStart);
    files->flush(kStart);
    files->append("lost while it rests\n", kStart + 1s);
    files->append("lost at the next try\n", kStart + 6s);
    files->flush(kStart + 6s);
    CHECK(files->lost() == 4);
    CHECK(body(files->link_path()) == "before\n");
  }
  files->append("lost because it still rests\n", kStart + 7s);
  CHECK(files->lost() == 5);
  files->append("after\n", kStart + 12s);
  files->append("after that\n", kStart + 12s);
  files->flush(kStart + 12s);
  std::string stamp(files->stamp(kStart + 12s));
  CHECK(body(files->link_path()) ==
        "before\n" + stamp + " Std 00001 5 log lines were lost: File too large\nafter\nafter that\n");
  CHECK(files->lost() == 5);
}

TEST_CASE("a clock that is set back does not make the rest after a failure longer", "[log]") {
  TempDir dir;
  auto files = open_files(options_in(dir.path()));
  {
    FileSizeLimit full(1);
    files->append("lost\n", kStart);
    files->flush(kStart);
  }
  files->append("an hour earlier\n", kStart - 1h);
  files->flush(kStart - 1h);
  CHECK(body(files->link_path()).ends_with("an hour earlier\n"));
}

TEST_CASE("when no new segment can be made the old one goes on", "[log]") {
  TempDir dir;
  Log::Options options = options_in(dir.path());
  options.segment_bytes = 350;
  auto files = open_files(options);
  files->append("a\n", kStart);
  std::string target = fs::read_symlink(files->link_path()).string();
  {
    FileSizeLimit full(8);  // no header fits; the buffer stays unwritten meanwhile
    files->begin_segment(kStart + 1s);
  }
  CHECK(segments(dir.path()) == std::vector{target});
  CHECK(fs::read_symlink(files->link_path()) == target);
  files->append("b\n", kStart + 10s);
  files->flush(kStart + 10s);
  CHECK(body(files->link_path()).ends_with("b\n"));
}

TEST_CASE("a directory that cannot be made again costs counted lines until it can", "[log]") {
  TempDir dir;
  auto files = open_files(options_in(dir.file("logs")));
  fs::remove_all(dir.file("logs"));
  std::ofstream(dir.file("logs")) << "in the way";
  files->append("lost\n", kStart);
  files->flush(kStart);
  files->append("lost too\n", kStart + 6s);
  CHECK(files->lost() == 2);
  fs::remove(dir.file("logs"));
  files->append("here again\n", kStart + 12s);
  files->flush(kStart + 12s);
  CHECK(body(files->link_path()).find("2 log lines were lost: Not a directory\nhere again\n") != std::string::npos);
}

TEST_CASE("losses before the files are told of by the next record", "[log]") {
  TempDir dir;
  auto files = open_files(options_in(dir.path()));
  files->note_loss(7, "the disk was too slow");
  files->append("next\n", kStart);
  files->append("and next\n", kStart);
  files->flush(kStart);
  CHECK(
      body(files->link_path()).ends_with(" Std 00001 7 log lines were lost: the disk was too slow\nnext\nand next\n"));
}

namespace {

// A log whose segments come from a test.
struct Adopted {
  explicit Adopted(const Log::Options& options) : maker(LogSegments::open(options, kStart).value()) {
    files = LogFiles::adopt(
        options, maker.make(kStart), [this] { ++wanted; }, kStart);
  }
  LogSegments maker;
  int wanted = 0;
  std::unique_ptr<LogFiles> files;
};

}  // namespace

TEST_CASE("a log that cannot make segments asks for the next one, and goes on in the old one until it comes", "[log]") {
  TempDir dir;
  Log::Options options = options_in(dir.path());
  options.segment_bytes = 350;
  Adopted log(options);
  const std::string record = std::string(99, 'x') + "\n";
  for (int i = 0; i < 5; ++i) log.files->append(record, kStart);
  CHECK(log.wanted == 1);
  log.files->append(record, kStart + 5s);
  CHECK(log.wanted == 2);
  log.files->take_segment(log.maker.make(kStart + 6s), kStart + 6s);
  log.files->append("next\n", kStart + 6s);
  log.files->flush(kStart + 6s);
  CHECK(log.files->lost() == 0);
  auto names = segments(dir.path());
  REQUIRE(names.size() == 2);
  CHECK(body(dir.file(names[0])).size() == 6 * record.size());
  CHECK(body(log.maker.link_path()) == "next\n");
}

TEST_CASE("a log that cannot make segments asks for one when its own was removed", "[log]") {
  TempDir dir;
  Adopted log(options_in(dir.file("logs")));
  fs::remove_all(dir.file("logs"));
  log.files->append("into nowhere\n", kStart);
  log.files->flush(kStart);
  CHECK(log.wanted == 1);
  log.files->take_segment(log.maker.make(kStart), kStart);
  log.files->append("here again\n", kStart);
  log.files->flush(kStart);
  CHECK(body(log.maker.link_path()) == "here again\n");
  CHECK(log.wanted == 1);
}

TEST_CASE("a disk that is full does not end a log that cannot make segments", "[log]") {
  TempDir dir;
  Adopted log(options_in(dir.path()));
  {
    FileSizeLimit full(1);
    log.files->append("lost\n", kStart);
    log.files->flush(kStart);
  }
  log.files->append("after\n", kStart + 5s);
  log.files->flush(kStart + 5s);
  CHECK(body(log.maker.link_path()).ends_with(" Std 00001 1 log lines were lost: File too large\nafter\n"));
}

}  // namespace outpost::test::log_files_test
