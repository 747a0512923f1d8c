#include "supervisor/role/process_state.h"

#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <vector>

#include <catch2/catch_test_macros.hpp>

namespace outpost::supervisor::process_state_test {

TEST_CASE("a stopped child is known, by its parent and by when it began", "[process]") {
  pid_t child = fork();
  if (child == 0) {
    for (;;) pause();
  }
  std::string start = process_start(child);
  CHECK_FALSE(start.empty());
  CHECK(start == process_start(child));
  CHECK_FALSE(is_stopped(child));
  CHECK(stopped_children(getpid()).empty());

  kill(child, SIGSTOP);
  int status = 0;
  REQUIRE(waitpid(child, &status, WUNTRACED) == child);
  CHECK(is_stopped(child));
  CHECK(stopped_children(getpid()) == std::vector<int>{child});

  kill(child, SIGKILL);
  REQUIRE(waitpid(child, &status, 0) == child);
  CHECK(process_start(child).empty());
  CHECK_FALSE(is_stopped(child));
}

TEST_CASE("the fate of a process is not judged from another machine, boot or container", "[process]") {
  std::string start = process_start(getpid());
  CHECK(process_fate(getpid(), start) == ProcessFate::runs);
  CHECK(process_fate(getpid(), "x" + start) == ProcessFate::unknown);
  CHECK(process_fate(getpid(), "") == ProcessFate::unknown);
  CHECK(process_fate(0, start) == ProcessFate::unknown);
}

}  // namespace outpost::supervisor::process_state_test
