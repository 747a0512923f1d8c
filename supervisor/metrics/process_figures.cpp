#include "supervisor/metrics/process_figures.h"

#include <fmt/core.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>
#include <system_error>
#include <utility>

#include "supervisor/metrics/exposition.h"

namespace outpost::supervisor {

namespace {

// Seconds since 1970 at which this machine was booted; 0 when it does not say.
double boot_time() {
  std::ifstream file("/proc/stat");
  for (std::string line; std::getline(file, line);) {
    double seconds = 0;
    std::istringstream words(line);
    if (words >> line && line == "btime" && words >> seconds) return seconds;
  }
  return 0;
}

// Newer kernels tell the number as the folder's size, to anybody. Older ones let only those look who may trace it, and
// the proxy lets nobody.
std::optional<std::uint64_t> descriptors_of(int pid) {
  const std::string folder = fmt::format("/proc/{}/fd", pid);
  struct stat told {};
  if (stat(folder.c_str(), &told) == 0 && told.st_size > 0) return static_cast<std::uint64_t>(told.st_size);
  std::error_code error;
  auto each = std::filesystem::directory_iterator(folder, error);
  std::uint64_t n = 0;
  while (!error && each != std::filesystem::directory_iterator()) {
    ++n;
    each.increment(error);
  }
  if (error) return std::nullopt;
  return n;
}

std::optional<std::uint64_t> descriptors_max_of(int pid) {
  std::ifstream file(fmt::format("/proc/{}/limits", pid));
  for (std::string line; std::getline(file, line);) {
    constexpr std::string_view kRow = "Max open files";
    std::uint64_t limit = 0;
    if (line.starts_with(kRow) && std::istringstream(line.substr(kRow.size())) >> limit) return limit;
  }
  return std::nullopt;
}

}  // namespace

// Fields of /proc/PID/stat: proc(5).
std::optional<ProcessFigures> process_figures(int pid) {
  std::ifstream file(fmt::format("/proc/{}/stat", pid));
  std::string text;
  std::getline(file, text);
  // The name in front may hold anything, brackets and blanks included.
  std::size_t name_end = text.rfind(')');
  if (name_end == std::string::npos) return std::nullopt;
  std::istringstream rest(text.substr(name_end + 1));
  auto skip = [&](int fields) {
    for (std::string skipped; fields > 0; --fields) rest >> skipped;
  };
  double user = 0;
  double system = 0;
  double started = 0;
  std::uint64_t virtual_bytes = 0;
  std::uint64_t resident_pages = 0;
  skip(11);
  rest >> user >> system;
  skip(6);
  rest >> started >> virtual_bytes >> resident_pages;
  if (!rest) return std::nullopt;
  static const double ticks = static_cast<double>(sysconf(_SC_CLK_TCK));
  static const double booted = boot_time();
  return ProcessFigures{.cpu_seconds = (user + system) / ticks,
                        .resident_bytes = resident_pages * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE)),
                        .started_at = booted + started / ticks,
                        .descriptors = descriptors_of(pid),
                        .descriptors_max = descriptors_max_of(pid)};
}

void ProcessMetrics::write(MetricsWriter& out, std::string_view process, int pid) {
  if (pid != pid_) cpu_seconds_gone_ += std::exchange(cpu_seconds_, 0);
  pid_ = pid;
  auto figures = pid == 0 ? std::nullopt : process_figures(pid);
  if (figures) cpu_seconds_ = std::max(cpu_seconds_, figures->cpu_seconds);
  MetricLabels labels{{"process", process}};
  out.counter("outpost_process_cpu_seconds",
              "CPU time of the process and of those before it in its place, as far as scrapes have seen it.")
      .add(labels, cpu_seconds_gone_ + cpu_seconds_);
  if (!figures) return;
  out.gauge("outpost_process_resident_memory_bytes", "Memory of the process that is in RAM.")
      .add(labels, figures->resident_bytes);
  out.gauge("outpost_process_start_time_seconds", "When the process started, in seconds since 1970.")
      .add(labels, figures->started_at);
  if (figures->descriptors) {
    out.gauge("outpost_process_open_fds", "Open file descriptors; of the proxy only where the system lets us look.")
        .add(labels, *figures->descriptors);
  }
  if (figures->descriptors_max) {
    out.gauge("outpost_process_max_fds", "The most file descriptors that the process may have open.")
        .add(labels, *figures->descriptors_max);
  }
}

}  // namespace outpost::supervisor
