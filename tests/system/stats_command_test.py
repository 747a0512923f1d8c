"""outpostctl stats: counts by status, type and result; a chart where somebody watches, a plain table elsewhere."""
import os
import pty
import subprocess
import unittest

from harness import BIN, SystemTest


class StatsCommand(SystemTest):
    def on_a_terminal(self, server, *arguments, **environment):
        """What outpostctl writes when its standard output is a terminal of 80 columns."""
        master, slave = pty.openpty()
        clean = {name: value for name, value in os.environ.items() if name != "NO_COLOR"}
        with subprocess.Popen([BIN / "outpostctl", "--socket", server.control, *arguments], stdout=slave,
                              env={**clean, "TERM": "xterm", **environment}) as running:
            os.close(slave)
            text = b""
            while True:
                try:
                    some = os.read(master, 65536)
                except OSError:  # the other end is closed
                    break
                if not some:
                    break
                text += some
            self.assertEqual(running.wait(60), 0)
        os.close(master)
        return text.decode()

    def prepared(self):
        server = self.running()
        for n in range(4):
            server.add(f"+1555010{n}")
        handle = server.preview().json["GSW_RECORD_HANDLE"]
        server.post(f"/records/{handle}?req=RecordProcessed", {"GSW_CALL_RESULT": "Busy"})
        server.preview()
        return server

    def counts(self, entry, kind):
        return {value["name"]: value["records"] for value in entry[kind]}

    def test_counts_follow_requests(self):
        server = self.prepared()
        stats = server.ctl_json("stats", "Spring_2024", "Spring@Group")
        self.assertEqual([entry["name"] for entry in stats["lists"] + stats["groups"]], ["Spring_2024", "Spring@Group"])
        entry = stats["lists"][0]
        self.assertEqual(entry["records"], 4)
        self.assertEqual(self.counts(entry, "status"), {"Ready": 2, "Retrieved": 1, "Updated": 1})
        self.assertEqual(self.counts(entry, "type"), {"General": 4})
        self.assertEqual(self.counts(entry, "result"), {"Unknown": 3, "Busy": 1})
        self.assertEqual(self.counts(stats["groups"][0], "status"), {"Retrieved": 1, "Updated": 1})
        self.assertEqual(len(server.ctl_json("stats")["lists"]), 3)
        self.assertEqual(server.ctl_json("stats", "--group", "Spring@Group")["lists"], [])
        unknown = server.ctl("stats", "Sprng_2024", check=False)
        self.assertEqual(unknown.returncode, 1)
        self.assertIn("Spring_2024", unknown.stderr)

    def test_a_terminal_gets_a_chart_and_a_pipe_a_table(self):
        server = self.prepared()
        plain = server.ctl("stats", "--list", "Spring_2024").stdout
        self.assertRegex(plain, r"list +Spring_2024 +result +6 Busy +1\n")
        self.assertNotIn("█", plain)
        shown = self.on_a_terminal(server, "stats", "--list", "Spring_2024", PAGER="cat")
        self.assertIn("█", shown)
        self.assertIn("28 Unknown", shown)
        self.assertIn("\x1b[36m", shown)
        without = self.on_a_terminal(server, "stats", "--list", "Spring_2024", NO_COLOR="1", PAGER="cat")
        self.assertIn("█", without)
        self.assertNotIn("\x1b", without)
        for line in without.splitlines():
            self.assertLessEqual(len(line), 80)


if __name__ == "__main__":
    unittest.main()
