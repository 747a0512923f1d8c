#include "supervisor/ctl/command_line.h"

#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdio>
#include <string>
#include <vector>

#include "common/text.h"
#include "common/version.h"
#include "protocol/vocabulary.h"
#include "supervisor/ctl/client.h"
#include "supervisor/ctl/commands.h"

namespace outpost::supervisor::ctl {

namespace {

const CLI::Range kPositive(std::int64_t{1}, std::int64_t{INT32_MAX}, "a number from 1");

constexpr const char* kExitStatuses =
    "Exit status:\n"
    "  0  done\n"
    "  1  the supervisor refused; its reason is on standard error\n"
    "  2  the command line is wrong\n"
    "  3  the supervisor cannot be reached, or the connection was lost\n"
    "  4  a file cannot be read or written\n"
    "  5  an import is complete, but rows of it were rejected";

constexpr const char* kImportFooter =
    "The first line of FILE names the columns: contact_info and any others of the record, tz_name for the time zone, "
    "and\n"
    "the list's custom fields. Rows that are refused go to the reject file with line and reason; the rest is kept.\n"
    "When an import is interrupted, the same command goes on behind the last row that is durable. A file is known by "
    "its\n"
    "content: what was imported once is not imported again without --restart.\n"
    "An exported list can be imported with --skip record_id,chain_id,chain_n: each row then begins a chain.";

struct CommandLine {
  std::string socket = "/run/outpost/control.sock";
  double timeout_s = 60;
  Arguments arguments;
  Run run = nullptr;
};

CLI::App* add_command(CLI::App& app, CommandLine& line, const char* name, const char* text, Run run) {
  CLI::App* command = app.add_subcommand(name, text);
  command->fallthrough();
  command->callback([&line, run] { line.run = run; });
  return command;
}

CLI::App* add_json_command(CLI::App& app, CommandLine& line, const char* name, const char* text, Run run) {
  CLI::App* command = add_command(app, line, name, text, run);
  command->add_flag("--json", line.arguments.json, "Print the supervisor's reply as it came");
  return command;
}

void add_list(CLI::App* command, CommandLine& line) {
  command->add_option("LIST", line.arguments.list, "Name of the calling list")->required();
}

void add_enumeration(CLI::App* command, const char* option, const protocol::Enumeration& names, std::int64_t& number) {
  command->add_option_function<std::string>(
      option,
      [option, &names, &number](const std::string& text) {
        auto parsed = names.parse(text);
        if (!parsed) {
          std::string valid;
          for (std::string_view name : names.names) valid += (valid.empty() ? "" : ", ") + std::string(name);
          throw CLI::ValidationError(option, "'" + text + "' is not valid; valid are a number or one of " + valid);
        }
        number = *parsed;
      },
      fmt::format("Only records with this {} (name or number)", names.name));
}

void add_filters(CLI::App* command, CommandLine& line) {
  Filters& filters = line.arguments.filters;
  add_enumeration(command, "--status", protocol::record_statuses(), filters.status);
  add_enumeration(command, "--type", protocol::record_types(), filters.type);
  add_enumeration(command, "--result", protocol::call_results(), filters.result);
  command->add_option("--chain", filters.chain, "Only records of this chain")->check(CLI::NonNegativeNumber);
  command->add_option("--contact", filters.contact, "Only records with exactly this contact info");
}

void add_commands(CLI::App& app, CommandLine& line) {
  Arguments& arguments = line.arguments;
  add_json_command(app, line, "status", "Show supervisor, proxy, requests and store", run_status);

  CLI::App* apply =
      add_json_command(app, line, "apply", "Create or change lists, campaigns and groups as FILE says", run_apply);
  apply->add_option("FILE", arguments.file, "JSON, comments allowed")->required();
  apply->add_flag("--dry-run", arguments.dry_run, "Only show what would change");

  add_json_command(app, line, "lists", "Show the calling lists", run_lists);
  add_json_command(app, line, "catalogue", "Show tenants, time zones, lists, campaigns and groups", run_catalogue);

  CLI::App* records = add_json_command(app, line, "records", "Show records of a list", run_records);
  add_list(records, line);
  add_filters(records, line);
  CLI::Option* limit =
      records->add_option("--limit", arguments.limit, "Most records to show, 20 when not given")->check(kPositive);
  records->add_flag("--all", arguments.all, "Show all; with --json, one reply a line")->excludes(limit);

  CLI::App* record = add_json_command(app, line, "record", "Show one record and its handle", run_record);
  add_list(record, line);
  record->add_option("ID", arguments.record_id, "Its record_id")->required()->check(kPositive);

  CLI::App* import = add_command(app, line, "import", "Add the rows of a CSV file to a list", run_import);
  add_list(import, line);
  import->add_option("FILE", arguments.file, "CSV, UTF-8, with a first line that names the columns")->required();
  import->add_option("--rejects", arguments.rejects, "Where rejected rows go, FILE.rejects.csv when not given");
  import->add_option("--skip", arguments.skip, "Columns of the file to leave out")->delimiter(',');
  import->add_flag("--restart", arguments.restart, "Begin at the first row, also when rows of it were imported before");
  import->footer(kImportFooter);

  CLI::App* exported = add_command(app, line, "export", "Write the records of a list as CSV", run_export);
  add_list(exported, line);
  exported->add_option("-o,--output", arguments.output, "File to write, standard output when not given");
  add_filters(exported, line);

  add_json_command(app, line, "reload", "Read the configuration again", run_reload);
  add_command(app, line, "reopen-logs", "Begin new log files", run_reopen_logs);
  add_command(app, line, "stop", "Stop the supervisor and wait until it is gone", run_stop);
}

// CLI11 only says that a command is missing, also when a word stands where one should be.
void name_unknown_command(const CLI::App& app) {
  std::vector<std::string> words = app.remaining();
  if (!app.get_subcommands().empty() || words.empty()) return;
  std::vector<std::string> names;
  for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; })) {
    names.push_back(command->get_name());
  }
  std::vector<std::string_view> views(names.begin(), names.end());
  std::string_view near = nearest(words[0], views);
  fmt::print(stderr, "there is no command \"{}\"{}\n", printable(words[0]),
             near.empty() ? std::string() : fmt::format("; did you mean {}?", near));
}

