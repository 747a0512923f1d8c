"""Random requests of all kinds from eight clients at once, with kill -9 of the supervisor and of the proxy in between;
then the store and an independent model (model.py) agree row for row.

Each client has a list, agents and contacts of its own, so that the order of its own requests decides; and all share one
list, of which is held what holds in any order. An answer that was lost is never guessed: AddRecord is sent again under
its Idempotency-Key; for any other request the store is read once a later request is answered, and must show the state
before or the state after.

    OUTPOST_BIN=build/release/bin python3 tests/system/model_test.py --requests 100000 --seed 7

OUTPOST_MODEL_REQUESTS (default 6000) and OUTPOST_SEED do the same for the test. A seed repeats each client's dice and
the request counts at which is killed; how the clients' requests interleave is the machine's.
"""
import argparse
import collections
import os
import random
import re
import signal
import sys
import threading
import time
import unittest

import engines
from harness import SCALE, SystemTest, await_gone
from invariants import broken
from model_client import CLIENTS, SHARED, OneClient
from regions import catalogue

REQUESTS = int(os.environ.get("OUTPOST_MODEL_REQUESTS", "6000"))
SEED = int(os.environ.get("OUTPOST_SEED", random.randrange(2**32)))
REQUESTS_PER_KILL = 500


class Kills:
    """Counts requests; the request that reaches the next point wakes the killer."""

    def __init__(self, total, dice):
        points = sorted(dice.sample(range(50, total), max(2, total // REQUESTS_PER_KILL)) if total > 60 else [])
        self.points = collections.deque((point, "proxy" if dice.random() < 0.25 else "supervisor") for point in points)
        self.sent = 0
        self.changed = threading.Condition()

    def count(self):
        with self.changed:
            self.sent += 1
            self.changed.notify()

    def next(self, done):
        """What to kill now; None when the clients are done."""
        with self.changed:
            while not done() and not (self.points and self.sent >= self.points[0][0]):
                self.changed.wait(0.1)
            return None if done() else self.points.popleft()[1]


class Run:
    """What the clients share."""

    def __init__(self, server, requests, seed):
        self.server = server
        self.requests = requests
        self.seed = seed
        self.up = threading.Event()
        self.up.set()
        self.kills = Kills(requests, random.Random(f"{seed} kills"))
        self.failed = threading.Event()
        self.failures = []
        self.lock = threading.Lock()
        self.handles_given = set()
        self.shared_listed = set()  # acknowledged
        self.shared_maybe_listed = set()
        self.shared_added = {}
        self.shared_processed = set()
        self.counts = collections.Counter()

    def rows(self, sql, *values):
        """A read between two kills may meet a store whose writer is gone."""
        deadline = time.monotonic() + 60 * SCALE
        while True:
            try:
                return self.server.rows(sql, *values)
            except engines.READ_ERRORS:
                if time.monotonic() > deadline:
                    raise
                self.up.wait(1)
                time.sleep(0.05)

    def given(self, handle):
        with self.lock:
            assert handle not in self.handles_given, f"handle {handle} was given twice"
            self.handles_given.add(handle)


def kill_and_restart(run, what):
    server = run.server
    run.up.clear()
    if what == "proxy":
        os.kill(server.proxy_pid, signal.SIGKILL)
        server.await_proxy()
    else:
        server.kill()
        server.wait()
        await_gone(server.proxy_pid)
        server.start()
    run.counts[f"kills of the {what}"] += 1
    run.up.set()


class Model(SystemTest):
    def test_store_and_model_agree(self):
        print(f"seed {SEED}, {REQUESTS} requests", flush=True)
        server = self.outpost(application={"session-timeout": 86400}, log={"level": "interaction"}).start()
        server.apply(catalogue(CLIENTS + 1))
        run = Run(server, REQUESTS, SEED)
        clients = [OneClient(run, number) for number in range(CLIENTS)]
        started = time.monotonic()
        for client in clients:
            client.start()

        def done():
            return not any(client.is_alive() for client in clients)

        while (what := run.kills.next(done)) is not None:
            kill_and_restart(run, what)
        for client in clients:
            client.join()
        print(f"{time.monotonic() - started:.0f} s; " + ", ".join(f"{n} {what}" for what,
                                                                  n in sorted(run.counts.items())),
              flush=True)
        self.assertEqual(server.stop(), 0)
        if run.failures:
            self.fail(f"seed {SEED}\n" + "\n".join(run.failures))
        for client in clients:
            client.assert_agree()
        self.assert_shared(run)
        self.assert_invariants(server)

    def assert_shared(self, run):
        rows = run.rows("SELECT json_extract(custom, '$.NOTE'), chain_id, record_id, contact_info, record_type,"
                        " record_status, call_result, attempt, handle FROM records WHERE list_dbid=?", SHARED.list_dbid)
        self.assertEqual({(key, chain) for key, chain, *_ in rows}, set(run.shared_added.items()))
        self.assertEqual(len(rows), len(run.shared_added), "added twice")
        by_id = {row[2]: row for row in rows}
        handles = dict(run.rows("SELECT handle, record_id FROM handles WHERE list_dbid=?", SHARED.list_dbid))
        processed = [by_id[handles[handle]] for handle in run.shared_processed]
        self.assertEqual(len({row[2] for row in processed}), len(processed), "a record processed twice")
        for row in processed:
            # Once processed, a record is only changed by a later do-not-call of its contact.
            self.assertIn(row[4:8], [(2, 3, 33, 1), (7, 3, 51, 1)], row)
        listed = {value
                  for (value,) in run.rows("SELECT value FROM do_not_call WHERE kind=0 AND value LIKE '+shared-%'")}
        self.assertLessEqual(run.shared_listed, listed, "acknowledged, but not there")
        self.assertLessEqual(listed, run.shared_maybe_listed, "there, but never sent")

    def assert_invariants(self, server):
        self.assertEqual(broken(server.store), [])
        # No entries but those of the clients and of the shared list.
        whose = re.compile(r"[+c][0-7]-|\+shared-")
        self.assertEqual([value for (value,) in server.rows("SELECT value FROM do_not_call") if not whose.match(value)],
                         [])


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Random requests against a model, with kills.", add_help=True)
    parser.add_argument("--requests", type=int, default=REQUESTS)
    parser.add_argument("--seed", type=int, default=SEED)
    known, rest = parser.parse_known_args()
    REQUESTS, SEED = known.requests, known.seed
    unittest.main(argv=[sys.argv[0], *rest])
