"""What a source, a connection and a slow client are allowed, and that an early refusal never becomes a reset."""
import contextlib
import json
import resource
import select
import socket
import unittest

from harness import COUNTED_SOON, SCALE, SharedServerTest, SystemTest, eventually, read_response

STATUS = "/campaigngroups/201?req=CampaignStatusRequest"
GET = f"GET {STATUS} HTTP/1.1\r\nHost: x\r\n\r\n".encode()
APPLICATION = {"http-custom-headers": "X-Frame-Options: SAMEORIGIN", **COUNTED_SOON}


class Limited:
    """Clients of `self.server`."""

    def connect(self, source="127.0.0.1", receive_buffer=None):
        peer = socket.socket()
        self.addCleanup(peer.close)
        peer.settimeout(60 * SCALE)
        if receive_buffer:
            peer.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        peer.bind((source, 0))
        peer.connect(("127.0.0.1", self.server.port))
        return peer

    def to_clean_end(self, peer):
        """Everything until the end; a reset is an error here."""
        data = b""
        while chunk := peer.recv(65536):
            data += chunk
        # Whatever it is, 408, 503 or 200, it has the configured headers.
        self.assertEqual(data.count(b"HTTP/1.1 "), data.count(b"\r\nX-Frame-Options: SAMEORIGIN\r\n"), data[:300])
        return data

    def ask(self, peer, request=GET):
        peer.sendall(request)
        with peer.makefile("rb") as stream:
            return read_response(stream)

    def counters(self):
        return self.server.status()["proxy"]


