"""outpost-courier over TLS, HTTP/2 and an HTTP proxy."""

import contextlib
import pathlib
import shutil
import ssl
import subprocess
import unittest
import warnings

from courier import PATIENT, Call, SharedCourier, await_port, held_port
from harness import SystemTest, eventually
from tls_test import Authority

from strange_server import StrangeServer


class Tls(SharedCourier):
    def context(self, name="good", **changes):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.folder / f"{name}.pem", self.folder / f"{name}.key")
        for attribute, value in changes.items():
            setattr(context, attribute, value)
        return context

    def test_a_server_that_is_trusted(self):
        peer = self.peer(self.context())
        reply = self.call(peer.url("/x", host="localhost"), client="tls")
        self.assertEqual((reply["outcome"], reply.get("status")), ("answered", 200), reply)
        self.assertGreater(reply["times_us"]["secured"], reply["times_us"]["connected"])
        self.assertEqual(self.call(peer.url("/x", host="localhost"), client="tls13")["status"], 200)

    def test_a_file_of_several_authorities(self):
        for name in ("good", "stranger"):
            peer = self.peer(self.context(name))
            for _ in range(2):
                self.assertEqual(self.call(peer.url("/", host="localhost"), client="bundle").get("status"), 200, name)

    def test_servers_that_are_not(self):
        old = {"maximum_version": ssl.TLSVersion.TLSv1_2, "minimum_version": ssl.TLSVersion.TLSv1_2}
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            ancient = self.context(minimum_version=ssl.TLSVersion.TLSv1, maximum_version=ssl.TLSVersion.TLSv1_1)
            ancient.set_ciphers("ALL:@SECLEVEL=0")
        for what, context, client in (("expired", self.context("old"), "tls"), ("another name", self.context("other"), "tls"),
                                      ("unknown authority", self.context("stranger"), "tls"),
                                      ("not of the system", self.context(), "default"),
                                      ("TLS 1.1", ancient, "tls"), ("TLS 1.2", self.context(**old), "tls13")):
            with self.subTest(what):
                reply = self.call(self.peer(context).url("/", host="localhost"), client=client)
                self.assertEqual(reply["outcome"], "tls", reply)
        plain = self.peer()
        self.assertEqual(self.call(plain.url("/", host="localhost").replace("http:", "https:"), client="tls")["outcome"],
                         "tls")

    def test_a_server_that_asks_for_a_certificate(self):
        for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
            context = self.context(minimum_version=version, maximum_version=version, verify_mode=ssl.CERT_REQUIRED)
            context.load_verify_locations(self.folder / "ca.pem")
            peer = self.peer(context)
            url = peer.url("/", host="localhost")
            self.assertEqual(self.call(url, client="own").get("status"), 200)
            self.assertIn(self.call(url, client="tls")["outcome"], ("tls", "broken"))

    @unittest.skipUnless(shutil.which("nghttpd"), "nghttpd is not installed: scripts/setup courier")
    def test_http2(self):
        port = held_port(self)
        (self.folder / "htdocs").mkdir(exist_ok=True)
        (self.folder / "htdocs" / "index.html").write_text("two")
        with subprocess.Popen(["nghttpd", "-a", "127.0.0.1", "-d", self.folder / "htdocs", str(port),
                               self.folder / "good.key", self.folder / "good.pem"], stdout=subprocess.DEVNULL,
                              stderr=subprocess.DEVNULL) as nghttpd:
            self.addCleanup(nghttpd.kill)
            await_port(port)
            url = f"https://localhost:{port}/index.html"
            first = self.call(url, client="tls")
            self.assertEqual((first["outcome"], first.get("http_version"), first.get("body")), ("answered", 20, "two"), first)
            self.assertTrue(self.call(url, client="tls")["reused"])
            calls = [Call(self.server, url, client="tls") for _ in range(20)]
            self.assertEqual({call.outcome()["status"] for call in calls}, {200})
            nghttpd.kill()


@unittest.skipUnless(shutil.which("tinyproxy"), "tinyproxy is not installed: scripts/setup courier")
class OverProxy(SystemTest):
    def test_requests_go_over_the_proxy(self):
        folder = pathlib.Path(self.directory, "pki")
        folder.mkdir()
        Authority(folder).issue("good", "/CN=localhost", ["localhost"])
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(folder / "good.pem", folder / "good.key")
        secure, plain, refused = StrangeServer(context), StrangeServer(), StrangeServer(context)
        port = held_port(self)
        log = folder / "tinyproxy.log"
        config = folder / "tinyproxy.conf"
        config.write_text(f"Port {port}\nListen 127.0.0.1\nTimeout 600\nMaxClients 50\nAllow 127.0.0.1\nLogFile \"{log}\"\n"
                          f"LogLevel Connect\nConnectPort {secure.port}\n")
        with subprocess.Popen(["tinyproxy", "-d", "-c", config], stdout=subprocess.DEVNULL,
                              stderr=subprocess.DEVNULL) as tinyproxy, contextlib.ExitStack() as stack:
            for peer in (secure, plain, refused):
                stack.callback(peer.close)
            stack.callback(tinyproxy.kill)
            await_port(port)
            server = self.outpost()
            over = {**PATIENT, "http-proxy": f"http://127.0.0.1:{port}", "ca": str(folder / "ca.pem")}
            server.config["http-client"] = [
                {"name": "default", **over, "http-deny-targets": "192.0.2.0/24"},
                {"name": "far", **over, "http-allow-targets": "192.0.2.0/24"},
                {"name": "nobody", **over, "http-proxy": f"http://127.0.0.1:{held_port(self)}"}]
            server.write_config()
            server.environment = {"https_proxy": "http://127.0.0.1:1", "no_proxy": "*"}
            server.start()

            def outcome(url, client="default"):
                reply = server.command("test-call", url=url, client=client)
                return reply.get("status") or (reply["outcome"], reply["text"])
            self.assertEqual(outcome(secure.url("/", host="localhost")), 200)
            self.assertEqual(outcome(plain.url("/")), 200)
            eventually(lambda: f"CONNECT localhost:{secure.port}" in log.read_text(), "the tunnel in the proxy's log")
            self.assertIn(f"{plain.port}", log.read_text())
            self.assertEqual(outcome(refused.url("/", host="localhost"))[0], "proxy")
            self.assertEqual(refused.connections, 0)
            self.assertEqual(outcome(plain.url("/"), "nobody")[0], "proxy")
            self.assertEqual(outcome("http://192.0.2.7/")[0], "denied", "an address in the URL")
            self.assertEqual(outcome("http://far.example/", "far")[0], "denied", "that of the proxy")


if __name__ == "__main__":
    unittest.main()
