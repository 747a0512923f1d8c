// The sandbox holds for ever, so each test enters it in a process of its own.
#include "proxy/sandbox/sandbox.h"

#include <fcntl.h>
#include <seccomp.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>

#include "common/io/process.h"

#include <catch2/catch_test_macros.hpp>

namespace outpost::test::sandbox_test {

using namespace outpost::proxy;
using Measures = std::vector<protocol::SandboxMeasure>;

namespace {

protocol::SandboxSettings everything(protocol::SeccompMode seccomp) {
  return {geteuid() == 0 ? "nobody" : "", true, true, 1024, true, seccomp, true};
}
protocol::SandboxSettings nothing() { return {"", false, false, 0, false, protocol::SeccompMode::off, false}; }

const protocol::SandboxMeasure& measure(const Measures& measures, const std::string& name) {
  return *std::find_if(measures.begin(), measures.end(), [&](const auto& m) { return m.name == name; });
}

// The wait status of a process that enters the sandbox and returns what `scene` returns.
template <class Scene>
int in_the_sandbox(const protocol::SandboxSettings& settings, Scene scene, const SandboxNeeds& needs = {}) {
  pid_t child = fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    auto measures = enter_sandbox(settings, has_system_call_filter(), needs);
    _exit(measures ? scene(*measures) : 100);
  }
  int status = 0;
  REQUIRE(waitpid(child, &status, 0) == child);
  return status;
}

int errno_of(long outcome) { return outcome < 0 ? errno : 0; }

}  // namespace

TEST_CASE("a system call that is not on the list kills", "[sandbox]") {
  int status = in_the_sandbox(everything(protocol::SeccompMode::kill),
                              [](const Measures&) { return ::open("/dev/null", O_RDONLY); });
  REQUIRE(WIFSIGNALED(status));
  CHECK(WTERMSIG(status) == SIGSYS);
}

