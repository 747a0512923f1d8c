"""Services of mobile nodes: what a request-interaction costs beside storing an area, what two nodes over PostgreSQL do beside
one, and how long a callback takes while one of ten targets is dead. Numbers come from a CLUSTER group of 1,000, each is
matched and so free again."""

import argparse
import contextlib
import http.server
import json
import pathlib
import random
import sys
import threading
import time

from load import Client, LoadError
from machine import prepare, scratch
from mobile import creations
from outpost import Mobile, post
from postgres import database, PASSWORD, USER
from report import median, print_goal, print_rates, rate_ratio

STORAGE, SQLITE, ONE, TWO = ("storage, SQLite", "request-interaction, SQLite", "request-interaction, one node, PostgreSQL",
                             "request-interaction, two nodes, PostgreSQL")
NUMBERS = 1_000
BATCH = 800  # below the numbers that there are, so that none runs out
TARGETS = 10
SECTIONS = {
    "service.request-interaction": {"type": "builtin", "service": "request-interaction", "ttl": 600, "resource_group": "Bench",
                                    "provide_code": True},
    "service.match-interaction": {"type": "builtin", "service": "match-interaction", "delete_match": True},
    "list.GMS_Resources.Bench": {"_allocation_strategy": "CLUSTER", "_booking_expiration_time": 600,
                                 **{f"n{i}": f"1-800-{i:07}" for i in range(NUMBERS)}},
    "push": {"pushEnabled": "httpcb"},
}


def node(directory, options, number=1, **more):
    folder = pathlib.Path(directory, f"node{number}")
    folder.mkdir()
    return Mobile(folder, options.bin, options.log_level, **SECTIONS,
                  **{"server": {"node_id": number, "shutdown_delay": 0}, **more})


def requests(count, dice):
    return [post("/genesys/1/service/request-interaction", {"_phone_number": f"+{dice.randrange(10**13):013}", "city": "Ulm"})
            for _ in range(count)]


def matches(answers):
    return [post("/genesys/1/service/match-interaction", {"_access_number": one["_access_number"],
                                                          "_access_code": one["_access_code"]}) for one in answers]


