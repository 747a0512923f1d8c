"""A removed listener ends HTTP; a listener that comes back starts it again; without one there is no proxy at all."""
import signal
import socket
import unittest

from harness import SystemTest, await_gone


class ListenerRemoval(SystemTest):
    def test_hup_without_the_listener_stops_http(self):
        server = self.running()
        listeners, server.config["listeners"] = server.config["listeners"], []
        server.write_config()
        server.kill(signal.SIGHUP)
        server.notify.wait("STATUS=HTTP proxy stopped", process=server.process)
        await_gone(server.proxy_pid)
        with self.assertRaises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", server.port))
        self.assertIsNone(server.status()["proxy"])

        server.config["listeners"] = listeners
        server.write_config()
        server.command("reload")
        server.await_proxy()
        self.assertEqual(server.add().status, 200)

    def test_no_listener_no_proxy(self):
        server = self.outpost(listeners=[]).start()
        self.assertIsNone(server.status()["proxy"])
        self.assertEqual(server.stop(), 0)
        self.assertNotIn("starting, pid", server.log_text())


if __name__ == "__main__":
    unittest.main()
