"""What may be said of services, numbers and codes from outside, by the times of requests and answers alone.

Nobody outside knows when exactly something happened, only that it was between a request and its answer. So a number is held
surely from the answer that named it until the request that may have given it back, or until the earliest end of its time;
and possibly from the request that asked for it until the answer that gave it back, or the latest end. Two sure holds of one
thing are a mistake of the server, and so is a refusal while there were fewer possible holds than numbers. What became of a
request without an answer is never guessed. Times are seconds of one clock. Source: mobile.md 1, gms.md 1.4 to 1.6, 6.
"""

import collections
import threading

MARGIN = 0.3  # what is rounded, and what passes between two looks at a clock
FOREVER = float("inf")


class Hold:
    """Of one number, or of one code at a number, by one service."""

    def __init__(self, group, asked):
        self.group = group
        self.asked = asked
        self.known = FOREVER  # since when surely
        self.until = FOREVER  # and until when
        self.possible_until = FOREVER
        self.keys = []
        self.who = None

    def answered(self, now, seconds, keys, who):
        self.known, self.keys, self.who = now, keys, who
        self.until = self.asked + seconds - MARGIN
        self.possible_until = now + seconds + MARGIN

    def lost(self, now, seconds):
        """Nobody knows what became of the request; what it did, it has done by now or does soon."""
        self.possible_until = now + seconds + 10 * MARGIN

    def may_end(self, now):
        self.until = min(self.until, now)

    def ended(self, now):
        self.possible_until = min(self.possible_until, now)


class Service:
    """One that was acknowledged, as the client that made it sees it."""

    def __init__(self, section, asked, answered, ttl, phone, city, hold):
        self.id = self.area = self.number = None
        self.code = ""
        self.section = section
        self.ttl = ttl
        self.until = asked + ttl - MARGIN  # it lives surely
        self.possible_until = answered + ttl + MARGIN
        self.phone = phone
        self.cities = {city}  # one of these is stored
        self.hold = hold

    def lives(self, answered):
        return answered < self.until

    def is_gone(self, asked):
        return asked > self.possible_until

    def found_at(self, answered):
        """Whether its number surely leads to it."""
        return self.number is not None and answered < min(self.until, self.hold.until)


class Model:
    """What all clients know together."""

    def __init__(self, sizes):
        """`sizes`: of each group of which one number is held by one at a time, how many there are."""
        self.sizes = sizes
        self.lock = threading.Lock()
        self.holds = []
        self.open = collections.defaultdict(list)  # group: holds that are possible still
        self.refusals = 0
        self.found = []  # (id of a service or None, what is wrong)
        self.disturbed = set()  # services that were matched by another client, whose own number had been given on

    @property
    def failures(self):
        with self.lock:
            return [text for service, text in self.found if service not in self.disturbed]

    def wrong(self, text, service=None):
        with self.lock:
            self.found.append((service, text))

    def disturb(self, service):
        with self.lock:
            self.disturbed.add(service)

    def ask(self, group, now):
        hold = Hold(group, now)
        with self.lock:
            self.open[group].append(hold)
        return hold

    def keep(self, hold):
        with self.lock:
            self.holds.append(hold)

    def refused(self, hold, asked, now):
        """All were booked, says the server."""
        hold.ended(asked)
        with self.lock:
            self.refusals += 1
            others = [one for one in self.open[hold.group] if one is not hold and one.possible_until >= asked]
            # Nobody asks about an earlier moment than the longest request.
            self.open[hold.group] = [one for one in self.open[hold.group] if one.possible_until >= now - 120]
            if len(others) < self.sizes[hold.group]:
                text = f"{hold.group}: refused with {len(others)} of {self.sizes[hold.group]} numbers in use"
                self.found.append((None, text))

    def check_holds(self):
        by_key = collections.defaultdict(list)
        for hold in self.holds:
            for key in hold.keys:
                by_key[key].append(hold)
        for key, holds in by_key.items():
            holds.sort(key=lambda hold: hold.known)
            before = holds[0]
            for hold in holds[1:]:
                if hold.known < before.until and hold.who != before.who:
                    self.wrong(f"{key} was given to {before.who} and to {hold.who} at once", before.who)
                before = max(before, hold, key=lambda one: one.until)
        return len(by_key)
