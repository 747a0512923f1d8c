"""A client that is too slow gets 408 and is closed; an idle one is closed without a word."""
import socket
import unittest

from harness import SystemTest, read_to_end


class SlowClient(SystemTest):
    def test_deadlines(self):
        server = self.running(application={"http-header-timeout": 1, "http-body-timeout": 1, "http-idle-timeout": 1})
        cases = [(b"POST /lists/Spr", b"HTTP/1.1 408 "),
                 (b"POST /lists/a?req=AddRecord HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n{", b"HTTP/1.1 408 "),
                 (b"", b"")]
        peers = [socket.create_connection(("127.0.0.1", server.port), timeout=60) for _ in cases]
        for peer, (data, _) in zip(peers, cases):
            peer.sendall(data)
        for peer, (data, expected) in zip(peers, cases):
            answer = read_to_end(peer)
            self.assertTrue(answer.startswith(expected) and bool(answer) == bool(expected), (data, answer))
            peer.close()


if __name__ == "__main__":
    unittest.main()