TEST_CASE("what serving needs is left", "[sandbox]") {
  int fds[2];
  REQUIRE(socketpair(AF_UNIX, SOCK_STREAM, 0, fds) == 0);
  int status = in_the_sandbox(everything(protocol::SeccompMode::kill), [&](const Measures&) {
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
  int status = in_the_sandbox(everything(protocol::SeccompMode::refuse), [](const Measures& measures) {
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
  protocol::SandboxSettings settings = nothing();
  settings.no_new_privileges = true;
  settings.landlock = true;
  int status = in_the_sandbox(settings, [](const Measures& measures) {
    if (!measure(measures, "landlock").active) return 1;
    return errno_of(::open("/dev/null", O_RDONLY)) == EACCES ? 0 : 2;
  });
  CHECK(status == 0);
}

TEST_CASE("each measure that is switched off says so", "[sandbox]") {
  auto measures = enter_sandbox(nothing(), false);
  REQUIRE(measures);
  REQUIRE(measures->size() == 6);
  for (const auto& m : *measures) {
    if (m.name == "user" && geteuid() != 0) continue;
    CHECK_FALSE(m.active);
    CHECK(m.text == "switched off by sandbox." + m.name);
  }
}

TEST_CASE("a measure that cannot be had says why", "[sandbox]") {
  protocol::SandboxSettings settings = everything(protocol::SeccompMode::kill);
  settings.no_new_privileges = false;
  int status = in_the_sandbox(settings, [](const Measures& measures) {
    protocol::SandboxMeasure seccomp = measure(measures, "seccomp");
    return !seccomp.active && seccomp.text == "it needs sandbox.no-new-privileges" ? 0 : 1;
  });
  CHECK(status == 0);
}

namespace {

// As a service manager's SystemCallFilter with SystemCallErrorNumber would.
void refuse_from_outside(std::initializer_list<const char*> calls, int errno_value) {
  scmp_filter_ctx context = seccomp_init(SCMP_ACT_ALLOW);
  for (const char* call : calls) {
    int number = seccomp_syscall_resolve_name(call);
    seccomp_rule_add_array(context, SCMP_ACT_ERRNO(static_cast<std::uint32_t>(errno_value)), number, 0, nullptr);
  }
  seccomp_load(context);
}

std::string text_under(std::initializer_list<const char*> refused, int errno_value, const std::string& name) {
  int fds[2];
  REQUIRE(pipe(fds) == 0);
  pid_t child = fork();
  if (child == 0) {
    refuse_from_outside(refused, errno_value);
    auto measures = enter_sandbox(everything(protocol::SeccompMode::refuse), has_system_call_filter());
    std::string text = measures ? measure(*measures, name).text : measures.error().text;
    _exit(::write(fds[1], text.data(), text.size()) > 0 ? 0 : 1);
  }
  ::close(fds[1]);
  char buffer[1024];
  ssize_t n = ::read(fds[0], buffer, sizeof buffer);
  ::close(fds[0]);
  waitpid(child, nullptr, 0);
  return {buffer, n > 0 ? static_cast<std::size_t>(n) : 0};
}

}  // namespace

TEST_CASE("a measure that an outer filter forbids is told as that", "[sandbox]") {
  if (syscall(SYS_landlock_create_ruleset, nullptr, 0, 1) < 1) SKIP("the kernel has no Landlock");
  const std::string around =
      "a filter of system calls around outpostd (the service's SystemCallFilter, or a container's profile)";
  CHECK(text_under({"landlock_create_ruleset"}, EPERM, "landlock") == around + " forbids it: Operation not permitted");
  CHECK(text_under({"landlock_restrict_self"}, EPERM, "landlock") == around + " forbids it: Operation not permitted");
  CHECK(text_under({"landlock_create_ruleset"}, ENOSYS, "landlock") ==
        around + " hides it, or the kernel does not have it: Function not implemented");
  CHECK(text_under({"landlock_create_ruleset"}, EOPNOTSUPP, "landlock") ==
        "the kernel does not have it: Operation not supported");
  CHECK(text_under({"capset"}, EPERM, "drop-capabilities") == around + " forbids it: Operation not permitted");
}

TEST_CASE("a user that does not exist is an error", "[sandbox]") {
  if (geteuid() != 0) SKIP("only root becomes another user");
  protocol::SandboxSettings settings = nothing();
  settings.user = "no-such-user";
  auto measures = enter_sandbox(settings, false);
  REQUIRE_FALSE(measures);
  CHECK(measures.error().text.find("sandbox.user: there is no user \"no-such-user\"") == 0);
}

TEST_CASE("a child that connects has sockets and the files that it names, and nothing else", "[sandbox]") {
  static constexpr const char* kFiles[] = {"/etc/hosts", "/no/such/file"};
  auto scene = [](const Measures& measures) {
    bool landlock = measure(measures, "landlock").active;
    if (::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0) < 0 || ::socket(AF_INET6, SOCK_DGRAM, 0) < 0) return 1;
    if (errno_of(::socket(AF_UNIX, SOCK_STREAM, 0)) != EACCES) return 2;
    if (errno_of(::socket(AF_NETLINK, SOCK_RAW, 0)) != EACCES) return 3;
    if (errno_of(::socket(AF_PACKET, SOCK_RAW, 0)) != EPERM) return 4;
    if (::open("/etc/hosts", O_RDONLY) < 0) return 5;
    if (landlock && errno_of(::open("/etc/passwd", O_RDONLY)) != EACCES) return 6;
    if (errno_of(::open("/etc/hosts", O_WRONLY)) != EPERM) return 7;
    if (errno_of(::open("/tmp/outpost-made", O_RDONLY | O_CREAT, 0600)) != EPERM) return 8;
    if (errno_of(::execl("/bin/true", "true", nullptr)) != EPERM) return 9;
    return measure(measures, "seccomp").active ? 0 : 10;
  };
  int status = in_the_sandbox(everything(protocol::SeccompMode::refuse), scene, {.files = kFiles, .connects = true});
  CHECK(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 0);
}

}  // namespace outpost::test::sandbox_test
