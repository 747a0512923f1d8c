"""What a nemesis is, and what its rounds work on."""

import dataclasses
import time

from harness import SCALE
from pair import LEASE_MS

LEASE_S = LEASE_MS / 1000
# Goal: serving again within the lease and a second. A slow machine may take longer; for ever is a fault.
GOAL_S = LEASE_S + 1
BOUND_S = LEASE_S + 30 * SCALE


@dataclasses.dataclass
class Nemesis:
    name: str
    round: object  # (Scene) -> dict
    text: str
    engines: tuple = ("sqlite", "postgresql")
    rounds: int = 20
    short: int = 3
    # Outcomes of attempts that the clients must not see.
    forbidden: tuple = ()
    scene: str = "plain"  # what it needs around the pair: scenes.py


@dataclasses.dataclass
class Scene:
    """What a round works on."""

    pair: object
    load: object
    dice: object
    database: object = None
    network: object = None
    number: int = 0

    def pause(self, low, high):
        """A moment, not an event: that it may be any moment is the point."""
        time.sleep(self.dice.uniform(low, high))

    def failover(self, since, by=None):
        """Seconds from `since` to the first good answer."""
        return {"failover_s": self.load.await_answers(1, by, since, BOUND_S) - since}

    def serve_again(self):
        """Both are healthy and clients are answered."""
        self.pair.restart_dead()
        primary = self.pair.settled(BOUND_S)
        self.load.await_answers(10)
        return primary
