"""Requests to other servers: outpost-courier against peers that answer well, badly or not at all."""

import json
import re
import socket
import unittest

from courier import Call, SharedCourier, held_port
from harness import SCALE, eventually


class Answers(SharedCourier):
    def test_a_request_is_sent_as_it_was_asked_for(self):
        peer = self.peer()
        reply = self.call(peer.url("/a/b?secret=1"), method="PUT", body="h\u00e9llo",
                          headers=["Content-Type: text/plain", "x-site: 8"])
        self.assertEqual((reply["outcome"], reply["status"], reply["http_version"]), ("answered", 200, 11), reply)
        self.assertEqual(reply["address"], f"127.0.0.1 {peer.port}")
        self.assertIn({"name": "content-type", "value": "application/json"}, reply["headers"])
        seen = json.loads(reply["body"])
        self.assertEqual((seen["method"], seen["target"]), ("PUT", "/a/b?secret=1"))
        self.assertEqual(seen["body"].encode("latin-1").decode(), "h\u00e9llo")
        headers = seen["headers"]
        self.assertEqual(headers["content-type"], "text/plain")
        self.assertEqual(headers["x-site"], "8", "a header of the request takes the place of the client's")
        self.assertEqual(headers["authorization"], "Bearer s3cret")
        self.assertEqual(headers["user-agent"], "Outpost")
        self.assertEqual(headers["host"], f"127.0.0.1:{peer.port}")
        self.assertNotIn("expect", headers)
        self.assertGreater(reply["times_us"]["total"], 0)

    def test_methods(self):
        peer = self.peer()
        for method, body in (("GET", ""), ("DELETE", ""), ("POST", ""), ("POST", "b" * 100_000), ("PATCH", "c"), ("GET", "d")):
            reply = self.call(peer.url("/"), method=method, body=body)
            seen = json.loads(reply["body"])
            self.assertEqual((seen["method"], seen["body"]), (method, body))
            self.assertNotIn("content-type", seen["headers"])
        self.assertEqual(self.call(peer.url("/"), method="HEAD")["body_bytes"], 0)

    def test_connections_are_kept(self):
        peer = self.peer()
        replies = [self.call(peer.url("/")) for _ in range(4)]
        self.assertEqual([r["reused"] for r in replies], [False, True, True, True])
        self.assertEqual(peer.connections, 1)

    def test_any_status_is_an_answer_and_a_redirect_is_not_followed(self):
        peer = self.peer()
        for status in (204, 400, 409, 503):
            self.assertEqual(self.call(peer.url(f"/status/{status}"))["status"], status)
        headers = {h["name"]: h["value"] for h in self.call(peer.url("/status/503"))["headers"]}
        self.assertEqual((headers["retry-after"], headers["etag"]), ("7", '"abc"'))
        reply = self.call(peer.url("/redirect"))
        self.assertEqual(reply["status"], 302)
        self.assertIn({"name": "location", "value": peer.url("/hang")}, reply["headers"])
        self.assertFalse(peer.arrived.acquire(blocking=False))

    def test_interim_answers_are_passed_over(self):
        reply = self.call(self.peer().url("/continue"))
        self.assertEqual((reply["status"], reply["body"]), (200, "at last"))
        self.assertIn({"name": "etag", "value": '"late"'}, reply["headers"])

    def test_a_peer_that_misbehaves(self):
        for path, outcome, text in (("/endless", "too-large", "the answer has more than"),
                                    ("/big/300000", "too-large", "the answer has more than"),
                                    ("/announced", "too-large", "the answer has more than"),
                                    ("/headers", "too-large", "headers of the answer"),
                                    ("/hints", "too-large", "headers of the answer"),
                                    ("/short", "broken", ""), ("/nothing", "broken", ""), ("/reset", "broken", ""),
                                    ("/garbage", "broken", "")):
            with self.subTest(path):
                reply = self.call(self.peer().url(path))
                self.assertEqual(reply["outcome"], outcome, reply)
                self.assertIn(text, reply["text"])
                self.assertTrue(reply["may_have_arrived"])
        longer = self.call(self.peer().url("/longer"))
        self.assertEqual((longer["outcome"], longer["body"]), ("answered", "four"))

    def test_a_peer_that_takes_its_time(self):
        # Where all is slow, not even the head of what drips was there in time.
        for path, text in (("/hang", "waiting for the answer"), ("/drip", "(reading|waiting for) the answer")):
            reply = self.call(self.peer().url(path), client="hasty")
            self.assertEqual(reply["outcome"], "timeout", reply)
            self.assertRegex(reply["text"], text)

    def test_nobody_there(self):
        reply = self.call(f"http://127.0.0.1:{held_port(self)}/")
        self.assertEqual((reply["outcome"], reply["may_have_arrived"]), ("connect", False), reply)
        reply = self.call("http://no-such-host.invalid/", client="hasty")
        self.assertIn(reply["outcome"], ("resolve", "timeout"), reply)

    def test_a_name_of_the_hosts_file(self):
        self.assertEqual(self.call(self.peer().url("/", host="localhost"))["status"], 200)

    def test_connections_come_from_the_ports_that_are_configured(self):
        listener = socket.create_server(("127.0.0.1", 0))
        with listener:
            call = Call(self.server, f"http://127.0.0.1:{listener.getsockname()[1]}/", client="ports")
            peer, address = listener.accept()
            with peer:
                self.assertIn(address[1], range(41000, 41100))
                peer.recv(4096)
                peer.sendall(b"HTTP/1.1 204 No\r\n\r\n")
            self.assertEqual(call.outcome()["status"], 204)

    def test_a_slow_peer_delays_nobody_else(self):
        slow, other = self.peer(), self.peer()
        calls = [Call(self.server, slow.url("/hang")) for _ in range(12)]
        for _ in range(4):
            self.assertTrue(slow.arrived.acquire(timeout=30 * SCALE))
        for _ in range(20):
            self.assertEqual(self.call(other.url("/"))["status"], 200)
        self.assertEqual(slow.connections, 4, "http-connection-pool-size")
        self.assertTrue(all(call.is_alive() for call in calls))
        slow.let_go.set()
        for call in calls:
            self.assertEqual(call.outcome()["outcome"], "broken")

    def test_what_is_secret_is_in_no_log(self):
        peer = self.peer()
        self.call(peer.url("/path?token=topsecret").replace("http://", "http://anna:pa55word@"), body="contents",
                  headers=["X-Key: topsecret"])
        self.call("http://anna:pa55word@[::1/?topsecret")
        eventually(lambda: f"http://127.0.0.1:{peer.port}/path: 200" in self.log(), "the line of the request")
        for text in (self.log(), self.server.log_text()):
            for secret in ("topsecret", "pa55word", "anna", "contents", "s3cret"):
                self.assertNotIn(secret, text)
        done = r"audit: uid \d+[^,\n]*, pid \d+: test-call [^\n]*: done"
        eventually(lambda: re.search(done, self.server.log_text()), "the line of the audit")


