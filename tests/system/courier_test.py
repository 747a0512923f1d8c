"""Requests to other servers: outpost-courier against peers that answer well, badly or not at all."""

import contextlib
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import ssl
import subprocess
import tempfile
import threading
import unittest
import warnings

from harness import BIN, SCALE, Outpost, SystemTest, await_gone, eventually, sanitizer_findings
from tls_test import Authority

from strange_server import StrangeServer

ROOT = os.geteuid() == 0


class Call(threading.Thread):
    """A test-call under way."""

    def __init__(self, server, url, **arguments):
        super().__init__(daemon=True)
        self.work = lambda: server.command("test-call", url=url, **arguments)
        self.reply = None
        self.start()

    def run(self):
        with contextlib.suppress(AssertionError):  # a supervisor that has ended meanwhile
            self.reply = self.work()

    def outcome(self):
        self.join(120 * SCALE)
        return self.reply


def start_server(directory, clients, **options):
    server = Outpost(directory, **options)
    server.config["http-client"] = clients
    server.write_config()
    server.start()
    return server


def courier_of(server):
    def running():
        courier = server.status()["courier"]
        return courier if courier and courier["state"] == "running" else None
    return eventually(running, "the courier runs")


class SharedCourier(unittest.TestCase):
    """One supervisor for all that leaves it as it was."""

    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="outpost-courier-"))
        cls.addClassCleanup(shutil.rmtree, cls.folder, True)
        cls.pki()
        tls = {"ca": str(cls.folder / "ca.pem")}
        own = {"certificate": str(cls.folder / "own.pem"), "key": str(cls.folder / "own.key")}
        cls.server = start_server(cls.folder / "server", [
            {"name": "default", "http-custom-headers": "X-Site: 7 | Authorization: Bearer s3cret",
             "http-connection-pool-size": 4, "http-max-connections": 20},
            {"name": "hasty", "http-response-timeout": 1, "http-connect-timeout": 1},
            {"name": "allow", "http-allow-targets": "192.0.2.0/24, 127.0.0.2"},
            {"name": "deny", "http-deny-targets": "127.0.0.0/8"},
            {"name": "tls", **tls},
            {"name": "tls13", **tls, "minimum-version": "1.3"},
            {"name": "own", **tls, **own},
            {"name": "ports", "http-client-ports": "41000-41099", "http-max-connections": 50},
        ])
        cls.addClassCleanup(cls.server.close)
        courier_of(cls.server)

    @classmethod
    def pki(cls):
        (cls.folder / "server").mkdir()
        ca = Authority(cls.folder)
        ca.issue("good", "/CN=localhost", ["localhost"])
        ca.issue("other", "/CN=other.example", ["other.example"])
        ca.issue("old", "/CN=localhost", ["localhost"], days=0)
        ca.issue("own", "/CN=outpost")
        Authority(cls.folder, "strangers").issue("stranger", "/CN=localhost", ["localhost"])

    @classmethod
    def tearDownClass(cls):
        ended = cls.server.stop()
        text = pathlib.Path(cls.server.directory, "stderr.txt").read_text(errors="replace")
        assert ended == 0 and not sanitizer_findings(text), f"outpostd ended with {ended}: {text[-4000:]}"

    def peer(self, context=None):
        peer = StrangeServer(context)
        self.addCleanup(peer.close)
        return peer

    def call(self, url, **arguments):
        return self.server.command("test-call", url=url, **arguments)

    def log(self):
        return "".join(p.read_text(errors="replace") for p in self.server.log_directory.glob("outpost_COURIER.2*.log"))


