"""The supervisor dies: the proxy frees the port and is gone within a second, so that nobody holds the port as an orphan.
Guards must-not list 9.2, 5. (The second is the proxy's own limit, tested there; here we await the event.)"""
import unittest

from harness import SystemTest, await_gone


class SupervisorDeath(SystemTest):
    def test_the_proxy_leaves_and_the_next_pair_takes_the_same_port(self):
        server = self.running()
        proxy, port = server.proxy_pid, server.port
        server.kill()
        server.wait()
        await_gone(proxy, 5)
        server.config["listeners"][0]["port"] = port
        server.write_config()
        server.start()
        self.assertEqual(server.port, port)
        self.assertEqual(server.add().status, 200)


if __name__ == "__main__":
    unittest.main()
