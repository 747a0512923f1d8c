"""kill -9 of outpostd and its proxy, right after an answer or at any moment: the next start finds every area that was
acknowledged, whole. The checker reads them as clients do, and at the end the store itself.

OUTPOST_KILLS (default 24) and OUTPOST_SEED choose how often and when; scripts/soak --only mobile-kills is the long form."""

import json
import os
import random
import threading
import unittest
import urllib.parse

from http_client import Client
from mobile import API, FORM, MobileTest, multipart

KILLS = int(os.environ.get("OUTPOST_KILLS", "24"))
CLIENTS = 3
TTL = 86_400
READ_AGAIN_MAX = 20  # of those of earlier rounds, in each round; the store itself tells of all at the end


class Load:
    """Clients that store texts and note which were acknowledged."""

    def __init__(self, server):
        self.server = server
        self.acknowledged = {}  # id: its text
        self.serial = 0
        self.lock = threading.Lock()

    def next(self):
        with self.lock:
            self.serial += 1
            return f"text-{self.serial}"

    def create(self, client):
        text = self.next()
        if self.serial % 4:
            body, headers = urllib.parse.urlencode({"text": text}), FORM
        else:
            body, headers = multipart([("text", text), ("file", text.encode() * 100, "f", "image/png")])
        answer = client.post(f"{API}/storage/{TTL}", body, headers)
        if answer.status == 200:
            self.acknowledged[answer.json["id"]] = text
        return answer.status

    def run(self, go_on):
        client = Client(self.server)
        try:
            while go_on.is_set():
                self.create(client)
        except OSError:  # the node died under us: this one is not acknowledged
            pass
        finally:
            client.close()


class MobileKilled(MobileTest):
    def test_every_acknowledged_area_is_there(self):
        seed = int(os.environ.get("OUTPOST_SEED", random.randrange(2**32)))
        print(f"seed {seed}, {KILLS} kills", flush=True)
        dice = random.Random(seed)
        server = self.node(log={"level": "standard", "keep-files": 2}).start()
        load = Load(server)
        for number in range(KILLS):
            known = len(load.acknowledged)
            if number % 2:
                self.kill_after_an_answer(server, load)
            else:
                self.kill_under_load(server, load, dice)
            server.start()
            areas = list(load.acknowledged)
            self.check_read(server, load, areas[known:] + dice.sample(areas[:known], min(known, READ_AGAIN_MAX)))
        self.assertEqual(server.stop(), 0)
        self.check_store(load)

    def kill_after_an_answer(self, server, load):
        """The answer has come, and the next thing that happens is the end of both."""
        client = Client(server)
        try:
            self.assertEqual(load.create(client), 200)
            server.kill_both()
        finally:
            client.close()

    def kill_under_load(self, server, load, dice):
        go_on = threading.Event()
        go_on.set()
        clients = [threading.Thread(target=load.run, args=(go_on,)) for _ in range(CLIENTS)]
        for thread in clients:
            thread.start()
        # A moment after the start, not an event: the very point is that it is any moment.
        threading.Event().wait(dice.uniform(0, 0.08))
        server.kill_both()
        go_on.clear()
        for thread in clients:
            thread.join()

    def check_read(self, server, load, areas):
        client = Client(server)
        try:
            for area in areas:
                answer = client.request("GET", f"{API}/storage/{area}")
                self.assertEqual(answer.status, 200, f"{area} was acknowledged")
                self.assertEqual(answer.json["text"], load.acknowledged[area])
                if "file" in answer.json:
                    data = client.request("GET", f"{API}/storage/binary/{area}/file")
                    self.assertEqual(data.body, load.acknowledged[area].encode() * 100)
        finally:
            client.close()

    def check_store(self, load):
        stored = dict(self.store.rows("SELECT id, texts FROM mobile_areas"))
        print(f"{load.serial} sent, {len(load.acknowledged)} acknowledged, {len(stored)} stored", flush=True)
        self.assertGreaterEqual(len(load.acknowledged), KILLS // 2)
        for area, text in load.acknowledged.items():
            self.assertEqual(json.loads(stored[area])["text"], text)
        self.assertEqual(self.store.damage(), [])


if __name__ == "__main__":
    unittest.main()
