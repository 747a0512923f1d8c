// What a stream is for whoever watches it.
#pragma once

#include <cstddef>

namespace outpost::supervisor::ctl {

struct Terminal {
  bool watched = false;  // it is a terminal
  bool moves = false;    // whose cursor can be placed: TERM names more than a dumb one
  bool colour = false;   // and that may show colours: NO_COLOR is not set
  std::size_t columns = 80;
  std::size_t rows = 24;
};

Terminal terminal_of(int fd);

// Standard output as it was at the first call: later a pager may stand there.
const Terminal& output_terminal();

}  // namespace outpost::supervisor::ctl
