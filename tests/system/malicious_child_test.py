"""A proxy in somebody else's hands: issue 4, "The supervisor trusts no byte from the proxy". The real outpostd, with
this file in the place of outpost-proxy: it talks one kind of nonsense after the other, and at last becomes the real one.
"""

import json
import os
import pathlib
import random
import re
import select
import shutil
import signal
import socket
import struct
import sys
import time
import unittest

import invariants
from harness import BIN, SystemTest, eventually

SEED = int(os.environ.get("OUTPOST_SEED", "0")) or random.SystemRandom().randrange(1, 2**32)
SOURCE = pathlib.Path(__file__).resolve().parents[2] / "protocol" / "channel" / "messages.h"
VERSION = int(re.search(r"kChannelVersion = (\d+);", SOURCE.read_text()).group(1))
HELLO, CONFIGURE, BOUND, FAILED, START, REQUEST, ANSWER, PING, PONG, STATISTICS, DRAIN = range(1, 12)
TOKENS = 15
ABSURD = b"\xff" * 8 * 19 + struct.pack("<III", 0, 0, 0)  # Statistics, without requests


# --- The child -------------------------------------------------------------------------------------------------------


def text(value):
    value = value.encode() if isinstance(value, str) else value
    return struct.pack("<I", len(value)) + value


def event(*attributes):
    packed = struct.pack("<I", len(attributes))
    for key, value in attributes:
        packed += text(key)
        packed += b"\1" + struct.pack("<q", value) if isinstance(value, int) else b"\0" + text(value)
    return packed


def add_record(*more, resource="lists", key="", name="AddRecord"):
    attributes = [("GSW_AGENT_REQ_TYPE", name), ("GSW_CALLING_LIST", "Spring_2024"), ("GSW_PHONE", "+1999"),
                  ("GSW_TZ_NAME", "GMT"), *more]
    return struct.pack("<QI", 1, 1) + text(resource) + text(key) + text("") + text("") + event(*attributes)


class Channel:
    def __init__(self, dice):
        self.dice = dice
        self.socket = socket.socket(fileno=os.dup(3))
        self.data = b""
        self.last = 0
        self.generation = 0
        self.listeners = []

    def say(self, kind, payload=b"", correlation=0, flags=0):
        self.raw(struct.pack("<IHHQ", len(payload), kind, flags, correlation) + payload)

    def raw(self, data):
        try:
            self.socket.sendall(data)
        except OSError:
            self.linger()

    @staticmethod
    def linger():
        while True:
            signal.pause()

    def hear(self, *wanted):
        """The next message of one of these kinds; what asks for an answer gets one."""
        while True:
            while len(self.data) < 16 or len(self.data) < 16 + struct.unpack("<I", self.data[:4])[0]:
                more = self.socket.recv(65536)
                if not more:
                    self.linger()
                self.data += more
            length, kind, _, correlation = struct.unpack("<IHHQ", self.data[:16])
            payload, self.data = self.data[16:16 + length], self.data[16 + length:]
            if kind == PING:
                self.say(PONG)
            elif kind == TOKENS:
                self.say(PONG, correlation=correlation)
            elif kind == DRAIN:
                os._exit(0)
            if kind in wanted:
                return payload

    def hello(self, version=VERSION, program="nobody"):
        self.say(HELLO, struct.pack("<I", version) + text(program))

    def greet(self):
        self.hello()
        payload = self.hear(CONFIGURE)
        self.generation, dialect = struct.unpack("<II", payload[:8])  # the number, and the bytes of a name
        at = 8 + dialect + 4
        count = struct.unpack("<I", payload[at - 4:at])[0]
        for _ in range(count):
            strings = []
            for _ in range(2):
                length = struct.unpack("<I", payload[at:at + 4])[0]
                strings.append(payload[at + 4:at + 4 + length])
                at += 4 + length
            port, secure, external, redirect = struct.unpack("<HBBI", payload[at:at + 8])
            at += 8 + redirect
            self.listeners.append([*strings, port or 4711, secure, external])

    def bound(self, measures=0):
        payload = struct.pack("<I", len(self.listeners))
        for name, address, port, secure, external in self.listeners:
            payload += text(name) + text(address) + struct.pack("<HBB", port, secure, external) + text("")
        self.say(BOUND, payload + struct.pack("<I", measures) + (text("") + b"\0" + text("")) * measures)

    def begin(self):
        self.greet()
        self.bound()
        self.hear(START)

    def id(self):
        self.last += 1
        return self.generation << 40 | self.last


def breach(act):
    act.breach = True
    return act


KINDS = []


def kind(act):
    KINDS.append(act)
    return act


