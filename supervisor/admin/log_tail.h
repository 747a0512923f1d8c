// The end of a log file, and what comes behind it. What the log's filter hides is not in the file, and so not here.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <string>

#include "common/io/descriptor.h"

namespace outpost::supervisor {

class LogTail {
 public:
  // Of one read(): what is before that is passed over.
  static constexpr std::size_t kBytesMax = std::size_t{64} * 1024;

  // `path`: the link to the newest segment.
  explicit LogTail(std::string path) : path_(std::move(path)) {}

  struct Piece {
    std::string lines;              // whole ones
    std::uint64_t passed_over = 0;  // bytes before them that nobody was shown, since the last read()
  };
  // What has come since the last call; at the first the end of the file. A new segment is found when the old one has
  // no more.
  Piece read();

 private:
  bool follow_link();
  Piece read_on();

  std::string path_;
  Descriptor file_;
  ino_t inode_ = 0;
  off_t at_ = 0;
  bool begun_ = false;  // what is passed over from now on is missing
};

}  // namespace outpost::supervisor
