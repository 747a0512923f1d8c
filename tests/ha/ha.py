#!/usr/bin/env python3
"""Two supervisors over one store, clients that use them all the time, and everything that can go wrong with two; after
each kind of harm a checker holds what the clients were told against what is stored. Run by scripts/ha-test; OUTPOST_BIN
names the folder of the programs."""

import argparse
import contextlib
import dataclasses
import os
import pathlib
import random
import shutil
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "system"))

import engines  # noqa: E402
import history  # noqa: E402
from harness import eventually, sanitizer_findings  # noqa: E402
from invariants import broken  # noqa: E402
from load import Load  # noqa: E402
import nemeses_postgres  # noqa: E402
import nemeses_process  # noqa: E402
import told  # noqa: E402
from nemesis import GOAL_S, Scene  # noqa: E402
from pair import outposts_of  # noqa: E402
from scenes import SCENES, NotHere  # noqa: E402

NEMESES = nemeses_process.NEMESES + nemeses_postgres.NEMESES
MEASURES = {"failover_s": "s", "gap_ms": "ms", "silence_ms": "ms"}


@dataclasses.dataclass
class Result:
    nemesis: str
    engine: str
    rounds: int = 0
    skipped: str = ""
    violations: list = dataclasses.field(default_factory=list)
    operations: int = 0
    acknowledged: int = 0
    outcomes: dict = dataclasses.field(default_factory=dict)
    measured: dict = dataclasses.field(default_factory=dict)  # name -> values
    restarts: int = 0
    told: int = 0  # deliveries to another server


class Run:
    """All rounds of one nemesis on one engine: one pair, one store, one history."""

    def __init__(self, nemesis, engine, seed, rounds, say=print, keep=None, clients=8):
        self.nemesis, self.engine, self.seed, self.rounds, self.say, self.keep = nemesis, engine, seed, rounds, say, keep
        self.clients = clients
        self.incidents = []  # (begin, end) of each round
        self.result = Result(nemesis.name, engine)
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="outpost-ha-"))
        self.path = self.directory / "history.jsonl"

    def run(self):
        try:
            with SCENES[self.nemesis.scene](self.directory, self.engine) as parts:
                self.under_load(parts)
            self.assert_nothing_is_left()
        except NotHere as reason:
            self.result.skipped = str(reason)
        except Exception as error:  # whatever it is, the other nemeses go on
            self.wrong(f"{type(error).__name__}: {error}")
        if self.result.violations:
            self.keep_evidence()
        shutil.rmtree(self.directory, ignore_errors=True)
        return self.result

    def under_load(self, parts):
        pair = parts["pair"]
        load = Load(parts.get("addresses") or pair.addresses, self.path, f"{self.seed}", clients=self.clients,
                    enter=parts.get("enter_client"), timeout=parts.get("timeout", 5))
        pair.watch(load.note)
        load.start()
        try:
            load.await_answers(20)
            self.do_rounds(Scene(pair, load, random.Random(f"{self.seed} {self.nemesis.name} {self.engine}"),
                                 parts.get("database"), parts.get("network")))
        except AssertionError as error:  # the store is judged all the same
            self.wrong(str(error))
        finally:
            load.stop()
        pair.restart_dead()
        pair.settled()
        pair.watcher.stop()
        self.result.restarts = pair.restarts
        if "receiver" in parts:
            self.judge_told(pair, parts["receiver"])
        self.judge(pair, load)

    def judge_told(self, pair, receiver):
        """What is still to be told is, once the receiver is in a good mood."""
        receiver.calm()
        with contextlib.suppress(AssertionError):  # what is left is found below
            eventually(lambda: pair.store.rows("SELECT count(*) FROM outbox") == [(0,)], "the outbox is empty", 400)
        self.result.told = len(receiver.deliveries)
        self.say(f"  {self.result.told} deliveries to another server", flush=True)
        for text in told.Check(receiver.deliveries, pair.store.rows, self.incidents).all()[:20]:
            self.wrong(text)

    def do_rounds(self, scene):
        for scene.number in range(1, self.rounds + 1):
            scene.load.await_answers(100)
            begin = time.monotonic()
            measured = self.nemesis.round(scene)
            self.incidents.append((begin, time.monotonic()))
            self.result.rounds += 1
            self.report_round(scene, measured, begin)

    def report_round(self, scene, measured, begin):
        for name in MEASURES.keys() & measured.keys():
            self.result.measured.setdefault(name, []).append(measured[name])
        numbers = ", ".join(f"{name.rsplit('_', 1)[0]} {measured[name]:.{2 if unit == 's' else 0}f} {unit}"
                            for name, unit in MEASURES.items() if name in measured)
        seen = {outcome: n for outcome, n in sorted(scene.load.count(begin).items()) if outcome != "200"}
        self.say(f"  {self.engine} {self.nemesis.name} {scene.number}/{self.rounds}: {measured['did']}"
                 f"{', ' + numbers if numbers else ''}; clients saw {seen or 'nothing'}", flush=True)
        for outcome in seen.keys() & set(self.nemesis.forbidden):
            self.wrong(f"round {scene.number}: clients saw {outcome} {seen[outcome]} times")

    # --- Judgement ---------------------------------------------------------------------------------------------------

    def wrong(self, text):
        self.result.violations.append(text)
        self.say(f"  VIOLATION {text[:600]}", flush=True)

    def judge(self, pair, load):
        """Reads what is stored, then ends the pair: what it leaves must be in order, too."""
        for text in load.unexpected[:20]:
            self.wrong(text)
        ended = pair.stop()
        if any(ended):
            self.wrong(f"the supervisors ended with {ended}")
        events = history.load(self.path)
        for text in [*history.check(events, history.read_stored(pair.store.rows)), *broken(pair.store),
                     *sanitizer_findings(pair.stderr())][:20]:
            self.wrong(text)
        operations = [event for event in events if event["op"] != "epoch"]
        self.result.operations = len(operations)
        self.result.acknowledged = sum(map(history.acknowledged, operations))
        self.result.outcomes = history.summary(events)
        if self.result.acknowledged < 20 * self.rounds:
            self.wrong(f"only {self.result.acknowledged} operations were acknowledged: the load did not work")

    def assert_nothing_is_left(self):
        left = outposts_of(self.directory)
        if left:
            self.wrong(f"processes {left} are still there")

    def keep_evidence(self):
        if self.keep is None:
            return
        target = self.keep / f"{self.nemesis.name}-{self.engine}-{self.seed}"
        shutil.rmtree(target, ignore_errors=True)
        with contextlib.suppress(OSError, shutil.Error):
            shutil.copytree(self.directory, target, ignore=shutil.ignore_patterns("*.sock"))
        self.say(f"  history, logs and store are kept in {target.relative_to(ROOT)}", flush=True)


