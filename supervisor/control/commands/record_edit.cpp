#include "supervisor/control/commands/record_edit.h"

#include <algorithm>

#include "common/digest.h"
#include "common/text.h"
#include "common/unicode.h"
#include "supervisor/control/commands/arguments.h"
#include "supervisor/control/commands/record_columns.h"
#include "supervisor/engine/custom_fields.h"
#include "supervisor/engine/requests/request.h"

namespace outpost::supervisor {

namespace {

constexpr std::size_t kDigestBytes = 16;
constexpr auto kReadyStatus = static_cast<std::int32_t>(protocol::RecordStatus::ready);

bool is_ready(const Record& record) { return record.record_status == kReadyStatus; }

// A value that is empty stands for what a new record of the list has.
void put_default(const RecordColumn& column, const CallingList& list, Record& record) {
  Record fresh;
  fresh.daily_from = list.daily_from;
  fresh.daily_till = list.daily_till;
  std::visit([&](auto member) { record.*member = fresh.*member; }, column.member);
}

Result<RecordEdit::Kind> kind_argument(const JsonValue& arguments) {
  const std::string* command = text_argument(arguments, "command");
  if (command && *command == "set") return RecordEdit::Kind::set;
  if (command && *command == "recycle") return RecordEdit::Kind::recycle;
  if (command && *command == "delete") return RecordEdit::Kind::remove;
  return fail(Errc::invalid, "argument command must be set, recycle or delete");
}

Record recycled(const Record& record) {
  Record after = record;
  apply(protocol::TransitionId::recycled, {}, 0, after);
  after.attempt = 0;
  after.call_time = 0;
  after.dial_sched_time = 0;
  return after;
}

}  // namespace

std::string record_digest(const Record& record) {
  Record bare = record;
  bare.handle = 0;
  JsonWriter json;
  // The zone itself: its name may change.
  write_record(json, bare, std::to_string(record.tz_dbid));
  return to_hex(std::string_view(sha256(json.take())).substr(0, kDigestBytes));
}

Result<bool> may_not_be_called(RecordStore& store, const CallingList& list, const Record& record) {
  auto phone = store.is_do_not_call(list.tenant_dbid, ContactKind::phone, record.contact_info);
  if (!phone || *phone || record.customer_id.empty()) return phone;
  return store.is_do_not_call(list.tenant_dbid, ContactKind::customer_id, record.customer_id);
}

void foresee_listed(Foresight& foresight, const CallingList& list, const Record& record) {
  foresight.listed.push_back({list.tenant_dbid, ContactKind::phone, record.contact_info});
  if (record.customer_id.empty()) return;
  foresight.listed.push_back({list.tenant_dbid, ContactKind::customer_id, record.customer_id});
}

// --- What is asked for -----------------------------------------------------------------------------------------------

Result<RecordEdit> RecordEdit::read(const Catalogue& catalogue, const CallingList& list, const JsonValue& arguments,
                                    const DueRule& due) {
  auto kind = kind_argument(arguments);
  if (!kind) return pass(kind);
  RecordEdit edit(catalogue, list, *kind, due);
  if (*kind != Kind::set) return edit;
  std::string problems;
  const JsonValue* given = arguments.find("set");
  const auto* all = given ? std::get_if<JsonValue::Array>(&given->value) : nullptr;
  if (!all || all->empty()) return fail(Errc::invalid, "nothing to set: NAME=VALUE is needed");
  for (const JsonValue& one : *all) {
    const auto* text = std::get_if<std::string>(&one.value);
    if (!text) return fail(Errc::invalid, "argument set must be a list of texts");
    auto taken = edit.read_assignment(*text);
    if (!taken) problems += (problems.empty() ? "" : "\n") + taken.error().text;
  }
  if (!problems.empty()) return fail(Errc::invalid, "{}", problems);
  return edit;
}

Result<> RecordEdit::read_assignment(const std::string& text) {
  std::size_t equals = text.find('=');
  if (equals == text.npos || equals == 0) {
    return fail(Errc::invalid, "\"{}\" must be NAME=VALUE, such as attempt=0", text);
  }
  std::string name = text.substr(0, equals);
  auto column = bind_column(*list_, name);
  if (!column) return pass(column);
  if (name == "chain_id") return fail(Errc::invalid, "chain_id cannot be set: a record stays in its chain");
  if (name == "customer_id" && !list_->customer_id_field.empty()) {
    return fail(Errc::invalid, "customer_id cannot be set in this calling list, which takes it from {}: set that",
                list_->customer_id_field);
  }
  if (std::ranges::find(assignments_, name, [](const Assignment& a) { return a.column.name; }) != assignments_.end()) {
    return fail(Errc::invalid, "{} is set twice", name);
  }
  assignments_.push_back({std::move(*column), text.substr(equals + 1)});
  // A value that no record can have is told at once, not once for each record.
  Record probe;
  return assign(assignments_.back(), probe);
}

// --- What becomes of a record ----------------------------------------------------------------------------------------

Result<> RecordEdit::assign(const Assignment& assignment, Record& record) const {
  const auto& [column, value] = assignment;
  if (!is_plain_text(value)) return fail(Errc::invalid, "{} must be UTF-8 text without NUL characters", column.name);
  if (column.target == BoundColumn::Target::custom) return {};
  if (column.target == BoundColumn::Target::column) return assign_column(assignment, record);
  auto zone = std::ranges::find(catalogue_->time_zones, value, &TimeZone::name);
  if (zone == catalogue_->time_zones.end()) return no_such("time zone", value, catalogue_->time_zones);
  record.tz_dbid = zone->dbid;
  return {};
}

Result<> RecordEdit::assign_column(const Assignment& assignment, Record& record) const {
  const RecordColumn& column = *assignment.column.column;
  put_default(column, *list_, record);
  if (auto put = set_column(column, record, assignment.value); !put) return put;
  if (column.name == "record_status") {
    if (std::string_view problem = status_problem(record); !problem.empty()) {
      return fail(Errc::invalid, "record_status must not be Retrieved: nobody would hold the record's handle");
    }
  }
  if (column.name != "tz_dbid") return {};
  auto zone = std::ranges::find(catalogue_->time_zones, record.tz_dbid, &TimeZone::dbid);
  if (zone != catalogue_->time_zones.end()) return {};
  return fail(Errc::invalid, "tz_dbid must be the DBID of a time zone of the catalogue");
}

// Custom fields are one text: it is made anew with all that are set.
Result<> RecordEdit::assign_custom(Record& record) const {
  auto fields = custom_fields_of(record);
  if (!fields) return pass(fields);
  bool any = false;
  for (const auto& [column, value] : assignments_) {
    if (column.target != BoundColumn::Target::custom) continue;
    any = true;
    auto field = std::ranges::find(*fields, column.name, &JsonValue::Member::first);
    if (value.empty()) {
      if (field != fields->end()) fields->erase(field);
    } else if (field != fields->end()) {
      field->second.value = value;
    } else {
      fields->emplace_back(column.name, JsonValue{value});
    }
    if (column.name == list_->customer_id_field) record.customer_id = is_blank(value) ? std::string() : value;
  }
  if (!any) return {};
  record.custom.clear();
  CustomFieldWriter writer;
  for (const auto& [name, value] : *fields) writer.add(name, value);
  std::string problem = writer.put_into(record);
  if (!problem.empty()) return fail(Errc::invalid, "{}", problem);
  problem = customer_field_problem(record.customer_id);
  return problem.empty() ? Result<>() : fail(Errc::invalid, "{} {}", list_->customer_id_field, problem);
}

// Judges what the edit changes: a record that was odd before stays as odd.
Result<> RecordEdit::check(const Record& before, Record& after) const {
  bool contact = after.contact_info != before.contact_info || after.contact_info_type != before.contact_info_type;
  std::string problem = contact ? contact_problem(after.contact_info_type, after.contact_info) : "";
  if (!problem.empty()) return fail(Errc::invalid, "contact_info {}", problem);
  bool window = after.daily_from != before.daily_from || after.daily_till != before.daily_till;
  problem = window ? window_problem(after, "daily_till") : "";
  if (!problem.empty()) return fail(Errc::invalid, "daily_from {}", problem);
  bool agent = after.record_type != before.record_type || after.agent_id != before.agent_id;
  if (std::string_view missing = agent ? agent_problem(after) : ""; !missing.empty()) {
    return fail(Errc::invalid, "agent_id {}", missing);
  }
  return check_callback(before, after);
}

Result<> RecordEdit::check_callback(const Record& before, Record& after) const {
  bool begins = after.record_type != before.record_type || after.record_status != before.record_status;
  if (!is_waiting_callback(after)) return {};
  if (begins || after.dial_sched_time != before.dial_sched_time) {
    auto zone = std::ranges::find(catalogue_->time_zones, after.tz_dbid, &TimeZone::dbid);
    auto due = check_due(due_, after.dial_sched_time, zone == catalogue_->time_zones.end() ? nullptr : &*zone);
    if (!due) return fail(Errc::invalid, "dial_sched_time {}", due.error().text);
  }
  if (is_personal(after) || (!begins && after.campaign_dbid == before.campaign_dbid)) return {};
  std::vector<std::int64_t> campaigns;
  for (const Campaign& campaign : catalogue_->campaigns) {
    if (uses(campaign, list_->dbid)) campaigns.push_back(campaign.dbid);
  }
  if (after.campaign_dbid == 0 && campaigns.size() == 1) after.campaign_dbid = campaigns.front();
  if (std::ranges::find(campaigns, after.campaign_dbid) != campaigns.end()) return {};
  return fail(Errc::invalid, "campaign_id {}", kForeignCampaign);
}

RecordEdit::Outcome RecordEdit::judge(const Record& record) const {
  if (record.handle != 0) return {Verdict::held, {}, {}};
  if (kind_ == Kind::remove) return {Verdict::change, {}, {}};
  Outcome outcome{Verdict::change, record, {}};
  if (kind_ == Kind::recycle) {
    // One that is Ready stays as it is: a callback must not lose its time.
    if (!is_ready(record)) outcome.after = recycled(record);
  } else {
    Result<> done;
    for (const Assignment& assignment : assignments_) {
      if (done) done = assign(assignment, outcome.after);
    }
    if (done) done = assign_custom(outcome.after);
    if (done) done = check(record, outcome.after);
    if (!done) return {Verdict::refused, {}, done.error().text};
  }
  if (outcome.after == record) outcome.verdict = Verdict::unchanged;
  return outcome;
}

Result<RecordEdit::Outcome> RecordEdit::judge(RecordStore& store, const Record& record) const {
  Outcome outcome = judge(record);
  const Record& after = outcome.after;
  if (outcome.verdict != Verdict::change || kind_ == Kind::remove || !is_ready(after)) return outcome;
  bool who = after.contact_info != record.contact_info || after.customer_id != record.customer_id;
  if (!is_ready(record)) {
    // While somebody calls the customer, nobody else is to be given another number of his.
    auto holder = store.chain_holder(record.list_dbid, record.chain_id);
    if (!holder) return pass(holder);
    if (*holder != 0) return Outcome{Verdict::held, {}, {}};
  }
  if (is_ready(record) && !who) return outcome;
  auto listed = may_not_be_called(store, *list_, after);
  if (!listed) return pass(listed);
  if (*listed) outcome.verdict = Verdict::do_not_call;
  return outcome;
}

}  // namespace outpost::supervisor
