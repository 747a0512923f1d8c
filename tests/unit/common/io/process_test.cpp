#include "common/io/process.h"

#include <sched.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/temp_dir.h"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

namespace outpost::test::process_test {

namespace {

struct End {
  int status = -100;
  int signal = -100;
};

struct Channel {
  Channel() {
    auto pair = socket_pair();
    REQUIRE(pair.has_value());
    ours = pair->first;
    childs = pair->second;
  }
  ~Channel() {
    close(ours);
    if (childs >= 0) close(childs);
  }
  Channel(const Channel&) = delete;
  Channel& operator=(const Channel&) = delete;

  // Everything the child says until it ends.
  std::string hear() {
    close(std::exchange(childs, -1));
    std::string out;
    char buffer[256];
    for (ssize_t n; (n = read(ours, buffer, sizeof buffer)) > 0;) out.append(buffer, static_cast<std::size_t>(n));
    return out;
  }

  int ours = -1;
  int childs = -1;
};

End run_shell(const std::string& script, Channel& channel) {
  Loop loop;
  End end;
  auto process =
      Process::spawn(loop, "/bin/sh", {"-c", script}, channel.childs, channel.childs, [&](int status, int signal) {
        end = {status, signal};
      });
  REQUIRE(process.has_value());
  CHECK((*process)->pid() > 0);
  loop.run();
  return end;
}

// Runs `scene` in a process of its own and returns its exit status and what it said on stderr.
template <class Scene>
std::pair<int, std::string> in_another_process(Scene scene) {
  int fds[2];
  REQUIRE(pipe(fds) == 0);
  pid_t child = fork();
  if (child == 0) {
    dup2(fds[1], STDERR_FILENO);
    close(fds[0]);
    close(fds[1]);
    scene();
    _exit(0);
  }
  close(fds[1]);
  std::string said;
  char buffer[256];
  for (ssize_t n; (n = read(fds[0], buffer, sizeof buffer)) > 0;) said.append(buffer, static_cast<std::size_t>(n));
  close(fds[0]);
  int status = 0;
  REQUIRE(waitpid(child, &status, 0) == child);
  return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, said};
}

}  // namespace

TEST_CASE("a child's exit status is told", "[process]") {
  Channel channel;
  End end = run_shell("exit 7", channel);
  CHECK(end.status == 7);
  CHECK(end.signal == 0);
}

TEST_CASE("a child that a signal ended has that signal and no status", "[process]") {
  Channel channel;
  End end = run_shell("kill -9 $$", channel);
  CHECK(end.status == -1);
  CHECK(end.signal == SIGKILL);
}

TEST_CASE("a child has the channel as descriptor 3, an empty stdin, and nothing else of ours", "[process]") {
  Channel channel;
  std::vector<std::unique_ptr<Channel>> others;  // the last has a number that nothing in the child uses by itself
  while (others.size() < 20) others.push_back(std::make_unique<Channel>());
  End end = run_shell("read line && exit 1; test -e /proc/self/fd/" + std::to_string(others.back()->ours) +
                          " && exit 2; echo hello >&3",
                      channel);
  CHECK(end.status == 0);
  CHECK(channel.hear() == "hello\n");
}

TEST_CASE("a program that is not there is an error that names it", "[process]") {
  Loop loop;
  Channel channel;
  bool exited = false;
  auto process =
      Process::spawn(loop, "/nowhere/program", {}, channel.childs, channel.childs, [&](int, int) { exited = true; });
  REQUIRE(!process);
  CHECK(process.error().text == "cannot start /nowhere/program: no such file or directory");
  loop.run();
  CHECK(!exited);
}

TEST_CASE("a child can be killed, its object destroyed by the news, and killing once more hits nobody", "[process]") {
  Loop loop;
  Channel channel;
  std::unique_ptr<Process> process;
  End end;
  bool destroys = false;
  SECTION("kept") {}
  SECTION("destroyed by the news") { destroys = true; }
  auto made = Process::spawn(loop, "/bin/sh", {"-c", "exec sleep 1000"}, channel.childs, channel.childs,
                             [&](int status, int signal) {
                               if (destroys) process.reset();
                               end = {status, signal};
                             });
  REQUIRE(made.has_value());
  process = *std::move(made);
  process->kill(SIGTERM);
  loop.run();
  CHECK(end.signal == SIGTERM);
  if (process) process->kill(SIGKILL);
}

