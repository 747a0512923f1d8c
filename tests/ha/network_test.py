"""The links between the hosts do what the rules say: both ways, one way, slow, lossy, and whole again."""
import contextlib
import os
import socket
import threading
import time
import unittest

import network


@unittest.skipUnless(network.available(), "hosts of their own need root and /dev/net/tun")
class Links(unittest.TestCase):
    def setUp(self):
        self.network = network.Network("a", "b", "c")
        self.addCleanup(self.network.close)
        self.listeners = {}
        for name in "ab":
            with self.network[name].inside():
                listener = socket.create_server((self.network[name].address, 0))
            self.listeners[name] = listener
            self.addCleanup(listener.close)
            threading.Thread(target=self.echo, args=(listener,), daemon=True).start()

    @staticmethod
    def echo(listener):
        with contextlib.suppress(OSError):
            while True:
                peer, _ = listener.accept()
                with peer:
                    peer.settimeout(5)
                    with contextlib.suppress(OSError):
                        peer.sendall(peer.recv(100))

    def reaches(self, source, target, timeout=0.4):
        with self.network[source].inside(), contextlib.suppress(OSError):
            with socket.create_connection(self.listeners[target].getsockname(), timeout=timeout) as peer:
                peer.sendall(b"hello")
                return peer.recv(100) == b"hello"
        return False

    def test_whole(self):
        self.assertTrue(self.reaches("c", "a"))
        self.assertTrue(self.reaches("a", "b"))

    def test_cut_both_ways_and_healed(self):
        self.network.cut("a", "b")
        self.assertFalse(self.reaches("a", "b"))
        self.assertFalse(self.reaches("b", "a"))
        self.assertTrue(self.reaches("c", "a"))
        self.network.heal()
        self.assertTrue(self.reaches("a", "b"))

    def test_cut_one_way_lets_no_answer_through(self):
        self.network.cut("b", "a", both=False)
        self.assertFalse(self.reaches("a", "b"))
        self.assertTrue(self.reaches("c", "b"))

    def test_isolated(self):
        self.network.isolate("a")
        self.assertFalse(self.reaches("c", "a"))
        self.assertTrue(self.reaches("c", "b"))

    def test_slow(self):
        self.network.link("a", "b", delay_ms=100, both=True)
        begin = time.monotonic()
        self.assertTrue(self.reaches("a", "b", 5))
        self.assertGreater(time.monotonic() - begin, 0.3)

    def test_lossy(self):
        self.network.link("a", "b", drop=0.3, both=True)
        self.assertTrue(any(self.reaches("a", "b", 5) for _ in range(5)))

    def test_this_thread_is_home_again(self):
        home = os.stat("/proc/thread-self/ns/net").st_ino
        with self.network["a"].inside():
            self.assertNotEqual(os.stat("/proc/thread-self/ns/net").st_ino, home)
        self.assertEqual(os.stat("/proc/thread-self/ns/net").st_ino, home)


if __name__ == "__main__":
    unittest.main()
