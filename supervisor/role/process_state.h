// What /proc says of another process of this host. A backup may end a primary that somebody stopped (SIGSTOP): it keeps
// its file locks and its ports, and lets go of neither. And who starts asks whether another of its name is still there.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace outpost::supervisor {

// Tells a process from one that got its pid later, also one of another boot of the machine, of another machine and of
// another container. Empty when there is none.
std::string process_start(int pid);

enum class ProcessFate : std::uint8_t {
  runs,
  gone,     // a zombie has gone, too
  unknown,  // it began where we cannot look: on another machine, before the last boot, or in another container
};
// What became of the process that was `pid` when process_start() said `start` of it.
ProcessFate process_fate(int pid, std::string_view start);
// Stopped by a signal or by a debugger.
bool is_stopped(int pid);
std::vector<int> stopped_children(int parent);

}  // namespace outpost::supervisor
