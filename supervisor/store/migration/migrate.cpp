#include "supervisor/store/migration/migrate.h"

#include <filesystem>
#include <system_error>
#include <utility>

#include "common/digest.h"
#include "supervisor/store/migration/copier.h"
#include "supervisor/store/migration/fence.h"
#include "supervisor/store/migration/target.h"
#include "supervisor/store/sql/table_store.h"
#include "supervisor/store/url.h"

namespace outpost::supervisor {

namespace {

bool is_same_file(const std::string& from, const std::string& to) {
  auto a = sqlite_file(from);
  auto b = sqlite_file(to);
  std::error_code absent;
  return a && b && (*a == *b || std::filesystem::equivalent(*a, *b, absent));
}

}  // namespace

Result<MigrationReport> migrate_store(const std::string& from, const std::string& to, const MigrationOptions& options) {
  if (from == to || is_same_file(from, to)) return fail(Errc::invalid, "FROM and TO are the same store; name two");
  auto random = random_bytes(16);
  if (!random) return pass(random);
  std::string run = to_hex(*random);

  auto source_lock = migration::lock(from);
  if (!source_lock) return migration::about("FROM", std::move(source_lock.error()));
  auto fence = migration::Fence::take(from, run, options);
  if (!fence) return migration::about("FROM", std::move(fence.error()));
  auto source = open_table_store(from, TableAccess::read_only);
  if (!source) return migration::about("FROM", std::move(source.error()));

  if (Result<> ready = migration::prepare_target(to, run, options); !ready) {
    return migration::about("TO", std::move(ready.error()));
  }
  auto target_lock = migration::lock(to);
  if (!target_lock) return migration::about("TO", std::move(target_lock.error()));
  migration::Mark mine{shown_url(from), (*fence)->epoch(), run, std::string(tables().front().name), "", 0};
  auto target = migration::Target::open(to, mine, **fence);
  if (!target) return migration::about("TO", std::move(target.error()));

  MigrationReport report{shown_url(from), shown_url(to), 0, 0, target->mark().rows, {}};
  migration::Copier copier(**fence, **source, *target, options);
  if (Result<> copied = copier.copy(); !copied) return pass(copied);
  report.rows = target->mark().rows;
  auto compared = copier.compare();
  if (!compared) return pass(compared);
  report.tables = std::move(*compared);
  // Proves once more that nobody wrote to FROM meanwhile.
  if (Result<> ours = (*fence)->renew(); !ours) return migration::about("FROM", std::move(ours.error()));
  auto epoch = target->release((*fence)->epoch());
  if (!epoch) return migration::about("TO", std::move(epoch.error()));
  report.epoch = *epoch;
  return report;
}

}  // namespace outpost::supervisor
