// apply: the catalogue as a file says it. catalogue: the same, told back as a file that could be applied.
#include <algorithm>
#include <concepts>
#include <set>
#include <utility>

#include "common/text.h"
#include "supervisor/control/commands/arguments.h"
#include "supervisor/control/commands/object_reader.h"
#include "supervisor/control/commands/record_columns.h"
#include "supervisor/engine/daily_window.h"
#include "supervisor/engine/time_zones.h"
#include "supervisor/engine/unknown_fields.h"

namespace outpost::supervisor {

namespace {

constexpr std::size_t kFieldNameBytesMax = 64;
constexpr std::size_t kFieldsMax = 256;
constexpr std::size_t kObjectsMax = 10'000;  // of one kind in the catalogue
constexpr std::size_t kCampaignListsMax = 1000;
constexpr std::int32_t kWeightMax = 100;

// --- One kind of object each: how it is read, how it is shown --------------------------------------------------------

// Member name and JSON text, in the order and form of the file.
using Members = std::vector<std::pair<std::string_view, std::string>>;

template <class T>
std::string json_of(const T& value) {
  JsonWriter json;
  return json.value(value).take();
}

template <class T>
std::string json_name_of(const std::vector<T>& objects, std::int64_t dbid) {
  auto found = std::ranges::find(objects, dbid, &T::dbid);
  return found == objects.end() ? "null" : json_of(found->name);
}

// What there is beside the object that is read: the catalogue as the file has made it so far, and the configuration.
struct Known {
  const Catalogue& all;
  const OutwardRules& outward;
};

template <class T>
struct Kind;

template <>
struct Kind<Tenant> {
  static constexpr std::string_view kSection = "tenants", kName = "tenant";
  static constexpr auto kAll = &Catalogue::tenants;
  static std::vector<std::string_view> keys() { return {"dbid", "name"}; }
  static Tenant read(ObjectReader& in, const Known&) { return {in.dbid(), in.name()}; }
  static Members members(const Tenant& t, const Catalogue&) {
    return {{"dbid", json_of(t.dbid)}, {"name", json_of(t.name)}};
  }
};

template <>
struct Kind<TimeZone> {
  static constexpr std::string_view kSection = "time-zones", kName = "time zone";
  static constexpr auto kAll = &Catalogue::time_zones;
  static std::vector<std::string_view> keys() { return {"dbid", "name", "zone"}; }
  static TimeZone read(ObjectReader& in, const Known&) {
    TimeZone zone{in.dbid(), in.name(), in.name("zone")};
    if (zone.zone.empty()) return zone;
    if (auto found = Zone::find(zone.zone); !found) in.problem(in.find("zone"), "{}", found.error().text);
    return zone;
  }
  static Members members(const TimeZone& z, const Catalogue&) {
    return {{"dbid", json_of(z.dbid)}, {"name", json_of(z.name)}, {"zone", json_of(z.zone)}};
  }
};

template <>
struct Kind<CallingList> {
  static constexpr std::string_view kSection = "calling-lists", kName = "calling list";
  static constexpr auto kAll = &Catalogue::lists;
  static std::vector<std::string_view> keys() {
    return {"dbid",          "name",       "tenant",        "enabled",
            "daily-from",    "daily-till", "custom-fields", "customer-id-field",
            "unknown-fields"};
  }
  static CallingList read(ObjectReader& in, const Known& known) {
    CallingList list;
    list.dbid = in.dbid();
    list.name = in.name();
    list.tenant_dbid = in.tenant(known.all.tenants);
    list.enabled = in.flag("enabled", list.enabled);
    list.daily_from = static_cast<std::int32_t>(in.integer("daily-from", 0, kDaySeconds, list.daily_from));
    list.daily_till = static_cast<std::int32_t>(in.integer("daily-till", 0, kDaySeconds, list.daily_till));
    if (list.daily_from >= list.daily_till) {
      in.problem(in.find("daily-from"), "daily-from must be less than daily-till; they are {} and {}", list.daily_from,
                 list.daily_till);
    } else if (std::string doubt = window_doubt(list.daily_from, list.daily_till); !doubt.empty()) {
      in.warn(in.find("daily-from"), "daily-from {} and daily-till {} are {}", list.daily_from, list.daily_till, doubt);
    }
    for (const JsonValue& item : in.array("custom-fields", kFieldsMax)) read_field(in, item, list.custom_fields);
    list.customer_id_field = in.optional_text("customer-id-field", kFieldNameBytesMax);
    list.unknown_fields = in.enumerated("unknown-fields", unknown_fields_words(), list.unknown_fields);
    bool declared = std::ranges::find(list.custom_fields, list.customer_id_field) != list.custom_fields.end();
    if (!list.customer_id_field.empty() && !declared) {
      in.problem(in.find("customer-id-field"), "customer-id-field must be one of custom-fields");
    }
    return list;
  }
  static void read_field(ObjectReader& in, const JsonValue& item, std::vector<std::string>& fields) {
    const auto* name = std::get_if<std::string>(&item.value);
    if (!name || !is_name(*name, kFieldNameBytesMax)) {
      in.problem(&item, "custom-fields must hold names of 1 to {} bytes", kFieldNameBytesMax);
    } else if (name->starts_with("GSW_") || *name == "tz_name" || find_record_column(*name)) {
      in.problem(&item, "custom field \"{}\" has the name of a record column or begins with GSW_", *name);
    } else if (std::ranges::find(fields, *name) != fields.end()) {
      in.problem(&item, "custom field \"{}\" is there twice", *name);
    } else {
      fields.push_back(*name);
    }
  }
  static Members members(const CallingList& l, const Catalogue& all) {
    JsonWriter fields;
    fields.begin_array();
    for (const std::string& name : l.custom_fields) fields.value(name);
    fields.end_array();
    return {{"dbid", json_of(l.dbid)},
            {"name", json_of(l.name)},
            {"tenant", json_name_of(all.tenants, l.tenant_dbid)},
            {"enabled", json_of(l.enabled)},
            {"daily-from", json_of(l.daily_from)},
            {"daily-till", json_of(l.daily_till)},
            {"custom-fields", fields.take()},
            {"customer-id-field", json_of(l.customer_id_field)},
            {"unknown-fields", json_of(unknown_fields_words().name_of(static_cast<std::int32_t>(l.unknown_fields)))}};
  }
};

template <>
struct Kind<Campaign> {
  static constexpr std::string_view kSection = "campaigns", kName = "campaign";
  static constexpr auto kAll = &Catalogue::campaigns;
  static std::vector<std::string_view> keys() { return {"dbid", "name", "description", "tenant", "lists"}; }
  static Campaign read(ObjectReader& in, const Known& known) {
    Campaign campaign;
    campaign.dbid = in.dbid();
    campaign.name = in.name();
    campaign.description = in.optional_text("description", protocol::kDescriptionBytesMax);
    campaign.tenant_dbid = in.tenant(known.all.tenants);
    for (const JsonValue& item : in.array("lists", kCampaignListsMax)) read_list(in, item, known.all, campaign);
    return campaign;
  }
  static void read_list(ObjectReader& in, const JsonValue& item, const Catalogue& all, Campaign& campaign) {
    ObjectReader entry = in.inner(item, "list", {"list", "weight"});
    auto weight = static_cast<std::int32_t>(entry.integer("weight", 1, kWeightMax, CampaignList{}.weight));
    const CallingList* list = entry.reference("list", "calling list", all.lists);
    if (!list) return;
    if (list->tenant_dbid != campaign.tenant_dbid) {
      entry.problem(nullptr, "calling list \"{}\" belongs to another tenant", list->name);
    } else if (std::ranges::find(campaign.lists, list->dbid, &CampaignList::list_dbid) != campaign.lists.end()) {
      entry.problem(nullptr, "calling list \"{}\" is there twice", list->name);
    } else {
      campaign.lists.push_back({list->dbid, weight});
    }
  }
  static Members members(const Campaign& c, const Catalogue& all) {
    JsonWriter lists;
    lists.begin_array();
    for (const CampaignList& entry : c.lists) {
      lists.begin_object().key("list").raw(json_name_of(all.lists, entry.list_dbid));
      lists.member("weight", entry.weight).end_object();
    }
    lists.end_array();
    return {{"dbid", json_of(c.dbid)},
            {"name", json_of(c.name)},
            {"description", json_of(c.description)},
            {"tenant", json_name_of(all.tenants, c.tenant_dbid)},
            {"lists", lists.take()}};
  }
};

template <>
struct Kind<CampaignGroup> {
  static constexpr std::string_view kSection = "campaign-groups", kName = "campaign group";
  static constexpr auto kAll = &Catalogue::groups;
  static std::vector<std::string_view> keys() {
    return {"dbid", "name", "description", "campaign", "state", "mode", "options"};
  }
  static CampaignGroup read(ObjectReader& in, const Known& known) {
    CampaignGroup group;
    group.dbid = in.dbid();
    group.name = in.name();
    group.description = in.optional_text("description", protocol::kDescriptionBytesMax);
    const Campaign* campaign = in.reference("campaign", "campaign", known.all.campaigns);
    group.campaign_dbid = campaign ? campaign->dbid : 0;
    group.state = in.enumerated("state", protocol::group_states(), group.state);
    group.mode = in.enumerated("mode", protocol::dial_modes(), group.mode);
    if (const JsonValue* options = in.find("options")) {
      GroupOptions read = read_group_options(*options, known.outward);
      for (const auto& error : read.errors) in.problem_at(error.line, error.text);
      for (const auto& remark : read.remarks) in.warn_at(remark.line, remark.text);
      group.options = std::move(read.text);
    }
    return group;
  }
  static Members members(const CampaignGroup& g, const Catalogue& all) {
    return {{"dbid", json_of(g.dbid)},
            {"name", json_of(g.name)},
            {"description", json_of(g.description)},
            {"campaign", json_name_of(all.campaigns, g.campaign_dbid)},
            {"state", json_of(protocol::group_states().name_of(static_cast<std::int32_t>(g.state)))},
            {"mode", json_of(protocol::dial_modes().name_of(static_cast<std::int32_t>(g.mode)))},
            {"options", g.options.empty() ? "{}" : g.options}};
  }
};

// Every kind in the order in which one may name another.
template <class Visit>
void for_each_kind(Visit&& visit) {
  visit(Kind<Tenant>());
  visit(Kind<TimeZone>());
  visit(Kind<CallingList>());
  visit(Kind<Campaign>());
  visit(Kind<CampaignGroup>());
}

// --- From the file to the catalogue as it shall be -------------------------------------------------------------------

// Reads one section into `next`, which holds what the sections before it say already. Returns the DBIDs it names.
template <class T>
std::set<std::int64_t> read_section(Kind<T> kind, const JsonValue& file, Catalogue& next, const OutwardRules& outward,
                                    Problems& problems) {
  std::set<std::int64_t> named;
  const JsonValue* section = file.find(kind.kSection);
  if (!section) return named;
  const auto* items = std::get_if<JsonValue::Array>(&section->value);
  if (!items) problems.add(section->line, "{} must be a list, not {}", kind.kSection, section->kind_name());
  for (std::size_t i = 0; items && i < items->size(); ++i) {
    ObjectReader in((*items)[i], kind.kName, kind.keys(), problems);
    T object = kind.read(in, {next, outward});
    if (object.name.empty() || object.dbid == 0) continue;
    if (!named.insert(object.dbid).second) in.problem(in.find("dbid"), "dbid {} is there twice", object.dbid);
    std::vector<T>& all = next.*kind.kAll;
    if (all.size() == kObjectsMax) {
      in.problem(nullptr, "there can be at most {} objects of this kind", kObjectsMax);
      break;
    }
    auto place = std::ranges::find(all, object.dbid, &T::dbid);
    place == all.end() ? void(all.push_back(std::move(object))) : void(*place = std::move(object));
  }
  return named;
}

// Names are how files and URIs tell objects apart. Checked at the end, so that two objects can swap theirs.
template <class T>
void check_names(Kind<T> kind, const JsonValue& file, const Catalogue& next, Problems& problems) {
  std::set<std::string_view> seen;
  const JsonValue* section = file.find(kind.kSection);
  for (const T& object : next.*kind.kAll) {
    if (seen.insert(object.name).second || !section) continue;
    int line = section->line;
    if (const auto* items = std::get_if<JsonValue::Array>(&section->value)) {
      for (const JsonValue& item : *items) {
        const std::string* name = text_argument(item, "name");
        if (name && *name == object.name) line = item.line;
      }
    }
    problems.add(line, "{} \"{}\": another {} has this name already", kind.kName, object.name, kind.kName);
  }
}

template <class T>
std::string describe_change(Kind<T> kind, const T& old, const T& now, const Catalogue& before, const Catalogue& next) {
  std::string text = fmt::format("changed {} \"{}\": ", kind.kName, old.name);
  Members was = kind.members(old, before);
  Members is = kind.members(now, next);
  bool first = true;
  for (std::size_t i = 0; i < is.size(); ++i) {
    if (was[i].second == is[i].second) continue;
    text += fmt::format("{}{} {} -> {}", first ? "" : ", ", is[i].first, was[i].second, is[i].second);
    first = false;
  }
  return text;
}

// Calls each(old or nullptr, now) for each object that the file names.
template <class T, class Each>
void compare(Kind<T> kind, const std::set<std::int64_t>& named, const Catalogue& before, const Catalogue& next,
             Each&& each) {
  const std::vector<T>& old_objects = before.*kind.kAll;
  for (const T& now : next.*kind.kAll) {
    if (!named.contains(now.dbid)) continue;
    auto old = std::ranges::find(old_objects, now.dbid, &T::dbid);
    each(old == old_objects.end() ? nullptr : &*old, now);
  }
}

struct Outcome {
  std::vector<std::string> changes;
  std::uint64_t unchanged = 0;
};

template <class T>
void tell(Kind<T> kind, const std::set<std::int64_t>& named, const Catalogue& before, const Catalogue& next,
          Outcome& outcome) {
  compare(kind, named, before, next, [&](const T* old, const T& now) {
    if (!old) {
      outcome.changes.push_back(fmt::format("created {} \"{}\"", kind.kName, now.name));
    } else if (*old == now) {
      ++outcome.unchanged;
    } else {
      outcome.changes.push_back(describe_change(kind, *old, now, before, next));
    }
  });
}

template <class T>
Result<> write(Kind<T> kind, const std::set<std::int64_t>& named, const Catalogue& before, const Catalogue& next,
               RecordStore& store) {
  Result<> written;
  compare(kind, named, before, next, [&](const T* old, const T& now) {
    if (written && !(old && *old == now)) written = store.put(now);
  });
  return written;
}

std::string apply_reply(const Outcome& outcome, const std::vector<std::string>& warnings) {
  JsonWriter reply;
  reply.begin_object().key("changes").begin_array();
  for (const std::string& change : outcome.changes) reply.value(change);
  reply.end_array().member("unchanged", outcome.unchanged).key("warnings").begin_array();
  for (const std::string& warning : warnings) reply.value(warning);
  return reply.end_array().end_object().take();
}

Result<JsonValue> parse_file(const JsonValue& arguments) {
  const std::string* text = text_argument(arguments, "text");
  if (!text) return fail(Errc::invalid, "argument text must be the content of a file");
  JsonLimits limits;
  limits.comments = true;
  auto file = parse_json(*text, limits);
  if (file && file->kind() != JsonValue::Kind::object) {
    return fail(Errc::invalid, "line {}: the file must be an object, not {}", file->line, file->kind_name());
  }
  return file;
}

void check_sections(const JsonValue& file, Problems& problems) {
  std::vector<std::string_view> sections;
  for_each_kind([&](auto kind) { sections.push_back(kind.kSection); });
  for (const auto& [key, value] : std::get<JsonValue::Object>(file.value)) {
    if (std::ranges::find(sections, key) != sections.end()) continue;
    std::string_view near = nearest(key, sections);
    near.empty() ? problems.add(value.line, "\"{}\" is not known; known are {}", key, join(sections, ", "))
                 : problems.add(value.line, "\"{}\" is not known; is \"{}\" meant?", key, near);
  }
}

}  // namespace

// Creates and changes the objects that the file names and leaves all others alone. An object is what the file says it
// is: an optional member that is absent has its default. Options of groups are judged by `outward`. Every mistake of a
// file is reported, with its line, and then nothing is done.
Result<std::string> run_apply(RecordStore& store, const JsonValue& arguments, const OutwardRules& outward) {
  auto file = parse_file(arguments);
  if (!file) return pass(file);
  auto before = store.catalogue();
  if (!before) return pass(before);

  Problems problems;
  check_sections(*file, problems);
  Catalogue next = *before;
  std::vector<std::set<std::int64_t>> named;
  for_each_kind([&](auto kind) { named.push_back(read_section(kind, *file, next, outward, problems)); });
  for_each_kind([&](auto kind) { check_names(kind, *file, next, problems); });
  if (problems.any()) return fail(Errc::invalid, "{}", problems.text());

  Outcome outcome;
  std::size_t section = 0;
  for_each_kind([&](auto kind) { tell(kind, named[section++], *before, next, outcome); });
  auto reply = bounded_reply(apply_reply(
      outcome, problems.warnings()));  // before anything is written: a reply that cannot be sent helps nobody
  const JsonValue* dry_run = arguments.find("dry_run");
  const auto* dry = dry_run ? std::get_if<bool>(&dry_run->value) : nullptr;
  if (!reply || (dry && *dry)) return reply;

  Result<> written;
  section = 0;
  for_each_kind([&](auto kind) {
    if (written) written = write(kind, named[section++], *before, next, store);
  });
  if (!written) return pass(written);
  return reply;
}

Result<std::string> run_catalogue(RecordStore& store, const JsonValue&) {
  auto all = store.catalogue();
  if (!all) return pass(all);
  JsonWriter reply;
  reply.begin_object();
  for_each_kind([&](auto kind) {
    reply.key(kind.kSection).begin_array();
    for (const auto& object : *all.*kind.kAll) {
      reply.begin_object();
      for (const auto& [name, json] : kind.members(object, *all)) reply.key(name).raw(json);
      reply.end_object();
    }
    reply.end_array();
  });
  return bounded_reply(reply.end_object().take());
}

}  // namespace outpost::supervisor
