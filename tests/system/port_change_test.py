"""A changed port is not told to a running proxy: the next one that starts uses it. Guards must-not list 9.2, 13."""
import os
import signal
import socket
import unittest

from harness import SystemTest


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class PortChange(SystemTest):
    def test_the_next_proxy_uses_the_new_port(self):
        server = self.running()
        old = server.port
        new = free_port()
        server.config["listeners"][0]["port"] = new
        server.write_config()
        changes = server.ctl_json("reload")["changes"]
        self.assertTrue(any("next proxy start" in change for change in changes), changes)
        self.assertEqual(server.add().status, 200)
        self.assertEqual(server.status()["proxy"]["listeners"][0]["port"], old)

        os.kill(server.proxy_pid, signal.SIGKILL)
        server.await_proxy()
        self.assertEqual(server.port, new)
        self.assertEqual(server.add().status, 200)
        with self.assertRaises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", old))

    def test_a_port_chosen_by_the_kernel_is_kept_by_the_next_proxy(self):
        server = self.running()
        before = server.port
        os.kill(server.proxy_pid, signal.SIGKILL)
        server.await_proxy()
        self.assertEqual(server.port, before)


if __name__ == "__main__":
    unittest.main()
