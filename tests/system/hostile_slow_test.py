"""Slow clients hold what they can get: headers, bodies and reads at a trickle. Others are served meanwhile."""

import unittest

from hostile import LONG, HostileTest, run_tool

SECONDS = 60 if LONG else 5
CONNECTIONS = 1000 if LONG else 300


class SlowClients(HostileTest):
    # Each ends within the attack.
    application = {"http-header-timeout": 2, "http-body-timeout": 3, "http-idle-timeout": 3}

    def attack(self, *options, secure=False):
        scheme, port = ("https", self.ports["secure"]) if secure else ("http", self.ports["clear"])
        done = run_tool("slowhttptest", "-c", CONNECTIONS, "-r", CONNECTIONS, "-l", SECONDS, "-p", 5, "-v", 1, "-u",
                        f"{scheme}://127.0.0.1:{port}/lists/Spring_2024?req=AddRecord", *options,
                        seconds=(SECONDS + 60))
        self.assertIn("Exit status", done.stdout + done.stderr)
        # Its own probe connection, a good client, was served all the time.
        self.assertNotIn("Service unavailable", done.stdout)

    def test_slow_headers(self):
        self.withstand(lambda: self.attack("-H", "-i", 1), rounds=1)

    def test_slow_headers_over_tls(self):
        self.withstand(lambda: self.attack("-H", "-i", 1, secure=True), rounds=1)

    def test_slow_bodies(self):
        self.withstand(lambda: self.attack("-B", "-i", 1, "-s", 8192), rounds=1)

    def test_slow_reads(self):
        self.withstand(lambda: self.attack("-X", "-w", 1, "-y", 16, "-n", 1, "-z", 1, "-k", 10), rounds=1)

    def test_ranges(self):
        self.withstand(lambda: self.attack("-R", "-a", 1, "-b", 3000), rounds=1)


if __name__ == "__main__":
    unittest.main()