TEST_CASE("a destroyed process object hears nothing of its child", "[process]") {
  Loop loop;
  Channel channel;
  bool exited = false;
  auto process = Process::spawn(loop, "/bin/sh", {"-c", "exit 0"}, channel.childs, channel.childs,
                                [&](int, int) { exited = true; });
  REQUIRE(process.has_value());
  int pid = (*process)->pid();
  process->reset();
  loop.run();
  CHECK(!exited);
  CHECK(waitpid(pid, nullptr, 0) == pid);
}

TEST_CASE("the program's folder is where it is", "[process]") {
  std::string folder = program_folder();
  CHECK(folder.front() == '/');
  CHECK(folder.back() != '/');
  CHECK(access(folder.c_str(), X_OK) == 0);
}

TEST_CASE("a program that is neither beside this one nor installed is looked for beside it", "[process]") {
  CHECK(companion_program("no-such-program") == program_folder() + "/no-such-program");
  CHECK(companion_program("/bin/sh") == "/bin/sh");
}

TEST_CASE("a daemon's parent ends with the outcome of the start", "[process]") {
  SECTION("success") {
    auto [status, said] = in_another_process([] {
      auto daemon = Daemon::detach();
      daemon->started("listening on port 1");
    });
    CHECK(status == 0);
    CHECK(said == "listening on port 1\n");
  }
  SECTION("success without a word") {
    auto [status, said] = in_another_process([] { Daemon::detach()->started(""); });
    CHECK(status == 0);
    CHECK(said.empty());
  }
  SECTION("failure") {
    auto [status, said] = in_another_process([] { Daemon::detach()->failed("the port is taken"); });
    CHECK(status == 1);
    CHECK(said == "the port is taken\n");
  }
  SECTION("death") {
    auto [status, said] = in_another_process([] {
      auto daemon = Daemon::detach();
      raise(SIGKILL);
    });
    CHECK(status == 1);
    CHECK(said.find("the daemon ended during its start") == 0);
  }
}

TEST_CASE("a daemon has no terminal: only its report is heard", "[process]") {
  auto [status, said] = in_another_process([] {
    auto daemon = Daemon::detach();
    std::fprintf(stderr, "before\n");
    daemon->started("report");
    std::fprintf(stderr, "after\n");
  });
  CHECK(status == 0);
  CHECK(said == "report\n");
}

TEST_CASE("a daemon outlives a parent that did not wait for it", "[process]") {
  int alive[2];
  REQUIRE(pipe(alive) == 0);
  auto [status, said] = in_another_process([&] {
    auto daemon = Daemon::detach();
    pid_t parent = getppid();
    kill(parent, SIGKILL);
    while (getppid() == parent) sched_yield();
    daemon->started("nobody hears this");
    [[maybe_unused]] ssize_t n = write(alive[1], "alive", 5);
  });
  close(alive[1]);
  char buffer[16];
  CHECK(read(alive[0], buffer, sizeof buffer) == 5);
  close(alive[0]);
  CHECK(status == -1);
}

TEST_CASE("a program that is not detached reports on its own stderr", "[process]") {
  auto [status, said] = in_another_process([] {
    Daemon daemon;
    daemon.started("up");
    daemon.failed("down");
  });
  CHECK(said == "up\ndown\n");
}

TEST_CASE("a lock file is held by one and names its pid", "[process]") {
  test::TempDir dir;
  const std::string path = dir.file("lock");
  {
    auto held = LockFile::acquire(path);
    REQUIRE(held.has_value());
    auto second = LockFile::acquire(path);
    REQUIRE(!second);
    CHECK(second.error().code == Errc::busy);
    CHECK(second.error().text == path + " is locked by the running process " + std::to_string(getpid()));
    LockFile moved = *std::move(held);
    CHECK(!LockFile::acquire(path));
    auto [status, said] = in_another_process([&] { _exit(LockFile::acquire(path) ? 1 : 0); });
    CHECK(status == 0);
  }
  CHECK(LockFile::acquire(path).has_value());
}

