"""Starts the real programs for the system tests: one temporary directory, kernel-chosen ports, loopback only.

OUTPOST_BIN names the folder of the programs. What a test waits for it awaits as an event: the supervisor reports its
state over the service manager's protocol (NOTIFY_SOCKET), processes are awaited, sockets are read.
OUTPOST_TIME_SCALE (default 1) stretches every deadline on a slow machine. OUTPOST_TEST_ENGINE chooses the engine of the
store (engines.py).
"""

import contextlib
import http.client
import json
import os
import pathlib
import re
import select
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import unittest

import engines  # which knows where tests/support is

import control_client

BIN = pathlib.Path(os.environ["OUTPOST_BIN"])
SCALE = float(os.environ.get("OUTPOST_TIME_SCALE", "1"))
# What the proxy counts comes with the sign of life that it is asked for every third of this: for tests that wait for it.
COUNTED_SOON = {"channel-timeout": min(int(10_000 * SCALE), 60_000)}

CATALOGUE = {
    "tenants": [{"dbid": 1, "name": "Resources"}],
    "calling-lists": [
        {"dbid": 301, "name": "Spring_2024", "tenant": "Resources", "daily-from": 0, "daily-till": 86400,
         "custom-fields": ["STATE", "CONTACT_LAST_NAME", "CONTACT_FST_NAME", "client-id", "VAR_005", "SEQ"]},
        {"dbid": 302, "name": "Closed", "tenant": "Resources", "enabled": False},
        {"dbid": 303, "name": "Two_Campaigns", "tenant": "Resources"},
    ],
    "campaigns": [
        {"dbid": 101, "name": "Spring", "tenant": "Resources",
         "lists": [{"list": "Spring_2024", "weight": 10}, {"list": "Two_Campaigns", "weight": 1}]},
        {"dbid": 102, "name": "Autumn", "tenant": "Resources", "lists": [{"list": "Two_Campaigns", "weight": 1}]},
    ],
    "campaign-groups": [
        {"dbid": 201, "name": "Spring@Group", "campaign": "Spring", "state": "Running", "mode": "Preview"},
        {"dbid": 202, "name": "Spring@Unloaded", "campaign": "Spring", "state": "NotLoaded", "mode": "Preview"},
        {"dbid": 203, "name": "Spring@Stopped", "campaign": "Spring", "state": "Active", "mode": "Preview"},
        {"dbid": 204, "name": "Spring@Predictive", "campaign": "Spring", "state": "Running", "mode": "Predict"},
        {"dbid": 205, "name": "Autumn@Group", "campaign": "Autumn", "state": "Running", "mode": "Preview"},
    ],
}


class NotifySocket:
    """The service manager's end: receives READY=1, STATUS=..., STOPPING=1."""

    def __init__(self, path):
        self.path = path
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(str(path))
        os.chmod(path, 0o666)  # for a daemon of another user
        self.seen = []

    def wait(self, pattern, seconds=60, process=None):
        """The first match of `pattern` in a message that no earlier wait() has passed."""
        deadline = time.monotonic() + seconds * SCALE
        while True:
            while self.seen:
                match = re.search(pattern, self.seen.pop(0), re.S)
                if match:
                    return match
            left = deadline - time.monotonic()
            if left <= 0:
                raise AssertionError(f"no report matching {pattern!r} in time")
            if process is not None and process.poll() is not None and not select.select([self.socket], [], [], 0)[0]:
                said = self.path.with_name("stderr.txt")
                text = said.read_text(errors="replace")[-2000:] if said.exists() else ""
                raise AssertionError(f"outpostd ended with {process.returncode} while waiting for {pattern!r}: {text}")
            if select.select([self.socket], [], [], min(left, 0.2))[0]:
                self.seen.append(self.socket.recv(8192).decode())

    def close(self):
        self.socket.close()


class Response:
    def __init__(self, status, headers, body):
        self.status = status
        self.headers = headers
        self.body = body

    @property
    def json(self):
        return json.loads(self.body)


