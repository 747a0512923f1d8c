#include "supervisor/ctl/view/catalogue.h"

#include <fmt/core.h>

#include "common/text.h"
#include "supervisor/ctl/view/reply.h"
#include "supervisor/ctl/view/table.h"
#include "supervisor/ctl/view/values.h"

namespace outpost::supervisor::ctl {

namespace {

using Align = Table::Align;

Table tenants_table(const JsonValue& catalogue) {
  Table table({{"DBID", Align::right}, {"TENANT"}});
  for (const JsonValue& tenant : array_of(catalogue, "tenants")) {
    table.add({text_of(tenant, "dbid"), text_of(tenant, "name")});
  }
  return table;
}

Table time_zones_table(const JsonValue& catalogue) {
  Table table({{"DBID", Align::right}, {"TIME ZONE"}, {"ZONE"}});
  for (const JsonValue& zone : array_of(catalogue, "time-zones")) {
    table.add({text_of(zone, "dbid"), text_of(zone, "name"), text_of(zone, "zone")});
  }
  return table;
}

Table campaigns_table(const JsonValue& catalogue) {
  Table table({{"DBID", Align::right}, {"CAMPAIGN"}, {"TENANT"}, {"LISTS (WEIGHT)"}});
  for (const JsonValue& campaign : array_of(catalogue, "campaigns")) {
    std::string lists;
    for (const JsonValue& list : array_of(campaign, "lists")) {
      if (!lists.empty()) lists += ", ";
      lists += fmt::format("{} ({})", text_of(list, "list"), text_of(list, "weight"));
    }
    table.add({text_of(campaign, "dbid"), text_of(campaign, "name"), text_of(campaign, "tenant"), lists});
  }
  return table;
}

Table groups_table(const JsonValue& catalogue) {
  Table table({{"DBID", Align::right}, {"CAMPAIGN GROUP"}, {"CAMPAIGN"}, {"STATE"}, {"MODE"}});
  for (const JsonValue& group : array_of(catalogue, "campaign-groups")) {
    table.add({text_of(group, "dbid"), text_of(group, "name"), text_of(group, "campaign"), text_of(group, "state"),
               text_of(group, "mode")});
  }
  return table;
}

}  // namespace

std::string show_lists(const JsonValue& catalogue) {
  Table table({{"DBID", Align::right}, {"CALLING LIST"}, {"TENANT"}, {"STATE"}, {"WINDOW"}, {"CUSTOM FIELDS"}});
  for (const JsonValue& list : array_of(catalogue, "calling-lists")) {
    std::string fields;
    const std::string customer_id = text_of(list, "customer-id-field");
    for (const std::string& name : custom_fields(list)) {
      if (!fields.empty()) fields += ", ";
      fields += name;
      if (name == customer_id) fields += " (customer id)";
    }
    table.add({text_of(list, "dbid"), text_of(list, "name"), text_of(list, "tenant"),
               flag_of(list, "enabled") ? "enabled" : "disabled",
               show_window(integer_of(list, "daily-from"), integer_of(list, "daily-till")), fields});
  }
  return table.take();
}

std::string show_catalogue(const JsonValue& catalogue) {
  std::string out = tenants_table(catalogue).take() + "\n" + time_zones_table(catalogue).take() + "\n" +
                    show_lists(catalogue) + "\n" + campaigns_table(catalogue).take() + "\n" +
                    groups_table(catalogue).take();
  return out;
}

std::string show_groups(const JsonValue& reply) {
  Table table(
      {{"DBID", Align::right}, {"CAMPAIGN GROUP"}, {"CAMPAIGN"}, {"STATE"}, {"MODE"}, {"RECORDS HELD", Align::right}});
  for (const JsonValue& group : array_of(reply, "groups")) {
    table.add({text_of(group, "dbid"), text_of(group, "name"), text_of(group, "campaign"), text_of(group, "state"),
               text_of(group, "mode"), count_of(group, "held")});
  }
  return table.take();
}

std::string show_group_change(const JsonValue& reply) {
  std::string before = text_of(reply, "before");
  std::string after = text_of(reply, "after");
  std::string mode_before = text_of(reply, "mode_before");
  std::string mode = text_of(reply, "mode");
  std::string text =
      fmt::format("campaign group {} (DBID {}): ", escape_control(text_of(reply, "group")), text_of(reply, "dbid"));
  text += before == after ? after + " as before" : before + " -> " + after;
  text += mode_before == mode ? ", mode " + mode : ", mode " + mode_before + " -> " + mode;
  std::int64_t given_back = integer_of(reply, "given_back");
  if (given_back > 0) {
    text += fmt::format("; {} record{} given back", count_of(reply, "given_back"), given_back == 1 ? " was" : "s were");
  }
  if (after == "WaitingUnload") {
    text += fmt::format("; agents still hold {} of its records: unloaded once they are done, or now with --force",
                        count_of(reply, "held"));
  }
  return text + "\n";
}

std::string show_sessions(const JsonValue& reply) {
  Table table({{"PROTOCOL"},
               {"APPLICATION"},
               {"AGENT"},
               {"SINCE"},
               {"LAST REQUEST"},
               {"REQUESTS", Align::right},
               {"RECORDS HELD", Align::right},
               {"HELD SINCE"}});
  bool gone = false;
  for (const JsonValue& one : array_of(reply, "sessions")) {
    std::string agent = escape_control(text_of(one, "agent"));
    bool has_session = integer_of(one, "application") != 0;
    gone = gone || !has_session;
    table.add({has_session ? text_of(one, "protocol") : "(none)", has_session ? text_of(one, "application") : "-",
               agent.empty() ? "-" : agent, show_time(integer_of(one, "began_at")),
               show_time(integer_of(one, "active_at")), count_of(one, "requests"), count_of(one, "held"),
               show_time(integer_of(one, "held_since"))});
  }
  std::string text = table.take();
  if (gone) text += "\n(none): holds records since before this outpostd began; they come back at the session timeout\n";
  if (integer_of(reply, "left_out") > 0) text += fmt::format("{} more are not shown\n", count_of(reply, "left_out"));
  return text;
}

}  // namespace outpost::supervisor::ctl
