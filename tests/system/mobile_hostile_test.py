"""The attacks of hostile_* that reach what a node of the mobile services does with a request: broken forms, multipart bodies
and JSON, slow bodies of uploads, and scanners on a listener that customers reach."""

import contextlib
import os
import pathlib
import random
import socket
import unittest

from harness import SCALE, read_to_end
from hostile import FORGED, LONG, HostileTest, broken, in_threads, run_tool
from mobile import API, FORM, Mobile, multipart

THREADS = 4
BROKEN = 40_000 if LONG else 2_000
SECONDS = 60 if LONG else 5
CONNECTIONS = 1000 if LONG else 300
AREA = "3f2504e0-4f89-41d3-9a0c-0305e82c3301"
PARTS = multipart([("name", "Ann"), ("photo", b"\xff\xd8\x00\r\n--", "p.jpg", "image/jpeg"), ("XXX_" + FORGED, FORGED)],
                  "B")[0]


def request(method, path, body=b"", content_type=None, more=""):
    head = f"{method} {path} HTTP/1.1\r\nHost: a\r\n{more}"
    head += f"Content-Type: {content_type}\r\n" if content_type else ""
    return f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body


VALID = [
    request("POST", f"{API}/storage/60", PARTS, "multipart/form-data; boundary=B"),
    request("POST", f"{API}/storage/60?a=b%20c", b"name=K%C3%B6ln&x=" + FORGED.encode().replace(b" ", b"%0A"),
            FORM["Content-Type"]),
    request("POST", f"{API}/storage/60", b'{"a":{"b":[1,"\\u00e9\\n' + FORGED.encode() + b'"]},"c":null}', "application/json"),
    request("POST", f"{API}/storage/custom/a%0A{FORGED.replace(' ', '%20')}/60", b"a=1", FORM["Content-Type"],
            "gms_user: ann\r\n"),
    request("GET", f"//genesys//1/storage/binary/{AREA}/photo;jsessionid=abc.{FORGED.split()[0]}"),
    request("OPTIONS", f"{API}/storage/60", more="Origin: https://shop.example\r\nAccess-Control-Request-Method: POST\r\n"),
    request("GET", f"{API}/node",
            more="Cookie: JSESSIONID=abcdefghijklmnopqrstuvwxyz.jetty2\r\nAuthorization: Basic Z21zOmE=\r\n"),
    b"POST /genesys/1/storage/60 HTTP/1.1\r\nHost: a\r\nContent-Type: multipart/form-data; boundary=B\r\n"
    b"Transfer-Encoding: chunked\r\n\r\n" + f"{len(PARTS):x}\r\n".encode() + PARTS + b"\r\n0\r\n\r\n",
]


class MobileHostile(HostileTest):
    kept_target = f"{API}/storage/{AREA}"
    # What is slow ends within the attack.
    application = {"http-header-timeout": 2, "http-body-timeout": 3, "http-idle-timeout": 3}

    def of_kind_server(self, listeners, **sections):
        listeners = [{**one, "exposure": "external"} for one in listeners]
        folder = pathlib.Path(self.directory, "node")
        folder.mkdir()
        node = Mobile(folder, listeners=listeners, **sections,
                      server={"cross_origin": "https://shop.example", "worker_name": "jetty1"})
        self.addCleanup(self._finish, node)
        return node

    def of_kind_fill(self):
        self.area = self.server.create(3600, name="Ann")

    def of_kind_ask(self):
        self.server.create(1, name=str(self._next()))
        self.assertEqual(self.server.read(self.area), {"name": "Ann"})

    def test_broken_bits(self):
        seed = int(os.environ.get("OUTPOST_SEED") or random.SystemRandom().randrange(2**32))
        print("seed", seed)

        def send(number):
            rng = random.Random(seed + number)
            for _ in range(BROKEN // THREADS):
                self.send_broken(rng)

        self.withstand(lambda: in_threads(send, THREADS), rounds=2)

    def send_broken(self, rng):
        data = broken(VALID, rng)
        address = ("127.0.0.1", self.ports["clear"])
        with socket.create_connection(address, timeout=60 * SCALE) as peer, contextlib.suppress(OSError):
            cut = rng.randrange(len(data) + 1)
            peer.sendall(data[:cut])
            peer.sendall(data[cut:])
            peer.shutdown(socket.SHUT_WR)
            self.assertNotIn(b"\n" + FORGED.encode(), read_to_end(peer))

    def slow(self, *options):
        done = run_tool("slowhttptest", "-c", CONNECTIONS, "-r", CONNECTIONS, "-l", SECONDS, "-p", 5, "-v", 1, "-u",
                        f"http://127.0.0.1:{self.ports['clear']}{API}/storage/60", *options, seconds=SECONDS + 60)
        self.assertIn("Exit status", done.stdout + done.stderr)
        self.assertNotIn("Service unavailable", done.stdout)

    def test_slow_bodies(self):
        self.withstand(lambda: self.slow("-B", "-i", 1, "-s", 8192), rounds=1)

    @unittest.skipUnless(LONG, "in the long form only")
    def test_all_http_scripts(self):
        def attack():
            done = run_tool("nmap", "-n", "-Pn", "-T5", "-sT", "--host-timeout", f"{int(150 * SCALE)}s", "--script",
                            "http-* and not external and not brute", "--script-timeout", "20s", "-p", self.ports["clear"],
                            "127.0.0.1")
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertRegex(done.stdout, rf"(?m)^{self.ports['clear']}/tcp +open")

        self.withstand(attack, rounds=3)


if __name__ == "__main__":
    unittest.main()
