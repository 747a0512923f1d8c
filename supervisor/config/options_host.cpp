// The sections server-info, log and control: what of this host Outpost uses.
#include <unistd.h>

#include <array>

#include "supervisor/config/option_sections.h"
#include "supervisor/config/option_words.h"

namespace outpost::supervisor {

namespace {

constexpr std::int64_t kGroupBytesMax = 32;        // Source: groupadd(8)
constexpr std::int64_t kSocketPathBytesMax = 107;  // what fits a Unix socket address

constexpr std::array<OptionByType, 2> kLogDirectories{
    {{.type = kOutbound, .default_text_value = "/var/log/outpost"},
     {.type = kMobile, .default_text_value = "/var/log/outpost-mobile"}}};
constexpr std::array<OptionByType, 2> kSockets{
    {{.type = kOutbound, .default_text_value = "/run/outpost/control.sock"},
     {.type = kMobile, .default_text_value = "/run/outpost-mobile/control.sock"}}};

std::string group_fault(const OptionValue& value) {
  return text_of(value).find(':') == std::string::npos ? "" : "holds a character that no group has";
}

}  // namespace

std::string machine_name() {
  char name[256] = {};
  return gethostname(name, sizeof name - 1) == 0 && name[0] != '\0' ? name : "localhost";
}

std::string host_fault(const OptionValue& value) {
  return all_of(text_of(value), ".:-_") ? "" : "holds a character that no host name has";
}

std::vector<Option<ServerInfoConfig>> server_info_options() {
  using S = ServerInfoConfig;
  return {
      option("advertised-host", &S::advertised_host,
             {.high = 253,
              .valid = "a host name or address, or empty",
              .default_text = "the value of host",
              .fault = host_fault,
              .takes_effect = kNextProxyStart,
              .text = "Host in the record URIs that clients are given.",
              .source = "Assumption: ocs.md 1.2 [design]"}),
      option("host", &S::host,
             {.high = 253,
              .valid = "a host name or address, or empty",
              .default_text = "the machine's host name",
              .computed = machine_name,
              .fault = host_fault,
              .text = "Name of this host, for the header of each log file and to tell supervisors apart in the store.",
              .source = "Source: ocs.md 8"}),
      option("reconnect-timeout", &S::reconnect_timeout,
             {.low = 1,
              .high = 3'600,
              .unit = "seconds",
              .takes_effect = kAtOnce,
              .text = "Time from the unexpected end of a proxy to the start of the next one. A proxy that cannot open "
                      "its port ends too.",
              .source = kGuide}),
  };
}

std::vector<Option<LogConfig>> log_options() {
  return {
      option("access", &LogConfig::access,
             {.takes_effect = kAtOnce,
              .text = "The access log outpost_ACCESS.log: a line for each HTTP response, in the combined format, to "
                      "which milliseconds, connection and number, X-Request-Id and traceparent are added, or as JSON. "
                      "Whose contact a request is about is left out. Size, age and number of its files are those of "
                      "the other logs. Off by default: it holds the addresses of clients.",
              .source = kDesign}),
      option("directory", &LogConfig::directory,
             {.low = 1,
              .high = kPathBytesMax,
              .by_type = kLogDirectories,
              .valid = "an absolute path",
              .fault = path_fault,
              .text = "Folder of the log files. It is created when it is absent.",
              .source = "Source: ocs.md 8"}),
      option("keep-files", &LogConfig::keep_files,
             {.low = 0,
              .high = 100'000,
              .unit = "files, 0 for all",
              .takes_effect = kAtOnce,
              .text = "How many files of each program are kept; older ones are removed.",
              .source = kDesign}),
      option("level", &LogConfig::level,
             {.takes_effect = kAtOnce,
              .text = "How much is written: each level holds what those before it hold. Values of custom fields are "
                      "written at debug only.",
              .source = "Source: ocs.md 8"}),
      option("segment-hours", &LogConfig::segment_hours,
             {.low = 0,
              .high = kYearHours,
              .unit = "hours, 0 for no limit",
              .takes_effect = kAtOnce,
              .text = "A new file is begun when the current one is as old.",
              .source = kDesign}),
      option("segment-size", &LogConfig::segment_size,
             {.low = 0,
              .high = std::int64_t{1} << 40,
              .unit = "bytes, 0 for no limit",
              .takes_effect = kAtOnce,
              .text = "A new file is begun when the current one is as large.",
              .source = kDesign}),
  };
}

std::vector<Option<ControlConfig>> control_options() {
  return {
      option("group", &ControlConfig::group,
             {.high = kGroupBytesMax,
              .valid = "the name of a group of this host, or empty",
              .fault = group_fault,
              .takes_effect = kRestart,
              .text = "Group whose members may use outpostctl beside this supervisor's own user and root: the socket "
                      "belongs to it, with mode 0660. They may read everything, and change records, imports, "
                      "do-not-call lists and the state of groups. To change the catalogue, tokens, the role or the "
                      "configuration in force, to begin new logs and to stop stays with the user and root. The "
                      "supervisor's user must be a member.",
              .source = kDesign}),
      option("socket", &ControlConfig::socket,
             {.low = 1,
              .high = kSocketPathBytesMax,
              .by_type = kSockets,
              .valid = "an absolute path of at most 107 bytes",
              .fault = path_fault,
              .takes_effect = kRestart,
              .text = "The Unix socket on which outpostctl finds this supervisor.",
              .source = kDesign})};
}

}  // namespace outpost::supervisor
#include "supervisor/config/option_sections.h"
