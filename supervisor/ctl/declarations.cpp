#include "supervisor/ctl/declarations.h"

#include <CLI/CLI.hpp>

#include <fmt/core.h>
#include <string_view>
#include "common/clock.h"
#include "common/integers.h"
#include "protocol/outbound/vocabulary.h"
#include "supervisor/ctl/commands/store.h"
#include "supervisor/ctl/files/file.h"
#include "supervisor/ctl/view/time.h"

namespace outpost::supervisor::ctl {

namespace {

const CLI::Range kPositive(std::int64_t{1}, kIntegerMax, "a number from 1");

constexpr const char* kTimeFooter =
    "TIME: epoch seconds, now, YYYY-MM-DD (its first second) or YYYY-MM-DDTHH:MM[:SS]; in the time of this shell "
    "unless "
    "Z or\n"
    "an offset such as +02:00 follows.";

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

constexpr const char* kImportFooter =
    "The first line of FILE names the columns: contact_info and any others of the record, tz_name for the time zone, "
    "and\n"
    "the list's custom fields. Rows that are refused go to the reject file with line, column and reason; the rest is "
    "kept.\n"
    "Corrected there, the reject file itself can be imported. One that somebody changed is never overwritten.\n"
    "When an import is interrupted, the same command goes on behind the last row that is durable. A file is known by "
    "its\n"
    "content: what was imported once is not imported again without --restart.\n"
    "FILE - is standard input; it is read to its end first, and --rejects has to name the reject file.\n"
    "--chain-by customer_id, or the list's own field for it: each row joins the chain that its customer has in the "
    "list.\n"
    "--duplicates, for rows whose contact is in the list already or stands further up in the file: keep imports them "
    "as "
    "well\n"
    "and counts them, skip leaves them out, refuse puts them into the reject file. An import goes on only as it "
    "began.\n"
    "An exported list can be imported with --skip record_id,chain_id,chain_n: each row then begins a chain, or joins "
    "its\n"
    "customer's with --chain-by.";

constexpr const char* kTokenFooter =
    "The token goes to standard output, everything else to standard error. It is asked for once the option\n"
    "application.authentication is token; on a listener that is not secure it can be read on its way.";

constexpr const char* kMigrateFooter =
    "FROM and TO are sqlite:///absolute/path.db or postgresql://[user[:password]@]host[:port]/database[?options]; a "
    "password\n"
    "can also be in ~/.pgpass. Stop the supervisors of both first: the command refuses a store that is in use, and "
    "locks\n"
    "FROM meanwhile. FROM is not changed. When the command is interrupted, run it again: it goes on where it was. "
    "Until "
    "it\n"
    "is done no supervisor opens TO.";

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

void add_catalogue(CLI::App& app, CommandLine& line) {
  Arguments& arguments = line.arguments;
  CLI::App* apply =
      add_json_command(app, line, "apply", "Create or change lists, campaigns and groups as FILE says", run_apply);
  apply
      ->add_option("FILE", arguments.file,
                   "JSON, comments allowed, as catalogue --json prints it; - for standard input")
      ->required();
  apply->add_flag("--dry-run", arguments.dry_run, "Only show what would change");

  add_json_command(app, line, "lists", "Show the calling lists", run_lists);
  add_json_command(app, line, "catalogue", "Show tenants, time zones, lists, campaigns and groups", run_catalogue);
}

void add_records(CLI::App& app, CommandLine& line) {
  Arguments& arguments = line.arguments;
  CLI::App* records = add_json_command(app, line, "records", "Show records of a list", run_records);
  add_list(records, line);
  add_filters(records, line);
  add_paging(records, line);

  CLI::App* record = add_json_command(app, line, "record", "Show one record and its handle", run_record);
  add_list(record, line);
  record->add_option("ID", arguments.record_id, "Its record_id")->required()->check(kPositive);
}

void add_recall(CLI::App& app, CommandLine& line) {
  Arguments& arguments = line.arguments;
  CLI::App* recall = add_json_command(app, line, "recall", "Set missed callbacks of a list due again", run_recall);
  add_list(recall, line);
  CLI::Option* agent = recall->add_option("--agent", arguments.filters.agent, "Only those of this agent");
  CLI::Option* customer =
      recall->add_option("--customer-id", arguments.filters.customer_id, "Only those with exactly this customer id");
  recall->add_option("--record", arguments.record_id, "Only the one with this record_id")
      ->check(kPositive)
      ->excludes(agent)
      ->excludes(customer);
  add_time(recall, "--due", arguments.due, "When they are due, now when not given");
  recall->add_flag("--dry-run", arguments.dry_run, "Only count them");
  recall->footer(kTimeFooter);
}

void add_import(CLI::App& app, CommandLine& line) {
  Arguments& arguments = line.arguments;
  CLI::App* import = add_command(app, line, "import", "Add the rows of a CSV file to a list", run_import);
  add_list(import, line);
  add_csv_file(import, line, "CSV with a first line that names the columns; - for standard input", run_import);
  import
      ->add_option("--chain-by", arguments.chain_by,
                   "Rows with the same value in this column, the one with the customer id, form a chain")
      ->type_name("COLUMN");
  import
      ->add_option("--duplicates", arguments.duplicates,
                   "Rows whose contact is in the list already: keep, skip, refuse")
      ->check(CLI::IsMember({"keep", "skip", "refuse"}))
      ->type_name("WHAT")
      ->capture_default_str();
  import->add_flag("--dry-run", arguments.dry_run, "Judge every row and tell what would be done; write nothing");
  import->add_flag("--restart", arguments.restart, "Begin at the first row, also when rows of it were imported before");
  import->footer(kImportFooter);
}

void add_export(CLI::App& app, CommandLine& line) {
  Arguments& arguments = line.arguments;
  CLI::App* exported = add_command(app, line, "export", "Write the records of a list as CSV", run_export);
  add_list(exported, line);
  exported->add_option("-o,--output", arguments.output, "File to write, standard output when - or not given");
  add_filters(exported, line);
}

void add_statistics(CLI::App& app, CommandLine& line) {
  Arguments& arguments = line.arguments;
  CLI::App* stats =
      add_json_command(app, line, "stats", "Count the records of lists and groups by status, type, result", run_stats);
  stats->add_option("NAME", arguments.names, "Lists and groups, all when none is given");
  stats->add_option("--list", arguments.lists, "A list")->allow_extra_args(false);
  stats->add_option("--group", arguments.groups, "A group")->allow_extra_args(false);
}

void add_groups(CLI::App& app, CommandLine& line) {
  Arguments& arguments = line.arguments;
  CLI::App* group = app.add_subcommand("group", "Show the campaign groups, or load, start, stop and unload one");
  group->fallthrough();
  group->require_subcommand(0, 1);
  group->add_flag("--json", arguments.json, "Print the supervisor's reply as it came");
  group->callback([&line] {
    if (!line.run) line.run = run_groups;
  });
  add_json_command(*group, line, "list", "Show state, mode and records held of each", run_groups);
  auto add = [&](const char* name, const char* text) {
    CLI::App* command = add_json_command(*group, line, name, text, run_group);
    command->preparse_callback([&arguments, name](std::size_t) { arguments.group_command = name; });
    command->add_option("GROUP", arguments.group, "Name or DBID of the group")->required();
    return command;
  };
  add("load", "Make it Active: its campaign's records can be asked about");
  add("start", "Make an Active group Running: its records are handed out");
  CLI::App* stop = add("stop", "Make a Running group Active: no more records are handed out");
  CLI::App* unload = add("unload", "Make it NotLoaded, as soon as agents hold none of its records");
  unload->add_flag("--force", arguments.force, "Now: stop it and give back the records that agents hold");
  line.grave.insert(line.grave.end(), {stop, unload});
  add("mode", "Show or set its dialing mode")->add_option("MODE", arguments.mode, "Such as Preview");
}

void add_tenant(CLI::App* command, CommandLine& line) {
  command->add_option("--tenant", line.arguments.tenant, "Whose list; needed when there are several tenants");
}

void add_dnc_entries(CLI::App* command, CommandLine& line, Run run) {
  Arguments& arguments = line.arguments;
  command
      ->add_option("--phone", arguments.phones, "A phone number or address, however it is punctuated; may be repeated")
      ->allow_extra_args(false);
  command->add_option("--customer-id", arguments.customer_ids, "A customer id; may be repeated")
      ->allow_extra_args(false);
  add_tenant(command, line);
  command->callback([&line, run] {
    if (line.arguments.phones.empty() && line.arguments.customer_ids.empty()) {
      throw CLI::RequiredError("--phone or --customer-id");
    }
    line.run = run;
  });
}

void add_dnc(CLI::App& app, CommandLine& line) {
  Arguments& arguments = line.arguments;
  CLI::App* dnc = app.add_subcommand("dnc", "The do-not-call list of a tenant: whom no preview hands out");
  dnc->fallthrough();
  dnc->require_subcommand(1);
  add_dnc_entries(add_json_command(*dnc, line, "add", "Add entries", run_dnc_add), line, run_dnc_add);
  add_dnc_entries(add_json_command(*dnc, line, "remove", "Remove entries", run_dnc_remove), line, run_dnc_remove);

  CLI::App* list = add_json_command(*dnc, line, "list", "Show entries", run_dnc_list);
  CLI::Option* phone =
      list->add_option("--phone", arguments.filters.contact, "Only this phone number, however it is punctuated");
  list->add_option("--customer-id", arguments.filters.customer_id, "Only this customer id")->excludes(phone);
  list->add_option("--kind", arguments.kind, "Only entries of this kind")
      ->check(CLI::IsMember({"phone", "customer_id"}));
  add_tenant(list, line);
  add_paging(list, line);

  CLI::App* import = add_command(*dnc, line, "import", "Add the entries of a CSV file", run_dnc_import);
  add_csv_file(import, line, "CSV with a first line that names phone, customer_id or both; - for standard input",
               run_dnc_import);
  add_tenant(import, line);

  CLI::App* exported = add_command(*dnc, line, "export", "Write the list as CSV, as import reads it", run_dnc_export);
  exported->add_option("-o,--output", arguments.output, "File to write, standard output when - or not given");
  add_tenant(exported, line);
}

void add_tokens(CLI::App& app, CommandLine& line) {
  Arguments& arguments = line.arguments;
  CLI::App* token = app.add_subcommand("token", "The bearer tokens of the HTTP interface");
  token->fallthrough();
  token->require_subcommand(1);
  CLI::App* add = add_json_command(*token, line, "add", "Make a token and print it, this once", run_token_add);
  add->add_option("NAME", arguments.token, "By which it is listed, logged and revoked: A-Z a-z 0-9 . _ - @")
      ->required();
  add->add_option("--resources", arguments.resources, "Resource types it is for, such as records,lists; all if none")
      ->delimiter(',');
  add->add_option("--requests", arguments.requests, "Requests it is for, such as AddRecord; all if none")
      ->delimiter(',');
  add->add_option("--expires-in", arguments.expires_in_days, "Days that it lasts, for ever if not given")
      ->check(CLI::Range(0.00001, 36'500.0))
      ->type_name("DAYS");
  add->footer(kTokenFooter);
  add_json_command(*token, line, "list", "Show names and limits", run_token_list);
  CLI::App* revoke = add_json_command(*token, line, "revoke",
                                      "Make a token worthless; when this returns the proxy knows", run_token_revoke);
  revoke->add_option("NAME", arguments.token, "Its name")->required();
}

void add_store(CLI::App& app, CommandLine& line) {
  CLI::App* store = app.add_subcommand("store", "The store itself, while no supervisor uses it");
  store->require_subcommand(1);
  CLI::App* migrate = store->add_subcommand("migrate", "Copy all of a store into an empty one, and compare the two");
  migrate->add_option("FROM", line.arguments.from, "The store.url to read")->required();
  migrate->add_option("TO", line.arguments.to, "The store.url to fill; a new file, or an empty database")->required();
  migrate->add_flag("--json", line.arguments.json, "Print what was copied as JSON");
  migrate->footer(kMigrateFooter);
  migrate->callback([&line] { line.run_alone = run_store_migrate; });
}

void add_daemon(CLI::App& app, CommandLine& line) {
  add_json_command(app, line, "reload", "Read the configuration again", run_reload);
  add_command(app, line, "reopen-logs", "Begin new log files", run_reopen_logs);
  CLI::App* change = add_json_command(app, line, "switch", "Hand the role of primary over, in order", run_switch);
  change->add_option("--to", line.arguments.to,
                     "Name of the supervisor that is to be primary; the other one by default");
  CLI::App* role = add_json_command(app, line, "role", "Make this supervisor primary or backup", run_role);
  role->add_option("ROLE", line.arguments.role, "primary or backup")
      ->required()
      ->check(CLI::IsMember({"primary", "backup"}));
  CLI::App* stop = add_command(app, line, "stop", "Stop the supervisor and wait until it is gone", run_stop);
  line.grave.insert(line.grave.end(), {change, role, stop});
}

}  // namespace

void add_commands(CLI::App& app, CommandLine& line) {
  add_json_command(app, line, "status", "Show supervisor, proxy, requests and store", run_status);
  add_catalogue(app, line);
  add_records(app, line);
  add_recall(app, line);
  add_import(app, line);
  add_export(app, line);
  add_statistics(app, line);
  add_groups(app, line);
  add_json_command(app, line, "sessions", "Show who sends requests, and who holds records", run_sessions);
  add_dnc(app, line);
  add_tokens(app, line);
  add_store(app, line);
  add_daemon(app, line);
}

}  // namespace outpost::supervisor::ctl
