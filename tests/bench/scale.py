"""CPU time per AddRecord, preview and RecordProcessed as the store grows: the same requests against stores of different
sizes, on disk, made by outpostctl import. The ratio to the smallest store is what counts.

Standard library only."""

import argparse
import concurrent.futures
import json
import pathlib
import random
import socket
import statistics
import sys

from machine import CpuMeter, resident_kib, scratch
from outpost import Outbound, phone, post
from report import print_goal

CLIENTS = 8
DEPTH = 16  # requests of one client that are on their way at once
MOST = 1.2
CATALOGUE = {
    "tenants": [{"dbid": 1, "name": "Resources"}],
    "calling-lists": [{"dbid": 301, "name": "Scale", "daily-from": 0, "daily-till": 86400, "custom-fields": ["STATE"]}],
    "campaigns": [{"dbid": 101, "name": "Scale", "lists": [{"list": "Scale"}]}],
    "campaign-groups": [{"dbid": 201, "name": "Scale", "campaign": "Scale", "state": "Running", "mode": "Preview"}],
}


def one_client(port, requests):
    """Sends all, DEPTH at a time; returns the bodies."""
    bodies = []
    with socket.create_connection(("127.0.0.1", port)) as peer, peer.makefile("rb") as stream:
        for at in range(0, len(requests), DEPTH):
            batch = requests[at:at + DEPTH]
            peer.sendall(b"".join(batch))
            for _ in batch:
                status = stream.readline()
                length = 0
                while (line := stream.readline()) not in (b"\r\n", b""):
                    if line.lower().startswith(b"content-length:"):
                        length = int(line.split(b":")[1])
                body = stream.read(length)
                if not status.startswith(b"HTTP/1.1 200 "):
                    sys.exit(f"not answered with success: {status!r} {body!r}")
                bodies.append(json.loads(body))
    return bodies


def run(server, requests):
    """All requests through CLIENTS connections: CPU microseconds per request of each process, and the answers."""
    meter = CpuMeter(server.pids)
    with concurrent.futures.ThreadPoolExecutor(CLIENTS) as pool:
        parts = list(pool.map(lambda part: one_client(server.port, part), [requests[i::CLIENTS] for i in range(CLIENTS)]))
    cost = meter.us_each(len(requests))
    return cost, [answer for part in parts for answer in part]


def one_round(server, options, dice):
    """CPU microseconds of each process for each kind of request."""
    adds = [post("/lists/Scale?req=AddRecord", {"GSW_PHONE": phone(dice), "GSW_TZ_NAME": "GMT", "STATE": "CA"})
            for _ in range(options.requests)]
    previews = [post("/campaigngroups/201?req=PreviewRecordRequest", {})] * options.requests
    added, _ = run(server, adds)
    previewed, answers = run(server, previews)
    finals = [post(f"/records/{answer['GSW_RECORD_HANDLE']}?req=RecordProcessed", {"GSW_CALL_RESULT": 33})
              for answer in answers]
    processed, _ = run(server, finals)
    return {"AddRecord": added, "preview": previewed, "RecordProcessed": processed}


def measure(options, size, directory):
    """Medians of the rounds, and MiB of the store and of the supervisor."""
    catalogue = directory / "catalogue.json"
    catalogue.write_text(json.dumps(CATALOGUE))
    dice = random.Random(options.seed + 1)  # other numbers than those of the import
    with Outbound(directory, options.bin, options.log_level, catalogue) as server:
        server.fill(size, "Scale", options.seed)
        # Caches fill in the first round.
        rounds = [one_round(server, options, dice) for _ in range(options.rounds + 1)][1:]
        store = (server.directory / "store/outpost.db").stat().st_size / 2**20
        resident = resident_kib(server.pids["supervisor"]) / 1024
    middle = {name: {who: statistics.median(one[name][who] for one in rounds) for who in rounds[0][name]}
              for name in rounds[0]}
    return middle, store, resident


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bin", type=pathlib.Path, required=True)
    parser.add_argument("--sizes", default="10000,1000000,10000000", help="records in the store, separated by commas")
    parser.add_argument("--requests", type=int, default=8000, help="of each kind in a round")
    parser.add_argument("--rounds", type=int, default=5, help="of which the median counts")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--log-level", default="interaction")
    options = parser.parse_args()
    first = None
    print(f"{'records':>10} {'request':16} {'supervisor us':>13} {'proxy us':>9} {'sum us':>7} {'ratio':>6} {'of supervisor':>14}")
    for size in (int(text) for text in options.sizes.split(",")):
        with scratch() as directory:
            costs, store, resident = measure(options, size, directory)
        first = first or costs
        for name, cost in costs.items():
            total, base = sum(cost.values()), sum(first[name].values())
            print(f"{size:10} {name:16} {cost['supervisor']:13.1f} {cost['proxy']:9.1f} {total:7.1f} {total / base:6.2f} "
                  f"{cost['supervisor'] / first[name]['supervisor']:14.2f}")
        print(f"{'':10} store {store:.0f} MiB, outpostd {resident:.0f} MiB resident", flush=True)
    for name, cost in costs.items():
        print_goal(f"CPU of {name} with most records to fewest", sum(cost.values()) / sum(first[name].values()), at_most=MOST)


if __name__ == "__main__":
    main()