TEST_CASE("a lock goes with its holder, and what an earlier one left in the file is replaced", "[process]") {
  test::TempDir dir;
  const std::string path = dir.file("lock");
  std::ofstream(path) << "99999999999999999 and more\n";
  auto [status, said] = in_another_process([&] {
    auto held = LockFile::acquire(path);
    if (!held) _exit(1);
    raise(SIGKILL);
  });
  auto held = LockFile::acquire(path);
  REQUIRE(held.has_value());
  std::string content;
  std::getline(std::ifstream(path), content);
  CHECK(content == std::to_string(getpid()));
}

TEST_CASE("a lock file that cannot be opened is an error that names it", "[process]") {
  auto lock = LockFile::acquire("/nowhere/lock");
  REQUIRE(!lock);
  CHECK(lock.error().code == Errc::io);
  CHECK(lock.error().text.starts_with(
      "cannot open the lock file /nowhere/lock: No such file or directory: the folder /nowhere does not exist"));
}

TEST_CASE("a pid file says who runs, and goes with its holder", "[process]") {
  test::TempDir dir;
  const std::string path = dir.file("pid");
  std::ofstream(path) << GENERATE("99999\n", "99999", "");
  {
    auto held = PidFile::create(path);
    REQUIRE(held.has_value());
    std::string content;
    std::getline(std::ifstream(path), content);
    CHECK(content == std::to_string(getpid()));
    auto second = PidFile::create(path);
    REQUIRE(!second);
    CHECK(second.error().code == Errc::busy);
    CHECK(second.error().text == path + " is locked by the running process " + std::to_string(getpid()));
    std::getline(std::ifstream(path), content);
    CHECK(content == std::to_string(getpid()));
  }
  CHECK(access(path.c_str(), F_OK) != 0);
}

TEST_CASE("a pid file that has become another's is left to it", "[process]") {
  test::TempDir dir;
  const std::string path = dir.file("pid");
  auto former = std::make_unique<Result<PidFile>>(PidFile::create(path));
  REQUIRE(former->has_value());
  REQUIRE(unlink(path.c_str()) == 0);
  auto other = PidFile::create(path);
  REQUIRE(other.has_value());
  former.reset();
  CHECK(access(path.c_str(), F_OK) == 0);
  CHECK(!PidFile::create(path));
}

TEST_CASE("a file that holds something else than a pid is no pid file and is left as it is", "[process]") {
  test::TempDir dir;
  const std::string path = dir.file("pid");
  const std::string content =
      GENERATE("99999 and more\n", "{}", "\n", "-1\n", "0\n", "1\n2\n", "00000000000000000000000000000000001\n");
  std::ofstream(path) << content;
  auto refused = PidFile::create(path);
  REQUIRE(!refused);
  CHECK(refused.error().code == Errc::invalid);
  CHECK(refused.error().text ==
        path + " holds something else than a pid and is left as it is; valid: a pid file, or a new name");
  std::stringstream now;
  now << std::ifstream(path).rdbuf();
  CHECK(now.str() == content);
}

TEST_CASE("a symbolic link, a folder and a device are no pid file", "[process]") {
  test::TempDir dir;
  const std::string path = dir.file("pid");
  const std::string aim = dir.file("aim");
  REQUIRE(symlink(aim.c_str(), path.c_str()) == 0);
  auto text = [](const std::string& name) {
    auto file = PidFile::create(name);
    REQUIRE(!file);
    CHECK(file.error().code == Errc::invalid);
    return file.error().text;
  };
  CHECK(text(path) == "the pid file " + path + " is a symbolic link; valid: the file itself");
  CHECK(access(aim.c_str(), F_OK) != 0);
  CHECK(text(dir.path()) == "the pid file " + dir.path() + " is no regular file");
  CHECK(text("/dev/null") == "the pid file /dev/null is no regular file");
}

TEST_CASE("a pid file that cannot be opened is an error that calls it one", "[process]") {
  auto file = PidFile::create("/nowhere/pid");
  REQUIRE(!file);
  CHECK(file.error().text.starts_with("cannot open the pid file /nowhere/pid: No such file or directory: the folder "));
}

}  // namespace outpost::test::process_test
