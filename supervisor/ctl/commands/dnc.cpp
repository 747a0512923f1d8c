// outpostctl dnc: the do-not-call list of a tenant.
#include "supervisor/ctl/commands/commands.h"

#include <chrono>
#include <cstdio>

#include "common/json.h"
#include "common/text.h"
#include "supervisor/ctl/commands/options.h"
#include "supervisor/ctl/commands/show.h"
#include "supervisor/ctl/files/dnc.h"
#include "supervisor/ctl/view/progress.h"
#include "supervisor/ctl/view/reply.h"
#include "supervisor/ctl/view/values.h"

namespace outpost::supervisor::ctl {

namespace {

// Adds or removes.
Result<Exit> run_dnc_change(Client& client, const Arguments& arguments) {
  JsonWriter writer;
  write_sent(writer.begin_object(), arguments);
  writer.key("entries").begin_array();
  for (const std::string& phone : arguments.phones) writer.begin_object().member("phone", phone).end_object();
  for (const std::string& id : arguments.customer_ids) writer.begin_object().member("customer_id", id).end_object();
  return show_reply(client, arguments, writer.end_array().end_object().take());
}

// A count that was ended early is a lower bound.
std::string show_matching(std::uint64_t records, bool or_more) {
  if (records == 1 && !or_more) return "1 record matches";
  return fmt::format("{}{} records match", grouped(records), or_more ? " or more" : "");
}

std::string show_dnc_added(const JsonValue& reply) {
  return fmt::format(
      "{} added, {} in the list already; {}\n", integer_of(reply, "added"), integer_of(reply, "known"),
      show_matching(static_cast<std::uint64_t>(integer_of(reply, "matching")), flag_of(reply, "matching_or_more")));
}

std::string show_dnc_removed(const JsonValue& reply) {
  std::string text = fmt::format("{} removed\n", integer_of(reply, "removed"));
  for (const JsonValue& entry : array_of(reply, "missing")) {
    text += fmt::format("{}{} was not in the list\n", escape_control(text_of(entry, "phone")),
                        escape_control(text_of(entry, "customer_id")));
  }
  return text;
}

const char* kind_of(const JsonValue& entry) { return entry.find("phone") ? "phone" : "customer_id"; }

std::string show_kind(const JsonValue& entry, std::string_view) { return kind_of(entry); }

std::string show_entry(const JsonValue& entry, std::string_view) { return text_of(entry, kind_of(entry)); }

Result<Exit> run_dnc_import(Client& client, const Arguments& arguments) {
  DncImportOptions options{arguments.tenant, arguments.file, rejects_of(arguments), arguments.skip,
                           format_of(arguments)};
  auto summary = import_dnc(client, options);
  if (!summary) return pass(summary);
  if (arguments.json) {
    JsonWriter writer;
    writer.begin_object().member("added", summary->added).member("known", summary->known);
    writer.member("matching", summary->matching).member("matching_or_more", summary->matching_or_more);
    writer.member("rejected", summary->rejected).member("rejects", summary->rejects);
    fmt::print("{}\n", writer.member("seconds", summary->seconds).end_object().take());
    return summary->rejected == 0 ? Exit::done : Exit::rejects;
  }
  fmt::print("added {} entries in {}, {} were in the list already", grouped(summary->added),
             human_duration(std::chrono::duration<double>(summary->seconds)), grouped(summary->known));
  fmt::print("{}; {}\n", show_rejects(summary->rejected, summary->rejects),
             show_matching(summary->matching, summary->matching_or_more));
  if (summary->rejected == 0) return Exit::done;
  std::fflush(stdout);
  say_kept(options.rejects, summary->rejects);
  return Exit::rejects;
}

Result<Exit> run_dnc_export(Client& client, const Arguments& arguments) {
  auto entries = export_dnc(client, arguments.tenant, arguments.output);
  if (!entries) return pass(entries);
  if (arguments.json) {
    print_exported_json(*entries, arguments.output);
    return Exit::done;
  }
  if (in_a_file(arguments.output))
    fmt::print(stderr, "exported {} entries to {}\n", grouped(*entries), arguments.output);
  return Exit::done;
}

std::string object_to_no_entries(const Arguments& arguments) {
  bool none = arguments.phones.empty() && arguments.customer_ids.empty();
  return none ? "--phone or --customer-id is required" : "";
}

std::vector<Option> entry_options() {
  return {json_option(),
          {"--phone", "A phone number or address, however it is punctuated; may be repeated", &Arguments::phones},
          {"--customer-id", "A customer id; may be repeated", &Arguments::customer_ids},
          tenant_option()};
}

std::vector<Option> list_options() {
  return {json_option(),
          watch_option(),
          {"--phone", "Only this phone number, however it is punctuated", &Arguments::contact, "phone"},
          {.names = "--customer-id",
           .text = "Only this customer id",
           .target = &Arguments::customer_id,
           .sent = "customer_id",
           .excludes = {"--phone"}},
          {.names = "--kind",
           .text = "Only entries of this kind",
           .target = &Arguments::kind,
           .sent = "kind",
           .words = {"phone", "customer_id"}},
          tenant_option()};
}

}  // namespace

std::vector<Command> dnc_commands() {
  return {
      {.name = "dnc", .text = "The do-not-call list of a tenant: whom no preview hands out"},
      {.name = "dnc add",
       .text = "Add entries",
       .options = entry_options(),
       .sends = "dnc-add",
       .view = show_dnc_added,
       .run = run_dnc_change,
       .objection = object_to_no_entries},
      {.name = "dnc remove",
       .text = "Remove entries",
       .options = entry_options(),
       .sends = "dnc-remove",
       .view = show_dnc_removed,
       .run = run_dnc_change,
       .objection = object_to_no_entries},
      {.name = "dnc list",
       .text = "Show entries",
       .options = together(list_options(), paging_options()),
       .sends = "dnc-list",
       .listing = {"entries",
                   {{"KIND", "", show_kind}, {"VALUE", "", show_entry}, {"ADDED", "added_at", time_of}},
                   true}},
      {.name = "dnc import",
       .text = "Add the entries of a CSV file",
       .options = together(csv_file_options("CSV with a first line that names phone, customer_id or both; - for "
                                            "standard input"),
                           std::vector{json_option(), tenant_option()}),
       .sends = "dnc-add",
       .run = run_dnc_import,
       .objection = object_to_rejects},
      {.name = "dnc export",
       .text = "Write the list as CSV, as import reads it",
       .options = {json_option(), output_option(), tenant_option()},
       .sends = "dnc-list",
       .run = run_dnc_export,
       .objection = object_to_json_beside_csv},
  };
}

}  // namespace outpost::supervisor::ctl
