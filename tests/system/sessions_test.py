"""No record stays Retrieved for ever: what an agent leaves is given back by the session timeout, by LogOut, by the
unloading of its group, also across kill -9 of the supervisor; callbacks that nobody took are marked (issue 3,
"Sessions").

Timeouts here are one second where a record is to be given back, and long where it is not: what must happen is awaited,
and what must not happen is looked for where hours lie between."""
import time
import unittest

from harness import Client, SystemTest, await_gone, eventually
from invariants import broken
from regions import Region, Scene, catalogue, date_time, due_now, path

REGION = Region(0)
OTHER = Region(1)
DAY = 86400


class SessionTest(SystemTest):
    def begin(self, regions=2, **application):
        self.server = self.outpost(application=application, log={"level": "interaction"}).start()
        self.server.apply(catalogue(regions))
        self.client = Client(self.server)
        self.addCleanup(self.client.close)
        self.scene = Scene(self.server, self.client)
        self.addCleanup(lambda: self.assertEqual(broken(self.server.store), []))

    def restart(self):
        self.client.close()
        self.server.kill()
        self.server.wait()
        await_gone(self.server.proxy_pid)
        self.server.start()

    def ask(self, resource, name, request, body=None):
        return self.client.post(f"{path(resource, name)}?req={request}", body or {})

    def on(self, held, request, **body):
        return self.ask("records", held.handle, request, body)

    def status_of(self, held):
        return self.scene.row(held.record_id)["record_status"]

    def await_status(self, held, status):
        eventually(lambda: self.status_of(held) == status, f"record status {status}")
        row = self.scene.row(held.record_id)
        self.assertEqual(row["handle"], 0)
        return row

    def assert_closed(self, held, by):
        for request, body in (("RecordProcessed", {}), ("UpdateCallCompletionStats", {"GSW_CALL_RESULT": 6})):
            answer = self.on(held, request, **body)
            self.assertEqual((answer.status, answer.json["GSW_ERROR_NUMBER"]), (409, 120), answer.body)
        self.assertIn(by, self.scene.handle_row(held.handle)[0])

    def leave(self, **application):
        self.server.reload(**application)


