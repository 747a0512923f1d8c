"""Every rule of RFC 9110 and 9112 that a server of this kind must hold a stranger to, as raw bytes against the real
pair: the status, whether the connection ends, and what the head of the response says. Each case is also sent byte by
byte; after each the next good request on a fresh connection is answered by the same process."""
import email.utils
import json
import random
import socket
import unittest

from harness import SCALE, SharedServerTest, read_to_end

GOOD = json.dumps({"GSW_PHONE": "+15550100", "GSW_TZ_NAME": "GMT", "GSW_CAMPAIGN_NAME": "Spring"}).encode()
TARGET = b"/lists/Spring_2024?req=AddRecord"
STATUS = b"/campaigngroups/201?req=CampaignStatusRequest"
CLOSES, STAYS = True, False


def head(line, *fields):
    return b"\r\n".join((line, *fields, b"", b""))


def get(target=STATUS, *fields, host=b"x", method=b"GET", version=b"HTTP/1.1"):
    return head(b"%s %s %s" % (method, target, version), *([b"Host: " + host] if host is not None else []), *fields)


def post(*fields, body=b"", method=b"POST"):
    return head(b"%s %s HTTP/1.1" % (method, TARGET), b"Host: x", *fields) + body


def sized(*fields, body=GOOD):
    return post(b"Content-Length: %d" % len(body), *fields, body=body)


def chunked(body, *fields):
    return post(b"Transfer-Encoding: chunked", *fields, body=body)


def one_chunk(size=None, trailers=b"", body=GOOD):
    return (size or b"%x" % len(body)) + b"\r\n" + body + b"\r\n0\r\n" + trailers + b"\r\n"


