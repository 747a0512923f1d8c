// All commands of outpostctl with their options, in the order in which --help lists them.
#pragma once

#include <string>
#include <vector>

#include "common/error.h"
#include "supervisor/ctl/commands/commands.h"

namespace CLI {
class App;
}

namespace outpost::supervisor::ctl {

// What a command line is read into.
struct CommandLine {
  std::string socket = "/run/outpost/control.sock";
  double timeout_s = 60;
  Arguments arguments;
  Run run = nullptr;
  // What no slip of the hand is answered with: commands that change the role, or end the service.
  std::vector<const CLI::App*> grave;
  // In place of `run`: a command that needs no supervisor.
  Result<Exit> (*run_alone)(const Arguments& arguments) = nullptr;
};

// `line` outlives `app`, which reads into it.
void add_commands(CLI::App& app, CommandLine& line);

}  // namespace outpost::supervisor::ctl
