"""A proxy that hangs (SIGSTOP) is noticed, killed and replaced."""
import os
import signal
import socket
import unittest

from harness import SystemTest, await_gone, eventually


class ProxyHang(SystemTest):
    def test_a_stopped_proxy_is_killed_and_restarted(self):
        server = self.running(application={"channel-timeout": 1500})
        hung = server.proxy_pid
        os.kill(hung, signal.SIGSTOP)
        server.await_proxy()
        self.assertNotEqual(server.proxy_pid, hung)
        await_gone(hung)
        self.assertEqual(server.add().status, 200)
        self.assertIn("said nothing for", server.log_text())

    def test_a_stopped_supervisor_makes_the_proxy_free_the_port(self):
        server = self.running(application={"channel-timeout": 1500})
        server.kill(signal.SIGSTOP)
        # The proxy is a zombie until the supervisor goes on, but its port is free at once.
        def refused():
            try:
                socket.create_connection(("127.0.0.1", server.port), timeout=1).close()
                return False
            except OSError:
                return True
        eventually(refused, "the port is free")
        server.kill(signal.SIGCONT)
        server.await_proxy()
        self.assertEqual(server.add().status, 200)


if __name__ == "__main__":
    unittest.main()
