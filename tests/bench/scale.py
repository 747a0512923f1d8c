"""CPU time per AddRecord, preview and RecordProcessed as the store grows: the same requests against stores of different
sizes, on disk, made by outpostctl import. The ratio to the smallest store is what counts.

Standard library only."""

import argparse
import concurrent.futures
import json
import os
import pathlib
import random
import shutil
import socket
import statistics
import sys
import tempfile

from bench import Outpost

CLIENTS = 8
DEPTH = 16  # requests of one client that are on their way at once
CATALOGUE = {
    "tenants": [{"dbid": 1, "name": "Resources"}],
    "calling-lists": [{"dbid": 301, "name": "Scale", "daily-from": 0, "daily-till": 86400, "custom-fields": ["STATE"]}],
    "campaigns": [{"dbid": 101, "name": "Scale", "lists": [{"list": "Scale"}]}],
    "campaign-groups": [{"dbid": 201, "name": "Scale", "campaign": "Scale", "state": "Running", "mode": "Preview"}],
}


def cpu_us(pid):
    """CPU time of all threads, in microseconds; finer than the ticks of /proc/PID/stat."""
    return sum(int(pathlib.Path(task, "schedstat").read_text().split()[0])
               for task in pathlib.Path(f"/proc/{pid}/task").iterdir()) / 1e3


def phone(dice):
    return f"+{dice.randrange(10**13):013}"


def post(target, body):
    data = json.dumps(body).encode()
    return (f"POST {target} HTTP/1.1\r\nHost: bench\r\nContent-Length: {len(data)}\r\n\r\n").encode() + data


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
    before = {name: cpu_us(pid) for name, pid in server.pids.items()}
    with concurrent.futures.ThreadPoolExecutor(CLIENTS) as pool:
        parts = list(pool.map(lambda part: one_client(server.port, part), [requests[i::CLIENTS] for i in range(CLIENTS)]))
    cost = {name: (cpu_us(pid) - before[name]) / len(requests) for name, pid in server.pids.items()}
    return cost, [answer for part in parts for answer in part]


def fill(server, size, directory, dice):
    path = pathlib.Path(directory, "records.csv")
    with open(path, "w", encoding="ascii") as file:
        file.write("contact_info,contact_info_type,tz_name,STATE\n")
        for _ in range(size):
            file.write(f"{phone(dice)},4,GMT,CA\n")
    server.ctl("import", "Scale", str(path))
    path.unlink()


def measure(options, size, directory):
    dice = random.Random(options.seed)
    server = Outpost(directory, options)
    try:
        catalogue = pathlib.Path(directory, "catalogue.json")
        catalogue.write_text(json.dumps(CATALOGUE))
        server.ctl("apply", str(catalogue))
        fill(server, size, directory, dice)
        rounds = {"AddRecord": [], "preview": [], "RecordProcessed": []}
        for number in range(options.rounds + 1):
            adds = [post("/lists/Scale?req=AddRecord", {"GSW_PHONE": phone(dice), "GSW_TZ_NAME": "GMT", "STATE": "CA"})
                    for _ in range(options.requests)]
            previews = [post("/campaigngroups/201?req=PreviewRecordRequest", {})] * options.requests
            added, _ = run(server, adds)
            previewed, answers = run(server, previews)
            finals = [post(f"/records/{answer['GSW_RECORD_HANDLE']}?req=RecordProcessed", {"GSW_CALL_RESULT": 33})
                      for answer in answers]
            processed, _ = run(server, finals)
            if number == 0:
                continue  # caches fill
            for name, cost in zip(rounds, (added, previewed, processed)):
                rounds[name].append(cost)
        store = pathlib.Path(server.directory, "store", "outpost.db").stat().st_size
        resident = int(pathlib.Path(f"/proc/{server.pids['supervisor']}/statm").read_text().split()[1])
    finally:
        server.stop()
    middle = {name: {who: statistics.median(cost[who] for cost in costs) for who in costs[0]}
              for name, costs in rounds.items()}
    return middle, store / 2**20, resident * os.sysconf("SC_PAGESIZE") / 2**20


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
        directory = tempfile.mkdtemp(prefix="outpost-scale-")
        try:
            costs, store, resident = measure(options, size, directory)
        finally:
            shutil.rmtree(directory, ignore_errors=True)
        first = first or costs
        for name, cost in costs.items():
            total, base = sum(cost.values()), sum(first[name].values())
            print(f"{size:10} {name:16} {cost['supervisor']:13.1f} {cost['proxy']:9.1f} {total:7.1f} {total / base:6.2f} "
                  f"{cost['supervisor'] / first[name]['supervisor']:14.2f}")
        print(f"{'':10} store {store:.0f} MiB, outpostd {resident:.0f} MiB resident", flush=True)


if __name__ == "__main__":
    main()