class Timeout(SessionTest):
    def test_what_an_agent_leaves_is_given_back(self):
        self.begin(**{"session-timeout": 1})
        held = self.scene.take(REGION, GSW_ATTEMPTS=2)
        before = self.scene.row(held.record_id)
        row = self.await_status(held, 1)
        self.assertEqual((row["attempt"], row["call_result"], row["record_type"]), (2, before["call_result"], 2))
        self.assert_closed(held, "session timeout")
        again = self.scene.preview(REGION, "another")
        self.assertEqual(again["GSW_CHAIN_ID"], held.chain)
        self.assertGreater(again["GSW_RECORD_HANDLE"], held.handle)

    def test_what_no_agent_was_named_for_is_given_back_too(self):
        self.begin(**{"session-timeout": 1})
        held = self.scene.take(REGION, agent="")
        sibling = self.scene.add(REGION, GSW_CHAIN_ID=held.chain)
        self.await_status(held, 1)
        self.assertEqual([row["handle"] for row in self.scene.chain(REGION, sibling["GSW_CHAIN_ID"])], [0, 0])

    def test_a_contact_that_was_called_becomes_stale(self):
        self.begin(**{"session-timeout": DAY})
        called, updated = self.scene.take(REGION, GSW_ATTEMPTS=2), self.scene.take(OTHER)
        self.assertEqual(self.on(called, "UpdateCallCompletionStats", GSW_CALL_RESULT="NoAnswer").status, 200)
        self.assertEqual(self.on(updated, "UpdateCallCompletionStats", NOTE="no call yet").status, 200)
        self.leave(**{"session-timeout": 1})
        row = self.await_status(called, 4)
        self.assertEqual((row["attempt"], row["call_result"]), (3, 7))
        self.assert_closed(called, "session timeout")
        self.assertEqual(self.await_status(updated, 1)["attempt"], 0)

    def with_a_longer_timeout_each_time(self, attempt):
        """`attempt` is given a timeout and a region of its own, and says whether it could prove anything: a machine that
        stands still between two requests for longer than the timeout proves nothing, and tries a longer one."""
        for number, timeout in enumerate((4, 16, 64, 256), 1):
            self.leave(**{"session-timeout": timeout})
            if attempt(timeout, Region(number)):
                return
        self.fail("the machine stood still for minutes")

    def test_who_stays_active_keeps_the_record(self):
        """An agent that sends anything, or a request on the handle itself, within each timeout; the idle one shows that
        the timeout is in force."""
        self.begin(regions=5, **{"session-timeout": DAY})
        self.with_a_longer_timeout_each_time(self.stay_active)

    def stay_active(self, timeout, region):
        started = last = time.monotonic()
        by_agent, by_handle, idle = self.scene.take(region), self.scene.take(region), self.scene.take(region)
        nobodys = self.scene.take(region, agent="")
        longest = 0
        while 2 in (self.status_of(idle), self.status_of(nobodys)) or last - started < 2.5 * timeout:
            # Another group: it is the agent's session that counts.
            self.ask("campaigngroups", REGION.group, "PreviewRecordRequest", {"GSW_AGENT_ID": by_agent.agent})
            self.client.request("GET", f"{path('records', by_handle.handle)}?req=ChainedRecordRequest")
            longest = max(longest, time.monotonic() - last)
            last = time.monotonic()
            if longest > timeout / 2:
                return False
            self.assertLess(last - started, 15 * timeout, "the idle ones are still Retrieved")
            time.sleep(timeout / 16)
        self.assertEqual((self.status_of(by_agent), self.status_of(by_handle)), (2, 2))
        self.assertEqual((self.status_of(idle), self.status_of(nobodys)), (1, 1))
        for held in (by_agent, by_handle):
            self.assertEqual(self.on(held, "RecordProcessed").status, 200)
        return True

    def test_across_kill_9(self):
        self.begin(**{"session-timeout": DAY})
        left, called = self.scene.take(REGION), self.scene.take(OTHER)
        self.on(called, "UpdateCallCompletionStats", GSW_CALL_RESULT=6)
        self.restart()
        # A restart alone ends nothing.
        self.assertEqual((self.status_of(left), self.status_of(called)), (2, 2))
        self.assertEqual(self.on(left, "UpdateCallCompletionStats", NOTE="still mine").status, 200)
        self.server.config["application"]["session-timeout"] = 1
        self.server.write_config()
        self.restart()
        self.await_status(left, 1)
        self.assertEqual(self.await_status(called, 4)["attempt"], 1)
        self.assert_closed(left, "session timeout")
        self.restart()
        self.assert_closed(left, "session timeout")
        self.assertEqual(self.server.rows("SELECT count(*) FROM handles WHERE closed_by=''"), [(0,)])

    def test_who_was_active_before_a_kill_keeps_the_record(self):
        """Sessions live in memory, but a restart must not take a record from an agent who is at work."""
        self.begin(regions=5, **{"session-timeout": DAY})
        self.with_a_longer_timeout_each_time(self.work_across_a_kill)

    def work_across_a_kill(self, timeout, region):
        taken = time.monotonic()
        held = self.scene.take(region)
        longest = self.work(held.agent, 1.5 * timeout)
        self.restart()
        # What the store knows of the agent is one timeout old at the most, and the kill came half a timeout later.
        back = time.monotonic() - taken
        longest = max(longest, self.work(held.agent, timeout / 2))
        if back > 1.9 * timeout or longest > timeout / 4:
            return False
        self.assertEqual(self.status_of(held), 2)
        self.assertEqual(self.on(held, "RecordProcessed").status, 200)
        return True

    def work(self, agent, seconds):
        """Requests of the agent that are not about the record. Returns the longest pause between two of them."""
        begin = last = time.monotonic()
        longest = 0
        while last - begin < seconds:
            self.ask("campaigngroups", REGION.group, "PreviewRecordRequest", {"GSW_AGENT_ID": agent})
            longest = max(longest, time.monotonic() - last)
            last = time.monotonic()
            time.sleep(0.2)
        return longest

    def test_killed_while_giving_back(self):
        """However often the sweep is cut off: each record ends Ready once, none Retrieved, none lost."""
        self.begin(**{"session-timeout": 1})
        file = self.server.directory / "many.csv"
        file.write_text("contact_info,tz_name\n" + "".join(f"+1555{n:05},GMT\n" for n in range(300)))
        self.server.ctl("import", REGION.list, str(file))
        for _ in range(4):
            for _ in range(60):
                self.scene.preview(REGION, "agent7")
            self.restart()
        eventually(lambda: self.server.rows("SELECT count(*) FROM records WHERE record_status=2") == [(0,)],
                   "all given back")
        rows = self.server.rows("SELECT record_status, handle, attempt, count(*) FROM records GROUP BY 1, 2, 3")
        self.assertEqual(rows, [(1, 0, 0, 300)])
        self.assertEqual(self.server.rows("SELECT count(*) FROM handles WHERE closed_by=''"), [(0,)])