class Answers(SharedCourier):
    def test_a_request_is_sent_as_it_was_asked_for(self):
        peer = self.peer()
        reply = self.call(peer.url("/a/b?secret=1"), method="PUT", body="h\u00e9llo",
                          headers=["Content-Type: text/plain", "x-site: 8"])
        self.assertEqual((reply["outcome"], reply["status"], reply["http_version"]), ("answered", 200, 11), reply)
        self.assertEqual(reply["address"], f"127.0.0.1 {peer.port}")
        self.assertIn({"name": "content-type", "value": "application/json"}, reply["headers"])
        seen = json.loads(reply["body"])
        self.assertEqual((seen["method"], seen["target"]), ("PUT", "/a/b?secret=1"))
        self.assertEqual(seen["body"].encode("latin-1").decode(), "h\u00e9llo")
        headers = seen["headers"]
        self.assertEqual(headers["content-type"], "text/plain")
        self.assertEqual(headers["x-site"], "8", "a header of the request takes the place of the client's")
        self.assertEqual(headers["authorization"], "Bearer s3cret")
        self.assertEqual(headers["user-agent"], "Outpost")
        self.assertEqual(headers["host"], f"127.0.0.1:{peer.port}")
        self.assertNotIn("expect", headers)
        self.assertGreater(reply["times_us"]["total"], 0)

    def test_methods(self):
        peer = self.peer()
        for method, body in (("GET", ""), ("DELETE", ""), ("POST", ""), ("POST", "b" * 100_000), ("PATCH", "c"), ("GET", "d")):
            reply = self.call(peer.url("/"), method=method, body=body)
            seen = json.loads(reply["body"])
            self.assertEqual((seen["method"], seen["body"]), (method, body))
            self.assertNotIn("content-type", seen["headers"])
        self.assertEqual(self.call(peer.url("/"), method="HEAD")["body_bytes"], 0)

    def test_connections_are_kept(self):
        peer = self.peer()
        replies = [self.call(peer.url("/")) for _ in range(4)]
        self.assertEqual([r["reused"] for r in replies], [False, True, True, True])
        self.assertEqual(peer.connections, 1)

    def test_any_status_is_an_answer_and_a_redirect_is_not_followed(self):
        peer = self.peer()
        for status in (204, 400, 409, 503):
            self.assertEqual(self.call(peer.url(f"/status/{status}"))["status"], status)
        headers = {h["name"]: h["value"] for h in self.call(peer.url("/status/503"))["headers"]}
        self.assertEqual((headers["retry-after"], headers["etag"]), ("7", '"abc"'))
        reply = self.call(peer.url("/redirect"))
        self.assertEqual(reply["status"], 302)
        self.assertIn({"name": "location", "value": peer.url("/hang")}, reply["headers"])
        self.assertFalse(peer.arrived.acquire(blocking=False))

    def test_interim_answers_are_passed_over(self):
        reply = self.call(self.peer().url("/continue"))
        self.assertEqual((reply["status"], reply["body"]), (200, "at last"))
        self.assertIn({"name": "etag", "value": '"late"'}, reply["headers"])

    def test_a_peer_that_misbehaves(self):
        for path, outcome, text in (("/endless", "too-large", "the answer has more than"),
                                    ("/big/300000", "too-large", "the answer has more than"),
                                    ("/announced", "too-large", "the answer has more than"),
                                    ("/headers", "too-large", "headers of the answer"),
                                    ("/hints", "too-large", "headers of the answer"),
                                    ("/short", "broken", ""), ("/nothing", "broken", ""), ("/reset", "broken", ""),
                                    ("/garbage", "broken", "")):
            with self.subTest(path):
                reply = self.call(self.peer().url(path))
                self.assertEqual(reply["outcome"], outcome, reply)
                self.assertIn(text, reply["text"])
                self.assertTrue(reply["may_have_arrived"])
        longer = self.call(self.peer().url("/longer"))
        self.assertEqual((longer["outcome"], longer["body"]), ("answered", "four"))

    def test_a_peer_that_takes_its_time(self):
        for path, text in (("/hang", "waiting for the answer"), ("/drip", "reading the answer")):
            reply = self.call(self.peer().url(path), client="hasty")
            self.assertEqual(reply["outcome"], "timeout", reply)
            self.assertIn(text, reply["text"])

    def test_nobody_there(self):
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
        reply = self.call(f"http://127.0.0.1:{port}/")
        self.assertEqual((reply["outcome"], reply["may_have_arrived"]), ("connect", False), reply)
        reply = self.call("http://no-such-host.invalid/", client="hasty")
        self.assertIn(reply["outcome"], ("resolve", "timeout"), reply)

    def test_a_name_of_the_hosts_file(self):
        self.assertEqual(self.call(self.peer().url("/", host="localhost"))["status"], 200)

    def test_connections_come_from_the_ports_that_are_configured(self):
        listener = socket.create_server(("127.0.0.1", 0))
        with listener:
            call = Call(self.server, f"http://127.0.0.1:{listener.getsockname()[1]}/", client="ports")
            peer, address = listener.accept()
            with peer:
                self.assertIn(address[1], range(41000, 41100))
                peer.recv(4096)
                peer.sendall(b"HTTP/1.1 204 No\r\n\r\n")
            self.assertEqual(call.outcome()["status"], 204)

    def test_a_slow_peer_delays_nobody_else(self):
        slow, other = self.peer(), self.peer()
        calls = [Call(self.server, slow.url("/hang")) for _ in range(12)]
        for _ in range(4):
            self.assertTrue(slow.arrived.acquire(timeout=30 * SCALE))
        for _ in range(20):
            self.assertEqual(self.call(other.url("/"))["status"], 200)
        self.assertEqual(slow.connections, 4, "http-connection-pool-size")
        self.assertTrue(all(call.is_alive() for call in calls))
        slow.let_go.set()
        for call in calls:
            self.assertIn(call.outcome()["outcome"], ("broken", "timeout"))

    def test_what_is_secret_is_in_no_log(self):
        peer = self.peer()
        self.call(peer.url("/path?token=topsecret").replace("http://", "http://anna:pa55word@"), body="contents",
                  headers=["X-Key: topsecret"])
        self.call("http://anna:pa55word@[::1/?topsecret")
        eventually(lambda: f"http://127.0.0.1:{peer.port}/path: 200" in self.log(), "the line of the request")
        for text in (self.log(), self.server.log_text()):
            for secret in ("topsecret", "pa55word", "anna", "contents", "s3cret"):
                self.assertNotIn(secret, text)
        self.assertRegex(self.server.log_text(), r"audit: uid \d+, pid \d+: test-call [^\n]*: done")


