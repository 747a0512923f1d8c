// What a command line is read into, and the options that several commands have.
#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <string>
#include <vector>

#include "common/error.h"
#include "supervisor/ctl/commands/commands.h"

namespace outpost::supervisor::ctl {

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

inline const CLI::Range kPositive(std::int64_t{1}, std::int64_t{INT32_MAX}, "a number from 1");

inline constexpr const char* kTimeFooter =
    "TIME: epoch seconds, now, YYYY-MM-DD (its first second) or YYYY-MM-DDTHH:MM[:SS]; in the time of this shell "
    "unless "
    "Z or\n"
    "an offset such as +02:00 follows.";

void add_list(CLI::App* command, CommandLine& line);
void add_time(CLI::App* command, const char* option, std::int64_t& time, const char* text);
// Which records of a list; also says in the footer what a TIME is.
void add_filters(CLI::App* command, CommandLine& line);
void add_paging(CLI::App* command, CommandLine& line);
// How a CSV file is read and where its rejects go.
void add_csv_file(CLI::App* command, CommandLine& line, const char* text, Run run);

}  // namespace outpost::supervisor::ctl
