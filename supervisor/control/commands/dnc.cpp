// dnc-add, dnc-remove, dnc-list: whom nobody may call.
#include <algorithm>

#include "supervisor/control/commands/arguments.h"
#include "supervisor/control/commands/record_columns.h"
#include "supervisor/engine/engine.h"
#include "supervisor/engine/record_rules.h"

namespace outpost::supervisor {

namespace {

constexpr std::uint32_t kListedDefault = 100;
// Records that one dnc-add counts: reading so many entries of an index takes some milliseconds.
constexpr std::int64_t kMatchingMax = 10'000;

struct KindName {
  ContactKind kind;
  std::string_view name;           // of a member, and of a column of a file
  std::string_view record_column;  // what it is compared with, whose limit it has
};
constexpr KindName kKinds[] = {{ContactKind::phone, "phone", "contact_info"},
                               {ContactKind::customer_id, "customer_id", "customer_id"}};

const KindName& name_of(ContactKind kind) { return kKinds[static_cast<std::size_t>(kind)]; }

// --- Arguments -------------------------------------------------------------------------------------------------------

// May be left out when there is no choice.
Result<Tenant> tenant_argument(const Catalogue& catalogue, const JsonValue& arguments) {
  const std::string* name = text_argument(arguments, "tenant");
  if (name) {
    auto found = std::ranges::find(catalogue.tenants, *name, &Tenant::name);
    if (found == catalogue.tenants.end()) return no_such("tenant", *name, catalogue.tenants);
    return *found;
  }
  if (catalogue.tenants.size() == 1) return catalogue.tenants.front();
  if (catalogue.tenants.empty()) {
    return fail(Errc::invalid, "there is no tenant yet, and each has its own do-not-call list: outpostctl apply");
  }
  constexpr std::size_t kNamed = 20;
  std::string names;
  for (std::size_t i = 0; i < std::min(kNamed, catalogue.tenants.size()); ++i) {
    names += (i > 0 ? ", " : "") + catalogue.tenants[i].name;
  }
  if (catalogue.tenants.size() > kNamed) names += fmt::format(" and {} more", catalogue.tenants.size() - kNamed);
  return fail(Errc::invalid, "each tenant has its own do-not-call list: --tenant must name one of {}", names);
}

struct Entry {
  ContactKind kind = ContactKind::phone;
  std::string value;
  std::int64_t line = 0;  // of a file, 0 for none
};

// Nothing when the object has neither member.
Result<std::optional<Entry>> read_contact(const JsonValue& object) {
  std::optional<Entry> entry;
  for (const KindName& kind : kKinds) {
    const JsonValue* value = object.find(kind.name);
    if (!value || value->kind() == JsonValue::Kind::null) continue;
    const auto* text = std::get_if<std::string>(&value->value);
    if (!text || entry) return fail(Errc::invalid, "an entry must be a text, phone or customer_id");
    entry = Entry{kind.kind, *text, 0};
  }
  return entry;
}

Result<std::vector<Entry>> entries_argument(const JsonValue& arguments) {
  const JsonValue* value = arguments.find("entries");
  const auto* items = value ? std::get_if<JsonValue::Array>(&value->value) : nullptr;
  if (!items || items->empty() || items->size() > kDncEntriesMax) {
    return fail(Errc::invalid, "argument entries must hold 1 to {} entries", kDncEntriesMax);
  }
  std::vector<Entry> entries;
  for (const JsonValue& item : *items) {
    auto entry = read_contact(item);
    if (!entry) return pass(entry);
    if (!*entry) return fail(Errc::invalid, "an entry must have a phone or a customer_id");
    if (item.find("line")) {
      auto line = integer_argument(item, "line");
      if (!line) return pass(line);
      (*entry)->line = *line;
    }
    entries.push_back(std::move(**entry));
  }
  return entries;
}

// Why no record can have this value; empty when one can. That it is UTF-8 is known: it came as JSON.
std::string problem_of(const Entry& entry) {
  const KindName& kind = name_of(entry.kind);
  std::size_t bytes_max = find_record_column(kind.record_column)->bytes_max;
  if (entry.value.empty() || entry.value.size() > bytes_max) {
    return fmt::format("{} must have 1 to {} bytes", kind.name, bytes_max);
  }
  if (entry.value.find('\0') != std::string::npos) return fmt::format("{} must not contain NUL characters", kind.name);
  return {};
}

// Why no record of today could have it: what is to be removed may be older than the rules.
std::string problem_of_new(const Entry& entry) {
  if (std::string problem = problem_of(entry); !problem.empty()) return problem;
  bool phone = entry.kind == ContactKind::phone;
  std::string problem = phone ? contact_problem(0, entry.value) : identifier_problem(entry.value);
  return problem.empty() ? problem : fmt::format("{} {}", name_of(entry.kind).name, problem);
}

void write_entry(JsonWriter& out, ContactKind kind, std::string_view value) {
  out.begin_object().member(name_of(kind).name, value).end_object();
}

struct Target {
  Tenant tenant;
  std::vector<Entry> entries;
};

Result<Target> read_target(RecordStore& store, const JsonValue& arguments,
                           std::string (*problem_of_entry)(const Entry&)) {
  auto catalogue = store.catalogue();
  if (!catalogue) return pass(catalogue);
  auto tenant = tenant_argument(*catalogue, arguments);
  if (!tenant) return pass(tenant);
  auto entries = entries_argument(arguments);
  if (!entries) return pass(entries);
  for (const Entry& entry : *entries) {
    if (entry.line > 0) continue;
    if (std::string problem = problem_of_entry(entry); !problem.empty()) return fail(Errc::invalid, "{}", problem);
  }
  return Target{std::move(*tenant), std::move(*entries)};
}

// 0 when there is no more to be counted.
Result<std::int64_t> count_matching(RecordStore& store, const Target& target, const Entry& entry, std::int64_t limit) {
  if (limit <= 0) return 0;
  return store.count_records_with(target.tenant.dbid, entry.kind, entry.value, static_cast<std::uint32_t>(limit));
}

}  // namespace

// --- Commands --------------------------------------------------------------------------------------------------------

// An entry without a line that is not valid makes the whole command fail; one with a line is reported and left out.
Result<std::string> run_dnc_add(RecordStore& store, const JsonValue& arguments, Engine& engine) {
  auto target = read_target(store, arguments, problem_of_new);
  if (!target) return pass(target);
  std::int64_t now = engine.due_rule().now;
  std::int64_t added = 0;
  std::int64_t known = 0;
  std::int64_t matching = 0;
  JsonWriter rejected;
  rejected.begin_array();
  for (Entry& entry : target->entries) {
    if (std::string problem = problem_of_new(entry); !problem.empty()) {
      rejected.begin_object().member("line", entry.line).member("column", name_of(entry.kind).name);
      rejected.member("reason", problem).end_object();
      continue;
    }
    auto listed = store.is_do_not_call(target->tenant.dbid, entry.kind, entry.value);
    if (!listed) return pass(listed);
    ++(*listed ? known : added);
    auto records = count_matching(store, *target, entry, kMatchingMax - matching);
    if (!records) return pass(records);
    matching += *records;
    if (*listed) continue;
    DoNotCallEntry made{target->tenant.dbid, entry.kind, std::move(entry.value), now};
    // Those of a file are told to nobody: there may be a million of them.
    bool of_file = entry.line > 0;
    auto put = of_file ? store.add_do_not_call(made) : engine.add_do_not_call(store, made);
    if (!put) return pass(put);
  }
  JsonWriter reply;
  reply.begin_object().member("tenant", target->tenant.name).member("added", added).member("known", known);
  reply.member("matching", matching).member("matching_or_more", matching >= kMatchingMax);
  return bounded_reply(reply.key("rejected").raw(rejected.end_array().take()).end_object().take());
}

Result<std::string> run_dnc_remove(RecordStore& store, const JsonValue& arguments) {
  auto target = read_target(store, arguments, problem_of);
  if (!target) return pass(target);
  std::int64_t removed = 0;
  JsonWriter missing;
  missing.begin_array();
  for (const Entry& entry : target->entries) {
    auto listed = store.is_do_not_call(target->tenant.dbid, entry.kind, entry.value);
    if (!listed) return pass(listed);
    if (!*listed) {
      write_entry(missing, entry.kind, entry.value);
      continue;
    }
    auto gone = store.remove_do_not_call(target->tenant.dbid, entry.kind, entry.value);
    if (!gone) return pass(gone);
    ++removed;
  }
  JsonWriter reply;
  reply.begin_object().member("tenant", target->tenant.name).member("removed", removed);
  return bounded_reply(reply.key("missing").raw(missing.end_array().take()).end_object().take());
}

// --- Listing ---------------------------------------------------------------------------------------------------------

namespace {

struct Listing {
  std::optional<Entry> only;
  std::optional<ContactKind> kind;
  Entry after;
  std::uint32_t limit = kListedDefault;
};

Result<Listing> read_listing(const JsonValue& arguments) {
  Listing listing;
  auto only = read_contact(arguments);
  if (!only) return pass(only);
  listing.only = std::move(*only);
  if (const std::string* kind = text_argument(arguments, "kind")) {
    const auto* found = std::ranges::find(kKinds, *kind, &KindName::name);
    if (found == std::end(kKinds)) return fail(Errc::invalid, "kind must be phone or customer_id");
    listing.kind = listing.after.kind = found->kind;
  }
  if (const JsonValue* value = arguments.find("after")) {
    auto after = read_contact(*value);
    if (!after) return pass(after);
    if (*after) listing.after = std::move(**after);
  }
  if (arguments.find("limit")) {
    auto limit = integer_argument(arguments, "limit");
    if (!limit) return pass(limit);
    if (*limit < 1 || *limit > kPageRecordsMax)
      return fail(Errc::invalid, "limit must be from 1 to {}", kPageRecordsMax);
    listing.limit = static_cast<std::uint32_t>(*limit);
  }
  return listing;
}

// Phones first, then customer ids; at most `limit`.
Result<std::vector<DoNotCallEntry>> read_entries(RecordStore& store, std::int64_t tenant, const Listing& listing) {
  if (listing.only) {
    return store.do_not_call_like(tenant, listing.only->kind, listing.only->value, listing.limit);
  }
  std::vector<DoNotCallEntry> entries;
  for (const KindName& kind : kKinds) {
    if (kind.kind < listing.after.kind || (listing.kind && kind.kind != *listing.kind)) continue;
    auto left = listing.limit - static_cast<std::uint32_t>(entries.size());
    if (left == 0) break;
    auto some = store.do_not_call(tenant, kind.kind, kind.kind == listing.after.kind ? listing.after.value : "", left);
    if (!some) return some;
    std::ranges::move(*some, std::back_inserter(entries));
  }
  return entries;
}

}  // namespace

Result<std::string> run_dnc_list(RecordStore& store, const JsonValue& arguments) {
  auto catalogue = store.catalogue();
  if (!catalogue) return pass(catalogue);
  auto tenant = tenant_argument(*catalogue, arguments);
  if (!tenant) return pass(tenant);
  auto listing = read_listing(arguments);
  if (!listing) return pass(listing);
  auto entries = read_entries(store, tenant->dbid, *listing);
  if (!entries) return pass(entries);

  JsonWriter reply;
  reply.begin_object().member("tenant", tenant->name).key("entries").begin_array();
  for (const DoNotCallEntry& entry : *entries) {
    reply.begin_object().member(name_of(entry.kind).name, entry.value).member("added_at", entry.added_at).end_object();
  }
  reply.end_array().key("next");
  if (entries->size() == listing->limit && !listing->only) {
    write_entry(reply, entries->back().kind, entries->back().value);
  } else {
    reply.null();
  }
  return bounded_reply(reply.end_object().take());
}

}  // namespace outpost::supervisor
