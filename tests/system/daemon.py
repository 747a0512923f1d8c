"""One supervisor for a test: one temporary directory, kernel-chosen ports, loopback only. OUTPOST_TEST_ENGINE chooses the
engine of the store (engines.py)."""

import contextlib
import http.client
import json
import os
import pathlib
import re
import signal
import socket
import subprocess

import engines  # which knows where tests/support is

import control_client
from http_client import Response, read_to_end
from processes import BIN, SCALE, NotifySocket, eventually


def merged(sections, more):
    """Sections of a configuration, with the options of `more` in them; a list is replaced as a whole."""
    whole = dict(sections)
    for name, options in more.items():
        before = whole.get(name)
        whole[name] = {**before, **options} if isinstance(before, dict) else options
    return whole


class Daemon:
    """One supervisor over one temporary directory. Restart it as often as you like."""

    usual = {}  # sections of its type of application, beside those of any
    further = ()  # that it may have; of what ends with a dot each name

    def __init__(self, directory, store=None, **sections):
        """`store`: one that somebody else closes; otherwise a fresh one of its own. `sections`: options in place of the
        usual ones."""
        self.directory = pathlib.Path(directory)
        self.config_path = self.directory / "outpost.json"
        self.own_store = store is None
        self.store = store or engines.new_store(directory)
        self.store_path = self.store.path
        self.log_directory = self.directory / "log"
        self.control = self.directory / "control.sock"
        self.config = merged({
            "application": {"name": "outpost-test", "channel-timeout": 20000, "http-request-timeout": 300},
            "listeners": [{"name": "default", "address": "127.0.0.1", "port": 0}],
            "log": {"directory": str(self.log_directory), "level": "trace"},
            "sandbox": {},
            "store": {"url": self.store.url},
            "control": {"socket": str(self.control)},
        }, self.usual)
        unknown = {name for name in sections.keys() - self.config.keys()
                   if name not in self.further and not name.startswith(tuple(one for one in self.further if one.endswith(".")))}
        assert not unknown, f"unknown sections {unknown}"
        self.config = merged(self.config, sections)
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
