"""What each kind of request costs: rate and CPU, and the ratio to an AddRecord. Each kind is sent by the same client, as many at
once, on records of its own; the store is filled and the handles are taken beforehand."""

import argparse
import pathlib
import random
import sys

from load import Client, LoadError
from machine import prepare, scratch
from outpost import Outbound, add_records, handles, on_records, previews
from report import cpu_ratio, print_goal, print_rates, rate_ratio

MOST = 1.6  # CPU of any request to that of an AddRecord
# On a record that a preview gave; each takes handles of its own. The first leaves the record with its agent.
ON_RECORDS = (
    ("UpdateCallCompletionStats", {"GSW_CALL_RESULT": "Busy"}),
    ("RecordProcessed", {"GSW_CALL_RESULT": 33}),
    ("RecordReschedule", {"GSW_DATE_TIME": "12/30/2037 12:00", "GSW_CALLBACK_TYPE": "Campaign"}),
    ("DoNotCall", {}),
)


def one_round(send, count, dice):
    """The result of each kind by its name. Four times as many previews as the rest: they are where the handles come from."""
    results = {"AddRecord": send(add_records(count, dice))[0]}
    results["preview"], answers = send(previews(count * len(ON_RECORDS)))
    taken = handles(answers)
    for number, (name, body) in enumerate(ON_RECORDS):
        results[name], _ = send(on_records(name, body, taken[number * count:(number + 1) * count]))
    return results


def measure(options):
    dice = random.Random(options.seed + 1)  # other numbers than those of the import
    rounds = []
    with scratch() as directory, Outbound(directory, options.bin, options.log_level) as server:
        client = Client(directory)
        server.fill(options.requests * len(ON_RECORDS) * (options.rounds + 1), seed=options.seed)
        for _ in range(options.rounds + 1):
            rounds.append(one_round(lambda requests: client.send(server, requests, options.connections), options.requests,
                                    dice))
    return rounds[1:]  # caches fill in the first


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bin", type=pathlib.Path, required=True)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--requests", type=int, default=20_000, help="of each kind in a round")
    parser.add_argument("--connections", type=int, default=64)
    parser.add_argument("--log-level", default="interaction")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    prepare()
    try:
        rounds = measure(options)
    except (LoadError, RuntimeError) as error:
        sys.exit(f"bench: {error}")
    results = {name: [one[name] for one in rounds] for name in rounds[0]}
    print_rates(results, width=26)
    print("\nRatios to AddRecord (medians of each round's ratio):")
    for name in results:
        if name != "AddRecord":
            print_goal(f"CPU of {name}", cpu_ratio(results[name], results["AddRecord"]), at_most=MOST)
            print_goal(f"rate of {name}", rate_ratio(results[name], results["AddRecord"]))


if __name__ == "__main__":
    main()
