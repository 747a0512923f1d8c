// A disk under SQLite that fails when told to and can lose its power: a layer over SQLite's own file access (a VFS).
#pragma once

#include <sqlite3.h>

#include <cstdint>
#include <functional>
#include <map>
#include <random>
#include <string>
#include <utility>
#include <vector>

namespace outpost::test {

// While one exists, every file that SQLite opens goes through it. One thread, one at a time.
class FaultyDisk {
 public:
  FaultyDisk();
  ~FaultyDisk();
  FaultyDisk(const FaultyDisk&) = delete;
  FaultyDisk& operator=(const FaultyDisk&) = delete;

  // From the `n`th write, sync or truncation on, counted from now, each of them fails with this SQLite code.
  void fail_from(std::uint64_t n, int code) { fail_at_ = operations_ + n, code_ = code; }
  void heal() { fail_at_ = kNever; }
  [[nodiscard]] std::uint64_t failures() const { return failures_; }

  // Calls `action` before the `n`th such operation, counted from now.
  void before_operation(std::uint64_t n, std::function<void()> action) {
    act_at_ = operations_ + n, action_ = std::move(action);
  }
  // Writes into `directory` what a loss of power at this moment may leave: all that was synced, and of what was written
  // since a random part.
  void lose_power(const std::string& directory, std::mt19937_64& random) const;

 private:
  static constexpr std::uint64_t kNever = ~std::uint64_t{0};
  struct Image {
    std::string synced;
    std::vector<std::pair<std::size_t, std::string>> pending;
  };
  struct File;
  struct Calls;

  int operation();

  sqlite3_vfs* real_;
  sqlite3_vfs vfs_;
  std::map<std::string, Image> images_;  // by path
  std::uint64_t operations_ = 0;
  std::uint64_t failures_ = 0;
  std::uint64_t fail_at_ = kNever;
  int code_ = SQLITE_OK;
  std::uint64_t act_at_ = kNever;
  std::function<void()> action_;
};

}  // namespace outpost::test
