// What outpostctl can ask of the supervisor: the table of control commands, and the status.
#include <unistd.h>

#include <algorithm>

#include "common/certificate.h"
#include "common/clock.h"
#include "common/json.h"
#include "common/version.h"
#include "supervisor/child_kinds.h"
#include "supervisor/log_messages.h"
#include "supervisor/store_commands.h"
#include "supervisor/supervisor.h"

namespace outpost::supervisor {

namespace lm = log_messages;

namespace {

constexpr std::uint64_t kMsPerSecond = 1000;

Result<std::shared_ptr<const JsonValue>> parse_arguments(const std::string& text) {
  auto parsed = parse_json(text);
  if (!parsed) return fail(Errc::invalid, "the command's arguments are no JSON: {}", parsed.error().text);
  if (parsed->kind() != JsonValue::Kind::object) {
    return fail(Errc::invalid, "the command's arguments must be a JSON object, not {}", parsed->kind_name());
  }
  return std::make_shared<const JsonValue>(std::move(*parsed));
}

Result<std::string> run_dnc_add_now(RecordStore& store, const JsonValue& arguments) {
  return run_dnc_add(store, arguments, SystemClock().now());
}

// Of a command that waits for another supervisor.
std::chrono::milliseconds timeout_argument(const JsonValue& arguments) {
  constexpr std::int64_t kDefaultMs = 30'000;
  constexpr std::int64_t kMostMs = 86'400'000;
  auto given = integer_argument(arguments, "timeout_ms");
  return std::chrono::milliseconds(given ? std::clamp<std::int64_t>(*given, 1, kMostMs) : kDefaultMs);
}

// What a listener shows to its clients, each with its own chain left out.
void write_certificates(JsonWriter& out, const Config& config, const std::string& listener) {
  out.key("certificates").begin_array();
  for (const protocol::ListenerTls& tls : to_proxy_tls(config)) {
    if (tls.listener != listener) continue;
    for (const protocol::CertificatePair& pair : tls.certificates) {
      auto read = read_certificates(pair.certificate);
      if (!read) continue;
      out.begin_object().member("subject", read->front().subject);
      out.member("expires", date_text(read->front().valid_till));
      out.member("expired", read->front().valid_till < SystemClock().now()).end_object();
    }
  }
  out.end_array();
}

}  // namespace

// Where a command runs says what it may do: on the loop thread (the supervisor itself), in a transaction on the store
// thread, or on the reader thread. Each answers through `respond`.
struct Supervisor::ControlRow {
  using Arguments = std::shared_ptr<const JsonValue>;
  std::string_view name;
  void (*run)(Supervisor& self, std::shared_ptr<ControlSession> session, Arguments arguments, Respond respond);

