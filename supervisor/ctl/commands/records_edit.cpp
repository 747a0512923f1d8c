// outpostctl records set, recycle, delete, undo: records changed page by page, with a way back.
#include "supervisor/ctl/commands/commands.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <iostream>
#include <optional>
#include <utility>

#include "common/json.h"
#include "common/text.h"
#include "protocol/outbound/record_columns.h"
#include "supervisor/ctl/commands/options.h"
#include "supervisor/ctl/commands/show.h"
#include "supervisor/ctl/files/file.h"
#include "supervisor/ctl/files/undo_file.h"
#include "supervisor/ctl/view/progress.h"
#include "supervisor/ctl/view/record.h"
#include "supervisor/ctl/view/reply.h"
#include "supervisor/ctl/view/table.h"

namespace outpost::supervisor::ctl {

namespace {

constexpr std::size_t kSampleMax = 10;
constexpr std::size_t kReasonsShown = 10;

// What all pages together come to.
struct Tally {
  std::uint64_t chosen = 0;
  std::uint64_t changed = 0;
  std::uint64_t unchanged = 0;
  std::uint64_t held = 0;
  std::uint64_t do_not_call = 0;
  std::uint64_t refused = 0;
  std::uint64_t meanwhile = 0;
  JsonValue::Array reasons;
  JsonValue::Array sample;  // of a plan

  template <class Counts>
  static auto counts_of(Counts& tally) {
    return std::array{std::pair{"chosen", &tally.chosen},           std::pair{"changed", &tally.changed},
                      std::pair{"unchanged", &tally.unchanged},     std::pair{"held", &tally.held},
                      std::pair{"do_not_call", &tally.do_not_call}, std::pair{"refused", &tally.refused},
                      std::pair{"meanwhile", &tally.meanwhile}};
  }
  void add(const JsonValue& reply) {
    for (auto [name, into] : counts_of(*this)) *into += static_cast<std::uint64_t>(integer_of(reply, name));
    auto keep = [&](const char* key, JsonValue::Array& into, std::size_t most) {
      for (const JsonValue& item : array_of(reply, key)) {
        if (into.size() < most) into.push_back(item);
      }
    };
    keep("reasons", reasons, kReasonsShown);
    keep("records", sample, kSampleMax);
  }
};

class RecordsEdit {
 public:
  RecordsEdit(Client& client, const Arguments& arguments) : client_(client), arguments_(arguments) {}

  // What would be done; nothing is written.
  Result<Tally> plan() {
    Tally tally;
    auto done = pages([&](const JsonValue& after) -> Result<JsonValue> {
      auto reply = send("records-plan", after, true, nullptr);
      if (reply) tally.add(*reply);
      return reply;
    });
    if (!done) return pass(done);
    return tally;
  }

  Result<Tally> carry_out() {
    bool undo = !arguments_.undo_file.empty();
    Tally tally;
    auto done = pages([&](const JsonValue& after) { return undo ? undoable(after, tally) : edit(after, tally); });
    if (done) return tally;
    return fail(done.error().code, "{}{}", done.error().text,
                tally.changed == 0 ? std::string()
                                   : fmt::format(" ({} records are done; the same command goes on{})", tally.changed,
                                                 undo ? ", with another --undo-file" : ""));
  }

 private:
  // Calls `page` with what to ask "after" until there is no more.
  template <class Page>
  Result<> pages(const Page& page) {
    Progress progress("records");
    JsonValue after;
    std::uint64_t rows = 0;
    do {
      auto reply = page(after);
      if (!reply) return pass(reply);
      after = next_of(*reply);
      rows += static_cast<std::uint64_t>(integer_of(*reply, "chosen"));
      progress.show({0, rows, 0, 0, 0});
    } while (after.kind() != JsonValue::Kind::null);
    return {};
  }

  Result<JsonValue> edit(const JsonValue& after, Tally& tally) {
    auto reply = send("records-edit", after, false, nullptr);
    if (reply) tally.add(*reply);
    return reply;
  }

