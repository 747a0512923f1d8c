#include "supervisor/children/log.h"

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "tests/support/run_until.h"
#include "tests/support/temp_dir.h"

#include <catch2/catch_test_macros.hpp>

namespace outpost::test::child_log_test {

using namespace outpost::supervisor;
namespace fs = std::filesystem;

namespace {

struct Fixture {
  test::TempDir dir;
  Config config = [this] {
    Config c;
    c.log.directory = dir.path();
    c.log.keep_files = 0;
    return c;
  }();
  Loop loop;
  std::unique_ptr<Log> log = std::move(Log::open(log_options(config, ""))).value();
  int handed = 0;
  bool refuses = false;
  ChildLog proxy_log{loop, *log, "_HTTPPRX", [this](int file) -> Result<> {
                       CHECK(file >= 0);
                       if (refuses) return fail(Errc::limit, "it takes none");
                       ++handed;
                       return {};
                     }};

  std::ptrdiff_t segments() const {
    return std::count_if(fs::directory_iterator(dir.path()), fs::directory_iterator(), [](const auto& entry) {
      return !entry.is_symlink() && entry.path().filename().string().starts_with("outpost_HTTPPRX.");
    });
  }
};

}  // namespace

TEST_CASE_METHOD(Fixture, "the proxy's first log file is made before the proxy", "[proxy_log]") {
  REQUIRE(proxy_log.open(config));
  CHECK(segments() == 1);
  CHECK(fs::exists(dir.file("outpost_HTTPPRX.log")));
  REQUIRE(proxy_log.hand_over_first());
  CHECK(handed == 1);
  proxy_log.next();
  CHECK(handed == 2);
  CHECK(segments() == 2);
}

TEST_CASE_METHOD(Fixture, "a proxy that asks for log files without end gets a few, then one at a time", "[proxy_log]") {
  REQUIRE(proxy_log.open(config));
  for (int i = 0; i < 1000; ++i) proxy_log.want();
  CHECK(handed == ChildLog::kBurst);
  CHECK(segments() == ChildLog::kBurst + 1);
  test::run_until(loop, [&] { return handed > ChildLog::kBurst; });
  CHECK(handed == ChildLog::kBurst + 1);
}

TEST_CASE_METHOD(Fixture, "a proxy that is gone gets no log file", "[proxy_log]") {
  REQUIRE(proxy_log.open(config));
  proxy_log.close();
  proxy_log.next();
  proxy_log.want();
  CHECK(handed == 0);
  CHECK(segments() == 1);
}

TEST_CASE_METHOD(Fixture, "a log file that the proxy does not take is told of once", "[proxy_log]") {
  REQUIRE(proxy_log.open(config));
  refuses = true;
  proxy_log.next();
  proxy_log.next();
  std::string link = log->link_path();
  log.reset();
  std::ifstream in(link);
  std::string text{std::istreambuf_iterator<char>(in), {}};
  std::size_t first = text.find(" 40038 ");
  REQUIRE(first != std::string::npos);
  CHECK(text.find(" 40038 ", first + 1) == std::string::npos);
}

TEST_CASE_METHOD(Fixture, "the files of an access log begin empty", "[proxy_log]") {
  ChildLog access(
      loop, *log, "_ACCESS", [](int) { return Result<>(); }, protocol::LogFileKind::access);
  CHECK_FALSE(access.is_open());
  REQUIRE(access.open(config));
  CHECK(access.is_open());
  CHECK(fs::file_size(dir.file("outpost_ACCESS.log")) == 0);
  access.close();
  CHECK_FALSE(access.is_open());
}

TEST_CASE_METHOD(Fixture, "a log directory that cannot be made is why there is no proxy", "[proxy_log]") {
  config.log.directory = dir.file("file") + "/logs";
  std::ofstream(dir.file("file")) << "x";
  auto opened = proxy_log.open(config);
  REQUIRE(!opened);
  CHECK(opened.error().text.find("cannot make the log directory") == 0);
}

}  // namespace outpost::test::child_log_test
