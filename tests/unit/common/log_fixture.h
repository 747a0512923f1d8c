// A log in files whose time is the test's, and what lies in its directory.
#pragma once

#include <sys/resource.h>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "common/log_files.h"
#include "tests/support/local_time.h"

#include <catch2/catch_test_macros.hpp>

namespace outpost::test {

namespace fs = std::filesystem;

inline const LogFiles::Time kStart{std::chrono::milliseconds(1704110400123)};  // 2024-01-01T12:00:00.123 UTC

// Until destroyed, no file may grow beyond `bytes`: the nearest thing to a full disk that needs no disk.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) {
    std::signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &before_);
    rlimit limit{bytes, before_.rlim_max};
    setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FileSizeLimit() { setrlimit(RLIMIT_FSIZE, &before_); }

 private:
  rlimit before_{};
};

inline Log::Options options_in(const std::string& directory) {
  Log::Options options;
  options.directory = directory;
  options.name = "outpost";
  options.application_name = "test application";
  options.application_type = "OCServer (75)";
  options.host_name = "test.example";
  options.version = "1.2.3";
  return options;
}

inline std::unique_ptr<LogFiles> open_files(const Log::Options& options, LogFiles::Time now = kStart) {
  auto files = LogFiles::open(options, now);
  REQUIRE(files.has_value());
  return *std::move(files);
}

inline std::string content(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

// What follows the header.
inline std::string body(const fs::path& file) {
  std::string text = content(file);
  std::size_t end = text.find("\n\n");
  REQUIRE(end != std::string::npos);
  return text.substr(end + 2);
}

inline std::vector<std::string> segments(const std::string& directory) {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(directory)) {
    if (!entry.is_symlink()) names.push_back(entry.path().filename().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace outpost::test
