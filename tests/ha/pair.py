"""Two supervisors, a and b, over one store, with one address: whoever is primary has the port."""

import contextlib
import json
import os
import pathlib
import re
import signal
import socket
import subprocess
import sys
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "system"))

import engines  # noqa: E402
from harness import BIN, SCALE, NotifySocket, Outbound, await_gone  # noqa: E402

# Long enough for a slow machine to renew in time, short enough for many rounds.
LEASE_MS = 2000
RENEWAL_MS = 250


def reserved_port():
    """A port that was free a moment ago, for two processes that must agree on it before either has it."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Node(Outbound):
    """One supervisor of a pair. What it reports is read at once: a socket keeps ten reports, and more would be lost."""

    def __init__(self, name, directory, store, port, address="127.0.0.1", redundancy=None, inside=contextlib.nullcontext):
        directory.mkdir()
        super().__init__(
            directory, store=store,
            # The answers say who gave them (load.SERVED_BY). Nobody gives records back while the checker counts them.
            application={"http-custom-headers": f"X-Content-Type-Options: {name}", "session-timeout": 86400},
            listeners=[{"name": "default", "address": address, "port": port}],
            log={"level": "interaction"},
            redundancy={"enabled": True, "name": name, "lease-time": LEASE_MS, "renewal-interval": RENEWAL_MS,
                        **(redundancy or {})})
        self.name = name
        self.address = (address, port)
        self.inside = inside
        self.notify = self.reader = None
        self.heard_of = threading.Condition()
        self.ready = self.serving = False
        self.starts = 0
        self.frozen = []
        self.arguments = []

    def start(self, wait=False, command=None):
        command = command or [BIN / "outpostd", "--config", self.config_path, *self.arguments]
        self._close_files()
        self.ready = self.serving = False
        self.starts += 1
        with self.inside():
            super().start(wait=False, command=command)
        self.reader = threading.Thread(target=self.read_reports, args=(self.notify.socket,))
        self.reader.start()
        return self

    @property
    def alive(self):
        return self.process is not None and self.process.poll() is None

    def read_reports(self, peer):
        while data := peer.recv(8192):
            with self.heard_of:
                self.heard(data.decode())
                self.heard_of.notify_all()

    def heard(self, text):
        if "READY=1" in text:
            self.ready = True
        running = re.search(r"STATUS=HTTP proxy running, pid (\d+), .*?:(\d+)", text)
        if running:
            self.serving, self.proxy_pid, self.port = True, int(running.group(1)), int(running.group(2))
        elif "STATUS=" in text:
            self.serving = False

    def freeze(self):
        """Stops the supervisor and its proxy where they stand."""
        self.frozen = [self.process.pid, *([self.proxy_pid] if self.serving else [])]
        for pid in self.frozen:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGSTOP)

    def thaw(self):
        for pid in reversed(self.frozen):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)
        self.frozen = []

    def close(self):
        self.thaw()
        super().close()

    def _close_files(self):
        if self.reader:
            self.notify.socket.shutdown(socket.SHUT_RD)  # ends the reader
            self.reader.join()
            self.reader = None
            super()._close_files()


class Pair:
    """Starts both and knows who serves. close() ends all; the directory is the caller's."""

    def __init__(self, directory, engine=engines.ENGINE, store=None, hosts=None, redundancy=None):
        self.directory = pathlib.Path(directory)
        self.own_store = store is None
        self.store = store or engines.new_store(directory, engine)
        self.store_closed = False
        port = reserved_port()
        places = hosts or {name: ("127.0.0.1", contextlib.nullcontext) for name in "ab"}
        self.nodes = {name: Node(name, self.directory / name, self.store, port, address, redundancy, inside)
                      for name, (address, inside) in places.items()}
        reported = threading.Condition()
        for node in self.nodes.values():
            node.heard_of = reported
        self.reported = reported
        self.a, self.b = self.nodes.values()
        self.restarts = 0
        self.watcher = None

    @property
    def addresses(self):
        return sorted({node.address for node in self.nodes.values()})

    def start(self, catalogue=None):
        """One after the other, so that the first is primary."""
        self.a.start()
        self.wait(lambda: self.a.serving, "a is primary")
        self.b.start()
        self.wait(lambda: self.b.ready, "b is started")
        self.a.apply(catalogue)
        return self

    def wait(self, predicate, what, seconds=60):
        """Until the reports of the two make it true. Whoever ended meanwhile is noticed, not restarted."""
        deadline = time.monotonic() + seconds * SCALE
        with self.reported:
            while not predicate():
                left = deadline - time.monotonic()
                if left <= 0:
                    raise AssertionError(f"not in {seconds * SCALE:.0f} s: {what}; {self.describe()}")
                self.reported.wait(min(left, 0.2))  # the death of a process is reported by nobody

    def describe(self):
        return "; ".join(f"{node.name} " + ("serves" if node.serving else "lives" if node.alive else
                                            f"ended with {node.process.poll() if node.process else None}")
                         for node in self.nodes.values())

    def primary(self):
        """Who serves, by its own word. Waits for one."""
        self.wait(lambda: any(node.alive and node.serving for node in self.nodes.values()), "one is primary")
        return next(node for node in self.nodes.values() if node.alive and node.serving)

    def other(self, node):
        return self.b if node is self.a else self.a

    def kill(self, node, number=signal.SIGKILL):
        """Returns when the supervisor is gone, and its proxy, which nobody else ends."""
        proxy = node.proxy_pid if node.serving else None
        node.process.send_signal(number)
        node.wait()
        if proxy:
            await_gone(proxy)
        node.serving = False

    def restart(self, node):
        """As a service manager would, when it is gone."""
        node.start()
        self.restarts += 1
        self.wait(lambda: node.ready or not node.alive, f"{node.name} is started")
        if not node.alive:
            raise AssertionError(f"{node.name} ended with {node.process.returncode} instead of starting: "
                                 f"{(node.directory / 'stderr.txt').read_text(errors='replace')[-600:]}")

    def restart_dead(self):
        dead = [node for node in self.nodes.values() if not node.alive]
        for node in dead:
            self.restart(node)
        return dead

    def settled(self, seconds=60):
        """One serves, the other is ready to."""
        self.wait(lambda: all(node.alive and node.ready for node in self.nodes.values())
                  and sum(node.serving for node in self.nodes.values()) == 1, "one serves, the other waits", seconds)
        return self.primary()

    def switch(self, node, *arguments):
        """outpostctl switch, asked of that node. Returns its reply; AssertionError when it was refused."""
        done = node.ctl("switch", *arguments, "--json", check=False)
        if done.returncode != 0:
            raise AssertionError(f"outpostctl switch of {node.name} ended with {done.returncode}: "
                                 f"{done.stderr}{done.stdout}")
        return json.loads(done.stdout)

    def watch(self, note):
        """Reads the lease all the time and notes each epoch when it is first seen."""
        self.watcher = Watcher(self.store, note)
        return self.watcher

    def stop(self):
        """Ends both in good order; returns their exit statuses."""
        return [node.stop() for node in self.nodes.values()]

    def close(self):
        for node in self.nodes.values():
            node.close()
        if self.watcher:
            self.watcher.stop()
        if self.own_store and not self.store_closed:
            self.store_closed = True
            self.store.close()

    def stderr(self):
        return "".join((node.directory / "stderr.txt").read_text(errors="replace") for node in self.nodes.values()
                       if (node.directory / "stderr.txt").exists())


class Watcher:
    """Whoever reads the store sees each lease: a supervisor needs longer to start its proxy than this needs to look."""

    LOOK_S = 0.02

    def __init__(self, store, note):
        self.store = store
        self.note = note
        self.seen = {}
        self.stopping = threading.Event()
        self.thread = threading.Thread(target=self.run)
        self.thread.start()

    def run(self):
        while not self.stopping.wait(self.LOOK_S):
            with contextlib.suppress(*engines.READ_ERRORS):
                (epoch, holder), = self.store.rows("SELECT epoch, holder FROM lease")
                if holder and self.seen.get(epoch) != holder:
                    self.seen[epoch] = holder
                    self.note(op="epoch", epoch=epoch, holder=holder, seen=time.monotonic())

    def stop(self):
        self.stopping.set()
        self.thread.join()


def outposts_of(directory):
    """Processes that still run from this directory: none may, when all is over."""
    found = subprocess.run(["pgrep", "-f", str(directory)], capture_output=True, text=True, check=False).stdout
    return [int(pid) for pid in found.split() if int(pid) != os.getpid()]


__all__ = ["Node", "NotifySocket", "Pair", "Watcher", "outposts_of", "LEASE_MS", "RENEWAL_MS"]
