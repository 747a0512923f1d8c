#include "supervisor/store/postgres/statements.h"

#include <utility>

namespace outpost::supervisor {

std::vector<PgStatement> pg_statements() {
  std::vector<PgStatement> all;
  for (SqlText& text : record_statements(Dialect::postgresql)) all.push_back({text.purpose, std::move(text.sql)});
  all.push_back({"begin a transaction", "BEGIN"});
  all.push_back({"begin to read", "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"});
  // Divides by zero when it does not hold: the COMMIT that is on its way behind it must not be reached. Nor when the
  // number is no longer new: then somebody has looked for this transaction and said that it is not there.
  all.push_back({"prove the role of writer",
                 "UPDATE lease SET batch = CAST($1 AS BIGINT) /"
                 " CASE WHEN epoch = $2 AND instance = $3 AND batch < $1 THEN 1 ELSE 0 END,"
                 " batch_epoch = $2 WHERE id = 1"});
  // A commit may wait for a synchronous standby. Cut short it would say that it succeeded.
  all.push_back({"commit", "SET LOCAL statement_timeout = 0"});
  all.push_back(
      {"look for the commit", "SELECT batch, batch_epoch, epoch, instance FROM lease WHERE id = 1 FOR UPDATE"});
  all.push_back({"confirm the commit", "UPDATE lease SET batch = batch WHERE id = 1"});
  all.push_back({"bar the commit", "UPDATE lease SET batch = CAST($1 AS BIGINT) WHERE id = 1"});
  constexpr DialQueue kQueues[] = {DialQueue::personal_callbacks, DialQueue::campaign_callbacks, DialQueue::general};
  for (DialQueue queue : kQueues) all.push_back({"look for records", windows_of(queue)});
  for (DialQueue queue : kQueues) all.push_back({"look for records", next_due_of(queue)});
  all.push_back({"read a chain", chain_of_handle()});
  return all;
}

}  // namespace outpost::supervisor
