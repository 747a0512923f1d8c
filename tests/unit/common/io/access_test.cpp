#include "common/io/access.h"

#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>

#include "tests/support/temp_dir.h"

#include <catch2/catch_test_macros.hpp>

namespace outpost::test::access_test {

namespace {

// What a user says who is not root and owns nothing here; our own when we are not root ourselves.
std::string obstacle_for_a_user(const std::string& path, Access access = Access::write) {
  int fds[2];
  REQUIRE(pipe(fds) == 0);
  pid_t child = fork();
  if (child == 0) {
    constexpr uid_t kNobody = 65'534;
    if (geteuid() == 0 && setresuid(kNobody, kNobody, kNobody) != 0) _exit(1);
    std::string text = obstacle_to(path, access);
    _exit(write(fds[1], text.data(), text.size()) < 0 ? 1 : 0);
  }
  close(fds[1]);
  char buffer[1024];
  ssize_t n = read(fds[0], buffer, sizeof buffer);
  close(fds[0]);
  int status = 0;
  REQUIRE(waitpid(child, &status, 0) == child);
  CHECK(status == 0);
  return {buffer, n > 0 ? static_cast<std::size_t>(n) : 0};
}

bool says(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("a file that can be had, or made, has no obstacle", "[access]") {
  test::TempDir dir;
  std::ofstream(dir.file("there")) << "x";
  CHECK(obstacle_to(dir.file("there")).empty());
  CHECK(obstacle_to(dir.file("new")).empty());
  CHECK(obstacle_to(dir.path()).empty());
}

TEST_CASE("a folder that is missing is named", "[access]") {
  test::TempDir dir;
  CHECK(obstacle_to(dir.file("missing/further/file")) == "the folder " + dir.file("missing") + " does not exist");
}

TEST_CASE("a folder in which nothing may be made is named, with its owner and mode", "[access]") {
  test::TempDir dir;
  REQUIRE(chmod(dir.path().c_str(), 0555) == 0);
  std::string said = obstacle_for_a_user(dir.file("new"));
  CHECK(says(said, "may not make files in the folder " + dir.path() + " (of "));
  CHECK(says(said, "mode 0555)"));
  said = obstacle_for_a_user(dir.file("missing/file"));
  CHECK(says(said, "the folder " + dir.file("missing") + " does not exist, and user "));
  CHECK(says(obstacle_for_a_user(dir.path()), "may not make files in the folder " + dir.path()));
  REQUIRE(chmod(dir.path().c_str(), 0755) == 0);
}

TEST_CASE("a folder that may not be entered is named, however deep the file is", "[access]") {
  test::TempDir dir;
  REQUIRE(chmod(dir.path().c_str(), 0755) == 0);
  REQUIRE(mkdir(dir.file("closed").c_str(), 0) == 0);
  CHECK(says(obstacle_for_a_user(dir.file("closed/a/b")), "may not enter the folder " + dir.file("closed") + " (of "));
}

TEST_CASE("a file of another user is named", "[access]") {
  test::TempDir dir;
  REQUIRE(chmod(dir.path().c_str(), 0755) == 0);
  std::ofstream(dir.file("file")) << "x";
  REQUIRE(chmod(dir.file("file").c_str(), 0400) == 0);
  CHECK(says(obstacle_for_a_user(dir.file("file")), "may not read and write the file " + dir.file("file")));
  CHECK(says(fail_access(EACCES, "cannot open it", "/missing/file").value().text,
             "cannot open it: Permission denied: the folder /missing does not exist"));
}

TEST_CASE("what is only read need not be writable, and nobody has to make it", "[access]") {
  test::TempDir dir;
  REQUIRE(chmod(dir.path().c_str(), 0555) == 0);
  CHECK(obstacle_for_a_user(dir.file("new"), Access::read).empty());
  CHECK(obstacle_for_a_user(dir.file("missing/file"), Access::read) ==
        "the folder " + dir.file("missing") + " does not exist");
  REQUIRE(chmod(dir.path().c_str(), 0755) == 0);
  std::ofstream(dir.file("file")) << "x";
  REQUIRE(chmod(dir.file("file").c_str(), 0444) == 0);
  CHECK(obstacle_for_a_user(dir.file("file"), Access::read).empty());
  REQUIRE(chmod(dir.file("file").c_str(), 0200) == 0);
  std::string said = obstacle_for_a_user(dir.file("file"), Access::read);
  CHECK(says(said, "may not read the file " + dir.file("file") + " (of "));
  CHECK(says(said, "mode 0200)"));
}

TEST_CASE("a name with control characters is shown without them", "[access]") {
  CHECK(obstacle_to("/missing\n/file") == "the folder /missing\\x0A does not exist");
}

TEST_CASE("a group is known by its name, and one that is missing is named", "[access]") {
  auto root = group_id("root");
  REQUIRE(root);
  CHECK(*root == 0);
  auto missing = group_id("no-such-group");
  REQUIRE(!missing);
  CHECK(missing.error().code == Errc::not_found);
  CHECK(missing.error().text.find("no-such-group") != std::string::npos);
}

}  // namespace outpost::test::access_test
