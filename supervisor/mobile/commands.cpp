#include "supervisor/mobile/commands.h"

#include "common/clock.h"
#include "common/json.h"
#include "supervisor/control/arguments.h"
#include "supervisor/control/tokens/commands.h"

namespace outpost::supervisor::mobile {

namespace {

using Parts = MobileCommandParts;
using CommandRespond = ControlCommand::Respond;
using Session = std::shared_ptr<ControlSession>;
using Arguments = std::shared_ptr<const JsonValue>;

void all_nodes(const Parts& parts, const Session&, const Arguments&, const CommandRespond& respond) {
  JsonWriter out;
  out.begin_object();
  parts.cluster.write_nodes(out.key("nodes"));
  out.key("warnings").begin_array();
  for (const std::string& warning : parts.cluster.warnings()) out.value(warning);
  respond(out.end_array().end_object().take());
}

void show_node(const Parts& parts, const CommandRespond& respond) {
  JsonWriter out;
  parts.cluster.write_self(out);
  respond(out.take());
}

void this_node(const Parts& parts, const Session&, const Arguments&, const CommandRespond& respond) {
  show_node(parts, respond);
}

void node_change_to(const Parts& parts, const Session& session, const Arguments& arguments,
                    const CommandRespond& respond) {
  const std::string* status = text_argument(*arguments, "command");
  if (!status || (*status != "online" && *status != "offline")) {
    return respond(fail(Errc::invalid, "argument command must be online or offline"));
  }
  parts.node.set_online(*status == "online", session->actor);
  show_node(parts, respond);
}

void token_add(const Parts& parts, const Session&, const Arguments& arguments, const CommandRespond& respond) {
  parts.tokens.change(
      [arguments](TokenStore& store) { return add_token(store, mobile_scopes(), *arguments, SystemClock().now()); },
      respond);
}

void token_revoke(const Parts& parts, const Session&, const Arguments& arguments, const CommandRespond& respond) {
  parts.tokens.change([arguments](TokenStore& store) { return revoke_token(store, *arguments); }, respond);
}

void token_list(const Parts& parts, const Session&, const Arguments&, const CommandRespond& respond) {
  parts.tokens.list(respond);
}

struct Row {
  std::string_view name;
  Effect effect;
  void (*run)(const Parts& parts, const Session& session, const Arguments& arguments, const CommandRespond& respond);
  bool for_members = false;  // as of outbound: not who may come in, and not whether the node is given work
};

constexpr Row kRows[] = {
    {"nodes", Effect::reads, all_nodes, true},       {"node", Effect::reads, this_node, true},
    {"node-change", Effect::writes, node_change_to}, {"token-add", Effect::writes, token_add},
    {"token-revoke", Effect::writes, token_revoke},  {"token-list", Effect::reads, token_list, true}};

}  // namespace

std::vector<ControlCommand> mobile_commands(const MobileCommandParts& parts) {
  std::vector<ControlCommand> commands;
  for (const Row& row : kRows) {
    auto run = [&row, parts](const Session& session, const Arguments& arguments, const CommandRespond& respond) {
      row.run(parts, session, arguments, respond);
    };
    commands.push_back({row.name, row.effect, std::move(run), false, row.for_members});
  }
  return commands;
}

std::vector<std::string_view> mobile_command_names() {
  std::vector<std::string_view> names;
  for (const Row& row : kRows) names.push_back(row.name);
  return names;
}

}  // namespace outpost::supervisor::mobile
