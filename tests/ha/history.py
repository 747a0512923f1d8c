"""What clients did and were told, and whether the store and the epochs of the lease agree with it.

A history is a file of JSON lines. An operation:
    {"op": "add", "key": ..., "attempts": [{"sent": s, "done": s, "outcome": "200", "by": "a"}, ...], "answer": {...}, ...}
Times are seconds of one monotonic clock. An outcome is an HTTP status, or how the attempt ended without one (FAILURES).
`by` is the supervisor whose proxy answered. `answer` is there when an attempt was acknowledged. All attempts of an
operation carry the same Idempotency-Key, so together they may have one effect at most.
    {"op": "epoch", "epoch": 7, "holder": "b", "seen": s}
is the first sight of a lease by somebody who reads the store all the time.

The checker knows the rules of the interface and nothing of the programs: it reads what they stored.
"""

import collections
import dataclasses
import heapq
import json

# How an attempt ends without an answer. Only the first is sure to have had no effect.
FAILURES = {
    "refused": "no connection",
    "reset": "a kept connection ended without a byte, as an idle one may at any time",
    "dropped": "a new connection ended without a byte",
    "broken": "the connection ended within the answer",
    "timeout": "no answer in time",
}

READY, RETRIEVED, UPDATED, CANCELLED = 1, 2, 3, 5
GENERAL, CAMPAIGN_CALLBACK = 2, 6
CANCELLED_RESULT = 52
CLOSINGS = {"processed": "RecordProcessed", "reschedule": "RecordReschedule"}


@dataclasses.dataclass
class Stored:
    """The store at the end, as rows."""

    records: list  # dict: record_id, chain_id, seq, phone, status, type, result, attempt, handle
    handles: list  # dict: handle, record_id, agent, closed_by
    do_not_call: list  # phones
    epoch: int = 0


def read_stored(rows):
    """`rows` runs a query on the store."""
    names = ("record_id", "chain_id", "seq", "phone", "status", "type", "result", "attempt", "handle")
    records = rows("SELECT record_id, chain_id, json_extract(custom, '$.SEQ'), contact_info, record_status, record_type,"
                   " call_result, attempt, handle FROM records")
    handles = rows("SELECT handle, record_id, agent_id, closed_by FROM handles")
    return Stored([dict(zip(names, row)) for row in records],
                  [dict(zip(("handle", "record_id", "agent", "closed_by"), row)) for row in handles],
                  [value for (value,) in rows("SELECT value FROM do_not_call WHERE kind=0")],
                  rows("SELECT epoch FROM lease")[0][0])


