// A directory of its own for a test, removed with everything in it at the end.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <string>
#include <system_error>

#include "common/error.h"

namespace outpost::test {

// CHECK belongs to Catch2 in a test.
inline void must(bool condition, const std::string& what) {
  if (!condition) ensure_failed(__FILE__, __LINE__, "must", what);
}

class TempDir {
 public:
  TempDir() {
    std::error_code error;
    path_ = (std::filesystem::temp_directory_path(error) / "outpost-test-XXXXXX").string();
    must(!error && ::mkdtemp(path_.data()) != nullptr, "a test needs a place for temporary files");
  }
  ~TempDir() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;

  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] std::string file(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

}  // namespace outpost::test