class Refusals(SharedCourier):
    def test_targets_that_are_denied(self):
        peer = self.peer()
        for client, host in (("deny", "127.0.0.1"), ("deny", "localhost"), ("deny", "2130706433"), ("deny", "127.1"),
                             ("deny", "[::ffff:127.0.0.1]"), ("deny", "[::ffff:7f00:1]"), ("deny", "[64:ff9b::7f00:1]"),
                             ("deny", "[2002:7f00:1::]"), ("allow", "127.0.0.1"), ("allow", "[::1]"),
                             ("default", "0.0.0.0"), ("default", "[::]"), ("default", "169.254.169.254"),
                             ("default", "[::ffff:169.254.169.254]"), ("default", "[fe80::1]"),
                             ("default", "[fd00:ec2::254]"), ("default", "224.0.0.1"), ("default", "255.255.255.255")):
            with self.subTest(client=client, host=host):
                reply = self.call(peer.url("/", host=host), client=client)
                # The resolver leaves addresses out for which this machine has no network.
                if reply["outcome"] == "resolve" and ":" in host:
                    continue
                self.assertEqual((reply["outcome"], reply["may_have_arrived"]), ("denied", False), reply)
        self.assertEqual(peer.connections, 0)
        with socket.create_server(("127.0.0.2", 0)) as listener:
            call = Call(self.server, f"http://127.0.0.2:{listener.getsockname()[1]}/", client="allow")
            listener.accept()[0].close()
            self.assertEqual(call.outcome()["outcome"], "broken", "it was connected to")

    def test_what_is_no_request(self):
        peer = self.peer()
        for url, text in (("ftp://127.0.0.1/", "neither http nor https"), ("file:///etc/passwd", "neither http nor https"),
                          ("gopher://127.0.0.1:70/", "neither http nor https"), ("127.0.0.1/", "cannot be read"),
                          ("http://", "the URL"), ("http://a b/", "a byte that no URL has"),
                          ("http://127.0.0.1/\r\nX: y", "a byte that no URL has"), ("http://b\u00fccher.example/", "punycode"),
                          ("http://127.0.0.1:99999/", "cannot be read"), ("http://x/" + "a" * 9000, "larger than")):
            with self.subTest(url[:40]):
                reply = self.call(url)
                self.assertEqual(reply["outcome"], "invalid", reply)
                self.assertIn(text, reply["text"])
        for arguments, text in (({"headers": ["Host: other"]}, "set by what is sent"),
                                ({"headers": ["Content-Length: 3"]}, "set by what is sent"),
                                ({"headers": ["X: a\r\nY: b"]}, "control byte"), ({"headers": ["no colon"]}, "no colon"),
                                ({"method": "CONNECT"}, "may not be sent"), ({"method": "get"}, "no method"),
                                ({"body": "x" * 1_100_000}, "the body has")):
            with self.assertRaisesRegex(Exception, text):
                self.call(peer.url("/"), **arguments)
        self.assertEqual(self.call(peer.url("/"), client="nobody")["outcome"], "unavailable")
        self.assertEqual(peer.connections, 0)