# (rule, section of RFC 9112 unless it says otherwise, bytes, status, does the connection end)
CASES = [
    # Request line
    ("an ordinary request", "2.1", sized(), 200, STAYS),
    ("blank lines before a request are skipped", "2.2", b"\r\n\r\n" + sized(), 200, STAYS),
    ("blank lines without end are not", "2.2", b"\r\n" * 5 + sized(), 400, CLOSES),
    ("bare LF before a request", "2.2", b"\n" + sized(), 400, CLOSES),
    ("blank before the first field", "2.2", get(STATUS, host=None).replace(b"\r\n", b"\r\n Host: x\r\n", 1), 400, CLOSES),
    ("two blanks in the request line", "3", head(b"GET  / HTTP/1.1", b"Host: x"), 400, CLOSES),
    ("tab in the request line", "3", head(b"GET\t/ HTTP/1.1", b"Host: x"), 400, CLOSES),
    ("blank behind the version", "3", head(b"GET / HTTP/1.1 ", b"Host: x"), 400, CLOSES),
    ("no version", "3", b"GET /\r\n\r\n", 400, CLOSES),
    ("no version, and nothing more", "3", b"GET /\r\n", 400, CLOSES),
    ("a PROXY protocol header", "2", b"PROXY TCP4 192.0.2.1 192.0.2.2 56324 443\r\n" + sized(), 400, CLOSES),
    ("a PROXY protocol header, binary", "2", b"\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c" + bytes(12) + sized(), 400, CLOSES),
    ("bare LF behind the request line", "2.2", b"GET / HTTP/1.1\nHost: x\r\n\r\n", 400, CLOSES),
    ("bare CR behind the request line", "2.2", b"GET / HTTP/1.1\rHost: x\r\n\r\n", 400, CLOSES),
    ("NUL in the request line", "3", b"GET /\0 HTTP/1.1\r\nHost: x\r\n\r\n", 400, CLOSES),
    ("a line that is too long", "3", get(b"/" + b"a" * 8200), 414, CLOSES),
    # Method
    ("invalid method token", "RFC 9110 9.1", get(method=b"GE(T"), 400, CLOSES),
    ("method of control bytes", "RFC 9110 9.1", b"\x16\x03\x01\x02\x00\x01\x00", 400, CLOSES),
    ("unknown method", "RFC 9110 9.1", get(method=b"FLY"), 501, CLOSES),
    ("methods are case-sensitive", "RFC 9110 9.1", get(method=b"get"), 501, CLOSES),
    ("method that is too long", "3", get(method=b"A" * 33), 501, CLOSES),
    ("known method that is not allowed", "RFC 9110 15.5.6", get(method=b"DELETE"), 405, STAYS),
    ("a method needs no known request to be refused", "RFC 9110 15.5.6", get(b"/lists/a", method=b"PATCH"), 405, STAYS),
    ("GET of what changes a record", "RFC 9110 9.2.1", get(TARGET), 405, STAYS),
    ("TRACE", "RFC 9110 9.3.8", get(method=b"TRACE"), 405, STAYS),
    ("CONNECT", "RFC 9110 9.3.6", get(b"x:80", method=b"CONNECT", host=b"x:80"), 405, CLOSES),
    ("OPTIONS *", "RFC 9110 9.3.7", get(b"*", method=b"OPTIONS"), 204, STAYS),
    ("OPTIONS of a resource", "RFC 9110 9.3.7", get(method=b"OPTIONS"), 405, STAYS),
    ("* for another method", "3.2.4", get(b"*"), 400, STAYS),
    ("HEAD of what may be read", "RFC 9110 9.3.2", get(method=b"HEAD"), 200, STAYS),
    ("HEAD of what does not exist", "RFC 9110 9.3.2", get(b"/nothing/1?req=x", method=b"HEAD"), 404, STAYS),
    ("HEAD that is malformed", "RFC 9110 9.3.2", get(STATUS, b"X : y", method=b"HEAD"), 400, CLOSES),
    ("HEAD without Host", "RFC 9110 9.3.2", get(method=b"HEAD", host=None), 400, CLOSES),
    # Target
    ("absolute form", "3.2.2", get(b"http://x" + STATUS), 200, STAYS),
    ("absolute form, the same host in another spelling", "3.2.2", get(b"HTTP://X:80" + STATUS), 200, STAYS),
    ("absolute form of https without TLS", "RFC 9110 7.4", get(b"https://x" + STATUS), 421, STAYS),
    ("absolute form of https without TLS, in another spelling", "RFC 9110 7.4", get(b"HTTPS://X:443" + STATUS), 421, STAYS),
    ("absolute form of https without TLS, of what changes a record", "RFC 9110 7.4",
     sized().replace(TARGET, b"https://x" + TARGET), 421, STAYS),
    ("absolute form of https, before the body is sent", "RFC 9110 7.4",
     post(b"Expect: 100-continue", b"Content-Length: 2").replace(TARGET, b"https://x" + TARGET), 421, CLOSES),
    ("absolute form, another host", "3.2.2", get(b"http://y" + STATUS), 400, CLOSES),
    ("absolute form, another port", "3.2.2", get(b"http://x:81" + STATUS), 400, CLOSES),
    ("absolute form with a user", "RFC 9110 4.2.4", get(b"http://u@x" + STATUS), 400, CLOSES),
    ("absolute form without a host", "RFC 9110 4.2.1", get(b"http://" + STATUS), 400, CLOSES),
    ("absolute form does not replace Host", "3.2", get(b"http://x" + STATUS, host=None), 400, CLOSES),
    ("absolute form of another scheme", "3.2.2", get(b"ftp://x" + STATUS), 400, None),
    ("authority form", "3.2.3", get(b"x:80"), 400, None),
    ("fragment", "3.2", get(STATUS + b"#a"), 400, CLOSES),
    ("backslash", "RFC 3986 2", get(b"\\lists\\a"), 400, CLOSES),
    ("backslash in the path", "RFC 3986 2", get(b"/lists\\a"), 400, CLOSES),
    ("control byte", "RFC 3986 2", get(b"/lists/\x01"), 400, CLOSES),
    ("DEL", "RFC 3986 2", get(b"/lists/\x7f"), 400, CLOSES),
    ("byte above 0x7F", "RFC 3986 2", get(b"/lists/\xc3\xa9"), 400, CLOSES),
    ("encoded NUL", "RFC 3986 7.3", get(b"/lists/%00?req=AddRecord"), 400, STAYS),
    ("broken triplet", "RFC 3986 2.1", get(b"/lists/%zz?req=AddRecord"), 400, STAYS),
    ("dots are no way up", "RFC 3986 5.2.4", get(b"/../../etc/passwd"), 404, STAYS),
    # Version
    ("HTTP/1.0", "2.3", get(version=b"HTTP/1.0"), 200, CLOSES),
    ("HTTP/1.0 without Host", "3.2", get(version=b"HTTP/1.0", host=None), 200, CLOSES),
    ("HTTP/1.0 is not kept alive", "9.3", get(STATUS, b"Connection: keep-alive", version=b"HTTP/1.0"), 200, CLOSES),
    ("a later minor version is 1.1", "2.3", get(version=b"HTTP/1.9"), 200, STAYS),
    ("HTTP/0.9", "2.3", get(version=b"HTTP/0.9"), 505, CLOSES),
    ("HTTP/2.0", "2.3", get(version=b"HTTP/2.0"), 505, CLOSES),
    ("HTTP/3.1", "2.3", get(version=b"HTTP/3.1"), 505, CLOSES),
    ("the preface of HTTP/2", "RFC 9113 3.4", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505, CLOSES),
    ("two digits of minor version", "2.3", get(version=b"HTTP/1.10"), 400, CLOSES),
    ("another protocol", "2.3", get(version=b"RTSP/1.0"), 400, CLOSES),
    ("lower case", "2.3", get(version=b"http/1.1"), 400, CLOSES),
    # Host
    ("no Host", "3.2", get(host=None), 400, CLOSES),
    ("no Host on 1.2", "3.2", get(host=None, version=b"HTTP/1.2"), 400, CLOSES),
    ("two Hosts", "3.2", get(STATUS, b"Host: x"), 400, CLOSES),
    ("empty Host", "RFC 9110 4.2.1", get(host=b""), 400, CLOSES),
    ("Host with a port", "3.2", get(host=b"x:8080"), 200, STAYS),
    ("Host with an IPv6 address", "3.2", get(host=b"[::1]:80"), 200, STAYS),
    ("Host with a user", "3.2", get(host=b"u@x"), 400, CLOSES),
    ("Host with a path", "3.2", get(host=b"x/y"), 400, CLOSES),
    ("Host list", "3.2", get(host=b"x, y"), 400, CLOSES),
    ("Host with a blank", "3.2", get(host=b"x y"), 400, CLOSES),
    ("Host with a port beyond 65535", "3.2", get(host=b"x:65536"), 400, CLOSES),
    ("Host with a broken IPv6 address", "3.2", get(host=b"[::1"), 400, CLOSES),
    # Fields
    ("obs-fold", "5.2", get(STATUS, b"X: a", b" b"), 400, CLOSES),
    ("obs-fold with a tab", "5.2", get(STATUS, b"X: a", b"\tb"), 400, CLOSES),
    ("blank before the colon", "5.1", get(STATUS, b"X : a"), 400, CLOSES),
    ("tab before the colon of Content-Length", "5.1", post(b"Content-Length\t: 2", body=b"{}"), 400, CLOSES),
    ("no colon", "5", get(STATUS, b"Xabc"), 400, CLOSES),
    ("empty name", "5", get(STATUS, b": a"), 400, CLOSES),
    ("name that is no token", "5", get(STATUS, b"X@: a"), 400, CLOSES),
    ("name that is not ASCII", "5", get(STATUS, b"X\xc3\xa9: a"), 400, CLOSES),
    ("NUL in a name", "5", get(STATUS, b"X\0: a"), 400, CLOSES),
    ("NUL in a value", "RFC 9110 5.5", get(STATUS, b"X: a\0b"), 400, CLOSES),
    ("control byte in a value", "RFC 9110 5.5", get(STATUS, b"X: a\x08b"), 400, CLOSES),
    ("vertical tab in a value", "RFC 9110 5.5", get(STATUS, b"X: a\x0bb"), 400, CLOSES),
    ("DEL in a value", "RFC 9110 5.5", get(STATUS, b"X: a\x7f"), 400, CLOSES),
    ("bare CR in a value", "2.2", get(STATUS, b"X: a\rY: b"), 400, CLOSES),
    ("bare LF behind a value", "2.2", get(STATUS, b"X: a\nY: b"), 400, CLOSES),
    ("bare LF ends the head", "2.2", b"GET / HTTP/1.1\r\nHost: x\r\n\n", 400, CLOSES),
    ("bytes above 0x7F and tabs in a value", "RFC 9110 5.5", get(STATUS, b"X: \xc3\xa9\xff\ta"), 200, STAYS),
    ("too many fields", "5", get(STATUS, *[b"X: a"] * 70), 431, CLOSES),
    ("a field that is too long", "5", get(STATUS, b"X: " + b"a" * 17000), 431, CLOSES),
    ("Connection: close", "9.6", get(STATUS, b"Connection: close"), 200, CLOSES),
    ("Connection: close among others", "9.6", get(STATUS, b"Connection: x ,\tCLOSE"), 200, CLOSES),
    ("an upgrade is not taken up", "RFC 9110 7.8", get(STATUS, b"Connection: Upgrade", b"Upgrade: h2c"), 200, STAYS),
    # Content-Length
    ("shorter body than announced is waited for", "6.3", sized()[:-1] + b"}", 200, STAYS),
    ("leading zeros", "6.3", post(b"Content-Length: 00%d" % len(GOOD), body=GOOD), 200, STAYS),
    *[(f"Content-Length {value.decode()!r}", "6.3", post(b"Content-Length: " + value, body=b"{}"), 400, CLOSES)
      for value in (b"", b"+2", b"-2", b"0x2", b"2, 2", b"2,2", b"2 2", b"2.0", b"2;", b"\"2\"", b"2\t2", b"two",
                    b"18446744073709551616", b"99999999999999999999999")],
    ("Content-Length twice, the same", "6.3", post(b"Content-Length: 2", b"Content-Length: 2", body=b"{}"), 400, CLOSES),
    ("Content-Length twice, different", "6.3", post(b"Content-Length: 2", b"Content-Length: 3", body=b"{}"), 400, CLOSES),
    ("Content-Length beyond the limit", "RFC 9110 15.5.14", post(b"Content-Length: 65537"), 413, CLOSES),
    ("Content-Length of 64 bits", "RFC 9110 15.5.14", post(b"Content-Length: 18446744073709551615"), 413, CLOSES),
    # Transfer-Encoding
    ("chunked", "7.1", chunked(one_chunk()), 200, STAYS),
    ("CHUNKED", "7", post(b"Transfer-Encoding: CHUNKED", body=one_chunk()), 200, STAYS),
    ("length, then coding", "6.1", post(b"Content-Length: 2", b"Transfer-Encoding: chunked", body=b"0\r\n\r\n"), 400, CLOSES),
    ("coding, then length", "6.1", post(b"Transfer-Encoding: chunked", b"Content-Length: 2", body=b"0\r\n\r\n"), 400, CLOSES),
    ("coding on HTTP/1.0", "6.1", head(b"POST %s HTTP/1.0" % TARGET, b"Transfer-Encoding: chunked") + one_chunk(), 400,
     CLOSES),
    *[(f"Transfer-Encoding {value.decode()!r}", "6.1", post(b"Transfer-Encoding: " + value, body=b"0\r\n\r\n"), status, CLOSES)
      for value, status in ((b"gzip", 501), (b"identity", 501), (b"xchunked", 501), (b"chunked;a", 501),
                            (b"gzip, chunked", 501), (b"chunked, gzip", 400), (b"chunked, chunked", 400), (b"", 400),
                            (b",chunked", 400), (b"\x0bchunked", 400), (b"chunked\t", 400), (b"\"chunked\"", 501))],
    ("chunked twice in two lines", "7", chunked(b"0\r\n\r\n", b"Transfer-Encoding: chunked"), 400, CLOSES),
    ("chunked not last in two lines", "7", chunked(b"0\r\n\r\n", b"Transfer-Encoding: gzip"), 400, CLOSES),
    *[(f"chunk extension {extension.decode()!r} is ignored", "7.1.1",
       chunked(one_chunk(b"%x%s" % (len(GOOD), extension), trailers=b"X: a\r\n")), 200, STAYS)
      for extension in (b";a", b";a=b", b";a;b=c", b';a=""', b';a="; b=\\"c\\""', b";signature=0123456789abcdef")],
    ("chunk extension of the last chunk is ignored", "7.1.1",
     post(b"Transfer-Encoding: chunked", body=b"%x\r\n%s\r\n0;a=b\r\n\r\n" % (len(GOOD), GOOD)), 200, STAYS),
    *[(f"chunk extension {extension.decode()!r}", "7.1.1", chunked(one_chunk(b"%x%s" % (len(GOOD), extension))), 400, CLOSES)
      for extension in (b";", b";=b", b";a=", b"; a", b" ;a", b";a =b", b";a=b=c", b";a=(b)", b';a="b', b';a="\r\n"', b';a="\n"',
                        b';a="\\\r"', b';a="\x01"', b';a="b"c', b';a=b"c"', b";a\0", b";a\n", b";a\rb", b";a=b\n")],
    ("chunk extensions without end", "7.1.1", chunked(b"2;a=" + b"b" * 5000 + b"\r\n{}\r\n0\r\n\r\n"), 400, CLOSES),
    *[(f"chunk size {size.decode()!r}", "7.1", chunked(size + b"\r\n{}\r\n0\r\n\r\n"), 400, CLOSES)
      for size in (b"", b"-2", b"+2", b"0x2", b"2 ", b" 2", b"2\t", b"g", b"2,2", b"10000000000000000", b"2\n")],
    ("chunk size above the limit", "7.1", chunked(b"10001\r\n" + b" " * 65537), 413, CLOSES),
    ("chunks that end in bare LF", "7.1", chunked(b"2\n{}\n0\n\n"), 400, CLOSES),
    ("chunk longer than its size", "7.1", chunked(b"2\r\n{}}\r\n0\r\n\r\n"), 400, CLOSES),
    ("trailers are dropped", "7.1.2", chunked(one_chunk(trailers=b"X: a\r\nHost: y\r\nConnection: close\r\n")), 200, STAYS),
    ("trailer that frames", "RFC 9110 6.5.1", chunked(one_chunk(trailers=b"Content-Length: 5\r\n")), 400, CLOSES),
    ("malformed trailer", "7.1.2", chunked(one_chunk(trailers=b"X : a\r\n")), 400, CLOSES),
    # Expect
    ("Expect: 100-continue on 1.0 is ignored", "RFC 9110 10.1.1",
     head(b"POST %s HTTP/1.0" % TARGET, b"Expect: 100-continue", b"Content-Length: %d" % len(GOOD)) + GOOD, 200, CLOSES),
    ("another expectation", "RFC 9110 10.1.1", sized(b"Expect: miracles"), 417, CLOSES),
    ("a form", "RFC 9110 15.5.1", sized(b"Content-Type: application/x-www-form-urlencoded",
                                        body=b"GSW_PHONE=%2B15550100&GSW_TZ_NAME=GMT"), 400, STAYS),
    ("content coding", "RFC 9110 15.5.16", sized(b"Content-Encoding: gzip"), 415, STAYS),
    ("bytes that are no HTTP", "2", bytes(range(128, 256)), 400, CLOSES),
]


