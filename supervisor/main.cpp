// outpostd: the command line.
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <optional>

#include "common/command_tree.h"
#include "common/completion.h"
#include "common/io/journal.h"
#include "common/io/process.h"
#include "common/version.h"
#include "protocol/manual.h"
#include "protocol/mobile/manual.h"
#include "protocol/openapi/document.h"
#include "supervisor/config/config.h"
#include "supervisor/engine/service.h"
#include "supervisor/mobile/service.h"
#include "supervisor/pages.h"
#include "supervisor/supervisor.h"

namespace {

using namespace outpost;
using namespace outpost::supervisor;

struct Arguments {
  std::string config_path = "/etc/outpost/outpost.json";
  std::string pid_file;
  bool check_config = false;
  bool print_config = false;
  bool daemon = false;
  std::optional<ApplicationType> print_sample;
  bool print_options_manual = false;
  bool print_messages_manual = false;
  bool print_mobile_manual = false;
  bool print_openapi = false;
  bool print_config_page = false;
  std::string fault;
};

void declare(CLI::App& app, Arguments& arguments) {
  app.set_version_flag("--version", fmt::format("outpostd {}", kVersion));
  app.add_option("--config", arguments.config_path, "Configuration file")->type_name("FILE")->capture_default_str();
  auto* check = app.add_flag("--check-config", arguments.check_config, "Check the configuration and exit");
  auto* print = app.add_flag("--print-config", arguments.print_config,
                             "Print the effective values and where each comes from, and exit");
  auto* daemon = app.add_flag("--daemon", arguments.daemon,
                              "Detach; returns when the start has succeeded (0) or failed (1, the reason on stderr)");
  daemon->excludes(check)->excludes(print);
  app.add_option("--pid-file", arguments.pid_file, "File that is locked and holds the process id while outpostd runs")
      ->type_name("FILE");
  app.add_option_function<std::string>(
         "--print-sample",
         [&arguments](const std::string& type) { arguments.print_sample = from_word<ApplicationType>(type); },
         "Print a complete configuration file of a type of application, outbound without one")
      ->expected(0, 1)
      ->default_str("outbound")
      ->check(CLI::IsMember({"outbound", "mobile"}))
      ->group(kMaintainers);
  app.add_flag("--print-options-manual", arguments.print_options_manual, "Print etc/OPTIONS.md")->group(kMaintainers);
  app.add_flag("--print-messages-manual", arguments.print_messages_manual, "Print etc/MESSAGES.md")
      ->group(kMaintainers);
  app.add_flag("--print-mobile-manual", arguments.print_mobile_manual, "Print etc/MOBILE.md")->group(kMaintainers);
  app.add_flag("--print-openapi", arguments.print_openapi, "Print etc/openapi.json")->group(kMaintainers);
  app.add_option("--fault", arguments.fault,
                 "Behave wrongly, for a test: stay-primary takes no notice of a lease that is lost")
      ->check(CLI::IsMember({"stay-primary"}))
      ->group(kMaintainers);
  app.add_flag("--print-config-page", arguments.print_config_page, "Print outpost.json(5)")->group(kMaintainers);
  app.footer(
      "Signals: TERM, INT stop gracefully; HUP reloads the configuration; USR1 begins new log files.\n"
      "Exit status: 0 after a graceful stop, 1 when it could not start or cannot go on, 2 for a wrong command line.");
}

// What is made of the command line itself, and kept in etc/.
void declare_generators(CLI::App& app) {
  auto print = [&app](std::string (*make)(const CommandTree&)) {
    fmt::print("{}", make(command_tree(app)));
    throw CLI::Success();
  };
  app.add_flag_callback(
         "--print-manual-page", [print] { print(outpostd_page); }, "Print outpostd(8)")
      ->group(kMaintainers);
  auto completion = [print](const std::string& shell) { print(shell == "bash" ? bash_completion : zsh_completion); };
  app.add_option_function<std::string>("--print-completion", completion, "Print the completion of a shell")
      ->check(CLI::IsMember({"bash", "zsh"}))
      ->group(kMaintainers);
}

// A text of the tables that was asked for; none when it was not.
std::optional<std::string> generated(const Arguments& arguments) {
  if (arguments.print_sample) return sample_config(*arguments.print_sample);
  if (arguments.print_options_manual) return options_manual();
  if (arguments.print_messages_manual) return protocol::messages_manual();
  if (arguments.print_mobile_manual) return protocol::mobile_manual();
  if (arguments.print_config_page) return config_page();
  if (arguments.print_openapi) return protocol::openapi_document();
  return std::nullopt;
}

Result<std::optional<PidFile>> take_pid_file(const std::string& path) {
  if (path.empty()) return std::nullopt;
  auto file = PidFile::create(path);
  if (file) return std::optional<PidFile>(std::move(*file));
  const Error& why = file.error();
  if (why.code == Errc::busy) return fail(why.code, "another outpostd has this --pid-file: {}", why.text);
  return fail(why.code, "--pid-file {}: {}", path, why.text);
}

// From the locks to the end. Returns the reason when it could not start.
Result<> run(const Arguments& arguments, LoadedConfig config, Daemon& daemon) {
  auto pid_file = take_pid_file(arguments.pid_file);
  if (!pid_file) return pass(pid_file);
  Loop loop;
  Result<> outcome;
  // The one place that names the service.
  MakeService make_service = [&](Loop& on, Log& log, const Config& with,
                                 Service::Host& host) -> std::unique_ptr<Service> {
    if (with.application.type == ApplicationType::mobile)
      return std::make_unique<mobile::MobileService>(on, log, with, host);
    return std::make_unique<OutboundService>(on, log, with, host, arguments.fault == "stay-primary");
  };
  auto supervisor = Supervisor::start(loop,
                                      {.config_path = arguments.config_path,
                                       .config = std::move(config),
                                       .make_service = std::move(make_service),
                                       .foreground = !arguments.daemon},
                                      [&](const Result<std::string>& started) {
                                        if (started) return daemon.started(*started);
                                        outcome = fail(started.error());
                                      });
  if (!supervisor) return pass(supervisor);
  loop.run();
  return outcome ? (*supervisor)->outcome() : outcome;
}

int serve(const Arguments& arguments, LoadedConfig config) {
  Daemon daemon;
  if (arguments.daemon) {
    auto detached = Daemon::detach();
    if (!detached) {
      tell(Severity::error, "outpostd: " + detached.error().text);
      return EXIT_FAILURE;
    }
    daemon = *detached;
  }
  signal(SIGPIPE, SIG_IGN);
  // What is told to have failed is gone by then, and can be tried again.
  auto ended = run(arguments, std::move(config), daemon);
  if (ended) return EXIT_SUCCESS;
  daemon.failed("outpostd: " + ended.error().text);
  return EXIT_FAILURE;
}

}  // namespace

int main(int argc, char** argv) {
  close_inherited_descriptors();
  Arguments arguments;
  CLI::App app("Outpost's supervisor: owns configuration, role, sessions and the record store, and runs outpost-proxy.",
               "outpostd");
  declare(app, arguments);
  declare_generators(app);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? EXIT_SUCCESS : 2;
  }

  if (auto text = generated(arguments)) {
    std::fwrite(text->data(), 1, text->size(), stdout);
    return EXIT_SUCCESS;
  }

  auto config = load_config(arguments.config_path);
  if (!config) {
    for (const auto& error : config.error()) tell(Severity::error, error);
    return EXIT_FAILURE;
  }
  if (arguments.check_config || arguments.print_config) {
    for (const auto& warning : config->warnings) tell(Severity::warning, "warning: " + warning);
    if (arguments.print_config) {
      std::fputs(print_config(*config).c_str(), stdout);
    } else {
      std::printf("%s is valid\n", arguments.config_path.c_str());
    }
    return EXIT_SUCCESS;
  }
  // In the foreground the log says them.
  for (const auto& warning : config->warnings) {
    if (arguments.daemon) std::fprintf(stderr, "warning: %s\n", warning.c_str());
  }
  return serve(arguments, std::move(*config));
}
