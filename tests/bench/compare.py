"""A durable AddRecord beside what others do: nginx that stores nothing, Redis behind HTTP, SQLite behind Node.js. All take
their turn in each round; the medians of the rounds count. Figures of one machine mean little; the ratios do."""

import argparse
import pathlib
import sys

from load import LoadError, wrk
from machine import prepare, resident_text, scratch, sync_ms
from outpost import Outbound
from peers import Fastify, Nginx, Webdis, lacks
from report import cpu_ratio, median, print_goal, print_rates, rate_ratio

OURS = "Outpost"
OURS_STANDARD = "Outpost, level standard"
# Name, how it is started, its least rate and highest CPU ratio of Outpost to it; None: no goal.
PEERS = (
    ("nginx", Nginx, {"hops": 1}, None, None),
    ("nginx > nginx", Nginx, {"hops": 2}, 0.75, 1.0),
    ("Webdis + Redis, fsync always", Webdis, {}, 1.5, 0.65),
    ("fastify + SQLite, commit a turn", Fastify, {"commit": "turn"}, 2.5, None),
    ("fastify + SQLite, commit a request", Fastify, {"commit": "request"}, 20, None),
)


def measure(server, options):
    """After a second in which caches fill and interpreters compile."""
    wrk(server, 1, options.connections)
    return wrk(server, options.seconds, options.connections)


def measure_ours(directory, options, level):
    with Outbound(directory, options.bin, level) as server:
        wrk(server, 1, options.connections)
        before = server.status()["store"]["syncs"]
        result = wrk(server, options.seconds, options.connections)
        # Some are of the moments before and after: housekeeping, and the last batch.
        result["syncs"] = max(1, server.status()["store"]["syncs"] - before)
        result["resident"] = resident_text(server.pids)
        return result


def one_round(options, present, results):
    with scratch() as directory:
        for name, kind, arguments, *_ in present:
            with kind(directory, **arguments) as server:
                results[name].append(measure(server, options))
    for name, level in ((OURS, options.log_level), (OURS_STANDARD, "standard")):
        with scratch() as directory:
            sync = sync_ms(directory)
            results[name].append({**measure_ours(directory, options, level), "sync": sync})


def available():
    """The peers that can be had here. Says which cannot."""
    present = []
    for row in PEERS:
        if reason := row[1].missing():
            print(f"{row[0]} is left out: {reason}.")
        else:
            present.append(row)
    return present


def print_ratios(name, results, present, with_goals=True):
    print(f"\nRatios of {name} (medians of each round's ratio):")
    for peer, _, _, least_rate, most_cpu in present:
        print_goal(f"rate to {peer}", rate_ratio(results[name], results[peer]), at_least=least_rate if with_goals else None)
        print_goal(f"CPU to {peer}", cpu_ratio(results[name], results[peer]), at_most=most_cpu if with_goals else None)


def print_syncs(name, rounds):
    syncs = median(one["syncs"] / (one["requests"] / one["rate"]) for one in rounds)
    each = median(one["requests"] / one["syncs"] for one in rounds)
    sync = median(one["sync"] for one in rounds)
    rate = median(one["rate"] for one in rounds)
    print(f"{name}: syncs/s {syncs:.0f}, requests per sync {each:.1f}, one sync takes {sync:.2f} ms here; "
          f"{rate * sync / 1e3:.1f} times what one sync per request would allow; resident: {rounds[-1]['resident']}")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bin", type=pathlib.Path, required=True)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=10, help="of each measurement")
    parser.add_argument("--connections", type=int, default=64)
    parser.add_argument("--log-level", default="interaction", help="of the first Outpost; the second's is standard")
    options = parser.parse_args()
    prepare()
    if reason := lacks("wrk"):
        sys.exit(f"bench: {reason}; run scripts/setup bench")
    present = available()
    results = {name: [] for name in [row[0] for row in present] + [OURS, OURS_STANDARD]}
    try:
        for _ in range(options.rounds):
            one_round(options, present, results)
    except (LoadError, RuntimeError) as error:
        sys.exit(f"bench: {error}")
    print_rates(results)
    print()
    for name in (OURS, OURS_STANDARD):
        print_syncs(name, results[name])
    print_ratios(OURS, results, present)
    print_ratios(OURS_STANDARD, results, present, with_goals=False)


if __name__ == "__main__":
    main()
