"""After a reload `status` shows, and the next proxy uses, what is in force; what waits for a restart or for the next proxy
start is listed until it is."""
import os
import signal
import unittest
import urllib.parse

from harness import SystemTest


class ReloadInForce(SystemTest):
    def test_what_takes_effect_at_a_restart_is_neither_shown_nor_used_before_it(self):
        server = self.running()
        before = server.status()
        server.config["application"].update({"name": "renamed", "dbid": 135})
        server.config["log"]["directory"] = str(server.directory / "other-log")
        server.config["listeners"][0]["name"] = "other"
        server.write_config()
        reply = server.ctl_json("reload")
        waiting = ["application.dbid: 134 -> 135, after a restart",
                   'application.name: "outpost-test" -> "renamed", after a restart',
                   f'log.directory: "{server.log_directory}" -> "{server.directory}/other-log", after a restart']
        at_proxy_start = 'listeners[0].name: "default" -> "other", waits for the next proxy start'
        self.assertLessEqual({*waiting, at_proxy_start}, set(reply["changes"]))

        status = server.status()
        self.assertEqual(status["application"], before["application"])
        self.assertEqual(status["logs"]["proxy"], before["logs"]["proxy"])
        self.assertEqual(sorted(status["waiting"]), sorted([*waiting, at_proxy_start]))
        shown = server.ctl("status").stdout
        for change in status["waiting"]:
            self.assertIn(f"not in force yet: {change}", shown)

        os.kill(server.proxy_pid, signal.SIGKILL)
        server.await_proxy()
        self.assertEqual(server.status()["waiting"], waiting)
        self.assertFalse((server.directory / "other-log").exists())
        self.assertIn("Application name: outpost-test", server.log_text(proxy=True))
        self.assertNotIn("Application name: renamed", server.log_text(proxy=True))
        answer = server.add().json
        self.assertEqual(answer["GSW_APPLICATION_ID"], 134)

        self.assertEqual(server.ctl_json("reload")["changes"], [])
        self.assertEqual(server.status()["waiting"], waiting)
        self.assertEqual(server.stop(), 0)
        server.start()
        after = server.status()
        self.assertEqual((after["application"]["dbid"], after["waiting"]), (135, []))
        self.assertEqual(server.stop(), 0)

    def test_the_default_of_advertised_host_is_the_host_that_is_in_force(self):
        server = self.running(server={"host": "before.example"})
        server.config["server-info"]["host"] = "after.example"
        server.write_config()
        waiting = ['redundancy.name: "before.example" -> "after.example", after a restart',
                   'server-info.host: "before.example" -> "after.example", after a restart']
        self.assertEqual(sorted(server.ctl_json("reload")["changes"]), waiting)
        os.kill(server.proxy_pid, signal.SIGKILL)
        server.await_proxy()
        self.assertEqual(sorted(server.status()["waiting"]), waiting)
        self.assertEqual(self.host_of_records(server), "before.example")
        self.assertEqual(server.stop(), 0)
        server.start()
        self.assertEqual(self.host_of_records(server), "after.example")
        self.assertEqual(server.stop(), 0)

    def host_of_records(self, server):
        server.add()
        return urllib.parse.urlsplit(server.preview().json["GSW_RECORD_URI"]).hostname

    def test_what_is_taken_back_before_the_restart_waits_no_more(self):
        server = self.running()
        for dbid, effect in ((135, "after a restart"), (134, "at once")):
            before = server.config["application"]["dbid"]
            server.config["application"]["dbid"] = dbid
            server.write_config()
            self.assertEqual(server.ctl_json("reload")["changes"], [f"application.dbid: {before} -> {dbid}, {effect}"])
        self.assertEqual(server.status()["waiting"], [])
        self.assertEqual(server.stop(), 0)


if __name__ == "__main__":
    unittest.main()
