// groups, group, sessions: campaign groups under an operator's hand, and who holds their records.
#include <algorithm>
#include <array>
#include <unordered_map>
#include <utility>

#include "common/text.h"
#include "supervisor/control/commands/arguments.h"
#include "supervisor/log_messages.h"

namespace outpost::supervisor {

using protocol::DialMode;
using protocol::GroupState;

namespace {

namespace lm = log_messages;

// --- What a command makes of a state ---------------------------------------------------------------------------------

// The state to be in, or why that cannot be.
struct Next {
  constexpr Next(GroupState to) : state(to) {}
  constexpr Next(std::string_view why) : refusal(why) {}
  GroupState state = GroupState::not_loaded;
  std::string_view refusal;
};

struct Rule {
  std::string_view command;
  bool force;
  std::array<Next, 6> from;  // by GroupState
  LogMessage event;
  std::string_view event_text;
};

using enum GroupState;
constexpr std::string_view kLoadFirst = "load it first";
constexpr std::string_view kStopFirst = "stop it first, or unload it with --force";

// A group that is to be not_loaded while agents hold its records becomes waiting_unload (see state_after).
// clang-format off
constexpr Rule kRules[] = {
  // from: not_loaded  waiting_unload  unload_in_progress  inactive    active      running
  {"load",   false,
         {{active,     active,         active,             active,     active,     running}},
   lm::kGroupLoaded, "loaded"},
  {"start",  false,
         {{kLoadFirst, kLoadFirst,     kLoadFirst,         kLoadFirst, running,    running}},
   lm::kGroupStarted, "started"},
  {"stop",   false,
         {{not_loaded, waiting_unload, unload_in_progress, inactive,   active,     active}},
   lm::kGroupStopped, "stopped"},
  {"unload", false,
         {{not_loaded, not_loaded,     not_loaded,         not_loaded, not_loaded, kStopFirst}},
   lm::kGroupUnloaded, "unloaded"},
  {"unload", true,
         {{not_loaded, not_loaded,     not_loaded,         not_loaded, not_loaded, not_loaded}},
   lm::kGroupForceUnloaded, "force unloaded"},
};
// clang-format on

struct Order {
  const Rule* rule = nullptr;    // nullptr: only the mode
  std::optional<DialMode> mode;  // to be set
};

Result<Order> read_order(const JsonValue& arguments) {
  const std::string* name = text_argument(arguments, "command");
  if (!name) return fail(Errc::invalid, "argument command must be load, start, stop, unload or mode");
  if (*name == "mode") {
    auto mode = enumeration_argument(arguments, "mode", protocol::dial_modes());
    if (!mode) return pass(mode);
    if (!*mode) return Order{};
    // Unlike those of records, modes without a name mean nothing to the engine.
    if (static_cast<std::size_t>(**mode) >= protocol::dial_modes().names.size()) {
      return fail(Errc::invalid, "mode must be one of {}", join(protocol::dial_modes().names, ", "));
    }
    return Order{nullptr, static_cast<DialMode>(**mode)};
  }
  const JsonValue* force = arguments.find("force");
  const auto* given = force ? std::get_if<bool>(&force->value) : nullptr;
  bool forced = given && *given;
  if (forced && *name != "unload") return fail(Errc::invalid, "only unload can be forced");
  for (const Rule& rule : kRules) {
    if (rule.command == *name && rule.force == forced) return Order{&rule, {}};
  }
  return fail(Errc::invalid, "argument command must be load, start, stop, unload or mode");
}

// By name, else by DBID.
Result<CampaignGroup> group_argument(const Catalogue& catalogue, const JsonValue& arguments) {
  const std::string* word = text_argument(arguments, "group");
  if (!word) return fail(Errc::invalid, "argument group must be the name or the DBID of a campaign group");
  auto found = std::ranges::find(catalogue.groups, *word, &CampaignGroup::name);
  if (found == catalogue.groups.end()) {
    if (auto dbid = parse_integer(*word)) found = std::ranges::find(catalogue.groups, *dbid, &CampaignGroup::dbid);
  }
  if (found == catalogue.groups.end()) return no_such("campaign group", *word, catalogue.groups);
  return *found;
}

std::string state_name(GroupState state) { return protocol::group_states().name_of(static_cast<std::int32_t>(state)); }
std::string mode_name(DialMode mode) { return protocol::dial_modes().name_of(static_cast<std::int32_t>(mode)); }

// Records that handles of each group hold: those that are Retrieved and were taken through it.
std::unordered_map<std::int64_t, std::int64_t> held_by_group(const std::vector<Statistic>& statistics) {
  std::unordered_map<std::int64_t, std::int64_t> held;
  for (const Statistic& one : statistics) {
    if (one.scope == StatisticScope::group && one.kind == StatisticKind::status &&
        one.value == static_cast<std::int32_t>(protocol::RecordStatus::retrieved)) {
      held[one.dbid] = one.records;
    }
  }
  return held;
}

// Of those that it has of its own; `catalogue` tells their values.
std::string option_names(const CampaignGroup& group) {
  JsonWriter names;
  names.begin_array();
  auto options = parse_json(group.options.empty() ? "{}" : group.options);
  const auto* members = options ? std::get_if<JsonValue::Object>(&options->value) : nullptr;
  for (std::size_t i = 0; members && i < members->size(); ++i) names.value((*members)[i].first);
  return names.end_array().take();
}

Result<GroupState> state_after(const Rule& rule, const CampaignGroup& group, std::int64_t held) {
  const Next& next = rule.from[static_cast<std::size_t>(group.state)];
  if (!next.refusal.empty()) {
    return fail(Errc::invalid, "campaign group \"{}\" is {}: {}", group.name, state_name(group.state), next.refusal);
  }
  bool leaves = next.state == not_loaded && group.state != not_loaded;
  return leaves && held > 0 && !rule.force ? waiting_unload : next.state;
}

}  // namespace

// --- Groups ----------------------------------------------------------------------------------------------------------

Result<std::string> run_groups(RecordStore& store, const JsonValue&) {
  auto catalogue = store.catalogue();
  if (!catalogue) return pass(catalogue);
  auto statistics = store.statistics();
  if (!statistics) return pass(statistics);
  auto held = held_by_group(*statistics);
  JsonWriter reply;
  reply.begin_object().key("groups").begin_array();
  for (const CampaignGroup& group : catalogue->groups) {
    auto campaign = std::ranges::find(catalogue->campaigns, group.campaign_dbid, &Campaign::dbid);
    reply.begin_object()
        .member("dbid", group.dbid)
        .member("name", group.name)
        .member("campaign", campaign == catalogue->campaigns.end() ? std::string_view() : campaign->name)
        .member("state", state_name(group.state))
        .member("mode", mode_name(group.mode))
        .member("held", held[group.dbid])
        .key("options")
        .raw(option_names(group))
        .end_object();
  }
  return bounded_reply(reply.end_array().end_object().take());
}

// What is held is known as of the last commit. A preview in the same transaction can only be one of a group that was
// Running at its beginning; its record is given back by the session timeout, in whatever state the group is.
Result<GroupOutcome> run_group(RecordStore& store, const JsonValue& arguments,
                               const std::function<Result<std::int64_t>(std::int64_t group_dbid)>& give_back) {
  auto order = read_order(arguments);
  if (!order) return pass(order);
  auto catalogue = store.catalogue();
  if (!catalogue) return pass(catalogue);
  auto before = group_argument(*catalogue, arguments);
  if (!before) return pass(before);
  auto statistics = store.statistics();
  if (!statistics) return pass(statistics);

  CampaignGroup after = *before;
  if (order->mode) after.mode = *order->mode;
  std::int64_t held = held_by_group(*statistics)[before->dbid];
  std::int64_t given_back = 0;
  if (order->rule) {
    auto state = state_after(*order->rule, *before, held);
    if (!state) return pass(state);
    after.state = *state;
    if (order->rule->force) {
      auto given = give_back(before->dbid);
      if (!given) return pass(given);
      given_back = *given;
      held = 0;
    }
  }
  if (after != *before) {
    if (auto put = store.put(after); !put) return pass(put);
  }

  GroupOutcome outcome;
  if (after.state != before->state && after.state != waiting_unload) {
    outcome.event = order->rule->event;
    outcome.event_text =
        fmt::format("campaign group \"{}\" (DBID {}) {}", after.name, after.dbid, order->rule->event_text);
  }
  JsonWriter reply;
  reply.begin_object()
      .member("group", after.name)
      .member("dbid", after.dbid)
      .member("before", state_name(before->state))
      .member("after", state_name(after.state))
      .member("mode_before", mode_name(before->mode))
      .member("mode", mode_name(after.mode))
      .member("held", held)
      .member("given_back", given_back);
  outcome.reply = reply.end_object().take();
  return outcome;
}

// --- Sessions --------------------------------------------------------------------------------------------------------

namespace {

constexpr std::uint32_t kHoldersMax = 10'000;  // agents that hold records, in one reply

class SessionsReply {
 public:
  SessionsReply() { sessions_.begin_array(); }

