#include "supervisor/ctl/options.h"

#include <fmt/core.h>

#include <string_view>

#include "common/clock.h"
#include "common/integers.h"
#include "protocol/outbound/vocabulary.h"
#include "supervisor/ctl/files/file.h"
#include "supervisor/ctl/view/time.h"

namespace outpost::supervisor::ctl {

namespace {

// As requests over HTTP may name: CLI11 takes what is larger than any int64 for the largest.
const CLI::Range kWhole(std::int64_t{0}, kIntegerMax, "a number from 0 to 2^53-1");

// Where rejected rows go has a name of its own when they came from standard input.
void add_rejects(CLI::App* command, CommandLine& line, Run run) {
  command->add_option("--rejects", line.arguments.rejects, "Where rejected rows go, FILE.rejects.csv when not given");
  command->callback([&line, run] {
    const Arguments& arguments = line.arguments;
    if (arguments.rejects == kStandardStream) {
      throw CLI::ValidationError("--rejects", "it must be the name of a file, not standard output");
    }
    if (arguments.file == kStandardStream && arguments.rejects.empty() && !arguments.dry_run) {
      throw CLI::ValidationError("FILE -",
                                 "standard input has no name to make the reject file's from: --rejects "
                                 "must name one");
    }
    line.run = run;
  });
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

}  // namespace

void add_list(CLI::App* command, CommandLine& line) {
  command->add_option("LIST", line.arguments.list, "Name of the calling list")->required();
}

void add_time(CLI::App* command, const char* option, std::int64_t& time, const char* text) {
  command
      ->add_option_function<std::string>(
          option,
          [option, &time](const std::string& given) {
            auto parsed = parse_time(given, SystemClock().now());
            if (!parsed) {
              throw CLI::ValidationError(option, "'" + given + "' is not a time; valid are epoch seconds up to " +
                                                     std::to_string(kEpochMax) +
                                                     ", now, YYYY-MM-DD and "
                                                     "YYYY-MM-DDTHH:MM[:SS], the latter two with Z or +HH:MM or not");
            }
            time = *parsed;
          },
          text)
      ->type_name("TIME");
}

void add_filters(CLI::App* command, CommandLine& line) {
  Filters& filters = line.arguments.filters;
  add_enumeration(command, "--status,--state", protocol::record_statuses(), filters.status);
  add_enumeration(command, "--type", protocol::record_types(), filters.type);
  add_enumeration(command, "--result", protocol::call_results(), filters.result);
  command->add_option("--chain", filters.chain, "Only records of this chain")->check(kWhole);
  command->add_option("--contact", filters.contact, "Only records with this contact info, however it is punctuated");
  command->add_option("--customer-id", filters.customer_id, "Only records with exactly this customer id");
  command->add_option("--agent", filters.agent, "Only records of this agent");
  add_time(command, "--due-from", filters.due_from, "Only records that are due at this time or later");
  add_time(command, "--due-till", filters.due_till, "Only records that are due at this time or earlier");
  command->footer(kTimeFooter);
}

void add_paging(CLI::App* command, CommandLine& line) {
  CLI::Option* limit =
      command->add_option("--limit", line.arguments.limit, "Most to show, 20 when not given")->check(kPositive);
  command->add_flag("--all", line.arguments.all, "Show all; with --json, one reply a line")->excludes(limit);
}

void add_csv_file(CLI::App* command, CommandLine& line, const char* text, Run run) {
  Arguments& arguments = line.arguments;
  command->add_option("FILE", arguments.file, text)->required();
  add_rejects(command, line, run);
  command->add_option("--skip", arguments.skip, "Columns of the file to leave out")->delimiter(',');
  command
      ->add_option_function<std::string>(
          "--delimiter",
          [&arguments](const std::string& given) {
            auto delimiter = parse_delimiter(given);
            if (!delimiter) {
              throw CLI::ValidationError("--delimiter", "'" + given +
                                                            "' is not valid; valid are one punctuation character "
                                                            "such as ';', and comma, semicolon, tab, pipe");
            }
            arguments.format.delimiter = *delimiter;
          },
          "What separates the values of FILE, a comma when not given; also by name: tab, semicolon, pipe")
      ->type_name("CHARACTER");
  command
      ->add_option("--encoding", arguments.format.encoding,
                   "Character set of FILE, UTF-8 when not given; such as UTF-16 or WINDOWS-1252 (iconv -l)")
      ->check([](const std::string& name) {
        auto known = Utf8Decoder::make(name);
        return known ? std::string() : known.error().text;
      })
      ->type_name("NAME");
}

}  // namespace outpost::supervisor::ctl