class HttpRules(SharedServerTest):
    options = {"application": {"http-custom-headers": "X-Frame-Options: SAMEORIGIN"}}

    def exchange(self, pieces):
        """Sends the pieces, each in a segment of its own as far as the system lets us, then half-closes when the first
        response is there. Returns all that came."""
        with socket.create_connection(("127.0.0.1", self.server.port), timeout=60 * SCALE) as peer:
            peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            try:
                for piece in pieces:
                    peer.sendall(piece)
                peer.shutdown(socket.SHUT_WR)
            except OSError:
                pass  # refused before the end
            return read_to_end(peer)

    def check_one(self, raw, status, closes, answer):
        """The head of one response, line by line; what is behind its body."""
        first, rest = answer.split(b"\r\n", 1)
        self.assertRegex(first, rb"^HTTP/1\.1 %d [A-Z][A-Za-z -]+$" % status, answer[:200])
        block, rest = rest.split(b"\r\n\r\n", 1)
        fields = [tuple(line.split(b": ", 1)) for line in block.split(b"\r\n")]
        names = [name.lower() for name, _ in fields]
        self.assertEqual(len(names), len(set(names)), "a field came twice")
        headers = {name.lower().decode(): value.decode("ascii") for name, value in fields}
        self.assertIsNotNone(email.utils.parsedate_to_datetime(headers["date"]))
        self.assertTrue(headers["date"].endswith(" GMT"))
        self.assertEqual(headers["x-frame-options"], "SAMEORIGIN")
        self.assertEqual(headers["cache-control"], "no-store")
        self.assertNotIn("transfer-encoding", headers)
        self.assertNotIn("server", headers)
        if closes is not None:
            self.assertEqual(headers.get("connection"), "close" if closes else None)
        self.assertEqual("allow" in headers, status == 405 or status == 204)
        if status == 204:
            self.assertNotIn("content-length", headers)
            return rest
        length = int(headers["content-length"])
        self.assertGreater(length, 0)
        if raw.lstrip(b"\r\n").startswith(b"HEAD "):
            return rest
        self.assertGreaterEqual(len(rest), length)
        if headers["content-type"] == "application/json":
            body = json.loads(rest[:length])
            self.assertEqual(body["GSW_USER_EVENT"] == "Error", status != 200)
        return rest[length:]

    def assert_served(self):
        answer = self.client.post("/lists/Spring_2024?req=AddRecord", GOOD.decode())
        self.assertEqual(answer.status, 200)

    def test_each_rule(self):
        pid = self.server.status()["proxy"]["pid"]
        for name, section, raw, status, closes in CASES:
            with self.subTest(rule=name, source=section):
                # A second request behind the first shows whether the connection lives on.
                answer = self.exchange([raw, get()])
                rest = self.check_one(raw, status, closes, answer)
                if closes is None:
                    continue
                if closes:
                    self.assertEqual(rest, b"", "something was served behind the last response")
                else:
                    self.assertEqual(self.check_one(b"GET ", 200, False, rest), b"")
                self.assert_served()
                self.client.close()
        self.assertEqual(self.server.status()["proxy"]["pid"], pid)

    def test_each_rule_byte_by_byte(self):
        for name, section, raw, status, closes in CASES:
            if len(raw) > 1000:
                continue
            with self.subTest(rule=name, source=section):
                answer = self.exchange([raw[i:i + 1] for i in range(len(raw))])
                self.assertEqual(self.check_one(raw, status, closes, answer), b"")
        self.assert_served()

    def test_a_sample_split_at_every_boundary(self):
        seed = random.randrange(1 << 32)
        sample = random.Random(seed).sample([case for case in CASES if len(case[2]) < 300], 6)
        for name, section, raw, status, closes in sample:
            for cut in range(1, len(raw)):
                with self.subTest(rule=name, cut=cut, seed=seed):
                    answer = self.exchange([raw[:cut], raw[cut:]])
                    self.check_one(raw, status, closes, answer)

    def test_bytes_behind_the_last_chunk_are_the_next_request(self):
        answer = self.exchange([chunked(one_chunk()) + b"garbage\r\n\r\n"])
        rest = self.check_one(b"POST ", 200, False, answer)
        self.assertEqual(self.check_one(b"", 400, True, rest), b"")

    def test_head_has_the_length_that_get_would_have(self):
        for target, status in ((b"/nothing/1?req=x", 404), (b"/lists/%00", 400), (b"/lists/a?req=Fly", 501)):
            lengths = set()
            for method in (b"GET", b"HEAD"):
                answer = self.exchange([get(target, method=method)])
                self.check_one(method + b" ", status, False, answer)
                lengths.add(answer.split(b"Content-Length: ", 1)[1].split(b"\r\n", 1)[0])
            self.assertEqual(len(lengths), 1, target)


if __name__ == "__main__":
    unittest.main()
