"""What the tests of outpost-courier share: a supervisor with clients, calls under way, peers that misbehave."""

import contextlib
import pathlib
import shutil
import socket
import tempfile
import threading
import unittest

from harness import SCALE, Outbound, eventually, sanitizer_findings
from tls_test import Authority

from strange_server import StrangeServer


# A machine may take its time: whoever does not test a timeout has none that could come first.
PATIENT = {"http-response-timeout": 300, "http-connect-timeout": 60}


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


def start_server(directory, clients, webhooks=(), **options):
    server = Outbound(directory, **options)
    server.config["http-client"] = clients
    if webhooks:
        server.config["webhooks"] = list(webhooks)
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
        tls = {**PATIENT, "ca": str(cls.folder / "ca.pem")}
        own = {"certificate": str(cls.folder / "own.pem"), "key": str(cls.folder / "own.key")}
        cls.server = start_server(cls.folder / "server", [
            {"name": "default", **PATIENT, "http-custom-headers": "X-Site: 7 | Authorization: Bearer s3cret",
             "http-connection-pool-size": 4, "http-max-connections": 20},
            {"name": "hasty", "http-response-timeout": round(2 * SCALE), "http-connect-timeout": round(2 * SCALE)},
            {"name": "allow", **PATIENT, "http-allow-targets": "192.0.2.0/24, 127.0.0.2"},
            {"name": "deny", **PATIENT, "http-deny-targets": "127.0.0.0/8"},
            {"name": "tls", **tls},
            {"name": "tls13", **tls, "minimum-version": "1.3"},
            {"name": "bundle", **PATIENT, "ca": str(cls.folder / "bundle.pem")},
            {"name": "own", **tls, **own},
            {"name": "ports", **PATIENT, "http-client-ports": "41000-41099", "http-max-connections": 50},
        ])
        cls.addClassCleanup(cls.server.close)
        courier_of(cls.server)

    @classmethod
    def pki(cls):
        (cls.folder / "server").mkdir()
        ca = Authority(cls.folder)
        ca.issue("good", "/CN=localhost", ["localhost"])
        ca.issue("other", "/CN=other.example", ["other.example"])
        ca.issue("old", "/CN=localhost", ["localhost"], ended=True)
        ca.issue("own", "/CN=outpost")
        Authority(cls.folder, "strangers").issue("stranger", "/CN=localhost", ["localhost"])
        strangers, ours = ((cls.folder / f"{name}.pem").read_text() for name in ("strangers", "ca"))
        (cls.folder / "bundle.pem").write_text(f"# Strangers\n{strangers}\n# Ours\n{ours}# the end\n")

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


def held_port(test):
    """A port that stays ours until `test` is over: nobody else is given it, a program that is told of it may reuse it,
    and until one listens there, connections to it are refused.
    """
    holder = socket.socket()
    test.addCleanup(holder.close)
    holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    holder.bind(("127.0.0.1", 0))
    return holder.getsockname()[1]


def await_port(port):
    def there():
        with contextlib.suppress(OSError):
            socket.create_connection(("127.0.0.1", port), timeout=5).close()
            return True
        return False
    eventually(there, f"port {port} is open")
