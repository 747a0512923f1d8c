"""The proxy dies with requests in flight: the supervisor keeps its sessions, a new proxy answers, nothing that was
acknowledged is lost and nothing is applied twice. Guards must-not list 9.2, 4."""
import collections
import os
import signal
import threading
import unittest

from harness import SystemTest


class ProxyKilled(SystemTest):
    def test_answers_come_again_and_nothing_acknowledged_is_lost(self):
        server = self.running()
        supervisor = server.process.pid
        acknowledged, sent = [], []
        stop = threading.Event()
        counted = threading.Semaphore(0)

        def client(number):
            serial = 0
            while not stop.is_set():
                mark = f"{number}-{serial}"
                serial += 1
                try:
                    connection = server.connect(5)
                    for _ in range(50):
                        sent.append(mark)
                        if server.add(SEQ=mark, connection=connection).status == 200:
                            acknowledged.append(mark)
                            counted.release()
                        mark = f"{number}-{serial}"
                        serial += 1
                    connection.close()
                except (OSError, ValueError, IndexError):
                    continue
                except Exception:  # http.client's own complaints about a cut-off answer
                    continue

        clients = [threading.Thread(target=client, args=(n,)) for n in range(4)]
        for thread in clients:
            thread.start()
        for _ in range(5):
            for _ in range(100):
                counted.acquire(timeout=60)
            os.kill(server.proxy_pid, signal.SIGKILL)
            before = server.proxy_pid
            server.await_proxy()
            self.assertNotEqual(before, server.proxy_pid)
        for _ in range(100):
            counted.acquire(timeout=60)
        stop.set()
        for thread in clients:
            thread.join()

        self.assertEqual(server.process.pid, supervisor)
        self.assertIsNone(server.process.poll())
        self.assertEqual(server.status()["proxy"]["restarts"], 5)
        self.assertEqual(server.stop(), 0)
        stored = collections.Counter(
            mark for (mark,) in server.rows("SELECT json_extract(custom, '$.SEQ') FROM records"))
        self.assertEqual([m for m in acknowledged if stored[m] != 1], [])
        self.assertEqual([m for m, n in stored.items() if n > 1], [])
        self.assertLessEqual(set(stored), set(sent))


if __name__ == "__main__":
    unittest.main()
