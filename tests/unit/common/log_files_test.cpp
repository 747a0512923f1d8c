#include "common/log_files.h"

#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <vector>

#include "tests/support/temp_dir.h"

#include <catch2/catch_test_macros.hpp>

using namespace outpost;
using namespace std::chrono_literals;
namespace fs = std::filesystem;

namespace {

const LogFiles::Time kStart{std::chrono::milliseconds(1704110400123)};  // 2024-01-01T12:00:00.123 UTC

// Local time is five hours behind in these tests.
class TimeZone {
 public:
  TimeZone() {
    if (const char* before = std::getenv("TZ")) before_ = before;
    setenv("TZ", "EST5", 1);
    tzset();
  }
  ~TimeZone() {
    if (before_.empty()) {
      unsetenv("TZ");
    } else {
      setenv("TZ", before_.c_str(), 1);
    }
    tzset();
  }

 private:
  std::string before_;
};

// Until destroyed, no file may grow beyond `bytes`: the nearest thing to a full disk that needs no disk.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) {
    std::signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &before_);
    rlimit limit{bytes, before_.rlim_max};
    setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FileSizeLimit() { setrlimit(RLIMIT_FSIZE, &before_); }

 private:
  rlimit before_{};
};

Log::Options options_in(const std::string& directory) {
  Log::Options options;
  options.directory = directory;
  options.name = "outpost";
  options.application_name = "test application";
  options.application_type = "OCServer (75)";
  options.host_name = "test.example";
  options.version = "1.2.3";
  return options;
}

std::unique_ptr<LogFiles> open_files(const Log::Options& options, LogFiles::Time now = kStart) {
  auto files = LogFiles::open(options, now);
  REQUIRE(files.has_value());
  return *std::move(files);
}

std::string content(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

// What follows the header.
std::string body(const fs::path& file) {
  std::string text = content(file);
  std::size_t end = text.find("\n\n");
  REQUIRE(end != std::string::npos);
  return text.substr(end + 2);
}

std::vector<std::string> segments(const std::string& directory) {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(directory)) {
    if (!entry.is_symlink()) names.push_back(entry.path().filename().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace

TEST_CASE("a segment begins with the header that the parser expects and one empty line", "[log]") {
  TimeZone zone;
  test::TempDir dir;
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
  test::TempDir dir;
  Log::Options options = options_in(dir.path());
  options.application_name = "evil\n\n2024-01-01T07:00:00.123 Std 00001 forged";
  auto files = open_files(options);
  CHECK(content(files->link_path()).starts_with("Application name: evil\\x0A\\x0A2024-01-01T07:00:00.123 Std"));
}

TEST_CASE("the stamp is local time with milliseconds", "[log]") {
  TimeZone zone;
  test::TempDir dir;
  auto files = open_files(options_in(dir.path()));
  CHECK(files->stamp(kStart) == "2024-01-01T07:00:00.123");
  CHECK(files->stamp(kStart + 876ms) == "2024-01-01T07:00:00.999");
  CHECK(files->stamp(kStart + 877ms) == "2024-01-01T07:00:01.000");
  CHECK(files->stamp(kStart + 5ms) == "2024-01-01T07:00:00.128");
  CHECK(files->stamp(kStart + 24h) == "2024-01-02T07:00:00.123");
}

TEST_CASE("the stable link is relative and leads to the newest segment", "[log]") {
  test::TempDir dir;
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
  test::TempDir dir;
  std::ofstream(dir.file("outpost.log")) << "mine";
  auto files = LogFiles::open(options_in(dir.path()), kStart);
  REQUIRE(!files);
  CHECK(files.error().text.find("outpost.log is no link") != std::string::npos);
  CHECK(content(dir.file("outpost.log")) == "mine");
}

TEST_CASE("directory and segments are closed to others", "[log]") {
  test::TempDir dir;
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
  test::TempDir dir;
  std::ofstream(dir.file("file")) << "x";
  auto files = LogFiles::open(options_in(dir.file("file/logs")), kStart);
  REQUIRE(!files);
  CHECK(files.error().text.find(dir.file("file/logs")) != std::string::npos);
}

TEST_CASE("a segment never grows beyond its limit, and no record is split", "[log]") {
  test::TempDir dir;
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
  test::TempDir dir;
  Log::Options options = options_in(dir.path());
  options.segment_bytes = 10;
  auto files = open_files(options);
  for (int i = 0; i < 3; ++i) files->append("a line of more than ten bytes\n", kStart);
  files->flush(kStart);
  REQUIRE(segments(dir.path()).size() == 3);
  for (const auto& name : segments(dir.path())) CHECK(body(dir.file(name)) == "a line of more than ten bytes\n");
}

TEST_CASE("a segment ends at its age with the next record, however long nothing was logged", "[log]") {
  test::TempDir dir;
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
  test::TempDir dir;
  auto files = open_files(options_in(dir.path()));
  files->append("a\n", kStart);
  files->set_limits({1, 0, 0});
  files->append("b\n", kStart);
  files->set_limits({});
  files->append("c\n", kStart);
  files->flush(kStart);
  CHECK(body(files->link_path()) == "b\nc\n");
}

TEST_CASE("only older segments of exactly this name are removed", "[log]") {
  test::TempDir dir;
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
  test::TempDir dir;
  Log::Options options = options_in(dir.path());
  options.keep_files = 1;
  std::ofstream(dir.file("outpost.20990101_000000_000.log")) << "from the future";
  auto files = open_files(options);
  files->append("x\n", kStart);
  files->flush(kStart);
  CHECK(body(files->link_path()) == "x\n");
}

TEST_CASE("segments begun in the same millisecond do not meet", "[log]") {
  test::TempDir dir;
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

TEST_CASE("a full disk costs counted lines, tears none, and the log goes on when there is room", "[log]") {
  test::TempDir dir;
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
  test::TempDir dir;
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
  test::TempDir dir;
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

TEST_CASE("a directory that vanished is made again", "[log]") {
  test::TempDir dir;
  auto files = open_files(options_in(dir.file("logs")));
  files->append("gone\n", kStart);
  files->flush(kStart);
  fs::remove_all(dir.file("logs"));
  files->append("here again\n", kStart + 1s);
  files->flush(kStart + 1s);
  CHECK(body(files->link_path()) == "here again\n");
  CHECK(files->lost() == 0);
}

TEST_CASE("a directory that cannot be made again costs counted lines until it can", "[log]") {
  test::TempDir dir;
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
  test::TempDir dir;
  auto files = open_files(options_in(dir.path()));
  files->note_loss(7, "the disk was too slow");
  files->append("next\n", kStart);
  files->append("and next\n", kStart);
  files->flush(kStart);
  CHECK(
      body(files->link_path()).ends_with(" Std 00001 7 log lines were lost: the disk was too slow\nnext\nand next\n"));
}

TEST_CASE("a relative directory stays where it was when the program changes its own", "[log]") {
  test::TempDir dir;
  fs::path before = fs::current_path();
  fs::current_path(dir.path());
  auto files = open_files(options_in("logs"));
  fs::current_path(before);
  files->begin_segment(kStart + 1s);
  CHECK(segments(dir.file("logs")).size() == 2);
}

TEST_CASE("a name with a slash is refused", "[log]") {
  test::TempDir dir;
  Log::Options options = options_in(dir.path());
  options.name = "../outpost";
  CHECK(!LogFiles::open(options, kStart));
  options.name = "";
  CHECK(!LogFiles::open(options, kStart));
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
  test::TempDir dir;
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
  test::TempDir dir;
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
  test::TempDir dir;
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