Exit report(const Error& error) {
  std::fflush(stdout);
  fmt::print(stderr, "outpostctl: {}\n", printable(error.text));
  return exit_of(error);
}

Exit execute(const CommandLine& line) {
  auto client =
      Client::connect(line.socket, std::chrono::milliseconds(static_cast<std::int64_t>(line.timeout_s * 1000)));
  if (!client) return report(client.error());
  auto exit = line.run(*client, line.arguments);
  if (!exit) return report(exit.error());
  if (std::fflush(stdout) != 0 || std::ferror(stdout) != 0) {
    return report({Errc::io, "cannot write to standard output"});
  }
  return *exit;
}

}  // namespace

int run(int argc, char** argv) {
  CommandLine line;
  CLI::App app("Outpost's way in: watches and commands a running supervisor.", "outpostctl");
  app.set_version_flag("--version", std::string("outpostctl ") + kVersion);
  app.add_option("--socket", line.socket, "The supervisor's control socket")
      ->envname("OUTPOST_SOCKET")
      ->type_name("PATH")
      ->capture_default_str();
  app.add_option("--timeout", line.timeout_s, "Longest wait for each reply and for a stop, in seconds")
      ->check(CLI::Range(0.1, 86400.0))
      ->type_name("S")
      ->capture_default_str();
  app.require_subcommand(1);
  app.footer(kExitStatuses);
  add_commands(app, line);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    name_unknown_command(app);
    return app.exit(error) == 0 ? 0 : static_cast<int>(Exit::usage);
  }
  return static_cast<int>(execute(line));
}

}  // namespace outpost::supervisor::ctl
