"""Random calls of services from many clients to two nodes over one store, one of which is killed every few seconds; what was
answered is held against an independent model (number_model.py): no number is given to two at once, codes are unique at their
number, what was acknowledged is found on either node, nothing lives past its time.

    OUTPOST_BIN=build/release/bin python3 tests/system/mobile_model_test.py --requests 100000 --seed 7

OUTPOST_MODEL_REQUESTS (default 1500) and OUTPOST_SEED do the same for the test. A seed repeats each client's dice; how their
requests interleave, and what a kill meets, is the machine's."""

import argparse
import os
import random
import sys
import threading
import time
import unittest
import urllib.parse

os.environ.setdefault("OUTPOST_TEST_ENGINE", "postgresql")  # which alone has several nodes

import engines  # noqa: E402
from harness import SCALE  # noqa: E402
from http_client import Client  # noqa: E402
from mobile import API, FORM, MobileTest  # noqa: E402
from number_model import MARGIN, Model, Service  # noqa: E402

REQUESTS = int(os.environ.get("OUTPOST_MODEL_REQUESTS", "1500"))
SEED = int(os.environ.get("OUTPOST_SEED", random.randrange(2**32)))
CLIENTS = 6
OWN_MAX = 5  # services that one client has at a time
SURE = 2 * SCALE  # seconds that a request takes at most, where nothing is killed
BOOKING = 6  # seconds, of the groups
VALUES = {name: [f"+1-555-{digit}{n:03}" for n in range(count)]
          for name, digit, count in (("cluster", 1, 7), ("local", 2, 4), ("random", 3, 2))}


def group_section(name):
    return {"_allocation_strategy": name.upper(), "_booking_expiration_time": BOOKING,
            **{f"n{n}": value for n, value in enumerate(VALUES[name])}}


def builtin(service, **options):
    return {"type": "builtin", "service": service, **options}


SECTIONS = {
    **{f"service.{name}": builtin("request-interaction", resource_group=name) for name in VALUES},
    "service.match": builtin("match-interaction", delete_match="true"),
    "service.look-up": builtin("match-interaction", delete_match="false"),
    "service.access": builtin("request-access"),
    **{f"list.GMS_Resources.{name}": group_section(name) for name in VALUES},
}


class Run:
    """What the clients share."""

    def __init__(self, nodes, requests):
        self.nodes = nodes
        self.up = [threading.Event() for _ in nodes]
        self.requests = requests
        self.sent = 0
        self.answered = 0
        self.lock = threading.Lock()
        sizes = {"cluster": len(VALUES["cluster"])}
        self.model = Model({**sizes, **{f"local of {n}": len(VALUES["local"]) for n in (1, 2)}})

    def go_on(self):
        with self.lock:
            return self.sent < self.requests and not self.model.failures


