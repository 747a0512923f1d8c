"""Clients that use a pair of supervisors and write down what they did (history.py says how).

Each operation goes on under one Idempotency-Key until it is answered for good or the run ends, as a careful client would
do: a connection that was refused, or that ended without an answer, an answer 5xx and silence are tried again, at the next
address when there are several.
"""

import json
import random
import socket
import threading
import time

RETRY_PAUSE_S = 0.01
CONNECT_S = 0.5  # to another address, perhaps, is the better use of the time
FAR = f"01/01/{time.gmtime().tm_year + 10} 00:00"
# Which supervisor answered: one of the headers that a configuration may set, so no interface is needed for the tests.
SERVED_BY = "x-content-type-options"
# What a client does next, by weight. What needs a handle or a record of its own, and has none, becomes an add.
MIX = {"add": 10, "later": 2, "preview": 5, "processed": 4, "reschedule": 2, "dnc": 2, "cancel": 2}


class Failed(Exception):
    """How an attempt ended without an answer: one of history.FAILURES."""


class Connection:
    """One kept HTTP connection, over which one request goes at a time."""

    def __init__(self, timeout):
        self.timeout = timeout
        self.peer = None
        self.address = None

    def exchange(self, address, target, body, key):
        """Status, headers in lower case, body. Failed says what else happened; then the next one begins afresh."""
        began = b""
        fresh = self.peer is None or self.address != address
        try:
            if fresh:
                self.open(address)
            head = (f"POST {target} HTTP/1.1\r\nHost: pair\r\nIdempotency-Key: {key}\r\n"
                    f"Content-Length: {len(body)}\r\n\r\n")
            self.peer.sendall(head.encode() + body)
            while b"\r\n\r\n" not in began:
                began += self.more()
            head, _, rest = began.partition(b"\r\n\r\n")
            first, *lines = head.decode("latin-1").split("\r\n")
            headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
            while len(rest) < int(headers.get("content-length", 0)):
                rest += self.more()
        except TimeoutError:
            self.close()
            raise Failed("timeout") from None
        except OSError:
            self.close()
            raise Failed("broken" if began else "dropped" if fresh else "reset") from None
        if headers.get("connection", "").lower() == "close":
            self.close()
        return int(first.split()[1]), headers, rest

    def open(self, address):
        self.close()
        try:
            self.peer = socket.create_connection(address, timeout=min(self.timeout, CONNECT_S))
            self.peer.settimeout(self.timeout)
        except OSError:  # nothing was sent, whatever it is: refused, unreachable, no answer
            raise Failed("refused") from None
        self.peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.address = address

    def more(self):
        data = self.peer.recv(65536)
        if not data:
            raise ConnectionResetError
        return data

    def close(self):
        if self.peer:
            self.peer.close()
        self.peer = None


class Load:
    """The clients of one run. `addresses` are tried in turn; `enter` is called first in each client's thread."""

    def __init__(self, addresses, path, seed, clients=8, rate=25, timeout=5, enter=None):
        self.addresses = addresses
        self.file = open(path, "w", encoding="utf-8")
        self.seed = seed
        self.rate = rate
        self.timeout = timeout
        self.enter = enter
        self.stopping = threading.Event()
        self.changed = threading.Condition()
        self.answers = []  # of each good answer: when it came, which supervisor gave it, when it was asked for
        self.outcomes = []  # (time, outcome) of each attempt
        self.unexpected = []
        self.threads = [threading.Thread(target=self.guarded, args=(number,)) for number in range(clients)]

    def start(self):
        for thread in self.threads:
            thread.start()
        return self

    def stop(self):
        self.stopping.set()
        for thread in self.threads:
            thread.join()
        with self.changed:
            self.file.close()

    def note(self, **entry):
        """A line of the history."""
        with self.changed:
            if not self.file.closed:
                self.file.write(json.dumps(entry) + "\n")

    def await_answers(self, count=20, by=None, since=None, seconds=60):
        """Waits for `count` good answers to requests sent from now (or `since`) on; returns when the first of them came."""
        since = time.monotonic() if since is None else since
        deadline = time.monotonic() + seconds
        with self.changed:
            while True:
                found = sorted(when for when, who, sent in recent(self.answers, since) if sent >= since and by in (None, who))
                if len(found) >= count:
                    return found[0]
                left = deadline - time.monotonic()
                if left <= 0:
                    raise AssertionError(f"{len(found)} good answers{f' by {by}' if by else ''} in {seconds:.0f} s")
                self.changed.wait(min(left, 1))

    def longest_silence(self, begin, end):
        """The longest time without a good answer: what the clients see of a switch."""
        with self.changed:
            times = sorted(when for when, *_ in recent(self.answers, begin) if begin <= when <= end)
        return max((b - a for a, b in zip([begin, *times], times)), default=end - begin)

    def count(self, since=0.0):
        counts = {}
        with self.changed:
            for when, outcome in self.outcomes:
                if when >= since:
                    counts[outcome] = counts.get(outcome, 0) + 1
        return counts

    def guarded(self, number):
        try:
            if self.enter:
                self.enter()
            Client(self, number).run()
        except Exception as error:  # the run fails, not only this thread
            self.complain(f"client {number} ended: {error!r}")
            raise

    def complain(self, text):
        with self.changed:
            self.unexpected.append(text)


