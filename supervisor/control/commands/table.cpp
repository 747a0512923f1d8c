#include "supervisor/control/commands/table.h"

#include <algorithm>
#include <type_traits>

#include "common/clock.h"
#include "common/text.h"
#include "supervisor/control/commands/arguments.h"
#include "supervisor/log_messages.h"

namespace outpost::supervisor {

namespace lm = log_messages;

namespace {

using Parts = CommandParts;
using Respond = ControlCommand::Respond;
using Session = std::shared_ptr<ControlSession>;
using Arguments = std::shared_ptr<const JsonValue>;

// Where a command runs says what it may do.
enum class Where : std::uint8_t {
  loop,       // the role, or more than one of the others
  reader,     // on the reader's thread: reads
  writer,     // in a transaction on the engine's thread, of a primary only
  tokens,     // as writer; the reply says that the running proxy knows what has changed
  catalogue,  // as writer; the engine reads its copy again
};

struct Row {
  using OnLoop = void (*)(const Parts& parts, Session session, Arguments arguments, Respond respond);
  // `engine` is to be used on its thread only: by those that do not run on `reader`.
  using OnStore = Result<std::string> (*)(RecordStore& store, const JsonValue& arguments, Engine& engine);

  std::string_view name;
  Where where;
  Effect effect;
  OnLoop on_loop = nullptr;    // of `loop`
  OnStore on_store = nullptr;  // of all others