class OneClient:
    """Makes services and asks for them; each is asked for by its maker alone, unless two match it at once."""

    def __init__(self, run, number):
        self.run_, self.model = run, run.model
        self.number = number
        self.dice = random.Random(f"{SEED}-{number}")
        self.peers = [Client(node) for node in run.nodes]
        self.own = []
        self.gone = []  # services that have ended, or will
        self.serial = 0

    def run(self):
        try:
            while self.run_.go_on():
                self.step()
        except Exception as error:  # noqa: BLE001 - told by the test, with the seed
            self.model.wrong(f"client {self.number}: {error!r}")
            raise
        finally:
            for peer in self.peers:
                peer.close()

    def step(self):
        now = time.monotonic()
        self.gone += [one for one in self.own if not one.lives(now)]
        self.own = [one for one in self.own if one.lives(now)]
        if not self.own or (len(self.own) < OWN_MAX and self.dice.random() < 0.4):
            self.create()
            return
        action = self.dice.choice([self.look, self.look, self.read, self.update, self.access, self.end, self.match,
                                   self.match, self.match, self.match_wrong, self.match_at_once, self.look_at_gone])
        action(self.dice.choice(self.own))

    # --- Requests ---------------------------------------------------------------------------------------------------

    def ask(self, method, path, node=None, **fields):
        """(when it was sent, when it was answered, the answer); no answer where nobody knows what became of it."""
        node = self.some_node() if node is None else node
        with self.run_.lock:
            self.run_.sent += 1
        sent = time.monotonic()
        try:
            answer = self.peers[node].request(method, f"{API}/{path}", urllib.parse.urlencode(fields), FORM)
        except OSError:
            return sent, time.monotonic(), None
        with self.run_.lock:
            self.run_.answered += 1
        return sent, time.monotonic(), None if answer.status == 503 else answer

    def some_node(self):
        """One that is down is chosen now and then only."""
        node = self.dice.randrange(len(self.peers))
        if not self.run_.up[node].is_set() and self.dice.random() < 0.9:
            self.run_.up[node].wait(60 * SCALE)
        return node

    def wrong(self, what, answer, service=None):
        who = f" of {service.id} ({service.section}, {service.number}, {service.code or 'no code'})" if service else ""
        self.model.wrong(f"client {self.number}: {what}{who}: {answer.status} {answer.body!r}", service and service.id)

    def expect(self, what, answer, status, service):
        if answer.status != status:
            self.wrong(f"{what}, expected {status}", answer, service)
        return answer.status == status

    # --- A service and its access -----------------------------------------------------------------------------------

    def wanted_access(self, group):
        """Fields of a request, and the group and seconds that they mean."""
        fields, seconds = {}, None if group == "random" else BOOKING
        if self.dice.random() < 0.6:
            fields["_provide_code"] = "true"
            fields["_access_code_length"] = self.dice.choice(["3", "3", "6"])
        if self.dice.random() < 0.4:
            fields["_booking_expiration_timeout"] = str(self.dice.choice([5, 9, 1800]))
            seconds = seconds and int(fields["_booking_expiration_timeout"])
        return fields, seconds

    def begin(self, group, node, now):
        """A hold of a number of which each is held by one; of others only their codes are."""
        return self.model.ask(f"local of {node + 1}" if group == "local" else group, now)

    def create(self):
        group = self.dice.choice(list(VALUES))
        node = self.some_node()
        fields, seconds = self.wanted_access(group)
        ttl = self.dice.choice([2, 5, 20, 20, 60])
        seconds = min(seconds or ttl, ttl)
        self.serial += 1
        # Two nodes have the same local numbers, and all have the random ones: there the phone tells whose is meant.
        phone = f"+49-{self.number}-{self.serial}" if group != "cluster" or self.dice.random() < 0.5 else ""
        city = f"city-{self.number}-{self.serial}"
        if phone:
            fields["_phone_number"] = phone
        hold = self.begin(group, node, time.monotonic())
        sent, now, answer = self.ask("POST", f"service/{group}", node, _ttl=ttl, city=city, **fields)
        if answer is None:
            hold.lost(now, seconds)
        elif self.is_refusal(group, answer):
            self.model.refused(hold, sent, now)
        elif answer.status != 200:
            hold.lost(now, seconds)
            self.wrong(f"{group}: create with {fields}", answer)
        else:
            service = Service(group, hold.asked, now, ttl, phone, city, hold)
            service.id = answer.json["_id"]
            self.take_access(service, group, node, hold, fields, (seconds, seconds), answer, now)
            self.own.append(service)

    @staticmethod
    def is_refusal(group, answer):
        return group != "random" and answer.status == 500 and answer.json["exception"] == "gms.NoResourceException"

    def take_access(self, service, group, node, hold, fields, seconds, answer, now):
        """Of an answer that has an access number. `seconds`: between which its time may be."""
        given = answer.json
        code = given.get("_access_code", "")
        good = all(isinstance(value, str) for value in given.values()) and given["_access_number"] in VALUES[group]
        good = good and seconds[0] <= int(given["_expiration_time"]) <= seconds[1]
        if "_provide_code" in fields:
            good = good and code.isdigit() and len(code) == int(fields["_access_code_length"])
            good = good and code.startswith(f"{node + 1:02}")
        else:
            good = good and not code
        if not good:
            self.wrong(f"access with {fields}", answer, service)
        service.number, service.code, service.hold = given["_access_number"], code, hold
        keys = [] if group == "random" else [(hold.group, service.number)]
        if code:
            keys.append((service.number, code))
        hold.answered(now, int(given["_expiration_time"]), keys, service.id)
        # The whole seconds that are told are not more than there are, and less than one fewer.
        hold.possible_until = now + seconds[1] + 1 + MARGIN
        self.model.keep(hold)

    def access(self, service):
        """Another number for it, in place of what it has."""
        group = self.dice.choice(list(VALUES))
        if group != "cluster" and not service.phone:
            return
        node = self.some_node()
        fields, seconds = self.wanted_access(group)
        if service.phone:
            fields["_phone_number"] = service.phone
        old = service.hold
        old.may_end(time.monotonic())
        hold = self.begin(group, node, time.monotonic())
        sent, now, answer = self.ask("POST", "service/access", node, _id=service.id, _resource_group=group, **fields)
        most = seconds or service.ttl
        if answer is None:
            hold.lost(now, most)
            self.lose(service)
        elif self.is_refusal(group, answer):
            # Whether its old number is its own still: nobody says.
            self.model.refused(hold, sent, now)
            self.lose(service)
        elif answer.status != 200:
            hold.ended(sent)
            if service.lives(now):
                self.wrong("request-access", answer, service)
            self.lose(service)
        else:
            old.ended(now)
            left = (service.until - now, service.possible_until - sent)
            least, most = (int(min(most, max(0, part))) for part in left)
            self.take_access(service, group, node, hold, fields, (max(0, least - 1), most + 1), answer, now)
            if answer.json.get("_id") != service.id:
                self.wrong("request-access gives another _id", answer, service)

    def lose(self, service):
        """It is not known any more what became of it, but it ends in time."""
        service.hold.may_end(time.monotonic())
        self.own.remove(service)
        self.gone.append(service)

    # --- Reading ----------------------------------------------------------------------------------------------------

    def look(self, service):
        sent, now, answer = self.ask("GET", f"service/{service.id}")
        if answer is None or not service.lives(now):
            return
        if self.expect("look", answer, 200, service):
            shown = answer.json
            least, most = int(service.until - now), service.possible_until - sent
            if (shown["_id"], shown["_service"], shown["_type"]) != (service.id, service.section, "builtin"):
                self.wrong("look at another", answer, service)
            if not least <= shown["_expires_in"] <= most:
                self.wrong(f"its time is between {least} and {most}", answer, service)

    def read(self, service):
        _, now, answer = self.ask("GET", f"service/{service.id}/storage")
        if answer is not None and service.lives(now) and self.expect("read", answer, 200, service):
            self.check_city(service, answer)

    def check_city(self, service, answer):
        if set(answer.json) != {"city"} or answer.json["city"] not in service.cities:
            self.wrong(f"data that are one of {service.cities}", answer, service)
        else:
            service.cities = {answer.json["city"]}

    def look_at_gone(self, _):
        now = time.monotonic()
        over = [one for one in self.gone if one.is_gone(now)]
        if not over:
            return
        service = self.dice.choice(over)
        self.gone.remove(service)
        _, _, answer = self.ask("GET", f"service/{service.id}")
        if answer is not None:
            self.expect("look past its time", answer, 404, service)
        _, _, answer = self.ask("GET", f"service/{service.id}/storage")
        if answer is not None:
            self.expect("read past its time", answer, 404, service)
        if service.area:
            _, _, answer = self.ask("GET", f"storage/{service.area}")
            if answer is not None:
                self.expect("read its area past its time", answer, 404, service)
        if service.number and service.phone and service.hold.group != "cluster":
            _, _, answer = self.ask("POST", "service/look-up", _access_number=service.number, _phone_number=service.phone)
            if answer is not None:
                self.expect("match past its time", answer, 404, service)

    # --- Changing ---------------------------------------------------------------------------------------------------

    def update(self, service):
        self.serial += 1
        city = f"city-{self.number}-{self.serial}"
        before, service.cities = service.cities, service.cities | {city}
        _, now, answer = self.ask("POST", f"service/{service.id}/update", city=city)
        if answer is None or not service.lives(now):
            return
        service.cities = {city} if self.expect("update", answer, 200, service) else before

    def end(self, service):
        service.hold.may_end(time.monotonic())
        sent, now, answer = self.ask("DELETE", f"service/{service.id}")
        self.lose(service)
        if answer is not None and service.lives(now) and self.expect("end", answer, 200, service):
            service.hold.ended(now)
            service.possible_until = min(service.possible_until, now)

    # --- Matching ---------------------------------------------------------------------------------------------------

    def by_what(self, service):
        """Fields that lead to this service and to no other, as long as it surely has its number. A phone is nobody else's,
        but a service without one is found by any."""
        alone = service.hold.until > time.monotonic() + SURE
        fields = {"_access_number": self.dice.choice([service.number, service.number.replace("-", " ")])}
        cluster = service.hold.group == "cluster"
        ways = ["number"] if alone and cluster else []
        ways += ["code"] if alone and service.code else []
        ways += ["phone"] if service.phone and (alone or not cluster) else []
        if not ways:
            return None
        way = self.dice.choice(ways)
        if way == "code" or (service.code and self.dice.random() < 0.3):
            fields["_access_code"] = service.code
        if way == "phone" or (service.phone and self.dice.random() < 0.3):
            fields["_phone_number"] = service.phone
        return fields

    def match(self, service):
        node = self.some_node()
        fields = self.by_what(service) if service.number else None
        if fields is None:
            return
        name = self.dice.choice(["match", "look-up"])
        expected = service.hold.until
        service.hold.may_end(time.monotonic())
        _, now, answer = self.ask("POST", f"service/{name}", node, **fields)
        self.matched(service, name, now, answer, now < min(expected, service.until), fields)

    def matched(self, service, name, now, answer, sure, fields):
        if answer is None:
            self.lose(service)
            return
        if answer.status != 200:
            if sure:
                self.wrong(f"{name} by {fields}", answer, service)
            self.lose(service)
            return
        if sure and answer.json["_id"] != service.id:
            self.wrong(f"{name} by {fields} finds another", answer, service)
        if answer.json["_id"] != service.id:
            self.model.disturb(answer.json["_id"])
            self.lose(service)
            return
        service.hold.ended(now)
        service.area = answer.json["_data_id"]
        service.number, service.code = None, ""
        _, now, answer = self.ask("GET", f"storage/{service.area}")
        if answer is not None and service.lives(now) and self.expect("read what was matched", answer, 200, service):
            self.check_city(service, answer)
        _, now, answer = self.ask("GET", f"service/{service.id}")
        if name == "match":
            if answer is not None:
                self.expect("look at what was matched and removed", answer, 404, service)
            self.lose(service)  # its data live on, until its time is over
        elif answer is not None and service.lives(now):
            self.expect("look at what was matched", answer, 200, service)

    def match_wrong(self, service):
        """What leads to nobody: no node begins its codes with 99."""
        if not service.number:
            return
        fields = {"_access_number": service.number, "_access_code": "9999"}
        if self.dice.random() < 0.3:
            fields = {"_access_number": "+1-555-9999"}
        _, _, answer = self.ask("POST", "service/match", **fields)
        if answer is not None:
            self.expect(f"match by {fields}", answer, 404, service)

    def match_at_once(self, service):
        """Two agents' desktops ask for one caller, each another node: one of them gets him."""
        fields = self.by_what(service) if service.number else None
        if fields is None:
            return
        expected = service.hold.until
        service.hold.may_end(time.monotonic())
        found = []

        def ask_other():
            peer = Client(self.run_.nodes[1])
            try:
                found.append(peer.post(f"{API}/service/match", urllib.parse.urlencode(fields), FORM))
            except OSError:
                pass
            finally:
                peer.close()

        thread = threading.Thread(target=ask_other)
        thread.start()
        _, now, answer = self.ask("POST", "service/match", 0, **fields)
        thread.join()
        now = time.monotonic()
        self.lose(service)
        answers = [one for one in [answer, *found] if one is not None and one.status != 503]
        hits = [one for one in answers if one.status == 200 and one.json["_id"] == service.id]
        if hits:
            service.hold.ended(now)
        for other_id in {one.json["_id"] for one in answers if one.status == 200} - {service.id}:
            self.model.disturb(other_id)
        if len(hits) > 1:
            self.wrong(f"two matches by {fields}", hits[1], service)
        if len(answers) == 2 and not hits and now < min(expected, service.until):
            self.wrong(f"no match of two by {fields}", answers[0], service)