  // First into the file, then into the store. What has changed in between is left alone.
  Result<JsonValue> undoable(const JsonValue& after, Tally& tally) {
    auto plan = send("records-plan", after, false, nullptr);
    if (!plan) return plan;
    // Not before that: a command that is refused leaves no file in the way of the next.
    if (!undo_) {
      auto file = UndoFile::create(client_, arguments_.list, arguments_.undo_file);
      if (!file) return pass(file);
      undo_.emplace(std::move(*file));
    }
    const JsonValue::Array& planned = array_of(*plan, "records");
    Tally page;
    page.add(*plan);
    if (!planned.empty()) {
      if (auto added = undo_->add(planned); !added) return pass(added);
      auto reply = send("records-edit", after, false, &planned);
      if (!reply) return reply;
      // Those that the plan would not change are counted by it, the others by the edit.
      page.changed = 0;
      page.chosen -= planned.size();
      page.add(*reply);
      page.chosen += static_cast<std::uint64_t>(integer_of(*reply, "meanwhile"));
    }
    for (std::size_t i = 0; i < Tally::counts_of(tally).size(); ++i) {
      *Tally::counts_of(tally)[i].second += *Tally::counts_of(page)[i].second;
    }
    for (JsonValue& reason : page.reasons) {
      if (tally.reasons.size() < kReasonsShown) tally.reasons.push_back(std::move(reason));
    }
    return plan;
  }

  Result<JsonValue> send(const char* command, const JsonValue& after, bool judge, const JsonValue::Array* planned) {
    JsonWriter writer;
    write_sent(writer.begin_object(), arguments_);
    if (after.kind() != JsonValue::Kind::null) writer.member("after", after);
    if (judge) writer.member("judge", true);
    if (planned) {
      writer.key("expect").begin_object();
      for (const JsonValue& one : *planned) {
        const JsonValue* record = one.find("record");
        if (!record) continue;
        writer.key(text_of(*record, "record_id")).begin_object();
        writer.member("before", text_of(one, "before")).member("after", text_of(one, "after")).end_object();
      }
      writer.end_object();
    }
    return read_reply(client_.command(command, writer.end_object().take()));
  }

