// What a process uses, as the system knows it.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace outpost::supervisor {

class MetricsWriter;

struct ProcessFigures {
  double cpu_seconds = 0;
  std::uint64_t resident_bytes = 0;
  double started_at = 0;                     // epoch seconds
  std::optional<std::uint64_t> descriptors;  // none: we may not look
  std::optional<std::uint64_t> descriptors_max;
};

// Nothing when there is no such process.
std::optional<ProcessFigures> process_figures(int pid);

// A process, or those that are one after the other in its place: their CPU time never falls.
class ProcessMetrics {
 public:
  // Of the process of this pid, 0 for none that runs, under its label.
  void write(MetricsWriter& out, std::string_view process, int pid);

 private:
  int pid_ = 0;
  double cpu_seconds_ = 0;       // of `pid_`, as seen last
  double cpu_seconds_gone_ = 0;  // of those before, as far as it was seen
};

}  // namespace outpost::supervisor