class Outpost:
    """One supervisor over one temporary directory. Restart it as often as you like."""

    def __init__(self, directory, store=None, **options):
        """`store`: one that somebody else closes; otherwise a fresh one of its own."""
        self.directory = pathlib.Path(directory)
        self.config_path = self.directory / "outpost.json"
        self.own_store = store is None
        self.store = store or engines.new_store(directory)
        self.store_path = self.store.path
        self.log_directory = self.directory / "log"
        self.control = self.directory / "control.sock"
        self.config = {
            "application": {"name": "outpost-test", "dbid": 134, "channel-timeout": 20000, "http-request-timeout": 300,
                            **options.pop("application", {})},
            "server-info": {"host": "localhost", "reconnect-timeout": 1, **options.pop("server", {})},
            "listeners": options.pop("listeners", [{"name": "default", "address": "127.0.0.1", "port": 0}]),
            "log": {"directory": str(self.log_directory), "level": "trace", **options.pop("log", {})},
            "sandbox": options.pop("sandbox", {}),
            "store": {"url": self.store.url},
            "redundancy": options.pop("redundancy", {}),
            "control": {"socket": str(self.control), **options.pop("control", {})},
        }
        assert not options, f"unknown options {options}"
        self.catalogue = CATALOGUE
        self.process = None
        self.port = None
        self.proxy_pid = None
        self.environment = {}
        self.write_config()

    def write_config(self):
        self.config_path.write_text(json.dumps(self.config, indent=1))

    def start(self, wait=True, command=None):
        path = self.directory / "notify.sock"
        with contextlib.suppress(FileNotFoundError):
            path.unlink()
        self._close_files()
        self.notify = NotifySocket(path)
        environment = {**os.environ, **self.environment, "NOTIFY_SOCKET": str(path)}
        self.stderr = open(self.directory / "stderr.txt", "ab")
        self.process = subprocess.Popen(
            command or [BIN / "outpostd", "--config", self.config_path], stdin=subprocess.DEVNULL, stdout=self.stderr,
            stderr=self.stderr, env=environment)
        if wait and self.config["listeners"]:
            self.await_proxy()
        elif wait:
            self.notify.wait("READY=1", process=self.process)
        return self

    def await_proxy(self, seconds=60):
        """Waits for the next proxy to run; learns its pid and port."""
        match = self.notify.wait(r"STATUS=HTTP proxy running, pid (\d+), .*?:(\d+)", seconds, self.process)
        self.proxy_pid = int(match.group(1))
        self.port = int(match.group(2))
        return self

    def write_catalogue(self, catalogue=None):
        path = self.directory / "catalogue.json"
        path.write_text(json.dumps(catalogue or self.catalogue))
        return path

    def apply(self, catalogue=None):
        return self.command("apply", text=self.write_catalogue(catalogue).read_text(), dry_run=False)

    def command(self, name, /, **arguments):
        """A command over the control socket, for whoever does not test outpostctl. Returns its reply."""
        return control_client.command(self.control, name, arguments, 300 * SCALE)

    def reload(self, **application):
        """Puts options of `application` into the file and has it read again."""
        self.config["application"].update(application)
        self.write_config()
        return self.command("reload")

    def ctl(self, *arguments, check=True, text=True, **more):
        done = subprocess.run([BIN / "outpostctl", "--socket", self.control, *arguments], capture_output=True, text=text,
                              timeout=300 * SCALE, check=False, **more)
        if check and done.returncode != 0:
            raise AssertionError(f"outpostctl {arguments} ended with {done.returncode}: {done.stderr}{done.stdout}")
        return done

    def ctl_json(self, *arguments):
        return json.loads(self.ctl(*arguments, "--json").stdout)

    def status(self):
        return self.command("status")

    def connect(self, timeout=30):
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout * SCALE)

    def request(self, method, target, body=None, headers=None, connection=None):
        own = connection is None
        connection = connection or self.connect()
        try:
            if isinstance(body, dict):
                body = json.dumps(body)
            if isinstance(body, str):
                body = body.encode()
            connection.request(method, target, body=body, headers=headers or {})
            answer = connection.getresponse()
            return Response(answer.status, answer.headers, answer.read())
        finally:
            if own:
                connection.close()

    def post(self, target, body=None, headers=None, connection=None):
        return self.request("POST", target, body, headers, connection)

    def raw(self, data, timeout=30, finish=True):
        """Sends bytes on a fresh connection and reads until the server closes."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=timeout * SCALE) as peer:
            peer.sendall(data)
            if finish:
                peer.shutdown(socket.SHUT_WR)
            return read_to_end(peer)

    def add(self, phone="+15550100", connection=None, list_name="Spring_2024", headers=None, **attributes):
        return self.post(f"/lists/{list_name}?req=AddRecord",
                         {"GSW_PHONE": phone, "GSW_TZ_NAME": "GMT", "GSW_CAMPAIGN_NAME": "Spring", **attributes},
                         headers, connection)

    def preview(self, group=201, **attributes):
        return self.post(f"/campaigngroups/{group}?req=PreviewRecordRequest", attributes)

    def rows(self, sql, *values):
        """Reads the store directly, past the engine."""
        return self.store.rows(sql, *values)

    def kill(self, number=signal.SIGKILL):
        self.process.send_signal(number)

    def wait(self, seconds=60):
        return self.process.wait(timeout=seconds * SCALE)

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            return self.wait()
        return self.process.returncode if self.process else None

    def log_text(self, proxy=False):
        name = "outpost_HTTPPRX" if proxy else "outpost"
        pattern = re.compile(re.escape(name) + r"\.\d{8}_\d{6}_\d{3}\.log")
        files = sorted(p for p in self.log_directory.iterdir() if pattern.fullmatch(p.name))
        return "".join(p.read_text(errors="replace") for p in files)

    def await_log(self, pattern, proxy=False, times=1):
        """A line is in the file some milliseconds after it was written."""
        eventually(lambda: len(re.findall(pattern, self.log_text(proxy))) >= times, f"the log has {pattern!r}")

    def close(self):
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self._close_files()
        if self.own_store:
            self.store.close()

    def _close_files(self):
        if self.process:
            self.notify.close()
            self.stderr.close()


class Client:
    """One kept connection, quicker than http.client. Header names of its answers are in lower case.

    A connection that breaks before the whole answer came raises OSError; the next request opens another.
    """

    def __init__(self, server, timeout=30):
        self.server = server
        self.timeout = timeout * SCALE
        self.peer = None

    def request(self, method, target, body=None, headers=()):
        body = json.dumps(body) if isinstance(body, dict) else body or b""
        body = body.encode() if isinstance(body, str) else body
        lines = [f"{method} {target} HTTP/1.1", "Host: localhost", *(f"{k}: {v}" for k, v in dict(headers).items())]
        if body or method not in ("GET", "HEAD"):
            lines.append(f"Content-Length: {len(body)}")
        try:
            if self.peer is None:
                self.peer = socket.create_connection(("127.0.0.1", self.server.port), timeout=self.timeout)
                self.peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.peer.sendall("\r\n".join(lines).encode() + b"\r\n\r\n" + body)
            return self._answer(method)
        except OSError:
            self.close()
            raise

    def post(self, target, body=None, headers=()):
        return self.request("POST", target, body, headers)

    def _answer(self, method):
        data = b""
        while b"\r\n\r\n" not in data:
            data += self._more()
        head, body = data.split(b"\r\n\r\n", 1)
        first, *fields = head.decode("latin-1").split("\r\n")
        headers = {k.lower(): v.strip() for k, _, v in (field.partition(":") for field in fields)}
        length = 0 if method == "HEAD" else int(headers.get("content-length", 0))
        while len(body) < length:
            body += self._more()
        assert len(body) == length, f"{len(body)} bytes of body where {length} were announced"
        if headers.get("connection", "").lower() == "close":
            self.close()
        return Response(int(first.split()[1]), headers, body)

    def _more(self):
        data = self.peer.recv(65536)
        if not data:
            raise ConnectionResetError("closed before the answer was complete")
        return data

    def close(self):
        if self.peer:
            self.peer.close()
        self.peer = None


def read_to_end(peer):
    chunks = []
    while True:
        try:
            chunk = peer.recv(65536)
        except ConnectionResetError:
            break
        if not chunk:
            break
        chunks.append(chunk)
    return b"".join(chunks)


def read_response(stream):
    """One response from a binary file object of a socket: (status, headers, body)."""
    line = stream.readline()
    if not line:
        return None
    status = int(line.split()[1])
    headers = http.client.parse_headers(stream)
    body = stream.read(int(headers.get("Content-Length", "0")))
    return Response(status, headers, body)


def await_gone(pid, seconds=30):
    """Waits until a process that is not our child is gone."""
    try:
        handle = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    try:
        if not select.select([handle], [], [], seconds * SCALE)[0]:
            raise AssertionError(f"process {pid} is still there after {seconds} s")
    finally:
        os.close(handle)


def eventually(predicate, what, seconds=30):
    """For states that announce themselves to nobody: asks until the answer is yes."""
    deadline = time.monotonic() + seconds * SCALE
    while True:
        value = predicate()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"not in time: {what}")
        select.select([], [], [], 0.02)


def sanitizer_findings(text):
    """A runtime that would look at files for its report is killed by the sandbox of the proxy: that counts, too."""
    signs = ("ERROR: AddressSanitizer", "runtime error:", "killed by the sandbox")
    return [line for line in text.splitlines() if any(sign in line for sign in signs)]


class SystemTest(unittest.TestCase):
    """Gives each test its directory; what failed shows both logs."""

    options = {}
    sandbox_kills = False  # a test that wants it says so

    def setUp(self):
        self.directory = tempfile.mkdtemp(prefix="outpost-test-")
        self.addCleanup(shutil.rmtree, self.directory, True)

    def outpost(self, **options):
        server = Outpost(self.directory, **options)
        self.addCleanup(self._finish, server)
        return server

    def running(self, **options):
        server = self.outpost(**options).start()
        server.apply()
        return server

    def _finish(self, server):
        server.close()
        path = pathlib.Path(self.directory, "stderr.txt")
        text = path.read_text(errors="replace") if path.exists() else ""
        failed = any(error for _, error in getattr(self._outcome, "errors", []) or []) or "ERROR: " in text
        if failed:
            print(f"--- stderr ---\n{text[-4000:]}")
            with contextlib.suppress(OSError):
                print(f"--- supervisor log ---\n{server.log_text()[-4000:]}")
                print(f"--- proxy log ---\n{server.log_text(proxy=True)[-4000:]}")
        # A sanitizer's finding in any process is a failure, whatever the test saw.
        findings = [f for f in sanitizer_findings(text) if not (self.sandbox_kills and "killed by the sandbox" in f)]
        self.assertEqual(findings, [])


class SharedServerTest(unittest.TestCase):
    """One server for all tests of a class: for tables of many small cases. Each test has a connection of its own."""

    catalogue = None
    options = {}

    @classmethod
    def setUpClass(cls):
        directory = tempfile.mkdtemp(prefix="outpost-test-")
        cls.addClassCleanup(shutil.rmtree, directory, True)
        cls.server = Outpost(directory, **{"log": {"level": "interaction"}, **cls.options})
        cls.addClassCleanup(cls.server.close)
        cls.server.start()
        cls.server.apply(cls.catalogue)

    @classmethod
    def tearDownClass(cls):
        ended = cls.server.stop()
        text = pathlib.Path(cls.server.directory, "stderr.txt").read_text(errors="replace")
        assert ended == 0 and not sanitizer_findings(text), f"outpostd ended with {ended}: {text[-4000:]}"

    def setUp(self):
        self.client = Client(self.server)
        self.addCleanup(self.client.close)
