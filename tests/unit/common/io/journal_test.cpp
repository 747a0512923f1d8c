#include "common/io/journal.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <sstream>

#include "tests/support/temp_dir.h"

#include <fmt/core.h>
#include <catch2/catch_test_macros.hpp>

namespace outpost::test::journal_test {

namespace {

// stderr is a file for as long as this lives, and JOURNAL_STREAM names it, or another one.
class Stderr {
 public:
  explicit Stderr(bool is_journal) : before_(::dup(STDERR_FILENO)) {
    int file = ::open(dir_.file("stderr").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    struct stat info {};
    ::fstat(file, &info);
    ::dup2(file, STDERR_FILENO);
    ::close(file);
    ::setenv("JOURNAL_STREAM", fmt::format("{}:{}", info.st_dev, info.st_ino + (is_journal ? 0 : 1)).c_str(), 1);
  }
  ~Stderr() {
    ::unsetenv("JOURNAL_STREAM");
    ::dup2(before_, STDERR_FILENO);
    ::close(before_);
  }

  [[nodiscard]] std::string said() const {
    std::ostringstream text;
    text << std::ifstream(dir_.file("stderr")).rdbuf();
    return text.str();
  }

 private:
  test::TempDir dir_;
  int before_;
};

}  // namespace

TEST_CASE("a line for the journal begins with its severity", "[journal]") {
  Stderr journal(true);
  tell(Severity::error, "it failed");
  tell(Severity::info, "it began");
  CHECK(journal.said() == "<3>it failed\n<6>it began\n");
}

TEST_CASE("a stderr that is not the journal's gets lines as they are", "[journal]") {
  Stderr file(false);
  tell(Severity::error, "it failed");
  CHECK(file.said() == "it failed\n");
}

}  // namespace outpost::test::journal_test
