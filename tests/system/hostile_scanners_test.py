"""Scanners of Debian look at every port, with all that they have; nothing changes."""

import os
import unittest

from harness import SCALE
from hostile import LONG, HostileTest, run_tool

# Scripts that need another host, or try passwords for as long as they may.
LEFT_OUT = "not external and not brute"


class Scanners(HostileTest):
    def scan(self, *options, address="127.0.0.1", ports=("clear", "secure")):
        wanted = ",".join(str(self.ports[name]) for name in ports)
        done = run_tool("nmap", "-n", "-Pn", "-T5", "--host-timeout", f"{int(150 * SCALE)}s", "-p", wanted, *options, address)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("Nmap done: 1 IP address (1 host up)", done.stdout)
        for name in ports:
            self.assertRegex(done.stdout, rf"(?m)^{self.ports[name]}/tcp +open", done.stdout)

    def test_port_scans(self):
        def attack():
            self.scan("-sT")
            self.scan("-6", "-sT", address="::1", ports=("six",))
            if os.geteuid() == 0:
                self.scan("-sS")

        self.withstand(attack)

    def test_version_detection(self):
        self.withstand(lambda: self.scan("-sT", "-sV", "-A", "--version-all"), rounds=3 if LONG else 1)

    def test_all_http_and_tls_scripts(self):
        family = f"(http-* or ssl-* or tls-*) and {LEFT_OUT}"
        self.withstand(lambda: self.scan("-sT", "--script", family, "--script-timeout", "20s", "--script-args",
                                         "http-slowloris.timelimit=10s,http.max-cache-size=1000000"),
                       rounds=3 if LONG else 1)

    def test_tls_scanner(self):
        def attack():
            done = run_tool("sslscan", "--no-colour", f"127.0.0.1:{self.ports['secure']}")
            self.assertEqual(done.returncode, 0, done.stderr)
            for old in ("SSLv2", "SSLv3", "TLSv1.0", "TLSv1.1"):
                self.assertRegex(done.stdout, rf"(?m)^{old} +disabled")
            for new in ("TLSv1.2", "TLSv1.3"):
                self.assertRegex(done.stdout, rf"(?m)^{new} +enabled")
            for weak in ("RC4", "3DES", "NULL", "EXP-", "ADH", "CBC"):
                self.assertNotRegex(done.stdout, rf"(?m)^(Accepted|Preferred).*{weak}")
            self.assertNotIn("vulnerable to heartbleed", done.stdout.replace("not vulnerable", ""))
            self.assertIn("Session renegotiation not supported", done.stdout)

        self.withstand(attack)


if __name__ == "__main__":
    unittest.main()
