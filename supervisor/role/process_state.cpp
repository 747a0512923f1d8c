#include "supervisor/role/process_state.h"

#include <fmt/core.h>

#include <cerrno>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>
#include <system_error>

#include "common/text.h"

namespace outpost::supervisor {

namespace {

// Fields of /proc/PID/stat, proc(5).
struct Stat {
  char state = '?';
  int parent = 0;
  std::string start_time;
};

std::optional<Stat> stat_of(int pid) {
  std::ifstream file(fmt::format("/proc/{}/stat", pid));
  std::string text;
  if (!std::getline(file, text)) return std::nullopt;
  // The name in front may hold anything, brackets and blanks included.
  std::size_t name_end = text.rfind(')');
  if (name_end == std::string::npos) return std::nullopt;
  std::istringstream rest(text.substr(name_end + 1));
  Stat stat;
  rest >> stat.state >> stat.parent;
  constexpr int kBetweenParentAndStart = 17;
  std::string skipped;
  for (int field = 0; field < kBetweenParentAndStart; ++field) rest >> skipped;
  rest >> stat.start_time;
  if (!rest) return std::nullopt;
  return stat;
}

bool stopped(const Stat& stat) { return stat.state == 'T' || stat.state == 't'; }

// Where a pid and a start time mean something: this boot of this machine, and this container.
std::string process_scope() {
  std::ifstream file("/proc/sys/kernel/random/boot_id");
  std::string boot;
  std::getline(file, boot);
  std::error_code error;
  std::string pids = std::filesystem::read_symlink("/proc/self/ns/pid", error).string();
  return fmt::format("{} {} ", boot, pids);
}

}  // namespace

std::string process_start(int pid) {
  auto stat = stat_of(pid);
  return stat ? process_scope() + stat->start_time : "";
}

ProcessFate process_fate(int pid, std::string_view start) {
  std::string scope = process_scope();
  if (pid <= 0 || !start.starts_with(scope)) return ProcessFate::unknown;
  if (auto stat = stat_of(pid)) {
    bool ended = stat->state == 'Z' || stat->state == 'X' || start.substr(scope.size()) != stat->start_time;
    return ended ? ProcessFate::gone : ProcessFate::runs;
  }
  // /proc may be mounted such that it hides the processes of other users.
  return kill(pid, 0) != 0 && errno == ESRCH ? ProcessFate::gone : ProcessFate::unknown;
}

bool is_stopped(int pid) {
  auto stat = stat_of(pid);
  return stat && stopped(*stat);
}

std::vector<int> stopped_children(int parent) {
  std::vector<int> children;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator("/proc", error)) {
    auto pid = parse_integer(entry.path().filename().string());
    if (!pid) continue;
    auto stat = stat_of(static_cast<int>(*pid));
    if (stat && stat->parent == parent && stopped(*stat)) children.push_back(static_cast<int>(*pid));
  }
  return children;
}

}  // namespace outpost::supervisor
