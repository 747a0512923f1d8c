// outpostctl dnc: the do-not-call list of a tenant.
#include "supervisor/ctl/commands/commands.h"

#include <chrono>
#include <cstdio>

#include "common/json.h"
#include "common/text.h"
#include "supervisor/ctl/commands/show.h"
#include "supervisor/ctl/files/dnc.h"
#include "supervisor/ctl/view/progress.h"
#include "supervisor/ctl/view/records.h"
#include "supervisor/ctl/view/reply.h"

namespace outpost::supervisor::ctl {

namespace {

std::string dnc_arguments(const Arguments& arguments) {
  JsonWriter writer;
  writer.begin_object();
  if (!arguments.tenant.empty()) writer.member("tenant", arguments.tenant);
  writer.key("entries").begin_array();
  for (const std::string& phone : arguments.phones) writer.begin_object().member("phone", phone).end_object();
  for (const std::string& id : arguments.customer_ids) writer.begin_object().member("customer_id", id).end_object();
  return writer.end_array().end_object().take();
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

}  // namespace

Result<Exit> run_dnc_add(Client& client, const Arguments& arguments) {
  return show_reply(client, "dnc-add", dnc_arguments(arguments), arguments.json, show_dnc_added);
}

Result<Exit> run_dnc_remove(Client& client, const Arguments& arguments) {
  return show_reply(client, "dnc-remove", dnc_arguments(arguments), arguments.json, show_dnc_removed);
}

Result<Exit> run_dnc_list(Client& client, const Arguments& arguments) {
  DncQuery query{arguments.tenant, arguments.kind, arguments.filters.contact, arguments.filters.customer_id};
  auto page_arguments = [&query](const JsonValue* after, std::int64_t limit) {
    return dnc_list_arguments(query, after, limit);
  };
  return show_pages(client, arguments, {"dnc-list", "entries", page_arguments, dnc_table(), add_dnc_entries});
}

Result<Exit> run_dnc_import(Client& client, const Arguments& arguments) {
  DncImportOptions options{arguments.tenant, arguments.file, arguments.rejects, arguments.skip, arguments.format};
  if (options.rejects.empty()) options.rejects = options.file + ".rejects.csv";
  auto summary = import_dnc(client, options);
  if (!summary) return fail(summary.error());
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
  if (!entries) return fail(entries.error());
  if (in_a_file(arguments.output))
    fmt::print(stderr, "exported {} entries to {}\n", grouped(*entries), arguments.output);
  return Exit::done;
}

}  // namespace outpost::supervisor::ctl