def load(path):
    with open(path, encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def acknowledged(operation):
    return "answer" in operation


def may_have_happened(operation):
    return any(attempt["outcome"] != "refused" for attempt in operation["attempts"])


class Check:
    """Each rule is a method that notes what broke it; `violations` is empty when all hold."""

    def __init__(self, history, stored):
        self.violations = []
        self.operations = collections.defaultdict(list)
        self.epochs = []
        for entry in history:
            if entry["op"] == "epoch":
                self.epochs.append(entry)
            else:
                self.operations[entry["op"]].append(entry)
        self.stored = stored
        self.by_seq = grouped(stored.records, "seq")
        self.by_phone = grouped(stored.records, "phone")
        self.by_record = {row["record_id"]: row for row in stored.records}
        self.by_handle = {row["handle"]: row for row in stored.handles}
        self.by_agent = grouped(stored.handles, "agent")

    def run(self):
        self.keys()
        self.adds()
        self.previews()
        self.closings()
        self.entries()
        self.cancels()
        self.holders()
        self.stale_writes()
        return self.violations

    def wrong(self, what, *about):
        self.violations.append(f"{what}: " + ", ".join(str(thing) for thing in about))

    def keys(self):
        every = [operation["key"] for kind in self.operations.values() for operation in kind]
        for key in repeated(every):
            self.wrong("the history itself is wrong, a key stands for two operations", key)

    # --- Effects -----------------------------------------------------------------------------------------------------

    def adds(self):
        sent = set()
        for add in self.operations["add"]:
            sent.add(add["seq"])
            found = self.by_seq.get(add["seq"], [])
            if len(found) > 1:
                self.wrong("a record is there twice", add["key"], found)
            if acknowledged(add) and not found:
                self.wrong("an acknowledged record is lost", add["key"])
            if found and not may_have_happened(add):
                self.wrong("a record of a request that was never sent", add["key"])
            if acknowledged(add) and found and add["answer"]["chain"] != found[0]["chain_id"]:
                self.wrong("a record has another chain than was answered", add["key"], add["answer"], found[0])
        for seq in self.by_seq.keys() - sent:
            self.wrong("a record that nobody sent", seq)

    def previews(self):
        """Nobody gives a record back in these runs, so each is handed out once."""
        given, records = [], []
        for preview in self.operations["preview"]:
            opened = self.by_agent.get(preview["agent"], [])
            if len(opened) > 1:
                self.wrong("one preview opened two handles", preview["key"], opened)
            if opened and not may_have_happened(preview):
                self.wrong("a handle of a preview that was never sent", preview["key"], opened)
            if not acknowledged(preview) or preview["answer"].get("handle") is None:
                continue
            handle, chain = preview["answer"]["handle"], preview["answer"]["chain"]
            given.append(handle)
            records.append(chain)
            row = self.by_handle.get(handle)
            if row is None:
                self.wrong("a handle that was given out is lost", preview["key"], handle)
            elif row["agent"] != preview["agent"] or self.by_record[row["record_id"]]["chain_id"] != chain:
                self.wrong("a handle is another's than was answered", preview["key"], preview["answer"], row)
        for handle in repeated(given):
            self.wrong("a handle was given out twice", handle)
        for chain in repeated(records):
            self.wrong("a record was handed to two holders", f"chain {chain}")
        for record in repeated(row["record_id"] for row in self.stored.handles):
            self.wrong("two handles were opened on a record", f"record {record}")

    def closings(self):
        meant = collections.defaultdict(list)
        for op in CLOSINGS:
            for closing in self.operations[op]:
                meant[closing["handle"]].append(closing)
        for handle, closings in meant.items():
            row = self.by_handle.get(handle)
            if row is None:
                continue  # previews() has said so
            for closing in closings:
                self.closing(closing, row)
        for row in self.stored.handles:
            self.closed_row(row, meant.get(row["handle"], []))

    def closing(self, closing, row):
        if not acknowledged(closing):
            return
        record = self.by_record[row["record_id"]]
        if row["closed_by"] != CLOSINGS[closing["op"]]:
            self.wrong("an acknowledged end of a handle is lost", closing["key"], row)
        elif (record["status"], record["type"], record["attempt"]) != (
                (UPDATED, GENERAL, 1) if closing["op"] == "processed" else (READY, CAMPAIGN_CALLBACK, 1)):
            self.wrong("a record is not as its handle's end left it", closing["key"], record)

    def closed_row(self, row, closings):
        record = self.by_record.get(row["record_id"])
        if record is None:
            self.wrong("a handle without its record", row)
        elif row["closed_by"] == "":
            if (record["status"], record["handle"], record["attempt"]) != (RETRIEVED, row["handle"], 0):
                self.wrong("an open handle whose record is not retrieved", row, record)
        elif not any(CLOSINGS[c["op"]] == row["closed_by"] and may_have_happened(c) for c in closings):
            self.wrong("a handle was ended by a request that nobody sent", row)

    def entries(self):
        there = collections.Counter(self.stored.do_not_call)
        sent = set()
        for entry in self.operations["dnc"]:
            if may_have_happened(entry):
                sent.add(entry["phone"])
            if acknowledged(entry) and there[entry["phone"]] != 1:
                self.wrong("an acknowledged do-not-call entry is not there once", entry["key"], there[entry["phone"]])
        for phone in there.keys() - sent:
            self.wrong("a do-not-call entry that nobody sent", phone)

    def cancels(self):
        meant = {cancel["phone"]: cancel for cancel in self.operations["cancel"]}
        for phone, cancel in meant.items():
            row, = self.by_phone.get(phone, [None])[:1]
            if acknowledged(cancel) and (row is None or (row["status"], row["result"]) != (CANCELLED, CANCELLED_RESULT)):
                self.wrong("an acknowledged cancel is lost", cancel["key"], row)
        for row in self.stored.records:
            if row["status"] == CANCELLED and not (row["phone"] in meant and may_have_happened(meant[row["phone"]])):
                self.wrong("a record was cancelled by nobody", row)

    # --- Epochs ------------------------------------------------------------------------------------------------------

    def holders(self):
        """An epoch has one holder, and epochs only rise."""
        seen = {}
        for entry in self.epochs:
            if seen.setdefault(entry["epoch"], entry["holder"]) != entry["holder"]:
                self.wrong("an epoch has two holders", entry["epoch"], seen[entry["epoch"]], entry["holder"])
        order = [entry["epoch"] for entry in sorted(self.epochs, key=lambda entry: entry["seen"])]
        if order != sorted(order):
            self.wrong("the epoch fell", order)
        if order and self.stored.epoch < order[-1]:
            self.wrong("the epoch fell", order[-1], self.stored.epoch)

    def stale_writes(self):
        """Each write that was acknowledged by the only attempt that got through happened in one epoch of the supervisor
        that answered, and writes that followed one another happened in epochs that did not fall. The lowest epoch that
        fits is taken, which leaves the most room to the later ones; none that fits is a write by a supervisor that had
        lost the lease.
        """
        if not self.epochs:
            return
        holder = {entry["epoch"]: entry["holder"] for entry in self.epochs}
        last = max([self.stored.epoch, *holder])
        writes = sorted(((attempt, write["key"]) for kind in self.operations.values() for write in kind
                         if (attempt := first_write(write))), key=lambda write: write[0]["sent"])
        sights = sorted((entry["seen"], entry["epoch"]) for entry in self.epochs)
        ended, least, at = [], 0, 0
        for attempt, key in writes:
            while ended and ended[0][0] < attempt["sent"]:
                least = max(least, heapq.heappop(ended)[1])
            while at < len(sights) and sights[at][0] < attempt["sent"]:
                least = max(least, sights[at][1])
                at += 1
            # An epoch that nobody saw may have been anybody's.
            epoch = next((e for e in range(least, last + 1) if holder.get(e, attempt["by"]) == attempt["by"]), None)
            if epoch is None:
                self.wrong("a write by a supervisor that had lost the lease", key, attempt,
                           f"epoch {least} had begun")
                continue
            heapq.heappush(ended, (attempt["done"], epoch))


def first_write(operation):
    """The attempt that wrote, where no other may have: a repeated one may have been applied earlier, elsewhere."""
    attempts = [attempt for attempt in operation["attempts"] if attempt["outcome"] != "refused"]
    wrote = acknowledged(operation) and operation["answer"].get("handle", 0) is not None
    return attempts[0] if wrote and len(attempts) == 1 and attempts[0].get("by") is not None else None


def grouped(rows, key):
    groups = collections.defaultdict(list)
    for row in rows:
        groups[row[key]].append(row)
    return groups


def repeated(values):
    return [value for value, n in collections.Counter(values).items() if n > 1]


def check(history, stored):
    """What is wrong, as sentences."""
    return Check(history, stored).run()


def summary(history):
    """How the attempts ended: outcome -> how often."""
    return collections.Counter(attempt["outcome"] for entry in history for attempt in entry.get("attempts", ()))
