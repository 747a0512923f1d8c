// records-plan, records-edit: records set, recycled and deleted, page by page.
#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "supervisor/control/commands/arguments.h"
#include "supervisor/control/commands/record_columns.h"
#include "supervisor/control/commands/record_edit.h"

namespace outpost::supervisor {

namespace {

// In one transaction: some milliseconds, for which requests wait.
constexpr std::uint32_t kEditedMax = 200;
constexpr std::size_t kReasonsMax = 10;  // of a page

struct EditTarget {
  Catalogue catalogue;
  const CallingList* list = nullptr;
  RecordFilter filter;
};

Result<std::unique_ptr<EditTarget>> edit_target(RecordStore& store, const JsonValue& arguments) {
  auto catalogue = store.catalogue();
  if (!catalogue) return pass(catalogue);
  auto target = std::make_unique<EditTarget>();
  target->catalogue = std::move(*catalogue);
  auto list = list_argument(target->catalogue, arguments);
  if (!list) return pass(list);
  target->list = *list;
  auto filter = filter_arguments(arguments);
  if (!filter) return pass(filter);
  filter->limit = std::min(filter->limit, kEditedMax);
  target->filter = std::move(*filter);
  return target;
}

// What became of the records of a page, as the reply has it.
class Tally {
 public:
  using Verdict = RecordEdit::Verdict;

  void add(const Record& record, const RecordEdit::Outcome& outcome) {
    ++counts_[static_cast<std::size_t>(outcome.verdict)];
    if (outcome.verdict != Verdict::refused || reasons_++ >= kReasonsMax) return;
    reasons_text_ += reasons_text_.empty() ? "" : ",";
    reasons_text_ += JsonWriter()
                         .begin_object()
                         .member("record_id", record.record_id)
                         .member("reason", outcome.reason)
                         .end_object()
                         .take();
  }
  void write(JsonWriter& reply) const {
    std::int64_t chosen = 0;
    for (std::int64_t count : counts_) chosen += count;
    reply.member("chosen", chosen);
    static constexpr const char* kNames[] = {"changed", "unchanged", "held", "do_not_call", "refused"};
    for (std::size_t i = 0; i < std::size(kNames); ++i) reply.member(kNames[i], counts_[i]);
    reply.key("reasons").raw("[" + reasons_text_ + "]");
  }