def changed_listener(place, value):
    def act(channel):
        channel.greet()
        channel.listeners[0][place] = value
        channel.bound()
    act.__name__ = f"listener_{place}_{value!r}"
    return breach(act)


def raw_bytes(data):
    def act(channel):
        channel.raw(data)
    act.__name__ = f"raw_{data[:12]!r}"
    return breach(act)


def wrong_direction(number):
    def act(channel):
        channel.begin()
        channel.say(number)
    act.__name__ = f"message_{number}"
    return breach(act)


def nonsense_request(label, payload):
    def act(channel):
        channel.begin()
        channel.say(REQUEST, payload, channel.id())
        os._exit(0 if b"Error" in channel.hear(ANSWER) else 3)
    act.__name__ = f"request_{label}"
    return act


KINDS += [changed_listener(0, b"other"), changed_listener(1, b"0.0.0.0"), changed_listener(2, 1),
          changed_listener(3, 1), changed_listener(4, 1)]
KINDS += [raw_bytes(data) for data in (
    b"GET / HTTP/1.1\r\n\r\n", b"\0" * 64, b"\xff" * 64, struct.pack("<IHHQ", 24 * 1024 * 1024 + 1, HELLO, 0, 0),
    struct.pack("<IHHQ", 0, HELLO, 1, 0), struct.pack("<IHHQ", 0, HELLO, 0, 0), struct.pack("<IHHQ", 1, PING, 0, 0) + b"x")]
KINDS += [wrong_direction(number) for number in (0, CONFIGURE, START, ANSWER, DRAIN, TOKENS, 4711)]
KINDS += [nonsense_request(label, payload) for label, payload in (
    ("resource", add_record(resource="planets")), ("name", add_record(name="DropTables")),
    ("key_twice", add_record(("GSW_PHONE", "+2"))), ("nul", add_record(("STATE", "a\0b"))),
    ("no_utf8", add_record(("STATE", b"\xc3\x28"))), ("number", add_record(("GSW_ATTEMPTS", -2**63))),
    ("type", add_record(("GSW_ATTEMPTS", "many"))), ("idempotency_key", add_record(key="\n" * 3)))]


@kind
@breach
def listener_more(channel):
    channel.greet()
    channel.listeners *= 2
    channel.bound()


@kind
@breach
def bound_twice(channel):
    channel.begin()
    channel.bound()


@kind
@breach
def hello_twice(channel):
    channel.greet()
    channel.hello()


@kind
@breach
def request_too_early(channel):
    channel.greet()
    channel.say(REQUEST, add_record(), channel.id())


@kind
@breach
def another_generation(channel):
    channel.begin()
    channel.say(REQUEST, add_record(), (channel.generation + 1) << 40 | 1)


@kind
@breach
def beyond_the_window(channel):
    channel.begin()
    for _ in range(100_000):
        channel.say(REQUEST, add_record(("ECHO", "e" * 1000)), channel.id())
    channel.linger()


@kind
@breach
def too_large(channel):
    channel.begin()
    channel.say(REQUEST, add_record(("ECHO", "e" * 3_000_000)), channel.id())


@kind
@breach
def flood_of_pings(channel):
    channel.begin()
    channel.raw(struct.pack("<IHHQ", 0, PING, 0, 0) * 50_000)


@kind
@breach
def statistics_unasked(channel):
    channel.begin()
    for _ in range(3):
        channel.say(STATISTICS, ABSURD)


@kind
@breach
def confirms_the_future(channel):
    channel.begin()
    channel.say(PONG, correlation=2**63)


@kind
@breach
def a_million_measures(channel):
    channel.greet()
    channel.bound(measures=400_000)


@kind
def endless_reason(channel):
    channel.greet()
    channel.say(FAILED, struct.pack("<i", 1) + text(b"\x1b[2J\n2026-01-01T00:00:00.000 Std 40003 forged\n" * 60_000))
    os._exit(1)


@kind
def endless_program(channel):
    channel.hello(version=1, program="\n2026-01-01T00:00:00.000 Std 40003 forged\n" * 60_000)
    os._exit(13)


@kind
def absurd_statistics(channel):
    channel.begin()
    channel.say(PONG)
    channel.say(STATISTICS, ABSURD)
    os._exit(0)


@kind
def half_a_frame(channel):
    channel.begin()
    channel.raw(struct.pack("<IHHQ", 2_000_000, REQUEST, 0, 1) + b"x")
    while True:
        channel.raw(b"x")
        time.sleep(0.05)


@kind
def stands_still(channel):
    channel.begin()
    os.kill(os.getpid(), signal.SIGSTOP)