# --- The table at the end ---------------------------------------------------------------------------------------------


def distribution(values):
    ordered = sorted(values)

    def at(part):
        return ordered[min(len(ordered) - 1, int(part * len(ordered)))]

    return [ordered[0], at(0.5), at(0.9), at(0.99), ordered[-1]]


def print_table(results, say=print):
    say(f"\n{'nemesis':<22}{'engine':<12}{'rounds':>6}{'sent':>8}{'acked':>8}{'refused':>8}{'reset':>7}"
        f"{'dropped':>8}{'broken':>7}{'timeout':>8}{'503':>6}{'other 5xx':>10}{'restarts':>9}  verdict")
    for result in results:
        seen = result.outcomes
        others = sum(n for outcome, n in seen.items() if outcome.startswith("5") and outcome != "503")
        verdict = f"skipped: {result.skipped}" if result.skipped else \
            f"{len(result.violations)} VIOLATIONS" if result.violations else "good"
        say(f"{result.nemesis:<22}{result.engine:<12}{result.rounds:>6}{result.operations:>8}{result.acknowledged:>8}"
            + "".join(f"{seen.get(name, 0):>{width}}" for name, width in
                      (("refused", 8), ("reset", 7), ("dropped", 8), ("broken", 7), ("timeout", 8), ("503", 6)))
            + f"{others:>10}{result.restarts:>9}  {verdict}")
    say(f"\n{'measured':<34}{'min':>9}{'p50':>9}{'p90':>9}{'p99':>9}{'max':>9}")
    for result in results:
        for name, values in sorted(result.measured.items()):
            row = "".join(f"{value:>9.{2 if MEASURES[name] == 's' else 0}f}" for value in distribution(values))
            goal = f"   {sum(v <= GOAL_S for v in values)} of {len(values)} within lease + 1 s" \
                if name == "failover_s" else ""
            say(f"{f'{result.nemesis}, {result.engine}, {name}':<34}{row}{goal}")


def chosen(arguments):
    names = arguments.only.split(",") if arguments.only else [nemesis.name for nemesis in NEMESES]
    unknown = set(names) - {nemesis.name for nemesis in NEMESES}
    if unknown:
        sys.exit(f"ha-test: there is no nemesis {', '.join(unknown)}; valid are "
                 f"{', '.join(nemesis.name for nemesis in NEMESES)}.")
    kinds = ("sqlite", "postgresql") if arguments.engine == "both" else (arguments.engine,)
    return [(nemesis, engine) for nemesis in NEMESES if nemesis.name in names
            for engine in kinds if engine in nemesis.engines]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--engine", choices=("sqlite", "postgresql", "both"), default="both")
    parser.add_argument("--seed", type=int, default=None)
    parser.add_argument("--only", metavar="NEMESIS", default="", help="one, or several with commas between them: "
                        + ", ".join(f"{nemesis.name} ({nemesis.text})" for nemesis in NEMESES))
    parser.add_argument("--rounds", type=int, default=None)
    parser.add_argument("--short", action="store_true", help="a few rounds of each")
    arguments = parser.parse_args()
    seed = random.SystemRandom().randrange(2**32) if arguments.seed is None else arguments.seed
    print(f"ha-test: seed {seed}", flush=True)
    keep = ROOT / "build" / "ha"
    results = []
    for nemesis, engine in chosen(arguments):
        rounds = arguments.rounds or (nemesis.short if arguments.short else nemesis.rounds)
        print(f"{nemesis.name} on {engine}: {nemesis.text}, {rounds} rounds", flush=True)
        results.append(Run(nemesis, engine, seed, rounds, keep=keep).run())
    print_table(results)
    bad = [result for result in results if result.violations]
    print("ha-test: " + (f"{len(bad)} of {len(results)} went wrong" if bad else "all is good") + f", seed {seed}")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
