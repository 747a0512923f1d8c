// statistics: the counters that the store keeps, by list and by group.
#include <algorithm>
#include <map>
#include <set>
#include <tuple>

#include "supervisor/control/commands/arguments.h"

namespace outpost::supervisor {

namespace {

// By scope, object and kind, in the order of the values.
using Counters =
    std::map<std::tuple<StatisticScope, std::int64_t, StatisticKind>, std::map<std::int32_t, std::int64_t>>;

// --- Which objects ---------------------------------------------------------------------------------------------------

struct Chosen {
  std::set<std::string_view> lists;
  std::set<std::string_view> groups;
  [[nodiscard]] bool all() const { return lists.empty() && groups.empty(); }
};

Result<std::vector<std::string>> names_argument(const JsonValue& arguments, std::string_view name) {
  std::vector<std::string> names;
  const JsonValue* value = arguments.find(name);
  const auto* items = value ? std::get_if<JsonValue::Array>(&value->value) : nullptr;
  if (value && !items) return fail(Errc::invalid, "argument {} must be a list of names", name);
  for (std::size_t i = 0; items && i < items->size(); ++i) {
    const auto* text = std::get_if<std::string>(&(*items)[i].value);
    if (!text) return fail(Errc::invalid, "argument {} must be a list of names", name);
    names.push_back(*text);
  }
  return names;
}

// Adds the name as the objects have it; false when they do not.
template <class Object>
bool choose(const std::vector<Object>& objects, const std::string& name, std::set<std::string_view>& chosen) {
  auto found = std::ranges::find(objects, name, &Object::name);
  if (found == objects.end()) return false;
  chosen.insert(found->name);
  return true;
}

struct Named {
  std::string name;
};

Failure neither(const Catalogue& catalogue, std::string_view name) {
  std::vector<Named> all;
  for (const CallingList& list : catalogue.lists) all.push_back({list.name});
  for (const CampaignGroup& group : catalogue.groups) all.push_back({group.name});
  return no_such("calling list or campaign group", name, all);
}

Result<Chosen> choose_all(const Catalogue& catalogue, const JsonValue& arguments) {
  Chosen chosen;
  auto names = names_argument(arguments, "names");
  auto lists = names_argument(arguments, "lists");
  auto groups = names_argument(arguments, "groups");
  for (auto* given : {&names, &lists, &groups}) {
    if (!*given) return fail(std::move(given->error()));
  }
  for (const std::string& name : *names) {
    bool is_list = choose(catalogue.lists, name, chosen.lists);
    bool is_group = choose(catalogue.groups, name, chosen.groups);
    if (!is_list && !is_group) return neither(catalogue, name);
  }
  for (const std::string& name : *lists) {
    if (!choose(catalogue.lists, name, chosen.lists)) return no_such("calling list", name, catalogue.lists);
  }
  for (const std::string& name : *groups) {
    if (!choose(catalogue.groups, name, chosen.groups)) return no_such("campaign group", name, catalogue.groups);
  }
  return chosen;
}

// --- The reply -------------------------------------------------------------------------------------------------------

struct StatisticName {
  StatisticKind kind;
  std::string_view name;
  const protocol::Enumeration& (*values)();
};
constexpr StatisticName kStatisticKinds[] = {{StatisticKind::status, "status", protocol::record_statuses},
                                             {StatisticKind::type, "type", protocol::record_types},
                                             {StatisticKind::result, "result", protocol::call_results}};

void write_counters(JsonWriter& out, Counters& counters, StatisticScope scope, std::int64_t dbid) {
  std::int64_t records = 0;  // each has one status
  for (const auto& [value, count] : counters[{scope, dbid, StatisticKind::status}]) records += count;
  out.member("records", records);
  for (const StatisticName& kind : kStatisticKinds) {
    out.key(kind.name).begin_array();
    for (const auto& [value, count] : counters[{scope, dbid, kind.kind}]) {
      out.begin_object().member("value", value).member("name", kind.values().name_of(value));
      out.member("records", count).end_object();
    }
    out.end_array();
  }
}

template <class Object>
void write_objects(JsonWriter& out, std::string_view key, const std::vector<Object>& objects, Counters& counters,
                   StatisticScope scope, const std::set<std::string_view>& chosen, bool all) {
  out.key(key).begin_array();
  for (const Object& object : objects) {
    if (!all && !chosen.contains(object.name)) continue;
    out.begin_object().member("dbid", object.dbid).member("name", object.name);
    write_counters(out, counters, scope, object.dbid);
    out.end_object();
  }
  out.end_array();
}

}  // namespace

// How many records have each status, type and result, by list and by group: of those that are named, of all when none
// is. "names" are of lists or of groups.
Result<std::string> run_statistics(RecordStore& store, const JsonValue& arguments) {
  auto catalogue = store.catalogue();
  if (!catalogue) return pass(catalogue);
  auto chosen = choose_all(*catalogue, arguments);
  if (!chosen) return pass(chosen);
  auto statistics = store.statistics();
  if (!statistics) return pass(statistics);
  Counters counters;
  for (const Statistic& one : *statistics) counters[{one.scope, one.dbid, one.kind}][one.value] = one.records;

  JsonWriter reply;
  reply.begin_object();
  write_objects(reply, "lists", catalogue->lists, counters, StatisticScope::list, chosen->lists, chosen->all());
  write_objects(reply, "groups", catalogue->groups, counters, StatisticScope::group, chosen->groups, chosen->all());
  return bounded_reply(reply.end_object().take());
}

}  // namespace outpost::supervisor
