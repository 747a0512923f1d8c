#include "supervisor/control/table.h"

#include <unistd.h>

#include <algorithm>

#include "common/clock.h"
#include "common/json.h"
#include "common/text.h"
#include "common/version.h"
#include "supervisor/control/commands/arguments.h"
#include "supervisor/log_messages.h"

namespace outpost::supervisor {

namespace lm = log_messages;

namespace {

using Parts = ControlTable::Parts;
using Respond = ControlCommands::Respond;
using Session = std::shared_ptr<ControlSession>;
using Arguments = std::shared_ptr<const JsonValue>;

// Where a command runs says what it may do.
enum class Where : std::uint8_t {
  loop,    // the supervisor itself
  reader,  // on the reader's thread: reads
  writer,  // in a transaction on the engine's thread, of a primary only
  tokens,  // as writer; the reply says that the running proxy knows what has changed
};

struct Row {
  using OnLoop = void (*)(Parts& parts, Session session, Arguments arguments, Respond respond);
  // `engine` is to be used on its thread only: by those that run on `writer` and `tokens`.
  using OnStore = Result<std::string> (*)(RecordStore& store, const JsonValue& arguments, Engine& engine);

  std::string_view name;
  Where where;
  OnLoop on_loop = nullptr;    // of `loop`
  OnStore on_store = nullptr;  // of all others
  bool while_stopping = false;
  bool changes_catalogue = false;  // of what the engine keeps a copy
};

template <auto kCommand>
Result<std::string> plain(RecordStore& store, const JsonValue& arguments, Engine&) {
  return kCommand(store, arguments);
}

template <auto kCommand>
Result<std::string> timed(RecordStore& store, const JsonValue& arguments, Engine&) {
  return kCommand(store, arguments, SystemClock().now());
}

Result<Arguments> parse_arguments(const std::string& text) {
  auto parsed = parse_json(text);
  if (!parsed) return fail(Errc::invalid, "the command's arguments are no JSON: {}", parsed.error().text);
  if (parsed->kind() != JsonValue::Kind::object) {
    return fail(Errc::invalid, "the command's arguments must be a JSON object, not {}", parsed->kind_name());
  }
  return std::make_shared<const JsonValue>(std::move(*parsed));
}

// Of a command that waits for another supervisor.
std::chrono::milliseconds timeout_argument(const JsonValue& arguments) {
  constexpr std::int64_t kDefaultMs = 30'000;
  constexpr std::int64_t kMostMs = 86'400'000;
  auto given = integer_argument(arguments, "timeout_ms");
  return std::chrono::milliseconds(given ? std::clamp<std::int64_t>(*given, 1, kMostMs) : kDefaultMs);
}

void write(Parts& parts, OutboundService::StoreCommand run, Respond respond) {
  if (parts.keeper.role() != Role::primary) {
    return respond(fail(Errc::closed, "this outpostd is {} and changes nothing: {}", to_string(parts.keeper.role()),
                        parts.keeper.who_is_primary()));
  }
  parts.service.write(std::move(run), std::move(respond));
}

void write_tokens(Parts& parts, OutboundService::StoreCommand run, Respond respond) {
  // Read in the same transaction, so that the proxy is told what is durable, and nothing else.
  auto tokens = std::make_shared<std::vector<Token>>();
  auto run_and_read = [run = std::move(run), tokens](RecordStore& store) -> Result<std::string> {
    auto reply = run(store);
    if (!reply) return reply;
    auto all = store.tokens();
    if (!all) return fail(std::move(all.error()));
    *tokens = std::move(*all);
    return reply;
  };
  write(parts, std::move(run_and_read), [&parts, tokens, respond = std::move(respond)](Result<std::string> reply) {
    if (!reply) return respond(std::move(reply));
    parts.log.write(lm::kTokensChanged, "tokens changed: {} now", tokens->size());
    parts.link.set_tokens(std::move(*tokens));
    parts.link.when_in_force([respond, text = std::move(*reply)] { respond(text); });
  });
}

void run_on_store(Parts& parts, const Row& row, Arguments arguments, Respond respond) {
  auto run = [&row, arguments = std::move(arguments), &engine = parts.service.engine()](RecordStore& store) {
    auto reply = row.on_store(store, *arguments, engine);
    if (row.changes_catalogue) engine.forget_cache();
    return reply;
  };
  if (row.where == Where::reader) return parts.service.read(std::move(run), std::move(respond));
  if (row.where == Where::tokens) return write_tokens(parts, std::move(run), std::move(respond));
  write(parts, std::move(run), std::move(respond));
}

// --- Commands of the supervisor
// ---------------------------------------------------------------------------------------

void status(Parts& parts, Session, Arguments, Respond respond) { respond(parts.supervisor.status()); }

void reload(Parts& parts, Session, Arguments, Respond respond) {
  auto changes = parts.supervisor.reload();
  if (!changes) return respond(fail(changes.error()));
  JsonWriter out;
  out.begin_object().key("changes").begin_array();
  for (const auto& change : *changes) out.value(change);
  out.end_array().key("warnings").begin_array();
  for (const auto& warning : parts.supervisor.warnings()) out.value(warning);
  parts.link.when_in_force(
      [respond = std::move(respond), reply = out.end_array().end_object().take()] { respond(reply); });
}

void reopen_logs(Parts& parts, Session, Arguments, Respond respond) {
  parts.supervisor.reopen_logs();
  respond(std::string("{}"));
}

void switch_role(Parts& parts, Session session, Arguments arguments, Respond respond) {
  const std::string* to = text_argument(*arguments, "to");
  parts.keeper.switch_to(to ? *to : "", timeout_argument(*arguments), session, std::move(respond));
}

void take_role(Parts& parts, Session session, Arguments arguments, Respond respond) {
  const std::string* role = text_argument(*arguments, "role");
  if (role && *role == "primary") {
    return parts.keeper.become_primary(timeout_argument(*arguments), session, std::move(respond));
  }
  if (role && *role == "backup") return parts.keeper.become_backup(std::move(respond));
  respond(fail(Errc::invalid, "argument role must be primary or backup"));
}

void stop(Parts& parts, Session, Arguments, Respond respond) {
  respond(JsonWriter().begin_object().member("pid", static_cast<std::int64_t>(getpid())).end_object().take());
  parts.supervisor.stop("outpostctl stop");
}

// --- Commands whose effect outlasts the reply
// -------------------------------------------------------------------------

void group(Parts& parts, Session, Arguments arguments, Respond respond) {
  auto outcome = std::make_shared<GroupOutcome>();
  auto run = [arguments = std::move(arguments), outcome,
              &engine = parts.service.engine()](RecordStore& store) -> Result<std::string> {
    auto result = run_group(store, *arguments, [&store, &engine](std::int64_t group_dbid) {
      return engine.give_back_group(store, group_dbid);
    });
    engine.forget_cache();
    if (!result) return fail(std::move(result.error()));
    *outcome = std::move(*result);
    return outcome->reply;
  };
  write(parts, std::move(run), [&parts, outcome, respond = std::move(respond)](Result<std::string> reply) {
    if (reply && outcome->event) parts.log.write(*outcome->event, "{}", outcome->event_text);
    respond(std::move(reply));
  });
}

void import_open(Parts& parts, Session session, Arguments arguments, Respond respond) {
  bool dry = flag_argument(*arguments, "dry_run");
  auto opened = std::make_shared<OpenedImport>();
  auto run = [arguments = std::move(arguments), opened](RecordStore& store) -> Result<std::string> {
    auto result = run_import_open(store, *arguments);
    if (!result) return fail(result.error());
    *opened = std::move(*result);
    return opened->reply;
  };
  auto done = [session = std::move(session), opened, respond = std::move(respond)](Result<std::string> reply) {
    if (reply) session->import = opened;
    respond(std::move(reply));
  };
  dry ? parts.service.read(std::move(run), std::move(done)) : write(parts, std::move(run), std::move(done));
}

// --- The table
// --------------------------------------------------------------------------------------------------------

constexpr Row on_loop(std::string_view name, Row::OnLoop run, bool while_stopping = false) {
  return {.name = name, .where = Where::loop, .on_loop = run, .while_stopping = while_stopping};
}

constexpr Row on_store(std::string_view name, Where where, Row::OnStore run, bool changes_catalogue = false) {
  return {.name = name, .where = where, .on_store = run, .changes_catalogue = changes_catalogue};
}

constexpr Row kRows[] = {
    on_loop("status", status, true),
    on_loop("reload", reload),
    on_loop("reopen-logs", reopen_logs),
    on_loop("switch", switch_role),
    on_loop("role", take_role),
    on_loop("stop", stop, true),
    on_store("catalogue", Where::reader, plain<run_catalogue>),
    on_store("records", Where::reader, plain<run_records>),
    on_store("record", Where::reader, plain<run_record>),
    on_store("statistics", Where::reader, plain<run_statistics>),
    on_store("groups", Where::reader, plain<run_groups>),
    on_loop("group", group),
    on_store("recall", Where::writer,
             [](RecordStore& store, const JsonValue& arguments, Engine& engine) {
               return run_recall(store, arguments, engine.due_rule());
             }),
    // On the engine's thread, though it writes nothing.
    on_store(
        "sessions", Where::writer,
        [](RecordStore& store, const JsonValue&, Engine& engine) { return run_sessions(store, engine.sessions()); }),
    on_store("dnc-add", Where::writer, timed<run_dnc_add>),
    on_store("dnc-remove", Where::writer, plain<run_dnc_remove>),
    on_store("dnc-list", Where::reader, plain<run_dnc_list>),
    on_store("token-add", Where::tokens, timed<run_token_add>),
    on_store("token-revoke", Where::tokens, plain<run_token_revoke>),
    on_store("token-list", Where::reader, plain<run_token_list>),
    on_store("apply", Where::writer, plain<run_apply>, true),
    on_loop("import-open", import_open),
    on_store("import-finish", Where::writer, plain<run_import_finish>),
};

}  // namespace

std::vector<std::string_view> control_commands() {
  std::vector<std::string_view> names;
  for (const Row& row : kRows) names.push_back(row.name);
  return names;
}

void ControlTable::command(std::shared_ptr<ControlSession> session, protocol::Command command, Respond respond) {
  const Row* row = std::ranges::find(kRows, command.name, &Row::name);
  if (row == std::end(kRows)) {
    std::string_view near = nearest(command.name, control_commands());
    return respond(fail(Errc::unsupported, "this outpostd ({}) has no such command{}", kVersion,
                        near.empty() ? std::string() : fmt::format("; did you mean {}?", near)));
  }
  if (parts_.supervisor.stopping() && !row->while_stopping) {
    return respond(fail(Errc::closed, "outpostd is stopping and takes no more commands"));
  }
  auto arguments = parse_arguments(command.arguments);
  if (!arguments) return respond(fail(arguments.error()));
  if (row->on_loop) return row->on_loop(parts_, std::move(session), std::move(*arguments), std::move(respond));
  run_on_store(parts_, *row, std::move(*arguments), std::move(respond));
}

void ControlTable::import_rows(std::shared_ptr<ControlSession> session, protocol::ImportRows rows, Respond respond) {
  if (parts_.supervisor.stopping()) {
    return respond(fail(Errc::closed, "outpostd is stopping; run the import again later, it goes on where it was"));
  }
  if (!session->import || session->import->import_id != rows.import_id) {
    return respond(fail(Errc::invalid, "import-open must come first on this connection"));
  }
  bool dry = session->import->dry_run != nullptr;
  auto run = [opened = session->import, shared = std::make_shared<protocol::ImportRows>(std::move(rows)),
              due = parts_.service.due_rule()](RecordStore& store) {
    return run_import_rows(store, *opened, *shared, due);
  };
  dry ? parts_.service.read(std::move(run), std::move(respond)) : write(parts_, std::move(run), std::move(respond));
}

}  // namespace outpost::supervisor
