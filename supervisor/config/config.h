// The configuration file: read, checked, compared with what is in force, and shown.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "common/options.h"
#include "supervisor/config/config_rows.h"

namespace outpost::supervisor {

// A configuration that is complete and valid.
struct LoadedConfig {
  Config config;
  OptionSettings settings;            // the same with its origins
  std::vector<std::string> warnings;  // what will be ignored; one sentence each, like the errors
};

// Errors are sentences such as "outpost.json:7: application.dbid: 0 is out of range; valid: 1 to 2147483647": all that
// there are, in the order of the file; but a text that is no JSON has one error.
using ConfigResult = tl::expected<LoadedConfig, std::vector<std::string>>;

// At most kConfigBytesMax are read. Reads also the files that the TLS options of secure listeners name.
[[nodiscard]] ConfigResult load_config(const std::string& path);
// `file_name` is for messages only. Asks nothing of the machine but its name.
[[nodiscard]] ConfigResult parse_config(std::string_view text, const std::string& file_name);
inline constexpr std::size_t kConfigBytesMax = 1024 * 1024;

// "application.http-request-timeout: 30 -> 10, at once". Empty when nothing changed. What is taken back before it came
// into force needs no restart.
std::vector<std::string> config_changes(const Config& before, const Config& after, const Config& in_force);
// What is in force in a supervisor that was started with `started` (or has this in force) and has read `latest` since.
Config config_in_force(const Config& started, const Config& latest);
// A proxy that runs: whose listeners it has, and what it has begun with. Or a courier, which has none: of what takes
// effect at a start only the sandbox is its own.
struct RunningProxy {
  std::optional<ListenerProtocol> protocol;
  const Config* begun_with;
};
// What of `latest` is not in force yet, as config_changes() says it: after a restart, where `in_force` differs, and at
// the next proxy start, where what a running proxy has begun with differs.
std::vector<std::string> config_waiting(const Config& in_force, const Config& latest,
                                        std::span<const RunningProxy> proxies);

// For --print-config, --print-sample and --print-options-manual.
std::string print_config(const LoadedConfig& loaded);
std::string sample_config(ApplicationType type);
std::string options_manual();

// The rows of options_*.cpp, as one table.
const Options<Config>& config_options();

}  // namespace outpost::supervisor
