"""1,000 connects that send nothing, then resets and garbage: the listener stays open and the next good request is
answered by the same process. Guards must-not list 9.2, 1."""
import resource
import socket
import struct
import unittest

from harness import COUNTED_SOON, SystemTest, eventually

GARBAGE = [b"\r\n\r\n", b"\x00" * 64, bytes(range(256)) * 8, b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x5a" * 64,
           b"SSH-2.0-probe\r\n", b"HELP\r\n\r\n", b"OPTIONS sip:nm SIP/2.0\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", b"A" * 70000]


class SilentConnects(SystemTest):
    def test_the_listener_stays_open(self):
        _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 4096), hard))
        server = self.running(application={"http-max-connections": 2000, "http-max-connections-per-source": 0,
                                           **COUNTED_SOON})
        pid = server.proxy_pid
        silent = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(1000)]
        self.assertEqual(server.add().status, 200)
        eventually(lambda: server.status()["proxy"]["connections"] >= 1000, "all are accepted")

        for peer in silent[:500]:  # a reset, not a close
            peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        for peer in silent:
            peer.close()
        for bytes_ in GARBAGE:
            answer = server.raw(bytes_)
            self.assertTrue(answer == b"" or answer.startswith((b"HTTP/1.1 4", b"HTTP/1.1 5")), answer[:80])
        self.assertEqual(server.add().status, 200)
        status = server.status()["proxy"]
        self.assertEqual((status["pid"], status["restarts"]), (pid, 0))

    def test_connections_over_the_limit_get_503_and_the_limit_frees_up(self):
        server = self.running(application={"http-max-connections": 10, "http-min-body-rate": 0, **COUNTED_SOON})
        held = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(10)]
        for peer in held:  # one that is idle, or only begins, would be closed to make room
            peer.sendall(b"POST /lists/a?req=AddRecord HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n{")
        eventually(lambda: server.status()["proxy"]["connections"] == 10, "ten are open")
        eventually(lambda: server.raw(b"", finish=False).startswith(b"HTTP/1.1 503 "), "one more is told so")
        for peer in held:
            peer.close()
        eventually(lambda: server.status()["proxy"]["connections"] == 0, "all are closed")
        self.assertEqual(server.add().status, 200)


if __name__ == "__main__":
    unittest.main()
