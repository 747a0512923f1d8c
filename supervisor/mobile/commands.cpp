#include "supervisor/mobile/commands.h"

#include <utility>

#include "common/clock.h"
#include "common/json.h"
#include "protocol/mobile/limits.h"
#include "supervisor/control/arguments.h"
#include "supervisor/control/tokens/commands.h"
#include "supervisor/mobile/state_commands.h"

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

// --- What is in the store --------------------------------------------------------------------------------------------

using Show = std::function<Result<std::string>(StateStore& store)>;

void show(StateThreads& threads, Show what, const CommandRespond& respond) {
  auto reply = std::make_shared<std::string>();
  auto apply = [reply, what = std::move(what)](StateStore& store) -> Result<> {
    auto shown = what(store);
    if (!shown) return pass(shown);
    *reply = std::move(*shown);
    return {};
  };
  auto done = [reply, respond](const Result<>& outcome) {
    outcome ? respond(std::move(*reply)) : respond(fail(outcome.error()));
  };
  if (!threads.read("commands", std::move(apply), std::move(done))) {
    respond(fail(Errc::limit, "too much waits for the store"));
  }
}

void all_services(const Parts& parts, const Session&, const Arguments& arguments, const CommandRespond& respond) {
  show(
      parts.threads, [arguments](StateStore& store) { return list_services(store, *arguments); }, respond);
}

void one_service(const Parts& parts, const Session&, const Arguments& arguments, const CommandRespond& respond) {
  show(
      parts.threads, [arguments](StateStore& store) { return show_service(store, *arguments); }, respond);
}

void all_resources(const Parts& parts, const Session&, const Arguments& arguments, const CommandRespond& respond) {
  auto what = [arguments, resources = parts.resources(), node_id = parts.config.node.node_id](StateStore& store) {
    return list_resources(store, resources, node_id, *arguments);
  };
  show(parts.threads, std::move(what), respond);
}

void all_subscriptions(const Parts& parts, const Session&, const Arguments& arguments, const CommandRespond& respond) {
  show(
      parts.threads, [arguments](StateStore& store) { return list_subscriptions(store, *arguments); }, respond);
}

// --- Alarms and events -----------------------------------------------------------------------------------------------

void all_alarms(const Parts& parts, const Session&, const Arguments&, const CommandRespond& respond) {
  JsonWriter out;
  parts.alarms.write(out.begin_object().key("alarms"));
  respond(out.end_object().take());
}

// JSON that is well-formed, without a byte order mark and the blanks between its parts, and with every digit of its
// numbers.
std::string without_blanks(std::string_view json) {
  constexpr std::string_view kBlanks = " \t\r\n";
  constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
  if (json.starts_with(kByteOrderMark)) json.remove_prefix(kByteOrderMark.size());
  std::string compact;
  bool in_text = false;
  for (std::size_t i = 0; i < json.size(); ++i) {
    bool escapes = in_text && json[i] == '\\';
    if (json[i] == '"') in_text = !in_text;
    if (in_text || kBlanks.find(json[i]) == std::string_view::npos) compact += json[i];
    if (escapes) compact += json[++i];
  }
  return compact;
}

// The message as JSON: what was given, or a string of it. How long it may be is said where it is taken.
Result<std::string> message_of(const JsonValue& arguments) {
  const std::string* given = text_argument(arguments, "message");
  if (!given) return fail(Errc::invalid, "argument message is missing; valid: a text");
  if (!flag_argument(arguments, "parsed")) return JsonWriter().value(*given).take();
  auto parsed = parse_json(*given, {protocol::kMobileJsonBytesMax, protocol::kMobileJsonDepthMax});
  if (!parsed) return fail(Errc::invalid, "the message is no JSON: {}", parsed.error().text);
  return without_blanks(*given);
}

void publish_event(const Parts& parts, const Session&, const Arguments& arguments, const CommandRespond& respond) {
  const std::string* tag = text_argument(*arguments, "tag");
  if (!tag) return respond(fail(Errc::invalid, "argument tag is missing; valid: a text"));
  auto message = message_of(*arguments);
  if (!message) return respond(fail(message.error()));
  if (!parts.publish) return respond(fail(Errc::unsupported, "this node publishes no events"));
  bool localized = flag_argument(*arguments, "localized");
  auto id = parts.publish(*tag, *std::move(message), localized ? "localizestring" : "string");
  if (!id) return respond(fail(id.error()));
  respond(JsonWriter().begin_object().member("id", *id).end_object().take());
}

// --- All -------------------------------------------------------------------------------------------------------------

struct Row {
  std::string_view name;
  Effect effect;
  void (*run)(const Parts& parts, const Session& session, const Arguments& arguments, const CommandRespond& respond);
  bool for_members = false;  // as of outbound: not who may come in, and not whether the node is given work
};

constexpr Row kRows[] = {
    {"nodes", Effect::reads, all_nodes, true},         {"node", Effect::reads, this_node, true},
    {"node-change", Effect::writes, node_change_to},   {"token-add", Effect::writes, token_add},
    {"token-revoke", Effect::writes, token_revoke},    {"token-list", Effect::reads, token_list, true},
    {"services", Effect::reads, all_services, true},   {"service", Effect::reads, one_service, true},
    {"resources", Effect::reads, all_resources, true}, {"subscriptions", Effect::reads, all_subscriptions, true},
    {"alarms", Effect::reads, all_alarms, true},       {"publish", Effect::writes, publish_event}};

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
