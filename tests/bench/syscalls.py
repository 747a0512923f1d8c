"""Allocations and system calls a request of each process, for AddRecords and for previews. Counted in runs of their own,
which are slower than others; requests in a batch, and so the calls a request, are a little different there."""

import argparse
import contextlib
import pathlib
import random
import re
import shutil
import signal
import struct
import subprocess
import sys
import time

from load import Client, LoadError
from machine import prepare, scratch
from outpost import Outbound, add_records, previews
from report import print_goal

HERE = pathlib.Path(__file__).resolve().parent
PROGRAMS = {"proxy": "outpost-proxy", "supervisor": "outpostd"}
MOST_ALLOCATIONS = 10  # of both processes together
SHOWN = 0.005  # calls a request; what is rarer is only in the sum


class Allocations:
    """Counts of a server that was started with `environment`."""

    def __init__(self, directory):
        self.directory = directory / "allocations"
        self.directory.mkdir()
        library = directory / "count_allocations.so"
        subprocess.run(["cc", "-O2", "-fno-builtin", "-shared", "-fPIC", "-o", library, HERE / "count_allocations.c"],
                       check=True)
        self.environment = {"LD_PRELOAD": str(library), "OUTPOST_ALLOCATIONS": str(self.directory)}

    def read(self):
        """Calls so far by process; both programs have run when the server serves."""
        absent = [program for program in PROGRAMS.values() if not (self.directory / program).exists()]
        if absent:
            raise RuntimeError(f"{' and '.join(absent)} did not load the counter of allocations")
        return {name: struct.unpack("=Q", (self.directory / program).read_bytes())[0] for name, program in PROGRAMS.items()}


def kinds(options, dice):
    return {"AddRecord": add_records(options.requests, dice), "preview": previews(options.requests)}


def warm_up(server, client, options, dice):
    server.fill(options.requests * 2)
    for requests in kinds(options, dice).values():
        client.send(server, requests[:options.requests // 2], options.connections)


def count_allocations(options):
    dice = random.Random(2)
    with scratch() as directory:
        counter = Allocations(directory)
        with Outbound(directory, options.bin, options.log_level, environment=counter.environment) as server:
            client = Client(directory)
            warm_up(server, client, options, dice)
            for kind, requests in kinds(options, dice).items():
                before = counter.read()
                client.send(server, requests, options.connections)
                each = {name: (value - before[name]) / len(requests) for name, value in counter.read().items()}
                parts = ", ".join(f"{name} {value:.1f}" for name, value in each.items())
                print(f"allocations a {kind}: {parts}")
                print_goal("both together", sum(each.values()), at_most=MOST_ALLOCATIONS)


@contextlib.contextmanager
def traced(pid, output):
    """strace's summary of a process and its threads, from the moment when it is attached."""
    tracer = subprocess.Popen(["strace", "-c", "-f", "-p", str(pid), "-o", output], stderr=subprocess.DEVNULL)
    try:
        while tracer.poll() is None and is_untraced(pid):
            time.sleep(0.01)
        yield
    finally:
        tracer.send_signal(signal.SIGINT)
        tracer.wait()


def is_untraced(pid):
    return any(re.search(r"^TracerPid:\s+0$", (task / "status").read_text(), re.M)
               for task in pathlib.Path(f"/proc/{pid}/task").iterdir())


def read_summary(path):
    """Calls by name; the column of errors is empty where there were none."""
    found = re.findall(r"^ *[\d.]+ +[\d.]+ +\d+ +(\d+) +(?:\d+ +)?(\w+)$", path.read_text(), re.M)
    return {name: int(calls) for calls, name in found if name != "total"}


def count_system_calls(options):
    dice = random.Random(3)
    with scratch() as directory, Outbound(directory, options.bin, options.log_level) as server:
        client = Client(directory)
        warm_up(server, client, options, dice)
        for kind, requests in kinds(options, dice).items():
            summaries = {name: directory / f"{kind}-{name}" for name in server.pids}
            with contextlib.ExitStack() as stack:
                for name, pid in server.pids.items():
                    stack.enter_context(traced(pid, summaries[name]))
                client.send(server, requests, options.connections)
            print_system_calls(kind, {name: read_summary(path) for name, path in summaries.items()}, len(requests))


def print_system_calls(kind, calls, requests):
    print(f"system calls a {kind}:")
    for name, counts in calls.items():
        rows = sorted(counts.items(), key=lambda row: -row[1])
        shown = ", ".join(f"{call} {count / requests:.2f}" for call, count in rows if count / requests >= SHOWN)
        print(f"  {name:11} {sum(counts.values()) / requests:5.2f}   ({shown})")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bin", type=pathlib.Path, required=True)
    parser.add_argument("--requests", type=int, default=20_000, help="of each kind")
    parser.add_argument("--connections", type=int, default=64)
    parser.add_argument("--log-level", default="interaction")
    options = parser.parse_args()
    prepare()
    try:
        count_allocations(options)
        if shutil.which("strace"):
            count_system_calls(options)
        else:
            print("System calls are left out: strace is not installed.")
    except (LoadError, RuntimeError) as error:
        sys.exit(f"bench: {error}")


if __name__ == "__main__":
    main()
