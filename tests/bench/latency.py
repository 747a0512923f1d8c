"""How long an AddRecord takes at half of the highest rate, sent at a steady pace whether earlier ones are answered or not, and
how long the device takes for a sync meanwhile. Every request waits for one sync at least, and for what is left of the one
before it at most: hence twice.

Some devices end a sync at ticks of their own, or are quick now and slow then. So a sync is timed alone, just before and after,
one upon another as a busy server does it, and every 50 ms meanwhile; the larger median counts, and all are printed."""

import argparse
import pathlib
import random
import sys

from load import Client, LoadError
from machine import SyncSampler, prepare, scratch, sync_ms
from outpost import Outbound, add_records
from report import median, print_goal

BESIDE_SYNCS_MS = 2


def one_round(server, client, directory, options, dice):
    highest, _ = client.send(server, add_records(options.requests, dice), options.connections)
    rate = highest["rate"] / 2
    requests = add_records(int(rate * options.seconds), dice)
    before = sync_ms(directory)
    with SyncSampler(directory) as sampler:
        result, _ = client.send(server, requests, options.connections, rate)
    after = sync_ms(directory)
    result["sync"] = max((before + after) / 2, sampler.median_ms())
    print(f"highest rate {highest['rate']:.0f}/s; at {rate:.0f}/s: p50 {result['p50']:.2f} ms, p99 {result['p99']:.2f} ms, "
          f"longest {result['longest']:.2f} ms; a sync takes {before:.2f} ms before, {after:.2f} ms after, "
          f"{sampler.median_ms():.2f} ms meanwhile (p99 {sampler.p99_ms():.2f} ms)", flush=True)
    return result


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bin", type=pathlib.Path, required=True)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=10, help="at half of the highest rate")
    parser.add_argument("--requests", type=int, default=50_000, help="with which the highest rate is found")
    parser.add_argument("--connections", type=int, default=64)
    parser.add_argument("--log-level", default="interaction")
    options = parser.parse_args()
    prepare()
    dice = random.Random(1)
    try:
        with scratch() as directory, Outbound(directory, options.bin, options.log_level) as server:
            client = Client(directory)
            client.send(server, add_records(options.requests // 5, dice), options.connections)
            rounds = [one_round(server, client, directory, options, dice) for _ in range(options.rounds)]
    except (LoadError, RuntimeError) as error:
        sys.exit(f"bench: {error}")
    bound = median(2 * result["sync"] + BESIDE_SYNCS_MS for result in rounds)
    print(f"\nTwice the sync plus {BESIDE_SYNCS_MS} ms is {bound:.2f} ms (medians of the rounds).")
    print_goal("p99 at half of the highest rate", median(result["p99"] for result in rounds), "ms", at_most=bound)


if __name__ == "__main__":
    main()
