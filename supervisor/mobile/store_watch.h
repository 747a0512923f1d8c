// How it goes with the state store, by what comes of the work on it: told once when it changes. Loop thread.
#pragma once

#include <functional>
#include <string>

#include "common/error.h"

namespace outpost::supervisor::mobile {

class StoreWatch {
 public:
  // `changed` is told why the store does not answer, or "" when it does again. (The log is the threads' to tell.)
  explicit StoreWatch(std::function<void(const std::string& problem)> changed) : changed_(std::move(changed)) {}

  // What has come of some work.
  void note(const Result<>& outcome);
  [[nodiscard]] bool away() const { return away_; }

 private:
  void turn(bool away, const std::string& problem);

  std::function<void(const std::string&)> changed_;
  bool away_ = false;
};

}  // namespace outpost::supervisor::mobile
