"""The programs under test as processes: where they are, what they report, and how to wait for it.

OUTPOST_BIN names the folder of the programs. What a test waits for it awaits as an event: the supervisor reports its
state over the service manager's protocol (NOTIFY_SOCKET), processes are awaited, sockets are read.
OUTPOST_TIME_SCALE (default 1) stretches every deadline on a slow machine.
"""

import os
import pathlib
import re
import select
import socket
import time

BIN = pathlib.Path(os.environ["OUTPOST_BIN"])
SCALE = float(os.environ.get("OUTPOST_TIME_SCALE", "1"))


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