@unittest.skipUnless(engines.ENGINE == "postgresql", "SQLite has one node")
class MobileModel(MobileTest):
    def test_random_calls_on_two_nodes(self):
        print(f"seed {SEED}, {REQUESTS} requests", flush=True)
        nodes = [self.started(number) for number in (1, 2)]
        run = Run(nodes, REQUESTS)
        for up in run.up:
            up.set()
        clients = [OneClient(run, number) for number in range(CLIENTS)]
        threads = [threading.Thread(target=client.run) for client in clients]
        for thread in threads:
            thread.start()
        kills = self.kill_meanwhile(run, threads)
        for thread in threads:
            thread.join()
        keys = run.model.check_holds()
        print(f"{run.sent} sent, {run.answered} answered, {kills} kills, {len(run.model.holds)} numbers given, {keys}"
              f" different numbers and codes, {run.model.refusals} refused", flush=True)
        self.assertEqual(run.model.failures, [], f"seed {SEED}")
        for client in clients:
            self.check_found(nodes, client)
        self.check_store()
        for node in nodes:
            self.assertEqual(node.stop(), 0)

    def started(self, number):
        node = self.node(number, log={"level": "standard", "keep-files": 2})
        node.config.update(SECTIONS)
        node.write_config()
        return node.start()

    def kill_meanwhile(self, run, threads):
        dice = random.Random(f"{SEED}-kills")
        kills = 0
        done = threading.Event()
        while any(thread.is_alive() for thread in threads):
            # Any moment is what is meant; it ends early with the clients.
            done.wait(dice.uniform(1, 4))
            victim = dice.randrange(len(run.nodes))
            if not run.go_on():
                break
            run.up[victim].clear()
            run.nodes[victim].kill_both()
            run.nodes[victim].start()
            run.up[victim].set()
            kills += 1
        return kills

    def check_found(self, nodes, client):
        """What a client still has is there on each node."""
        for service in client.own:
            for node in nodes:
                answer = node.get(f"service/{service.id}")
                if service.lives(time.monotonic()):
                    self.assertEqual(answer.status, 200, f"{service.id} of {service.section}, seed {SEED}")

    def check_store(self):
        """No booking and no code without a service that has it, and no two services with one code."""
        now = "extract(epoch FROM clock_timestamp()) * 1000"
        living = f"s.expires_at > {now} - 1000 AND s.access_expires_at > {now} - 1000"
        self.assertEqual(self.store.rows(
            f"SELECT group_name, value, owner FROM mobile_resources AS r WHERE used_at > {now} + 1000 AND NOT EXISTS"
            f" (SELECT 1 FROM mobile_services AS s WHERE s.id = r.owner AND s.number = r.value AND {living})"), [])
        self.assertEqual(self.store.rows(
            f"SELECT number_key, code, service FROM mobile_codes AS c WHERE expires_at > {now} + 1000 AND NOT EXISTS"
            f" (SELECT 1 FROM mobile_services AS s WHERE s.id = c.service AND s.number_key = c.number_key AND s.code = c.code"
            f" AND {living})"), [])
        self.assertEqual(self.store.rows(
            f"SELECT number_key, code FROM mobile_services AS s WHERE code <> '' AND s.access_expires_at > {now}"
            f" AND s.expires_at > {now} GROUP BY number_key, code HAVING count(*) > 1"), [])


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Random calls of services against a model, with kills.")
    parser.add_argument("--requests", type=int, default=REQUESTS)
    parser.add_argument("--seed", type=int, default=SEED)
    known, rest = parser.parse_known_args()
    REQUESTS, SEED = known.requests, known.seed
    unittest.main(argv=[sys.argv[0], *rest])
