"""A node of the mobile services, forms as clients send them, and how a test has one node or several over one store."""

import http.client
import pathlib
import secrets
import shutil
import subprocess
import tempfile
import unittest
import urllib.parse

import engines
from daemon import Daemon
from harness import SystemTest
from http_client import Response
from processes import SCALE, await_gone, eventually, sanitizer_findings

API = "/genesys/1"
UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
JSON = {"Content-Type": "application/json"}
KEY_BYTES_MAX = 255
BODY_BYTES_MAX = 10 * 1024 * 1024


def listener(name, **options):
    return {"name": name, "address": "127.0.0.1", "port": 0, **options}


class Mobile(Daemon):
    """A node. Its listeners are `internal` and `external`, unless a test has others; requests go to the first."""

    further = ("alarms", "connections", "list.", "ors", "push", "push.provider.", "resources", "service.")
    usual = {
        "application": {"type": "mobile"},
        "server": {"node_id": 1, "shutdown_delay": 0},
        "gms": {},
        "push": {},
        "listeners": [listener("internal"), listener("external", exposure="external")],
    }

    def __init__(self, directory, store=None, **sections):
        super().__init__(directory, store, **sections)
        self.ports = {}

    def await_proxy(self, seconds=60):
        super().await_proxy(seconds)
        self.ports = {one["name"]: one["port"] for one in self.status()["proxy"]["listeners"]}
        return self

    def connect(self, timeout=30, to=None):
        return http.client.HTTPConnection("127.0.0.1", self.ports[to] if to else self.port, timeout=timeout * SCALE)

    def url(self, path, to=None):
        """`path`: below /genesys/1."""
        return f"http://127.0.0.1:{self.ports[to] if to else self.port}{API}/{path}"

    def ask(self, method, path, body=None, headers=None, to=None):
        """One request by a connection of its own. `path`: below /genesys/1, or a whole target."""
        connection = self.connect(to=to)
        try:
            return self.request(method, path if path.startswith(("/", "http:")) else f"{API}/{path}", body, headers, connection)
        finally:
            connection.close()

    def get(self, path, to=None, **headers):
        return self.ask("GET", path, headers=headers, to=to)

    def create(self, ttl=600, to=None, **texts):
        """An area with these texts; gives its id."""
        answer = self.ask("POST", f"storage/{ttl}", urllib.parse.urlencode(texts), FORM, to)
        assert answer.status == 200, (answer.status, answer.body)
        return answer.json["id"]

    def read(self, area, to=None):
        answer = self.get(f"storage/{area}", to)
        assert answer.status == 200, (answer.status, answer.body)
        return answer.json

    def reload_with(self, section, **options):
        """Puts options into a section of the file and has it read again."""
        self.config[section].update(options)
        self.write_config()
        return self.command("reload")

    def kill_both(self):
        """kill -9 of outpostd and of its proxy, and nothing is left of either."""
        proxy = self.proxy_pid
        self.kill()
        subprocess.run(["kill", "-9", str(proxy)], check=False, capture_output=True)  # which may be gone with it
        self.wait()
        await_gone(proxy)


def multipart(fields, boundary=None):
    """Body and headers. A field is (name, text), or (name, bytes, file name, content type)."""
    boundary = boundary or secrets.token_hex(12)
    parts = []
    for name, value, *file in fields:
        head = f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"'
        if file:
            head += f'; filename="{file[0]}"\r\nContent-Type: {file[1]}'
        parts.append(head.encode() + b"\r\n\r\n" + (value if isinstance(value, bytes) else value.encode()) + b"\r\n")
    return b"".join(parts) + f"--{boundary}--\r\n".encode(), {"Content-Type": f"multipart/form-data; boundary={boundary}"}


def curl(folder, *arguments):
    """One request by the curl that people have, with files of `folder`."""
    head, body = pathlib.Path(folder, "curl.head"), pathlib.Path(folder, "curl.body")
    body.unlink(missing_ok=True)
    done = subprocess.run(["curl", "-sS", "-m", str(60 * SCALE), "-D", head, "-o", body, "-w", "%{http_code}", *arguments],
                          cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    with open(head, "rb") as file:
        while b" 100 " in file.readline():  # the curl of an upload says Expect
            while file.readline() not in (b"\r\n", b""):
                pass
        headers = http.client.parse_headers(file)
    return Response(int(done.stdout), headers, body.read_bytes() if body.exists() else b"")


class MobileChecks:
    """What answers must be."""

    def check_error(self, answer, status, exception, text=""):
        """What is no success is JSON with a name and a sentence."""
        self.assertEqual(answer.status, status, answer.body)
        self.assertEqual(answer.headers["Content-Type"], "application/json")
        self.assertEqual(set(answer.json), {"exception", "message"})
        self.assertEqual(answer.json["exception"], f"gms.{exception}Exception")
        self.assertIn(text, answer.json["message"])
        self.assertTrue(answer.json["message"])


class MobileTest(SystemTest, MobileChecks):
    """Nodes in folders of their own over one store, which is gone after the test."""

    def setUp(self):
        super().setUp()
        self.store = engines.new_store(self.directory)
        self.addCleanup(self.store.close)

    def node(self, number=1, name=None, store=None, **sections):
        folder = pathlib.Path(self.directory, name or f"node{number}")
        folder.mkdir()
        server = {"node_id": number, **sections.pop("server", {})}
        node = Mobile(folder, store or self.store, server=server, **sections)
        self.addCleanup(self._finish, node)
        return node


class SharedNodeTest(unittest.TestCase, MobileChecks):
    """One node for all tests of a class."""

    sections = {}

    @classmethod
    def listeners(cls):
        """Instead of the usual ones; may make files for them."""
        return Mobile.usual["listeners"]

    @classmethod
    def setUpClass(cls):
        cls.directory = tempfile.mkdtemp(prefix="outpost-test-")
        cls.addClassCleanup(shutil.rmtree, cls.directory, True)
        cls.node = Mobile(cls.directory, listeners=cls.listeners(), **cls.sections)
        cls.addClassCleanup(cls.node.close)
        cls.node.start()

    @classmethod
    def tearDownClass(cls):
        ended = cls.node.stop()
        text = pathlib.Path(cls.directory, "stderr.txt").read_text(errors="replace")
        assert ended == 0 and not sanitizer_findings(text), f"outpostd ended with {ended}: {text[-4000:]}"


def await_status(node, path, status, what, to=None):
    return eventually(lambda: node.get(path, to).status == status, what)