@kind
def closes_and_lives(channel):
    channel.begin()
    channel.socket.close()
    os.close(3)
    channel.linger()


@kind
def grandchild_holds_the_channel(channel):
    channel.begin()
    if os.fork():
        os._exit(0)
    signal.alarm(20)
    channel.linger()


@kind
def random_frames(channel):
    channel.begin()
    for _ in range(200):
        channel.say(channel.dice.randrange(1, 17), channel.dice.randbytes(channel.dice.randrange(300)),
                    channel.generation << 40 | channel.dice.randrange(4))
    os._exit(0)


def child():
    folder = pathlib.Path(sys.argv[0]).resolve().parent
    plan = folder / "plan.json"
    state = json.loads(plan.read_text())
    number = state["next"]
    if number >= len(state["kinds"]):
        os.execv(folder / "real-proxy", [str(folder / "outpost-proxy")])
    state["next"] = number + 1
    (folder / "plan.new").write_text(json.dumps(state))
    os.replace(folder / "plan.new", plan)
    signal.alarm(120)
    channel = Channel(random.Random(state["seed"] + number))
    KINDS[state["kinds"][number]](channel)
    while True:
        channel.hear()


# --- The test --------------------------------------------------------------------------------------------------------


def resident_kib(pid):
    return int(re.search(r"VmRSS:\s+(\d+) kB", pathlib.Path(f"/proc/{pid}/status").read_text()).group(1))


class MaliciousChildTest(SystemTest):
    def setUp(self):
        super().setUp()
        self.bin = pathlib.Path(self.directory, "bin")
        self.bin.mkdir()
        shutil.copy2(BIN / "outpostd", self.bin / "outpostd")
        (self.bin / "real-proxy").symlink_to(BIN / "outpost-proxy")
        script = self.bin / "outpost-proxy"
        here = pathlib.Path(__file__).resolve()
        script.write_text(f"#!{sys.executable} -B\nimport sys\nsys.path.insert(0, {str(here.parent)!r})\n"
                          f"import {here.stem} as nonsense\nnonsense.child()\n")
        script.chmod(0o755)

    def plan(self, kinds):
        (self.bin / "plan.json").write_text(json.dumps({"seed": SEED, "next": 0, "kinds": kinds}))

    def test_whatever_the_proxy_says_the_supervisor_lives(self):
        print(f"OUTPOST_SEED={SEED}")
        kinds = list(range(len(KINDS)))
        random.Random(SEED).shuffle(kinds)
        self.plan([])
        server = self.outpost(application={"channel-timeout": 3000, "channel-window": 64})
        server.environment["OUTPOST_BIN"] = str(BIN)
        server.start(command=[self.bin / "outpostd", "--config", server.config_path])
        server.apply()
        self.assertEqual(server.add().status, 200)
        resident = resident_kib(server.process.pid)

        self.plan(kinds)
        os.kill(server.proxy_pid, signal.SIGKILL)
        for number, which in enumerate(kinds):
            act = KINDS[which]

            def ended(number=number):
                while select.select([server.notify.socket], [], [], 0)[0]:
                    server.notify.socket.recv(8192)  # nobody else does, and its queue is short
                proxy = server.status()["proxy"]
                over = proxy["restarts"] > number + 1 or (proxy["restarts"] == number + 1 and
                                                          proxy["state"] == "waiting for restart")
                return proxy if over else None

            proxy = eventually(ended, f"{act.__name__} ends", seconds=60)
            last = proxy["last_exit"]
            self.assertLess(len(last), 2500, act.__name__)
            self.assertNotRegex(last, "[\x00-\x1f]", act.__name__)
            if getattr(act, "breach", False):
                self.assertIn("killed by signal 9: ", last, act.__name__)
                self.assertNotIn("said nothing", last, act.__name__)
            if act.__name__.startswith("request_") and act.__name__ != "request_too_early":
                self.assertEqual(last, "exited with status 0", act.__name__)
        eventually(lambda: server.status()["proxy"]["state"] == "running", "the real proxy runs")
        status = server.status()
        server.port = status["proxy"]["listeners"][0]["port"]
        self.assertEqual(status["pid"], server.process.pid)
        self.assertEqual(server.add("+15550199").status, 200)
        self.assertEqual(invariants.broken(server.store), [])
        grown = resident_kib(server.process.pid) - resident
        self.assertLess(grown, 400 * 1024, "the supervisor grew")
        self.assertLess(len(json.dumps(server.status())), 10_000)
        for line in server.log_text().splitlines():
            self.assertNotRegex(line, r"^2026-01-01T00:00:00.000 Std 40003", "a forged line")


if __name__ == "__main__":
    unittest.main()
