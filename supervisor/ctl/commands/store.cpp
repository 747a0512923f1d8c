// outpostctl store: what is done to a store itself, without a supervisor.
#include <cstdio>
#include <memory>
#include <utility>

#include "common/json.h"
#include "supervisor/ctl/commands/commands.h"
#include "supervisor/ctl/commands/show.h"
#include "supervisor/ctl/view/progress.h"
#include "supervisor/ctl/view/table.h"
#include "supervisor/store/migration/migrate.h"

namespace outpost::supervisor::ctl {

namespace {

using Phase = MigrationProgress::Phase;

// A bar for each of the two halves of the work.
class Bars {
 public:
  void show(const MigrationProgress& now) {
    if (!bar_ || phase_ != now.phase) {
      phase_ = now.phase;
      bar_.reset();
      bar_ = std::make_unique<Progress>(phase_ == Phase::copy ? "store migrate: copy" : "store migrate: compare");
    }
    // Rows are what the work is counted in.
    bar_->show({now.rows_before, now.rows, now.rows_before, now.rows, now.rows_total});
  }
  void clear() { bar_.reset(); }

 private:
  std::unique_ptr<Progress> bar_;
  Phase phase_ = Phase::copy;
};

void print_json(const MigrationReport& report, double seconds) {
  JsonWriter writer;
  writer.begin_object();
  writer.member("from", report.from).member("to", report.to).member("epoch", report.epoch);
  writer.member("rows", report.rows).member("rows_resumed", report.rows_resumed).member("seconds", seconds);
  writer.key("tables").begin_array();
  for (const MigratedTable& table : report.tables) {
    writer.begin_object();
    writer.member("name", table.name).member("rows", table.rows).member("checksum", table.checksum).end_object();
  }
  fmt::print("{}\n", writer.end_array().end_object().take());
}

Result<Exit> run_migrate(const Arguments& arguments) {
  Bars bars;
  auto start = std::chrono::steady_clock::now();
  MigrationOptions options;
  options.progress = [&](const MigrationProgress& now) { bars.show(now); };
  bool told = false;
  options.waiting = [&](std::chrono::milliseconds left) {
    if (std::exchange(told, true)) return;
    fmt::print(stderr, "the store was in use just now: waiting {} for a sign of life\n", human_duration(left));
  };
  auto report = migrate_store(arguments.from, arguments.to, options);
  bars.clear();
  if (!report) return pass(report);
  std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
  if (arguments.json) {
    print_json(*report, took.count());
    return Exit::done;
  }
  for (const MigratedTable& table : report->tables) {
    if (table.rows > 0) fmt::print("{:<20} {:>13} rows\n", table.name, grouped(static_cast<std::uint64_t>(table.rows)));
  }
  fmt::print(stderr, "copied and compared in {}; now set store.url to {} and start the supervisors\n",
             human_duration(took), printable(report->to));
  return Exit::done;
}

constexpr const char* kMigrateFooter =
    "FROM and TO are sqlite:///absolute/path.db or postgresql://[user[:password]@]host[:port]/database[?options]; a "
    "password\n"
    "can also be in ~/.pgpass. Stop the supervisors of both first: the command refuses a store that is in use, and "
    "locks\n"
    "FROM meanwhile. FROM is not changed. When the command is interrupted, run it again: it goes on where it was. "
    "Until "
    "it\n"
    "is done no supervisor opens TO.";

}  // namespace

std::vector<Command> store_commands() {
  return {
      {.name = "store", .text = "The store itself, while no supervisor uses it", .offline = true},
      {.name = "store migrate",
       .text = "Copy all of a store into an empty one, and compare the two",
       .options = {{.names = "FROM", .text = "The store.url to read", .target = &Arguments::from, .required = true},
                   {.names = "TO",
                    .text = "The store.url to fill; a new file, or an empty database",
                    .target = &Arguments::to,
                    .required = true},
                   {"--json", "Print what was copied as JSON", &Arguments::json}},
       .footer = kMigrateFooter,
       .offline = true,
       .run_offline = run_migrate},
  };
}

}  // namespace outpost::supervisor::ctl
