#include "supervisor/ctl/run.h"

#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdio>

#include "supervisor/ctl/client.h"
#include "supervisor/ctl/command_line.h"
#include "supervisor/ctl/commands/show.h"
#include "supervisor/ctl/files/file.h"
#include "supervisor/ctl/view/terminal.h"

namespace outpost::supervisor::ctl {

namespace {

Exit report(const Error& error, bool json) {
  if (json) fmt::print("{}\n", error_json(error.text, exit_of(error)));
  std::fflush(stdout);
  fmt::print(stderr, "outpostctl: {}\n", printable(error.text));
  return exit_of(error);
}

Result<Exit> connect_and_run(const Arguments& arguments) {
  if (arguments.command->offline) return arguments.command->run_offline(arguments);
  std::chrono::milliseconds timeout(static_cast<std::int64_t>(arguments.timeout_s * 1000));
  auto client = Client::connect(arguments.socket, timeout);
  if (!client) return pass(client);
  return run_command(*client, arguments);
}

Exit execute(const Arguments& arguments) {
  output_terminal();
  auto exit = connect_and_run(arguments);
  if (!exit) return report(exit.error(), arguments.json);
  if (std::fflush(stdout) != 0 || std::ferror(stdout) != 0) {
    auto usable = check_stream(STDOUT_FILENO);
    return report(usable ? Error{Errc::io, "cannot write to standard output"} : usable.error(), false);
  }
  return *exit;
}

}  // namespace

int run(int argc, char** argv) {
  fill_closed_streams();
  std::signal(SIGXFSZ, SIG_IGN);  // a file that may not grow is an error of it, not our end
  auto read = read_command_line(argc, argv);
  const auto* arguments = std::get_if<Arguments>(&read);
  return static_cast<int>(arguments ? execute(*arguments) : std::get<Exit>(read));
}

}  // namespace outpost::supervisor::ctl