class HttpLimits(Limited, SharedServerTest):
    options = {"application": APPLICATION, "log": {"level": "trace"}}

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.unlimited = cls.server.config["application"].copy()

    def served(self, **application):
        """The server, with no other limits than these."""
        self.server.config["application"] = self.unlimited.copy()
        self.server.reload(**application)
        if any("max-connections" in name for name in application):
            eventually(lambda: self.counters()["connections"] == 0, "whoever was there before is gone")
        return self.server

    def test_a_denied_source_is_closed_without_a_word(self):
        server = self.served(**{"http-deny": "127.0.0.2, 127.0.1.0/24"})
        for source in ("127.0.0.2", "127.0.1.77"):
            self.assertEqual(self.connect(source).recv(100), b"")
        self.assertEqual(self.ask(self.connect("127.0.0.3")).status, 200)
        eventually(lambda: self.counters()["connections_denied"] == 2, "both are counted")
        server.await_log(r"Trc 41060 connection \d+ from 127\.0\.0\.2 is denied", proxy=True)
        # A reload is enough to change it; deny beats allow.
        server.reload(**{"http-allow": "127.0.0.2/31", "http-deny": "127.0.0.3"})
        self.assertEqual(self.ask(self.connect("127.0.0.2")).status, 200)
        for source in ("127.0.0.1", "127.0.0.3"):
            self.assertEqual(self.connect(source).recv(100), b"")

    def test_a_source_over_its_connections_is_told_so_and_others_are_not(self):
        self.served(**{"http-max-connections-per-source": 3})
        held = [self.connect() for _ in range(3)]
        for peer in held:
            self.assertEqual(self.ask(peer).status, 200)
        over = self.to_clean_end(self.connect())
        self.assertRegex(over, rb"^HTTP/1\.1 503 ")
        self.assertIn(b"\r\nRetry-After: 5\r\n", over)
        self.assertIn(b"\r\nConnection: close\r\n", over)
        self.assertEqual(self.ask(self.connect("127.0.0.2")).status, 200)
        held.pop().close()
        eventually(lambda: self.counters()["connections"] <= 3, "its connection is gone")
        self.assertEqual(self.ask(self.connect()).status, 200)

    def test_a_source_over_its_rate_gets_429_in_order_and_stays_connected(self):
        server = self.served(**{"http-request-rate": 1, "http-request-burst": 5})
        peer = self.connect()
        before = server.status()["requests"]["received"]
        peer.sendall(GET * 8)
        with peer.makefile("rb") as stream:
            answers = [read_response(stream) for _ in range(8)]
        # A token may have come back on a slow machine, but never between the first five.
        statuses = [answer.status for answer in answers]
        self.assertEqual(statuses[:5], [200] * 5)
        self.assertIn(429, statuses)
        refused = [answer for answer in answers if answer.status == 429]
        for answer in answers:
            self.assertEqual(answer.headers["X-Frame-Options"], "SAMEORIGIN")
        for answer in refused:
            self.assertEqual(answer.json["GSW_ERROR_NUMBER"], 429)
            self.assertGreaterEqual(int(answer.headers["Retry-After"]), 1)
            self.assertIsNone(answer.headers["Connection"])
        self.assertEqual(server.status()["requests"]["received"] - before, 8 - len(refused))
        # Another connection of the source is no new bucket, another source is.
        self.assertEqual(self.ask(self.connect("127.0.0.2")).status, 200)
        self.assertEqual(eventually(lambda: self.ask(peer).status == 200 and 200, "a token comes back"), 200)
        eventually(lambda: self.counters()["rate_limited"] >= len(refused), "they are counted")

    def test_heads_that_do_not_end_make_room_too(self):
        self.served(**{"http-max-connections": 4})
        for _ in range(8):  # none of them ever says more than this
            self.connect().sendall(b"G")
            self.assertEqual(self.ask(self.connect()).status, 200)

    def test_connections_with_a_request_on_its_way_are_never_closed_for_others(self):
        self.served(**{"http-max-connections": 4, "http-min-body-rate": 0})
        busy = [self.connect() for _ in range(4)]
        upload = f"POST {STATUS} HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{{}}".encode()
        for peer in busy:
            peer.sendall(upload[:-1])
        eventually(lambda: self.counters()["connections"] == 4, "four are open")
        # The bytes of all four were read once a fifth, which comes behind them, is answered.
        eventually(lambda: self.to_clean_end(self.connect()).startswith(b"HTTP/1.1 503 "), "none is idle")
        for peer in busy:
            self.assertEqual(self.ask(peer, upload[-1:]).status, 200)

    def test_the_last_request_of_a_connection_says_so(self):
        self.served(**{"http-max-requests-per-connection": 3})
        peer = self.connect()
        peer.sendall(GET * 5)
        data = self.to_clean_end(peer)
        self.assertEqual((data.count(b"HTTP/1.1 200 "), data.count(b"Connection: close")), (3, 1))
        self.assertIn(b"Connection: close", data.rpartition(b"HTTP/1.1 200 ")[2])

    def test_a_body_that_trickles_is_408(self):
        self.served(**{"http-min-body-rate": 1000, "http-body-timeout": 3000})
        peer = self.connect()
        peer.sendall(b"POST /lists/a?req=AddRecord HTTP/1.1\r\nHost: x\r\nContent-Length: 60000\r\n\r\n" + b" " * 100)
        data = self.to_clean_end(peer)
        self.assertRegex(data, rb"^HTTP/1\.1 408 ")
        self.assertIn(b"\r\nConnection: close\r\n", data)

    def test_a_head_that_trickles_is_408_counted_from_its_first_byte(self):
        self.served(**{"http-header-timeout": 1})
        peer = self.connect()
        peer.settimeout(0.05)
        data = b""
        for byte in b"GET / HTTP/1.1\r\nHost: x\r\nX-Long: " + b"a" * 8000:
            try:
                peer.sendall(bytes([byte]))
                data = peer.recv(1000)
                break
            except TimeoutError:
                continue
        self.assertRegex(data, rb"^HTTP/1\.1 408 ")

    def test_a_client_that_takes_nothing_of_its_responses_is_closed(self):
        self.served(**{"http-idle-timeout": 1, "http-max-queued": 4096})
        peer = self.connect(receive_buffer=4096)
        peer.setblocking(False)
        request = b"GET /nothing/1?req=x HTTP/1.1\r\nHost: x\r\n\r\n" * 100

        def is_cut_off():
            try:
                while peer.send(request):
                    continue
            except BlockingIOError:
                return False
            except OSError:
                return True

        eventually(is_cut_off, "it is cut off", seconds=60)
        eventually(lambda: self.counters()["connections"] == 0, "its slot is free")
        self.server.await_log(" 41062 ", proxy=True)

    def test_an_early_refusal_is_read_whole_and_ends_clean(self):
        self.served()
        body = b" " * (3 * 1024 * 1024)
        sized = b"Content-Length: %d\r\n" % len(body)
        chunk = b"%x\r\n" % len(body) + body
        for what, request, status in (
                ("body over the limit", b"POST /lists/a?req=AddRecord HTTP/1.1\r\nHost: x\r\n" + sized + b"\r\n" + body, 413),
                ("chunk over the limit", b"POST /lists/a?req=AddRecord HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
                 + chunk, 413),
                ("malformed head", b"POST /lists/a HTTP/1.1\r\nHost: x\r\nX : y\r\n" + sized + b"\r\n" + body, 400),
                ("head refused before its body", b"POST /nothing/1?req=x HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\n"
                 b"Content-Length: 60000\r\n\r\n" + body, 404),
                ("bytes behind the last request", GET.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n") + body, 200)):
            with self.subTest(what):
                peer = self.connect()
                peer.sendall(request)
                data = self.to_clean_end(peer)
                self.assertTrue(data.startswith(b"HTTP/1.1 %d " % status), data[:100])
                head, body_ = data.split(b"\r\n\r\n", 1)
                self.assertIn(b"Connection: close", head)
                json.loads(body_)
                peer.close()

    UPLOAD = b"POST /lists/a?req=AddRecord HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000000000\r\n\r\n"

    def test_an_endless_upload_that_stops_at_its_answer_ends_clean(self):
        self.served()
        peer = self.connect()
        peer.sendall(self.UPLOAD)
        while not select.select([peer], [], [], 0)[0]:
            peer.sendall(b" " * 65536)
        data = self.to_clean_end(peer)
        self.assertRegex(data, rb"^HTTP/1\.1 413 ")
        self.assertIn(b"\r\nConnection: close\r\n", data)
        peer.close()
        eventually(lambda: self.counters()["connections"] == 0, "its slot is free")

    def cut_off_upload(self, piece):
        """Sends until the server cuts it off; returns how much was sent and what there is to read then."""
        peer = self.connect()
        peer.sendall(self.UPLOAD)
        sent = 0
        with self.assertRaises((BrokenPipeError, ConnectionResetError)):
            while sent < 2**30:
                sent += peer.send(piece)
        data = b""
        with contextlib.suppress(ConnectionResetError):
            while chunk := peer.recv(65536):
                data += chunk
        eventually(lambda: self.counters()["connections"] == 0, "its slot is free")
        return sent, data

    def test_an_endless_upload_that_never_stops_is_cut_off_and_still_hears_why(self):
        self.served()
        sent, data = self.cut_off_upload(b" " * 65536)
        self.assertRegex(data, rb"^HTTP/1\.1 413 ")
        self.assertLess(sent, 48 * 2**20)  # 16 MiB, and what the system holds on both sides
        sent, data = self.cut_off_upload(b" ")  # so little that only time ends it
        self.assertRegex(data, rb"^HTTP/1\.1 413 ")
        self.assertLess(sent, 16 * 2**20)
        self.assertEqual(self.ask(self.connect()).status, 200)

    def test_status_shows_the_limits_in_force(self):
        server = self.served(**{"http-request-rate": 7, "http-deny": "192.0.2.0/24", "http-max-queued": 5000})
        limits = server.status()["limits"]
        self.assertEqual((limits["request_rate"], limits["queued_bytes_max"], limits["connections_max"], limits["deny"]),
                         (7, 5000, 1024, "192.0.2.0/24"))
        for name in ("connections_per_source_max", "requests_per_connection_max", "header_bytes_max", "header_fields_max",
                     "target_bytes_max", "body_bytes_max", "header_timeout_ms", "body_timeout_ms", "idle_timeout_ms",
                     "handshake_timeout_ms", "body_rate_min", "pipeline_max", "request_burst", "allow"):
            self.assertIn(name, limits)
        text = server.ctl("status").stdout
        self.assertIn("7 per second", text)
        self.assertIn("192.0.2.0/24", text)


class HttpLimitsAlone(Limited, SystemTest):
    """What a server cannot go through with others."""

    def served(self, sandbox=None, **application):
        self.server = self.running(sandbox=sandbox or {}, application={**APPLICATION, **application})
        return self.server

    def test_a_wrong_network_is_one_clear_error(self):
        server = self.outpost(application={"http-deny": "10.1.2.3/8"})
        server.start(wait=False)
        self.assertNotEqual(server.wait(), 0)
        text = (server.directory / "stderr.txt").read_text()
        self.assertEqual(text.count("http-deny"), 1, text)
        self.assertIn("write 10.0.0.0/8 for the network or 10.1.2.3 for the address alone", text)

    def test_a_drain_in_the_middle_of_an_upload_ends_clean(self):
        server = self.served()
        peer = self.connect()
        peer.sendall(b"POST /lists/a?req=AddRecord HTTP/1.1\r\nHost: x\r\nContent-Length: 60000\r\n\r\n" + b" " * 30000)
        eventually(lambda: self.counters()["connections"] == 1, "it is open")
        server.reload(**{"stop-timeout": 1})
        server.ctl("stop")
        data = self.to_clean_end(peer)
        self.assertRegex(data, rb"^HTTP/1\.1 503 ")
        self.assertEqual(server.wait(), 0)

    def test_a_want_of_descriptors_makes_accepting_rest_and_requests_go_on(self):
        server = self.served(sandbox={"user": ""},  # ours may change its limits
                             **{"http-idle-timeout": 600, "http-min-body-rate": 0})
        busy = self.connect()
        upload = f"POST {STATUS} HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{{}}".encode()
        busy.sendall(upload[:-1])
        self.assertEqual(self.ask(self.connect()).status, 200)
        limits = resource.prlimit(server.proxy_pid, resource.RLIMIT_NOFILE)
        resource.prlimit(server.proxy_pid, resource.RLIMIT_NOFILE, (40, limits[1]))
        waiting = [self.connect() for _ in range(60)]
        eventually(lambda: " 41011 " in server.log_text(proxy=True), "accepting rests")
        for peer in waiting[-5:]:  # they waited in the system's queue until those that were idle made room
            self.assertEqual(self.ask(peer).status, 200)
        self.assertEqual(self.ask(busy, upload[-1:]).status, 200)
        resource.prlimit(server.proxy_pid, resource.RLIMIT_NOFILE, limits)
        self.assertEqual(server.add().status, 200)
        self.assertEqual((self.counters()["pid"], self.counters()["restarts"]), (server.proxy_pid, 0))

    def test_the_longest_idle_connection_makes_room_for_a_new_one(self):
        self.served(**{"http-max-connections": 4})
        peers = [self.connect() for _ in range(4)]
        for peer in peers:
            self.assertEqual(self.ask(peer).status, 200)
        self.assertEqual(self.ask(peers[0]).status, 200)  # now the second has been idle for the longest
        self.assertEqual(self.ask(self.connect()).status, 200)
        self.assertEqual(peers[1].recv(100), b"")
        for peer in (peers[0], peers[2], peers[3]):
            self.assertEqual(self.ask(peer).status, 200)
        eventually(lambda: self.counters()["connections_evicted"] == 1, "it is counted")


if __name__ == "__main__":
    unittest.main()
