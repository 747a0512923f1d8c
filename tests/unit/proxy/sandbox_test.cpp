// The sandbox holds for ever, so each test enters it in a process of its own.
#include "proxy/sandbox.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#undef CHECK  // ours; below it is Catch2's

#include <catch2/catch_test_macros.hpp>

using namespace outpost;
using namespace outpost::proxy;
using Measures = std::vector<protocol::SandboxMeasure>;

namespace {

protocol::SandboxSettings everything(const std::string& seccomp) {
  return {geteuid() == 0 ? "nobody" : "", true, true, 1024, true, seccomp, true};
}

const protocol::SandboxMeasure& measure(const Measures& measures, const std::string& name) {
  return *std::find_if(measures.begin(), measures.end(), [&](const auto& m) { return m.name == name; });
}

// The wait status of a process that enters the sandbox and returns what `scene` returns.
template <class Scene>
int in_the_sandbox(const protocol::SandboxSettings& settings, Scene scene) {
  pid_t child = fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    auto measures = enter_sandbox(settings);
    _exit(measures ? scene(*measures) : 100);
  }
  int status = 0;
  REQUIRE(waitpid(child, &status, 0) == child);
  return status;
}

int errno_of(long outcome) { return outcome < 0 ? errno : 0; }

}  // namespace

TEST_CASE("a system call that is not on the list kills", "[sandbox]") {
  int status = in_the_sandbox(everything("kill"), [](const Measures&) { return ::open("/dev/null", O_RDONLY); });
  REQUIRE(WIFSIGNALED(status));
  CHECK(WTERMSIG(status) == SIGSYS);
}

TEST_CASE("what serving needs is left", "[sandbox]") {
  int fds[2];
  REQUIRE(socketpair(AF_UNIX, SOCK_STREAM, 0, fds) == 0);
  int status = in_the_sandbox(everything("kill"), [&](const Measures&) {
    char byte = 0;
    bool good = ::send(fds[0], "x", 1, 0) == 1 && ::recv(fds[1], &byte, 1, 0) == 1 && byte == 'x';
    void* memory = mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return good && memory != MAP_FAILED && munmap(memory, 4096) == 0 ? 0 : 1;
  });
  CHECK(status == 0);
  ::close(fds[0]);
  ::close(fds[1]);
}

TEST_CASE("a system call that is not on the list is refused when so configured", "[sandbox]") {
  int status = in_the_sandbox(everything("refuse"), [](const Measures& measures) {
    if (!measure(measures, "seccomp").active) return 1;
    if (errno_of(::open("/dev/null", O_RDONLY)) != EPERM) return 2;
    if (errno_of(::socket(AF_INET, SOCK_STREAM, 0)) != EPERM) return 3;
    if (errno_of(fork()) != EPERM) return 4;
    if (errno_of(::kill(getpid(), 0)) != EPERM) return 5;
    if (mmap(nullptr, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED) return 6;
    if (errno_of(syscall(SYS_clone3, nullptr, 0)) != ENOSYS) return 7;
    if (errno_of(syscall(SYS_tgkill, getppid(), getppid(), 0)) != EPERM) return 8;
    return 0;
  });
  CHECK(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 0);
}

TEST_CASE("Landlock alone forbids every file", "[sandbox]") {
  if (syscall(SYS_landlock_create_ruleset, nullptr, 0, 1) < 1) SKIP("the kernel has no Landlock");
  protocol::SandboxSettings settings;
  settings.no_new_privileges = true;
  settings.landlock = true;
  int status = in_the_sandbox(settings, [](const Measures& measures) {
    if (!measure(measures, "landlock").active) return 1;
    return errno_of(::open("/dev/null", O_RDONLY)) == EACCES ? 0 : 2;
  });
  CHECK(status == 0);
}

TEST_CASE("each measure that is switched off says so", "[sandbox]") {
  auto measures = enter_sandbox({});
  REQUIRE(measures);
  REQUIRE(measures->size() == 6);
  for (const auto& m : *measures) {
    if (m.name == "user" && geteuid() != 0) continue;
    CHECK_FALSE(m.active);
    CHECK(m.text == "switched off by sandbox." + m.name);
  }
}

TEST_CASE("a measure that cannot be had says why", "[sandbox]") {
  protocol::SandboxSettings settings = everything("kill");
  settings.no_new_privileges = false;
  int status = in_the_sandbox(settings, [](const Measures& measures) {
    protocol::SandboxMeasure seccomp = measure(measures, "seccomp");
    return !seccomp.active && seccomp.text == "it needs sandbox.no-new-privileges" ? 0 : 1;
  });
  CHECK(status == 0);
}

TEST_CASE("a user that does not exist is an error", "[sandbox]") {
  if (geteuid() != 0) SKIP("only root becomes another user");
  protocol::SandboxSettings settings;
  settings.user = "no-such-user";
  auto measures = enter_sandbox(settings);
  REQUIRE_FALSE(measures);
  CHECK(measures.error().text.find("sandbox.user: there is no user \"no-such-user\"") == 0);
}