class Tls(SharedCourier):
    def context(self, name="good", **changes):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.folder / f"{name}.pem", self.folder / f"{name}.key")
        for attribute, value in changes.items():
            setattr(context, attribute, value)
        return context

    def test_a_server_that_is_trusted(self):
        peer = self.peer(self.context())
        reply = self.call(peer.url("/x", host="localhost"), client="tls")
        self.assertEqual((reply["outcome"], reply.get("status")), ("answered", 200), reply)
        self.assertGreater(reply["times_us"]["secured"], reply["times_us"]["connected"])
        self.assertEqual(self.call(peer.url("/x", host="localhost"), client="tls13")["status"], 200)

    def test_servers_that_are_not(self):
        old = {"maximum_version": ssl.TLSVersion.TLSv1_2, "minimum_version": ssl.TLSVersion.TLSv1_2}
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            ancient = self.context(minimum_version=ssl.TLSVersion.TLSv1, maximum_version=ssl.TLSVersion.TLSv1_1)
            ancient.set_ciphers("ALL:@SECLEVEL=0")
        for what, context, client in (("expired", self.context("old"), "tls"), ("another name", self.context("other"), "tls"),
                                      ("unknown authority", self.context("stranger"), "tls"),
                                      ("not of the system", self.context(), "default"),
                                      ("TLS 1.1", ancient, "tls"), ("TLS 1.2", self.context(**old), "tls13")):
            with self.subTest(what):
                reply = self.call(self.peer(context).url("/", host="localhost"), client=client)
                self.assertEqual(reply["outcome"], "tls", reply)
        plain = self.peer()
        self.assertEqual(self.call(plain.url("/", host="localhost").replace("http:", "https:"), client="tls")["outcome"],
                         "tls")

    def test_a_server_that_asks_for_a_certificate(self):
        for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
            context = self.context(minimum_version=version, maximum_version=version, verify_mode=ssl.CERT_REQUIRED)
            context.load_verify_locations(self.folder / "ca.pem")
            peer = self.peer(context)
            url = peer.url("/", host="localhost")
            self.assertEqual(self.call(url, client="own").get("status"), 200)
            self.assertIn(self.call(url, client="tls")["outcome"], ("tls", "broken"))

    @unittest.skipUnless(shutil.which("nghttpd"), "nghttpd is not installed: scripts/setup courier")
    def test_http2(self):
        port = free_port()
        (self.folder / "htdocs").mkdir(exist_ok=True)
        (self.folder / "htdocs" / "index.html").write_text("two")
        with subprocess.Popen(["nghttpd", "-a", "127.0.0.1", "-d", self.folder / "htdocs", str(port),
                               self.folder / "good.key", self.folder / "good.pem"], stdout=subprocess.DEVNULL,
                              stderr=subprocess.DEVNULL) as nghttpd:
            self.addCleanup(nghttpd.kill)
            await_port(port)
            url = f"https://localhost:{port}/index.html"
            first = self.call(url, client="tls")
            self.assertEqual((first["outcome"], first.get("http_version"), first.get("body")), ("answered", 20, "two"), first)
            self.assertTrue(self.call(url, client="tls")["reused"])
            calls = [Call(self.server, url, client="tls") for _ in range(20)]
            self.assertEqual({call.outcome()["status"] for call in calls}, {200})
            nghttpd.kill()


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


def await_port(port):
    def there():
        with contextlib.suppress(OSError):
            socket.create_connection(("127.0.0.1", port), timeout=5).close()
            return True
        return False
    eventually(there, f"port {port} is open")