  Client& client_;
  const Arguments& arguments_;
  std::optional<UndoFile> undo_;  // once it is needed
};

// --- What is shown ---------------------------------------------------------------------------------------------------

std::string records_of(std::uint64_t n) { return grouped(n) + (n == 1 ? " record" : " records"); }

std::string word_of(const Arguments& arguments) {
  std::string_view name = name_in_group_of(*arguments.command);
  return name == "set" ? "changed" : name == "recycle" ? "recycled" : "deleted";
}

// "attempt 4 -> 0, record_status 3 Updated -> 1 Ready"
std::string changes_of(const JsonValue& planned) {
  const JsonValue* record = planned.find("record");
  const JsonValue* becomes = planned.find("becomes");
  if (!record || !becomes) return "deleted";
  std::string text;
  auto compare = [&](const JsonValue& before, const JsonValue& after, std::string_view name) {
    std::string was = record_value(before, name);
    std::string is = record_value(after, name);
    if (was == is || name == "custom") return;
    text += fmt::format("{}{} {} -> {}", text.empty() ? "" : ", ", name, was.empty() ? "(none)" : was,
                        is.empty() ? "(none)" : is);
  };
  const auto* members = std::get_if<JsonValue::Object>(&becomes->value);
  for (const auto& [name, value] : members ? *members : JsonValue::Object{}) compare(*record, *becomes, name);
  const JsonValue* fields = record->find("custom");
  const JsonValue* after = becomes->find("custom");
  for (const auto& [name, value] : object_of(*becomes, "custom")) compare(*fields, *after, name);
  for (const auto& [name, value] : object_of(*record, "custom")) {
    if (after && !after->find(name)) compare(*fields, *after, name);
  }
  return text;
}

std::string sample_table(const Tally& tally) {
  Table table({{"RECORD", Table::Align::right}, {"CONTACT"}, {"STATUS"}, {"WOULD BE"}});
  for (const JsonValue& planned : tally.sample) {
    const JsonValue* record = planned.find("record");
    if (!record) continue;
    table.add({text_of(*record, "record_id"), text_of(*record, "contact_info"), record_value(*record, "record_status"),
               changes_of(planned)});
  }
  return table.take();
}

std::string tally_text(const Arguments& arguments, const Tally& tally) {
  bool plan = arguments.dry_run;
  std::string text = fmt::format("{} {}{}", records_of(tally.changed),
                                 plan                 ? "would be "
                                 : tally.changed == 1 ? "was "
                                                      : "were ",
                                 word_of(arguments));
  auto add = [&](std::uint64_t n, const char* why) {
    if (n > 0) text += fmt::format("; {} {}", grouped(n), why);
  };
  add(tally.unchanged, "as they are already");
  add(tally.held, "left alone: agents hold them, or another number of the same customer");
  add(tally.do_not_call, "left alone: on the do-not-call list");
  add(tally.refused, "refused");
  add(tally.meanwhile, "left alone: changed meanwhile");
  text += plan ? " (dry run: nothing was written)\n" : "\n";
  for (const JsonValue& reason : tally.reasons) {
    text += fmt::format("record {}: {}\n", text_of(reason, "record_id"), escape_control(text_of(reason, "reason")));
  }
  return text;
}

void print_tally(const Arguments& arguments, const Tally& tally) {
  JsonWriter writer;
  writer.begin_object().member("list", arguments.list).member("dry_run", arguments.dry_run);
  for (auto [name, count] : Tally::counts_of(tally)) writer.member(name, *count);
  writer.key("reasons").value(JsonValue{tally.reasons});
  if (arguments.dry_run) writer.key("sample").value(JsonValue{tally.sample});
  if (!arguments.dry_run && !arguments.undo_file.empty()) writer.member("undo_file", arguments.undo_file);
  fmt::print("{}\n", writer.end_object().take());
}

// --- Commands --------------------------------------------------------------------------------------------------------

// Whoever sits there is asked; a script said what it wants.
Result<bool> confirmed(RecordsEdit& edit, const Arguments& arguments) {
  if (arguments.yes || isatty(STDIN_FILENO) != 1 || isatty(STDERR_FILENO) != 1) return true;
  auto tally = edit.plan();
  if (!tally) return pass(tally);
  fmt::print(stderr, "{}\n{} of calling list {} will be {}{}. Go on? [y/N] ", sample_table(*tally),
             records_of(tally->changed), printable(arguments.list), word_of(arguments),
             arguments.undo_file.empty() ? ", with no undo file" : "");
  std::string answer;
  std::getline(std::cin, answer);
  return answer == "y" || answer == "Y" || equal_ignoring_case(answer, "yes");
}

Result<Exit> run_edit(Client& client, const Arguments& arguments) {
  RecordsEdit edit(client, arguments);
  if (!arguments.dry_run) {
    auto may = confirmed(edit, arguments);
    if (!may) return pass(may);
    if (!*may) {
      fmt::print(stderr, "nothing was written\n");
      return Exit::refused;
    }
  }
  auto tally = arguments.dry_run ? edit.plan() : edit.carry_out();
  if (!tally) return pass(tally);
  if (arguments.json) {
    print_tally(arguments, *tally);
    return Exit::done;
  }
  if (arguments.dry_run && !tally->sample.empty()) fmt::print("{}\n", sample_table(*tally));
  fmt::print("{}", tally_text(arguments, *tally));
  if (!arguments.dry_run && !arguments.undo_file.empty() && tally->changed > 0) {
    fmt::print("outpostctl records undo {} brings them back\n", arguments.undo_file);
  }
  return Exit::done;
}

void print_restored(const Arguments& arguments, const Restored& restored) {
  if (arguments.json) {
    JsonWriter writer;
    writer.begin_object().member("restored", restored.restored).member("unchanged", restored.unchanged);
    writer.member("held", restored.held).member("do_not_call", restored.do_not_call);
    writer.member("meanwhile", restored.meanwhile).member("refused", restored.refused).key("reasons").begin_array();
    for (const std::string& reason : restored.reasons) writer.value(reason);
    fmt::print("{}\n", writer.end_array().end_object().take());
    return;
  }
  std::string text = records_of(restored.restored) + (restored.restored == 1 ? " is" : " are") + " as before";
  for (auto [n, why] : {std::pair{restored.unchanged, "were so already"},
                        {restored.held, "left alone: agents hold them, or another number of the same customer"},
                        {restored.do_not_call, "left alone: on the do-not-call list"},
                        {restored.meanwhile, "left alone: changed by somebody since"},
                        {restored.refused, "refused"}}) {
    if (n > 0) text += fmt::format("; {} {}", grouped(n), why);
  }
  fmt::print("{}\n", text);
  for (const std::string& reason : restored.reasons) fmt::print("{}\n", escape_control(reason));
}

Result<Exit> run_undo(Client& client, const Arguments& arguments) {
  auto restored = restore_from(client, arguments.file);
  if (!restored) return pass(restored);
  print_restored(arguments, *restored);
  return restored->left() == 0 ? Exit::done : Exit::rejects;
}

// A whole list is changed only by who says so.
std::string object_to_no_filter(const Arguments& arguments) {
  bool chosen = arguments.status >= 0 || arguments.type >= 0 || arguments.result >= 0 || arguments.chain >= 0 ||
                arguments.due_from >= 0 || arguments.due_till >= 0 || !arguments.contact.empty() ||
                !arguments.customer_id.empty() || !arguments.agent.empty();
  if (chosen && arguments.all) return "--all: it means every record of the list, and others are chosen as well";
  if (chosen || arguments.all) return {};
  return "which records? --status, --result and the like choose them, --all means every record of the list";
}

// A variable of a script that is empty must not cost the way back.
std::string object_to_no_file(const std::string& given) {
  if (!given.empty() && given != kStandardStream) return {};
  return fmt::format("'{}' is no file: the name of a new one is needed", given);
}

std::vector<Option> edit_options() {
  return {{"--all", "Every record of the list", &Arguments::all},
          {"--dry-run", "Only count them, and show some", &Arguments::dry_run},
          {.names = "--undo-file",
           .text = "A new file for the rows as they were; records undo FILE brings them back",
           .target = &Arguments::undo_file,
           .type = "FILE",
           .objection = object_to_no_file},
          {"-y,--yes", "Do not ask, also on a terminal", &Arguments::yes}};
}

constexpr const char* kEditFooter =
    "Records that an agent holds are left alone, and so are those that would be Ready while somebody calls another\n"
    "number of the same customer, or although the do-not-call list has them. Each kind is counted.\n"
    "TIME: epoch seconds, now, YYYY-MM-DD (its first second) or YYYY-MM-DDTHH:MM[:SS]; in the time of this shell "
    "unless "
    "Z or\nan offset such as +02:00 follows.";
constexpr const char* kUndoFooter =
    "Only rows that are still what the command left them are restored: what requests have changed since stays. A row "
    "that\n"
    "was deleted gets its number and, where it is free, its place in the chain back. Exit status 5: some were left "
    "alone.\n"
    "The file has the columns of an export. To import it: --skip record_id,chain_id,chain_n,undo_list,undo_custom,"
    "undo_after,undo_tz\n(and customer_id, where a custom field is the customer id).";

Command edit_command(const char* name, const char* text, std::vector<Option> more = {}) {
  return {.name = name,
          .text = text,
          .options = together({json_option(), list_option()}, more, filter_options(), edit_options()),
          .footer = kEditFooter,
          .sends = "records-edit",
          .subcommand = name + std::string_view("records ").size(),
          .run = run_edit,
          .objection = object_to_no_filter,
          .grave = true};
}

}  // namespace

std::vector<Command> records_edit_commands() {
  return {
      edit_command("records set", "Set attributes of records",
                   {{.names = "VALUES",
                     .text = "NAME=VALUE: a column of the record, tz_name or a custom field; without VALUE as of a new "
                             "record",
                     .target = &Arguments::assignments,
                     .sent = "set",
                     .required = true,
                     .type = "NAME=VALUE"}}),
      edit_command("records recycle",
                   "Make records Ready again, as if nobody had called them; those that are stay as they are"),
      edit_command("records delete", "Delete records; others of their chains stay"),
      {.name = "records undo",
       .text = "Bring back the records of an undo file",
       .options = {json_option(),
                   {.names = "FILE",
                    .text = "As --undo-file wrote it; - for standard input",
                    .target = &Arguments::file,
                    .required = true}},
       .footer = kUndoFooter,
       .sends = "records-restore",
       .run = run_undo},
  };
}

}  // namespace outpost::supervisor::ctl