def interact(client, server, options, dice):
    """Batches of requests, of which the matches between them are not timed; no number may be given twice."""
    rounds = []
    for _ in range(max(1, options.requests // BATCH)):
        result, answers = client.send(server, requests(BATCH, dice), options.connections)
        given = [json.loads(answer) for answer in answers]
        if len({one["_access_number"] for one in given}) != BATCH:
            raise LoadError("a number was given twice")
        client.send(server, matches(given), options.connections)
        rounds.append(result)
    return whole(rounds)


def whole(rounds):
    return {"rate": sum(one["requests"] for one in rounds) / sum(one["requests"] / one["rate"] for one in rounds),
            "p50": median(one["p50"] for one in rounds), "p99": max(one["p99"] for one in rounds),
            "cpu": {who: median(one["cpu"][who] for one in rounds) for who in rounds[0]["cpu"]}}


def measure_sqlite(results, options, dice):
    with scratch() as directory, node(directory, options) as server:
        client = Client(directory)
        client.send(server, creations(BATCH, dice), options.connections)
        results[STORAGE].append(client.send(server, creations(options.requests, dice), options.connections)[0])
        interact(client, server, options, dice)
        results[SQLITE].append(interact(client, server, options, dice))


def measure_postgres(results, options, dice):
    with scratch() as directory, database() as postgres:
        store = {"store": {"url": f"postgresql://{USER}:{PASSWORD}@127.0.0.1:{postgres.port}/bench"}}
        with node(directory, options, 1, **store) as one, node(directory, options, 2, **store) as two:
            client = Client(directory)
            interact(client, one, options, dice)
            results[ONE].append(interact(client, one, options, dice))
            results[TWO].append(both(directory, (one, two), options))


def both(directory, servers, options):
    """Two clients at once, each with its node and half of the numbers; what they do together counts."""
    made = [None, None]

    def run(place):
        folder = pathlib.Path(directory, f"client{place}")
        folder.mkdir()
        client, dice = Client(folder), random.Random(place)
        rounds = []
        for _ in range(max(1, options.requests // BATCH)):
            result, answers = client.send(servers[place], requests(BATCH // 2, dice), options.connections // 2)
            client.send(servers[place], matches([json.loads(one) for one in answers]), options.connections // 2)
            rounds.append(result)
        made[place] = whole(rounds)

    threads = [threading.Thread(target=run, args=(place,)) for place in (0, 1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return {"rate": sum(one["rate"] for one in made), "p50": max(one["p50"] for one in made),
            "p99": max(one["p99"] for one in made), "cpu": made[0]["cpu"]}


# --- Callbacks -------------------------------------------------------------------------------------------------------


class Targets:
    """Servers that note when a callback came; a dead one takes connections and never answers."""

    def __init__(self, count, dead=0):
        self.came = {}
        self.news = threading.Condition()
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                text = self.rfile.read(int(self.headers["Content-Length"])).decode()
                with outer.news:
                    outer.came.setdefault(text, []).append(time.monotonic())
                    outer.news.notify_all()
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        class Silent(Handler):
            def do_POST(self):
                outer.ended.wait()

        self.ended = threading.Event()
        self.servers = [http.server.ThreadingHTTPServer(("127.0.0.1", 0), Silent if i < dead else Handler)
                        for i in range(count)]
        for server in self.servers:
            server.daemon_threads = True
            threading.Thread(target=server.serve_forever, daemon=True).start()

    def close(self):
        self.ended.set()
        for server in self.servers:
            server.shutdown()
            server.server_close()


@contextlib.contextmanager
def targets(count, dead):
    made = Targets(count, dead)
    try:
        yield made
    finally:
        made.close()


def p99_of_callbacks(options, dead):
    """Milliseconds from publish to the last of those that live."""
    with scratch() as directory, node(directory, options) as server, targets(TARGETS, dead) as there:
        client = Client(directory)
        client.send(server, [post("/genesys/1/notification/subscription", {
            "subscriberId": "bench", "filter": "bench.*", "expire": 600,
            "notificationDetails": {"type": "httpcb", "deviceId": f"http://127.0.0.1:{one.server_address[1]}/"}})
            for one in there.servers], 1)
        took = []
        for event in range(options.events):
            begun = time.monotonic()
            client.send(server, [post("/genesys/1/notification/publish", {"tag": "bench.1", "message": str(event)})], 1)
            with there.news:
                all_came = there.news.wait_for(lambda: len(there.came.get(str(event), ())) >= TARGETS - dead, 60)
            if not all_came:
                raise LoadError("a callback never came")
            took.append((max(there.came[str(event)]) - begun) * 1000)
        return sorted(took)[int(len(took) * 0.99)]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bin", type=pathlib.Path, required=True)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--requests", type=int, default=16_000)
    parser.add_argument("--events", type=int, default=200)
    parser.add_argument("--connections", type=int, default=64)
    parser.add_argument("--log-level", default="standard")
    options = parser.parse_args()
    prepare()
    results = {name: [] for name in (STORAGE, SQLITE, ONE, TWO)}
    dice = random.Random(1)
    try:
        for _ in range(options.rounds):
            measure_sqlite(results, options, dice)
            measure_postgres(results, options, dice)
        alive, with_dead = p99_of_callbacks(options, 0), p99_of_callbacks(options, 1)
    except (LoadError, RuntimeError) as error:
        sys.exit(f"bench: {error}")
    print_rates(results, width=44)
    print("\nMedians of each round's ratio:")
    print_goal("request-interaction to storing an area, SQLite", rate_ratio(results[SQLITE], results[STORAGE]), at_least=0.5)
    print_goal("two nodes to one, PostgreSQL", rate_ratio(results[TWO], results[ONE]), at_least=1.5)
    print_goal("p99 of nine callbacks, a tenth dead, to ten alive", with_dead / alive, at_most=1.2)


if __name__ == "__main__":
    main()
