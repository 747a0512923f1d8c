"""Two supervisors over one store, harmed in the most usual ways a few times each, with clients that use them all the time:
what clients were told is held against what is stored. scripts/ha-test does much more of it.

OUTPOST_SEED repeats the dice, OUTPOST_HA_ROUNDS (default 2) says how often."""
import os
import pathlib
import random
import sys
import unittest

import engines

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "ha"))

from ha import NEMESES, ROOT, Run  # noqa: E402

ROUNDS = int(os.environ.get("OUTPOST_HA_ROUNDS", "2"))
SEED = int(os.environ.get("OUTPOST_SEED", random.randrange(2**32)))


class HighAvailability(unittest.TestCase):
    def assert_good(self, name, rounds=ROUNDS):
        print(f"{name}, seed {SEED}", flush=True)
        nemesis, = (nemesis for nemesis in NEMESES if nemesis.name == name)
        result = Run(nemesis, engines.ENGINE, SEED, rounds, keep=ROOT / "build" / "ha", clients=4).run()
        self.assertEqual(result.violations, [])
        self.assertEqual(result.rounds, rounds)

    def test_the_proxy_is_killed(self):
        self.assert_good("proxy-killed")

    def test_the_primary_is_killed(self):
        self.assert_good("supervisor-killed")

    def test_the_primary_is_frozen_for_longer_than_its_lease(self):
        self.assert_good("frozen")

    def test_the_primary_is_told_to_stop(self):
        self.assert_good("terminated")

    def test_what_is_told_while_the_primary_is_killed(self):
        self.assert_good("told-supervisor-killed")

    def test_what_is_told_while_the_courier_is_killed(self):
        self.assert_good("told-courier-killed")

    def test_what_is_told_while_the_proxy_is_killed(self):
        self.assert_good("told-proxy-killed")

    def test_what_is_told_over_planned_switches(self):
        self.assert_good("told-switched", 2 * ROUNDS)

    def test_planned_switches(self):
        self.assert_good("switched", 2 * ROUNDS)


if __name__ == "__main__":
    unittest.main()
