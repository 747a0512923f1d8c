"""The database goes away under a supervisor without redundancy: requests get 503 soon, nothing is half applied, it goes on
by itself when the database is back, and the log says both once."""
import contextlib
import itertools
import pathlib
import re
import select
import socket
import threading
import time
import unittest

import engines
from harness import SCALE, SystemTest, eventually


class SlowDoor:
    """Where programs find a server's Unix socket. What the first of them that come say first is kept back for a while, as
    by a server that has much else to do; then it is passed on."""

    KEPT_BACK_S = 2

    def __init__(self, server, folder, slow):
        self.server = pathlib.Path(server.directory, f".s.PGSQL.{server.port}")
        self.folder = folder
        self.slow = slow
        self.left = []  # of those kept back, whether each left before it was passed on
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(str(folder / self.server.name))
        self.listener.listen(64)
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()

    def _accept(self):
        with contextlib.suppress(OSError):
            for number in itertools.count():
                client, _ = self.listener.accept()
                threading.Thread(target=self._serve, args=(client, number < self.slow), daemon=True).start()

    def _serve(self, client, slow):
        with client, socket.socket(socket.AF_UNIX) as server, contextlib.suppress(OSError):
            said = client.recv(65536)
            if slow:
                # It says no more before it has an answer: what can be read is its end.
                left = bool(select.select([client], [], [], self.KEPT_BACK_S)[0])
                self.left.append(left)
                if left:
                    return
            server.connect(str(self.server))
            server.sendall(said)
            to = {client: server, server: client}
            while True:
                for peer in select.select(list(to), [], [])[0]:
                    data = peer.recv(65536)
                    if not data:
                        return
                    to[peer].sendall(data)


@unittest.skipIf(engines.ENGINE == "sqlite", "a file does not go away")
class SlowAtTheStart(SystemTest):
    def test_a_database_that_answers_late_is_waited_for(self):
        database = engines.postgres()
        store = engines.PostgresqlStore(database)
        self.addCleanup(store.close)
        server = self.outpost(store=store)
        door = SlowDoor(database, server.directory, slow=2)
        self.addCleanup(door.close)
        server.config["store"]["url"] = store.url.replace(str(database.directory), str(server.directory))
        server.write_config()
        server.start()
        server.apply()
        self.assertEqual(server.add().status, 200)
        self.assertEqual(door.left, [False, False])


@unittest.skipIf(engines.ENGINE == "sqlite", "a file does not go away")
class DatabaseAway(SystemTest):
    def setUp(self):
        super().setUp()
        self.database = engines.PostgresServer().start()
        self.addCleanup(self.database.close)
        self.store = engines.PostgresqlStore(self.database)
        self.addCleanup(self.store.close)
        self.server = self.outpost(store=self.store, log={"level": "interaction"}).start()
        self.server.apply()

    def assert_503(self, answer):
        self.assertEqual((answer.status, answer.json["GSW_ERROR_NUMBER"]), (503, 135), answer.body)

    def test_it_goes_away_and_comes_back(self):
        for _ in range(2):
            self.assertEqual(self.server.add("+1", SEQ="before").status, 200)
            stored = self.store.rows("SELECT count(*) FROM records")[0][0]
            self.database.kill9()
            # What was sent while the connection broke may be in doubt; from the next on it is known that nothing happens.
            self.assertIn(self.server.add("+2", SEQ="doubt").status, (503, 504))
            for _ in range(20):
                self.assert_503(self.server.add("+3", SEQ="away"))
            self.assertIn("cannot connect to the database", self.server.ctl("apply", str(self.server.directory / "catalogue.json"),
                                                          check=False).stderr)
            self.database.start()
            eventually(lambda: self.server.add("+4", SEQ="after").status == 200, "it works again")
            self.assertEqual(self.store.rows("SELECT count(*) FROM records WHERE contact_info = '+3'")[0][0], 0)
            self.assertGreater(self.store.rows("SELECT count(*) FROM records")[0][0], stored)
        self.server.await_log("Std 40043 ", times=2)
        text = self.server.log_text()
        self.assertEqual((len(re.findall(r"Std 40041 ", text)), len(re.findall(r"Std 40043 ", text))), (2, 2), text)

    def test_no_request_waits_long_for_a_database_that_is_away(self):
        self.database.kill9()
        longest = 0
        for _ in range(10):
            began = time.monotonic()
            self.assertIn(self.server.add().status, (503, 504))
            longest = max(longest, time.monotonic() - began)
        self.assertLess(longest, 20 * SCALE)  # well within http-request-timeout

    def test_a_database_that_says_nothing_is_one_that_is_away(self):
        self.database.freeze()
        self.addCleanup(self.database.thaw)
        statuses = []
        threads = [threading.Thread(target=lambda: statuses.append(self.server.add().status)) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertTrue(set(statuses) <= {503, 504}, statuses)
        self.database.thaw()
        eventually(lambda: self.server.add().status == 200, "it works again")


if __name__ == "__main__":
    unittest.main()
