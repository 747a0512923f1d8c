"""kill -9 of the supervisor at random moments under load, restarted on the same store: every acknowledged AddRecord is
there exactly once, every unacknowledged one not at all or once. The checker reads the store itself.

OUTPOST_KILLS (default 200) and OUTPOST_SEED choose how often and when."""
import collections
import os
import random
import threading
import unittest

from harness import SCALE, SystemTest, await_gone

KILLS = int(os.environ.get("OUTPOST_KILLS", "200"))
CLIENTS = 4


class Load:
    """Clients that note what they sent and what was acknowledged."""

    def __init__(self, server):
        self.server = server
        self.sent = set()
        self.acknowledged = []
        self.round = 0
        self.answered = threading.Event()  # in this round

    def run(self, number, go_on):
        serial = 0
        connection = self.server.connect(20)
        try:
            while go_on.is_set():
                mark = f"{self.round}-{number}-{serial}"
                serial += 1
                self.sent.add(mark)
                answer = self.server.add(SEQ=mark, connection=connection)
                if answer.status == 200:
                    self.acknowledged.append(mark)
                    self.answered.set()
        except Exception:  # the server died under us: this request stays unacknowledged
            pass
        finally:
            connection.close()


class SupervisorKilled(SystemTest):
    def test_every_acknowledged_record_is_there_exactly_once(self):
        seed = int(os.environ.get("OUTPOST_SEED", random.randrange(2**32)))
        print(f"seed {seed}, {KILLS} kills", flush=True)
        dice = random.Random(seed)
        server = self.running(log={"level": "interaction"})
        load = Load(server)
        for load.round in range(KILLS):
            go_on = threading.Event()
            go_on.set()
            load.answered.clear()
            clients = [threading.Thread(target=load.run, args=(n, go_on)) for n in range(CLIENTS)]
            for thread in clients:
                thread.start()
            # In every other round something is acknowledged before, however slow the machine is. Then a moment, not an event: the
            # very point is that it is any moment.
            if load.round % 2:
                self.assertTrue(load.answered.wait(60 * SCALE))
            threading.Event().wait(dice.uniform(0, 0.08))
            server.kill()
            server.wait()
            go_on.clear()
            for thread in clients:
                thread.join()
            await_gone(server.proxy_pid)
            server.start()
        self.assertEqual(server.stop(), 0)

        stored = collections.Counter(
            mark for (mark,) in server.rows("SELECT json_extract(custom, '$.SEQ') FROM records"))
        print(f"{len(load.sent)} sent, {len(load.acknowledged)} acknowledged, {len(stored)} stored", flush=True)
        self.assertGreaterEqual(len(load.acknowledged), KILLS // 2)
        self.assertEqual([m for m in load.acknowledged if stored[m] != 1], [], "acknowledged, but not there once")
        self.assertEqual([m for m, n in stored.items() if n > 1], [], "there twice")
        self.assertLessEqual(set(stored), load.sent)
        self.assertEqual(server.store.damage(), [])


if __name__ == "__main__":
    unittest.main()
