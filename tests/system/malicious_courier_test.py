"""A courier in somebody else's hands: the supervisor trusts no byte from it. The real outpostd, with this file in the
place of outpost-courier: it talks one kind of nonsense after the other, and at last becomes the real one.
"""

import json
import os
import pathlib
import random
import shutil
import signal
import struct
import sys
import unittest

from courier import PATIENT, Call
from harness import BIN, SCALE, SystemTest, eventually
from malicious_child_test import ABSURD, DRAIN, PING, PONG, SEED, STATISTICS, VERSION, Channel, resident_kib, text

from strange_server import StrangeServer

READY, CONFIGURE, REPLY, FETCH, COUNTS, CANCEL, LEAVING = range(40, 47)
ANSWERED, TLS, BROKEN, LOST, NOT_TAKEN = 0, 3, 8, 12, 13


def reply(outcome=ANSWERED, why="", status=200, address="127.0.0.1 80", headers=(), body=b""):
    packed = struct.pack("<B", outcome) + text(why) + struct.pack("<HH", status, 11) + text(address) + b"\0"
    packed += struct.pack("<I", len(headers))
    for name, value in headers:
        packed += text(name) + text(value)
    return packed + text(body) + struct.pack("<5I", 1, 2, 3, 4, 5)


class Courier(Channel):
    def greet(self):
        self.hello()
        self.generation = struct.unpack("<I", self.hear(CONFIGURE)[:4])[0]

    def ready(self, measures=0):
        self.say(READY, struct.pack("<I", measures) + (text("") + b"\0" + text("")) * measures)

    def begin(self):
        self.greet()
        self.ready()

    def fetch(self):
        """The id of the next fetch, which are numbered in the order of their sending."""
        self.hear(FETCH)
        return self.generation << 40 | self.asked()

    def asked(self):
        return self.last_correlation & (1 << 40) - 1

    def hear(self, *wanted):
        while True:
            while len(self.data) < 16 or len(self.data) < 16 + struct.unpack("<I", self.data[:4])[0]:
                more = self.socket.recv(65536)
                if not more:
                    self.linger()
                self.data += more
            length, kind, _, self.last_correlation = struct.unpack("<IHHQ", self.data[:16])
            payload, self.data = self.data[16:16 + length], self.data[16 + length:]
            if kind == PING:
                self.say(PONG)
            if kind in wanted:
                return payload


KINDS = {}


def kind(act):
    KINDS[act.__name__] = act
    return act


def lie(name, payload, wrong_id=None):
    """Says `payload` for an answer. It is not believed, and what was asked for ends as lost."""
    def act(courier):
        courier.begin()
        number = courier.fetch()
        courier.say(REPLY, payload, number if wrong_id is None else wrong_id(number))
    KINDS[name] = act


lie("another_id", reply(), lambda number: number + 1)
lie("another_generation", reply(), lambda number: number + (1 << 40))
lie("no_such_outcome", reply(outcome=99))
lie("its_own_end", reply(outcome=LOST, status=0))
lie("nothing_taken_and_it_stays", reply(outcome=NOT_TAKEN, status=0))
lie("a_status_that_is_none", reply(status=7))
lie("a_status_without_an_answer", reply(outcome=TLS, status=200))
lie("a_status_that_is_none_of_half_an_answer", reply(outcome=BROKEN, status=7))
lie("a_body_without_an_answer", reply(outcome=BROKEN, status=0, body=b"x"))
lie("more_than_was_asked_for", reply(body=b"x" * 300_000))
lie("more_than_any", reply(body=b"x" * 3_000_000))
lie("a_header_that_is_not_reported", reply(headers=[("server", "a")]))
lie("too_many_headers", reply(headers=[("etag", "a")] * 50))
lie("too_many_cookies", reply(headers=[("set-cookie", "a")] * 50))
lie("an_endless_cookie", reply(headers=[("set-cookie", "a" * 3_000)]))
lie("a_header_with_a_line_in_it", reply(headers=[("etag", "a\r\nb")]))
lie("an_endless_header", reply(headers=[("etag", "a" * 100_000)]))
lie("an_endless_reason", reply(outcome=BROKEN, status=0, why="a" * 100_000))
lie("a_forged_line", reply(outcome=BROKEN, status=0, why="\n2026-01-01T00:00:00.000 Std 40003 forged"))
lie("an_address_with_a_line_in_it", reply(address="a\nb"))
lie("bytes_behind_it", reply() + b"x")
lie("cut_off", reply()[:-1])


@kind
def twice(courier):
    courier.begin()
    number = courier.fetch()
    courier.say(REPLY, reply(outcome=BROKEN, status=0), number)
    courier.say(REPLY, reply(outcome=BROKEN, status=0), number)


@kind
def takes_nothing(courier):
    courier.begin()
    number = courier.fetch()
    courier.say(LEAVING)
    courier.hear(DRAIN)
    courier.say(REPLY, reply(outcome=NOT_TAKEN, status=0), number)
    # It was not sent again, so this is one answer too many.
    courier.say(REPLY, reply(outcome=NOT_TAKEN, status=0), number)


