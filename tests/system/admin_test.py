"""The admin face: health, status and commands on a port of its own, of a supervisor in whichever role."""
import http.client
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import unittest

import engines
from harness import BIN, SCALE, Outbound, Response, SharedServerTest, await_gone, eventually, sanitizer_findings

ADMIN = {"name": "admin", "protocol": "admin", "port": 0, "admin-write": True}
READONLY = {"name": "readonly", "protocol": "admin", "port": 0}
DATA = {"name": "default", "address": "127.0.0.1", "port": 0}
STOP = {"command": "stop", "group": "Spring@Group"}
START = {"command": "start", "group": "Spring@Group"}


def admin_ports(server):
    """The ports of its admin proxy, by listener, once it runs."""
    def running():
        admin = server.status()["admin"]
        return admin and admin["state"] == "running" and {one["name"]: one["port"] for one in admin["listeners"]}
    return eventually(running, "the admin proxy runs")


def ask(port, method, target, body=None, token=None, **headers):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60 * SCALE)
    try:
        if token:
            headers["Authorization"] = f"Bearer {token}"
        connection.request(method, target, json.dumps(body) if isinstance(body, dict) else body, headers)
        answer = connection.getresponse()
        return Response(answer.status, answer.headers, answer.read())
    finally:
        connection.close()