class LogOut(SessionTest):
    def test_it_gives_back_at_once(self):
        self.begin(**{"session-timeout": DAY})
        agent = self.scene.unique("agent")
        mine = [self.scene.take(REGION, agent) for _ in range(3)]
        hers = self.scene.take(REGION)
        self.assertEqual(self.on(mine[2], "UpdateCallCompletionStats", GSW_CALL_RESULT=6).status, 200)
        answer = self.ask("campaigngroups", OTHER.group, "LogOut", {"GSW_AGENT_ID": agent})
        self.assertEqual((answer.status, answer.json["GSW_MESSAGE"]), (200, "3 records were given back"))
        self.assertEqual([self.status_of(held) for held in (*mine, hers)], [1, 1, 4, 2])
        for held in mine:
            self.assert_closed(held, "LogOut")
        self.restart()
        self.assertEqual([self.status_of(held) for held in (*mine, hers)], [1, 1, 4, 2])
        self.assertEqual(self.on(hers, "RecordProcessed").status, 200)

    def test_no_more_than_a_thousand_at_once(self):
        self.begin(**{"session-timeout": DAY})
        file = self.server.directory / "many.csv"
        file.write_text("contact_info,tz_name\n" + "".join(f"+1555{n:05},GMT\n" for n in range(1003)))
        self.server.ctl("import", REGION.list, str(file))
        for _ in range(1003):
            self.scene.preview(REGION, "agent7")
        messages = [self.ask("campaigngroups", REGION.group, "LogOut", {"GSW_AGENT_ID": "agent7"}).json["GSW_MESSAGE"]
                    for _ in range(3)]
        self.assertEqual([message.split()[0].replace(",", "") for message in messages], ["1000", "3", "0"])
        self.assertEqual(self.server.rows("SELECT record_status, count(*) FROM records GROUP BY 1"), [(1, 1003)])


class MissedCallbacks(SessionTest):
    def test_a_personal_callback_that_nobody_took(self):
        self.begin(**{"missed-callback-timeout": DAY})
        date = due_now()
        later = date_time(time.time() + DAY)
        personal = {"GSW_AGENT_ID": "agent7", "GSW_ATTEMPTS": 1}
        missed = [self.scene.add(REGION, GSW_RECORD_TYPE=kind, GSW_DATE_TIME=date, **personal)["GSW_CHAIN_ID"]
                  for kind in (4, 5)]
        sibling = self.scene.add(REGION, GSW_CHAIN_ID=missed[0])
        kept = [
            self.scene.add(REGION, GSW_RECORD_TYPE=5, GSW_DATE_TIME=later, **personal),  # its time has not come
            self.scene.add(REGION, GSW_RECORD_TYPE=5, **personal),  # it has no time
            self.scene.add(REGION, GSW_RECORD_TYPE=6, GSW_DATE_TIME=date),  # not personal
            self.scene.add(REGION, GSW_RECORD_TYPE=5, GSW_DATE_TIME=date, GSW_RECORD_STATUS=3, **personal),  # not Ready
        ]
        before = [self.scene.chain(REGION, chain)[0] for chain in (*missed, *(added["GSW_CHAIN_ID"] for added in kept))]
        self.leave(**{"missed-callback-timeout": 1})
        eventually(lambda: [self.scene.chain(REGION, chain)[0]["record_status"] for chain in missed] == [8, 8],
                   "missed")
        after = [self.scene.chain(REGION, row["chain_id"])[0] for row in before]
        expected = [{**row, "record_status": 8, "call_result": 47} for row in before[:2]] + before[2:]
        self.assertEqual(after, expected)
        self.assertEqual(self.scene.chain(REGION, sibling["GSW_CHAIN_ID"])[1]["record_status"], 1)

    def test_one_that_is_kept_back_by_its_chain(self):
        """Whether it is missed now or when it is free again is open; in the end it is, and nothing holds it."""
        self.begin(**{"missed-callback-timeout": DAY, "session-timeout": DAY})
        date = due_now()
        held = self.scene.take(REGION)
        personal = {"GSW_RECORD_TYPE": 5, "GSW_AGENT_ID": "agent7", "GSW_DATE_TIME": date}
        self.scene.add(REGION, GSW_CHAIN_ID=held.chain, **personal)
        marker = self.scene.add(REGION, **personal)["GSW_CHAIN_ID"]
        self.leave(**{"missed-callback-timeout": 1})
        eventually(lambda: self.scene.chain(REGION, marker)[0]["record_status"] == 8, "the sweep has run")
        self.assertEqual(broken(self.server.store), [])
        self.assertEqual(self.on(held, "RecordReject").status, 200)
        eventually(lambda: self.scene.chain(REGION, held.chain)[1]["record_status"] == 8, "missed")
        self.assertEqual([row["handle"] for row in self.scene.chain(REGION, held.chain)], [0, 0])

    def test_what_was_given_back_too_late_is_missed_then(self):
        self.begin(**{"missed-callback-timeout": DAY})
        date = due_now()
        held = self.scene.take(REGION, "agent7", GSW_RECORD_TYPE=5, GSW_AGENT_ID="agent7", GSW_DATE_TIME=date)
        marker = self.scene.add(REGION, GSW_RECORD_TYPE=5, GSW_AGENT_ID="agent8", GSW_DATE_TIME=date)["GSW_CHAIN_ID"]
        self.leave(**{"missed-callback-timeout": 1})
        eventually(lambda: self.scene.chain(REGION, marker)[0]["record_status"] == 8, "the sweep has run")
        self.assertEqual(self.status_of(held), 2)  # somebody took it
        self.on(held, "RecordReject")
        self.await_status(held, 8)