  void add(const Session& session, const HeldByAgent& held) {
    // An agent is at most protocol::kAgentBytesMax long, 6 times that in JSON: the reply could take any.
    if (bytes_ > kReplyBytesMax / 2) {
      ++left_out_;
      return;
    }
    JsonWriter one;
    bool desktop = session.protocol == protocol::OutboundProtocol::desktop;
    one.begin_object()
        .member("protocol", desktop ? "Desktop" : "ThirdParty")
        .member("application", session.application_dbid)
        .member("agent", session.agent_id)
        .member("began_at", session.began_at)
        .member("active_at", session.active_at)
        .member("requests", session.requests)
        .member("held", held.handles)
        .member("held_since", held.opened_at)
        .end_object();
    std::string text = one.take();
    bytes_ += text.size();
    sessions_.raw(text);
  }
  std::string take() {
    JsonWriter reply;
    reply.begin_object().key("sessions").raw(sessions_.end_array().take());
    return reply.member("left_out", left_out_).end_object().take();
  }

 private:
  JsonWriter sessions_;
  std::size_t bytes_ = 0;
  std::uint64_t left_out_ = 0;
};

}  // namespace

// `sessions` latest first. Agents that hold records and have no session, because outpostd was restarted or the session
// was forgotten, stand behind them. It writes nothing, but the sessions are known on the engine's thread.
Result<std::string> run_sessions(RecordStore& store, const JsonValue&, const std::vector<Session>& sessions) {
  auto holders = store.held_by_agents(kHoldersMax);
  if (!holders) return pass(holders);
  std::unordered_map<std::string_view, const HeldByAgent*> unseen;
  for (const HeldByAgent& holder : *holders) unseen.emplace(holder.agent_id, &holder);

  SessionsReply reply;
  for (const Session& session : sessions) {
    // Only agents take records.
    auto holder = session.protocol == protocol::OutboundProtocol::desktop ? unseen.extract(session.agent_id)
                                                                          : decltype(unseen)::node_type();
    reply.add(session, holder ? *holder.mapped() : HeldByAgent());
  }
  for (const HeldByAgent& holder : *holders) {
    if (!unseen.contains(holder.agent_id)) continue;
    Session none;
    none.agent_id = holder.agent_id;
    reply.add(none, holder);
  }
  return bounded_reply(reply.take());
}

}  // namespace outpost::supervisor