@unittest.skipUnless(shutil.which("tinyproxy"), "tinyproxy is not installed: scripts/setup courier")
class OverProxy(SystemTest):
    def test_requests_go_over_the_proxy(self):
        folder = pathlib.Path(self.directory, "pki")
        folder.mkdir()
        Authority(folder).issue("good", "/CN=localhost", ["localhost"])
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(folder / "good.pem", folder / "good.key")
        secure, plain, refused = StrangeServer(context), StrangeServer(), StrangeServer(context)
        port = free_port()
        log = folder / "tinyproxy.log"
        config = folder / "tinyproxy.conf"
        config.write_text(f"Port {port}\nListen 127.0.0.1\nTimeout 60\nMaxClients 50\nAllow 127.0.0.1\nLogFile \"{log}\"\n"
                          f"LogLevel Connect\nConnectPort {secure.port}\n")
        with subprocess.Popen(["tinyproxy", "-d", "-c", config], stdout=subprocess.DEVNULL,
                              stderr=subprocess.DEVNULL) as tinyproxy, contextlib.ExitStack() as stack:
            for peer in (secure, plain, refused):
                stack.callback(peer.close)
            stack.callback(tinyproxy.kill)
            await_port(port)
            server = self.outpost()
            over = {"http-proxy": f"http://127.0.0.1:{port}", "ca": str(folder / "ca.pem")}
            server.config["http-client"] = [
                {"name": "default", **over, "http-deny-targets": "192.0.2.0/24"},
                {"name": "far", **over, "http-allow-targets": "192.0.2.0/24"},
                {"name": "nobody", **over, "http-proxy": f"http://127.0.0.1:{free_port()}"}]
            server.write_config()
            server.environment = {"https_proxy": "http://127.0.0.1:1", "no_proxy": "*"}
            server.start()

            def outcome(url, client="default"):
                reply = server.command("test-call", url=url, client=client)
                return reply.get("status") or (reply["outcome"], reply["text"])
            self.assertEqual(outcome(secure.url("/", host="localhost")), 200)
            self.assertEqual(outcome(plain.url("/")), 200)
            eventually(lambda: f"CONNECT localhost:{secure.port}" in log.read_text(), "the tunnel in the proxy's log")
            self.assertIn(f"{plain.port}", log.read_text())
            self.assertEqual(outcome(refused.url("/", host="localhost"))[0], "proxy")
            self.assertEqual(refused.connections, 0)
            self.assertEqual(outcome(plain.url("/"), "nobody")[0], "proxy")
            self.assertEqual(outcome("http://192.0.2.7/")[0], "denied", "an address in the URL")
            self.assertEqual(outcome("http://far.example/", "far")[0], "denied", "that of the proxy")