class Refusals(SharedCourier):
    def test_targets_that_are_denied(self):
        peer = self.peer()
        for client, host in (("deny", "127.0.0.1"), ("deny", "localhost"), ("deny", "2130706433"), ("deny", "127.1"),
                             ("deny", "[::ffff:127.0.0.1]"), ("deny", "[::ffff:7f00:1]"), ("deny", "[64:ff9b::7f00:1]"),
                             ("deny", "[2002:7f00:1::]"), ("allow", "127.0.0.1"), ("allow", "[::1]"),
                             ("default", "0.0.0.0"), ("default", "[::]"), ("default", "169.254.169.254"),
                             ("default", "[::ffff:169.254.169.254]"), ("default", "[fe80::1]"),
                             ("default", "[fd00:ec2::254]"), ("default", "224.0.0.1"), ("default", "255.255.255.255")):
            with self.subTest(client=client, host=host):
                reply = self.call(peer.url("/", host=host), client=client)
                # The resolver leaves addresses out for which this machine has no network.
                if reply["outcome"] == "resolve" and ":" in host:
                    continue
                self.assertEqual((reply["outcome"], reply["may_have_arrived"]), ("denied", False), reply)
        self.assertEqual(peer.connections, 0)
        with socket.create_server(("127.0.0.2", 0)) as listener:
            call = Call(self.server, f"http://127.0.0.2:{listener.getsockname()[1]}/", client="allow")
            listener.accept()[0].close()
            self.assertEqual(call.outcome()["outcome"], "broken", "it was connected to")

    def test_what_is_no_request(self):
        peer = self.peer()
        for url, text in (("ftp://127.0.0.1/", "neither http nor https"), ("file:///etc/passwd", "neither http nor https"),
                          ("gopher://127.0.0.1:70/", "neither http nor https"), ("127.0.0.1/", "cannot be read"),
                          ("http://", "the URL"), ("http://a b/", "a byte that no URL has"),
                          ("http://127.0.0.1/\r\nX: y", "a byte that no URL has"), ("http://b\u00fccher.example/", "punycode"),
                          ("http://127.0.0.1:99999/", "cannot be read"), ("http://x/" + "a" * 9000, "larger than")):
            with self.subTest(url[:40]):
                reply = self.call(url)
                self.assertEqual(reply["outcome"], "invalid", reply)
                self.assertIn(text, reply["text"])
        for arguments, text in (({"headers": ["Host: other"]}, "set by what is sent"),
                                ({"headers": ["Content-Length: 3"]}, "set by what is sent"),
                                ({"headers": ["X: a\r\nY: b"]}, "control byte"), ({"headers": ["no colon"]}, "no colon"),
                                ({"method": "CONNECT"}, "may not be sent"), ({"method": "get"}, "no method"),
                                ({"body": "x" * 1_100_000}, "the body has")):
            with self.assertRaisesRegex(Exception, text):
                self.call(peer.url("/"), **arguments)
        self.assertEqual(self.call(peer.url("/"), client="nobody")["outcome"], "invalid")
        self.assertEqual(peer.connections, 0)


if __name__ == "__main__":
    unittest.main()
