// The segments of one log: where they are, their names, header and stable link, and how many of them stay. Who writes
// the lines is another matter (log_files.h), and may be another process. Source: ocs.md section 8.
//
// Time is an argument, so that a test need not wait.
#pragma once

#include <cstdint>
#include <string>

#include "common/error.h"
#include "common/log.h"
#include "common/log_stamp.h"

namespace outpost {

class LogSegments {
 public:
  // Makes the directory, with the first segment still to come.
  static Result<LogSegments> open(const Log::Options& options, LogTime now);

  // Segments beyond this number are removed when the next is made; 0: all stay.
  void set_keep_files(std::uint32_t keep_files) { keep_files_ = keep_files; }
  // The next segment, with its header unless the log is bare; the link leads to it. An open file for the caller to own,
  // or -1 with errno, and then nothing has changed.
  int make(LogTime now);
  // "cannot begin a log file in DIRECTORY: Permission denied"
  [[nodiscard]] Error failure(int errno_value) const;
  [[nodiscard]] std::string link_path() const { return directory_ + '/' + options_.name + ".log"; }

 private:
  LogSegments(const Log::Options& options, std::string directory, LogTime now);
  int create(LogTime now, std::string& name) const;
  [[nodiscard]] std::string header(const std::string& segment, LogTime now) const;
  void point_link_at(const std::string& segment) const;
  void remove_old(const std::string& current) const;

  Log::Options options_;
  std::string directory_;  // absolute
  LogTime started_;
  std::uint32_t keep_files_;
  std::uint64_t made_ = 0;
};

}  // namespace outpost
