#include "supervisor/ctl/files/file.h"

#include <filesystem>
#include <fstream>

#include "tests/support/temp_dir.h"

#include <catch2/catch_test_macros.hpp>

namespace outpost::test::files_file_test {

using namespace outpost::supervisor::ctl;

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

}  // namespace outpost::test::files_file_test
