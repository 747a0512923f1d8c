// How it goes with the state store, by what comes of the work on it: told once when it changes. Loop thread.
#pragma once

#include <functional>
#include <string>

#include "common/error.h"
#include "common/log.h"

namespace outpost::supervisor::mobile {

class StoreWatch {
 public:
  // `changed` is told why the store does not answer, or "" when it does again.
  StoreWatch(Log& log, std::function<void(const std::string& problem)> changed)
      : log_(log), changed_(std::move(changed)) {}

  // What has come of some work.
  void note(const Result<>& outcome);
  [[nodiscard]] bool away() const { return state_ == State::away; }

 private:
  enum class State : std::uint8_t {
    works,
    fails,  // it answers, and cannot do what it is asked
    away,
  };
  void turn(State state, const std::string& text);

  Log& log_;
  std::function<void(const std::string&)> changed_;
  State state_ = State::works;
};

}  // namespace outpost::supervisor::mobile