  template <auto kCommand>
  static void writing(Supervisor& self, std::shared_ptr<ControlSession>, Arguments arguments, Respond respond) {
    self.on_writer([arguments](RecordStore& store) { return kCommand(store, *arguments); }, std::move(respond));
  }
  template <auto kCommand>
  static void reading(Supervisor& self, std::shared_ptr<ControlSession>, Arguments arguments, Respond respond) {
    self.on_reader([arguments](RecordStore& store) { return kCommand(store, *arguments); }, std::move(respond));
  }
};

std::span<const Supervisor::ControlRow> Supervisor::control_table() {
  using Connection = std::shared_ptr<ControlSession>;
  using Arguments = ControlRow::Arguments;
  static const ControlRow kRows[] = {
      {"status", [](Supervisor& self, Connection, Arguments, Respond respond) { respond(self.status()); }},
      {"reload",
       [](Supervisor& self, Connection, Arguments, Respond respond) {
         auto changes = self.reload();
         if (!changes) return respond(fail(changes.error()));
         JsonWriter out;
         out.begin_object().key("changes").begin_array();
         for (const auto& change : *changes) out.value(change);
         out.end_array().key("warnings").begin_array();
         for (const auto& warning : self.warnings_) out.value(warning);
         self.link_->when_in_force(
             [respond = std::move(respond), reply = out.end_array().end_object().take()] { respond(reply); });
       }},
      {"reopen-logs",
       [](Supervisor& self, Connection, Arguments, Respond respond) {
         self.reopen_logs();
         respond(std::string("{}"));
       }},
      {"switch",
       [](Supervisor& self, Connection session, Arguments arguments, Respond respond) {
         const std::string* to = text_argument(*arguments, "to");
         self.keeper_->switch_to(to ? *to : "", timeout_argument(*arguments), session, std::move(respond));
       }},
      {"role",
       [](Supervisor& self, Connection session, Arguments arguments, Respond respond) {
         const std::string* role = text_argument(*arguments, "role");
         if (role && *role == "primary") {
           return self.keeper_->become_primary(timeout_argument(*arguments), session, std::move(respond));
         }
         if (role && *role == "backup") return self.keeper_->become_backup(std::move(respond));
         respond(fail(Errc::invalid, "argument role must be primary or backup"));
       }},
      {"stop",
       [](Supervisor& self, Connection, Arguments, Respond respond) {
         respond(JsonWriter().begin_object().member("pid", static_cast<std::int64_t>(getpid())).end_object().take());
         self.stop("outpostctl stop");
       }},
      {"catalogue", ControlRow::reading<run_catalogue>},
      {"records", ControlRow::reading<run_records>},
      {"record", ControlRow::reading<run_record>},
      {"statistics", ControlRow::reading<run_statistics>},
      {"groups", ControlRow::reading<run_groups>},
      {"group",
       [](Supervisor& self, Connection, Arguments arguments, Respond respond) {
         auto outcome = std::make_shared<GroupOutcome>();
         self.on_writer(
             [arguments, outcome, engine = self.engine_.get()](RecordStore& store) -> Result<std::string> {
               auto result = run_group(store, *arguments, [&store, engine](std::int64_t group_dbid) {
                 return engine->give_back_group(store, group_dbid);
               });
               engine->forget_cache();
               if (!result) return fail(std::move(result.error()));
               *outcome = std::move(*result);
               return outcome->reply;
             },
             [&self, outcome, respond = std::move(respond)](Result<std::string> reply) {
               if (reply && outcome->event) self.log_->write(*outcome->event, "{}", outcome->event_text);
               respond(std::move(reply));
             });
       }},
      {"recall",
       [](Supervisor& self, Connection, Arguments arguments, Respond respond) {
         self.on_writer([arguments, engine = self.engine_.get()](
                            RecordStore& store) { return run_recall(store, *arguments, engine->due_rule()); },
                        std::move(respond));
       }},
      {"sessions",
       [](Supervisor& self, Connection, Arguments, Respond respond) {
         // On the engine's thread, though it writes nothing.
         self.on_writer(
             [engine = self.engine_.get()](RecordStore& store) { return run_sessions(store, engine->sessions()); },
             std::move(respond));
       }},
      {"dnc-add", ControlRow::writing<run_dnc_add_now>},
      {"dnc-remove", ControlRow::writing<run_dnc_remove>},
      {"dnc-list", ControlRow::reading<run_dnc_list>},
      {"token-add",
       [](Supervisor& self, Connection, Arguments arguments, Respond respond) {
         self.on_tokens(
             [arguments](RecordStore& store) { return run_token_add(store, *arguments, SystemClock().now()); },
             std::move(respond));
       }},
      {"token-revoke",
       [](Supervisor& self, Connection, Arguments arguments, Respond respond) {
         self.on_tokens([arguments](RecordStore& store) { return run_token_revoke(store, *arguments); },
                        std::move(respond));
       }},
      {"token-list", ControlRow::reading<run_token_list>},
      {"apply",
       [](Supervisor& self, Connection, Arguments arguments, Respond respond) {
         self.on_writer(
             [arguments, engine = self.engine_.get()](RecordStore& store) {
               auto reply = run_apply(store, *arguments);
               engine->forget_cache();
               return reply;
             },
             std::move(respond));
       }},
      {"import-open",
       [](Supervisor& self, Connection session, Arguments arguments, Respond respond) {
         auto opened = std::make_shared<OpenedImport>();
         auto run = [arguments, opened](RecordStore& store) -> Result<std::string> {
           auto result = run_import_open(store, *arguments);
           if (!result) return fail(result.error());
           *opened = std::move(*result);
           return opened->reply;
         };
         auto done = [session, opened, respond = std::move(respond)](Result<std::string> reply) {
           if (reply) session->import = opened;
           respond(std::move(reply));
         };
         bool dry = flag_argument(*arguments, "dry_run");
         dry ? self.on_reader(std::move(run), std::move(done)) : self.on_writer(std::move(run), std::move(done));
       }},
      {"import-finish", ControlRow::writing<run_import_finish>},
  };
  return kRows;
}

void Supervisor::command(std::shared_ptr<ControlSession> session, protocol::Command command, Respond respond) {
  std::vector<std::string_view> names;
  for (const ControlRow& row : control_table()) {
    names.push_back(row.name);
    if (row.name != command.name) continue;
    if (stopping_ && row.name != "status" && row.name != "stop") {
      return respond(fail(Errc::closed, "outpostd is stopping and takes no more commands"));
    }
    auto arguments = parse_arguments(command.arguments);
    if (!arguments) return respond(fail(arguments.error()));
    return row.run(*this, std::move(session), std::move(*arguments), std::move(respond));
  }
  std::string_view near = nearest(command.name, names);
  respond(fail(Errc::unsupported, "this outpostd ({}) has no such command{}", kVersion,
               near.empty() ? std::string() : fmt::format("; did you mean {}?", near)));
}

void Supervisor::import_rows(std::shared_ptr<ControlSession> session, protocol::ImportRows rows, Respond respond) {
  if (stopping_) {
    return respond(fail(Errc::closed, "outpostd is stopping; run the import again later, it goes on where it was"));
  }
  if (!session->import || session->import->import_id != rows.import_id) {
    return respond(fail(Errc::invalid, "import-open must come first on this connection"));
  }
  bool dry = session->import->dry_run != nullptr;
  // As the engine judges; but a dry run is on another thread than the engine.
  DueRule due{SystemClock().now(), std::chrono::seconds(config_.application.missed_callback_timeout)};
  auto run = [opened = session->import, shared = std::make_shared<protocol::ImportRows>(std::move(rows)),
              due](RecordStore& store) { return run_import_rows(store, *opened, *shared, due); };
  dry ? on_reader(std::move(run), std::move(respond)) : on_writer(std::move(run), std::move(respond));
}

void Supervisor::on_writer(StoreCommand run, Respond respond) {
  if (keeper_->role() != Role::primary) {
    return respond(fail(Errc::closed, "this outpostd is {} and changes nothing: {}", to_string(keeper_->role()),
                        keeper_->who_is_primary()));
  }
  auto reply = std::make_shared<Result<std::string>>();
  auto shared_respond = std::make_shared<Respond>(std::move(respond));
  bool taken = writer_->submit({
      .apply = [reply, run = std::move(run)](RecordStore& store) -> Result<> {
        *reply = run(store);
        if (!*reply) return fail(reply->error());
        return {};
      },
      .done = [reply, shared_respond](
                  const Result<>& outcome) { (*shared_respond)(outcome ? std::move(*reply) : fail(outcome.error())); },
  });
  if (!taken) (*shared_respond)(fail(Errc::limit, "the queue to the store is full; try again"));
}

void Supervisor::on_tokens(StoreCommand run, Respond respond) {
  auto tokens = std::make_shared<std::vector<Token>>();
  on_writer(
      [run = std::move(run), tokens](RecordStore& store) -> Result<std::string> {
        auto reply = run(store);
        if (!reply) return reply;
        auto all = store.tokens();
        if (!all) return fail(std::move(all.error()));
        *tokens = std::move(*all);
        return reply;
      },
      [this, tokens, respond = std::move(respond)](Result<std::string> reply) {
        if (!reply) return respond(std::move(reply));
        log_->write(lm::kTokensChanged, "tokens changed: {} now", tokens->size());
        link_->set_tokens(std::move(*tokens));
        link_->when_in_force([respond, text = std::move(*reply)] { respond(text); });
      });
}

void Supervisor::on_reader(StoreCommand run, Respond respond) {
  auto reply = std::make_shared<Result<std::string>>();
  auto shared_respond = std::make_shared<Respond>(std::move(respond));
  bool taken = reader_->submit(
      [reply, run = std::move(run)](Result<RecordStore*> store) {
        *reply = store ? run(**store) : Result<std::string>(fail(store.error()));
      },
      [reply, shared_respond] { (*shared_respond)(std::move(*reply)); });
  if (!taken) (*shared_respond)(fail(Errc::limit, "too many queries wait for the store; try again"));
}

// --- Status ---------------------------------------------------------------------------------------------------------

std::string Supervisor::status() const {
  JsonWriter out;
  out.begin_object();
  out.member("program", fmt::format("outpostd {}", kVersion)).member("pid", static_cast<std::int64_t>(getpid()));
  out.member("uptime_s", (loop_.now_ms() - started_ms_) / kMsPerSecond);
  keeper_->write_status(out);
  out.key("application").begin_object();
  out.member("name", config_.application.name).member("dbid", config_.application.dbid);
  out.member("authentication", config_.application.authentication).end_object();
  write_store_status(out);
  write_proxy_status(out);
  write_limits_status(out);
  write_request_status(out);
  out.key("waiting").begin_array();
  for (const auto& change : config_waiting(config_, latest_, link_->begun_with())) out.value(change);
  out.end_array();
  out.key("logs").begin_object().member("supervisor", log_->link_path());
  out.member("proxy", fmt::format("{}/outpost{}.log", config_.log.directory, http_proxy_kind().log_suffix));
  out.member("lines_lost", log_->lines_lost()).end_object();
  out.member("control", config_.control.socket);
  return out.end_object().take();
}

void Supervisor::write_store_status(JsonWriter& out) const {
  StoreThread::Counters counters = writer_->counters();
  out.key("store").begin_object();
  out.member("engine", store_info_.engine).member("url", store_info_.url);
  out.member("writing", keeper_->role() == Role::primary);
  out.member("schema_version", store_info_.schema_version);
  out.member("batches", counters.batches).member("works", counters.works).member("syncs", counters.syncs);
  out.member("rows_per_sync",
             counters.syncs == 0 ? 0.0 : static_cast<double>(counters.works) / static_cast<double>(counters.syncs));
  out.member("largest_batch", counters.largest_batch).member("retried", counters.retried_batches);
  out.member("queue", writer_->queued()).end_object();
}

void Supervisor::write_proxy_status(JsonWriter& out) const {
  out.key("proxy");
  if (child_->state() == Child::State::stopped) {
    out.null();
    return;
  }
  const protocol::Statistics& statistics = link_->statistics();
  out.begin_object().member("state", to_string(child_->state())).member("pid", child_->pid());
  bool running = child_->state() == Child::State::running;
  out.member("uptime_s", running ? (loop_.now_ms() - child_->running_since_ms()) / kMsPerSecond : 0);
  out.member("restarts", child_->restarts()).member("last_exit", child_->last_exit());
  out.key("listeners").begin_array();
  for (const auto& listener : link_->bound()) {
    out.begin_object().member("name", listener.name).member("address", listener.address);
    out.member("port", static_cast<std::int64_t>(listener.port)).member("secure", listener.secure);
    if (listener.secure) write_certificates(out, config_, listener.name);
    out.end_object();
  }
  out.end_array();
  out.member("handshakes", statistics.handshakes).member("handshakes_failed", statistics.handshakes_failed);
  out.key("sandbox").begin_array();
  for (const auto& measure : link_->sandbox()) {
    out.begin_object().member("name", measure.name).member("active", measure.active);
    out.member("text", measure.text).end_object();
  }
  out.end_array();
  out.member("in_flight", link_->in_flight());
  // As the proxy last told, with its latest Pong.
  out.member("connections", statistics.connections).member("connections_total", statistics.connections_total);
  out.member("connections_refused", statistics.connections_refused);
  out.member("connections_denied", statistics.connections_denied);
  out.member("connections_evicted", statistics.connections_evicted);
  out.member("sources", statistics.sources).member("rate_limited", statistics.rate_limited);
  out.member("unauthorized", statistics.unauthorized);
  out.member("responses_2xx", statistics.responses_2xx).member("responses_4xx", statistics.responses_4xx);
  out.member("responses_5xx", statistics.responses_5xx).member("late_answers", statistics.late_answers);
  out.member("log_lines_lost", statistics.log_lines_lost).end_object();
}

// Every number and text that bounds what a peer may do, under its name in Configure.
void Supervisor::write_limits_status(JsonWriter& out) const {
  const protocol::Configure limits = to_proxy(config_, 0);
  auto write = [&](const auto& field) {
    const auto& value = limits.*(field.member);
    using Value = std::remove_cvref_t<decltype(value)>;
    bool is_limit = field.name != "generation" && field.name != "encoding" && field.name != "custom_headers";
    if constexpr (std::is_same_v<Value, std::uint32_t>) {
      if (is_limit) out.member(field.name, static_cast<std::int64_t>(value));
    } else if constexpr (std::is_same_v<Value, std::string>) {
      if (is_limit) out.member(field.name, value);
    }
  };
  out.key("limits").begin_object();
  std::apply([&](const auto&... fields) { (write(fields), ...); }, protocol::Configure::fields());
  out.end_object();
}

void Supervisor::write_request_status(JsonWriter& out) const {
  const ProxyLink::Counters& counters = link_->counters();
  out.key("requests").begin_object();
  out.member("received", counters.requests).member("refused", counters.refused).member("orphaned", counters.orphaned);
  out.member("unknown_fields", engine_->unknown_fields());
  out.key("by_outcome").begin_object();
  for (const auto& [outcome, count] : counters.by_outcome) out.member(outcome, count);
  out.end_object().end_object();
}

}  // namespace outpost::supervisor
