#include "supervisor/control/table.h"

#include <unistd.h>

#include <algorithm>
#include <iterator>

#include "common/text.h"
#include "common/version.h"
#include "supervisor/control/audit.h"
#include "supervisor/control/foreign.h"
#include "supervisor/control/test_call.h"
#include "supervisor/log_messages.h"

namespace outpost::supervisor {

namespace lm = log_messages;

namespace {

using Respond = ControlCommand::Respond;

void reload(ControlledSupervisor& supervisor, const JsonValue&, const Respond& respond) {
  auto changes = supervisor.reload();
  if (!changes) return respond(fail(changes.error()));
  JsonWriter out;
  out.begin_object().key("changes").begin_array();
  for (const auto& change : *changes) out.value(change);
  out.end_array().key("warnings").begin_array();
  for (const auto& warning : supervisor.warnings()) out.value(warning);
  supervisor.when_in_force([respond, reply = out.end_array().end_object().take()] { respond(reply); });
}

void reopen_logs(ControlledSupervisor& supervisor, const JsonValue&, const Respond& respond) {
  supervisor.reopen_logs();
  respond(std::string("{}"));
}

void stop(ControlledSupervisor& supervisor, const JsonValue&, const Respond& respond) {
  respond(JsonWriter().begin_object().member("pid", static_cast<std::int64_t>(getpid())).end_object().take());
  supervisor.stop("outpostctl stop");
}

void status(ControlledSupervisor& supervisor, const JsonValue&, const Respond& respond) {
  respond(supervisor.status());
}

// {"openmetrics"?: bool} -> {"content_type", "text"}
void metrics(ControlledSupervisor& supervisor, const JsonValue& arguments, const Respond& respond) {
  const JsonValue* given = arguments.find("openmetrics");
  const bool* open = given ? std::get_if<bool>(&given->value) : nullptr;
  if (given && !open) return respond(fail(Errc::invalid, "argument openmetrics must be true or false"));
  MetricsFormat format = open && *open ? MetricsFormat::openmetrics : MetricsFormat::prometheus;
  supervisor.metrics(format, [format, respond](const std::string& text) {
    JsonWriter out;
    out.begin_object().member("content_type", content_type(format)).member("text", text);
    respond(out.end_object().take());
  });
}

void health(ControlledSupervisor& supervisor, const JsonValue&, const Respond& respond) {
  JsonWriter out;
  write_health(out, supervisor.health());
  respond(out.take());
}

struct OwnCommand {
  std::string_view name;
  Effect effect;
  void (*run)(ControlledSupervisor& supervisor, const JsonValue& arguments, const Respond& respond);
  bool while_stopping = false;
  bool for_members = false;
};

constexpr OwnCommand kOwn[] = {
    {"status", Effect::reads, status, true, true},   {"health", Effect::reads, health, true, true},
    {"metrics", Effect::reads, metrics, true, true}, {"reload", Effect::writes, reload},
    {"reopen-logs", Effect::writes, reopen_logs},    {"stop", Effect::writes, stop, true},
};

ControlCommand command_of(const OwnCommand& row, ControlledSupervisor& supervisor) {
  return {row.name, row.effect,
          [&row, &supervisor](const auto&, const auto& arguments, const Respond& respond) {
            row.run(supervisor, *arguments, respond);
          },
          row.while_stopping, row.for_members};
}

Result<std::shared_ptr<const JsonValue>> parse_arguments(const std::string& text) {
  auto parsed = parse_json(text);
  if (!parsed) return fail(Errc::invalid, "the command's arguments are no JSON: {}", parsed.error().text);
  if (parsed->kind() != JsonValue::Kind::object) {
    return fail(Errc::invalid, "the command's arguments must be a JSON object, not {}", parsed->kind_name());
  }
  return std::make_shared<const JsonValue>(std::move(*parsed));
}

}  // namespace

std::vector<std::string_view> own_command_names() {
  std::vector<std::string_view> names;
  for (const OwnCommand& row : kOwn) names.push_back(row.name);
  names.push_back(kTestCall);
  return names;
}

ControlTable::ControlTable(Log& log, ControlledSupervisor& supervisor, std::vector<ControlCommand> others,
                           ApplicationType type)
    : log_(log), supervisor_(supervisor), type_(type) {
  for (const OwnCommand& row : kOwn) rows_.push_back(command_of(row, supervisor));
  std::ranges::move(others, std::back_inserter(rows_));
}

void ControlTable::command(std::shared_ptr<ControlSession> session, const protocol::Command& command,
                           Respond respond) const {
  auto row = std::ranges::find(rows_, command.name, &ControlCommand::name);
  if (row == rows_.end()) return respond(no_such_command(command.name));
  if (session->peer == ControlSession::Peer::member && !row->for_members) {
    log_.write(lm::kControlRefused, "{}: {} refused: members of control.group may not do this", session->actor,
               row->name);
    return respond(fail(
        Errc::invalid, "members of control.group may not do this ({}): it is for the user that runs outpostd, and root",
        row->name));
  }
  if (supervisor_.stopping() && !row->while_stopping) {
    return respond(fail(Errc::closed, "outpostd is stopping and takes no more commands"));
  }
  auto arguments = parse_arguments(command.arguments);
  if (!arguments) return respond(fail(arguments.error()));
  if (row->effect == Effect::writes) {
    respond = audited(log_, session->actor, row->name, **arguments, std::move(respond));
  }
  row->run(std::move(session), std::move(*arguments), std::move(respond));
}

Failure ControlTable::no_such_command(const std::string& name) const {
  if (std::string foreign = foreign_command_text(name, type_); !foreign.empty()) {
    return fail(Errc::unsupported, "{}", foreign);
  }
  std::vector<std::string_view> names;
  for (const ControlCommand& known : rows_) names.push_back(known.name);
  std::string_view near = nearest(name, names);
  return fail(Errc::unsupported, "this outpostd ({}) has no such command{}", kVersion,
              near.empty() ? std::string() : fmt::format("; did you mean {}?", near));
}

void ControlTable::import_rows(const ControlSession& session, protocol::ImportRows rows, Respond respond) const {
  if (supervisor_.stopping()) {
    return respond(fail(Errc::closed, "outpostd is stopping; run the import again later, it goes on where it was"));
  }
  if (!session.import_rows || session.import_id != rows.import_id) {
    return respond(fail(Errc::invalid, "import-open must come first on this connection"));
  }
  session.import_rows(std::move(rows), std::move(respond));
}

}  // namespace outpost::supervisor
