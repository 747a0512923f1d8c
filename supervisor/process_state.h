// What /proc says of another process of this host, for the one case in which a backup may end the primary: a process
// that somebody stopped (SIGSTOP) keeps its file locks and its ports, and lets go of neither.
#pragma once

#include <string>
#include <vector>

namespace outpost::supervisor {

// Tells a process from one that got its pid later, another boot of the machine included. Empty when there is none.
std::string process_start(int pid);
// Stopped by a signal or by a debugger.
bool is_stopped(int pid);
std::vector<int> stopped_children(int parent);

}  // namespace outpost::supervisor