class AdminTest(SharedServerTest):
    options = {"listeners": [DATA, ADMIN, READONLY], "server": {"reconnect-timeout": 5}, "log": {"level": "trace"}}

    def setUp(self):
        super().setUp()
        self.ports = admin_ports(self.server)
        self.port = self.ports["admin"]

    def get(self, target, **more):
        return ask(self.port, "GET", target, **more)

    def token(self, name, *arguments):
        token = self.server.ctl("token", "add", name, *arguments).stdout.strip()
        self.addCleanup(self.server.ctl, "token", "revoke", name, check=False)
        return token

    def await_ready(self):
        eventually(lambda: self.get("/readyz").status == 200, "it is ready")

    def await_not_ready(self):
        """The reasons."""
        answer = eventually(lambda: (a := self.get("/readyz")).status == 503 and a, "it is not ready")
        self.assertEqual((answer.json["ready"], answer.json["role"]), (False, "primary"))
        return answer.json["reasons"]

    def reload(self, **application):
        self.server.config["application"].update(application)
        self.server.write_config()
        self.server.ctl("reload")

    def pids(self):
        status = self.server.status()
        return status["proxy"]["pid"], status["admin"]["pid"]

    def test_health_by_role(self):
        self.await_ready()
        for path, status in (("/healthz", 200), ("/readyz", 200), ("/primary", 200), ("/backup", 503)):
            answer = self.get(path)
            self.assertEqual(answer.status, status, path)
            self.assertEqual(answer.headers["Content-Type"], "application/json")
            self.assertEqual(answer.headers["Cache-Control"], "no-store")
            head = ask(self.port, "HEAD", path)
            self.assertEqual((head.status, head.body), (status, b""))
            self.assertEqual(head.headers["Content-Length"], str(len(answer.body)))
            refused = ask(self.port, "POST", path, {})
            self.assertEqual((refused.status, refused.headers["Allow"]), (405, "GET, HEAD"))
        self.assertEqual(self.get("/healthz").json, {"alive": True})
        self.assertEqual(self.get("/readyz").json, {"ready": True, "role": "primary", "reasons": []})
        self.assertEqual(self.get("/lists/Spring_2024?req=AddRecord").status, 404)
        self.assertEqual(ask(self.server.port, "GET", "/readyz").status, 404)
        wrong = ask(self.port, "GET", "/api/switch")
        self.assertEqual((wrong.status, wrong.headers["Allow"]), (405, "POST"))
        done = self.server.ctl("health")
        self.assertEqual((done.returncode, done.stdout), (0, "ready: primary\n"))
        self.assertEqual(self.server.ctl("health", "--role", "primary").returncode, 0)
        self.assertEqual(self.server.ctl("health", "--role", "backup", check=False).returncode, 1)
        self.assertEqual(self.server.ctl("health", "--role", "king", check=False).returncode, 2)
        done = subprocess.run([BIN / "outpostctl", "--socket", f"{self.server.directory}/none.sock", "health"],
                              capture_output=True, check=False)
        self.assertEqual(done.returncode, 3)

    def test_reading(self):
        self.assertEqual(self.server.add("+15550777").status, 200)
        status = self.get("/status").json
        self.assertEqual((status["pid"], status["role"]), (self.server.process.pid, "primary"))
        self.assertEqual(status.keys(), self.server.status().keys())
        self.assertEqual(self.get("/api/groups").json, self.server.ctl_json("group"))
        records = self.get("/api/records?list=Spring_2024&contact=%2B15550777&limit=5").json["records"]
        self.assertEqual([one["contact_info"] for one in records], ["+15550777"])
        self.assertEqual(self.get("/api/records?list=None").status, 404)
        self.assertIn("valid are list", self.get("/api/records?lst=Spring_2024").json["error"])
        self.assertEqual(self.get("/api/records?list=Spring_2024&limit=many").status, 400)
        self.assertEqual(self.get("/metrics").status, 200)

    def test_a_page_of_a_stranger_that_was_made_to_mean_this_machine_reads_nothing(self):
        self.assertEqual(self.get("/status", Host="evil.example").status, 421)
        self.assertEqual(self.get("/status", Host="localhost").status, 200)
        self.assertEqual(self.get("/healthz", Host="lb.example").status, 200)

    def test_writing_needs_a_token_and_a_listener_that_allows_it(self):
        reader = self.token("reader", "--resources", "admin", "--requests", "Read")
        crm = self.token("crm", "--resources", "lists")
        everything = self.token("everything")
        writer = self.token("writer", "--resources", "admin")

        def post(body, token=None, listener="admin"):
            return ask(self.ports[listener], "POST", "/api/group", body, token)

        def state():
            return [g["state"] for g in self.server.ctl_json("group")["groups"] if g["name"] == "Spring@Group"][0]

        for token, status in ((None, 401), ("outpost_nothing", 401), (reader, 403), (crm, 403), (everything, 403)):
            answer = post(STOP, token)
            self.assertEqual(answer.status, status, answer.body)
            self.assertTrue(answer.headers["WWW-Authenticate"].startswith('Bearer realm="outpost"'))
            self.assertIn("error", answer.json)
        refused = post(STOP, writer, "readonly")
        self.assertEqual((refused.status, refused.headers["WWW-Authenticate"]), (403, None))
        self.assertIn("admin-write", refused.json["error"])
        self.assertEqual(state(), "Running")
        answer = post(STOP, writer)
        self.assertEqual((answer.status, answer.json["after"]), (200, state()), answer.body)
        self.assertNotEqual(state(), "Running")
        self.assertEqual(post(START, writer).status, 200)
        self.assertEqual(post({"command": "start", "group": "None"}, writer).status, 404)
        for body in ("{", "[]"):
            self.assertEqual(post(body, writer).status, 400)
        self.assertEqual(state(), "Running")
        # A token of the admin face opens nothing else, and is worth nothing once it is revoked.
        self.server.ctl("token", "revoke", "writer")
        self.assertEqual(post(STOP, writer).status, 401)
        self.server.await_log(r"Std 40053 audit: listener admin, token writer: group", times=3)

    def test_reading_needs_a_token_where_tokens_are_asked_for_and_health_does_not(self):
        reader = self.token("reader", "--resources", "admin", "--requests", "Read")
        crm = self.token("crm")
        for mode in ("token", "none"):
            self.reload(authentication=mode)
            for target in ("/status", "/metrics", "/api/groups"):
                self.assertEqual(self.get(target).status, 401 if mode == "token" else 200)
                self.assertEqual(self.get(target, token=reader).status, 200)
                self.assertEqual(self.get(target, token=crm).status, 403 if mode == "token" else 200)
            for target in ("/healthz", "/readyz", "/primary"):
                self.assertEqual(self.get(target).status, 200)
            self.assertEqual(self.server.add(headers={"Authorization": f"Bearer {reader}"}).status,
                             403 if mode == "token" else 200)

    def events(self, query="", token=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60 * SCALE)
        self.addCleanup(connection.close)
        connection.request("GET", f"/events{query}", headers={"Authorization": f"Bearer {token}"} if token else {})
        answer = connection.getresponse()
        self.addCleanup(answer.close)
        return answer

    def test_events_tell_how_it_fares_and_what_the_logs_say(self):
        answer = self.events("?log=supervisor&log=proxy")
        self.assertEqual((answer.status, answer.headers["Content-Type"], answer.headers["Transfer-Encoding"]),
                         (200, "text/event-stream", "chunked"))
        seen = {}
        while len(seen) < 3:
            line = answer.readline()
            self.assertTrue(line, "the stream has ended")
            name = line.decode().strip().removeprefix("event: ")
            if name not in ("status", "log"):
                continue
            data = json.loads(answer.readline().removeprefix(b"data: "))
            seen[data.get("log", name)] = data
        self.assertEqual(seen["status"]["role"], "primary")
        self.assertIn("HTTP proxy running", seen["supervisor"]["lines"])
        self.assertNotEqual(seen["proxy"]["lines"], "")
        self.assertEqual(self.get("/events?log=../secret").status, 400)

    def test_only_so_many_follow_events_and_who_leaves_makes_room(self):
        followers = []
        while (answer := self.events()).status == 200:
            followers.append(answer)
        self.assertEqual((answer.status, len(followers)), (503, 16))
        for one in followers:
            one.close()
        eventually(lambda: self.events().status == 200, "there is room again")

    def test_a_revoked_token_ends_the_events_that_it_opened(self):
        token = self.server.ctl("token", "add", "follower", "--resources", "admin", "--requests", "Read").stdout.strip()
        application = self.server.config["application"]
        application["authentication"] = "token"
        self.addCleanup(lambda: (application.pop("authentication"), self.server.write_config(), self.server.ctl("reload")))
        self.server.write_config()
        self.server.ctl("reload")
        self.assertEqual(self.events().status, 401)
        answer = self.events(token=token)
        self.assertEqual(answer.status, 200)
        self.server.ctl("token", "revoke", "follower")
        self.assertIn(b"event: status", answer.read())  # to its end, which comes
        self.assertEqual(self.events(token=token).status, 401)

    def test_the_console_is_a_page_that_is_compiled_in(self):
        page = self.get("/")
        self.assertEqual((page.status, page.headers["Cache-Control"]), (200, "no-cache"))
        self.assertIn("frame-ancestors 'none'", page.headers["Content-Security-Policy"])
        again = self.get("/", **{"If-None-Match": page.headers["ETag"]})
        self.assertEqual((again.status, again.body), (304, b""))
        script = self.get(f"/console/{json.loads(page.headers['ETag'])}/app.js")
        self.assertEqual((script.status, script.headers["Content-Type"]), (200, "text/javascript; charset=utf-8"))
        self.assertEqual(self.get("/", Host="evil.example").status, 200)  # nothing in it is secret
        self.assertEqual(self.get("/api/imports").json, {"imports": []})
        self.assertIn("application.dbid", self.get("/api/configuration").json["text"])

    def test_a_killed_admin_proxy_comes_back_and_takes_nothing_with_it(self):
        proxy, admin = self.pids()
        os.kill(admin, signal.SIGKILL)
        await_gone(admin)
        self.assertEqual(self.server.add().status, 200)
        self.assertEqual(self.server.ctl("health").returncode, 0)
        self.assertEqual(admin_ports(self.server), self.ports)
        self.assertEqual(self.pids()[0], proxy)
        self.assertEqual(self.get("/healthz").status, 200)

    def test_a_killed_proxy_is_seen(self):
        proxy, admin = self.pids()
        os.kill(proxy, signal.SIGKILL)
        self.assertEqual(self.await_not_ready(), ["the HTTP proxy does not run: it is waiting for restart"])
        done = self.server.ctl("status", check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn("not ready: the HTTP proxy does not run", done.stdout)
        self.assertEqual(self.get("/primary").status, 200)
        self.await_ready()
        self.assertEqual(self.server.ctl("status").returncode, 0)
        self.assertEqual(self.pids()[1], admin)

    def test_a_stopped_proxy_is_seen_before_it_is_ended(self):
        patient = {"channel-timeout": self.server.config["application"]["channel-timeout"]}
        self.addCleanup(self.reload, **patient)
        self.reload(**{"channel-timeout": int(9000 * SCALE)})
        proxy, _ = self.pids()
        os.kill(proxy, signal.SIGSTOP)
        silent = r"^the HTTP proxy has said nothing for \d+ ms$"
        eventually(lambda: re.match(silent, self.await_not_ready()[0]), "it is said why")
        self.assertEqual(self.server.ctl("health", check=False).returncode, 1)
        self.await_ready()
        self.assertNotEqual(self.pids()[0], proxy)

    def test_health_on_the_port_of_the_data_by_option(self):
        self.assertEqual(ask(self.server.port, "GET", "/healthz").status, 404)
        for on in (True, False):
            self.reload(**{"http-health": on, "authentication": "token" if on else "none"})
            answer = ask(self.server.port, "GET", "/healthz")
            self.assertEqual(answer.status, 200 if on else 404)
            if on:
                self.assertEqual(answer.json, {"alive": True})
                self.assertEqual(ask(self.server.port, "HEAD", "/healthz").body, b"")
                refused = ask(self.server.port, "POST", "/healthz", {})
                self.assertEqual((refused.status, refused.headers["Allow"]), (405, "GET, HEAD"))

    def test_who_may_not_use_the_data_may_watch_all_the_same(self):
        usual = {"http-deny": "", "http-request-rate": 0, "http-request-burst": 100}
        self.addCleanup(self.reload, **usual)
        self.reload(**{"http-deny": "127.0.0.0/8", "http-request-rate": 1, "http-request-burst": 1})
        with socket.create_connection(("127.0.0.1", self.server.port), timeout=30 * SCALE) as peer:
            self.assertEqual(peer.recv(1), b"")
        self.assertEqual({self.get("/status").status for _ in range(5)}, {200})

    def test_a_hostile_client_disturbs_nobody_else(self):
        before = self.pids()
        nonsense = (b"\x16\x03\x01\x02\x00", b"GET / HTTP/9.9\r\n\r\n", b"\0" * 5000, b"GET /" + b"a" * 100_000,
                    b"POST /api/switch HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 999999999\r\n\r\n",
                    b"GET /api/records?" + b"list=%" * 500 + b" HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
                    b"GET /status HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: " + b"x," * 5000 + b"\r\n\r\n",
                    b"GET /status HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n" * 100)
        peers = []
        for _ in range(20):
            for data in nonsense:
                peer = socket.create_connection(("127.0.0.1", self.port), timeout=30 * SCALE)
                self.addCleanup(peer.close)
                peers.append(peer)
                try:
                    peer.sendall(data)
                except OSError:
                    pass
            self.assertEqual(self.server.add().status, 200)
        self.assertEqual(self.get("/healthz").status, 200)
        self.assertEqual(self.pids(), before)

    def test_its_log(self):
        self.get("/api/records?list=Spring_2024&contact=%2B1")
        folder = self.server.log_directory
        self.assertEqual(self.server.status()["logs"]["admin"], str(folder / "outpost_ADMIN.log"))
        eventually(lambda: "'path'\t'/api/records'" in (folder / "outpost_ADMIN.log").read_text(), "it is logged")
        text = (folder / "outpost_ADMIN.log").read_text()
        self.assertRegex(text, r"HTTPProxyClient\[\d+\.1\]::message sent, status 200")
        self.assertNotIn("Spring_2024", text)
        self.assertIn("outpost_ADMIN.log", self.server.ctl("status").stdout)

    def test_what_is_refused_as_a_configuration(self):
        config = json.loads(json.dumps(self.server.config))
        path = self.server.directory / "other.json"
        for listener, words in (({"address": "0.0.0.0"}, ["listeners[0].secure", "listeners[0].address", "needs TLS"]),
                                ({"address": "::", "secure": True, "certificate": "/c", "key": "/k"}, ["needs tokens"]),
                                ({"protocol": "adminn"}, ["valid: http or admin"])):
            config["listeners"] = [{**ADMIN, **listener}]
            path.write_text(json.dumps(config))
            done = subprocess.run([BIN / "outpostd", "--config", path, "--check-config"], capture_output=True, text=True,
                                  check=False)
            self.assertEqual(done.returncode, 1, done.stdout)
            for word in words:
                self.assertIn(word, done.stderr)

    def test_a_listener_comes_and_goes_by_reload(self):
        listeners = self.server.config["listeners"]
        self.addCleanup(self.server.config.__setitem__, "listeners", listeners)
        proxy = self.pids()[0]
        for now, words in (([DATA], "listeners[1]: removed, at once"), (listeners, "listeners[1]: added, at once")):
            self.server.config["listeners"] = now
            self.server.write_config()
            self.assertIn(words, self.server.ctl("reload").stdout)
            eventually(lambda: (self.server.status()["admin"] is None) == (now != listeners), "it is there, or not")
            self.assertEqual(self.server.status()["waiting"], [])
        admin_ports(self.server)
        self.assertEqual(self.server.status()["proxy"]["pid"], proxy)


class PairTest(unittest.TestCase):
    def setUp(self):
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="outpost-test-"))
        self.addCleanup(shutil.rmtree, self.directory, True)
        self.store = engines.new_store(self.directory)
        self.addCleanup(self.store.close)

    def node(self, name):
        folder = self.directory / name
        folder.mkdir()
        node = Outbound(folder, store=self.store, listeners=[DATA, ADMIN],
                        redundancy={"enabled": True, "name": name, "lease-time": 20_000, "renewal-interval": 250})
        self.addCleanup(self.finish, node)
        return node

    def finish(self, node):
        node.close()
        self.assertEqual(sanitizer_findings((node.directory / "stderr.txt").read_text(errors="replace")), [])

    def check_roles(self, **ports):
        """The first is primary."""
        for name, role in zip(ports, ("primary", "backup")):
            def told(port=ports[name], role=role):
                return [ask(port, "GET", path).status for path in ("/healthz", "/readyz", "/primary", "/backup")] == [
                    200, 200, 200 if role == "primary" else 503, 200 if role == "backup" else 503]
            eventually(told, f"{name} is {role}, and ready")

    def test_health_follows_a_switch_and_tokens_hold_on_both_sides(self):
        a, b = self.node("a"), self.node("b")
        a.start()
        a.apply()
        token = a.ctl("token", "add", "operator", "--resources", "admin").stdout.strip()
        b.start(wait=False)
        b.notify.wait("READY=1", process=b.process)
        port_a, port_b = admin_ports(a)["admin"], admin_ports(b)["admin"]
        self.check_roles(a=port_a, b=port_b)
        self.assertEqual(b.ctl("health", "--role", "backup").stdout, "ready: backup\n")
        self.assertEqual(a.ctl("health", "--role", "backup", check=False).returncode, 1)
        pids = [node.status()["admin"]["pid"] for node in (a, b)]

        # A backup gets to know them a moment later, and changes nothing by itself.
        answer = eventually(lambda: (r := ask(port_b, "POST", "/api/group", STOP, token)).status != 401 and r,
                            "b knows the token")
        self.assertEqual(answer.status, 503)
        self.assertIn("is backup and changes nothing", answer.json["error"])
        self.assertEqual(ask(port_b, "POST", "/api/switch").status, 401)
        eventually(lambda: len(b.status()["members"]) == 2, "each knows the other")

        answer = ask(port_b, "POST", "/api/switch", {}, token)
        self.assertEqual((answer.status, answer.json.get("to")), (200, "b"), answer.body)
        self.check_roles(b=port_b, a=port_a)
        self.assertEqual([node.status()["admin"]["pid"] for node in (a, b)], pids)
        b.ctl("token", "revoke", "operator")
        self.assertEqual(ask(port_b, "POST", "/api/switch", {}, token).status, 401)
        eventually(lambda: ask(port_a, "POST", "/api/group", STOP, token).status == 401, "a knows that it is revoked")

        # Nobody is left to take over from, and a is still backup until the lease has run out.
        self.assertEqual(b.stop(), 0)
        self.check_roles(a=port_a)


if __name__ == "__main__":
    unittest.main()