  // Daily work is for members of control.group; not what changes the role, the catalogue or who may come in.
  bool for_members = where == Where::reader || where == Where::writer;
};

// What a command gets beside the store and its arguments is told by its type.
template <auto kCommand>
Result<std::string> store_command(RecordStore& store, const JsonValue& arguments, Engine& engine) {
  using Command = decltype(kCommand);
  if constexpr (std::is_invocable_v<Command, RecordStore&, const JsonValue&>) {
    return kCommand(store, arguments);
  } else if constexpr (std::is_invocable_v<Command, RecordStore&, const JsonValue&, std::int64_t>) {
    return kCommand(store, arguments, SystemClock().now());
  } else if constexpr (std::is_invocable_v<Command, RecordStore&, const JsonValue&, DueRule>) {
    return kCommand(store, arguments, engine.due_rule());
  } else if constexpr (std::is_invocable_v<Command, RecordStore&, const JsonValue&, Engine&>) {
    return kCommand(store, arguments, engine);
  } else if constexpr (std::is_invocable_v<Command, RecordStore&, const JsonValue&, const OutwardRules&>) {
    return kCommand(store, arguments, engine.outward_rules());
  } else {
    return kCommand(store, arguments, engine.sessions());
  }
}

// How long a command waits for another supervisor.
std::chrono::milliseconds timeout_argument(const JsonValue& arguments) {
  constexpr std::int64_t kDefaultMs = 30'000;
  constexpr std::int64_t kMostMs = 86'400'000;
  auto given = integer_argument(arguments, "timeout_ms");
  return std::chrono::milliseconds(given ? std::clamp<std::int64_t>(*given, 1, kMostMs) : kDefaultMs);
}

void write(const Parts& parts, EngineThreads::StoreCommand run, Respond respond) {
  if (parts.keeper.role() != Role::primary) {
    return respond(fail(Errc::closed, "this outpostd is {} and changes nothing: {}", to_string(parts.keeper.role()),
                        parts.keeper.who_is_primary()));
  }
  parts.engine.write(std::move(run), std::move(respond));
}

void write_tokens(const Parts& parts, EngineThreads::StoreCommand run, Respond respond) {
  // Read in the same transaction, so that the proxy is told what is durable, and nothing else.
  auto tokens = std::make_shared<std::vector<Token>>();
  auto run_and_read = [run = std::move(run), tokens](RecordStore& store) -> Result<std::string> {
    auto reply = run(store);
    if (!reply) return reply;
    auto all = store.tokens();
    if (!all) return pass(all);
    *tokens = std::move(*all);
    return reply;
  };
  write(parts, std::move(run_and_read), [parts, tokens, respond = std::move(respond)](Result<std::string> reply) {
    if (!reply) return respond(std::move(reply));
    parts.log.write(lm::kTokensChanged, "tokens changed: {} now", tokens->size());
    parts.set_tokens(*tokens, [respond, text = std::move(*reply)] { respond(text); });
  });
}

void run_on_store(const Parts& parts, const Row& row, Arguments arguments, Respond respond) {
  auto run = [&row, arguments = std::move(arguments), &engine = parts.engine.engine()](RecordStore& store) {
    auto reply = row.on_store(store, *arguments, engine);
    if (row.where == Where::catalogue) engine.forget_cache();
    return reply;
  };
  if (row.where == Where::reader) return parts.engine.read(std::move(run), std::move(respond));
  if (row.where == Where::tokens) return write_tokens(parts, std::move(run), std::move(respond));
  write(parts, std::move(run), std::move(respond));
}

// --- Commands of the role --------------------------------------------------------------------------------------------

void switch_role(const Parts& parts, Session session, Arguments arguments, Respond respond) {
  const std::string* to = text_argument(*arguments, "to");
  parts.keeper.switch_to(to ? *to : "", timeout_argument(*arguments), session, std::move(respond));
}

void take_role(const Parts& parts, Session session, Arguments arguments, Respond respond) {
  const std::string* role = text_argument(*arguments, "role");
  if (role && *role == "primary") {
    return parts.keeper.become_primary(timeout_argument(*arguments), session, std::move(respond));
  }
  if (role && *role == "backup") return parts.keeper.become_backup(std::move(respond));
  respond(fail(Errc::invalid, "argument role must be primary or backup"));
}

// --- Commands whose effect outlasts the reply ------------------------------------------------------------------------

void group(const Parts& parts, Session, Arguments arguments, Respond respond) {
  auto outcome = std::make_shared<GroupOutcome>();
  auto run = [arguments = std::move(arguments), outcome,
              &engine = parts.engine.engine()](RecordStore& store) -> Result<std::string> {
    auto result = run_group(store, *arguments, [&store, &engine](std::int64_t group_dbid) {
      return engine.give_back_group(store, group_dbid);
    });
    engine.forget_cache();
    if (!result) return pass(result);
    *outcome = std::move(*result);
    return outcome->reply;
  };
  write(parts, std::move(run), [parts, outcome, respond = std::move(respond)](Result<std::string> reply) {
    if (reply && outcome->event) parts.log.write(*outcome->event, "{}", outcome->event_text);
    respond(std::move(reply));
  });
}

void import_rows(const Parts& parts, std::shared_ptr<const OpenedImport> opened, protocol::ImportRows rows,
                 Respond respond) {
  bool dry = opened->dry_run != nullptr;
  auto run = [opened = std::move(opened), shared = std::make_shared<protocol::ImportRows>(std::move(rows)),
              due = parts.engine.due_rule()](RecordStore& store) {
    return run_import_rows(store, *opened, *shared, due);
  };
  dry ? parts.engine.read(std::move(run), std::move(respond)) : write(parts, std::move(run), std::move(respond));
}

void import_open(const Parts& parts, Session session, Arguments arguments, Respond respond) {
  bool dry = flag_argument(*arguments, "dry_run");
  auto opened = std::make_shared<OpenedImport>();
  auto run = [arguments = std::move(arguments), opened](RecordStore& store) -> Result<std::string> {
    auto result = run_import_open(store, *arguments);
    if (!result) return pass(result);
    *opened = std::move(*result);
    return opened->reply;
  };
  auto done = [parts, session = std::move(session), opened, respond = std::move(respond)](Result<std::string> reply) {
    if (reply) {
      session->import_id = opened->import_id;
      session->import_rows = [parts, opened](protocol::ImportRows rows, Respond answer) {
        import_rows(parts, opened, std::move(rows), std::move(answer));
      };
    }
    respond(std::move(reply));
  };
  dry ? parts.engine.read(std::move(run), std::move(done)) : write(parts, std::move(run), std::move(done));
}

// What the records would be judged by is the engine's, and it reads all the same.
void records_plan(const Parts& parts, Session, Arguments arguments, Respond respond) {
  auto run = [arguments = std::move(arguments), due = parts.engine.due_rule()](RecordStore& store) {
    return run_records_plan(store, *arguments, due);
  };
  parts.engine.read(std::move(run), std::move(respond));
}

void sample_call(const Parts& parts, Session, Arguments arguments, Respond respond) {
  parts.samples.run(*arguments, std::move(respond));
}

// --- Commands of the outbox, which its sender is told of -------------------------------------------------------------

// Names on both sides: those with messages, and those of the configuration.
std::string outbox_reply(const Parts& parts, std::vector<OutboxBacklog> backlogs) {
  for (const std::string& name : parts.outbox.destinations()) {
    auto found = std::ranges::find(backlogs, name, &OutboxBacklog::destination);
    if (found == backlogs.end()) backlogs.push_back({name});
  }
  std::ranges::sort(backlogs, {}, &OutboxBacklog::destination);
  JsonWriter out;
  out.begin_object().member("primary", parts.keeper.role() == Role::primary).key("destinations").begin_array();
  for (const OutboxBacklog& backlog : backlogs) {
    Outbox::View view = parts.outbox.view(backlog.destination);
    out.begin_object().member("destination", backlog.destination).member("address", view.address);
    out.member("standing", word_of(view.standing));
    if (view.until != 0) out.member("until", view.until);
    out.member("messages", backlog.messages).member("oldest_at", backlog.oldest_at);
    out.member("in_flight", std::uint64_t{view.in_flight}).member("paused_at", backlog.paused_at);
    out.member("problem", view.problem.empty() ? backlog.problem : view.problem).end_object();
  }
  return out.end_array().end_object().take();
}

void outbox(const Parts& parts, Session, Arguments, Respond respond) {
  auto backlogs = std::make_shared<std::vector<OutboxBacklog>>();
  auto run = [backlogs](RecordStore& store) -> Result<std::string> {
    auto found = survey_outbox(store);
    if (!found) return pass(found);
    *backlogs = std::move(*found);
    return std::string();
  };
  parts.engine.read(std::move(run), [parts, backlogs, respond = std::move(respond)](const Result<std::string>& read) {
    if (!read) return respond(fail(read.error()));
    respond(outbox_reply(parts, std::move(*backlogs)));
  });
}

void outbox_list(const Parts& parts, Session, Arguments arguments, Respond respond) {
  auto run = [arguments = std::move(arguments), configured = parts.outbox.destinations()](RecordStore& store) {
    return run_outbox_list(store, *arguments, configured);
  };
  parts.engine.read(std::move(run), std::move(respond));
}

// `change` as run_outbox_drop(); `tell` once that is durable.
template <class Change, class Tell>
void change_outbox(const Parts& parts, Arguments arguments, Respond respond, Change change, Tell tell) {
  auto outcome = std::make_shared<OutboxOutcome>();
  auto run = [outcome, change, arguments = std::move(arguments),
              configured = parts.outbox.destinations()](RecordStore& store) -> Result<std::string> {
    auto changed = change(store, *arguments, configured);
    if (!changed) return pass(changed);
    *outcome = std::move(*changed);
    return outcome->reply;
  };
  write(parts, std::move(run), [parts, outcome, tell, respond = std::move(respond)](Result<std::string> reply) {
    if (reply) tell(parts.outbox, *outcome);
    respond(std::move(reply));
  });
}

void outbox_drop(const Parts& parts, Session, Arguments arguments, Respond respond) {
  change_outbox(
      parts, std::move(arguments), std::move(respond),
      [](RecordStore& store, const JsonValue& given, const std::vector<std::string>& configured) {
        return run_outbox_drop(store, given, configured, SystemClock().now());
      },
      [](Outbox& outbox, const OutboxOutcome& outcome) { outbox.dropped(outcome.destination, outcome.removed); });
}

template <bool kPause>
void outbox_pause(const Parts& parts, Session, Arguments arguments, Respond respond) {
  change_outbox(
      parts, std::move(arguments), std::move(respond),
      [](RecordStore& store, const JsonValue& given, const std::vector<std::string>& configured) {
        return run_outbox_pause(store, given, configured, kPause, SystemClock().now());
      },
      [](Outbox& outbox, const OutboxOutcome& outcome) { outbox.set_paused(outcome.destination, outcome.paused_at); });
}

void respond_sooner(const Respond& respond, std::size_t messages) {
  respond(JsonWriter().begin_object().member("sooner", std::uint64_t{messages}).end_object().take());
}

void retry_message(const Parts& parts, std::int64_t id, Respond respond) {
  auto found = std::make_shared<OutboxMessage>();
  auto run = [id, found](RecordStore& store) -> Result<std::string> {
    auto message = store.outbox_message(id);
    if (!message) return pass(message);
    if (!*message) return fail(Errc::not_found, "the outbox has no message {}", id);
    *found = std::move(**message);
    return std::string();
  };
  parts.engine.read(std::move(run), [parts, found, respond = std::move(respond)](const Result<std::string>& read) {
    if (!read) return respond(fail(read.error()));
    std::string why = parts.outbox.retry_message(*found);
    if (!why.empty()) {
      return respond(
          fail(Errc::invalid, "message {} is not sent now: {} {}", found->message_id, found->destination, why));
    }
    respond_sooner(respond, 1);
  });
}

void outbox_retry(const Parts& parts, Session, Arguments arguments, Respond respond) {
  if (parts.keeper.role() != Role::primary) {
    return respond(fail(Errc::closed, "this outpostd is {} and sends nothing: {}", to_string(parts.keeper.role()),
                        parts.keeper.who_is_primary()));
  }
  const JsonValue* given = arguments->find("destination");
  if (given && (given->kind() != JsonValue::Kind::string || arguments->find("message_id"))) {
    return respond(fail(Errc::invalid, "argument destination must be a string, and stand without message_id"));
  }
  if (arguments->find("message_id")) {
    auto id = integer_argument(*arguments, "message_id");
    if (!id) return respond(fail(id.error()));
    return retry_message(parts, *id, std::move(respond));
  }
  const std::string* destination = text_argument(*arguments, "destination");
  std::vector<std::string> known = parts.outbox.destinations();
  if (destination && std::ranges::find(known, *destination) == known.end()) {
    std::vector<std::string_view> names(known.begin(), known.end());
    std::string_view near = nearest(*destination, names);
    return respond(fail(Errc::not_found, "the outbox has no destination \"{}\"{}", *destination,
                        near.empty() ? std::string("; outpostctl outbox shows those that it has")
                                     : fmt::format("; is \"{}\" meant?", near)));
  }
  respond_sooner(respond, parts.outbox.retry(destination ? *destination : ""));
}

// --- The table -------------------------------------------------------------------------------------------------------

constexpr Row kRows[] = {{"switch", Where::loop, Effect::writes, switch_role},
                         {"role", Where::loop, Effect::writes, take_role},
                         {"group", Where::loop, Effect::writes, group, nullptr, true},
                         {"import-open", Where::loop, Effect::writes, import_open, nullptr, true},
                         {"sample-call", Where::loop, Effect::writes, sample_call},
                         {"records-plan", Where::loop, Effect::reads, records_plan, nullptr, true},
                         {"outbox", Where::loop, Effect::reads, outbox, nullptr, true},
                         {"outbox-list", Where::loop, Effect::reads, outbox_list, nullptr, true},
                         {"outbox-retry", Where::loop, Effect::writes, outbox_retry, nullptr, true},
                         {"outbox-drop", Where::loop, Effect::writes, outbox_drop, nullptr, true},
                         {"outbox-pause", Where::loop, Effect::writes, outbox_pause<true>, nullptr, true},
                         {"outbox-resume", Where::loop, Effect::writes, outbox_pause<false>, nullptr, true},
#define X(name, where, effect, function, ...) {name, Where::where, Effect::effect, nullptr, store_command<function>},
                         OUTPOST_STORE_COMMANDS(X)
#undef X
};

ControlCommand command_of(const Row& row, const Parts& parts) {
  auto run = [&row, parts](Session session, Arguments arguments, Respond respond) {
    if (row.on_loop) return row.on_loop(parts, std::move(session), std::move(arguments), std::move(respond));
    run_on_store(parts, row, std::move(arguments), std::move(respond));
  };
  return {row.name, row.effect, std::move(run), false, row.for_members};
}

}  // namespace

std::vector<ControlCommand> outbound_commands(const CommandParts& parts) {
  std::vector<ControlCommand> commands;
  for (const Row& row : kRows) commands.push_back(command_of(row, parts));
  return commands;
}

std::vector<std::string_view> outbound_command_names() {
  std::vector<std::string_view> names;
  for (const Row& row : kRows) names.push_back(row.name);
  return names;
}

}  // namespace outpost::supervisor