class Unloading(SessionTest):
    def state(self):
        answer = self.client.request("GET", f"{path('campaigngroups', REGION.group)}?req=CampaignStatusRequest")
        return answer.json["GSW_USER_EVENT"]

    def group(self, *arguments, check=True):
        return self.server.ctl("group", *arguments, check=check)

    def test_it_waits_for_what_agents_hold(self):
        self.begin(**{"session-timeout": DAY})
        held = self.scene.take(REGION)
        self.scene.add(REGION)
        refused = self.group("unload", REGION.group_name, check=False)
        self.assertEqual(refused.returncode, 1)
        self.assertIn("--force", refused.stderr)
        self.assertEqual(self.state(), "CampaignStarted")
        self.group("stop", REGION.group_name)
        self.assertEqual(self.state(), "CampaignLoaded")
        self.group("unload", str(REGION.group))
        self.assertEqual(self.state(), "CampaignStopped")
        answer = self.ask("campaigngroups", REGION.group, "PreviewRecordRequest")
        self.assertEqual(answer.status, 409)
        self.assertIn(answer.json["GSW_ERROR_NUMBER"], (121, 122))
        self.restart()
        self.assertEqual(self.state(), "CampaignStopped")
        self.assertEqual(self.on(held, "RecordProcessed").status, 200)
        eventually(lambda: self.state() == "CampaignUnloaded", "unloaded")
        answer = self.ask("campaigngroups", REGION.group, "PreviewRecordRequest")
        self.assertEqual((answer.status, answer.json["GSW_ERROR_NUMBER"]), (409, 121))
        self.group("load", REGION.group_name)
        self.assertEqual(self.state(), "CampaignLoaded")
        self.group("start", REGION.group_name)
        self.assertEqual(self.scene.preview(REGION)["GSW_USER_EVENT"], "PreviewRecord")

    def test_by_force_it_gives_back(self):
        self.begin(**{"session-timeout": DAY})
        left, called, elsewhere = self.scene.take(REGION), self.scene.take(REGION), self.scene.take(OTHER)
        self.on(called, "UpdateCallCompletionStats", GSW_CALL_RESULT=6)
        self.group("unload", "--force", REGION.group_name)
        self.await_status(left, 1)
        self.await_status(called, 4)
        eventually(lambda: self.state() == "CampaignUnloaded", "unloaded")
        self.assertEqual(self.status_of(elsewhere), 2)
        self.assert_closed(left, "unloading of its group")

    def test_the_timeout_ends_the_waiting(self):
        self.begin(**{"session-timeout": DAY})
        held = self.scene.take(REGION)
        self.group("stop", REGION.group_name)
        self.group("unload", REGION.group_name)
        self.assertEqual(self.state(), "CampaignStopped")
        self.leave(**{"session-timeout": 1})
        self.await_status(held, 1)
        eventually(lambda: self.state() == "CampaignUnloaded", "unloaded")


if __name__ == "__main__":
    unittest.main()
