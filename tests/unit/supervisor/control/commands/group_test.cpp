#include <algorithm>
#include <string>
#include <vector>

#include "supervisor/log_messages.h"
#include "tests/support/commands_fixture.h"

namespace outpost::test::commands_group_test {

using namespace outpost::supervisor;
using protocol::GroupState;

namespace {

class GroupFixture : public CommandsFixture {
 public:
  GroupFixture() { applied(R"({"campaign-groups": [{"dbid": 502, "name": "7", "campaign": "Spring"}]})"); }

  void set(GroupState state) {
    REQUIRE(stores_.in_transaction([&](RecordStore& s) {
      CampaignGroup group = this->group();
      group.state = state;
      return s.put(group);
    }));
  }
  CampaignGroup group() { return *std::ranges::find(store().catalogue()->groups, 501, &CampaignGroup::dbid); }

  Result<GroupOutcome> run(const std::string& arguments) {
    return stores_.in_transaction([&](RecordStore& s) {
      return run_group(s, json(arguments), [&](std::int64_t dbid) -> Result<std::int64_t> {
        asked_.push_back(dbid);
        return 2;
      });
    });
  }
  Result<GroupOutcome> order(const std::string& command, bool force = false) {
    return run(R"({"group": "Spring@Agents", "command": ")" + command + R"(", "force": )" + (force ? "true" : "false") +
               "}");
  }
  std::int64_t hold_record(std::int64_t group_dbid) {
    REQUIRE(open(R"(["contact_info", "tz_name"])"));
    sent(2, {{"a", "PST"}});
    Record before = records().at(0);
    Record held = before;
    REQUIRE(stores_.in_transaction([&](RecordStore& s) {
      Handle handle;
      handle.handle = held.handle = *s.take_ids(IdKind::handle, 1);
      handle.record_id = held.record_id;
      handle.list_dbid = 301;
      handle.group_dbid = held.group_dbid = group_dbid;
      handle.agent_id = "a7";
      handle.opened_at = handle.touched_at = 1000;
      held.record_status = static_cast<std::int32_t>(protocol::RecordStatus::retrieved);
      static_cast<void>(s.insert_handle(handle));
      return s.update_record(before, held);
    }));
    return held.handle;
  }

