#include "supervisor/ctl/command_line.h"

#include <fmt/core.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <iterator>
#include <string>
#include <vector>

#include "common/text.h"
#include "common/version.h"
#include "supervisor/ctl/client.h"
#include "supervisor/ctl/commands/commands.h"
#include "supervisor/ctl/commands/show.h"
#include "supervisor/ctl/declarations.h"
#include "supervisor/ctl/files/file.h"

namespace outpost::supervisor::ctl {

namespace {

constexpr const char* kExitStatuses =
    "Exit status:\n"
    "  0  done\n"
    "  1  the supervisor refused; its reason is on standard error\n"
    "  2  the command line is wrong\n"
    "  3  the supervisor cannot be reached, or the connection was lost\n"
    "  4  a file cannot be read or written\n"
    "  5  an import is complete, but rows of it were rejected";

// The commands that `word` begins, or else the one that it is most like; none when that is a grave one, as another in
// its place would only mislead.
std::vector<std::string_view> suggestions(std::string_view word, const std::vector<std::string>& grave,
                                          const std::vector<std::string>& names) {
  std::vector<std::string_view> begun;
  std::ranges::copy_if(names, std::back_inserter(begun), [&](std::string_view name) { return name.starts_with(word); });
  if (!begun.empty()) return begun;
  std::vector<std::string_view> all(grave.begin(), grave.end());  // first: of two as near, the grave one counts
  all.insert(all.end(), names.begin(), names.end());
  std::string_view near = nearest(word, all);
  bool silent = near.empty() || std::ranges::find(grave, near) != grave.end();
  return silent ? std::vector<std::string_view>() : std::vector{near};
}

// CLI11 only says that a command is missing, also when a word stands where one should be.
void name_unknown_command(const CLI::App& app, const CommandLine& line) {
  const CLI::App* at = &app;
  while (!at->get_subcommands().empty()) at = at->get_subcommands().front();
  std::vector<std::string> words = app.remaining(true);
  std::vector<std::string> grave;
  std::vector<std::string> names;
  for (const CLI::App* command : at->get_subcommands([](const CLI::App*) { return true; })) {
    bool is_grave = std::ranges::find(line.grave, command) != line.grave.end();
    (is_grave ? grave : names).push_back(command->get_name());
  }
  if (names.empty() || words.empty()) return;
  auto near = suggestions(words[0], grave, names);
  fmt::print(stderr, "there is no command \"{}\"{}\n", printable(words[0]),
             near.empty() ? std::string() : fmt::format("; did you mean {}?", join(near, " or ")));
}

Exit report(const Error& error) {
  std::fflush(stdout);
  fmt::print(stderr, "outpostctl: {}\n", printable(error.text));
  return exit_of(error);
}

Result<Exit> run_command(const CommandLine& line) {
  if (line.run_alone) return line.run_alone(line.arguments);
  auto client =
      Client::connect(line.socket, std::chrono::milliseconds(static_cast<std::int64_t>(line.timeout_s * 1000)));
  if (!client) return fail(client.error());
  return line.run(*client, line.arguments);
}

Exit execute(const CommandLine& line) {
  auto exit = run_command(line);
  if (!exit) return report(exit.error());
  if (std::fflush(stdout) != 0 || std::ferror(stdout) != 0) {
    auto usable = check_stream(STDOUT_FILENO);
    return report(usable ? Error{Errc::io, "cannot write to standard output"} : usable.error());
  }
  return *exit;
}

}  // namespace

int run(int argc, char** argv) {
  fill_closed_streams();
  CommandLine line;
  CLI::App app("Outpost's way in: watches and commands a running supervisor.", "outpostctl");
  app.set_version_flag("--version", std::string("outpostctl ") + kVersion);
  app.add_option("--socket", line.socket, "The supervisor's control socket")
      ->envname("OUTPOST_SOCKET")
      ->type_name("PATH")
      ->capture_default_str();
  app.add_option("--timeout", line.timeout_s, "Longest wait for each reply, for a switch and for a stop, in seconds")
      ->check(CLI::Range(0.1, 86400.0))
      ->type_name("S")
      ->capture_default_str();
  app.require_subcommand(1);
  app.footer(kExitStatuses);
  add_commands(app, line);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    name_unknown_command(app, line);
    return app.exit(error) == 0 ? 0 : static_cast<int>(Exit::usage);
  }
  return static_cast<int>(execute(line));
}

}  // namespace outpost::supervisor::ctl
