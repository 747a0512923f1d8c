"""AddRecord and preview over PostgreSQL beside SQLite, in one run. The server is one of our own, in a directory of its own,
with every commit on the disk before it is confirmed, and reached by TCP; with --latency over a link of that round trip."""

import argparse
import contextlib
import pathlib
import random
import subprocess
import sys

from load import Client, LoadError
from machine import children, cpu_us, prepare, scratch
from outpost import Outbound, add_records, previews
from report import cpu_ratio, median, print_goal, print_rates, rate_ratio

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "support"))
from postgres_server import PASSWORD, USER, PostgresServer, bin_directory, copy, run, template  # noqa: E402

# As PostgreSQL comes; the tests' own are smaller, and not on the disk.
SETTINGS = {"fsync": "on", "full_page_writes": "on", "synchronous_commit": "on", "shared_buffers": "128MB",
            "min_wal_size": "80MB", "max_wal_size": "1GB"}
LEAST_RATE, MOST_CPU = 0.5, 1.3  # to SQLite, with no latency
LEAST_BY_KIND = {"AddRecord": 1500, "preview": 800}  # a second, over a link of LINK_MS
LINK_MS = 20


@contextlib.contextmanager
def database():
    """A server with segments of the log as large as PostgreSQL makes them; those of the tests are small."""
    server = PostgresServer(SETTINGS)
    try:
        copy(template(), server.data)
        run(bin_directory() / "pg_resetwal", "--wal-segsize=16", server.data)
        server.start()
        server.create_database("bench")
        yield server
    finally:
        server.close()


@contextlib.contextmanager
def link(port, latency_ms):
    """The port by which the server is reached."""
    if not latency_ms:
        yield port
        return
    relay = subprocess.Popen([sys.executable, "-B", HERE / "relay.py", str(port), str(latency_ms)], stdin=subprocess.PIPE,
                             stdout=subprocess.PIPE, text=True)
    try:
        yield int(relay.stdout.readline())
    finally:
        relay.stdin.close()
        relay.wait()
        relay.stdout.close()


def measure(directory, options, store=None):
    """Rounds of each kind, and how often the role changed after the start."""
    more = {"store": {"url": store}, "redundancy": {"enabled": True, "name": "bench"}} if store else {}
    dice = random.Random(2)
    rounds = []
    with Outbound(directory, options.bin, options.log_level, **more) as server:
        client = Client(directory)
        server.fill(options.requests * (options.rounds + 1))
        for _ in range(options.rounds + 1):
            rounds.append({kind: client.send(server, requests, options.connections, seconds=options.seconds)[0]
                           for kind, requests in (("AddRecord", add_records(options.requests, dice)),
                                                  ("preview", previews(options.requests)))})
        changes = [change for change in server.status().get("transitions", []) if change["from"] == "primary"]
    return rounds[1:], len(changes)  # caches fill in the first


def server_cpu(server):
    return sum(cpu_us(pid) for pid in [server.process.pid, *children(server.process.pid)])


def measure_postgres(options):
    with scratch() as directory, database() as server, link(server.port, options.latency) as port:
        rounds, changes = measure(directory, options, f"postgresql://{USER}:{PASSWORD}@127.0.0.1:{port}/bench")
        spent = server_cpu(server)
    print(f"PostgreSQL itself used {spent / 1e6:.1f} s of CPU for all, import and warm-up included.")
    return rounds, changes


def print_goals(sqlite, postgres, changes, options):
    print()
    for kind in sqlite[0]:
        ours, other = [one[kind] for one in postgres], [one[kind] for one in sqlite]
        least, most = (LEAST_RATE, MOST_CPU) if kind == "AddRecord" and not options.latency else (None, None)
        print_goal(f"{kind}: rate on PostgreSQL to that on SQLite", rate_ratio(ours, other), at_least=least)
        print_goal(f"{kind}: our own CPU on PostgreSQL to that on SQLite", cpu_ratio(ours, other), at_most=most)
        if options.latency:
            goal = LEAST_BY_KIND[kind] if options.latency >= LINK_MS else None
            print_goal(f"{kind}: rate over a link of {options.latency:g} ms", median(one["rate"] for one in ours), "/s",
                       at_least=goal)
    print_goal("times that the lease (3 s) was lost", changes, at_most=0)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bin", type=pathlib.Path, required=True)
    parser.add_argument("--latency", type=float, default=0, metavar="MS", help="round trip to PostgreSQL")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--requests", type=int, default=20_000, help="of each kind in a round, at most")
    parser.add_argument("--seconds", type=int, default=10, help="after which no more of a kind are sent in a round")
    parser.add_argument("--connections", type=int, default=64)
    parser.add_argument("--log-level", default="interaction")
    options = parser.parse_args()
    prepare()
    try:
        with scratch() as directory:
            sqlite, _ = measure(directory, options)
        postgres, changes = measure_postgres(options)
    except (LoadError, RuntimeError) as error:
        sys.exit(f"bench: {error}")
    print_rates({f"{kind}, {engine}": [one[kind] for one in rounds] for engine, rounds in (
        ("SQLite", sqlite), ("PostgreSQL", postgres)) for kind in rounds[0]})
    print_goals(sqlite, postgres, changes, options)


if __name__ == "__main__":
    main()
