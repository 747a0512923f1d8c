// Long output through the pager of whoever reads it.
#pragma once

#include <sys/types.h>

#include "common/error.h"

namespace outpost::supervisor::ctl {

class Pager {
 public:
  // From now on standard output, and what of standard error would be mixed with it, go to $PAGER, or to less, which
  // ends at once when all fits on the terminal. Nothing happens when standard output is no terminal that can be paged,
  // when PAGER is empty or cat, or when there is no pager.
  Pager();
  ~Pager();
  Pager(const Pager&) = delete;
  Pager& operator=(const Pager&) = delete;

  // Waits until it was read. Errc::io when PAGER cannot be run.
  Result<> finish();

 private:
  bool is_missing_ = false;  // PAGER names no program
  pid_t pid_ = 0;            // 0: there is none
  int output_ = -1;
  int error_ = -1;  // what the streams were; -1 for one that was left alone
};

}  // namespace outpost::supervisor::ctl
