// outpostctl outbox: what waits for other servers.
#include "supervisor/ctl/commands/commands.h"

#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <iostream>

#include "common/clock.h"
#include "common/json.h"
#include "common/text.h"
#include "supervisor/ctl/commands/options.h"
#include "supervisor/ctl/commands/show.h"
#include "supervisor/ctl/view/progress.h"
#include "supervisor/ctl/view/reply.h"
#include "supervisor/ctl/view/table.h"
#include "supervisor/ctl/view/values.h"

namespace outpost::supervisor::ctl {

namespace {

using Align = Table::Align;

std::string messages_of(std::uint64_t n) { return n == 1 ? "1 message" : fmt::format("{} messages", grouped(n)); }

std::string age_of(const JsonValue& destination, std::string_view key) {
  std::int64_t oldest = integer_of(destination, key);
  if (oldest == 0) return "-";
  std::int64_t age = std::max<std::int64_t>(0, SystemClock().now() - oldest);
  return human_duration(std::chrono::duration<double>(static_cast<double>(age)));
}

std::string standing_of(const JsonValue& destination, std::string_view key) {
  std::string standing = text_of(destination, key);
  if (std::int64_t until = integer_of(destination, "until"); until > 0) return standing + " until " + show_time(until);
  if (std::int64_t since = integer_of(destination, "paused_at"); since > 0) return "paused since " + show_time(since);
  return standing;
}

std::string dash_if_empty(const JsonValue& item, std::string_view key) {
  std::string text = text_of(item, key);
  return text.empty() ? "-" : text;
}

// Its size, when the text was not asked for.
std::string body_of(const JsonValue& message, std::string_view key) {
  return message.find(key) ? text_of(message, key)
                           : human_bytes(static_cast<std::uint64_t>(integer_of(message, "body_bytes")));
}

std::string show_sooner(const JsonValue& reply) {
  auto n = static_cast<std::uint64_t>(integer_of(reply, "sooner"));
  return fmt::format("{} {} sent now\n", messages_of(n), n == 1 ? "is" : "are");
}

std::string show_pause(const JsonValue& reply) {
  bool paused = flag_of(reply, "paused");
  bool same = flag_of(reply, "before") == paused;
  return fmt::format("{} is {}{}\n", escape_control(text_of(reply, "destination")),
                     paused ? "paused: its messages are kept, up to outbox-retention" : "sent to",
                     same ? ", as before" : "");
}

// --- drop ------------------------------------------------------------------------------------------------------------

// Page by page; how many were chosen, which is also how many went unless it is a dry run.
Result<std::uint64_t> drop_pages(Client& client, const Arguments& arguments, bool dry_run) {
  Progress progress("messages");
  std::uint64_t chosen = 0;
  JsonValue after;
  do {
    JsonWriter writer;
    write_sent(writer.begin_object(), arguments);
    if (dry_run) writer.member("dry_run", true);
    if (after.kind() != JsonValue::Kind::null) writer.member("after", after);
    auto reply = read_reply(client.command("outbox-drop", writer.end_object().take()));
    if (!reply && chosen > 0 && !dry_run) {
      return fail(reply.error().code, "{} ({} are dropped; the same command goes on)", reply.error().text, chosen);
    }
    if (!reply) return pass(reply);
    chosen += static_cast<std::uint64_t>(integer_of(*reply, "chosen"));
    after = next_of(*reply);
    progress.show({0, chosen, 0, 0, 0});
  } while (after.kind() != JsonValue::Kind::null);
  return chosen;
}

// Whoever sits there is asked; a script said what it wants.
Result<bool> may_drop(Client& client, const Arguments& arguments) {
  if (arguments.yes || isatty(STDIN_FILENO) != 1 || isatty(STDERR_FILENO) != 1) return true;
  auto chosen = drop_pages(client, arguments, true);
  if (!chosen) return pass(chosen);
  fmt::print(stderr, "{} for {} will be dropped, and never sent. Go on? [y/N] ", messages_of(*chosen),
             printable(arguments.destination));
  std::string answer;
  std::getline(std::cin, answer);
  return answer == "y" || answer == "Y" || equal_ignoring_case(answer, "yes");
}

Result<Exit> run_drop(Client& client, const Arguments& arguments) {
  if (!arguments.dry_run) {
    auto may = may_drop(client, arguments);
    if (!may) return pass(may);
    if (!*may) {
      fmt::print(stderr, "nothing was dropped\n");
      return Exit::refused;
    }
  }
  auto chosen = drop_pages(client, arguments, arguments.dry_run);
  if (!chosen) return pass(chosen);
  if (arguments.json) {
    JsonWriter writer;
    writer.begin_object().member("destination", arguments.destination).member("dry_run", arguments.dry_run);
    writer.member("chosen", *chosen).member("removed", arguments.dry_run ? 0 : *chosen);
    fmt::print("{}\n", writer.end_object().take());
    return Exit::done;
  }
  fmt::print("{} {}\n", messages_of(*chosen), arguments.dry_run ? "would be dropped" : "dropped");
  return Exit::done;
}

std::string object_to_choice(const Arguments& arguments) {
  int chosen = int{arguments.message_id > 0} + int{arguments.older_than_h >= 0} + int{arguments.all};
  return chosen == 1 ? "" : "which messages? one of --message, --older-than and --all chooses them";
}

std::string object_to_both(const Arguments& arguments) {
  bool both = arguments.message_id > 0 && !arguments.destination.empty();
  return both ? "--message: a message is of one destination, which need not be named" : "";
}

// --- Rows ------------------------------------------------------------------------------------------------------------

Option destination_option(bool required) {
  return {"DESTINATION", "Such as history, contact-processed, history@201 or webhook:NAME", &Arguments::destination,
          "destination", required};
}

Option message_option(const char* text) {
  return {.names = "--message",
          .text = text,
          .target = &Arguments::message_id,
          .sent = "message_id",
          .type = "ID",
          .range = kPositive};
}

Command overview(const char* name, const char* text) {
  return {.name = name,
          .text = text,
          .options = {json_option(), watch_option()},
          .sends = "outbox",
          .listing = {"destinations",
                      {{"DESTINATION", "destination"},
                       {"ADDRESS", "address", dash_if_empty},
                       {"STATE", "standing", standing_of},
                       {"MESSAGES", "messages", count_of, Align::right},
                       {"IN FLIGHT", "in_flight", count_of, Align::right},
                       {"OLDEST", "oldest_at", age_of, Align::right},
                       {"LAST PROBLEM", "problem", dash_if_empty}}}};
}

Command list() {
  std::vector<Option> own = {json_option(),
                             watch_option(),
                             destination_option(true),
                             {.names = "--after",
                              .text = "Only messages behind this one",
                              .target = &Arguments::behind,
                              .sent = "behind",
                              .type = "ID",
                              .range = kPositive},
                             {"--body", "With what each says: it holds customers' data", &Arguments::body, "body"}};
  return {.name = "outbox list",
          .text = "Show messages that wait, in the order in which they were written",
          .options = together(own, paging_options()),
          .sends = "outbox-list",
          .listing = {"messages",
                      {{"MESSAGE", "message_id", text_of, Align::right},
                       {"KIND", "kind"},
                       {"LIST", "list", dash_if_empty},
                       {"CHAIN", "chain_id", text_of, Align::right},
                       {"WRITTEN", "created_at", time_of},
                       {"FAILED", "attempts", count_of, Align::right},
                       {"LAST PROBLEM", "problem", dash_if_empty},
                       {"BODY", "body", body_of}},
                      true}};
}

Command pause(const char* name, const char* text, const char* sends) {
  return {.name = name,
          .text = text,
          .options = {json_option(), destination_option(true)},
          .sends = sends,
          .view = show_pause};
}

Command drop() {
  return {.name = "outbox drop",
          .text = "Remove messages: they are never sent",
          .options = {json_option(),
                      destination_option(true),
                      message_option("This one"),
                      {.names = "--older-than",
                       .text = "Those written more than so many hours ago",
                       .target = &Arguments::older_than_h,
                       .sent = "older_than",
                       .type = "HOURS",
                       .range = {0, 100'000}},
                      {"--all", "All of the destination", &Arguments::all, "all"},
                      {"--dry-run", "Only count them", &Arguments::dry_run},
                      {"-y,--yes", "Do not ask, also on a terminal", &Arguments::yes}},
          .sends = "outbox-drop",
          .run = run_drop,
          .objection = object_to_choice,
          .grave = true};
}

}  // namespace

std::vector<Command> outbox_commands() {
  return {
      overview("outbox", "Show what waits for other servers, or see to it: reports, notifications, webhooks"),
      overview("outbox show", "Show each destination, how it stands and what waits for it"),
      list(),
      {.name = "outbox retry",
       .text = "Send now what waits after a failure: all, of one destination, or one message",
       .options = {json_option(), destination_option(false), message_option("Only this one, whatever its destination")},
       .sends = "outbox-retry",
       .view = show_sooner,
       .objection = object_to_both},
      drop(),
      pause("outbox pause", "Keep the messages of a destination, and send none", "outbox-pause"),
      pause("outbox resume", "Send to a destination that is paused", "outbox-resume"),
  };
}

}  // namespace outpost::supervisor::ctl
