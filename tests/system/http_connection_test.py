"""Keep-alive, pipelining in order, chunked bodies, Expect: 100-continue, HEAD, HTTP/1.0, half-close (ocs.md 2.3)."""
import json
import socket
import unittest

from harness import SystemTest, read_response

GOOD = json.dumps({"GSW_PHONE": "+15550100", "GSW_TZ_NAME": "GMT", "GSW_CAMPAIGN_NAME": "Spring"}).encode()


def request(body=GOOD, extra=b"", version=b"1.1", target=b"/lists/Spring_2024?req=AddRecord"):
    return b"POST %s HTTP/%s\r\nHost: x\r\nContent-Length: %d\r\n%s\r\n%s" % (target, version, len(body), extra, body)


class HttpConnection(SystemTest):
    def setUp(self):
        super().setUp()
        self.server = self.running()
        self.peer = socket.create_connection(("127.0.0.1", self.server.port), timeout=60)
        self.addCleanup(self.peer.close)
        self.stream = self.peer.makefile("rb")

    def read(self):
        return read_response(self.stream)

    def test_pipelined_requests_are_answered_in_order(self):
        phones = [f"+1555010{n:04}" for n in range(100)]
        self.peer.sendall(b"".join(
            request(json.dumps({"GSW_PHONE": p, "GSW_TZ_NAME": "GMT", "GSW_CAMPAIGN_NAME": "Spring"}).encode())
            for p in phones))
        self.assertEqual([self.read().json["GSW_PHONE"] for _ in phones], phones)

    def test_chunked_body(self):
        chunks = b"5;\r\n".replace(b";", b"") + GOOD[:5] + b"\r\n" + b"%x\r\n" % len(GOOD[5:]) + GOOD[5:] + b"\r\n0\r\nX-T: 1\r\n\r\n"
        self.peer.sendall(b"POST /lists/Spring_2024?req=AddRecord HTTP/1.1\r\nHost: x\r\n"
                          b"Transfer-Encoding: chunked\r\n\r\n" + chunks + request())
        self.assertEqual(self.read().status, 200)
        self.assertEqual(self.read().status, 200)

    def test_expect_continue(self):
        head, body = request(extra=b"Expect: 100-continue\r\n").split(b"\r\n\r\n", 1)
        self.peer.sendall(head + b"\r\n\r\n")
        self.assertEqual(self.stream.readline(), b"HTTP/1.1 100 Continue\r\n")
        self.assertEqual(self.stream.readline(), b"\r\n")
        self.peer.sendall(body)
        self.assertEqual(self.read().status, 200)

    def test_expect_continue_is_refused_before_the_body_when_the_request_is_hopeless(self):
        self.peer.sendall(b"POST /lists/x?req=AddRecord HTTP/1.1\r\nHost: x\r\nContent-Length: 999999\r\n"
                          b"Expect: 100-continue\r\n\r\n")
        self.assertEqual(self.read().status, 413)

    def test_http_1_0_is_answered_and_closed(self):
        self.peer.sendall(request(version=b"1.0"))
        answer = self.read()
        self.assertEqual((answer.status, answer.headers["Connection"]), (200, "close"))
        self.assertEqual(self.stream.read(), b"")

    def test_a_client_that_half_closes_still_gets_its_answer(self):
        self.peer.sendall(request())
        self.peer.shutdown(socket.SHUT_WR)
        self.assertEqual(self.read().status, 200)
        self.assertEqual(self.stream.read(), b"")

    def test_smuggling_attempts_are_refused_and_closed(self):
        for name, head in {
            "length and coding": b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
            "two lengths": b"Content-Length: 5\r\nContent-Length: 6\r\n",
            "chunked not last": b"Transfer-Encoding: chunked, gzip\r\n",
            "folded line": b"X-A: 1\r\n 2\r\n",
            "blank before colon": b"Content-Length : 5\r\n",
            "bare line feed": b"X-A: 1\nX-B: 2\r\n",
            "two hosts": b"Host: y\r\n",
        }.items():
            with self.subTest(name):
                answer = self.server.raw(b"POST /lists/Spring_2024?req=AddRecord HTTP/1.1\r\nHost: x\r\n" + head +
                                         b"\r\nGET / HTTP/1.1\r\nHost: x\r\n\r\n")
                self.assertEqual(answer.count(b"HTTP/1.1 "), 1, answer)
                self.assertRegex(answer, rb"^HTTP/1.1 [45]0[01] ")

    def test_custom_headers_are_on_every_response(self):
        self.server.config["application"]["http-custom-headers"] = \
            "X-Frame-Options: SAMEORIGIN|X-Content-Type-Options: nosniff|Server: nope"
        self.server.write_config()
        self.server.command("reload")
        for data in (request(extra=b"Connection: close\r\n"), b"garbage\r\n\r\n",
                     request(target=b"/nope/1?req=x", extra=b"Connection: close\r\n")):
            answer = self.server.raw(data)
            self.assertIn(b"\r\nX-Frame-Options: SAMEORIGIN\r\n", answer)
            self.assertIn(b"\r\nX-Content-Type-Options: nosniff\r\n", answer)
            self.assertNotIn(b"nope\r\n", answer)

    def test_encoding_converts_both_ways(self):
        self.server.stop()
        self.server.config["application"]["encoding"] = "ISO-8859-1"
        self.server.write_config()
        self.server.start()
        good = self.server.add(CONTACT_LAST_NAME="Müller")
        self.assertEqual((good.status, good.json["CONTACT_LAST_NAME"]), (200, "Müller"))
        self.assertEqual(self.server.rows("SELECT json_extract(custom, '$.CONTACT_LAST_NAME') FROM records"), [("Müller",)])
        bad = self.server.add(CONTACT_LAST_NAME="Łukasz")
        self.assertEqual((bad.status, bad.json["GSW_ERROR_NUMBER"]), (400, 104))


if __name__ == "__main__":
    unittest.main()
