#include "supervisor/ctl/view/terminal.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdlib>
#include <string_view>

namespace outpost::supervisor::ctl {

namespace {

std::string_view environment(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

}  // namespace

Terminal terminal_of(int fd) {
  Terminal terminal;
  terminal.watched = isatty(fd) == 1;
  std::string_view kind = environment("TERM");
  terminal.moves = terminal.watched && !kind.empty() && kind != "dumb";
  terminal.colour = terminal.moves && environment("NO_COLOR").empty();
  winsize size{};
  if (ioctl(fd, TIOCGWINSZ, &size) != 0) return terminal;
  if (size.ws_col > 0) terminal.columns = size.ws_col;
  if (size.ws_row > 0) terminal.rows = size.ws_row;
  return terminal;
}

const Terminal& output_terminal() {
  static const Terminal kTerminal = terminal_of(STDOUT_FILENO);
  return kTerminal;
}

}  // namespace outpost::supervisor::ctl
