// outpostctl import, export: the records of a list from and into a CSV file.
#include "supervisor/ctl/commands/commands.h"

#include <algorithm>
#include <chrono>
#include <cstdio>

#include "common/json.h"
#include "common/text.h"
#include "supervisor/ctl/commands/options.h"
#include "supervisor/ctl/commands/show.h"
#include "supervisor/ctl/files/export.h"
#include "supervisor/ctl/files/import.h"
#include "supervisor/ctl/view/progress.h"
#include "supervisor/ctl/view/reply.h"
#include "supervisor/ctl/view/table.h"
#include "supervisor/ctl/view/values.h"

namespace outpost::supervisor::ctl {

namespace {

void show_reject(const Reject& reject) {
  fmt::print("line {}{}: {}\n", reject.line, reject.column.empty() ? "" : ", " + escape_control(reject.column),
             escape_control(reject.reason));
}

// As it is told line by line, one object a line.
void print_reject_json(const Reject& reject) {
  JsonWriter writer;
  writer.begin_object().member("line", reject.line).member("column", reject.column).member("reason", reject.reason);
  fmt::print("{}\n", writer.end_object().take());
}

void print_summary_json(const ImportSummary& summary, const Arguments& arguments) {
  JsonWriter writer;
  writer.begin_object().member("list", arguments.list).member("dry_run", arguments.dry_run);
  writer.member("rows", summary.rows).member("rows_before", summary.rows_before).member("seconds", summary.seconds);
  writer.member("duplicates", summary.counts.duplicates).member("odd_windows", summary.counts.odd_windows);
  writer.member("rejected", summary.counts.rejected).member("rejects", summary.rejects);
  fmt::print("{}\n", writer.end_object().take());
}

std::string show_rows(const ImportSummary& summary, bool dry_run) {
  std::uint64_t now = summary.rows - std::min(summary.rows_before, summary.rows);
  std::string text =
      fmt::format("{} {} rows in {} ({} rows/s)", dry_run ? "dry run: would import" : "imported", grouped(now),
                  human_duration(std::chrono::duration<double>(summary.seconds)),
                  grouped(static_cast<std::uint64_t>(static_cast<double>(now) / std::max(summary.seconds, 0.001))));
  if (summary.rows_before > 0) text += fmt::format(", {} with those of earlier runs", grouped(summary.rows));
  return text;
}

void warn(const ImportCounts& counts, const Arguments& arguments) {
  if (counts.duplicates > 0 && arguments.duplicates == "keep") {
    fmt::print(stderr,
               "warning: {} of the rows have a contact that the list had already, and it {} there once more; "
               "--duplicates skip leaves such rows out, --duplicates refuse puts them into the reject file\n",
               grouped(counts.duplicates), arguments.dry_run ? "would be" : "is now");
  }
  if (counts.odd_windows > 0) {
    fmt::print(stderr,
               "warning: {} of the rows have a dialing window of which hours or minutes are probably meant: daily_from "
               "and daily_till are seconds since midnight, 28800 is 8:00 and 64800 is 18:00\n",
               grouped(counts.odd_windows));
  }
}

Result<Exit> run_import(Client& client, const Arguments& arguments) {
  ImportOptions options{arguments.list,       arguments.file,       rejects_of(arguments),
                        arguments.restart,    arguments.skip,       arguments.chain_by,
                        arguments.duplicates, format_of(arguments), {}};
  if (arguments.dry_run) options.dry_run = arguments.json ? print_reject_json : show_reject;
  auto summary = import_file(client, options);
  if (!summary) return pass(summary);
  const ImportCounts& counts = summary->counts;
  if (arguments.json) {
    print_summary_json(*summary, arguments);
    return counts.rejected > 0 ? Exit::rejects : Exit::done;
  }
  std::string skipped;
  if (counts.duplicates > 0 && options.duplicates == "skip") {
    skipped = fmt::format(", {} skipped: their contacts were in the list already", grouped(counts.duplicates));
  }
  fmt::print("{}{}{}\n", show_rows(*summary, arguments.dry_run), skipped,
             show_rejects(counts.rejected, summary->rejects));
  std::fflush(stdout);
  if (counts.rejected > 0) say_kept(options.rejects, summary->rejects);
  warn(counts, arguments);
  return counts.rejected > 0 ? Exit::rejects : Exit::done;
}

Result<Exit> run_export(Client& client, const Arguments& arguments) {
  auto rows = export_list(client, arguments.list, page_request(arguments), arguments.output);
  if (!rows) return pass(rows);
  if (arguments.json) {
    print_exported_json(*rows, arguments.output);
    return Exit::done;
  }
  if (in_a_file(arguments.output)) fmt::print(stderr, "exported {} records to {}\n", grouped(*rows), arguments.output);
  return Exit::done;
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

std::vector<Option> import_options() {
  return {{.names = "--chain-by",
           .text = "Rows with the same value in this column, the one with the customer id, form a chain",
           .target = &Arguments::chain_by,
           .type = "COLUMN"},
          {.names = "--duplicates",
           .text = "Rows whose contact is in the list already: keep, skip, refuse",
           .target = &Arguments::duplicates,
           .type = "WHAT",
           .words = {"keep", "skip", "refuse"}},
          {"--dry-run", "Judge every row and tell what would be done; write nothing", &Arguments::dry_run},
          {"--restart", "Begin at the first row, also when rows of it were imported before", &Arguments::restart}};
}

}  // namespace

std::vector<Command> import_commands() {
  return {
      {.name = "import",
       .text = "Add the rows of a CSV file to a list",
       .options = together({json_option(), list_option()},
                           csv_file_options("CSV with a first line that names the columns; - for standard input"),
                           import_options()),
       .footer = kImportFooter,
       .sends = "import-open",
       .run = run_import,
       .objection = object_to_rejects},
      {.name = "imports",
       .text = "Show the latest imports, and where those stand that are not at their end",
       .options = {json_option()},
       .sends = "imports",
       .listing = {"imports",
                   {{"ID", "import_id", text_of, Table::Align::right},
                    {"LIST", "list"},
                    {"ROWS", "rows", count_of, Table::Align::right},
                    {"NEXT LINE", "next_line", count_of, Table::Align::right},
                    {"FINISHED", "finished"},
                    {"FILE", "source"}}}},
      {.name = "export",
       .text = "Write the records of a list as CSV",
       .options = together({json_option(), list_option(), output_option()}, filter_options()),
       .footer = kTimeFooter,
       .sends = "records",
       .run = run_export,
       .objection = object_to_json_beside_csv},
  };
}

}  // namespace outpost::supervisor::ctl
