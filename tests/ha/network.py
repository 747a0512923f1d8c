"""Hosts of their own for programs on one machine, and the links between them, which can be cut one way or both, slow or
lossy.

A host is a network namespace with one interface. Its other end is a TAP device that a relay process holds: the relay
carries every frame from host to host, so any harm to a link is a rule of the relay, on every kernel. Needs root and
/dev/net/tun; nothing of the machine's own network is touched, and all is gone with the processes that use it.
"""

import contextlib
import ctypes
import fcntl
import heapq
import json
import os
import random
import selectors
import struct
import subprocess
import sys
import time

CLONE_NEWNET = 0x40000000
TUNSETIFF = 0x400454CA
IFF_TAP, IFF_NO_PI = 0x0002, 0x1000
MTU = 1500
QUEUE_MAX = 10_000  # delayed frames that a relay holds; more are lost, as in any router

libc = ctypes.CDLL(None, use_errno=True)


def checked(result, what):
    if result != 0:
        raise OSError(ctypes.get_errno(), f"{what}: {os.strerror(ctypes.get_errno())}")


def available():
    return os.geteuid() == 0 and os.path.exists("/dev/net/tun")


class Host:
    """A namespace: whoever is inside (a thread, and the processes that it starts there) has its network."""

    def __init__(self, name, number):
        self.name = name
        self.number = number
        self.address = f"10.77.0.{number}"
        self.namespace = self.tap = None

    def make(self, count):
        with self._home():
            checked(libc.unshare(CLONE_NEWNET), "a network namespace")
            self.namespace = os.open("/proc/thread-self/ns/net", os.O_RDONLY | os.O_CLOEXEC)
            with contextlib.suppress(OSError):
                with open("/proc/sys/net/ipv6/conf/all/disable_ipv6", "w", encoding="ascii") as switch:
                    switch.write("1")
            self.tap = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
            fcntl.ioctl(self.tap, TUNSETIFF, struct.pack("16sH22x", b"eth0", IFF_TAP | IFF_NO_PI))
            # Neighbours are known beforehand: a link that was cut works again at once, without a search for them.
            neighbours = "".join(f"neigh add 10.77.0.{n} lladdr {mac(n)} dev eth0 nud permanent\n"
                                 for n in range(1, count + 1) if n != self.number)
            subprocess.run(["ip", "-batch", "-"], check=True, text=True, input=(
                f"link set lo up\nlink set eth0 address {mac(self.number)} mtu {MTU} up\n"
                f"addr add {self.address}/24 dev eth0\n{neighbours}"))

    def enter(self):
        """This thread, from now on."""
        checked(libc.setns(self.namespace, CLONE_NEWNET), f"enter {self.name}")

    @contextlib.contextmanager
    def inside(self):
        with self._home():
            self.enter()
            yield

    @contextlib.contextmanager
    def _home(self):
        """Wherever the block goes, this thread comes back."""
        before = os.open("/proc/thread-self/ns/net", os.O_RDONLY | os.O_CLOEXEC)
        try:
            yield
        finally:
            checked(libc.setns(before, CLONE_NEWNET), "back home")
            os.close(before)

    def close(self):
        for handle in (self.namespace, self.tap):
            if handle is not None:
                os.close(handle)


def mac(number):
    return f"02:00:00:00:00:{number:02x}"


class Network:
    """Hosts by name, all linked with all. A link is named by its two ends and has a direction."""

    def __init__(self, *names):
        self.hosts = {name: Host(name, number) for number, name in enumerate(names, 1)}
        self.rules = {}
        for host in self.hosts.values():
            host.make(len(names))
        taps = {name: host.tap for name, host in self.hosts.items()}
        self.relay = subprocess.Popen([sys.executable, "-B", __file__, json.dumps(taps)], stdin=subprocess.PIPE,
                                      stdout=subprocess.PIPE, pass_fds=list(taps.values()), text=True, bufsize=1)
        self.relay.stdout.readline()

    def __getitem__(self, name):
        return self.hosts[name]

    def link(self, source, target, drop=0.0, delay_ms=0, jitter_ms=0, both=False):
        """Harms one direction, or both. In force when it returns."""
        self.rules[f"{source}>{target}"] = {"drop": drop, "delay_ms": delay_ms, "jitter_ms": jitter_ms}
        if both:
            self.link(target, source, drop, delay_ms, jitter_ms)
        else:
            self._tell()

    def cut(self, source, target, both=True):
        self.link(source, target, drop=1.0, both=both)

    def isolate(self, name):
        for other in self.hosts.keys() - {name}:
            self.cut(name, other)

    def heal(self):
        self.rules = {}
        self._tell()

    def _tell(self):
        self.relay.stdin.write(json.dumps(self.rules) + "\n")
        self.relay.stdout.readline()

    def close(self):
        self.relay.stdin.close()
        self.relay.wait()
        self.relay.stdout.close()
        for host in self.hosts.values():
            host.close()


class Relay:
    """Carries frames. Ends with its input."""

    def __init__(self, taps):
        self.taps = taps
        self.targets = {bytes.fromhex(mac(number).replace(":", "")): name for number, name in enumerate(taps, 1)}
        self.rules = {}
        self.dice = random.Random(0)
        self.delayed = []
        self.serial = 0

    def run(self):
        watch = selectors.DefaultSelector()
        for name, tap in self.taps.items():
            watch.register(tap, selectors.EVENT_READ, name)
        watch.register(0, selectors.EVENT_READ, None)
        print("ready", flush=True)
        while True:
            wait = max(0, self.delayed[0][0] - time.monotonic()) if self.delayed else None
            for key, _ in watch.select(wait):
                if key.data is not None:
                    self.carry(key.data)
                elif not self.read_rules():
                    return
            while self.delayed and self.delayed[0][0] <= time.monotonic():
                _, _, target, frame = heapq.heappop(self.delayed)
                self.deliver(target, frame)

    def read_rules(self):
        line = sys.stdin.buffer.raw.readline()
        if not line:
            return False
        self.rules = json.loads(line)
        print("ok", flush=True)
        return True

    def carry(self, source):
        for _ in range(64):
            try:
                frame = os.read(self.taps[source], MTU + 100)
            except BlockingIOError:
                return
            target = self.targets.get(frame[:6])
            if target is None or target == source:  # broadcasts: nobody needs them here
                continue
            rule = self.rules.get(f"{source}>{target}")
            if rule is None:
                self.deliver(target, frame)
            elif self.dice.random() >= rule["drop"] and len(self.delayed) < QUEUE_MAX:
                self.delay(target, frame, rule)

    def delay(self, target, frame, rule):
        wait_ms = rule["delay_ms"] + self.dice.uniform(0, rule["jitter_ms"])
        if wait_ms == 0:
            self.deliver(target, frame)
            return
        self.serial += 1
        heapq.heappush(self.delayed, (time.monotonic() + wait_ms / 1000, self.serial, target, frame))

    def deliver(self, target, frame):
        with contextlib.suppress(OSError):  # a full queue loses frames
            os.write(self.taps[target], frame)


if __name__ == "__main__":
    Relay(json.loads(sys.argv[1])).run()