 private:
  std::int64_t counts_[5] = {};  // by verdict
  std::size_t reasons_ = 0;
  std::string reasons_text_;
};

void write_next(JsonWriter& reply, std::int64_t next) {
  reply.key("next");
  next != 0 ? reply.value(next) : reply.null();
}

std::string_view zone_name_of(const Catalogue& catalogue, std::int64_t tz_dbid) {
  auto found = std::ranges::find(catalogue.time_zones, tz_dbid, &TimeZone::dbid);
  return found == catalogue.time_zones.end() ? std::string_view() : std::string_view(found->name);
}

// A record as it is and as it would be. What is removed is nothing afterwards.
std::string planned(const Catalogue& catalogue, const RecordEdit& edit, const Record& record, const Record& after) {
  JsonWriter json;
  json.begin_object().key("record");
  write_record(json, record, zone_name_of(catalogue, record.tz_dbid));
  // Its name may be another zone's when the record is brought back.
  json.member("tz_dbid", record.tz_dbid).member("before", record_digest(record));
  if (edit.kind() == RecordEdit::Kind::remove) return json.end_object().take();
  json.key("becomes");
  write_record(json, after, zone_name_of(catalogue, after.tz_dbid));
  return json.member("after", record_digest(after)).end_object().take();
}

// The records that were planned: what they were then, and what the edit was to make of them.
struct Expectation {
  std::string before;
  std::string after;  // empty: nothing
};
using Expected = std::map<std::int64_t, Expectation>;

// Nothing when none were planned.
Result<std::optional<Expected>> expected_argument(const JsonValue& arguments) {
  const JsonValue* given = arguments.find("expect");
  if (!given) return std::optional<Expected>();
  const auto* all = std::get_if<JsonValue::Object>(&given->value);
  if (!all || all->size() > kEditedMax) {
    return fail(Errc::invalid, "argument expect must be an object of at most {} records", kEditedMax);
  }
  Expected expected;
  for (const auto& [id, digests] : *all) {
    auto number = parse_integer(id);
    const std::string* before = text_argument(digests, "before");
    const std::string* after = text_argument(digests, "after");
    if (!number || !before || !after) {
      return fail(Errc::invalid, "argument expect must have \"before\" and \"after\" by record_id");
    }
    expected.emplace(*number, Expectation{*before, *after});
  }
  return std::optional(std::move(expected));
}

// Those of the planned records that are as they were then. The page may hold others by now, and have lost some to the
// one behind it: these are looked up by themselves.
Result<std::vector<Record>> as_planned(RecordStore& store, const CallingList& list, const Expected& expected,
                                       std::vector<Record> page) {
  std::set<std::int64_t> missing;
  for (const auto& [id, digests] : expected) missing.insert(id);
  for (const Record& record : page) missing.erase(record.record_id);
  for (std::int64_t id : missing) {
    auto found = store.record(list.dbid, id);
    if (!found) return pass(found);
    if (*found) page.push_back(std::move(**found));
  }
  std::erase_if(page, [&](const Record& record) {
    auto found = expected.find(record.record_id);
    return found == expected.end() || found->second.before != record_digest(record);
  });
  std::ranges::sort(page, {}, &Record::record_id);
  return page;
}

// A catalogue that was changed in between may give the same values another meaning.
bool becomes_as_planned(const RecordEdit& edit, const RecordEdit::Outcome& outcome, const Expectation& expected) {
  if (outcome.verdict != RecordEdit::Verdict::change || edit.kind() == RecordEdit::Kind::remove) return true;
  return record_digest(outcome.after) == expected.after;
}

// What judge() will look up of these records, in one go.
Result<> read_ahead_of(RecordStore& store, const CallingList& list, const RecordEdit& edit,
                       const std::vector<Record>& records) {
  if (!store.reads_ahead() || edit.kind() == RecordEdit::Kind::remove) return {};
  Foresight foresight;
  for (const Record& record : records) {
    auto outcome = edit.judge(record);
    bool ready = outcome.after.record_status == static_cast<std::int32_t>(protocol::RecordStatus::ready);
    if (outcome.verdict != RecordEdit::Verdict::change || !ready) continue;
    foresight.joined_chains.emplace_back(list.dbid, record.chain_id);
    foresee_listed(foresight, list, outcome.after);
  }
  return foresight.empty() ? Result<>() : store.read_ahead(foresight);
}

Result<> carry_out(RecordStore& store, const RecordEdit& edit, const Record& record, const Record& after) {
  return edit.kind() == RecordEdit::Kind::remove ? store.delete_record(record) : store.update_record(record, after);
}

}  // namespace

// What records-edit would do with a page, and each record that it would change as it is and as it would be. Without
// "judge", chains and the do-not-call list are left to the edit: it alone decides in time.
Result<std::string> run_records_plan(RecordStore& store, const JsonValue& arguments, const DueRule& due) {
  auto target = edit_target(store, arguments);
  if (!target) return pass(target);
  auto edit = RecordEdit::read((*target)->catalogue, *(*target)->list, arguments, due);
  if (!edit) return pass(edit);
  auto page = store.records((*target)->list->dbid, (*target)->filter);
  if (!page) return pass(page);
  bool judge = flag_argument(arguments, "judge");
  Tally tally;
  std::string body;
  std::int64_t next = page->next;
  for (std::size_t i = 0; i < page->records.size(); ++i) {
    const Record& record = page->records[i];
    auto outcome = judge ? edit->judge(store, record) : Result<RecordEdit::Outcome>(edit->judge(record));
    if (!outcome) return pass(outcome);
    if (outcome->verdict == RecordEdit::Verdict::change) {
      std::string text = planned((*target)->catalogue, *edit, record, outcome->after);
      // One record alone always fits: its custom fields are bounded.
      if (i > 0 && body.size() + text.size() > kReplyBytesMax / 2) {
        next = page->records[i - 1].record_id;
        break;
      }
      body += (body.empty() ? "" : ",") + text;
    }
    tally.add(record, *outcome);
  }
  JsonWriter reply;
  reply.begin_object().member("list", (*target)->list->name);
  tally.write(reply);
  write_next(reply.key("records").raw("[" + body + "]"), next);
  return bounded_reply(reply.end_object().take());
}

// Changes a page of records; with "expect" those that were planned, and of them those alone that are as they were then.
// So each that is changed is as the plan said, before and afterwards: an undo file was made of that.
Result<std::string> run_records_edit(RecordStore& store, const JsonValue& arguments, const DueRule& due) {
  auto target = edit_target(store, arguments);
  if (!target) return pass(target);
  auto edit = RecordEdit::read((*target)->catalogue, *(*target)->list, arguments, due);
  if (!edit) return pass(edit);
  auto expected = expected_argument(arguments);
  if (!expected) return pass(expected);
  auto page = store.records((*target)->list->dbid, (*target)->filter);
  if (!page) return pass(page);
  if (*expected) {
    auto planned = as_planned(store, *(*target)->list, **expected, std::move(page->records));
    if (!planned) return pass(planned);
    page->records = std::move(*planned);
  }
  if (auto read = read_ahead_of(store, *(*target)->list, *edit, page->records); !read) return pass(read);
  Tally tally;
  std::size_t meanwhile = *expected ? (*expected)->size() - page->records.size() : 0;
  for (const Record& record : page->records) {
    auto outcome = edit->judge(store, record);
    if (!outcome) return pass(outcome);
    if (*expected && !becomes_as_planned(*edit, *outcome, (*expected)->at(record.record_id))) {
      ++meanwhile;
      continue;
    }
    tally.add(record, *outcome);
    if (outcome->verdict != RecordEdit::Verdict::change) continue;
    if (auto done = carry_out(store, *edit, record, outcome->after); !done) return pass(done);
  }
  JsonWriter reply;
  reply.begin_object().member("list", (*target)->list->name);
  tally.write(reply);
  reply.member("meanwhile", meanwhile);
  write_next(reply, page->next);
  return reply.end_object().take();
}

}  // namespace outpost::supervisor