class Life(SystemTest):
    def started(self, clients=({},), **options):
        server = self.outpost(**options)
        server.config["http-client"] = list(clients)
        server.write_config()
        server.start()
        peer = StrangeServer()
        self.addCleanup(peer.close)
        return server, peer

    def test_a_courier_that_is_killed(self):
        server, peer = self.started()
        courier = courier_of(server)
        call = Call(server, peer.url("/hang"))
        self.assertTrue(peer.arrived.acquire(timeout=30 * SCALE))
        os.kill(courier["pid"], signal.SIGKILL)
        reply = call.outcome()
        self.assertEqual((reply["outcome"], reply["may_have_arrived"]), ("broken", True), reply)
        self.assertEqual(server.command("test-call", url=peer.url("/"))["status"], 200, "it waits for the next courier")
        again = courier_of(server)
        self.assertNotEqual(again["pid"], courier["pid"])
        self.assertEqual(again["restarts"], 1)
        self.assertEqual(server.status()["health"]["ready"], True)

    def test_a_courier_that_stands_still(self):
        server, peer = self.started(application={"channel-timeout": 1500})
        pid = courier_of(server)["pid"]
        call = Call(server, peer.url("/hang"))
        self.assertTrue(peer.arrived.acquire(timeout=30 * SCALE))
        os.kill(pid, signal.SIGSTOP)
        self.assertEqual(call.outcome()["outcome"], "broken")
        await_gone(pid)
        self.assertEqual(server.command("test-call", url=peer.url("/"))["status"], 200)
        self.assertIn("courier is killed", server.log_text())

    def test_it_is_there_while_it_is_configured(self):
        server, peer = self.started()
        pid = courier_of(server)["pid"]
        clients = server.config.pop("http-client")
        server.reload()
        await_gone(pid)
        eventually(lambda: server.status()["courier"] is None, "no courier")
        reply = server.command("test-call", url=peer.url("/"))
        self.assertEqual(reply["outcome"], "unavailable")
        self.assertIn("there is no http-client", reply["text"])
        server.config["http-client"] = clients
        server.reload()
        self.assertEqual(server.command("test-call", url=peer.url("/"))["status"], 200)
        # What changes is in force for the next request.
        server.config["http-client"] = [{"http-deny-targets": "127.0.0.0/8"}]
        server.reload()
        self.assertEqual(server.command("test-call", url=peer.url("/"))["outcome"], "denied")

    def test_the_end_waits_for_what_was_asked(self):
        server, peer = self.started()
        courier_of(server)
        call = Call(server, peer.url("/hang"))
        self.assertTrue(peer.arrived.acquire(timeout=30 * SCALE))
        server.kill(signal.SIGTERM)
        eventually(lambda: "draining: 1 fetch" in self.courier_log(server), "it drains")
        peer.let_go.set()
        self.assertEqual(server.wait(), 0)
        call.join(30 * SCALE)

    def courier_log(self, server):
        return "".join(p.read_text(errors="replace") for p in server.log_directory.glob("outpost_COURIER.2*.log"))

    def test_it_has_given_up_what_it_does_not_need(self):
        server, peer = self.started()
        courier = courier_of(server)
        self.assertEqual(server.command("test-call", url=peer.url("/"))["status"], 200)
        status = dict(line.split(":\t", 1) for line in
                      pathlib.Path(f"/proc/{courier['pid']}/status").read_text().splitlines() if ":\t" in line)
        self.assertEqual((status["NoNewPrivs"], status["Seccomp"], int(status["CapEff"], 16)), ("1", "2", 0))
        if ROOT:
            nobody = subprocess.check_output(["id", "-u", "nobody"], text=True).strip()
            self.assertEqual(status["Uid"].split(), [nobody] * 4)
        measures = {m["name"]: m for m in courier["sandbox"]}
        self.assertTrue(measures["seccomp"]["active"])
        if measures["landlock"]["active"]:
            self.assertRegex(measures["landlock"]["text"], r"^no file but \d to read")
        shown = server.ctl("status").stdout
        self.assertRegex(shown, r"courier +running, pid \d+")
        self.assertIn("outpost_COURIER.log", shown)
        self.assertIn('outpost_fetches_total{outcome="answered"} 1', server.ctl("metrics").stdout)

    def test_outpostctl_shows_it(self):
        server, peer = self.started()
        done = server.ctl("test-call", peer.url("/x"), "--data", "-", "--header", "X-Key: 1", input="the body")
        self.assertRegex(done.stdout, r"^answer +200 over HTTP/1.1, \d+ bytes\nserver +127.0.0.1 \d+\nms +")
        self.assertIn('"method": "POST"', done.stdout)
        self.assertIn('"x-key": "1"', done.stdout)
        refused = server.ctl("test-call", "http://169.254.169.254/", check=False)
        self.assertEqual(refused.returncode, 1)
        self.assertIn("denied: the address of the server is not one that may be connected to\n", refused.stdout)
        self.assertEqual(json.loads(server.ctl("test-call", peer.url("/"), "--json").stdout)["outcome"], "answered")
        wrong = server.ctl("test-call", peer.url("/"), "--method", "get", check=False)
        self.assertEqual((wrong.returncode, "is no method" in wrong.stderr), (1, True))

    def test_options_that_are_wrong(self):
        folder = pathlib.Path(self.directory)
        config = folder / "wrong.json"
        for clients, text in (
                ([{"http-proxy": "socks5://a:1"}], "http-client[0].http-proxy"),
                ([{"http-allow-targets": "10.0.0.1/8"}], "http-client[0].http-allow-targets"),
                ([{"http-custom-headers": "Host: a"}], "http-client[0].http-custom-headers"),
                ([{"http-client-ports": "9-1"}], "http-client[0].http-client-ports"),
                ([{"ca": str(folder / "none.pem")}], "http-client[0].ca"),
                ([{"certificate": "/a.pem"}], "http-client[0].key: the certificate needs its key"),
                ([{}, {}], "http-client[1].name: http-client[0] has this name too")):
            config.write_text(json.dumps({"http-client": clients}))
            done = subprocess.run([BIN / "outpostd", "--config", config, "--check-config"], capture_output=True, text=True,
                                  check=False)
            self.assertEqual(done.returncode, 1, clients)
            self.assertIn(text, done.stderr + done.stdout)


if __name__ == "__main__":
    unittest.main()
