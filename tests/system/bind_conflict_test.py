"""A port that is taken: the proxy exits with its own code, is tried again each Reconnect Timeout, and the log says so
once, not per attempt. Guards must-not list 9.2, 3."""
import socket
import unittest

from harness import SystemTest, eventually


class BindConflict(SystemTest):
    def test_the_proxy_is_retried_and_the_log_says_so_once(self):
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            port = taken.getsockname()[1]
            server = self.outpost(application={"start-requires-http": False},
                                  listeners=[{"address": "127.0.0.1", "port": port}])
            server.start(wait=False)
            server.notify.wait("READY=1", process=server.process)
            eventually(lambda: server.status()["proxy"]["restarts"] >= 3, "three more attempts")
            status = server.status()["proxy"]
            self.assertIn("status 10", status["last_exit"])
            self.assertIn(str(port), status["last_exit"])
        server.await_proxy()
        self.assertEqual(server.port, port)
        server.apply()
        self.assertEqual(server.add().status, 200)
        complaints = [line for line in server.log_text().splitlines() if " Std " in line and "status 10" in line]
        self.assertEqual(len(complaints), 1, complaints)


if __name__ == "__main__":
    unittest.main()
