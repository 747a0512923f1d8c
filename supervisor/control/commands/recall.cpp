// recall: missed callbacks are due again.
#include <algorithm>

#include "common/integers.h"
#include "supervisor/control/commands/arguments.h"
#include "supervisor/engine/requests/request.h"

namespace outpost::supervisor {

namespace {

constexpr std::uint32_t kRecalledMax = 500;  // in one piece
constexpr auto kMissed = static_cast<std::int32_t>(protocol::RecordStatus::missed_callback);

Result<std::int64_t> due_argument(const JsonValue& arguments, const DueRule& rule) {
  if (!arguments.find("due")) return rule.now;
  auto due = integer_argument(arguments, "due");
  if (!due) return due;
  if (*due <= 0 || *due > kEpochMax) return fail(Errc::invalid, "due must be a time from 1970 to 9999");
  if (arguments.find("after")) return due;
  if (auto checked = check_due(rule, *due, nullptr); !checked) {
    return fail(Errc::invalid, "due {}", checked.error().text);
  }
  return due;
}

// The one of "record_id", else a page of those that the filters choose.
Result<RecordPage> chosen_records(RecordStore& store, const CallingList& list, const JsonValue& arguments) {
  if (arguments.find("record_id")) {
    auto id = integer_argument(arguments, "record_id");
    if (!id) return pass(id);
    auto record = store.record(list.dbid, *id);
    if (!record) return pass(record);
    if (!*record) return fail(Errc::not_found, "calling list \"{}\" has no record {}", list.name, *id);
    if ((*record)->record_status != kMissed || !is_callback(**record)) {
      return fail(Errc::invalid, "record {} is no missed callback: it is {}, {}", *id,
                  protocol::record_types().name_of((*record)->record_type),
                  protocol::record_statuses().name_of((*record)->record_status));
    }
    RecordPage page;
    page.records.push_back(std::move(**record));
    return page;
  }
  auto filter = filter_arguments(arguments);
  if (!filter) return pass(filter);
  filter->status = kMissed;
  filter->limit = std::min(filter->limit, kRecalledMax);
  return store.records(list.dbid, *filter);
}

Result<> recall(RecordStore& store, const Record& record, std::int64_t due, std::int64_t now) {
  Record after = record;
  apply(protocol::TransitionId::recalled, {}, now, after);
  after.dial_sched_time = due;
  // While somebody calls its customer, nobody else is to be given it.
  auto holder = store.chain_holder(record.list_dbid, record.chain_id);
  if (!holder) return pass(holder);
  after.handle = *holder;
  return store.update_record(record, after);
}

}  // namespace

// Missed callbacks are Ready again and due at "due", now when that is absent. It is judged by `rule` in the first
// piece, where "after" is absent.
Result<std::string> run_recall(RecordStore& store, const JsonValue& arguments, const DueRule& rule) {
  auto catalogue = store.catalogue();
  if (!catalogue) return pass(catalogue);
  auto list = list_argument(*catalogue, arguments);
  if (!list) return pass(list);
  auto due = due_argument(arguments, rule);
  if (!due) return pass(due);
  auto page = chosen_records(store, **list, arguments);
  if (!page) return pass(page);
  // A record that was added as MissedCallBack may be no callback.
  std::erase_if(page->records, [](const Record& record) { return !is_callback(record); });
  if (!flag_argument(arguments, "dry_run")) {
    for (const Record& record : page->records) {
      if (auto done = recall(store, record, *due, rule.now); !done) return pass(done);
    }
  }
  JsonWriter reply;
  reply.begin_object().member("list", (*list)->name).member("records", page->records.size()).member("due", *due);
  reply.key("next");
  page->next != 0 ? reply.value(page->next) : reply.null();
  return reply.end_object().take();
}

}  // namespace outpost::supervisor
