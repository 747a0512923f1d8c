#include <chrono>
#include <fstream>

#include "supervisor/ctl/commands.h"
#include "supervisor/ctl/file.h"
#include "supervisor/ctl/progress.h"
#include "supervisor/ctl/table.h"
#include "supervisor/ctl/view.h"
#include "tests/support/temp_dir.h"
#undef CHECK  // ours; below it is Catch2's

#include <catch2/catch_test_macros.hpp>

using namespace outpost;
using namespace outpost::supervisor::ctl;
using std::chrono::duration;

TEST_CASE("numbers are grouped and durations are short", "[ctl][progress]") {
  CHECK(grouped(0) == "0");
  CHECK(grouped(999) == "999");
  CHECK(grouped(1000) == "1,000");
  CHECK(grouped(1234567) == "1,234,567");
  CHECK(human_duration(duration<double>(0.42)) == "0.4 s");
  CHECK(human_duration(duration<double>(9.96)) == "10 s");
  CHECK(human_duration(duration<double>(185)) == "3 min 5 s");
  CHECK(human_duration(duration<double>(3 * 3600 + 59)) == "3 h 0 min");
  CHECK(human_duration(duration<double>(100 * 3600)) == "4 d 4 h");
}

TEST_CASE("progress shows rate and time left of this run only", "[ctl][progress]") {
  ProgressState state{1000, 3000, 10'000, 30'000, 100'000};
  CHECK(progress_text(state, duration<double>(2)) == "3,000 rows, 30 %, 1,000 rows/s, 7.0 s left");
  CHECK(progress_text(state, duration<double>(0)) == "3,000 rows, 30 %");
  CHECK(progress_text({0, 500, 0, 0, 0}, duration<double>(1)) == "500 rows, 500 rows/s");
  CHECK(progress_text({0, 0, 0, 0, 100}, duration<double>(1)) == "0 rows, 0 %, 0 rows/s");
}

TEST_CASE("a progress bar never is wider than the terminal", "[ctl][progress]") {
  ProgressState state{0, 500, 0, 50, 100};
  CHECK(progress_bar(state, duration<double>(1), 200) ==
        "[###############...............] 500 rows, 50 %, 500 rows/s, 1.0 s left");
  for (std::size_t columns = 0; columns < 100; ++columns) {
    CHECK(progress_bar(state, duration<double>(1), columns).size() <= columns);
  }
}

TEST_CASE("table columns are aligned by what a terminal shows", "[ctl][table]") {
  Table table({{"ID", Table::Align::right}, {"NAME"}, {"X"}});
  table.add({"7", "Zoë", "a"});
  table.add({"123", "Bob Fictional"});
  CHECK(table.take() == " ID  NAME           X\n  7  Zoë            a\n123  Bob Fictional\n");
  table.add({"1", "x", "y"});
  CHECK(table.take() == "  1  x              y\n");
}

TEST_CASE("a cell cannot command the terminal", "[ctl][table]") {
  Table table({{""}});
  table.add({"\x1b[2Jgone\nnext"});
  CHECK(table.take() == "\\x1B[2Jgone\\x0Anext\n");
  CHECK(printable("one\ntwo\x07") == "one\ntwo\\x07");
}

TEST_CASE("enumerations show number and name, unknown numbers stand alone", "[ctl][view]") {
  CHECK(show_enumeration(protocol::record_statuses(), 1) == "1 Ready");
  CHECK(show_enumeration(protocol::record_statuses(), 99) == "99");
  CHECK(show_enumeration(protocol::record_statuses(), -1) == "-1");
  CHECK(show_window(28800, 64800) == "08:00..18:00");
  CHECK(show_window(0, 86399) == "00:00..23:59:59");
}

TEST_CASE("times are local and carry their distance from UTC", "[ctl][view]") {
  CHECK(show_time(0) == "-");
  std::string shown = show_time(1'700'000'000);
  CHECK(shown.starts_with("2023-11-1"));
  CHECK(shown.size() == std::string_view("2023-11-14T22:13:20+00:00").size());
}

TEST_CASE("status is shown whatever is missing in it", "[ctl][view]") {
  auto empty = parse_json("{}");
  REQUIRE(empty);
  CHECK(show_status(*empty).find("proxy") != std::string::npos);
  auto status = parse_json(R"({"program":"outpostd 1","pid":12,"role":"primary","uptime_s":61,
    "proxy":{"state":"running","pid":13,"restarts":1,"listeners":[{"name":"a","address":"127.0.0.1","port":8080}],
             "in_flight":3},
    "requests":{"received":1234,"by_outcome":{"103 MissingAttribute":2}},
    "store":{"engine":"SQLite","rows_per_sync":12.345},"logs":{"supervisor":"/l/outpost.log"}})");
  REQUIRE(status);
  std::string text = show_status(*status);
  for (const char* part :
       {"pid 12", "up 1 min 1 s", "1 restart\n", "127.0.0.1:8080", "3 requests in flight", "1,234 received",
        "2 103 MissingAttribute", "12.3 rows per sync", "tail -F /l/outpost.log"}) {
    INFO(part);
    CHECK(text.find(part) != std::string::npos);
  }
}

TEST_CASE("the fingerprint of a file follows its bytes, not its name", "[ctl][file]") {
  test::TempDir dir;
  auto print = [&](const char* name, const std::string& bytes) {
    std::ofstream(dir.file(name), std::ios::binary) << bytes;
    auto file = File::open_source(dir.file(name));
    REQUIRE(file);
    FileSource source(file->fd(), 0, bytes.size());
    auto made = fingerprint(source);
    REQUIRE(made);
    CHECK(made->bytes == bytes.size());
    return made->text;
  };
  CHECK(print("a", "") == "csv-0-cbf29ce484222325");
  CHECK(print("a", "a") == "csv-1-af63dc4c8601ec8c");
  std::string large(3'000'000, 'x');
  std::string first = print("a", large);
  CHECK(print("b", large) == first);
  large[1'500'000] = 'y';
  CHECK(print("b", large) != first);
}

TEST_CASE("an output file takes its name only when it is complete", "[ctl][file]") {
  test::TempDir dir;
  std::string path = dir.file("out.csv");
  std::ofstream(path) << "old";
  {
    auto file = OutputFile::create(path);
    REQUIRE(file);
    REQUIRE(file->write("half"));
  }
  CHECK(read_file(path, 100).value() == "old");
  CHECK_FALSE(std::filesystem::exists(path + ".part"));
  auto file = OutputFile::create(path);
  REQUIRE(file);
  REQUIRE(file->write("whole"));
  REQUIRE(file->finish());
  CHECK(read_file(path, 100).value() == "whole");
  CHECK(read_file(path, 4).error().code == Errc::io);
  CHECK(File::open_source(dir.path()).error().text.find("not a regular file") != std::string::npos);
  CHECK(read_file(dir.file("absent"), 4).error().text.find("No such file") != std::string::npos);
}

TEST_CASE("each kind of error has its exit status", "[ctl]") {
  CHECK(exit_of({Errc::invalid, ""}) == Exit::refused);
  CHECK(exit_of({Errc::closed, ""}) == Exit::unreachable);
  CHECK(exit_of({Errc::timeout, ""}) == Exit::unreachable);
  CHECK(exit_of({Errc::protocol, ""}) == Exit::unreachable);
  CHECK(exit_of({Errc::io, ""}) == Exit::file);
}
