// outpostctl lists, catalogue, apply: what is configured, shown and changed.
#include "supervisor/ctl/commands/commands.h"

#include <cstdio>

#include "common/json.h"
#include "common/text.h"
#include "supervisor/ctl/commands/options.h"
#include "supervisor/ctl/commands/show.h"
#include "supervisor/ctl/files/file.h"
#include "supervisor/ctl/view/reply.h"
#include "supervisor/ctl/view/table.h"
#include "supervisor/ctl/view/values.h"

namespace outpost::supervisor::ctl {

namespace {

// Leaves room in a frame for the escapes that JSON needs.
constexpr std::size_t kApplyBytesMax = protocol::kPayloadBytesMax / 4;

Result<Exit> run_apply(Client& client, const Arguments& arguments) {
  auto text = read_file(arguments.file, kApplyBytesMax);
  if (!text) return pass(text);
  std::string source = shown_source(arguments.file);
  if (!is_utf8(*text)) return fail(Errc::io, "{} is not UTF-8", source);
  JsonWriter writer;
  writer.begin_object().member("text", *text).member("dry_run", arguments.dry_run).end_object();
  auto body = client.command(arguments.command->sends, writer.take());
  if (!body) return fail(body.error().code, "{}: {}", source, body.error().text);
  if (arguments.json) {
    fmt::print("{}\n", *body);
    return Exit::done;
  }
  auto reply = read_reply(body);
  if (!reply) return pass(reply);
  fmt::print("{}{} changed, {} unchanged{}\n", show_changes(*reply), array_of(*reply, "changes").size(),
             integer_of(*reply, "unchanged"), arguments.dry_run ? " (dry run: nothing was written)" : "");
  std::fflush(stdout);
  for (const JsonValue& warning : array_of(*reply, "warnings")) {
    fmt::print(stderr, "warning: {}\n", printable(text_of(warning)));
  }
  return Exit::done;
}

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
  Table table({{"DBID", Align::right}, {"CAMPAIGN GROUP"}, {"CAMPAIGN"}, {"STATE"}, {"MODE"}, {"OPTIONS"}});
  for (const JsonValue& group : array_of(catalogue, "campaign-groups")) {
    table.add({text_of(group, "dbid"), text_of(group, "name"), text_of(group, "campaign"), text_of(group, "state"),
               text_of(group, "mode"), names_in(group, "options")});
  }
  return table;
}

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

}  // namespace

std::vector<Command> catalogue_commands() {
  return {
      {.name = "apply",
       .text = "Create or change lists, campaigns and groups as FILE says",
       .options = {json_option(),
                   {.names = "FILE",
                    .text = "JSON, comments allowed, as catalogue --json prints it; - for standard input",
                    .target = &Arguments::file,
                    .required = true},
                   {"--dry-run", "Only show what would change", &Arguments::dry_run}},
       .sends = "apply",
       .run = run_apply},
      {.name = "lists",
       .text = "Show the calling lists",
       .options = {json_option(), watch_option()},
       .sends = "catalogue",
       .view = show_lists},
      {.name = "catalogue",
       .text = "Show tenants, time zones, lists, campaigns and groups",
       .options = {json_option(), watch_option()},
       .sends = "catalogue",
       .view = show_catalogue},
  };
}

}  // namespace outpost::supervisor::ctl