  std::vector<std::int64_t> asked_;  // groups whose records were to be given back
};

}  // namespace

TEST_CASE_METHOD(GroupFixture, "each command leads from each state where the table says", "[group]") {
  using enum GroupState;
  constexpr const char* kRefused = "refused";
  struct Case {
    const char* command;
    bool force;
    std::vector<std::string> after;  // from NotLoaded, WaitingUnload, UnloadInProgress, InActive, Active, Running
  };
  const std::vector<Case> cases = {
      {"load", false, {"Active", "Active", "Active", "Active", "Active", "Running"}},
      {"start", false, {kRefused, kRefused, kRefused, kRefused, "Running", "Running"}},
      {"stop", false, {"NotLoaded", "WaitingUnload", "UnloadInProgress", "InActive", "Active", "Active"}},
      {"unload", false, {"NotLoaded", "NotLoaded", "NotLoaded", "NotLoaded", "NotLoaded", kRefused}},
      {"unload", true, std::vector<std::string>(6, "NotLoaded")},
      {"mode", false, {"NotLoaded", "WaitingUnload", "UnloadInProgress", "InActive", "Active", "Running"}},
  };
  for (const Case& c : cases) {
    for (std::size_t i = 0; i < c.after.size(); ++i) {
      INFO(c.command << " " << c.force << " from state " << i);
      set(static_cast<GroupState>(i));
      auto outcome = order(c.command, c.force);
      std::string before = protocol::group_states().name_of(static_cast<std::int32_t>(i));
      if (c.after[i] == kRefused) {
        REQUIRE(!outcome);
        CHECK(outcome.error().code == Errc::invalid);
        CHECK(outcome.error().text.find(before) != std::string::npos);
        CHECK(group().state == static_cast<GroupState>(i));
        continue;
      }
      REQUIRE(outcome);
      JsonValue reply = json(outcome->reply);
      CHECK(text(reply, "before") == before);
      CHECK(text(reply, "after") == c.after[i]);
      CHECK(protocol::group_states().name_of(static_cast<std::int32_t>(group().state)) == c.after[i]);
      CHECK(outcome->event.has_value() == (before != c.after[i]));
    }
  }
  CHECK(asked_ == std::vector<std::int64_t>(6, 501));
}

TEST_CASE_METHOD(GroupFixture, "changes are logged under the numbers that the log's parser knows", "[group]") {
  auto logged = [&](const char* command, GroupState from, bool force = false) -> int {
    set(from);
    auto outcome = order(command, force);
    REQUIRE(outcome);
    if (!outcome->event) return 0;
    CHECK(outcome->event->level == LogLevel::trace);
    CHECK(outcome->event_text.find("Spring@Agents") != std::string::npos);
    return outcome->event->number;
  };
  CHECK(logged("load", GroupState::not_loaded) == 52000);
  CHECK(logged("start", GroupState::active) == 52001);
  CHECK(logged("stop", GroupState::running) == 52002);
  CHECK(logged("unload", GroupState::running, true) == 52003);
  CHECK(logged("unload", GroupState::active) == 52004);
  CHECK(logged("stop", GroupState::active) == 0);
}

TEST_CASE_METHOD(GroupFixture, "a group waits to be unloaded while agents hold its records", "[group]") {
  hold_record(501);
  set(GroupState::active);
  auto outcome = order("unload");
  REQUIRE(outcome);
  JsonValue reply = json(outcome->reply);
  CHECK(text(reply, "after") == "WaitingUnload");
  CHECK(number(reply, "held") == 1);
  CHECK(!outcome->event);
  CHECK(asked_.empty());

  auto again = order("unload");
  REQUIRE(again);
  CHECK(text(json(again->reply), "after") == "WaitingUnload");

  auto forced = order("unload", true);
  REQUIRE(forced);
  CHECK(text(json(forced->reply), "after") == "NotLoaded");
  CHECK(number(json(forced->reply), "given_back") == 2);
  CHECK(asked_ == std::vector<std::int64_t>{501});
  CHECK(forced->event->number == log_messages::kGroupForceUnloaded.number);
}

TEST_CASE_METHOD(GroupFixture, "a group is named by name or DBID, a name first", "[group]") {
  auto reply = run(R"({"group": "501", "command": "mode"})");
  REQUIRE(reply);
  CHECK(text(json(reply->reply), "group") == "Spring@Agents");
  auto seven = run(R"({"group": "7", "command": "mode"})");
  REQUIRE(seven);
  CHECK(number(json(seven->reply), "dbid") == 502);
  auto unknown = run(R"({"group": "Spring@Agent", "command": "mode"})");
  REQUIRE(!unknown);
  CHECK(unknown.error().code == Errc::not_found);
  CHECK(unknown.error().text.find("is \"Spring@Agents\" meant?") != std::string::npos);
  CHECK(!run(R"({"group": "999", "command": "mode"})"));
}

TEST_CASE_METHOD(GroupFixture, "the mode of a group can be set in any state and asked about", "[group]") {
  auto set_mode = run(R"({"group": "501", "command": "mode", "mode": "predict"})");
  REQUIRE(set_mode);
  CHECK(text(json(set_mode->reply), "mode_before") == "Preview");
  CHECK(text(json(set_mode->reply), "mode") == "Predict");
  CHECK(group().mode == protocol::DialMode::predict);
  auto asked = run(R"({"group": "501", "command": "mode"})");
  REQUIRE(asked);
  CHECK(text(json(asked->reply), "mode") == "Predict");
  for (const char* mode : {R"("Predikt")", "12", "true"}) {
    auto wrong = run(R"({"group": "501", "command": "mode", "mode": )" + std::string(mode) + "}");
    REQUIRE(!wrong);
    CHECK(wrong.error().text.find("Preview") != std::string::npos);
  }
}

TEST_CASE_METHOD(GroupFixture, "group commands that make no sense are told so", "[group]") {
  CHECK(run(R"({"group": "501", "command": "explode"})").error().code == Errc::invalid);
  CHECK(run(R"({"group": "501"})").error().code == Errc::invalid);
  CHECK(run(R"({"command": "load"})").error().code == Errc::invalid);
  CHECK(run(R"({"group": "501", "command": "load", "force": true})").error().text.find("unload") != std::string::npos);
  CHECK(run(R"({"group": "501", "command": ""})").error().code == Errc::invalid);
}

TEST_CASE_METHOD(GroupFixture, "groups shows state, mode and how many records each holds", "[group]") {
  hold_record(501);
  auto reply = run_groups(store(), JsonValue());
  REQUIRE(reply);
  CHECK(*reply ==
        R"({"groups":[{"dbid":501,"name":"Spring@Agents","campaign":"Spring","state":"Running","mode":"Preview",)"
        R"("held":1,"options":[]},{"dbid":502,"name":"7","campaign":"Spring","state":"NotLoaded","mode":"Preview",)"
        R"("held":0,"options":[]}]})");
  CampaignGroup own = store().catalogue()->groups.at(1);
  own.options = R"({"history-uri":"http://a/?key=topsecret","send-history":true})";
  REQUIRE(stores_.in_transaction([&](RecordStore& s) { return s.put(own); }));
  CHECK(run_groups(store(), JsonValue())->ends_with(R"("held":0,"options":["history-uri","send-history"]}]})"));
}

// --- sessions --------------------------------------------------------------------------------------------------------

TEST_CASE_METHOD(GroupFixture, "sessions shows what each holds, and holders without a session", "[sessions]") {
  hold_record(501);
  Session desktop;
  desktop.application_dbid = 134;
  desktop.agent_id = "a7";
  desktop.began_at = 10;
  desktop.active_at = 20;
  desktop.requests = 3;
  Session third = desktop;
  third.protocol = protocol::OutboundProtocol::third_party;
  third.agent_id.clear();

  JsonValue all = json(*run_sessions(store(), {}, {third, desktop}));
  const auto& shown = items(all, "sessions");
  REQUIRE(shown.size() == 2);
  CHECK(text(shown[0], "protocol") == "ThirdParty");
  CHECK(number(shown[0], "held") == 0);
  CHECK(text(shown[1], "agent") == "a7");
  CHECK(number(shown[1], "requests") == 3);
  CHECK(number(shown[1], "held") == 1);
  CHECK(number(shown[1], "held_since") == 1000);

  JsonValue restarted = json(*run_sessions(store(), {}, {}));
  REQUIRE(items(restarted, "sessions").size() == 1);
  CHECK(text(items(restarted, "sessions")[0], "agent") == "a7");
  CHECK(number(items(restarted, "sessions")[0], "application") == 0);
  CHECK(number(items(restarted, "sessions")[0], "held") == 1);
}

TEST_CASE_METHOD(GroupFixture, "any number of sessions fits a reply, and what is left out is counted", "[sessions]") {
  std::vector<Session> sessions(Sessions::kSessionsMax);
  for (std::size_t i = 0; i < sessions.size(); ++i) sessions[i].agent_id = std::to_string(i) + std::string(250, '\x01');
  auto reply = run_sessions(store(), {}, sessions);
  REQUIRE(reply);
  CHECK(reply->size() <= kReplyBytesMax);
  JsonValue all = json(*reply);
  CHECK(items(all, "sessions").size() + static_cast<std::size_t>(number(all, "left_out")) == sessions.size());
}

}  // namespace outpost::test::commands_group_test
