"""A mobile node asks other servers by the courier, as its section gms says."""

import os
import pathlib
import random
import socket
import ssl
import unittest

from courier import Call, courier_of
from harness import SCALE, eventually
from mobile import MobileTest
from tls_test import Authority

from strange_server import StrangeServer

SEED = int(os.environ.get("OUTPOST_SEED", random.SystemRandom().randrange(1 << 32)))
# Whoever does not test a timeout has none that could come first.
PATIENT = {"http.connection_timeout": 60, "http.socket_timeout": 300}


def pair_of_ports():
    """Two free ports beside each other that the kernel gives to nobody by itself."""
    print(f"OUTPOST_SEED={SEED}")
    choice = random.Random(SEED)
    for _ in range(1_000):
        low = choice.randrange(15_000, 30_000)
        try:
            for port in (low, low + 1):
                with socket.socket() as one:
                    one.bind(("", port))
        except OSError:
            continue
        return low, low + 1
    raise AssertionError("there are no free ports")


class MobileCourier(MobileTest):
    def setUp(self):
        super().setUp()
        self.folder = pathlib.Path(self.directory)

    def peer(self, context=None):
        peer = StrangeServer(context)
        self.addCleanup(peer.close)
        return peer

    def started(self, **gms):
        node = self.node(gms={**PATIENT, **gms}).start()
        courier_of(node)
        return node

    def test_a_node_has_a_courier_and_test_call_shows_what_comes_of_a_request(self):
        node = self.started()
        peer = self.peer()
        done = node.ctl("test-call", peer.url("/hello"))
        self.assertIn("200", done.stdout)
        self.assertEqual(peer.requests[-1]["target"], "/hello")
        self.assertEqual(peer.requests[-1]["headers"]["user-agent"], "Outpost")
        self.assertEqual(node.status()["courier"]["outcomes"], {"answered": 1})
        self.assertIn("_COURIER", node.status()["logs"]["courier"])
        reply = node.command("test-call", url=peer.url("/"), client="default")
        self.assertEqual((reply["outcome"], reply["text"]), ("invalid", 'a mobile node has the one client "gms"'))

    def test_where_clouds_keep_credentials_is_not_connected_to(self):
        node = self.started()
        for host in ("169.254.0.1", "169.254.169.254", "[fe80::1]"):
            reply = node.command("test-call", url=f"http://{host}/")
            self.assertEqual((reply["outcome"], reply["may_have_arrived"]), ("denied", False), reply)
        peer = self.peer()
        node.reload_with("gms", **{"http.deny_targets": "127.0.0.0/8"})
        self.assertEqual(node.command("test-call", url=peer.url("/"))["outcome"], "denied")
        self.assertEqual(peer.connections, 0)

    def test_connections_come_from_the_range_of_ports_and_when_all_are_taken_that_is_said(self):
        ports = pair_of_ports()
        node = self.started(**{"http.client_port_range": f"{ports[0]}-{ports[1]}"})
        other = self.peer()
        with socket.create_server(("127.0.0.1", 0)) as listener:
            url = f"http://127.0.0.1:{listener.getsockname()[1]}/"
            calls = [Call(node, url) for _ in ports]
            peers = [listener.accept() for _ in ports]
            self.assertEqual({address[1] for _, address in peers}, set(ports))
            reply = node.command("test-call", url=other.url("/"))
            self.assertEqual((reply["outcome"], reply["may_have_arrived"]), ("connect", False), reply)
            self.assertEqual(reply["text"], f"none of the ports {ports[0]}-{ports[1]} that connections may come from is free")
            for peer, _ in peers:
                with peer:
                    peer.recv(4096)
                    peer.sendall(b"HTTP/1.1 204 No\r\n\r\n")
        for call in calls:
            self.assertEqual(call.outcome()["status"], 204)
        self.assertEqual(other.connections, 0)

    def test_a_server_that_is_silent_is_left(self):
        node = self.started(**{"http.socket_timeout": 1})
        reply = node.command("test-call", url=self.peer().url("/hang"))
        self.assertEqual((reply["outcome"], reply["may_have_arrived"]), ("timeout", True), reply)
        self.assertEqual(reply["text"], "no byte came for 1000 ms while waiting for the answer to begin")

    def test_cookies_are_reported(self):
        node = self.started()
        with socket.create_server(("127.0.0.1", 0)) as listener:
            call = Call(node, f"http://127.0.0.1:{listener.getsockname()[1]}/")
            peer, _ = listener.accept()
            with peer:
                peer.recv(4096)
                peer.sendall(b"HTTP/1.1 200 OK\r\nSet-Cookie: A=1; Path=/\r\nset-cookie: B=2\r\nContent-Length: 0\r\n\r\n")
            cookies = [one["value"] for one in call.outcome()["headers"] if one["name"] == "set-cookie"]
        self.assertEqual(cookies, ["A=1; Path=/", "B=2"])
        self.assertNotIn("A=1", node.log_text())

    def test_who_may_issue_certificates_is_read_again_at_a_reload(self):
        # Both have one path for the node: what changes is what is in it.
        for name in ("ca", "strangers"):
            Authority(self.folder, name).issue(f"of-{name}", "/CN=localhost", ["localhost"])
        trusted = self.folder / "trusted.pem"
        trusted.write_text((self.folder / "strangers.pem").read_text())
        node = self.started(**{"http.ca_file": str(trusted)})
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.folder / "of-ca.pem", self.folder / "of-ca.key")
        peer = self.peer(context)
        url = peer.url("/", host="localhost")
        self.assertEqual(node.command("test-call", url=url)["outcome"], "tls")
        trusted.write_text((self.folder / "ca.pem").read_text())
        self.assertIn("gms.http.ca_file: read again, new content, at once", node.command("reload")["changes"])
        self.assertEqual(node.command("test-call", url=url).get("status"), 200)

    def test_a_courier_that_dies_is_followed_by_another(self):
        node = self.started()
        peer = self.peer()
        call = Call(node, peer.url("/hang"))
        self.assertTrue(peer.arrived.acquire(timeout=60 * SCALE))
        os.kill(node.status()["courier"]["pid"], 9)
        self.assertEqual(call.outcome()["outcome"], "lost")
        eventually(lambda: (node.status()["courier"] or {}).get("restarts") == 1, "another courier")
        self.assertEqual(node.command("test-call", url=peer.url("/"))["status"], 200)


if __name__ == "__main__":
    unittest.main()
