#include "supervisor/control/commands/arguments.h"

#include <algorithm>

#include "common/text.h"
#include "supervisor/control/commands/record_columns.h"
#include "supervisor/engine/record_rules.h"

namespace outpost::supervisor {

// --- Arguments and replies -------------------------------------------------------------------------------------------

Result<const CallingList*> list_argument(const Catalogue& catalogue, const JsonValue& arguments) {
  const std::string* name = text_argument(arguments, "list");
  if (!name) return fail(Errc::invalid, "argument list must be the name of a calling list");
  auto found = std::ranges::find(catalogue.lists, *name, &CallingList::name);
  if (found == catalogue.lists.end()) return no_such("calling list", *name, catalogue.lists);
  return &*found;
}

Result<std::optional<std::int32_t>> enumeration_argument(const JsonValue& arguments, std::string_view name,
                                                         const protocol::Enumeration& enumeration) {
  const JsonValue* value = arguments.find(name);
  if (!value || value->kind() == JsonValue::Kind::null) return std::nullopt;
  const auto* text = std::get_if<std::string>(&value->value);
  const auto* number = std::get_if<std::int64_t>(&value->value);
  // A number without a name is looked for too: unknown numbers are kept in records.
  if (number && *number >= 0 && *number <= INT32_MAX) return static_cast<std::int32_t>(*number);
  if (auto parsed = text ? enumeration.parse(*text) : std::nullopt) return parsed;
  return fail(Errc::invalid, "{} must be a {}: a number or one of {}", name, enumeration.name,
              join(enumeration.names, ", "));
}

namespace {

std::string_view zone_name(const Catalogue& catalogue, std::int64_t tz_dbid) {
  auto found = std::ranges::find(catalogue.time_zones, tz_dbid, &TimeZone::dbid);
  return found == catalogue.time_zones.end() ? std::string_view() : std::string_view(found->name);
}

}  // namespace

Result<RecordFilter> filter_arguments(const JsonValue& arguments) {
  RecordFilter filter;
  auto status = enumeration_argument(arguments, "status", protocol::record_statuses());
  if (!status) return pass(status);
  auto type = enumeration_argument(arguments, "type", protocol::record_types());
  if (!type) return pass(type);
  auto result = enumeration_argument(arguments, "result", protocol::call_results());
  if (!result) return pass(result);
  filter.status = *status;
  filter.type = *type;
  filter.result = *result;
  for (auto [name, into] :
       {std::pair{"contact", &filter.contact}, {"customer_id", &filter.customer_id}, {"agent", &filter.agent_id}}) {
    const std::string* text = text_argument(arguments, name);
    if (!text) continue;
    // The store would take it for "without one".
    if (auto problem = identifier_problem(*text); !problem.empty()) return fail(Errc::invalid, "{} {}", name, problem);
    *into = *text;
  }
  std::optional<std::int64_t> after;
  std::optional<std::int64_t> limit;
  for (auto [name, into] : {std::pair{"chain", &filter.chain_id},
                            {"due_from", &filter.due_from},
                            {"due_till", &filter.due_till},
                            {"after", &after},
                            {"limit", &limit}}) {
    const JsonValue* value = arguments.find(name);
    if (!value || value->kind() == JsonValue::Kind::null) continue;
    auto number = integer_argument(arguments, name);
    if (!number) return pass(number);
    *into = *number;
  }
  filter.after_record_id = after.value_or(0);
  if (!limit) return filter;
  if (*limit < 1 || *limit > kPageRecordsMax) return fail(Errc::invalid, "limit must be from 1 to {}", kPageRecordsMax);
  filter.limit = static_cast<std::uint32_t>(*limit);
  return filter;
}

// --- Records ---------------------------------------------------------------------------------------------------------

Result<std::string> run_records(RecordStore& store, const JsonValue& arguments) {
  auto catalogue = store.catalogue();
  if (!catalogue) return pass(catalogue);
  auto list = list_argument(*catalogue, arguments);
  if (!list) return pass(list);
  auto filter = filter_arguments(arguments);
  if (!filter) return pass(filter);
  auto page = store.records((*list)->dbid, *filter);
  if (!page) return pass(page);

  std::string body;
  std::size_t written = 0;
  for (const Record& record : page->records) {
    JsonWriter json;
    write_record(json, record, zone_name(*catalogue, record.tz_dbid));
    std::string text = json.take();
    // One record alone always fits: its custom fields are bounded.
    if (written > 0 && body.size() + text.size() > kReplyBytesMax / 2) break;
    if (written++ > 0) body += ',';
    body += text;
  }
  JsonWriter reply;
  reply.begin_object().member("list", (*list)->name).key("records").raw("[" + body + "]").key("next");
  std::int64_t next = written < page->records.size() ? page->records[written - 1].record_id : page->next;
  next != 0 ? reply.value(next) : reply.null();
  return bounded_reply(reply.end_object().take());
}

Result<std::string> run_record(RecordStore& store, const JsonValue& arguments) {
  auto catalogue = store.catalogue();
  if (!catalogue) return pass(catalogue);
  auto list = list_argument(*catalogue, arguments);
  if (!list) return pass(list);
  auto id = integer_argument(arguments, "record_id");
  if (!id) return pass(id);
  auto record = store.record((*list)->dbid, *id);
  if (!record) return pass(record);
  if (!*record) return fail(Errc::not_found, "calling list \"{}\" has no record {}", (*list)->name, *id);

  JsonWriter reply;
  reply.begin_object().key("record");
  write_record(reply, **record, zone_name(*catalogue, (*record)->tz_dbid));
  reply.key("handle");
  auto handle = store.handle((*record)->handle);
  if (!handle) return pass(handle);
  if (!*handle) return bounded_reply(reply.null().end_object().take());
  const Handle& held = **handle;
  reply.begin_object()
      .member("handle", held.handle)
      .member("record_id", held.record_id)
      .member("campaign_id", held.campaign_dbid)
      .member("group_id", held.group_dbid)
      .member("agent_id", held.agent_id)
      .member("call_attempt_guid", held.call_attempt_guid)
      .member("opened_at", held.opened_at)
      .member("touched_at", held.touched_at)
      .end_object();
  return bounded_reply(reply.end_object().take());
}

}  // namespace outpost::supervisor
