"""Configuration as a person meets it: every error of a file at once, with line and what is valid; effective values with
their origin; a reload that is wrong changes nothing."""
import signal
import subprocess
import unittest

from harness import BIN, SystemTest

WRONG = """{
  // a comment is fine
  "application": {
    "name": "x",
    "http-request-timeout": 900,
    "encodng": "utf-8"
  },
  "listeners": [ { "address": "nowhere", "port": 70000 } ],
  "log": { "level": "loud" }
}
"""


MOBILE = """{
  "application": { "type": "mobile", "dbid": 7 },
  "redundancy": { "enabled": true },
  "server": { "external_url_base": "http://a" }
}
"""


class Config(SystemTest):
    def outpostd(self, *arguments):
        return subprocess.run([BIN / "outpostd", *arguments], capture_output=True, text=True, timeout=60, check=False)

    def test_all_errors_at_once_with_their_lines(self):
        server = self.outpost()
        server.config_path.write_text(WRONG)
        checked = self.outpostd("--config", server.config_path, "--check-config")
        self.assertNotEqual(checked.returncode, 0)
        for part in (":5:", "http-request-timeout", "900", "300", ":6:", "encodng", "encoding", ":8:", "nowhere", "70000",
                     ":9:", "loud", "interaction"):
            self.assertIn(part, checked.stderr)

    def test_check_and_print(self):
        server = self.outpost()
        checked = self.outpostd("--config", server.config_path, "--check-config")
        self.assertEqual(checked.returncode, 0, checked.stderr)
        printed = self.outpostd("--config", server.config_path, "--print-config")
        self.assertEqual(printed.returncode, 0)
        self.assertRegex(printed.stdout, r'application\.dbid\b.*134.*outpost\.json:\d+')
        self.assertRegex(printed.stdout, r'application\.http-body-timeout\b.*30.*default')

    def test_a_mobile_node_has_options_of_its_own(self):
        server = self.outpost()
        server.config_path.write_text(MOBILE)
        checked = self.outpostd("--config", server.config_path, "--check-config")
        self.assertEqual(checked.returncode, 1)
        lines = checked.stderr.splitlines()
        self.assertEqual(len(lines), 4, lines)
        for line, parts in zip(lines, (
                (":2:", "application.dbid", "of type outbound", "of type mobile"),
                (":3:", "redundancy", "all nodes are active"),
                (":4:", "server.external_url_base", "does not end with /"),
                (":4:", "server.node_id", "0 to 99")), strict=True):
            for part in parts:
                self.assertIn(part, line)
        server.config_path.write_text('{"application": {"type": "mobile"}, "server": {"node_id": 7, "username": "u", '
                                      '"password": "hidden"}}')
        printed = self.outpostd("--config", server.config_path, "--print-config")
        self.assertEqual(printed.returncode, 0, printed.stderr)
        self.assertRegex(printed.stdout, r'server\.node_id\b.*7.*outpost\.json:1')
        self.assertRegex(printed.stdout, r'application\.http-max-connections\b.*50000.*default')
        self.assertNotRegex(printed.stdout, "hidden|redundancy|dbid")

    def test_a_change_of_type_waits_for_a_restart(self):
        server = self.running()
        outbound = server.config_path.read_text()
        server.config_path.write_text('{"application": {"type": "mobile"}, "server": {"node_id": 7}}')
        change = 'application.type: "outbound" -> "mobile", after a restart'
        self.assertEqual(server.ctl_json("reload")["changes"], [change])
        self.assertIn(change, server.ctl("status").stdout)
        self.assertEqual(server.add().status, 200)  # the listener is still there
        server.config_path.write_text(outbound)
        server.ctl("reload")
        self.assertNotIn("application.type", server.ctl("status").stdout)
        self.assertEqual(server.add().status, 200)

    def test_missing_file(self):
        missing = self.outpostd("--config", f"{self.directory}/none.json")
        self.assertEqual(missing.returncode, 1)
        self.assertIn("none.json", missing.stderr)

    def test_a_wrong_reload_is_refused_and_the_old_configuration_stays(self):
        server = self.running()
        good = server.config_path.read_text()
        server.config_path.write_text(WRONG)
        refused = server.ctl("reload", check=False)
        self.assertEqual(refused.returncode, 1)
        self.assertIn("http-request-timeout", refused.stderr)
        server.kill(signal.SIGHUP)
        self.assertEqual(server.add().status, 200)
        server.config_path.write_text(good)
        self.assertEqual(server.ctl_json("reload")["changes"], [])

    def test_version(self):
        for program in ("outpostd", "outpostctl", "outpost-proxy", "outpost-courier"):
            self.assertRegex(self.outpostd("--version").stdout, r"\d+\.\d+\.\d+")
            done = subprocess.run([BIN / program, "--version"], capture_output=True, text=True, check=False, timeout=60)
            self.assertEqual(done.returncode, 0)
            self.assertRegex(done.stdout, rf"{program} \d+\.\d+\.\d+")


if __name__ == "__main__":
    unittest.main()
