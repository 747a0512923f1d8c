"""Import and export rates, and whether memory stays flat: resident memory of both processes at each tenth of a million
AddRecords."""

import argparse
import pathlib
import random
import sys
import time

from load import Client, LoadError
from machine import prepare, resident_kib, resident_text, scratch
from outpost import LIST, Outbound, add_records, write_csv
from report import print_goal

STEPS = 10
FLAT = 1.1  # memory at the end to that after the first tenth, when caches are warm; as in tests/soak


def timed(action):
    begin = time.monotonic()
    action()
    return time.monotonic() - begin


def import_and_export(server, records):
    path = server.directory / "records.csv"
    write_csv(path, records)
    seconds = timed(lambda: server.ctl("import", LIST, str(path)))
    print_goal(f"import of {records} records", records / seconds, "records/s")
    seconds = timed(lambda: server.ctl("export", LIST, "--output", str(path)))
    print_goal("export of them", records / seconds, "records/s")


def grow(server, client, options):
    dice = random.Random(2)
    samples = []
    print(f"\nresident at the start: {resident_text(server.pids)}")
    for step in range(1, STEPS + 1):
        client.send(server, add_records(options.requests // STEPS, dice), options.connections)
        samples.append({name: resident_kib(pid) for name, pid in server.pids.items()})
        print(f"after {options.requests // STEPS * step:8} AddRecords: {resident_text(server.pids)}", flush=True)
    for name in server.pids:
        print_goal(f"memory of the {name} to that after a tenth", samples[-1][name] / samples[0][name], at_most=FLAT)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bin", type=pathlib.Path, required=True)
    parser.add_argument("--records", type=int, default=200_000, help="for import and export")
    parser.add_argument("--requests", type=int, default=1_000_000)
    parser.add_argument("--connections", type=int, default=64)
    parser.add_argument("--log-level", default="interaction")
    options = parser.parse_args()
    prepare()
    try:
        with scratch() as directory, Outbound(directory, options.bin, options.log_level) as server:
            import_and_export(server, options.records)
            grow(server, Client(directory), options)
    except (LoadError, RuntimeError) as error:
        sys.exit(f"bench: {error}")


if __name__ == "__main__":
    main()
