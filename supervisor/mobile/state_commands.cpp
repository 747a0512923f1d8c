#include "supervisor/mobile/state_commands.h"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "common/log_filter.h"
#include "supervisor/control/arguments.h"

namespace outpost::supervisor::mobile {

namespace {

constexpr std::int64_t kMsPerSecond = 1'000;

// Begun seconds count: what is shown as 0 has ended.
std::int64_t seconds_of(std::int64_t ms) { return ms <= 0 ? 0 : (ms + kMsPerSecond - 1) / kMsPerSecond; }

std::string masked(std::string_view text) { return text.empty() ? "" : std::string(kMaskedValue); }

struct Page {
  std::string after;
  std::int64_t limit = kShownMax;
};

Result<Page> page_of(const JsonValue& arguments) {
  Page page;
  if (const std::string* after = text_argument(arguments, "after")) page.after = *after;
  if (!arguments.find("limit")) return page;
  auto limit = integer_argument(arguments, "limit");
  if (!limit) return pass(limit);
  if (*limit < 1 || *limit > kShownMax) return fail(Errc::invalid, "limit must be from 1 to {}", kShownMax);
  page.limit = *limit;
  return page;
}

void write_next(JsonWriter& out, bool more, const std::string& last) {
  if (more) {
    out.member("next", last);
  } else {
    out.key("next").null();
  }
}

// ms that the access of a service has left, by the store's clock.
std::int64_t access_left(const StateService& service) {
  std::int64_t now = service.expires_at - service.left_ms;
  return service.access.number.empty() ? 0 : std::max<std::int64_t>(0, service.access.expires_at - now);
}

void write_row(JsonWriter& out, const StateService& service) {
  bool reachable = access_left(service) > 0;
  out.begin_object().member("id", service.id).member("name", service.name).member("type", service.type);
  out.member("number", reachable ? service.access.number : "");
  out.member("has_code", reachable && !service.access.code.empty());
  out.member("created_at", service.created_at / kMsPerSecond).member("left", seconds_of(service.left_ms));
  out.member("area", service.area).end_object();
}

std::string booked_on(const StateAccess& access) {
  if (!access.booked) return "";
  return access.scope.empty() ? "all nodes" : "node " + access.scope;
}

}  // namespace

// --- Services --------------------------------------------------------------------------------------------------------

Result<std::string> list_services(StateStore& store, const JsonValue& arguments) {
  auto page = page_of(arguments);
  if (!page) return pass(page);
  const std::string* name = text_argument(arguments, "name");
  JsonWriter out;
  out.begin_object().key("services").begin_array();
  std::string after = page->after;
  std::int64_t shown = 0;
  std::int64_t seen = 0;
  bool more = true;
  while (more && shown < page->limit && seen < kPassedOverMax) {
    // With a name few may be shown of those that are read, without one all are.
    std::int64_t wanted = name ? kShownMax : page->limit - shown;
    auto services = store.services(after, wanted);
    if (!services) return pass(services);
    more = std::cmp_equal(services->size(), wanted);
    for (const StateService& service : *services) {
      if (shown == page->limit) {
        more = true;
        break;
      }
      after = service.id;
      ++seen;
      if (name && service.name != *name) continue;
      write_row(out, service);
      ++shown;
    }
  }
  write_next(out.end_array(), more, after);
  return bounded_reply(out.end_object().take());
}

Result<std::string> show_service(StateStore& store, const JsonValue& arguments) {
  const std::string* id = text_argument(arguments, "id");
  if (!id || id->empty()) return fail(Errc::invalid, "argument id must be that of a service");
  auto found = store.service(*id);
  if (!found) return pass(found);
  if (!*found) return fail(Errc::not_found, "no service of this id lives");
  const StateService& service = **found;
  std::int64_t left = access_left(service);
  JsonWriter out;
  out.begin_object().member("id", service.id).member("name", service.name).member("type", service.type);
  out.member("area", service.area).member("phone", masked(service.phone));
  out.member("number", left > 0 ? service.access.number : "").member("group", left > 0 ? service.access.group : "");
  out.member("booked_on", left > 0 ? booked_on(service.access) : "");
  out.member("has_code", left > 0 && !service.access.code.empty()).member("access_left", seconds_of(left));
  out.member("ors_base", service.ors_base).member("has_ors_cookie", !service.ors_cookie.empty());
  out.member("created_at", service.created_at / kMsPerSecond).member("left", seconds_of(service.left_ms));
  return out.end_object().take();
}

// --- Resources -------------------------------------------------------------------------------------------------------

namespace {

// What is booked, by group and value.
using Booked = std::map<std::pair<std::string, std::string>, StateResource>;

std::optional<std::string> scope_of(const ResourceGroup& group, std::int64_t node_id) {
  switch (group.strategy) {
    case AllocationStrategy::random: return std::nullopt;
    case AllocationStrategy::local: return std::to_string(node_id);
    case AllocationStrategy::cluster: return "";
  }
  return std::nullopt;
}

// A value of another strategy's scope is of a group that was configured otherwise before.
Result<Booked> booked_of(StateStore& store, const Resources& resources, std::int64_t node_id) {
  auto rows = store.resources(std::to_string(node_id), kShownResourcesMax);
  if (!rows) return pass(rows);
  Booked booked;
  for (StateResource& row : *rows) {
    auto group = resources.groups.find(row.group);
    bool other = group != resources.groups.end() && scope_of(group->second, node_id) != row.scope;
    if (!other) booked.emplace(std::pair(row.group, row.value), std::move(row));
  }
  return booked;
}

void write_group(JsonWriter& out, const std::string& name, const ResourceGroup& group, const Booked& booked) {
  auto taken = std::ranges::count_if(group.values,
                                     [&](const std::string& value) { return booked.contains(std::pair(name, value)); });
  out.begin_object().member("group", name).member("strategy", word_of(group.strategy));
  out.member("booking", std::int64_t{group.booking.count()}).member("backup", group.backup);
  out.member("values", std::uint64_t{group.values.size()}).member("booked", std::int64_t{taken}).end_object();
}

// One row of "resources". `booked`: null, it is free.
void write_value(JsonWriter& out, std::string_view group, std::string_view strategy, std::string_view value,
                 const StateResource* booked) {
  out.begin_object().member("group", group).member("strategy", strategy).member("value", value);
  out.member("owner", booked ? std::string_view(booked->owner) : "");
  out.member("until", booked ? booked->expires_at / kMsPerSecond : 0).end_object();
}

}  // namespace

Result<std::string> list_resources(StateStore& store, const Resources& resources, std::int64_t node_id,
                                   const JsonValue& arguments) {
  const std::string* only = text_argument(arguments, "group");
  if (only && !resources.groups.contains(*only)) {
    return fail(Errc::not_found, "there is no group \"{}\" in the list of resources that is used", *only);
  }
  auto booked = booked_of(store, resources, node_id);
  if (!booked) return pass(booked);
  auto shows = [only](const std::string& group) { return !only || group == *only; };
  JsonWriter out;
  out.begin_object().key("groups").begin_array();
  for (const auto& [name, group] : resources.groups) {
    if (shows(name)) write_group(out, name, group, *booked);
  }
  out.end_array().key("resources").begin_array();
  std::int64_t rows = 0;
  for (const auto& [name, group] : resources.groups) {
    if (!shows(name)) continue;
    for (const std::string& value : group.values) {
      auto found = booked->extract(std::pair(name, value));
      if (++rows > kShownResourcesMax) continue;
      write_value(out, name, word_of(group.strategy), value, found ? &found.mapped() : nullptr);
    }
  }
  // The rest is not configured any more, and booked all the same.
  for (const auto& [key, row] : *booked) {
    if (shows(row.group) && ++rows <= kShownResourcesMax) write_value(out, row.group, "", row.value, &row);
  }
  out.end_array().member("left_out", std::max<std::int64_t>(0, rows - kShownResourcesMax));
  return bounded_reply(out.end_object().take());
}

// --- Subscriptions ---------------------------------------------------------------------------------------------------

std::string shown_device(std::string_view device) {
  constexpr std::string_view kHttp = "http";
  std::size_t scheme = device.find("://");
  bool is_address = device.starts_with(kHttp) && scheme != std::string_view::npos;
  if (!is_address) return masked(device);
  std::string_view host = device.substr(scheme + 3);
  host = host.substr(0, host.find_first_of("/?#\\"));
  host.remove_prefix(host.rfind('@') + 1);  // who has it without a name and a password has npos + 1, which is 0
  return host.empty() ? masked(device) : std::string(host);
}

Result<std::string> list_subscriptions(StateStore& store, const JsonValue& arguments) {
  auto page = page_of(arguments);
  if (!page) return pass(page);
  auto found = store.subscriptions(page->after, page->limit);
  if (!found) return pass(found);
  JsonWriter out;
  out.begin_object().key("subscriptions").begin_array();
  for (const StateSubscription& one : *found) {
    out.begin_object().member("id", one.id).member("subscriber", one.subscriber).member("type", one.type);
    out.member("filter", one.filter).member("device", shown_device(one.device)).member("provider", one.provider);
    out.member("left", seconds_of(one.left_ms)).end_object();
  }
  bool more = std::cmp_equal(found->size(), page->limit);
  write_next(out.end_array(), more, more ? found->back().id : "");
  return bounded_reply(out.end_object().take());
}

}  // namespace outpost::supervisor::mobile
