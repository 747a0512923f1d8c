// outpostctl import, export: the records of a list from and into a CSV file.
#include "supervisor/ctl/commands/commands.h"

#include <algorithm>
#include <chrono>
#include <cstdio>

#include "common/text.h"
#include "supervisor/ctl/commands/show.h"
#include "supervisor/ctl/files/export.h"
#include "supervisor/ctl/files/import.h"
#include "supervisor/ctl/view/progress.h"

namespace outpost::supervisor::ctl {

namespace {

void show_reject(const Reject& reject) {
  fmt::print("line {}{}: {}\n", reject.line, reject.column.empty() ? "" : ", " + escape_control(reject.column),
             escape_control(reject.reason));
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

}  // namespace

Result<Exit> run_import(Client& client, const Arguments& arguments) {
  ImportOptions options{arguments.list,       arguments.file,   arguments.rejects,
                        arguments.restart,    arguments.skip,   arguments.chain_by,
                        arguments.duplicates, arguments.format, {}};
  if (options.rejects.empty()) options.rejects = options.file + ".rejects.csv";
  if (arguments.dry_run) options.dry_run = show_reject;
  auto summary = import_file(client, options);
  if (!summary) return fail(summary.error());
  const ImportCounts& counts = summary->counts;
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
  auto rows = export_list(client, arguments.list, arguments.filters, arguments.output);
  if (!rows) return fail(rows.error());
  if (in_a_file(arguments.output)) fmt::print(stderr, "exported {} records to {}\n", grouped(*rows), arguments.output);
  return Exit::done;
}

}  // namespace outpost::supervisor::ctl
