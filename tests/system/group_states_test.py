"""States of campaign groups arrive at a real server: each change, and in an interval; and a reload takes effect at once."""
import json
import shutil
import tempfile
import unittest

from courier import PATIENT, courier_of, start_server
from harness import SCALE, SharedServerTest, eventually

from strange_server import StrangeServer


def told(peer, event=None):
    """What the server was sent: (group, event, state, mode)."""
    bodies = [json.loads(one["body"].encode("latin-1")) for one in list(peer.requests)]
    return [(b["GSW_CAMPAIGN_GROUP_NAME"], b["GSW_CAMPAIGN_GROUP_EVENT"], b["GSW_CAMPAIGN_GROUP_STATE"], b["GSW_DIAL_MODE"])
            for b in bodies if event in (None, b["GSW_CAMPAIGN_GROUP_EVENT"])]


def latest(peer, group="Spring@Group"):
    """The last that the server was sent of this group, and its body."""
    for one in reversed(list(peer.requests)):
        body = json.loads(one["body"].encode("latin-1"))
        if body["GSW_CAMPAIGN_GROUP_NAME"] == group:
            return one, body
    raise AssertionError(f"nothing of {group}")


def changes(peer):
    return [one for one in told(peer) if one[1] != "Periodic"]


class GroupStates(SharedServerTest):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.mkdtemp(prefix="outpost-test-")
        cls.addClassCleanup(shutil.rmtree, folder, True)
        cls.server = start_server(folder, [{"name": "default", **PATIENT}],
                                  application={"campaigngroup-states-interval": 1, "tenant-ccid": "cc-7"})
        cls.addClassCleanup(cls.server.close)
        cls.server.apply()
        courier_of(cls.server)

    def setUp(self):
        super().setUp()
        self.switch(False)
        for command in ("load", "start"):
            self.server.ctl("group", command, "201")
        self.server.ctl("group", "mode", "201", "Preview")
        self.peer = self.new_peer()
        self.switch(True, self.peer.url("/states"))

    def new_peer(self):
        peer = StrangeServer()
        self.addCleanup(peer.close)
        return peer

    def switch(self, on, url=None):
        options = {"campaigngroup-states-uri": url} if url else {}
        self.server.reload(**{"send-campaigngroup-states": on, **options})

    def counted(self, outcome):
        line = f'outpost_campaign_group_states_total{{outcome="{outcome}"}} '
        return int(self.server.ctl("metrics").stdout.split(line)[1].split()[0])

    def test_each_change_and_the_present_state_arrive(self):
        peer, server = self.peer, self.server
        eventually(lambda: len(told(peer, "Periodic")) >= 4, "the state comes again and again")
        self.assertEqual(changes(peer), [])
        self.assertEqual([one for one in told(peer, "Periodic") if one[0] == "Spring@Unloaded"], [])
        steps = [("stop", "Stopped", "Active"), ("unload", "Unloaded", "NotLoaded"), ("load", "Loaded", "Active"),
                 ("start", "Started", "Running")]
        for number, (command, event, state) in enumerate(steps, 1):
            server.ctl("group", command, "Spring@Group")
            eventually(lambda number=number: len(changes(peer)) == number, f"{event} is told")
            self.assertEqual(changes(peer)[-1], ("Spring@Group", event, state, "Preview"))
        server.ctl("group", "mode", "201", "PushPreview")
        eventually(lambda: changes(peer)[-1] == ("Spring@Group", "ModeChanged", "Running", "PushPreview"), "the mode is told")
        server.await_log(r'Trc 81000 status of campaign group "Spring@Group" \(DBID 201\) sent: Unloaded\n')
        server.await_log(r'Trc 81001 status of campaign group "Spring@Group" \(DBID 201\) sent: Periodic\n')
        one, body = latest(peer)
        self.assertEqual((one["method"], one["target"], one["headers"]["content-type"]), ("POST", "/states", "application/json"))
        self.assertEqual((body["GSW_TENANT_NAME"], body["GSW_TENANT_CCID"], body["GSW_GROUP_NAME"], body["GSW_CAMPAIGN_NAME"]),
                         ("Resources", "cc-7", "Group", "Spring"))
        self.assertIsNone(body["GSW_STAT_HIT_RATIO"])

    def test_the_unloading_that_waits_for_agents_is_told_when_it_happens(self):
        peer, server = self.peer, self.server
        server.add()
        handle = server.preview(GSW_AGENT_ID="a7").json["GSW_RECORD_HANDLE"]
        server.ctl("group", "stop", "201")
        server.ctl("group", "unload", "201")
        eventually(lambda: ("Spring@Group", "Periodic", "WaitingUnload", "Preview") in told(peer), "it waits, and is told of")
        self.assertNotIn("Unloaded", [one[1] for one in told(peer)])
        answer = server.post(f"/records/{handle}?req=RecordProcessed", {"GSW_AGENT_ID": "a7", "GSW_CALL_RESULT": 33})
        self.assertEqual(answer.status, 200)
        eventually(lambda: ("Spring@Group", "Unloaded", "NotLoaded", "Preview") in told(peer), "the sweep's unloading is told")
        self.assertEqual(latest(peer)[1]["GSW_STAT_HIT_RATIO"], 1)

    def test_a_reload_switches_it_off_and_on(self):
        peer, other, server = self.peer, self.new_peer(), self.server
        eventually(lambda: told(peer, "Periodic"), "the state is told")
        self.switch(True, other.url("/"))
        eventually(lambda: told(other, "Periodic"), "the new address is told")
        # What was looked at before is over: the reader does one after the other.
        self.switch(False)
        server.command("groups")
        server.ctl("group", "stop", "201")
        server.command("groups")
        self.switch(True)
        server.ctl("group", "start", "201")
        eventually(lambda: ("Spring@Group", "Started", "Running", "Preview") in told(other), "what changes from now on is told")
        self.assertNotIn("Stopped", [one[1] for one in told(other)])

    def test_a_server_that_hangs_or_refuses_delays_nothing(self):
        left_out, refused = self.counted("left-out"), self.counted("refused")
        self.switch(True, self.peer.url("/hang"))
        self.assertTrue(self.peer.arrived.acquire(timeout=60 * SCALE))
        self.assertEqual(self.server.add().status, 200)
        eventually(lambda: self.counted("left-out") > left_out, "what is under way is not sent a second time")
        self.switch(True, self.peer.url("/status/500"))
        self.peer.let_go.set()
        eventually(lambda: self.counted("refused") > refused, "it is counted")


if __name__ == "__main__":
    unittest.main()
