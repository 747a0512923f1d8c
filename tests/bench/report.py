"""How figures are printed: one row a server, one line a ratio with its goal beside."""

import statistics

from load import total


def median(values):
    return statistics.median(list(values))


def combined(rounds):
    """The medians over the rounds of one server, each figure by itself."""
    first = rounds[0]
    return {
        **{key: median(result[key] for result in rounds) for key in ("rate", "p50", "p99")},
        "cpu": {who: median(result["cpu"][who] for result in rounds) for who in first["cpu"]},
        "lowest": min(result["rate"] for result in rounds),
        "highest": max(result["rate"] for result in rounds),
    }


def print_rates(results, width=34):
    """`results`: the rounds of each server by its name."""
    print(f"{'':{width}} {'requests/s':>10} {'(of rounds)':>15} {'p50 ms':>8} {'p99 ms':>8} {'CPU us/request':>15}")
    for name, rounds in results.items():
        row = combined(rounds)
        parts = ", ".join(f"{who} {us:.1f}" for who, us in row["cpu"].items())
        spread = f"{row['lowest']:.0f}-{row['highest']:.0f}"
        print(f"{name:{width}} {row['rate']:10.0f} {spread:>15} {row['p50']:8.2f} {row['p99']:8.2f} {total(row):15.1f}   ({parts})")


def rate_ratio(ours, theirs):
    """Of each round by itself, so that what else the machine did in a round harms both sides; then the median."""
    return median(one["rate"] / other["rate"] for one, other in zip(ours, theirs))


def cpu_ratio(ours, theirs):
    return median(total(one) / total(other) for one, other in zip(ours, theirs))


def verdict(value, at_least=None, at_most=None):
    if at_least is None and at_most is None:
        return ""
    reached = value >= at_least if at_least is not None else value <= at_most
    goal = f"at least {at_least:.4g}" if at_least is not None else f"at most {at_most:.4g}"
    return f"goal {goal:14} {'reached' if reached else 'not reached'}"


def print_goal(what, value, unit="", **goal):
    """`goal`: at_least or at_most; without one the value is printed alone."""
    figure = f"{value:.2f}" if value < 1000 else f"{value:.0f}"
    print(f"  {what:52} {figure:>8} {unit:8} {verdict(value, **goal)}".rstrip())
