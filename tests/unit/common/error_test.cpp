#include "common/error.h"

#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <string>

#include <catch2/catch_test_macros.hpp>

namespace outpost::test::error_test {

namespace {

void break_an_invariant() { ENSURE(1 + 1 == 3, "arithmetic holds"); }

Result<int> half(int n) {
  if (n % 2 != 0) return fail(Errc::invalid, "{} is odd", n);
  return n / 2;
}

Result<> both_halves(int n) {
  auto once = half(n);
  if (!once) return pass(once);
  auto twice = half(*once);
  if (!twice) return pass(twice);
  return {};
}

// Another kind of failure, which an error becomes.
struct Refused {
  Refused(Error given) : error(std::move(given)) {}
  Error error;
};
tl::expected<std::string, Refused> half_as_text(int n) {
  auto once = half(n);
  if (!once) return pass(once);
  return std::to_string(*once);
}

}  // namespace

TEST_CASE("a failure passes up into what can be made of it", "[error]") {
  CHECK(half_as_text(4).value() == "2");
  auto failed = half_as_text(3);
  REQUIRE(!failed);
  CHECK(failed.error().error.text == "3 is odd");
}

TEST_CASE("a failure passes up unchanged", "[error]") {
  CHECK(half(4).value() == 2);
  CHECK(both_halves(8).has_value());
  auto failed = both_halves(6);
  REQUIRE(!failed);
  CHECK(failed.error().code == Errc::invalid);
  CHECK(failed.error().text == "3 is odd");
}

TEST_CASE("an errno value becomes a sentence", "[error]") {
  Result<> failed = fail_errno(EACCES, "cannot open x");
  REQUIRE(!failed);
  CHECK(failed.error().code == Errc::io);
  CHECK(failed.error().text == "cannot open x: Permission denied");
}

TEST_CASE("every code has its text", "[error]") {
  CHECK(to_string(Errc::invalid) == "invalid input");
  CHECK(to_string(Errc::fenced) == "another supervisor holds the role of writer");
  CHECK(to_string(static_cast<Errc>(200)) == "unknown error");
}

TEST_CASE("a broken invariant ends the process and says which", "[error]") {
  int fds[2];
  REQUIRE(pipe(fds) == 0);
  pid_t child = fork();
  if (child == 0) {
    std::signal(SIGABRT, SIG_DFL);
    dup2(fds[1], STDERR_FILENO);
    break_an_invariant();
    _exit(0);
  }
  close(fds[1]);
  std::string shown;
  char buffer[512];
  for (ssize_t n; (n = read(fds[0], buffer, sizeof buffer)) > 0;) shown.append(buffer, static_cast<std::size_t>(n));
  close(fds[0]);
  int status = 0;
  REQUIRE(waitpid(child, &status, 0) == child);
  CHECK(WIFSIGNALED(status));
  CHECK(shown.find("ENSURE(1 + 1 == 3) failed: arithmetic holds") != std::string::npos);
}

}  // namespace outpost::test::error_test
