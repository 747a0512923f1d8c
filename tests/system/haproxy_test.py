"""HAProxy in front of a pair, with etc/haproxy/outpost.cfg: requests go to whoever is primary."""
import http.client
import json
import pathlib
import shutil
import signal
import socket
import subprocess
import tempfile
import unittest

import engines
from harness import SCALE, Outbound, Response, eventually, sanitizer_findings
from tls_test import Authority

CONFIGURATION = pathlib.Path(__file__).resolve().parents[2] / "etc" / "haproxy" / "outpost.cfg"
PROGRAM = shutil.which("haproxy", path="/usr/sbin:/usr/local/sbin")
# Every answer names who gave it.
SERVED_BY = "X-Content-Type-Options"
REDUNDANCY = {"enabled": True, "lease-time": 5000, "renewal-interval": 250}


@unittest.skipUnless(PROGRAM, "needs haproxy: scripts/setup metrics")
class HaproxyTest(unittest.TestCase):
    def setUp(self):
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="outpost-test-"))
        self.addCleanup(shutil.rmtree, self.directory, True)
        self.store = engines.new_store(self.directory)
        self.addCleanup(self.store.close)
        authority = Authority(self.directory)
        authority.issue("own", "/CN=localhost", ["localhost"])
        self.told = []
        self.places = []  # in HAProxy's configuration, and what is there here
        self.a = self.node("a", "10.0.0.1")
        self.b = self.node("b", "10.0.0.2")
        self.a.start()
        self.a.apply()
        self.headers = {"Authorization": f"Bearer {self.a.ctl('token', 'add', 'shop').stdout.strip()}"}
        self.b.start(wait=False)
        self.b.notify.wait("READY=1", process=self.b.process)
        self.start_haproxy()

    def held_port(self):
        """A port that stays ours: who asks for any gets another one, but who names it and may reuse it gets it."""
        holder = socket.socket()
        self.addCleanup(holder.close)
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        holder.bind(("127.0.0.1", 0))
        return holder.getsockname()[1]

    def node(self, name, address):
        folder = self.directory / name
        folder.mkdir()
        data, admin = self.held_port(), self.held_port()
        self.places.append((f"{address}:8080 port 8081", f"127.0.0.1:{data} port {admin}"))
        own = {"certificate": str(self.directory / "own.pem"), "key": str(self.directory / "own.key")}
        node = Outbound(
            folder, store=self.store, redundancy={**REDUNDANCY, "name": name},
            application={"authentication": "token", "http-custom-headers": f"{SERVED_BY}: {name}"},
            listeners=[{"name": "default", "address": "127.0.0.1", "port": data},
                       {"name": "admin", "protocol": "admin", "address": "127.0.0.1", "port": admin, "secure": True, **own}])
        self.addCleanup(self.finish, node)
        return node

    def finish(self, node):
        node.close()
        self.assertEqual(sanitizer_findings((node.directory / "stderr.txt").read_text(errors="replace")), [])

    def start_haproxy(self):
        self.port = self.held_port()
        text = CONFIGURATION.read_text()
        for place, here in (*self.places, ("bind :8080", f"bind 127.0.0.1:{self.port}"),
                            ("/etc/haproxy/outpost-ca.pem", str(self.directory / "ca.pem"))):
            self.assertIn(f" {place}", text)
            text = text.replace(place, here)
        path = self.directory / "haproxy.cfg"
        path.write_text(text)
        log = open(self.directory / "haproxy.txt", "w", encoding="utf-8")
        self.addCleanup(log.close)
        haproxy = subprocess.Popen([PROGRAM, "-db", "-f", path], stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        self.addCleanup(haproxy.wait)
        self.addCleanup(haproxy.kill)
        eventually(self.connects, "HAProxy listens")

    def connects(self):
        with socket.socket() as peer:
            return peer.connect_ex(("127.0.0.1", self.port)) == 0

    def add(self, key):
        """An AddRecord through HAProxy, on a connection of its own."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60 * SCALE)
        try:
            body = {"GSW_PHONE": "+15550100", "GSW_TZ_NAME": "GMT", "GSW_CAMPAIGN_NAME": "Spring"}
            connection.request("POST", "/lists/Spring_2024?req=AddRecord", json.dumps(body),
                               {**self.headers, "Idempotency-Key": key})
            answer = connection.getresponse()
            return Response(answer.status, answer.headers, answer.read())
        finally:
            connection.close()

    def served_by(self, name, key):
        answer = self.add(key)
        self.assertEqual((answer.status, answer.headers[SERVED_BY]), (200, name), answer.body)
        return answer.json["GSW_CHAIN_ID"]

    def await_told(self, name, state):
        """Until a check has told HAProxy, which logs it, as often as this was awaited."""
        self.told.append(f"Server outpost-pair/{name} is {state}")
        eventually(lambda: (self.directory / "haproxy.txt").read_text().count(self.told[-1]) >= self.told.count(self.told[-1]),
                   self.told[-1])

    def test_requests_follow_a_switch_and_a_kill(self):
        # Until it has asked for the first time HAProxy takes both for good: what b refuses it gives to a.
        chains = [self.served_by("a", key) for key in ("one", "two")]
        self.await_told("b", "DOWN")
        eventually(lambda: len(self.a.status()["members"]) == 2, "a knows b")

        self.a.ctl("switch")
        self.b.await_proxy()
        self.await_told("b", "UP")
        chains.append(self.served_by("b", "three"))
        self.assertEqual(self.served_by("b", "one"), chains[0])

        self.await_told("a", "DOWN")
        self.b.kill(signal.SIGKILL)
        self.b.wait()
        self.a.await_proxy()  # whoever is primary by its role begins to serve a moment later
        self.await_told("a", "UP")
        chains.append(self.served_by("a", "four"))
        self.assertEqual(self.served_by("a", "three"), chains[2])
        self.assertEqual(len(set(chains)), 4)


if __name__ == "__main__":
    unittest.main()