def recent(entries, moment):
    """Those since then, and a few older ones: entries are in order but for the few that threads held back."""
    first = len(entries)
    while first > 0 and entries[first - 1][0] >= moment - 1:
        first -= 1
    return entries[first:]


class Client:
    def __init__(self, load, number, addresses=None):
        self.load = load
        self.addresses = addresses or load.addresses
        self.number = number
        self.dice = random.Random(f"{load.seed} {number}")
        self.connection = Connection(load.timeout)
        self.turn = number
        self.serial = 0
        self.handles = []
        self.cancellable = []

    def run(self):
        while not self.load.stopping.wait(self.dice.expovariate(self.load.rate)):
            self.serial += 1
            kind = self.dice.choices(list(MIX), MIX.values())[0]
            key = f"{self.load.seed}-{self.number}-{self.serial}"
            if kind == "later":
                self.add(key, later=True)
            else:
                getattr(self, kind)(key)
        self.connection.close()

    # --- Operations --------------------------------------------------------------------------------------------------

    def add(self, key, later=False):
        phone = f"+{'9' if later else '1'}{self.number:03}{self.serial:06}"
        body = {"GSW_PHONE": phone, "GSW_TZ_NAME": "GMT", "GSW_CAMPAIGN_NAME": "Spring", "SEQ": key}
        if later:
            body |= {"GSW_RECORD_TYPE": 6, "GSW_DATE_TIME": FAR}
        answer = self.perform({"op": "add", "key": key, "seq": key, "phone": phone},
                              "/lists/Spring_2024?req=AddRecord", body, chain="GSW_CHAIN_ID")
        if answer and later:
            self.cancellable.append(phone)

    def preview(self, key):
        agent = f"agent-{self.number}-{self.serial}"
        answer = self.perform({"op": "preview", "key": key, "agent": agent},
                              "/campaigngroups/201?req=PreviewRecordRequest", {"GSW_AGENT_ID": agent},
                              handle="GSW_RECORD_HANDLE", chain="GSW_CHAIN_ID")
        if answer and answer["handle"] is not None:
            self.handles.append(answer["handle"])

    def processed(self, key):
        if not self.handles:
            return self.add(key)
        handle = self.taken(self.handles)
        return self.perform({"op": "processed", "key": key, "handle": handle},
                            f"/records/{handle}?req=RecordProcessed", {"GSW_CALL_RESULT": 33})

    def reschedule(self, key):
        if not self.handles:
            return self.add(key)
        handle = self.taken(self.handles)
        return self.perform({"op": "reschedule", "key": key, "handle": handle},
                            f"/records/{handle}?req=RecordReschedule", {"GSW_DATE_TIME": FAR})

    def dnc(self, key):
        phone = f"+8{self.number:03}{self.serial:06}"
        return self.perform({"op": "dnc", "key": key, "phone": phone}, f"/phones/{phone}?req=DoNotCall", {})

    def cancel(self, key):
        if not self.cancellable:
            return self.add(key)
        phone = self.taken(self.cancellable)
        return self.perform({"op": "cancel", "key": key, "phone": phone},
                            f"/phones/{phone}?req=RequestRecordCancel", {})

    def taken(self, things):
        return things.pop(self.dice.randrange(len(things)))

    # --- Until it is answered ----------------------------------------------------------------------------------------

    def perform(self, operation, target, body, **wanted):
        """Returns the wanted attributes of the answer, or nothing when the run ended first."""
        operation["attempts"] = []
        data = json.dumps(body).encode()
        while True:
            status, answer = self.attempt(operation, target, data)
            if status == 200:
                operation["answer"] = {name: answer.get(key) for name, key in wanted.items()}
                break
            if status is not None and 400 <= status < 500 and status != 429:
                self.load.complain(f"{operation['op']} {operation['key']} was answered {status}: {answer}, "
                                   f"attempts {operation['attempts'][-3:]}")
                break
            if self.load.stopping.wait(RETRY_PAUSE_S):
                break
        self.load.note(**operation)
        return operation.get("answer")

    def once(self, key):
        """An add that is not repeated. Returns its outcome."""
        operation = {"op": "add", "key": key, "seq": key, "phone": f"+7{self.number:03}{self.dice.randrange(10**6):06}",
                     "attempts": []}
        body = {"GSW_PHONE": operation["phone"], "GSW_TZ_NAME": "GMT", "GSW_CAMPAIGN_NAME": "Spring", "SEQ": key}
        status, answer = self.attempt(operation, "/lists/Spring_2024?req=AddRecord", json.dumps(body).encode())
        if status == 200:
            operation["answer"] = {"chain": answer["GSW_CHAIN_ID"]}
        self.connection.close()
        self.load.note(**operation)
        return operation["attempts"][-1]["outcome"]

    def attempt(self, operation, target, data):
        sent = time.monotonic()
        status, answer, by = None, None, None
        try:
            status, headers, answer = self.connection.exchange(self.addresses[self.turn % len(self.addresses)], target,
                                                               data, operation["key"])
            answer = json.loads(answer)
            by = headers.get(SERVED_BY)
            outcome = str(status)
        except Failed as failure:
            outcome = str(failure)
        if status is None or status >= 500:
            self.turn += 1
        done = time.monotonic()
        operation["attempts"].append({"sent": sent, "done": done, "outcome": outcome, "by": by})
        with self.load.changed:
            self.load.outcomes.append((done, outcome))
            if status == 200:
                self.load.answers.append((done, by, sent))
                self.load.changed.notify_all()
        return status, answer