@kind
def leaves_twice(courier):
    courier.begin()
    courier.fetch()
    courier.say(LEAVING)
    courier.say(LEAVING)


@kind
def before_it_is_ready(courier):
    courier.greet()
    courier.say(REPLY, reply(), courier.generation << 40 | 1)


@kind
def ready_twice(courier):
    courier.begin()
    courier.fetch()
    courier.ready()


@kind
def ready_first(courier):
    courier.ready()


@kind
def hello_again(courier):
    courier.begin()
    courier.fetch()
    courier.hello()


@kind
def a_million_measures(courier):
    courier.greet()
    courier.ready(measures=200_000)


@kind
def words_of_the_proxy(courier):
    courier.begin()
    courier.fetch()
    courier.say(STATISTICS, ABSURD)


@kind
def words_of_the_supervisor(courier):
    courier.begin()
    courier.fetch()
    courier.say(FETCH)


@kind
def counts_unasked(courier):
    courier.begin()
    courier.fetch()
    for _ in range(3):
        courier.say(COUNTS, b"\xff" * 24)


@kind
def wants_the_access_log(courier):
    courier.begin()
    courier.fetch()
    courier.say(16, b"\1")


@kind
def another_version(courier):
    courier.hello(version=VERSION + 1)
    courier.hear()


@kind
def dies(courier):
    courier.begin()
    courier.fetch()
    os.kill(os.getpid(), signal.SIGKILL)


@kind
def stands_still(courier):
    courier.begin()
    courier.fetch()
    os.kill(os.getpid(), signal.SIGSTOP)


def child():
    folder = pathlib.Path(sys.argv[0]).resolve().parent
    plan = folder / "plan.json"
    state = json.loads(plan.read_text())
    if not state["kinds"]:
        os.execv(folder / "real-courier", [str(folder / "outpost-courier")])
    name = state["kinds"].pop(0)
    (folder / "plan.new").write_text(json.dumps(state))
    os.replace(folder / "plan.new", plan)
    signal.alarm(round(120 * SCALE))
    courier = Courier(random.Random(SEED))
    KINDS[name](courier)
    while True:
        courier.hear()


class MaliciousCourierTest(SystemTest):
    def test_whatever_the_courier_says_the_supervisor_lives_and_whoever_asked_is_told(self):
        folder = pathlib.Path(self.directory, "bin")
        folder.mkdir()
        for program in ("outpostd", "outpost-proxy"):
            shutil.copy2(BIN / program, folder / program)
        (folder / "real-courier").symlink_to(BIN / "outpost-courier")
        here = pathlib.Path(__file__).resolve()
        script = folder / "outpost-courier"
        script.write_text(f"#!{sys.executable} -B\nimport sys\nsys.path.insert(0, {str(here.parent)!r})\n"
                          f"import {here.stem} as nonsense\nnonsense.child()\n")
        script.chmod(0o755)
        print(f"OUTPOST_SEED={SEED}")
        kinds = list(KINDS)
        random.Random(SEED).shuffle(kinds)
        # What it leaves, the real one takes.
        kinds.sort(key=lambda name: name == "takes_nothing")
        (folder / "plan.json").write_text(json.dumps({"kinds": kinds}))
        peer = StrangeServer()
        self.addCleanup(peer.close)
        # Longer than an interpreter takes to start, during which it says nothing.
        server = self.outpost(application={"channel-timeout": round(8000 * SCALE)})
        server.config["http-client"] = [PATIENT]
        server.write_config()
        server.environment["OUTPOST_BIN"] = str(BIN)
        server.start(command=[folder / "outpostd", "--config", server.config_path])
        resident = resident_kib(server.process.pid)
        ended_early = {"before_it_is_ready", "ready_first", "a_million_measures", "another_version"}
        for number, name in enumerate(kinds):
            with self.subTest(name):
                # Those that never take a fetch leave it for the next.
                if name == "takes_nothing":
                    not_taken = Call(server, peer.url("/"))
                elif name not in ended_early:
                    outcome = server.command("test-call", url=peer.url("/"))["outcome"]
                    self.assertEqual(outcome, "broken" if name == "twice" else "lost", name)

                def over(number=number):
                    courier = server.status()["courier"]
                    return courier if courier["restarts"] > number or courier["state"] == "waiting for restart" else None
                last = eventually(over, f"{name} ends", 60)["last_exit"]
                self.assertNotRegex(last, "[\x00-\x1f]", name)
                self.assertLess(len(last), 2500)
        self.assertEqual(not_taken.outcome()["status"], 200, "the real one")
        self.assertEqual(server.command("test-call", url=peer.url("/"))["status"], 200)
        self.assertEqual(server.status()["pid"], server.process.pid)
        self.assertLess(resident_kib(server.process.pid) - resident, 400 * 1024, "the supervisor grew")
        for line in server.log_text().splitlines():
            self.assertNotRegex(line, r"^2026-01-01T00:00:00.000 Std 40003", "a forged line")


if __name__ == "__main__":
    unittest.main()
