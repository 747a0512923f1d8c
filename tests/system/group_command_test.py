"""outpostctl group and sessions: an operator loads, starts, stops and unloads groups, and sees who holds what."""
import signal
import unittest

from harness import SystemTest, eventually


class GroupCommand(SystemTest):
    def state(self, server, dbid=201):
        return next(g["state"] for g in server.ctl_json("group")["groups"] if g["dbid"] == dbid)

    def error(self, answer):
        return answer.status, answer.json["GSW_ERROR_NUMBER"]

    def test_a_group_is_stopped_unloaded_loaded_and_started(self):
        server = self.running()
        server.add()
        steps = [("stop", "Running -> Active", (409, 122)), ("unload", "Active -> NotLoaded", (409, 121)),
                 ("load", "NotLoaded -> Active", (409, 122)), ("start", "Active -> Running", None)]
        for command, change, error in steps:
            self.assertIn(change, server.ctl("group", command, "Spring@Group").stdout)
            again = server.ctl("group", command, "201")  # what is so already is no failure
            self.assertIn("as before", again.stdout)
            answer = server.preview()
            self.assertEqual(self.error(answer) if answer.status != 200 else None, error, command)
        for number, word in ((52002, "stopped"), (52004, "unloaded"), (52000, "loaded"), (52001, "started")):
            server.await_log(rf'Trc {number} campaign group "Spring@Group" \(DBID 201\) {word}\n')

    def test_what_makes_no_sense_is_refused_with_a_sentence(self):
        server = self.running()
        for arguments, words in ((("start", "Spring@Unloaded"), ("NotLoaded", "load it first")),
                                 (("unload", "Spring@Group"), ("Running", "--force")),
                                 (("load", "Spring@Grup"), ("Spring@Grup", "Spring@Group")),
                                 (("mode", "201", "Previw"), ("Preview",))):
            done = server.ctl("group", *arguments, check=False)
            self.assertEqual(done.returncode, 1, arguments)
            for word in words:
                self.assertIn(word, done.stderr)
        slip = server.ctl("group", "laod", "201", check=False)
        self.assertEqual(slip.returncode, 2)
        self.assertIn("did you mean load", slip.stderr)

    def test_a_group_is_unloaded_when_agents_have_finished_its_records(self):
        server = self.running()
        server.add()
        handle = server.preview(GSW_AGENT_ID="a7").json["GSW_RECORD_HANDLE"]
        server.ctl("group", "stop", "201")
        waiting = server.ctl_json("group", "unload", "201")
        self.assertEqual((waiting["after"], waiting["held"]), ("WaitingUnload", 1))
        self.assertIn("still hold 1", server.ctl("group", "unload", "201").stdout)
        answer = server.post(f"/records/{handle}?req=RecordProcessed", {"GSW_AGENT_ID": "a7"})
        self.assertEqual(answer.status, 200)
        eventually(lambda: self.state(server) == "NotLoaded", "the group is unloaded")
        server.await_log("Trc 52004")

    def test_forced_unloading_gives_the_records_back(self):
        server = self.running()
        server.add()
        handle = server.preview(GSW_AGENT_ID="a7").json["GSW_RECORD_HANDLE"]
        forced = server.ctl("group", "unload", "201", "--force")
        self.assertIn("Running -> NotLoaded", forced.stdout)
        self.assertIn("1 record was given back", forced.stdout)
        server.await_log("Trc 52003")
        self.assertEqual(server.rows("SELECT record_status FROM records"), [(1,)])
        self.assertEqual(self.error(server.post(f"/records/{handle}?req=RecordProcessed", {})), (409, 120))
        self.assertEqual(server.ctl_json("group")["groups"][0]["held"], 0)

    def test_the_mode_counts_at_once_and_states_outlive_a_restart(self):
        server = self.running()
        server.add()
        server.ctl("group", "mode", "201", "Predict")
        server.ctl("group", "load", "202")
        self.assertEqual(self.error(server.preview()), (409, 123))
        server.kill(signal.SIGKILL)
        server.wait()
        server.start()
        self.assertEqual(self.error(server.preview()), (409, 123))
        self.assertEqual(self.state(server, 202), "Active")
        self.assertIn("mode Predict", server.ctl("group", "mode", "201").stdout)
        server.ctl("group", "mode", "201", "3")
        self.assertEqual(server.preview().status, 200)

    def test_sessions_and_what_they_hold(self):
        server = self.running()
        for n in range(3):
            server.add(f"+1555010{n}")
        server.preview(GSW_AGENT_ID="a7")
        server.preview(GSW_AGENT_ID="a7")
        server.post("/phones/%2B15550999?req=DoNotCall", {})
        shown = {(s["protocol"], s["agent"]): s for s in server.ctl_json("sessions")["sessions"]}
        self.assertEqual((shown["Desktop", "a7"]["requests"], shown["Desktop", "a7"]["held"]), (2, 2))
        self.assertEqual(shown["Desktop", "a7"]["application"], 134)
        self.assertEqual((shown["Desktop", ""]["requests"], shown["Desktop", ""]["held"]), (3, 0))
        self.assertEqual(shown["ThirdParty", ""]["requests"], 1)
        self.assertIn("a7", server.ctl("sessions").stdout)

        server.kill(signal.SIGKILL)
        server.wait()
        server.start()
        after = server.ctl_json("sessions")["sessions"]
        self.assertEqual([(s["agent"], s["held"], s["application"]) for s in after], [("a7", 2, 0)])
        self.assertIn("session timeout", server.ctl("sessions").stdout)


if __name__ == "__main__":
    unittest.main()
