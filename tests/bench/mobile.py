"""Storage of a node of the mobile services beside what a web developer would write: fastify with Redis, whose log is on the
disk within a second (ours: without a sync of its own, too). An area of some 300 bytes is created, and each is read once,
over 64 connections. Both take their turn in each round; a ratio is of one round, and the median of the rounds counts."""

import argparse
import json
import pathlib
import random
import sys

from load import Client, LoadError
from machine import prepare, resident_text, scratch
from outpost import Mobile, post
from peers import FastifyRedis
from report import cpu_ratio, print_goal, print_rates, rate_ratio

OURS = "Outpost, a mobile node"
THEIRS = "fastify + Redis, AOF every second"
RATE_LEAST = 2.0
CPU_MOST = 0.6
TTL = 3600
WARM_UP = 2_000
NOTE = "wants to be called back about the delivery of last week, but not before ten in the morning"


def creations(count, dice):
    """Requests of 300 bytes in all."""
    return [post(f"/genesys/1/storage/{TTL}", {
        "name": "Ann Castellanos", "phone": f"+{dice.randrange(10**13):013}", "cart": f"{dice.randrange(10**9):09}",
        "language": "en-GB", "note": NOTE}) for _ in range(count)]


def reading(area):
    return f"GET /genesys/1/storage/{area} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode()


def create_and_read(client, server, count, options, dice):
    """Both halves as one measurement: what a pair of requests costs."""
    created, answers = client.send(server, creations(count, dice), options.connections)
    areas = [json.loads(answer)["id"] for answer in answers]
    if len(set(areas)) != count:
        raise LoadError(f"{len(set(areas))} areas came of {count} requests")
    read, answers = client.send(server, [reading(area) for area in areas], options.connections)
    if any(json.loads(answer)["name"] != "Ann Castellanos" for answer in answers[:100]):
        raise LoadError("what was read is not what was stored")
    return combined(created, read)


def combined(*parts):
    requests = sum(part["requests"] for part in parts)
    seconds = sum(part["requests"] / part["rate"] for part in parts)
    return {
        "requests": requests,
        "rate": requests / seconds,
        "p50": max(part["p50"] for part in parts),
        "p99": max(part["p99"] for part in parts),
        "cpu": {who: sum(part["cpu"][who] * part["requests"] for part in parts) / requests for who in parts[0]["cpu"]},
    }


def measure(server, options, dice, client):
    create_and_read(client, server, WARM_UP, options, dice)
    result = create_and_read(client, server, options.requests, options, dice)
    result["resident"] = resident_text(server.pids)
    return result


def one_round(options, kinds, results, dice):
    for name, start in kinds.items():
        with scratch() as directory:
            client = Client(directory)
            with start(directory) as server:
                results[name].append(measure(server, options, dice, client))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bin", type=pathlib.Path, required=True)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--requests", type=int, default=40_000, help="areas of each measurement")
    parser.add_argument("--connections", type=int, default=64)
    parser.add_argument("--log-level", default="interaction")
    options = parser.parse_args()
    prepare()
    kinds = {OURS: lambda directory: Mobile(directory, options.bin, options.log_level)}
    if reason := FastifyRedis.missing():
        print(f"{THEIRS} is left out: {reason}.")
    else:
        kinds[THEIRS] = FastifyRedis
    results = {name: [] for name in kinds}
    dice = random.Random(1)
    try:
        for _ in range(options.rounds):
            one_round(options, kinds, results, dice)
    except (LoadError, RuntimeError) as error:
        sys.exit(f"bench: {error}")
    print_rates(results)
    print()
    for name, rounds in results.items():
        print(f"{name}: resident {rounds[-1]['resident']}")
    if THEIRS in results:
        print("\nStorage, create and read (medians of each round's ratio):")
        print_goal("rate to fastify + Redis", rate_ratio(results[OURS], results[THEIRS]), at_least=RATE_LEAST)
        print_goal("CPU a request to fastify + Redis", cpu_ratio(results[OURS], results[THEIRS]), at_most=CPU_MOST)


if __name__ == "__main__":
    main()
